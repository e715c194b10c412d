//! Is a registration left behind by an instance that is gone?

pub mod event;

use domain::{InstanceId, Policy, forget};
use lambda::host::{self, Subject};
use lambda::{Event, Function, Record, Refusal};
use ports::{Act, Emit, Reads};

/// The function.
#[derive(Clone, Debug)]
pub struct Deregisterer<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Reads + Act + Emit> Function for Deregisterer<'_, W> {
    type Trigger = InstanceId;

    fn name(&self) -> &'static str {
        "host-deregisterer"
    }

    fn read(&self, event: &Event) -> Result<InstanceId, Refusal> {
        event::read(event)
    }

    async fn pass(&self, instance: InstanceId, event: &Event, record: &mut Record) {
        let subject = Subject { instance, troubles: false };
        host::pass(self.world, &self.settings, subject, event, record, |case| {
            forget::judge(case.host, case.now)
        })
        .await;
    }
}
