//! All judgements, asked of every host, at every tick of the clock: what the events missed.

pub mod event;

use domain::breaker::Crowd;
use domain::plan::{Hold, Plan, Thing};
use domain::sweep;
use domain::{ClusterName, Fault, GroupName, GroupView, HostView, InstanceId, Policy};
use lambda::record::Decision;
use lambda::{Event, Function, Record, Refusal};
use ports::{Act, Done, Look, perform};
use std::collections::BTreeMap;

/// The function.
#[derive(Clone, Debug)]
pub struct Reconciler<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

type Groups = BTreeMap<GroupName, GroupView>;

impl<W: Look + Act> Function for Reconciler<'_, W> {
    type Trigger = ();

    fn name(&self) -> &'static str {
        "reconciler"
    }

    fn read(&self, event: &Event) -> Result<(), Refusal> {
        event::read(event)
    }

    async fn pass(&self, (): (), _: &Event, record: &mut Record) {
        let groups = match self.world.groups().await {
            Ok(groups) => groups,
            Err(fault) => return unreadable(record, &fault),
        };
        let clusters = ports::by_cluster(&groups);

        for (cluster, groups) in &clusters {
            match self.world.hosts(cluster, groups).await {
                Ok(hosts) => self.sweep(groups, &hosts, record).await,
                // One cluster that cannot be read is no reason to leave the others alone.
                Err(fault) => unreadable(record, &fault),
            }
        }
        record.at = Some(self.world.now());
        if record.because.is_empty() {
            record.because = summary(clusters.keys(), record);
        }
    }
}

impl<W: Look + Act> Reconciler<'_, W> {
    async fn sweep(&self, groups: &Groups, hosts: &[HostView], record: &mut Record) {
        let now = self.world.now();
        let Plan { hosts: verdicts, .. } = sweep::judge(groups, hosts, &self.settings, now);

        for (instance, verdict) in verdicts {
            let done = self.apply(&instance, &verdict, groups, hosts).await;
            record.line(instance.as_str(), &verdict, done);
        }
    }

    async fn apply(
        &self,
        instance: &InstanceId,
        verdict: &domain::plan::Verdict,
        groups: &Groups,
        hosts: &[HostView],
    ) -> Vec<Done> {
        perform(&verdict.steps, self.world, async |action| {
            let fresh = self.world.host(instance).await.host;
            let now = self.world.now();
            let group = groups.values().find(|group| group.seats.contains_key(instance));
            let policy = group.map_or_else(
                || self.settings.clone(),
                |group| self.settings.overridden_by(&group.tags).0,
            );
            let crowd =
                group.map_or_else(Crowd::default, |group| sweep::crowd(group, hosts, &policy, now));
            sweep::still_judged_so(action, &sweep::judge_host(&fresh, crowd, &policy, now))
        })
        .await
    }
}

fn unreadable(record: &mut Record, fault: &Fault) {
    record.decision = Decision::Fail;
    record.hold = Some(Hold::Unreadable { what: Thing::Registrations, fault: fault.to_string() });
    record.because = fault.to_string();
}

fn summary<'a>(clusters: impl Iterator<Item = &'a ClusterName>, record: &Record) -> String {
    let hosts: u32 = record.phases.values().sum();
    let acted = record.lines.iter().filter(|line| !line.actions.is_empty()).count();
    format!("{hosts} hosts in {} clusters: acted on {acted}", clusters.count())
}
