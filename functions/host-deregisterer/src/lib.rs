//! Is a registration left behind by an instance that is gone?

pub mod event;

use domain::{InstanceId, Policy, forget};
use lambda::{Event, Function, Record, Refusal, host};
use ports::{Act, Look};

/// The function.
#[derive(Clone, Debug)]
pub struct Deregisterer<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Look + Act> Function for Deregisterer<'_, W> {
    type Trigger = InstanceId;

    fn name(&self) -> &'static str {
        "host-deregisterer"
    }

    fn read(&self, event: &Event) -> Result<InstanceId, Refusal> {
        event::read(event)
    }

    async fn pass(&self, instance: InstanceId, event: &Event, record: &mut Record) {
        host::pass(self.world, &self.settings, instance, event, record, |case| {
            forget::judge(case.host)
        })
        .await;
    }
}
