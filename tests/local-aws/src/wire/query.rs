//! The body of the query protocols as a tree.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    members: BTreeMap<String, Node>,
}

/// A query request: its parameters without `Action` and `Version`, which stand beside them.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    pub(super) action: String,
    pub(super) version: String,
    pub(super) input: Value,
}

/// No member of AWS's requests lies deeper; what does is taken as one name.
const DEEPEST: usize = 32;

/// Reads `Filter.1.Value.1=a` and `Names.member.1=a` as trees with lists; every scalar is a string.
///
/// An empty list comes over the wire as `Names=` and so is the empty string here.
pub(super) fn read(body: &[u8]) -> Query {
    let mut root = Node::default();
    for (name, value) in form_urlencoded::parse(body) {
        let mut node = &mut root;
        for step in name.splitn(DEEPEST, '.') {
            node = node.members.entry(step.to_owned()).or_default();
        }
        node.text = Some(value.into_owned());
    }
    let mut take = |name: &str| root.members.remove(name).and_then(|node| node.text);
    let (action, version) =
        (take("Action").unwrap_or_default(), take("Version").unwrap_or_default());
    let members = root.members.into_iter().map(|(name, node)| (name, tree(node)));
    Query { action, version, input: Value::Object(members.collect::<Map<_, _>>()) }
}

fn tree(node: Node) -> Value {
    if node.members.is_empty() {
        return node.text.map_or(Value::Null, Value::String);
    }
    let mut members = node.members;
    if members.len() == 1
        && let Some(list) = members.remove("member")
    {
        if numbered(&list.members) {
            return items(list.members);
        }
        members.insert("member".to_owned(), list);
    }
    if numbered(&members) {
        return items(members);
    }
    Value::Object(members.into_iter().map(|(name, node)| (name, tree(node))).collect())
}

fn numbered(members: &BTreeMap<String, Node>) -> bool {
    !members.is_empty() && members.keys().all(|name| name.parse::<u32>().is_ok())
}

fn items(members: BTreeMap<String, Node>) -> Value {
    let mut items: Vec<(u32, Node)> =
        members.into_iter().filter_map(|(name, node)| Some((name.parse().ok()?, node))).collect();
    items.sort_by_key(|(number, _)| *number);
    items.into_iter().map(|(_, node)| tree(node)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_ec2_request_has_numbered_lists() {
        let body = "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2\
                    &Filter.1.Name=tag%3Aa&Filter.1.Value.1=x&Filter.1.Value.2=y+z";
        let query = read(body.as_bytes());
        assert_eq!(
            (query.action.as_str(), query.version.as_str()),
            ("DescribeInstances", "2016-11-15")
        );
        let filter = json!([{"Name": "tag:a", "Value": ["x", "y z"]}]);
        assert_eq!(query.input, json!({"InstanceId": ["i-1", "i-2"], "Filter": filter}));
    }

    #[test]
    fn a_query_request_has_lists_of_members() {
        let body = "Action=CreateOrUpdateTags&Tags.member.1.Key=a&Tags.member.1.Value=&\
                    Tags.member.2.Key=b&AutoScalingGroupNames.member.1=g";
        let tags = json!([{"Key": "a", "Value": ""}, {"Key": "b"}]);
        assert_eq!(
            read(body.as_bytes()).input,
            json!({"Tags": tags, "AutoScalingGroupNames": ["g"]})
        );
    }

    #[test]
    fn more_than_nine_items_stay_in_order() {
        let body: Vec<_> = (1..=11).map(|number| format!("Id.{number}={number}")).collect();
        let input = read(body.join("&").as_bytes()).input;
        assert_eq!(input["Id"][1], "2");
        assert_eq!(input["Id"][10], "11");
    }
}
