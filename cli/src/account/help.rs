//! What stands in the way of a command, and what to do about it.

use domain::{ClusterName, Fault, GroupName, InstanceId};
use serde_json::json;

/// How alike two names must be for the one to be offered for the other.
const ALIKE: f64 = 0.6;

/// What a person asked for cannot be done as things are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsuitable {
    #[error(
        "no Auto Scaling group of this account and region has the tag muster:cluster; \
         `muster enroll GROUP --cluster NAME` puts one under Muster"
    )]
    NothingOurs,
    #[error("no group is under Muster for a cluster {asked}{hint}")]
    NoSuchCluster { asked: ClusterName, hint: String },
    #[error("{0} is in no group of ours, and registered in none of our clusters")]
    NoSuchHost(InstanceId),
    #[error("there is no Auto Scaling group {0}")]
    NoSuchGroup(GroupName),
    #[error(
        "the parameters of a stack {0} cannot be read, and with other settings than the functions' this would do what they \
         would not: name it with --stack"
    )]
    NotDeployed(String),
    #[error("{instance}: {why}")]
    NotNow { instance: InstanceId, why: String },
    #[error("{group}: {why}")]
    NotThisGroup { group: GroupName, why: String },
}

impl Unsuitable {
    /// With the name that was perhaps meant, or all that there are.
    pub(crate) fn no_such_cluster<'a>(
        asked: &ClusterName,
        there: impl Iterator<Item = &'a ClusterName>,
    ) -> Self {
        let there: Vec<&str> = there.map(ClusterName::as_str).collect();
        let likeness = |name: &&str| strsim::jaro_winkler(name, asked.as_str());
        let nearest = there.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let hint = match nearest {
            Some(name) if likeness(&name) >= ALIKE => format!("; did you mean {name}?"),
            Some(_) => format!("; there are: {}", there.join(", ")),
            None => "; and for no other".to_owned(),
        };
        Self::NoSuchCluster { asked: asked.clone(), hint }
    }
}

/// What a person can do about a call that failed; nothing where only AWS can.
pub(crate) fn remedy(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Forbidden { call, .. } => {
            let statement = json!({ "Effect": "Allow", "Action": call, "Resource": "*" });
            Some(format!("a policy that allows it has this statement:\n  {statement}"))
        }
        Fault::Throttled { .. } | Fault::OutOfTime { .. } => {
            Some("AWS is asked for too much at the moment; try again in a minute".to_owned())
        }
        Fault::NoAnswer { .. } => Some(
            "see that the region is right (--region), that its endpoint is reachable, and AWS_ENDPOINT_URL if it is set"
                .to_owned(),
        ),
        Fault::Unknown { code, .. } | Fault::Refused { code, .. } if code.contains("Token") => {
            Some("the credentials have run out or are of another account: sign in anew".to_owned())
        }
        Fault::NotFound { call, .. } if call.starts_with("ecs:") => {
            Some("the tag muster:cluster of a group names a cluster that is not in this region".to_owned())
        }
        Fault::AlreadySo { .. }
        | Fault::Contended { .. }
        | Fault::Partial { .. }
        | Fault::Unknown { .. }
        | Fault::Refused { .. }
        | Fault::NotFound { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_else_all_that_there_are() {
        let there: Vec<ClusterName> = ["prod", "staging"].map(|it| it.parse().unwrap()).into();
        let told = |asked: &str| {
            Unsuitable::no_such_cluster(&asked.parse().unwrap(), there.iter()).to_string()
        };
        assert!(told("prdo").ends_with("did you mean prod?"), "{}", told("prdo"));
        assert!(told("zzz").ends_with("there are: prod, staging"), "{}", told("zzz"));
    }

    #[test]
    fn what_is_not_allowed_comes_with_the_statement_that_allows_it() {
        let fault =
            Fault::Forbidden { call: "ecs:ListContainerInstances".into(), told: "no".into() };
        let told = remedy(&fault).unwrap();
        let statement = told.lines().nth(1).unwrap();
        let statement: serde_json::Value = serde_json::from_str(statement).unwrap();
        assert_eq!(statement["Action"], "ecs:ListContainerInstances");
    }
}
