use super::*;

fn put(world: &mut World, target: &str, name: &str, value: &str) -> Answer {
    let attribute = json!({
        "name": name, "value": value, "targetType": "container-instance", "targetId": target,
    });
    call(world, "PutAttributes", json!({ "cluster": "web", "attributes": [attribute] }))
}

#[test]
fn an_attribute_is_put_shown_listed_found_and_deleted() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    put(&mut world, &arns[0], "muster/lost-since", "2026-03-04T05:00:00Z").unwrap();
    let shown = describe(&mut world, &arns[0]);
    let wanted = json!({ "name": "muster/lost-since", "value": "2026-03-04T05:00:00Z" });
    assert!(shown["attributes"].as_array().unwrap().contains(&wanted));
    let input = json!({
        "cluster": "web", "targetType": "container-instance", "attributeName": "muster/lost-since",
    });
    let list = ok(&mut world, "ListAttributes", input.clone());
    assert_eq!(list["attributes"][0]["targetId"], arns[0].as_str());
    let filter = json!({ "cluster": "web", "filter": "attribute:muster/lost-since exists" });
    let found = ok(&mut world, "ListContainerInstances", filter);
    assert_eq!(found["containerInstanceArns"], json!([arns[0]]));
    let delete = json!({
        "cluster": "web",
        "attributes": [{ "name": "muster/lost-since", "targetId": arns[0] }],
    });
    ok(&mut world, "DeleteAttributes", delete);
    assert_eq!(ok(&mut world, "ListAttributes", input)["attributes"], json!([]));
}

#[test]
fn wrong_names_values_and_targets_are_refused() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    let long = "x".repeat(129);
    for name in ["muster:lost", "a b", "é", &long, "", "ecs.ami-id"] {
        let error = put(&mut world, &arns[0], name, "x").unwrap_err();
        assert_eq!(error.code, "InvalidParameterException", "{name}");
    }
    for value in [" x", "x ", "a,b", &long, ""] {
        let error = put(&mut world, &arns[0], "ok", value).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException", "{value}");
    }
    assert_eq!(put(&mut world, "gone", "ok", "x").unwrap_err().code, "TargetNotFoundException");
    for number in 0..10 {
        put(&mut world, &arns[0], &format!("n{number}"), "x").unwrap();
    }
    put(&mut world, &arns[0], "n1", "y").unwrap();
    let error = put(&mut world, &arns[0], "eleventh", "x").unwrap_err();
    assert_eq!(error.code, "AttributeLimitExceededException");
}

#[test]
fn tags_are_put_listed_and_taken_away() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "app", 64);
    serve(&mut world, "app", 0, (100, 200));
    let root = "arn:aws:ecs:us-west-2:123456789012";
    let table = [arns[0].clone(), format!("{root}:cluster/web"), format!("{root}:service/web/app")];
    for arn in table {
        let tags = json!([{ "key": "a", "value": "1" }, { "key": "b", "value": "2" }]);
        ok(&mut world, "TagResource", json!({ "resourceArn": arn, "tags": tags }));
        ok(&mut world, "UntagResource", json!({ "resourceArn": arn, "tagKeys": ["a"] }));
        let list = ok(&mut world, "ListTagsForResource", json!({ "resourceArn": arn }));
        assert_eq!(list["tags"], json!([{ "key": "b", "value": "2" }]));
    }
    let input = json!({ "resourceArn": format!("{root}:task/web/none"), "tags": [] });
    assert_eq!(code(&mut world, "TagResource", input), "InvalidParameterException");
    let input = json!({ "cluster": "web", "containerInstances": [arns[0]], "include": ["TAGS"] });
    let shown = ok(&mut world, "DescribeContainerInstances", input);
    assert_eq!(shown["containerInstances"][0]["tags"][0]["key"], "b");
}
