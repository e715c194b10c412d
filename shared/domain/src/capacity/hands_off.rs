//! Where someone else steers.

use super::Case;

/// Who or what else steers the size of a group.
///
/// Keeps S18, S19.
pub(super) fn why(case: &Case<'_>) -> Option<String> {
    let group = case.group;
    if let Some(stack) = &case.anothers {
        return Some(format!("the stack {stack} steers it, as its tag muster:stack says"));
    }
    if group.steered_by_another() {
        return Some("a capacity provider's managed scaling steers it".to_owned());
    }
    // As for capacity providers, where AWS does not support them (*Auto Scaling group capacity providers*).
    if group.weighted {
        return Some("its sizes count weights, vCPUs or memory, not hosts".to_owned());
    }
    if group.min == group.max {
        return Some("its Min and Max are equal".to_owned());
    }
    if case.before.refreshing {
        return Some("an instance refresh is in progress".to_owned());
    }
    let process =
        group.suspended.iter().find(|name| matches!(name.as_str(), "Launch" | "Terminate"));
    process.map(|name| format!("its process {name} is suspended"))
}
