//! All judgements, asked of every host, at every tick of the clock: what the events missed.

pub mod event;

use domain::{ClusterName, Policy};
use event::Trigger;
use lambda::{Event, Function, Record, Refusal, sweep};
use ports::{Act, Reads, look};

/// The function.
#[derive(Clone, Debug)]
pub struct Reconciler<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Reads + Act> Function for Reconciler<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "reconciler"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, _: &Event, record: &mut Record) {
        let groups = match look::groups(self.world).await {
            Ok(groups) => groups,
            Err(fault) => return sweep::unreadable(record, &fault),
        };
        let mut clusters = look::by_cluster(&groups);
        if let Trigger::Cluster(cluster, _) = &trigger {
            clusters.retain(|name, _| name == cluster);
        }
        let troubles = sweep::troubles(self.world).await;
        let names: Vec<ClusterName> = clusters.keys().cloned().collect();
        let slice = trigger.slice();
        for (cluster, groups) in clusters {
            let settings = &self.settings;
            sweep::cluster(self.world, settings, &cluster, groups, &troubles, slice, record).await;
        }
        record.at = Some(self.world.now());
        if record.because.is_empty() {
            record.because = summary(&names, record);
        }
    }
}

fn summary(clusters: &[ClusterName], record: &Record) -> String {
    let hosts: u32 = record.phases.values().sum();
    let acted = record.lines.iter().filter(|line| !line.actions.is_empty()).count();
    format!("{hosts} hosts in {} clusters: acted on {acted}", clusters.len())
}
