//! One group: is it as Muster needs it?

use super::{Check, Finding, Verdict, finding};
use crate::breaker::Open;
use crate::group::{GroupView, Hook, Hooks};
use crate::policy::Policy;

/// Processes without which hosts do not come or go (*Suspend-resume processes* in the EC2 Auto Scaling user guide).
const NEEDED: [&str; 4] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"];

/// What is not well with a group, the surest first; nothing of one that is as it should be. Of hooks that could not be read
/// nothing is said.
#[must_use]
pub fn of_group(
    group: &GroupView,
    hooks: Option<&Hooks>,
    settings: &Policy,
    open: Option<Open>,
) -> Vec<Finding> {
    let (policy, complaints) = settings.overridden_by(&group.tags);
    let mut all = Vec::new();
    if let Some(hooks) = hooks {
        all.extend(launch(hooks.launch, &policy));
        all.extend(terminate(hooks.terminate));
    }
    all.extend(complaints.into_iter().map(|bad| {
        let remedy = "correct the tag, or take it off; until then the setting holds";
        finding(Verdict::Blamed, Check::Tags, bad.to_string(), remedy)
    }));
    let suspended: Vec<&str> =
        NEEDED.into_iter().filter(|name| group.suspended.iter().any(|it| it == name)).collect();
    if !suspended.is_empty() {
        let names = suspended.join(", ");
        let remedy = format!(
            "aws autoscaling resume-processes --auto-scaling-group-name {} --scaling-processes {}",
            group.name,
            suspended.join(" ")
        );
        all.push(finding(
            Verdict::Suspect,
            Check::Suspended,
            format!("its processes {names} are suspended"),
            remedy,
        ));
    }
    if let Some(open) = open {
        let remedy = "nothing is taken away from it until that is over; mend what the hosts have in common, see docs/watching.md";
        all.push(finding(
            Verdict::Suspect,
            Check::Breaker,
            format!("its breaker is open: {open}"),
            remedy,
        ));
    }
    all.sort();
    all
}

fn launch(hook: Option<Hook>, policy: &Policy) -> Option<Finding> {
    let enroll = "`muster enroll` sets it right";
    let blame = |told: &str| Some(finding(Verdict::Blamed, Check::LaunchHook, told, enroll));
    match hook {
        None => blame("it has no hook muster-launch, so hosts enter service unverified"),
        Some(hook) if hook.continues => blame(
            "its hook muster-launch ends with CONTINUE, so a host that never joins enters service",
        ),
        Some(hook) if hook.heartbeat <= policy.join_patience => Some(finding(
            Verdict::Suspect,
            Check::LaunchHook,
            format!(
                "its hook muster-launch times out after {} s, before the join patience of {} s",
                hook.heartbeat.as_secs(),
                policy.join_patience.as_secs()
            ),
            enroll,
        )),
        Some(_) => None,
    }
}

fn terminate(hook: Option<Hook>) -> Option<Finding> {
    let enroll = "`muster enroll` sets it right";
    let blame = |told: &str| Some(finding(Verdict::Blamed, Check::TerminateHook, told, enroll));
    match hook {
        None => blame("it has no hook muster-terminate, so hosts go before they are drained"),
        Some(hook) if !hook.continues => {
            blame("its hook muster-terminate ends with ABANDON, which skips the hooks of others")
        }
        Some(_) => None,
    }
}
