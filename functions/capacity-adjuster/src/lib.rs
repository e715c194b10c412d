//! How many hosts does the work need?

pub mod event;

use domain::plan::{Hold, Thing};
use domain::size;
use domain::{ClusterName, GroupView, Policy, Seen};
use event::Trigger;
use lambda::record::Decision;
use lambda::{Event, Function, Record, Refusal};
use ports::{Act, Gauge, Reads, look, perform};

/// The function.
#[derive(Clone, Debug)]
pub struct Adjuster<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Reads + Gauge + Act> Function for Adjuster<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "capacity-adjuster"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, event: &Event, record: &mut Record) {
        let groups = match look::groups(self.world).await {
            Ok(groups) => groups,
            Err(fault) => {
                record.hold =
                    Some(Hold::Unreadable { what: Thing::Seat, fault: fault.to_string() });
                record.because = fault.to_string();
                return;
            }
        };
        for (cluster, groups) in look::by_cluster(groups) {
            match &trigger {
                Trigger::Cluster(asked) if *asked != cluster => {}
                Trigger::Cluster(_) | Trigger::Tick => {
                    let groups: Vec<&GroupView> = groups.values().collect();
                    self.cluster(&cluster, &groups, event, record).await;
                }
            }
        }
        record.at = Some(self.world.now());
        if let Trigger::Cluster(cluster) = trigger {
            record.cluster = Some(cluster);
        }
        if record.because.is_empty() {
            record.because = summary(record);
        }
    }
}

impl<W: Reads + Gauge + Act> Adjuster<'_, W> {
    async fn cluster(
        &self,
        cluster: &ClusterName,
        groups: &[&GroupView],
        event: &Event,
        record: &mut Record,
    ) {
        let demand = self.world.demand(cluster).await;
        // A supply is worth its calls only if there is a demand, or hosts are to be kept free.
        let idle = matches!(&demand, Seen::Known(demand) if demand.missing.is_empty());
        let mut cases = Vec::new();
        for group in groups {
            let policy = self.settings.overridden_by(&group.tags).0;
            let supply = if idle && policy.headroom(1) == 0 {
                Seen::Known(size::Supply { rooms: Vec::new(), empty_host: None })
            } else {
                self.world.supply(cluster, group).await
            };
            cases.push((*group, supply, policy));
        }
        let stale = event.is_stale(self.world.now());

        for (group, verdict) in groups.iter().zip(size::judge_cluster(&cases, &demand)) {
            // Keeps S23.
            if stale && !verdict.steps.is_empty() {
                record.decision = Decision::ReadsOnly;
                record.line(group.name.as_str(), &verdict, Vec::new());
                continue;
            }
            let done = perform(&verdict.steps, self.world, async |_| true).await;
            record.line(group.name.as_str(), &verdict, done);
        }
    }
}

fn summary(record: &Record) -> String {
    let first = record.lines.iter().find(|line| !line.actions.is_empty()).or(record.lines.first());
    match first {
        None => "no group with the tag muster:cluster".to_owned(),
        Some(line) => match (line.actions.first(), &line.hold) {
            (Some(done), _) => format!("{}: {}", done.step.action, done.step.because),
            (None, Some(hold)) => format!("{}: {hold}", line.name),
            (None, None) => line.name.clone(),
        },
    }
}
