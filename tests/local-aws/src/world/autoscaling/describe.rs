//! `DescribeAutoScalingGroups`, `DescribeAutoScalingInstances` and `DescribeScalingActivities`.

use super::{AutoScaling, Group, render};
use crate::world::input::{self, Paging, invalid};
use crate::world::{Answer, ApiError};
use serde_json::Value;
use std::collections::BTreeMap;

const fn paging(usual: usize, most: usize) -> Paging {
    Paging { size: "MaxRecords", token: "NextToken", usual, most, refusal: "InvalidNextToken" }
}

/// `DescribeAutoScalingGroups`. Names that there are none of are left out.
pub(super) fn groups(autoscaling: &AutoScaling, input: &Value) -> Answer {
    let known = ["AutoScalingGroupNames", "Filters", "IncludeInstances", "MaxRecords", "NextToken"];
    input::only(input, &known)?;
    let names = input::texts(input, "AutoScalingGroupNames")?;
    let instances = input::opt_bool(input, "IncludeInstances")?.unwrap_or(true);
    let mut found = BTreeMap::new();
    for group in autoscaling.groups() {
        let wanted = names.is_empty() || names.contains(&group.name.as_str());
        if wanted && passes(input, group)? {
            let mut written = render::group(group);
            if let Some(members) = written.as_object_mut().filter(|_| !instances) {
                members.remove("Instances");
            }
            found.insert(group.name.clone(), written);
        }
    }
    Ok(paging(50, 100).page(input, found)?.answer("AutoScalingGroups", "NextToken"))
}

/// Whether a group passes all filters; one value of each is enough.
fn passes(input: &Value, group: &Group) -> Result<bool, ApiError> {
    for filter in input::list(input, "Filters")? {
        let name = input::text(filter, "Name")?;
        let values = input::texts(filter, "Values")?;
        let any = |text: &str| values.contains(&text);
        let found = match name {
            "tag-key" => group.tags.keys().any(|key| any(key)),
            "tag-value" => group.tags.values().any(|tag| any(&tag.value)),
            name => {
                let key = name
                    .strip_prefix("tag:")
                    .ok_or_else(|| invalid(format!("Filter type {name} is not correct.")))?;
                group.tags.get(key).is_some_and(|tag| any(&tag.value))
            }
        };
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `DescribeAutoScalingInstances`. Ids that there are none of are left out.
pub(super) fn instances(autoscaling: &AutoScaling, input: &Value) -> Answer {
    input::only(input, &["InstanceIds", "MaxRecords", "NextToken"])?;
    let ids = input::texts(input, "InstanceIds")?;
    if ids.len() > 50 {
        return Err(invalid("The number of instance ids that may be passed in is limited to 50"));
    }
    let mut found = BTreeMap::new();
    for group in autoscaling.groups() {
        for member in group.members.values() {
            if ids.is_empty() || ids.contains(&member.id.as_str()) {
                found.insert(member.id.clone(), render::instance_in(group, member));
            }
        }
    }
    Ok(paging(50, 50).page(input, found)?.answer("AutoScalingInstances", "NextToken"))
}

/// `DescribeScalingActivities`: the newest first.
pub(super) fn activities(autoscaling: &AutoScaling, input: &Value) -> Answer {
    let known = ["AutoScalingGroupName", "ActivityIds", "MaxRecords", "NextToken"];
    input::only(input, &known)?;
    let ids = input::texts(input, "ActivityIds")?;
    let name = input::opt_text(input, "AutoScalingGroupName")?;
    if let Some(name) = name {
        autoscaling.known(name)?;
    }
    let mut found = BTreeMap::new();
    for group in autoscaling.groups().filter(|group| name.is_none_or(|name| name == group.name)) {
        for (index, activity) in group.activities.iter().enumerate() {
            if ids.is_empty() || ids.contains(&activity.id.as_str()) {
                let newest_first = i64::MAX.saturating_sub(activity.start.as_millisecond());
                let within = usize::MAX.saturating_sub(index);
                let key = format!("{newest_first:020}-{within:020}-{}", group.name);
                found.insert(key, activity.written(group));
            }
        }
    }
    Ok(paging(100, 100).page(input, found)?.answer("Activities", "NextToken"))
}
