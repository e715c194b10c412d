//! May this launching host enter service? Woken by the launch and by the agent, in either order.

pub mod event;

use domain::host::Lifecycle;
use domain::plan::{Hold, Verdict};
use domain::{Phase, Policy, Seen, join};
use event::Trigger;
use lambda::{Event, Function, Record, Refusal, host};
use ports::{Act, Look};

/// The function.
#[derive(Clone, Debug)]
pub struct Verifier<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Look + Act> Function for Verifier<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "agent-verifier"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, event: &Event, record: &mut Record) {
        let instance = match trigger {
            Trigger::Launching(instance) => instance,
            Trigger::Registered(instance) => {
                // One call tells that the host is not waiting for us, as nearly all are not.
                if let Some(verdict) = not_waiting(&self.world.seat(&instance).await) {
                    record.at = Some(self.world.now());
                    record.host = Some(instance);
                    record.judged(&verdict, Vec::new());
                    return;
                }
                instance
            }
        };
        host::pass(self.world, &self.settings, instance, event, record, |case| {
            // How the group fares is not counted here, so nothing is abandoned here.
            join::judge(case.host, None, case.policy, case.now)
        })
        .await;
    }
}

fn not_waiting(seat: &Seen<Option<domain::host::Seat>>) -> Option<Verdict> {
    match seat {
        Seen::Known(None) => Some(Verdict::hold(Phase::Stray, Hold::NotOurs)),
        Seen::Known(Some(seat)) if seat.lifecycle != Lifecycle::PendingWait => {
            let lifecycle = seat.lifecycle.as_str().to_owned();
            Some(Verdict::hold(Phase::Active, Hold::Settled { lifecycle }))
        }
        Seen::Known(Some(_)) | Seen::Unknown(_) => None,
    }
}
