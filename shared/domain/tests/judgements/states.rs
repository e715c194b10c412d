//! The table: every lifecycle state, every status of a registration, the agent connected or not.

use crate::{LIFECYCLES, at, draining, host, registration, with};
use domain::Policy;
use domain::host::{HostView, Lifecycle, Registration, RegistrationStatus};
use domain::sweep::{Stand, judge_host};
use domain::{Action, GroupView};
use std::collections::BTreeMap;

const STATUSES: [&str; 7] = [
    "REGISTERING",
    "REGISTRATION_FAILED",
    "ACTIVE",
    "DRAINING",
    "DEREGISTERING",
    "INACTIVE",
    "DAYDREAMING",
];

pub(crate) fn group(hosts: &[HostView]) -> GroupView {
    let seats = hosts.iter().filter_map(|host| {
        let seat = host.seat.known().ok()?.clone()?;
        Some((host.instance.clone(), seat))
    });
    GroupView {
        name: "web".parse().unwrap(),
        min: 0,
        max: 10,
        desired: 3,
        tags: BTreeMap::from([("muster:cluster".into(), "prod".into())]),
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        seats: seats.collect(),
        hooks: None,
    }
}

/// The kinds of actions that a sweep takes on a host in this state, an hour after its launch.
fn does(state: &str, status: &str, connected: bool) -> Vec<&'static str> {
    let base = if status == "DRAINING" { draining(&[]) } else { registration() };
    let status = RegistrationStatus::read(status);
    let one = Registration { status, agent_connected: connected, ..base };
    let view = with(host(Lifecycle::read(state)), one);
    let group = group(std::slice::from_ref(&view));
    let groups = BTreeMap::from([(group.name.clone(), group.clone())]);
    let hosts = [view];
    let now = at(3_600);
    let stand = Stand::of(&groups, &hosts, &Policy::default(), now);
    let verdict = judge_host(&hosts[0], Some(&group), &stand, now);
    verdict.steps.iter().map(|step| kind(&step.action)).collect()
}

fn kind(action: &Action) -> &'static str {
    match action {
        Action::LetIn { .. } => "let in",
        Action::LetGo { .. } => "let go",
        Action::MarkDraining { .. } => "mark",
        Action::Drain { .. } => "drain",
        Action::Choose { .. } => "choose",
        Action::Heartbeat { .. } => "wait",
        Action::MarkAgentLost { .. } => "lost",
        _ => "other",
    }
}

// Checks S4, S6, S8, S16.
#[test]
fn every_state_and_status_comes_to_what_is_written_here_and_to_nothing_else() {
    for state in LIFECYCLES {
        for status in STATUSES {
            for connected in [true, false] {
                let expected: &[&str] = match (state, status, connected) {
                    // On its way in: let in only when joined, and else given up by the rule of two looks.
                    ("Pending:Wait", "ACTIVE", true) => &["let in"],
                    ("Pending:Wait", _, false) => &["choose"],
                    // On its way out: drained, and let go when empty; the unknown waits.
                    ("Terminating:Wait" | "Warmed:Terminating:Wait", "ACTIVE", _) => {
                        &["mark", "drain"]
                    }
                    (
                        "Terminating:Wait" | "Warmed:Terminating:Wait",
                        "DRAINING" | "INACTIVE",
                        _,
                    ) => &["let go"],
                    // Back to the warm pool, or into it for the first time: whichever hook holds it.
                    ("Warmed:Pending:Wait", "DRAINING" | "INACTIVE", _) => &["let in", "let go"],
                    ("Warmed:Pending:Wait", "ACTIVE", _) => &["mark", "drain"],
                    // In service, too: an agent that was lost just now is watched, and nothing is done.
                    _ => &[],
                };
                let did = does(state, status, connected);
                assert_eq!(did, expected, "{state} {status} connected: {connected}");
            }
        }
    }
}
