use super::{code, world};
use serde_json::{Value, json};

#[test]
fn what_aws_demands_is_demanded() {
    let mut world = world();
    let arn = "arn:aws:ecs:us-west-2:123456789012:cluster/web";
    let cases: [(&str, Value); 4] = [
        ("TagResource", json!({ "resourceArn": arn })),
        ("UntagResource", json!({ "resourceArn": arn })),
        ("UpdateClusterSettings", json!({ "cluster": "web" })),
        ("UpdateTaskProtection", json!({ "cluster": "web", "tasks": ["0"] })),
    ];
    for (operation, input) in cases {
        assert_eq!(code(&mut world, operation, input), "InvalidParameterException", "{operation}");
    }
}
