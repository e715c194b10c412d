//! The fewest calls with which a tick can see all that it judges.

use super::Size;

/// What one page or one batch of ECS holds, and one page of Auto Scaling groups.
const PAGE: u32 = 100;
/// A group has so many hosts at most here.
pub(super) const GROUP: u32 = 1_000;

/// Every registration is listed and described, a hundred a call; every group is read, with its hosts, a hundred a call. The
/// sweep asks EC2 besides what fails its status checks (two filters), what is scheduled, and which Spot requests are
/// marked: a call each, once for the account. The adjuster lists services and tasks of each cluster: here there are none,
/// and only the lists tell that.
pub(super) fn of_a_tick(function: &str, size: Size) -> u64 {
    let registrations = 2 * size.hosts.div_ceil(PAGE);
    let groups = (size.clusters * size.hosts.div_ceil(GROUP)).div_ceil(PAGE);
    let calls = match function {
        "reconciler" => size.clusters * registrations + groups + 4,
        _ => size.clusters * (registrations + 2) + groups,
    };
    u64::from(calls)
}
