//! All judgements, asked of every host, at every tick of the clock: what the events missed.

pub mod event;

use domain::told::{Slice, Told};
use domain::{ClusterName, Policy, sweep as judgement};
use event::Trigger;
use lambda::{Event, Function, Record, Refusal, sweep, telling};
use ports::look::Fleet;
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

impl<W: Reads + Act + Emit + Examine> Function for Reconciler<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "reconciler"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, _: &Event, record: &mut Record) {
        let (tags, slice) = match &trigger {
            Trigger::Tick => (&[][..], Slice::WHOLE),
            Trigger::Part(tags, slice) => (&tags[..], *slice),
        };
        let groups = match look::groups(self.world, tags).await {
            Ok(groups) => groups,
            Err(fault) => return sweep::unreadable(record, &fault),
        };
        let clusters = look::by_cluster(groups);
        if trigger == Trigger::Tick && self.fan_out(&clusters, record).await {
            return;
        }
        let count = clusters.len();
        let mut fleet = Fleet::of(self.world, clusters);
        let troubles = sweep::troubles(self.world).await;
        while let Some(turn) = fleet.next(self.world).await {
            sweep::cluster(self.world, &self.settings, turn, &troubles, slice, record).await;
        }
        record.at = Some(self.world.now());
        if record.because.is_empty() {
            record.because = summary(count, record);
        }
    }
}

impl<W: Emit> Reconciler<'_, W> {
    /// Asks for sweeps of parts, if there is more than one invocation can do. An event of our own costs a
    /// millionth of a dollar, needs no queue to keep, and is delivered at least once; one that is lost all the
    /// same is asked for anew by the next tick.
    ///
    /// What cannot be asked for is swept here, as far as time allows.
    async fn fan_out(&self, clusters: &BTreeMap<ClusterName, Groups>, record: &mut Record) -> bool {
        let parts = judgement::parts(clusters);
        if parts.is_empty() || !self.world.is_on() {
            return false;
        }
        let wanted: Vec<Told> = parts.into_iter().map(Told::SweepWanted).collect();
        telling::tell(self.world, &wanted, record).await;
        record.because = format!("{} sweeps are asked for", wanted.len());
        record.not_told.is_none()
    }
}

fn summary(clusters: usize, record: &Record) -> String {
    let hosts: u32 = record.phases.values().sum();
    let acted = record.lines.iter().filter(|line| !line.actions.is_empty()).count();
    format!("{hosts} hosts in {clusters} clusters: acted on {acted}")
}
