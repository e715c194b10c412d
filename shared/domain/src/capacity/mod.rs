//! How many hosts does the work need, and which can leave?
//!
//! One look at a cluster, one judgement of all of its groups: what is missing goes to what is left on hosts, then to hosts on
//! their way, then to new ones of the cheapest group that holds it. Only where nothing is missing, hosts may leave.

mod hands_off;
mod need;
mod protection;
mod room;
mod spare;

pub use spare::{Moved, SPARE_TAG, Spare};

use crate::group::GroupView;
use crate::host::{Registration, RegistrationStatus, Room, Seen};
use crate::names::{GroupName, InstanceId};
use crate::pack::Job;
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};
use crate::policy::Policy;
use jiff::Timestamp;
use need::{Need, Removed};
use std::collections::{BTreeMap, BTreeSet};

/// Where tasks may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// `memberOf` expressions: each must hold of the host.
    pub constraints: Vec<String>,
    /// The groups of the capacity providers that they are bound to; any host, if absent.
    pub groups: Option<Vec<GroupName>>,
}

/// Tasks of a service, or standalone ones of a family, that want a place and have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// The service's name, or the family's.
    pub service: String,
    /// What they need.
    pub job: Job,
    /// Where they may go.
    pub wants: Wants,
    /// When ECS last said that it found no place for one.
    pub refused_at: Option<Timestamp>,
}

/// A task on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its ARN.
    pub arn: String,
    /// `service:NAME` for a service's task, `family:NAME` for a standalone one.
    pub group: String,
    /// Whether it comes with its host: a daemon's.
    pub daemon: bool,
    /// When it was created.
    pub since: Option<Timestamp>,
    /// What it takes: a job of one task.
    pub job: Job,
    /// Where it may go.
    pub wants: Wants,
    /// Whether its service can start another before it stops this one, or stop this one first.
    pub movable: bool,
}

impl Load {
    /// Whether no service would start it again elsewhere.
    #[must_use]
    pub fn is_standalone(&self) -> bool {
        !self.group.starts_with("service:")
    }
}

/// A registered host and its tasks that should run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its registration.
    pub registration: Registration,
    /// Its tasks.
    pub loads: Vec<Load>,
}

impl Host {
    /// Whether ECS places tasks on it now.
    #[must_use]
    pub fn takes_tasks(&self) -> bool {
        self.registration.status == RegistrationStatus::Active && self.registration.agent_connected
    }
}

/// What can be seen of a cluster's work, and of the room for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// What wants a place.
    pub missing: Vec<Missing>,
    /// What comes with every host, a task of each.
    pub daemons: Vec<Job>,
    /// The largest task of the cluster's services.
    pub largest: Option<Job>,
    /// The hosts.
    pub hosts: Vec<Host>,
    /// Tasks that must not be moved now (*Task scale-in protection* in the ECS developer guide); where that cannot be
    /// read, hosts stay.
    pub protected: Seen<BTreeSet<String>>,
}

impl Outlook {
    /// The hosts by instance: of a cluster of thousands, nothing may look for each host among all. One that is registered
    /// twice is there twice.
    fn by_instance(&self) -> BTreeMap<&InstanceId, Vec<&Host>> {
        let mut all: BTreeMap<&InstanceId, Vec<&Host>> = BTreeMap::new();
        for host in &self.hosts {
            all.entry(&host.registration.instance).or_default().push(host);
        }
        all
    }
}

/// A cluster without work and hosts.
impl Default for Outlook {
    fn default() -> Self {
        Self {
            missing: Vec::new(),
            daemons: Vec::new(),
            largest: None,
            hosts: Vec::new(),
            protected: Seen::Known(BTreeSet::new()),
        }
    }
}

/// What a new host of a group will be like, where none is registered: as its launch template tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// What it offers.
    pub room: Room,
    /// The attributes that are known of it.
    pub attributes: BTreeMap<String, String>,
}

/// What is looked at only before a group is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Whether an instance refresh is going on.
    pub refreshing: bool,
    /// Why its latest launch failed, if that is a matter of the last minutes.
    pub failing: Option<String>,
    /// Whether it lacks our terminate hook: what leaves it then is not drained.
    pub drains_not: bool,
}

