//! Settings, as lines `NAME=VALUE`: variables of a function, and tags of a group.

use super::is_fit_to_print;
use domain::policy::{AgentVersion, Complaint};
use domain::{GroupView, Policy};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let given: BTreeMap<String, String> =
        pairs.map(|(name, value)| (name.trim().to_owned(), value.to_owned())).collect();
    match Policy::read(|name| given.get(name).cloned()) {
        Ok(policy) => within_bounds(&policy),
        Err(complaints) => told(&complaints, &given),
    }
    let default = Policy::default();
    let (policy, complaints) = default.overridden_by(&given);
    within_bounds(&policy);
    told(&complaints, &given);
    // What cannot be used changes nothing.
    let bad: Vec<&String> = complaints.iter().map(|one| &one.name).collect();
    let good: BTreeMap<String, String> = given
        .iter()
        .filter(|(name, _)| !bad.contains(name))
        .map(|(a, b)| (a.clone(), b.clone()))
        .collect();
    assert_eq!(default.overridden_by(&good), (policy.clone(), Vec::new()));
    assert_eq!(policy.overridden_by(&good).0, policy, "once is as good as twice");
    let _ = text.parse::<AgentVersion>();
    let _ = GroupView::cluster;
}

/// However it is set, it is what the template's own bounds allow.
fn within_bounds(policy: &Policy) {
    let long = Duration::from_hours(30 * 24);
    assert!(policy.join_patience >= Duration::from_mins(1) && policy.join_patience <= long);
    assert!(policy.lost_patience >= Duration::from_mins(5) && policy.lost_patience <= long);
    assert!(policy.drain_patience >= Duration::from_mins(1) && policy.drain_patience <= long);
    assert!(policy.standalone_hold <= long);
    assert!(policy.standalone_grace.is_none_or(|it| !it.is_zero() && it <= long));
    assert!(policy.scale_in_patience.is_none_or(|it| !it.is_zero() && it <= long));
    assert!(policy.headroom_hosts <= 100 && policy.headroom_percent <= 100);
    assert!((1..=1_000).contains(&policy.step_hosts) && (1..=10_000).contains(&policy.weight));
    assert!((1..=5).contains(&policy.abandons_an_hour));
    for hosts in [0, 1, 99, 5_000, u32::MAX] {
        assert!(policy.headroom(hosts) >= policy.headroom_hosts);
    }
}

fn told(complaints: &[Complaint], given: &BTreeMap<String, String>) {
    for one in complaints {
        is_fit_to_print(one, 400);
        assert!(given.contains_key(&one.name), "{} was not given", one.name);
    }
}
