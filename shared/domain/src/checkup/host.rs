//! One host: why does it not go, and what is wrong with it where it is?

use super::{Check, Finding, Verdict, finding};
use crate::group::GroupView;
use crate::host::{
    Health, HostView, Lifecycle, Maintenance, Phase, Registration, RegistrationStatus, Seen, Tasks,
};
use crate::plan::Hold;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a host.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The host.
    pub host: &'a HostView,
    /// Its group, with its hooks if they were read.
    pub group: Option<&'a GroupView>,
    /// Why the sweep does nothing more about it now.
    pub hold: Option<&'a Hold>,
    /// ARNs of its tasks that are under ECS's task protection.
    pub protected: &'a BTreeSet<String>,
}

/// What is not well with a host, the surest first; nothing of a healthy one.
#[must_use]
pub fn of_host(case: &Case<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(unread(case));
    all.extend(machine(case));
    all.extend(place(case));
    let leaves = case.host.lifecycle().is_some_and(|it| it.is_leaving() || it.is_held_leaving());
    for one in case.host.standing() {
        if one.status == RegistrationStatus::Draining || leaves {
            all.extend(drain(case, one));
        }
        let unwell = one.health == Health::Impaired;
        all.extend(unwell.then(|| {
            let told = "ECS says that its agent or container runtime is IMPAIRED";
            finding(
                Verdict::Suspect,
                Check::Health,
                told,
                "restart the agent, or drain and replace the host",
            )
        }));
    }
    all.sort();
    all
}

fn unread(case: &Case<'_>) -> Option<Finding> {
    let fault = case.host.seat.known().err().or_else(|| case.host.registrations.known().err());
    fault.map(|fault| finding(Verdict::Unreadable, Check::Readable, fault.to_string(), "ask again"))
}

fn machine(case: &Case<'_>) -> Vec<Finding> {
    let Some(trouble) = case.host.trouble() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let mut blame = |told: String, remedy: &str| {
        all.push(finding(Verdict::Blamed, Check::Machine, told, remedy));
    };
    if trouble.taken_back {
        blame(
            "EC2 takes the Spot instance back".to_owned(),
            "nothing: it is drained, and its group replaces it",
        );
    }
    if let Some(since) = trouble.impaired_since {
        blame(
            format!("EC2's status checks fail since {since}"),
            "drain it and let its group replace it; muster:repair-impaired does so for idle ones",
        );
    }
    if let Some(planned) = trouble.scheduled {
        let what = match planned.kind {
            Maintenance::Retirement => "retire or stop",
            Maintenance::Reboot => "reboot",
        };
        let when = planned.not_before.map_or_else(|| "soon".to_owned(), |at| format!("from {at}"));
        blame(
            format!("EC2 is to {what} it {when}"),
            "nothing: it is drained a day before, one host of a group at a time",
        );
    }
    all
}

/// Where it stands, as the sweep's own hold says it.
fn place(case: &Case<'_>) -> Option<Finding> {
    let by_hand = matches!(case.hold, Some(Hold::DrainedByHand));
    match case.hold {
        _ if by_hand => Some(finding(
            Verdict::Blamed,
            Check::DrainedByHand,
            "it is DRAINING, and Muster did not do it",
            "`muster release` sets it ACTIVE again, if nobody needs it drained",
        )),
        Some(Hold::NotRegistered) => Some(finding(
            Verdict::Suspect,
            Check::Registered,
            "it is in service and not registered in its cluster",
            "see below why its agent does not register; else replace it",
        )),
        Some(Hold::AgentLost { until }) => Some(finding(
            Verdict::Suspect,
            Check::AgentLost,
            format!("its agent was connected and is not any more; it is given up after {until}"),
            "restart the agent on the host, and look at its way to ECS",
        )),
        Some(Hold::NotJoinedYet { missing, until }) if case.host.phase() == Phase::Active => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            Some(finding(
                Verdict::Blamed,
                Check::Requirements,
                format!("it joined, but is not let into service: {missing}"),
                format!(
                    "give it what the policy asks for{until}, or ask for less (RequiredAttributes, LeastAgentVersion, RequireHealth)"
                ),
            ))
        }
        Some(Hold::Unreadable { fault, .. }) => {
            Some(finding(Verdict::Unreadable, Check::Readable, fault.clone(), "ask again"))
        }
        _ if case.host.phase() == Phase::Ghost => Some(finding(
            Verdict::Suspect,
            Check::Ghost,
            "its instance is gone, and its registration is not",
            "nothing: a sweep strikes it off; if it stays, look at the records of host-deregisterer",
        )),
        _ => None,
    }
}

