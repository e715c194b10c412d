//! Why a host is drained, or is not any more.

use super::Occasion;
use crate::host::{HostView, Lifecycle, Maintenance, RegistrationStatus};
use crate::marks::Leaving;
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};

/// How long before a scheduled retirement or reboot a host is drained.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How old a mark must be until it may be lifted: older than any read lags behind.
const SETTLED: SignedDuration = SignedDuration::from_mins(10);

/// What is to be done with a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It is to be emptied.
    Leaves(Leaving),
    /// It was to be emptied by us, and the reason is gone.
    Lifted,
    /// It stays.
    Stays,
}

/// Keeps S4: only what its group terminates, what Spot takes back, or what EC2 has scheduled to go is drained.
pub(super) fn why(view: &HostView, occasion: Occasion, policy: &Policy, now: Timestamp) -> Why {
    match view.lifecycle() {
        Some(Lifecycle::TerminatingWait | Lifecycle::WarmedTerminatingWait) => {
            Why::Leaves(Leaving::Terminate)
        }
        Some(Lifecycle::WarmedPendingWait) => Why::Leaves(Leaving::Pool),
        Some(Lifecycle::InService) => in_service(view, occasion, policy, now),
        Some(_) | None => Why::Stays,
    }
}

fn in_service(view: &HostView, occasion: Occasion, policy: &Policy, now: Timestamp) -> Why {
    let marked = view.draining_mark();
    // What cannot be read is no reason to drain, and none to stop it. A mark on what is ACTIVE is none either: the
    // reason may be gone since it was written, and a person may have lifted the drain.
    let (Ok(machine), Some(trouble)) = (view.machine.known(), view.trouble()) else {
        let active = view.standing().any(|one| one.status == RegistrationStatus::Active);
        return marked.filter(|_| !active).map_or(Why::Stays, |(_, why)| match why {
            Leaving::Terminate | Leaving::Pool => Why::Stays,
            why => Why::Leaves(why),
        });
    };
    let scheduled = trouble
        .scheduled
        .filter(|scheduled| scheduled.not_before.is_none_or(|at| at.duration_since(now) <= AHEAD));
    let recommended =
        marked.is_some_and(|(_, why)| why == Leaving::Rebalance) || occasion == Occasion::Rebalance;

    if machine.spot && trouble.taken_back {
        return Why::Leaves(Leaving::Spot);
    }
    if machine.spot && recommended && policy.drain_on_rebalance {
        return Why::Leaves(Leaving::Rebalance);
    }
    match (scheduled.map(|scheduled| scheduled.kind), marked) {
        (Some(Maintenance::Retirement), _) => Why::Leaves(Leaving::Retirement),
        (Some(Maintenance::Reboot), _) => Why::Leaves(Leaving::Reboot),
        (None, Some((since, _))) if now.duration_since(since) >= SETTLED => Why::Lifted,
        (None, _) => Why::Stays,
    }
}
