//! Scale-in protection says what a host's tasks say.
//!
//! A host with tasks that nobody would start again elsewhere, or that asked not to be moved, is protected from its group's
//! scale-in, and released when they are gone. Only what we protected we release: the mark `muster.protected` tells. Where
//! a capacity provider protects hosts, it does so for as long as they have tasks other than daemons'; a host that has had
//! none for ten minutes was forgotten, and is released too.

use super::{Case, Host, Line, Outlook};
use crate::host::{Lifecycle, RegistrationStatus};
use crate::marks::Protected;
use crate::plan::{Action, Provided, Step, Verdict};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// After so long a protected host without tasks was forgotten by who protected it.
const FORGOTTEN: SignedDuration = SignedDuration::from_mins(10);

/// What is due to the protection of a group's hosts; hosts of which nothing is due are left out.
pub(super) fn lines(case: &Case<'_>, outlook: &Outlook, now: Timestamp) -> Vec<Line> {
    let Ok(protected) = outlook.protected.known() else {
        return Vec::new();
    };
    // Who empties a group wants its hosts to go.
    let emptied = case.group.desired == 0;
    if !case.policy.protect_tasks || case.anothers.is_some() || emptied {
        return Vec::new();
    }
    let by_instance = outlook.by_instance();
    let seated = |host: &&Host| case.group.seats.contains_key(&host.registration.instance);
    let line = |host: &Host| {
        // An agent that registered twice may have tasks under both.
        let same = by_instance.get(&host.registration.instance)?;
        let held = same.iter().any(|one| holds(case, one, protected, now));
        let busy = same.iter().flat_map(|one| &one.loads).any(|load| !load.daemon);
        let steps = steps(case, host, held, busy, now)?;
        let verdict = Verdict { phase: None, steps, hold: None };
        let instance = host.registration.instance.clone();
        Some(Line { group: case.group.name.clone(), host: Some(instance), verdict })
    };
    outlook.hosts.iter().filter(seated).filter_map(line).collect()
}

/// Whether a host has tasks for which it is kept: standalone ones that are not older than the policy says, and those
/// that asked not to be moved.
pub(super) fn holds(
    case: &Case<'_>,
    host: &Host,
    protected: &BTreeSet<String>,
    now: Timestamp,
) -> bool {
    host.loads.iter().filter(|load| !load.daemon).any(|load| {
        let young = load.since.is_none_or(|since| {
            now.duration_since(since).unsigned_abs() < case.policy.standalone_hold
        });
        (load.is_standalone() && young) || protected.contains(&load.arn)
    })
}

fn steps(
    case: &Case<'_>,
    host: &Host,
    held: bool,
    busy: bool,
    now: Timestamp,
) -> Option<Vec<Step>> {
    let one = &host.registration;
    let seat = case.group.seats.get(&one.instance)?;
    // A list that is behind the counters tells too little; where a host is leaving, nobody's scale-in matters.
    let behind = u64::from(one.running).saturating_add(one.pending.into())
        > u64::try_from(host.loads.len()).unwrap_or(u64::MAX);
    if seat.lifecycle != Lifecycle::InService || behind {
        return None;
    }
    let (group, instance) = (case.group.name.clone(), one.instance.clone());
    let step = |action, because: &str| Step {
        action,
        because: because.to_owned(),
        provided: Provided::Always,
    };
    let protect =
        |on| Action::Protect { group: group.clone(), instance: instance.clone(), protected: on };
    let cluster = case.group.cluster()?;
    let mark = |why| Action::MarkProtected {
        cluster: cluster.clone(),
        registration: one.arn.clone(),
        since: now,
        why,
    };
    let forget =
        || Action::ForgetProtected { cluster: cluster.clone(), registration: one.arn.clone() };
    if case.group.steered_by_another() {
        let busy = busy || !seat.protected;
        return match one.marks.protected {
            None if !busy => Some(vec![step(
                mark(Protected::Idle),
                "it is protected, and has no task that a scale-in would cut off",
            )]),
            Some((since, Protected::Idle)) if !busy => {
                let forgotten = now.duration_since(since) >= FORGOTTEN;
                forgotten.then(|| {
                    let released = Step {
                        action: protect(false),
                        because: format!("it is protected without a task since {since}"),
                        provided: Provided::StillJudgedSo,
                    };
                    vec![released, step(forget(), "it is released")]
                })
            }
            Some((_, Protected::Idle)) => Some(vec![step(forget(), "it has tasks, or is free")]),
            _ => None,
        };
    }
    // While tasks leave, a list that misses one and counters that are a task behind can agree.
    let leaves =
        one.status == RegistrationStatus::Draining && one.running.saturating_add(one.pending) > 0;
    let why = "it has tasks that nobody would start again elsewhere, or that must not be moved";
    match (held, seat.protected, one.marks.protected) {
        (true, false, None) => {
            Some(vec![step(mark(Protected::Tasks), why), step(protect(true), why)])
        }
        (true, false, Some(_)) => Some(vec![step(protect(true), why)]),
        (false, true, Some(_)) if leaves => None,
        (false, true, Some(_)) => {
            let over = "the tasks that it was protected for are gone";
            Some(vec![step(protect(false), over), step(forget(), over)])
        }
        (false, false, Some(_)) => Some(vec![step(forget(), "it is not protected any more")]),
        (true, true, _) | (false, _, None) => None,
    }
}
