//! Is this leaving host empty, and may it go?

pub mod event;

use domain::{Policy, drain};
use event::Trigger;
use lambda::host::{self, Subject};
use lambda::{Event, Function, Record, Refusal};
use ports::{Act, Emit, Reads};

/// The function.
#[derive(Clone, Debug)]
pub struct Drainer<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Reads + Act + Emit> Function for Drainer<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "host-drainer"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, event: &Event, record: &mut Record) {
        let Trigger { instances, occasion, troubles } = trigger;
        let several = instances.len() > 1;
        for instance in instances {
            let subject = Subject { instance, troubles };
            let mut one = Record::default();
            let told = if several { &mut one } else { &mut *record };
            host::pass(self.world, &self.settings, subject, event, told, |case| {
                drain::judge(case.host, occasion, case.policy, case.now)
            })
            .await;
            if several {
                record.take(one);
            }
        }
    }
}
