//! The model: what may come next, and what must hold.

use crate::check;
use crate::controller::Controller;
use crate::fair;
use crate::host::{Life, Task};
use crate::planted::Bug;
use crate::rules;
use crate::state::{Act, Lag, Run, State, Who};
use crate::view::{Dark, Sight};
use crate::world::{self, Env, Moves};
use stateright::{Model, Property};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Move {
    /// Something befalls the host of a place.
    Befalls(usize, Env),
    /// A minute and a half goes by; or so long that what was long ago is beyond every window.
    Tick {
        /// Whether it is so long.
        over: bool,
    },
    /// An invocation looks and judges; of an event, at the host of a place. Events come at any time, often or never.
    Looks(Who, usize, Sight, Dark),
    /// An invocation in flight does its next step to the host of a place.
    Acts(usize, usize, Sight),
    /// That step fails, and what is left to do to that host is not tried.
    Fails(usize, usize),
    /// An invocation in flight is no more.
    Crashes(usize),
}

/// Hosts of one group, and the controller that keeps their roll.
pub struct Hosts {
    /// How many hosts at most at a time.
    pub hosts: usize,
    /// What may befall them.
    pub moves: Moves,
    /// Whether reads may lag, fail, or miss a task between two lists.
    pub faults: bool,
    /// How many invocations may be in flight at a time.
    pub in_flight: usize,
    /// The controller.
    pub controller: Controller,
    pub(crate) rests: fair::Known,
    pub(crate) slowest: AtomicU8,
    done: [AtomicU64; check::ACTS.len()],
    failed: AtomicBool,
}

const DARK: [Dark; 5] =
    [Dark::Seat, Dark::Machine, Dark::Troubles, Dark::Registrations, Dark::Tasks];

impl Hosts {
    /// A model.
    #[must_use]
    pub fn new(
        hosts: usize,
        moves: Moves,
        faults: bool,
        in_flight: usize,
        controller: Controller,
    ) -> Self {
        let (rests, slowest) = (fair::Known::default(), AtomicU8::default());
        let done = std::array::from_fn(|_| AtomicU64::default());
        let failed = AtomicBool::default();
        Self { hosts, moves, faults, in_flight, controller, rests, slowest, done, failed }
    }

    /// Whether a property holds, or is broken not for the first time: the first history is the shortest one, and the
    /// checker would keep the last of those that it comes across together.
    fn holds(&self, holds: bool) -> bool {
        holds || self.failed.swap(true, Ordering::Relaxed)
    }

    /// How often each change was made with effect.
    pub(crate) fn done(&self) -> Vec<(&'static str, u64)> {
        let counts = self.done.iter().map(|count| count.load(Ordering::Relaxed));
        check::ACTS.into_iter().zip(counts).collect()
    }

    /// The most sweeps that it took until everything was at rest.
    pub(crate) fn slowest(&self) -> u8 {
        self.slowest.load(Ordering::Relaxed)
    }

    fn count(&self, number: usize) {
        self.done[number].fetch_add(1, Ordering::Relaxed);
    }

    fn looks(&self, state: &State, moves: &mut Vec<Move>) {
        if state.runs.iter().flatten().count() >= self.in_flight {
            return;
        }
        let mut all = |who, place, mine: bool| {
            moves.push(Move::Looks(who, place, Sight::Clear, Dark::Nothing));
            if !self.faults {
                return;
            }
            if mine && state.lag != Lag::None {
                moves.push(Move::Looks(who, place, Sight::Late, Dark::Nothing));
            }
            if mine && is_between(state) {
                moves.push(Move::Looks(who, place, Sight::Between, Dark::Nothing));
            }
            moves.extend(DARK.map(|dark| Move::Looks(who, place, Sight::Clear, dark)));
        };
        if self.controller.bug() != Some(Bug::NoReconciler) {
            all(Who::Sweep, 0, true);
        }
        for place in self.places(state) {
            for who in [Who::Verifier, Who::Drainer, Who::Warned, Who::Deregisterer] {
                all(who, place, state.lag.place() == Some(place));
            }
        }
    }

    fn places(&self, state: &State) -> impl Iterator<Item = usize> {
        (0..self.hosts).filter(|place| state.hosts[*place].seat.life != Life::Free)
    }

