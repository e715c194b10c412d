//! `DescribeInstances` and `DescribeInstanceStatus`.

use super::life::state;
use super::{Ec2, Instance, InstanceId, State, filter};
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
const FILTERS: [&str; 5] =
    ["instance-id", "instance-state-name", "instance-type", "availability-zone", "tag-key"];

/// The ids that a request names, checked for their form.
pub(super) fn ids(input: &Value) -> Result<Vec<InstanceId>, ApiError> {
    let ids = input::texts(input, "InstanceId")?;
    match ids.iter().find(|id| !well_formed(id)) {
        None => Ok(ids.into_iter().map(str::to_owned).collect()),
        Some(id) => {
            Err(ApiError::client("InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\"")))
        }
    }
}

fn well_formed(id: &str) -> bool {
    id.strip_prefix("i-").is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Refuses ids that EC2 does not know, naming all of them.
pub(super) fn known(ec2: &Ec2, ids: &[InstanceId]) -> Result<(), ApiError> {
    let unknown: Vec<&str> =
        ids.iter().filter(|id| ec2.instance(id).is_none()).map(String::as_str).collect();
    let text = match unknown.as_slice() {
        [] => return Ok(()),
        [id] => format!("The instance ID '{id}' does not exist"),
        many => format!("The instance IDs '{}' do not exist", many.join(", ")),
    };
    Err(ApiError::client("InvalidInstanceID.NotFound", text))
}

/// The instances that a request asks for, one page of them, each written by `write`.
fn pick(
    ec2: &Ec2,
    input: &Value,
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
    let filters = filter::read(input, &FILTERS)?;
    let wanted = ec2
        .instances()
        .filter(|instance| ids.is_empty() || ids.contains(&instance.id))
        .filter(|instance| filters.iter().all(|filter| filter.passes(instance)));
    PAGING.page(input, wanted.filter_map(|one| Some((one.id.clone(), write(one)?))))
}

/// `DescribeInstances`.
pub(super) fn instances(ec2: &Ec2, account: &str, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "Filter", "MaxResults", "NextToken"])?;
    let page = pick(ec2, input, |instance| Some(reservation(instance, account)))?;
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
    let gone = instance.state == State::Terminated;
    let there = |text: &str| if gone { Value::Null } else { json!(text) };
    json!({
        "instanceId": instance.id,
        "imageId": instance.image,
        "instanceState": state(instance.state),
        "stateReason": instance.reason.as_ref()
            .map(|reason| json!({"code": reason.code, "message": reason.message})),
        "placement": {"availabilityZone": instance.zone, "tenancy": "default"},
        "launchTime": whole_seconds(instance.launched).to_string(),
        "instanceType": instance.instance_type,
        "subnetId": there(&instance.subnet),
        "privateIpAddress": there(&instance.private_ip),
        "iamInstanceProfile": instance.profile.as_ref()
            .map(|arn| json!({"arn": arn, "id": "AIPA0000000000000000"})),
        "instanceLifecycle": instance.spot.then_some("spot"),
        "tagSet": tags.collect::<Vec<_>>(),
    })
}

/// `DescribeInstanceStatus`: running instances only, unless asked for all.
pub(super) fn statuses(ec2: &Ec2, input: &Value) -> Answer {
    input::only(
        input,
        &["InstanceId", "Filter", "MaxResults", "NextToken", "IncludeAllInstances"],
    )?;
    let all = input::opt_bool(input, "IncludeAllInstances")?.unwrap_or_default();
    let page = pick(ec2, input, |instance| {
        (all || instance.state == State::Running).then(|| status(instance))
    })?;
    Ok(page.answer("instanceStatusSet", "nextToken"))
}

fn status(instance: &Instance) -> Value {
    let health = if instance.state == State::Running { "ok" } else { "not-applicable" };
    json!({
        "instanceId": instance.id,
        "availabilityZone": instance.zone,
        "instanceState": state(instance.state),
        "systemStatus": {"status": health},
        "instanceStatus": {"status": health},
    })
}
