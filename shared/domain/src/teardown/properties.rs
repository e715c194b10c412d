//! The properties of `Custom::ClusterTeardown`: a closed schema.

use crate::names::{ClusterName, GroupName};
use crate::property::{GROUP, PropertyError, bad, closed, cluster, names, number};
use serde_json::Value;
use std::time::Duration;

const KNOWN: [&str; 3] = ["AutoScalingGroups", "ClusterName", "DrainMinutes"];
/// CloudFormation waits an hour if nobody says otherwise (`ServiceTimeout` of `AWS::CloudFormation::CustomResource`).
const LONGEST: u32 = 3_600;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// The cluster.
    pub cluster: ClusterName,
    /// The groups whose hosts are seen out.
    pub groups: Vec<GroupName>,
    /// How long tasks may take to leave, from the beginning of the delete.
    pub drain: Duration,
    /// How long CloudFormation waits for the answer.
    pub timeout: Duration,
}

impl Properties {
    /// Reads the properties of a request.
    ///
    /// # Errors
    /// The first property that cannot be used, by its name.
    pub fn read(value: &Value) -> Result<Self, PropertyError> {
        closed(value, &KNOWN)?;
        let get = |name: &str| value.get(name).unwrap_or(&Value::Null);
        let given = get("AutoScalingGroups");
        let no_group =
            || bad("AutoScalingGroups", "one or more Auto Scaling groups, by name", given);
        let groups = names("AutoScalingGroups", given, &GROUP)?
            .into_iter()
            .map(|name| GroupName::try_from(name).map_err(|_| no_group()))
            .collect::<Result<Vec<_>, _>>()?;
        if groups.is_empty() {
            return Err(no_group());
        }
        let minutes = "a whole number of minutes from 0 to 45";
        let seconds = "a whole number of seconds from 1 to 3600";
        let drain = number("DrainMinutes", get("DrainMinutes"), (0, 45), minutes, 15)?;
        let timeout =
            number("ServiceTimeout", get("ServiceTimeout"), (1, LONGEST), seconds, LONGEST)?;
        Ok(Self {
            cluster: cluster(get("ClusterName"))?,
            groups,
            drain: Duration::from_secs(u64::from(drain).saturating_mul(60)),
            timeout: Duration::from_secs(u64::from(timeout)),
        })
    }
}
