//! The pass over a whole cluster: look in bulk, judge every host, act within the budget.

use crate::metric::Metric;
use crate::record::{Decision, Record};
use crate::telling;
use domain::diagnosis::{self, Finding};
use domain::plan::{Hold, Plan, Thing, Verdict};
use domain::sweep::{self, FRESH, Stand};
use domain::taking::Way;
use domain::told::{Slice, Told};
use domain::{Action, ClusterName, Fault, HostView, InstanceId, Policy, Seen, Step};
use jiff::Timestamp;
use ports::look::Turn;
use ports::{Act, Done, Emit, Examine, Groups, Outcome, Reads, Troubles, look, perform_all};
use std::collections::BTreeMap;

/// Whose steps these are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Group(domain::GroupName),
    Host(InstanceId),
}

/// What a sweep of a cluster saw and judges by.
struct Sweep<'a, W> {
    world: &'a W,
    cluster: &'a ClusterName,
    groups: Groups,
    hosts: Vec<HostView>,
    stand: Stand,
    began: Timestamp,
}

/// Sweeps one cluster, or a slice of it, and tells it in the record.
pub async fn cluster<W: Reads + Act + Emit + Examine>(
    world: &W,
    settings: &Policy,
    Turn { cluster, groups }: Turn,
    troubles: &Seen<Troubles>,
    slice: Slice,
    record: &mut Record,
) {
    let cluster = &cluster;
    let seen = match groups {
        Ok((mut groups, began)) => {
            let hosts = look::hosts(world, cluster, &mut groups, troubles, slice).await;
            hosts.map(|hosts| (groups, began, hosts))
        }
        Err(fault) => Err(fault),
    };
    let (groups, began, hosts) = match seen {
        Ok(seen) => seen,
        // One cluster that cannot be read is no reason to leave the others alone.
        Err(fault) => {
            unreadable(record, &fault);
            record.counts.add(cluster, Metric::EcsUnreadable, 1);
            let told = telling::of_unreadable(cluster, world.now());
            return telling::tell(world, &[told], record).await;
        }
    };
    let now = world.now();
    let stand = Stand::of(&groups, &hosts, settings, now);
    let plan = sweep::judge(&groups, &hosts, settings, now);
    let is_open = |verdict: &Verdict| matches!(verdict.hold, Some(Hold::BreakerOpen { .. }));
    let open = u32::from(plan.groups.values().any(is_open));
    if slice.index == 0 {
        record.counts.add(cluster, Metric::BreakerOpen, open);
        record.counts.add(cluster, Metric::EcsUnreadable, 0);
    }
    let sweep = Sweep { world, cluster, groups, hosts, stand, began };
    sweep.apply(plan, slice, now, record).await;
}