/// Why it does not become empty.
fn drain(case: &Case<'_>, one: &Registration) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(other_hook(case));
    let tasks = match &one.tasks {
        Some(Seen::Known(tasks)) => tasks,
        Some(Seen::Unknown(fault)) => {
            all.push(finding(Verdict::Unreadable, Check::Readable, fault.to_string(), "ask again"));
            return all;
        }
        None => return all,
    };
    for why in tasks.services.iter().filter_map(crate::host::ServiceView::stuck) {
        let remedy = "raise its maximumPercent, lower its minimumHealthyPercent, or give the cluster room for one task more";
        all.push(finding(Verdict::Blamed, Check::ServiceStuck, why, remedy));
    }
    let protected = tasks.left.iter().filter(|task| case.protected.contains(&task.arn)).count();
    if protected > 0 {
        let told = format!("{protected} of its tasks are under ECS's task protection");
        let remedy = "wait until the protection ends, or end it: aws ecs update-task-protection --no-protection-enabled";
        all.push(finding(Verdict::Blamed, Check::TaskProtection, told, remedy));
    }
    all.extend(standalone(tasks));
    all.extend(stopping(tasks));
    if let Some(Hold::OutOfPatience { left, .. }) = case.hold {
        let told = format!("its patience is over, and {left} tasks are left");
        let remedy = "stop the tasks, or complete its hook by hand; muster:drain-patience-seconds gives more time the next time";
        all.push(finding(Verdict::Suspect, Check::Patience, told, remedy));
    }
    all
}

fn other_hook(case: &Case<'_>) -> Option<Finding> {
    let held = matches!(
        case.host.lifecycle(),
        Some(Lifecycle::TerminatingWait | Lifecycle::WarmedTerminatingWait)
    );
    let hooks = case.group?.hooks.as_ref()?.known().ok()?;
    (held && hooks.terminate.is_none()).then(|| {
        finding(
            Verdict::Blamed,
            Check::OtherHook,
            "a terminate hook that is not Muster's holds it",
            "see who completes that hook: aws autoscaling describe-lifecycle-hooks",
        )
    })
}

fn standalone(tasks: &Tasks) -> Option<Finding> {
    let mut families: BTreeMap<&str, u32> = BTreeMap::new();
    for task in tasks.left.iter().filter(|task| task.service().is_none() && !task.told_to_stop) {
        let count = families.entry(task.group.trim_start_matches("family:")).or_default();
        *count = count.saturating_add(1);
    }
    if families.is_empty() {
        return None;
    }
    let told: Vec<String> =
        families.iter().map(|(name, count)| format!("{count} of {name}")).collect();
    Some(finding(
        Verdict::Blamed,
        Check::StandaloneTasks,
        format!("standalone tasks run on it, and nothing moves them: {}", told.join(", ")),
        "wait, stop them, or set muster:standalone-grace-seconds",
    ))
}

fn stopping(tasks: &Tasks) -> Option<Finding> {
    let count = tasks.left.iter().filter(|task| task.told_to_stop).count();
    (count > 0).then(|| {
        finding(
            Verdict::Suspect,
            Check::Stopping,
            format!("{count} of its tasks were told to stop and have not yet"),
            "wait for their stopTimeout and for load balancers to let go of them (deregistration delay)",
        )
    })
}
