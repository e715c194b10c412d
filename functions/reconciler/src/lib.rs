//! All judgements, asked of every host, at every tick of the clock: what the events missed.

pub mod event;

use domain::told::{Slice, SweepTold, Told};
use domain::{ClusterName, Policy};
use event::Trigger;
use lambda::{Event, Function, Record, Refusal, sweep, telling};
use ports::{Act, Emit, Examine, Groups, Reads, look};
use std::collections::BTreeMap;

/// The function.
#[derive(Clone, Debug)]
pub struct Reconciler<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

/// So many hosts are swept by one invocation. Reading 1,000 takes 20 calls and a second; acting on each of
/// them takes some seconds more of the function's sixty.
const AT_ONCE: usize = 1_000;

impl<W: Reads + Act + Emit + Examine> Function for Reconciler<'_, W> {
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
        let mut clusters = look::by_cluster(groups);
        let slice = match &trigger {
            Trigger::Tick => Slice::WHOLE,
            Trigger::Cluster(cluster, slice) => {
                clusters.retain(|name, _| name == cluster);
                *slice
            }
        };
        if trigger == Trigger::Tick && self.fan_out(&clusters, record).await {
            return;
        }
        let troubles = sweep::troubles(self.world).await;
        let names: Vec<ClusterName> = clusters.keys().cloned().collect();
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

impl<W: Emit> Reconciler<'_, W> {
    /// Asks for a sweep of each cluster apart, and of a very large one in slices, if there is more than one
    /// invocation can do. An event of our own costs a millionth of a dollar, needs no queue to keep, and is
    /// delivered at least once; one that is lost all the same is asked for anew by the next tick.
    ///
    /// What cannot be asked for is swept here, as far as time allows.
    async fn fan_out(&self, clusters: &BTreeMap<ClusterName, Groups>, record: &mut Record) -> bool {
        let seats = |groups: &Groups| groups.values().map(|group| group.seats.len()).sum::<usize>();
        let all: usize = clusters.values().map(seats).sum();
        if all <= AT_ONCE || !self.world.is_on() {
            return false;
        }
        let mut wanted = Vec::new();
        for (cluster, groups) in clusters {
            let of = u32::try_from(seats(groups).div_ceil(AT_ONCE).max(1)).unwrap_or(u32::MAX);
            wanted.extend((0..of).map(|index| {
                let slice = Slice { index, of };
                Told::SweepWanted(SweepTold { cluster: cluster.clone(), slice })
            }));
        }
        telling::tell(self.world, &wanted, record).await;
        record.because = format!("{all} hosts: {} sweeps are asked for", wanted.len());
        record.not_told.is_none()
    }
}

fn summary(clusters: &[ClusterName], record: &Record) -> String {
    let hosts: u32 = record.phases.values().sum();
    let acted = record.lines.iter().filter(|line| !line.actions.is_empty()).count();
    format!("{hosts} hosts in {} clusters: acted on {acted}", clusters.len())
}