impl<W: Reads + Act + Emit + Examine> Sweep<'_, W> {
    async fn apply(&self, mut plan: Plan, slice: Slice, now: Timestamp, record: &mut Record) {
        let mut jobs: Vec<(Whose, Vec<Step>)> = Vec::new();
        for (name, verdict) in &plan.groups {
            // Of a sliced cluster, the first slice speaks for the groups.
            if slice.index == 0 {
                jobs.push((Whose::Group(name.clone()), verdict.steps.clone()));
            }
        }
        for instance in sweep::in_order(&self.hosts, now) {
            if let Some(verdict) = plan.hosts.get(instance).filter(|_| slice.has(instance)) {
                jobs.push((Whose::Host(instance.clone()), verdict.steps.clone()));
            }
        }
        let causes = self.causes(&jobs).await;
        let fresh = || self.world.now().duration_since(self.began) <= FRESH;
        let done = perform_all(jobs, self.world, fresh, async |whose, action| match whose {
            Whose::Host(instance) => self.still(&instance, action).await,
            // A tag of the group rests on the whole look; the next sweep has a fresh one.
            Whose::Group(_) => false,
        });
        let mut done: BTreeMap<Whose, Vec<Done>> = done.await.into_iter().collect();
        let told = self.told(&done, &causes);
        for (instance, cause) in &causes {
            if was_abandoned(done.get(&Whose::Host(instance.clone()))) {
                record.counts.because(self.cluster, cause.check.as_str());
            }
        }
        for (_, verdict) in plan.hosts.iter().filter(|(id, _)| slice.has(id)) {
            if let Some(phase) = verdict.phase {
                record.counts.phase(self.cluster, phase);
            }
        }
        let mut line = |whose: Whose, name: &str, verdict: &Verdict| {
            record.line(name, verdict, done.remove(&whose).unwrap_or_default());
        };
        for (name, verdict) in std::mem::take(&mut plan.groups) {
            if slice.index == 0 && (verdict.hold.is_some() || !verdict.steps.is_empty()) {
                line(Whose::Group(name.clone()), name.as_str(), &verdict);
            }
        }
        for (instance, verdict) in plan.hosts.into_iter().filter(|(id, _)| slice.has(id)) {
            line(Whose::Host(instance.clone()), instance.as_str(), &verdict);
        }
        for line in &mut record.lines {
            line.cause =
                causes.iter().find(|(id, _)| id.as_str() == line.name).map(|(_, it)| it.clone());
        }
        telling::tell(self.world, &told, record).await;
    }

    /// Why hosts did not join that are to be given up: asked before it is done, as EC2 forgets what is terminated.
    /// A few a sweep, for each takes a dozen calls.
    async fn causes(&self, jobs: &[(Whose, Vec<Step>)]) -> BTreeMap<InstanceId, Finding> {
        let gives_up = |step: &Step| {
            let chooses = matches!(&step.action, Action::Choose { takings, instance, .. }
                if takings.iter().any(|one| one.instance == *instance && one.way == Way::Launch));
            chooses || matches!(step.action, Action::Abandon { .. })
        };
        let late = jobs.iter().filter(|(_, steps)| steps.iter().any(gives_up));
        let mut causes = BTreeMap::new();
        for (whose, _) in late.take(EXAMINED) {
            if let Whose::Host(instance) = whose {
                let facts = self.world.facts(instance, self.cluster).await;
                let diagnosis = diagnosis::judge(self.cluster, &facts);
                causes.extend(diagnosis.cause().map(|cause| (instance.clone(), cause.clone())));
            }
        }
        causes
    }

    fn told(
        &self,
        done: &BTreeMap<Whose, Vec<Done>>,
        causes: &BTreeMap<InstanceId, Finding>,
    ) -> Vec<Told> {
        let at = self.world.now();
        let mut told = Vec::new();
        for (whose, done) in done {
            match whose {
                Whose::Group(name) => {
                    let group = self.groups.get(name);
                    let one = group.and_then(|it| telling::of_breaker(self.cluster, it, done, at));
                    told.extend(one);
                }
                Whose::Host(instance) => {
                    let Some(host) = self.hosts.iter().find(|host| host.instance == *instance)
                    else {
                        continue;
                    };
                    let mut all = telling::of_host(host, host.group(), done, at);
                    let cause = causes.get(instance);
                    for told in &mut all {
                        telling::because_of(told, cause);
                    }
                    told.extend(all);
                }
            }
        }
        told
    }

    /// The second look: the host and its group anew, the crowd as the sweep saw it.
    async fn still(&self, instance: &InstanceId, action: &Action) -> bool {
        let before = self.hosts.iter().find(|host| host.instance == *instance);
        let troubles = before.is_some_and(|host| host.trouble().is_some());
        let again = look::host(self.world, instance, troubles, Some(self.cluster)).await;
        let now = self.world.now();
        let in_bulk = |group: &domain::GroupView| {
            let mut group = group.clone();
            group.hooks = self.groups.get(&group.name).and_then(|seen| seen.hooks.clone());
            group
        };
        // A host without a seat is judged without its group, as the sweep judged it.
        let seated = matches!(&again.host.seat, Seen::Known(Some(_)));
        let group = again.group.as_ref().filter(|_| seated).map(in_bulk);
        let fresh = sweep::judge_host(&again.host, group.as_ref(), &self.stand, now);
        sweep::still_judged_so(action, &fresh)
    }
}

/// How many hosts a sweep examines.
const EXAMINED: usize = 2;

fn was_abandoned(done: Option<&Vec<Done>>) -> bool {
    done.into_iter().flatten().any(|one| {
        matches!(one.step.action, Action::Abandon { .. }) && one.outcome == Outcome::Done
    })
}

/// Tells that a cluster, or what is ours at all, could not be read.
pub fn unreadable(record: &mut Record, fault: &Fault) {
    record.decision = Decision::Fail;
    record.hold = Some(Hold::Unreadable { what: Thing::Registrations, fault: fault.to_string() });
    record.because = fault.to_string();
}

/// Looks at what EC2 says is wrong, once for all clusters. What cannot be read is no trouble, and no absence of it.
pub async fn troubles<W: Reads>(world: &W) -> Seen<Troubles> {
    let troubles = look::troubles_of(world).await;
    if let Err(fault) = &troubles {
        tracing::warn!(%fault, "EC2's plans and status checks could not be read");
    }
    Seen::from(troubles)
}
