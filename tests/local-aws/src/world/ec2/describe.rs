//! `DescribeInstances`, and how a request names instances.

use super::life::state;
use super::network_requests::group_name;
use super::{Ec2, Instance, InstanceId, filter, network};
use crate::world::core::whole_seconds;
use crate::world::input::{self, Paging};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

const PAGING: Paging = Paging {
    size: "MaxResults",
    token: "NextToken",
    usual: 1000,
    most: 1000,
    refusal: "InvalidNextToken",
};
const FILTERS: [&str; 10] = [
    "instance-id",
    "iam-instance-profile.arn",
    "instance-state-name",
    "instance-type",
    "availability-zone",
    "vpc-id",
    "subnet-id",
    "spot-instance-request-id",
    "tag-key",
    "tag:",
];

/// What a filter's name stands for in an instance.
fn field(instance: &Instance, name: &str) -> Vec<String> {
    let there = |text: &str| if instance.has_network() { vec![text.to_owned()] } else { vec![] };
    match name {
        "instance-id" => vec![instance.id.clone()],
        "iam-instance-profile.arn" => instance.profile.iter().cloned().collect(),
        "instance-state-name" => vec![instance.state.to_string()],
        "instance-type" => vec![instance.instance_type.clone()],
        "availability-zone" => vec![instance.zone.clone()],
        "vpc-id" => there(network::VPC),
        "subnet-id" => there(&instance.subnet),
        "spot-instance-request-id" => instance.spot_request().into_iter().collect(),
        "tag-key" => instance.tags.keys().cloned().collect(),
        name => {
            let tag = name.strip_prefix("tag:").and_then(|key| instance.tags.get(key));
            tag.cloned().into_iter().collect()
        }
    }
}

/// The ids that a request names, checked for their form.
pub(super) fn ids(input: &Value) -> Result<Vec<InstanceId>, ApiError> {
    let ids = input::texts(input, "InstanceId")?;
    match ids.iter().find(|id| !well_formed(id)) {
        None => Ok(ids.into_iter().map(str::to_owned).collect()),
        Some(id) => Err(malformed(id)),
    }
}

fn malformed(id: &str) -> ApiError {
    ApiError::client("InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\""))
}

fn well_formed(id: &str) -> bool {
    id.strip_prefix("i-").is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Refuses ids that EC2 does not know, naming all of them.
pub(super) fn known(ec2: &Ec2, ids: &[InstanceId]) -> Result<(), ApiError> {
    let unknown: Vec<&str> = ids
        .iter()
        .filter(|id| ec2.instance(id).is_none() || ec2.hidden.contains(*id))
        .map(String::as_str)
        .collect();
    let text = match unknown.as_slice() {
        [] => return Ok(()),
        [id] => format!("The instance ID '{id}' does not exist"),
        many => format!("The instance IDs '{}' do not exist", many.join(", ")),
    };
    Err(ApiError::client("InvalidInstanceID.NotFound", text))
}

/// The one instance that a request names.
pub(super) fn known_one<'a>(ec2: &'a Ec2, input: &Value) -> Result<&'a Instance, ApiError> {
    let id = input::text(input, "InstanceId")?;
    if !well_formed(id) {
        return Err(malformed(id));
    }
    ec2.instance(id).ok_or_else(|| {
        let text = format!("The instance ID '{id}' does not exist");
        ApiError::client("InvalidInstanceID.NotFound", text)
    })
}

/// The filters of an operation: their names, and what each stands for in an instance.
pub(super) type Fields<'a> = (&'a [&'a str], fn(&Instance, &str) -> Vec<String>);

/// The instances that a request asks for, one page of them, each written by `write`.
pub(super) fn pick(
    ec2: &Ec2,
    input: &Value,
    (filters, field): Fields<'_>,
    write: impl Fn(&Instance) -> Option<Value>,
) -> Result<input::Page, ApiError> {
    let ids = ids(input)?;
    if !ids.is_empty() && input::member(input, PAGING.size).is_some() {
        return Err(ApiError::client(
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        ));
    }
    known(ec2, &ids)?;
    let filters = filter::read(input, filters)?;
    let wanted = ec2
        .instances()
        .filter(|one| !ec2.hidden.contains(&one.id))
        .filter(|instance| ids.is_empty() || ids.contains(&instance.id))
        .filter(|instance| {
            filters.iter().all(|filter| filter.passes(|name| field(instance, name)))
        });
    PAGING.page(input, wanted.filter_map(|one| Some((one.id.clone(), write(one)?))))
}

/// `DescribeInstances`.
pub(super) fn instances(ec2: &Ec2, account: &str, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "Filter", "MaxResults", "NextToken"])?;
    let page =
        pick(ec2, input, (&FILTERS, field), |instance| Some(reservation(instance, account)))?;
    Ok(page.answer("reservationSet", "nextToken"))
}

fn reservation(instance: &Instance, account: &str) -> Value {
    json!({
        "reservationId": instance.reservation,
        "ownerId": account,
        "groupSet": [],
        "instancesSet": [written(instance)],
    })
}

fn written(instance: &Instance) -> Value {
    let tags = instance.tags.iter().map(|(key, value)| json!({"key": key, "value": value}));
    let there = |text: &str| if instance.has_network() { json!(text) } else { Value::Null };
    let groups = instance.security_groups.iter().filter(|_| instance.has_network());
    let groups = groups.map(|id| json!({"groupId": id, "groupName": group_name(id)}));
    json!({
        "instanceId": instance.id,
        "imageId": instance.image,
        "instanceState": state(instance.state),
        "stateReason": instance.reason.as_ref()
            .map(|reason| json!({"code": reason.code, "message": reason.message})),
        "placement": {"availabilityZone": instance.zone, "tenancy": "default"},
        "launchTime": whole_seconds(instance.launched).to_string(),
        "instanceType": instance.instance_type,
        "vpcId": there(network::VPC),
        "subnetId": there(&instance.subnet),
        "privateIpAddress": there(&instance.private_ip),
        "ipAddress": there(&public_ip(&instance.private_ip)),
        "iamInstanceProfile": instance.profile.as_ref()
            .map(|arn| json!({"arn": arn, "id": "AIPA0000000000000000"})),
        "groupSet": groups.collect::<Vec<_>>(),
        "spotInstanceRequestId": instance.spot_request(),
        "instanceLifecycle": instance.spot.then_some("spot"),
        "tagSet": tags.collect::<Vec<_>>(),
    })
}

/// The usual subnets give public addresses, so that their internet gateway is a way out.
fn public_ip(private: &str) -> String {
    let last = private.rsplit('.').next().unwrap_or_default();
    format!("203.0.113.{last}")
}
