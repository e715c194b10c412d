//! What is still there, and the next step out for each.

use super::{Attached, Properties};
use crate::drain::{self, Occasion};
use crate::forget;
use crate::group::GroupView;
use crate::host::{HostView, Lifecycle, MachineState};
use crate::names::{GroupName, InstanceId};
use crate::plan::{Action, Hold, Provided, Step, Verdict};
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What one look shows of what is to go.
#[derive(Clone, Debug)]
pub struct Estate<'a> {
    /// What was asked for.
    pub asked: &'a Properties,
    /// The stack's ARN.
    pub stack_id: &'a str,
    /// Those of the groups asked for that are there, whatever their tags.
    pub groups: &'a BTreeMap<GroupName, GroupView>,
    /// Every host of the cluster.
    pub hosts: &'a [HostView],
    /// The cluster's capacity providers; none if there is no such cluster any more.
    pub attached: Option<&'a Attached>,
    /// Since when CloudFormation wants it gone.
    pub since: Timestamp,
    /// The time.
    pub now: Timestamp,
}

/// What the steps are of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// The cluster.
    Cluster,
    /// A group.
    Group(GroupName),
    /// A host.
    Host(InstanceId),
}

/// Something that is still there, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.why)
    }
}

/// The next steps, and what holds the delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What to do, for each of what is there.
    pub steps: Vec<(Of, Vec<Step>)>,
    /// What is not gone yet; when nothing is left, the delete is done.
    pub holders: Vec<Holder>,
}

impl Judged {
    fn hold(&mut self, what: impl fmt::Display, why: impl fmt::Display) {
        self.holders.push(Holder { what: what.to_string(), why: why.to_string() });
    }

    /// Whether an action is among what is to be done.
    #[must_use]
    pub fn wants(&self, action: &Action) -> bool {
        self.steps.iter().flat_map(|(_, steps)| steps).any(|step| step.action == *action)
    }
}

const BECAUSE: &str = "the stack is deleted";

fn step(action: Action) -> Step {
    Step { action, because: BECAUSE.to_owned(), provided: Provided::Always }
}

/// Judges what is there.
///
/// The groups that were asked for are emptied, and what is theirs waits at our hooks until it is drained or the time for
/// drains is over. Groups without our tag, other hooks and living hosts of other groups are left alone. Keeps S11, S18,
/// S19.
#[must_use]
pub fn judge(estate: &Estate<'_>, policy: &Policy) -> Judged {
    let mut judged = Judged::default();
    providers(estate, &mut judged);
    // Keeps S18: a group without the tag holds nothing up either; CloudFormation deletes it as it would without us.
    for group in estate.groups.values().filter(|group| is_ours(estate, group)) {
        empty(group, &mut judged);
    }
    for host in estate.hosts {
        see_out(estate, host, policy, &mut judged);
    }
    judged
}

fn is_ours(estate: &Estate<'_>, group: &GroupView) -> bool {
    group.cluster().as_ref() == Some(&estate.asked.cluster)
        && super::belongs(&group.tags, estate.stack_id)
}

/// A group that is still a capacity provider's is scaled out again by ECS, and neither can be
/// deleted before the other.
fn providers(estate: &Estate<'_>, judged: &mut Judged) {
    let Some(attached) = estate.attached else {
        return;
    };
    let ours = |group: &Option<GroupName>| {
        let group = group.as_ref().filter(|group| estate.asked.groups.contains(group));
        // Of a group that is gone nothing tells any more whose it was.
        group.is_some_and(|name| estate.groups.get(name).is_none_or(|it| is_ours(estate, it)))
    };
    let (gone, keep): (Vec<_>, Vec<_>) =
        attached.providers.iter().partition(|provider| ours(&provider.group));
    if gone.is_empty() {
        return;
    }
    let names = |all: Vec<&super::Provider>| all.into_iter().map(|it| it.name.clone()).collect();
    let (gone, keep): (Vec<String>, Vec<String>) = (names(gone), names(keep));
    let strategy = attached.strategy.iter().filter(|share| keep.contains(&share.provider));
    judged.hold(format!("capacity provider {}", gone.join(", ")), "still attached to the cluster");
    judged.steps.push((
        Of::Cluster,
        vec![step(Action::DetachProviders {
            cluster: estate.asked.cluster.clone(),
            strategy: strategy.cloned().collect(),
            gone,
            keep,
        })],
    ));
}

