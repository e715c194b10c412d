//! What others are told of what was done.

use crate::record::Record;
use domain::breaker::Open;
use domain::diagnosis::Finding;
use domain::told::{BreakerReason, BreakerTold, Told, Whose, told};
use domain::{Action, ClusterName, GroupName, GroupView, HostView};
use jiff::Timestamp;
use ports::{Done, Emit, Outcome};

/// The events that follow from what was done to a host.
#[must_use]
pub fn of_host(
    host: &HostView,
    group: Option<&GroupName>,
    done: &[Done],
    at: Timestamp,
) -> Vec<Told> {
    let Some(cluster) = &host.cluster else {
        return Vec::new();
    };
    let whose = Whose { cluster, group, instance: &host.instance };
    let effects = done.iter().filter(|one| one.outcome == Outcome::Done);
    effects
        .filter_map(|one| {
            let mut told = told(&one.step.action, &whose, at, &one.step.because)?;
            if let Some(fields) = told.host_mut() {
                fields.waited_seconds = waited(host, &one.step.action, at);
            }
            Some(told)
        })
        .collect()
}

/// Adds why a host did not join to what is told of its end.
pub fn because_of(told: &mut Told, cause: Option<&Finding>) {
    if let (Told::HostAbandoned(host), Some(cause)) = (told, cause) {
        host.cause = Some(cause.check.as_str().to_owned());
        host.remedy = Some(cause.remedy.clone());
    }
}

/// How long the host had been waited for: since its launch, or since its drain began.
fn waited(host: &HostView, action: &Action, at: Timestamp) -> Option<u64> {
    let launched_at = || host.machine.known().ok()?.launched_at;
    let since = match action {
        Action::LetIn { .. } | Action::Abandon { .. } => launched_at(),
        Action::LetGo { .. } | Action::Replace { .. } => host.draining_mark().map(|(at, _)| at),
        Action::MarkUnhealthy { .. } => {
            host.standing().find_map(|one| one.marks.agent_lost).map(|lost| lost.since)
        }
        _ => None,
    };
    u64::try_from(at.duration_since(since?).as_secs()).ok()
}

/// The event that follows from what was written about a group's breaker.
#[must_use]
pub fn of_breaker(
    cluster: &ClusterName,
    group: &GroupView,
    done: &[Done],
    at: Timestamp,
) -> Option<Told> {
    let one = done.iter().find(|one| one.outcome == Outcome::Done)?;
    let Action::MarkBreaker { open, .. } = &one.step.action else {
        return None;
    };
    let tell = |reason, (failing, hosts)| BreakerTold {
        cluster: cluster.clone(),
        group: Some(group.name.clone()),
        at,
        reason,
        failing,
        hosts,
    };
    Some(if let Some((_, open)) = open {
        Told::BreakerOpened(tell(reason(open.word()), counts(*open)))
    } else {
        let word = group.breaker_mark().map_or("", |(_, word)| word);
        Told::BreakerClosed(tell(reason(word), (0, 0)))
    })
}

/// The event of a cluster that could not be read: told at each sweep as long as it lasts.
#[must_use]
pub fn of_unreadable(cluster: &ClusterName, at: Timestamp) -> Told {
    Told::BreakerOpened(BreakerTold {
        cluster: cluster.clone(),
        group: None,
        at,
        reason: BreakerReason::EcsUnreadable,
        failing: 0,
        hosts: 0,
    })
}

fn reason(word: &str) -> BreakerReason {
    match word {
        "correlated-loss" => BreakerReason::CorrelatedLoss,
        "launch-loop" => BreakerReason::LaunchLoop,
        "budget-spent" => BreakerReason::BudgetSpent,
        _ => BreakerReason::TooManyFailing,
    }
}

const fn counts(open: Open) -> (u32, u32) {
    match open {
        Open::TooManyFailing { failing, hosts } => (failing, hosts),
        Open::LostTogether { lost, hosts } => (lost, hosts),
        Open::LaunchLoop { abandoned } => (abandoned, abandoned),
        Open::BudgetSpent { taken, budget } => (taken, budget),
    }
}

/// Tells, and puts on record what was told; it never changes what came of the decision.
pub async fn tell<W: Emit>(world: &W, all: &[Told], record: &mut Record) {
    for told in all {
        record.counts.told(told);
    }
    if all.is_empty() || !world.is_on() {
        return;
    }
    match world.emit(all).await {
        Ok(()) => record.told.extend(all.iter().map(Told::detail_type)),
        Err(fault) => record.not_told = Some(fault.to_string()),
    }
}
