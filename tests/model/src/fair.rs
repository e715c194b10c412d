//! In the end: from any state, with what is in flight cut short and the faults over, sweeps alone bring everything to rest.
//!
//! What is left to the world is fair: agents connect, tasks that must leave do, machines that go are gone, groups replace
//! what does not serve. No event comes any more, so that all is left to the reconciler.

use crate::host::{By, Host, Life, MOST, Machine, Status, Task};
use crate::model::Hosts;
use crate::planted::Bug;
use crate::state::{Lag, State, Who};
use crate::view::{Dark, Sight};
use crate::world::{Env, Moves};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How many sweeps it may take.
pub const SWEEPS: u8 = 8;

/// States from which everything comes to rest, each with the number of sweeps.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<State, u8>>);

impl Hosts {
    /// How many sweeps it takes from here until everything is at rest.
    ///
    /// # Errors
    /// The promise that stays broken.
    pub(crate) fn rests(&self, state: &State) -> Result<u8, &'static str> {
        let mut now = State { runs: [None; 2], lag: Lag::None, ..*state };
        now.settle();
        let mut path = Vec::new();
        loop {
            let known =
                self.rests.0.lock().unwrap_or_else(PoisonError::into_inner).get(&now).copied();
            let open = self.unrest(&now);
            if open.is_none() || known.is_some() {
                let mut left = known.unwrap_or(0);
                let mut all = self.rests.0.lock().unwrap_or_else(PoisonError::into_inner);
                for state in path.into_iter().rev() {
                    left += 1;
                    all.insert(state, left);
                }
                drop(all);
                self.slowest.fetch_max(left, std::sync::atomic::Ordering::Relaxed);
                return if left <= SWEEPS { Ok(left) } else { Err("L2") };
            }
            if path.len() >= usize::from(SWEEPS) {
                return Err(open.unwrap_or("L2"));
            }
            path.push(now);
            now = self.round(&now);
        }
    }

    /// Checks L1, L2, L3, L4, L7.
    fn unrest(&self, state: &State) -> Option<&'static str> {
        let open = |host: &Host| {
            let ecs = &host.ecs;
            let registered = ecs.status != Status::None;
            match host.seat.life {
                Life::Pending if host.joined() => Some("L1"),
                Life::Terminating => Some("L2"),
                Life::Gone if registered => Some("L3"),
                Life::InService
                    if ecs.status == Status::Draining && ecs.by != By::Person && !host.leaves() =>
                {
                    Some("L4")
                }
                // Whatever kept it from being taken away, or let it be: it is not at rest.
                Life::InService if host.seat.unhealthy => Some("L7"),
                _ => None,
            }
        };
        state.hosts[..self.hosts].iter().find_map(open)
    }

    fn round(&self, before: &State) -> State {
        let mut now = *before;
        for place in 0..self.hosts {
            // What one thing leads to another follows in the same round.
            for _ in 0..4 {
                for env in Env::ALL {
                    if env.may(&now, place, Moves::ALL) && is_fair(env, &now.hosts[place]) {
                        now.change(place, |host| env.befall(host));
                    }
                }
            }
        }
        now.lag = Lag::None;
        if self.controller.bug() != Some(Bug::NoReconciler)
            && let Ok(Some(run)) =
                self.controller.look(&now, Who::Sweep, 0, Sight::Clear, Dark::Nothing)
        {
            now.runs[0] = Some(run);
            now.settle();
            for place in 0..MOST {
                while let Some(next) = self.acts(&now, 0, place, Sight::Clear) {
                    now = next;
                }
            }
        }
        now.broken = None;
        let over = now.may_be_over();
        now.tick(over);
        now
    }
}

/// What happens in the end if nothing goes wrong any more.
fn is_fair(env: Env, host: &Host) -> bool {
    let ends = host.ec2.taken_back || matches!(host.ec2.machine, Machine::Stopped);
    match env {
        Env::Show | Env::Register | Env::Connect | Env::CallOff => true,
        Env::Lose | Env::Die | Env::Leave => host.ec2.machine.is_gone(),
        Env::End => host.ecs.status == Status::Draining && host.task != Task::None,
        Env::ScaleIn => host.seat.unhealthy || !host.ec2.machine.runs(),
        Env::ShutDown => host.seat.life == Life::Proceed || ends,
        _ => false,
    }
}