fn empty(group: &GroupView, judged: &mut Judged) {
    let seated = || group.seats.iter().filter(|(_, seat)| !seat.lifecycle.is_leaving());
    let protected = seated().filter(|(_, seat)| seat.protected);
    let release = |instance: &InstanceId| Action::Protect {
        group: group.name.clone(),
        instance: instance.clone(),
        protected: false,
    };
    // First: a group never takes a protected host for scale-in.
    let mut steps: Vec<Step> = protected.map(|(instance, _)| step(release(instance))).collect();
    if group.min > 0 || group.desired > 0 {
        steps.push(step(Action::Empty { group: group.name.clone() }));
    }
    if group.suspended.iter().any(|process| process == "Terminate") && seated().next().is_some() {
        judged.hold(&group.name, "its process Terminate is suspended");
    }
    if !steps.is_empty() {
        judged.hold(&group.name, "it is being emptied");
        judged.steps.push((Of::Group(group.name.clone()), steps));
    }
}

/// A host of ours, or what is left of one.
fn see_out(estate: &Estate<'_>, host: &HostView, policy: &Policy, judged: &mut Judged) {
    let group = host.group().and_then(|name| estate.groups.get(name));
    let verdict = match (group, host.lifecycle()) {
        (Some(group), _) if !is_ours(estate, group) => return,
        (Some(group), Some(Lifecycle::PendingWait)) => Verdict::act(
            host.phase(),
            Action::Abandon { group: group.name.clone(), instance: host.instance.clone() },
            BECAUSE,
        ),
        (Some(group), Some(lifecycle)) if lifecycle.is_held_leaving() => {
            leaving(estate, group, host, policy)
        }
        (Some(_), _) => Verdict { hold: None, ..gone_or(host, estate.now) },
        (None, _) if is_left_behind(host) => gone_or(host, estate.now),
        // Keeps S19: it lives, and belongs to somebody else.
        (None, _) => return,
    };
    let state = host.lifecycle().map_or("left behind", Lifecycle::as_str);
    let why = verdict.hold.as_ref().map_or("it is on its way".to_owned(), ToString::to_string);
    judged.hold(format!("{} {state}", host.instance), why);
    if !verdict.steps.is_empty() {
        judged.steps.push((Of::Host(host.instance.clone()), verdict.steps));
    }
}

fn leaving(estate: &Estate<'_>, group: &GroupView, host: &HostView, policy: &Policy) -> Verdict {
    let hook =
        group.hooks.as_ref().and_then(|hooks| hooks.known().ok()).and_then(|it| it.terminate);
    let verdict = drain::judge(host, Occasion::Tick { hook }, policy, estate.now);
    let goes = |step: &Step| matches!(step.action, Action::LetGo { .. });
    if verdict.steps.iter().any(goes) || !is_over(estate) {
        return verdict;
    }
    // The operator's own bound: what still runs is cut off, as the delete asked for.
    let action = Action::LetGo { group: group.name.clone(), instance: host.instance.clone() };
    Verdict {
        hold: verdict.hold,
        ..Verdict::act_if_still_so(
            host.phase(),
            action,
            "the stack is deleted, and the time for its drains is over",
        )
    }
}

/// Whether the time for drains is over.
fn is_over(estate: &Estate<'_>) -> bool {
    let drain = SignedDuration::try_from(estate.asked.drain).unwrap_or(SignedDuration::MAX);
    estate.now.duration_since(estate.since) >= drain
}

/// Strikes off what EC2 says is gone.
fn gone_or(host: &HostView, now: Timestamp) -> Verdict {
    let is_gone = host.machine.known().is_ok_and(|machine| {
        matches!(machine.state, MachineState::Terminated | MachineState::NotFound)
    });
    if is_gone { forget::judge(host, now) } else { Verdict::hold(host.phase(), Hold::Empty) }
}

/// Whether a registration stands for a machine that is gone or going: of which group it was, nothing tells any more.
fn is_left_behind(host: &HostView) -> bool {
    let missing = host.machine.known().is_ok_and(|machine| machine.state == MachineState::NotFound);
    host.standing().next().is_some() && (host.machine_is_gone() || missing)
}