/// A group to be judged.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The group.
    pub group: &'a GroupView,
    /// The policy that holds for it.
    pub policy: Policy,
    /// Whose group it is, if another Muster's.
    pub anothers: Option<String>,
    /// What a new host of it will be like, where none is registered.
    pub example: Option<Example>,
    /// What was looked at before it is changed; the default in the first judgement.
    pub before: Before,
}

/// What is judged of a group, or of a host of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The group.
    pub group: GroupName,
    /// The host, if it is about one.
    pub host: Option<InstanceId>,
    /// The verdict.
    pub verdict: Verdict,
}

/// Judges the groups of a cluster, and the scale-in protection of their hosts.
///
/// Keeps S17, S18, S21: within Min and Max, bounded by the step, and nothing at all from an unreadable look.
#[must_use]
pub fn judge_cluster(cases: &[Case<'_>], outlook: &Seen<Outlook>, now: Timestamp) -> Vec<Line> {
    let line =
        |case: &Case<'_>, verdict| Line { group: case.group.name.clone(), host: None, verdict };
    let outlook = match outlook.known() {
        Ok(outlook) => outlook,
        Err(fault) => {
            let hold = |case: &Case<'_>| match hands_off::why(case) {
                Some(why) => Hold::HandsOff { why },
                None => Hold::Unreadable { what: Thing::Demand, fault: fault.to_string() },
            };
            return cases.iter().map(|case| line(case, held(hold(case)))).collect();
        }
    };
    let mut removed = Removed::default();
    let need = need::need(cases, outlook, &removed, now);
    let mut lines = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let verdict = match hands_off::why(case) {
            Some(why) => held(Hold::HandsOff { why }),
            None => judge(cases, at, outlook, &need, &mut removed, now),
        };
        lines.push(line(case, verdict));
        lines.extend(protection::lines(case, outlook, now));
    }
    lines
}

fn judge<'a>(
    cases: &[Case<'_>],
    at: usize,
    outlook: &'a Outlook,
    need: &Need,
    removed: &mut Removed<'a>,
    now: Timestamp,
) -> Verdict {
    let (Some(case), Some(of)) = (cases.get(at), need.groups.get(at)) else {
        return Verdict::default();
    };
    let group = case.group;
    if let Some(why) = &case.before.failing {
        return held(Hold::CannotLaunch { why: why.clone() });
    }
    let wanted = group.desired.saturating_add(of.wanted).saturating_add(of.lacks);
    let asked = group.desired.saturating_add(of.new).saturating_add(of.lacks);
    let step = group.desired.saturating_add(case.policy.step_hosts);
    let to = asked.min(group.max).min(step);
    let at_max = Hold::AtMax { needed: wanted, max: group.max };
    if to > group.desired {
        let because = format!(
            "the work and the headroom need {} hosts more, and no fewer than {}; {} are on their way",
            asked.saturating_sub(group.desired),
            need.bound,
            of.coming
        );
        let action = Action::SetDesired { group: group.name.clone(), from: group.desired, to };
        // Whoever sets it meanwhile is not to be undone.
        let step = Step { action, because, provided: Provided::StillJudgedSo };
        let mut steps = vec![step];
        steps.extend(spare::regret(case, outlook, now).map(|spare| Step {
            action: Action::MarkSpare { group: group.name.clone(), spare },
            because: "a host is needed again soon after tasks were moved".to_owned(),
            provided: Provided::Always,
        }));
        return Verdict { phase: None, steps, hold: (to < wanted).then_some(at_max) };
    }
    if wanted > group.desired {
        return held(at_max);
    }
    let needed = of.used.saturating_add(of.headroom);
    let fits = Hold::CapacityFits { needed, have: of.places.max(group.desired) };
    let settled = need.groups.iter().all(|one| one.new == 0 && one.lacks == 0);
    let mut verdict = if settled && of.coming == 0 {
        spare::judge(cases, at, outlook, need, removed, now)
    } else {
        Verdict::default()
    };
    if !need.nowhere.is_empty() {
        verdict.hold = Some(Hold::FitsNowhere { services: need.nowhere.clone() });
    } else if verdict.hold.is_none() && verdict.steps.is_empty() {
        verdict.hold = Some(fits);
    }
    verdict
}

fn held(hold: Hold) -> Verdict {
    Verdict { phase: None, steps: Vec::new(), hold: Some(hold) }
}
