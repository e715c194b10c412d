//! The actions in words, for records and people.

use super::Action;
use crate::capacity::Spare;
use crate::names::RegistrationArn;
use std::fmt;

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LetIn { instance, group } => write!(f, "let {instance} into service in {group}"),
            Self::Abandon { instance, group } => {
                write!(f, "abandon the launch of {instance} in {group}")
            }
            Self::MarkDraining { why, registration, empty, .. } => {
                let how = if empty.is_some() { "empty" } else { "draining" };
                write!(f, "mark {} as {how} ({})", short(registration), why.as_str())
            }
            Self::ForgetDraining { registration, .. } => {
                write!(f, "unmark {}: it is not drained any more", short(registration))
            }
            Self::Activate { registration, .. } => {
                write!(f, "set {} ACTIVE again", short(registration))
            }
            Self::StopTask { task, .. } => write!(f, "stop task {}", last(task)),
            Self::Drain { registration, .. } => write!(f, "drain {}", short(registration)),
            Self::Heartbeat { instance, .. } => write!(f, "ask for more time for {instance}"),
            Self::LetGo { instance, group } => write!(f, "let {instance} go from {group}"),
            Self::Deregister { registration, force, .. } => {
                let how = if *force { " (force)" } else { "" };
                write!(f, "deregister {}{how}", short(registration))
            }
            Self::MarkAgentLost { registration, lost, .. } => {
                write!(f, "mark {}: agent lost since {}", short(registration), lost.since)
            }
            Self::MarkNotFound { registration, missing, .. } => {
                write!(
                    f,
                    "mark {}: EC2 does not find it since {}",
                    short(registration),
                    missing.since
                )
            }
            Self::ForgetNotFound { registration, .. } => {
                write!(f, "unmark {}: EC2 finds it again", short(registration))
            }
            Self::ForgetAgentLost { registration, .. } => {
                write!(f, "unmark {}: agent is back", short(registration))
            }
            Self::MarkUnhealthy { instance, group } => {
                write!(f, "mark {instance} unhealthy in {group}")
            }
            Self::Replace { instance, group } => write!(f, "replace {instance} in {group}"),
            Self::Choose { instance, group, .. } => {
                write!(f, "choose {instance} to be taken from {group}")
            }
            Self::MarkBreaker { group, open: Some((_, why)) } => {
                write!(f, "mark {group}: nothing is taken from it ({})", why.word())
            }
            Self::MarkBreaker { group, open: None } => {
                write!(f, "unmark {group}: its breaker is closed")
            }
            Self::Protect { instance, protected: true, .. } => {
                write!(f, "protect {instance} from scale-in")
            }
            Self::Protect { instance, protected: false, .. } => {
                write!(f, "let {instance} be scaled in")
            }
            Self::MarkProtected { registration, why, .. } => {
                write!(f, "mark {} as protected ({})", short(registration), why.as_str())
            }
            Self::ForgetProtected { registration, .. } => {
                write!(f, "unmark {}: it is not protected for us", short(registration))
            }
            Self::MarkSpare { group, spare: Spare { since: Some((_, hosts)), .. } } => {
                write!(f, "mark {group}: {hosts} hosts can be spared")
            }
            Self::MarkSpare { group, .. } => write!(f, "unmark {group}: no host can be spared"),
            Self::ScaleIn { instance, group } => {
                write!(f, "let {instance} go: {group} does not need it")
            }
            Self::Empty { group } => write!(f, "set min and desired capacity of {group} to 0"),
            Self::DetachProviders { cluster, gone, .. } => {
                write!(f, "detach {} from {cluster}", gone.join(", "))
            }
            Self::SetDesired { group, from, to } => {
                write!(f, "desired capacity of {group} from {from} to {to}")
            }
        }
    }
}

fn short(arn: &RegistrationArn) -> &str {
    last(arn.as_str())
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
