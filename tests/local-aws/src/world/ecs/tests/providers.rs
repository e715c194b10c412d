use super::{code, ok, world};
use serde_json::json;

#[test]
fn a_capacity_provider_is_deleted_once_no_cluster_has_it() {
    let mut world = world();
    let group = json!({ "autoScalingGroupArn": "arn:of:a:group" });
    ok(
        &mut world,
        "CreateCapacityProvider",
        json!({ "name": "hosts", "autoScalingGroupProvider": group }),
    );
    let attach = |names: serde_json::Value| json!({ "cluster": "web", "capacityProviders": names, "defaultCapacityProviderStrategy": [] });
    ok(&mut world, "PutClusterCapacityProviders", attach(json!(["hosts"])));
    let delete = json!({ "capacityProvider": "hosts" });
    let held = ok(&mut world, "DeleteCapacityProvider", delete.clone());
    let told = &held["capacityProvider"];
    assert_eq!(
        (&told["status"], &told["updateStatus"]),
        (&json!("ACTIVE"), &json!("DELETE_FAILED"))
    );
    assert!(told["updateStatusReason"].as_str().unwrap().contains("associated with cluster: web."));
    ok(&mut world, "PutClusterCapacityProviders", attach(json!([])));
    ok(&mut world, "DeleteCapacityProvider", delete.clone());
    assert_eq!(code(&mut world, "DeleteCapacityProvider", delete), "InvalidParameterException");
}

#[test]
fn a_capacity_provider_may_not_have_a_name_of_awss_own() {
    let mut world = world();
    for name in ["ecs-prod", "AWSish", "fargate2"] {
        let input =
            json!({ "name": name, "autoScalingGroupProvider": { "autoScalingGroupArn": "a" } });
        assert_eq!(code(&mut world, "CreateCapacityProvider", input), "InvalidParameterException");
    }
}

#[test]
fn a_clusters_settings_can_be_changed() {
    let mut world = world();
    let shown = ok(&mut world, "DescribeClusters", json!({ "clusters": ["web"] }));
    assert_eq!(shown["clusters"][0]["settings"][0]["value"], "disabled");
    let settings = json!([{ "name": "containerInsights", "value": "enhanced" }]);
    ok(&mut world, "UpdateClusterSettings", json!({ "cluster": "web", "settings": settings }));
    let shown = ok(&mut world, "DescribeClusters", json!({ "clusters": ["web"] }));
    assert_eq!(shown["clusters"][0]["settings"], settings);
}