    pub(crate) fn acts(
        &self,
        state: &State,
        number: usize,
        place: usize,
        sight: Sight,
    ) -> Option<State> {
        let mut next = *state;
        let run = next.runs[number].as_mut()?;
        let (who, step, choice) = (run.who, run.jobs[place][0]?, run.choice);
        // What takes the unreadable for absent may be blind at its second look too.
        let blind = self.controller.bug() == Some(Bug::UnreadableIsAbsent);
        let dark = if blind { Dark::Tasks } else { Dark::Nothing };
        if step.again && !self.controller.still(state, who, place, step.act, sight, dark) {
            run.give_up(place);
            next.settle();
            self.count(check::ACTS.len() - 1);
            return Some(next);
        }
        run.pop(place);
        next.broken = rules::broken(state, place, step);
        if let Act::Choose(_) = step.act {
            if next.tag != choice {
                next.lag = Lag::Tag(next.tag);
            }
            next.tag = choice;
            next.settle();
        } else {
            next.change(place, |host| world::act(host, step.act));
        }
        if next.hosts != state.hosts || next.tag != state.tag {
            self.count(check::number(step.act));
        }
        Some(next)
    }

    fn follows(&self, state: &State, next: Move) -> Option<State> {
        let mut after = *state;
        match next {
            Move::Befalls(place, env) => after.change(place, |host| env.befall(host)),
            Move::Tick { over } => after.tick(over),
            Move::Looks(who, place, sight, dark) => {
                return Self::looked(state, self.controller.look(state, who, place, sight, dark));
            }
            Move::Acts(number, place, sight) => return self.acts(state, number, place, sight),
            Move::Fails(number, place) => {
                after.runs[number].as_mut()?.give_up(place);
                after.settle();
            }
            Move::Crashes(number) => {
                after.runs[number] = None;
                after.settle();
            }
        }
        Some(after)
    }

    fn looked(state: &State, looks: Result<Option<Run>, &'static str>) -> Option<State> {
        let mut next = *state;
        match looks {
            Ok(None) => return None,
            Ok(Some(run)) => {
                let free = next.runs.iter_mut().find(|run| run.is_none())?;
                *free = Some(run);
            }
            Err(_) => next.broken = Some(rules::UNKNOWN.0),
        }
        next.settle();
        Some(next)
    }
}

fn is_between(state: &State) -> bool {
    matches!(state.lag, Lag::Task(at, Task::Runs) if state.hosts[at].task == Task::Stops)
}

impl Model for Hosts {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, moves: &mut Vec<Move>) {
        if state.broken.is_some() {
            return;
        }
        for place in 0..self.hosts {
            let all = Env::ALL.iter().filter(|env| env.may(state, place, self.moves));
            moves.extend(all.map(|env| Move::Befalls(place, *env)));
        }
        moves.push(Move::Tick { over: false });
        if state.may_be_over() {
            moves.push(Move::Tick { over: true });
        }
        self.looks(state, moves);
        for (number, run) in state.runs.iter().enumerate() {
            let Some(run) = run else { continue };
            moves.push(Move::Crashes(number));
            for (place, job) in run.jobs.iter().enumerate() {
                let Some(step) = job[0] else { continue };
                moves.push(Move::Acts(number, place, Sight::Clear));
                if step.again && self.faults && state.lag != Lag::None {
                    moves.push(Move::Acts(number, place, Sight::Late));
                    if is_between(state) {
                        moves.push(Move::Acts(number, place, Sight::Between));
                    }
                }
                moves.push(Move::Fails(number, place));
            }
        }
    }

    fn next_state(&self, state: &State, next: Move) -> Option<State> {
        let mut after = self.follows(state, next)?;
        if !self.faults {
            after.shows_all();
        }
        Some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(check::PROMISED, |model: &Self, state: &State| {
                model.holds(state.broken.is_none())
            }),
            Property::always(check::RESTS, |model: &Self, state: &State| {
                state.broken.is_some() || model.holds(model.rests(state).is_ok())
            }),
        ];
        all.extend(check::REACHED.map(|(name, is)| Property::sometimes(name, is)));
        all
    }
}
