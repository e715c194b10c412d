//! The one gate through which hosts are taken away.

use super::Stand;
use crate::breaker::Open;
use crate::drain::heartbeat_is_due;
use crate::group::GroupView;
use crate::host::{HostView, Lifecycle, Seen};
use crate::plan::{Action, Hold, HookOf, Provided, Step, Verdict};
use crate::policy::Policy;
use crate::taking::{self, Taking, Way};
use jiff::{SignedDuration, Timestamp};

/// How long beyond patience a late launch is kept alive while the breaker is open.
const KEPT: SignedDuration = SignedDuration::from_hours(2);

/// Lets a verdict through that takes its host away only if it was chosen in an earlier sweep and the breaker is
/// closed; else chooses it, if there is room, or says why not. Keeps S7, S14: two reads, and a bounded number.
pub(super) fn gate(
    verdict: Verdict,
    host: &HostView,
    group: &GroupView,
    stand: &Stand,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let Some(way) = verdict.steps.iter().find_map(|step| step.action.takes()) else {
        return verdict;
    };
    let open = match way {
        Way::Launch => stand.launches_open(&group.name, policy),
        Way::Service => stand.open(&group.name, policy),
    };
    let hold = match open {
        Some(open) => Err(Hold::BreakerOpen { open }),
        None => admit(host, group, stand, way, now),
    };
    let mut others = verdict.clone();
    others.steps.retain(|step| step.action.takes().is_none());
    match hold {
        Ok(None) => verdict,
        Ok(Some(choice)) => {
            others.steps.push(choice);
            others.hold = Some(Hold::Chosen { at: now });
            others
        }
        Err(hold) => {
            others.steps.extend(keep_alive(host, group, &hold, policy, now));
            others.hold = Some(hold);
            others
        }
    }
}

/// Nothing if it may be taken now; a choice if it may be chosen.
fn admit(
    host: &HostView,
    group: &GroupView,
    stand: &Stand,
    way: Way,
    now: Timestamp,
) -> Result<Option<Step>, Hold> {
    let own = group.takings();
    let standing = own.iter().rfind(|one| one.instance == host.instance && one.stands(now));
    let all: Vec<Taking> = stand
        .takings
        .iter()
        .filter(|(name, _)| **name != group.name)
        .flat_map(|(_, takings)| takings.clone())
        .chain(own.iter().cloned())
        .collect();
    let crowd = stand.groups.get(&group.name).copied().unwrap_or_default();
    // A host whose choice lapsed keeps its place: chosen again, it is still one host.
    let mine = own.iter().find(|one| one.instance == host.instance && one.counts(now));
    let in_group = crowd.place(&own, mine, now);
    let in_cluster = stand.cluster.place(&all, mine, now);
    if let Err(open) = in_group.and(in_cluster) {
        return Err(Hold::BreakerOpen { open });
    }
    match standing {
        Some(one) if one.is_ripe(now) => Ok(None),
        Some(one) => Err(Hold::Chosen { at: one.at }),
        None => choose(host, group, &own, way, now).map(Some),
    }
}

fn choose(
    host: &HostView,
    group: &GroupView,
    own: &[Taking],
    way: Way,
    now: Timestamp,
) -> Result<Step, Hold> {
    let one = Taking { at: now, instance: host.instance.clone(), way };
    let most = u32::try_from(taking::MOST).unwrap_or(u32::MAX);
    let full = Open::BudgetSpent { taken: most, budget: most };
    // A launch that joined after all was not given up, and is forgotten while it is there to be seen (L7).
    let joined = |one: &Taking| {
        let seat = group.seats.get(&one.instance);
        one.way == Way::Launch && seat.is_some_and(|it| it.lifecycle == Lifecycle::InService)
    };
    let own: Vec<Taking> = own.iter().filter(|one| !joined(one)).cloned().collect();
    let takings = taking::with(&own, one, now).ok_or(Hold::BreakerOpen { open: full })?;
    Ok(Step {
        action: Action::Choose {
            group: group.name.clone(),
            instance: host.instance.clone(),
            takings,
        },
        because: "it is to be taken away, and a later look must come to the same".to_owned(),
        provided: Provided::Always,
    })
}

/// While the breaker is open for a passing reason, a late launch is not left to the hook's time-out, which would
/// give it up. A launch loop is: AWS's own pace costs less than ours.
fn keep_alive(
    host: &HostView,
    group: &GroupView,
    hold: &Hold,
    policy: &Policy,
    now: Timestamp,
) -> Option<Step> {
    let passing = matches!(
        hold,
        Hold::BreakerOpen {
            open: Open::TooManyFailing { .. }
                | Open::LostTogether { .. }
                | Open::BudgetSpent { .. }
        } | Hold::Chosen { .. }
    );
    let launched_at = host.machine.known().ok().and_then(|machine| machine.launched_at)?;
    let waited = now.duration_since(launched_at);
    let patience = SignedDuration::try_from(policy.join_patience).unwrap_or(SignedDuration::MAX);
    let within = waited < patience.saturating_add(KEPT);
    let hook = match &group.hooks {
        Some(Seen::Known(hooks)) => hooks.launch,
        Some(Seen::Unknown(_)) | None => None,
    };
    let waits = host.lifecycle() == Some(&Lifecycle::PendingWait);
    (waits && passing && within && heartbeat_is_due(waited, hook)).then(|| Step {
        action: Action::Heartbeat {
            group: group.name.clone(),
            instance: host.instance.clone(),
            hook: HookOf::Launch,
        },
        because: "it is late, and must not be given up by a time-out meanwhile".to_owned(),
        provided: Provided::Always,
    })
}
