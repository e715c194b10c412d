//! May this launching host enter service? Woken by the launch and by the agent, in either order.

pub mod event;

use domain::host::{Lifecycle, Seat};
use domain::join::{self, Asker};
use domain::plan::{Hold, Verdict};
use domain::{Action, Phase, Policy, Seen, Step, drain, repair};
use event::Trigger;
use lambda::host::{self, Case, Subject};
use lambda::{Event, Function, Record, Refusal};
use ports::{Act, Emit, Reads};

/// The function.
#[derive(Clone, Debug)]
pub struct Verifier<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Reads + Act + Emit> Function for Verifier<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "agent-verifier"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, event: &Event, record: &mut Record) {
        let Trigger { instance, launching, marked_lost } = trigger;
        // One call tells that the host is not waiting for us, as nearly all are not whose tasks come and go.
        if !launching && !marked_lost {
            let seat = Seen::from(self.world.seat(&instance).await);
            if let Some(verdict) = not_waiting(&seat) {
                record.at = Some(self.world.now());
                record.host = Some(instance);
                record.judged(&verdict, Vec::new());
                return;
            }
        }
        let subject = Subject { instance, troubles: false };
        host::pass(self.world, &self.settings, subject, event, record, judge).await;
    }
}

fn judge(case: &Case<'_>) -> Verdict {
    match case.host.lifecycle() {
        // A host on its way into the warm pool needs no agent; one on its way back is the drainer's to empty.
        Some(Lifecycle::WarmedPendingWait) => {
            let occasion = drain::Occasion::Event;
            let mut verdict = drain::judge(case.host, occasion, case.policy, case.now);
            let lets_in = |step: &Step| matches!(step.action, Action::LetIn { .. });
            verdict.steps.retain(lets_in);
            verdict
        }
        // An agent that is back is known at once, and not only at the next tick, so that time without it adds
        // up only while it lasts. Nothing else follows from an event here.
        Some(Lifecycle::InService) => repair::judge(case.host, true, case.policy, case.now),
        _ => join::judge(case.host, Asker::Event, case.policy, case.now),
    }
}

fn not_waiting(seat: &Seen<Option<Seat>>) -> Option<Verdict> {
    match seat {
        Seen::Known(None) => Some(Verdict::hold(Phase::Stray, Hold::NotOurs)),
        Seen::Known(Some(seat)) => match seat.lifecycle {
            Lifecycle::PendingWait | Lifecycle::WarmedPendingWait => None,
            _ => {
                let lifecycle = seat.lifecycle.as_str().to_owned();
                Some(Verdict::hold(Phase::Active, Hold::Settled { lifecycle }))
            }
        },
        Seen::Unknown(_) => None,
    }
}
