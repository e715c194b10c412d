//! A controller's hand in the world: every call takes time, may fail, and may be the last.

mod act;
mod gauge;
mod reads;
mod teardown;
mod views;

pub(crate) use teardown::teardown;

use crate::checks;
use crate::crash::{Method, Point, Side};
use crate::exec::{Shared, sleep};
use crate::planted::Bug;
use crate::secrets;
use crate::town;
use crate::versioned::Ms;
use crate::weather::{self, Function};
use crate::world::{HostNo, State, When};
use domain::diagnosis::Facts;
use domain::{Action, Fault, Told};
use domain::{ClusterName, InstanceId, Seen};
use ports::{Emit, Examine, Session};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

/// One invocation's hand.
pub struct Hand {
    /// The world.
    pub shared: Shared,
    /// The invocation.
    pub invocation: usize,
    /// The function.
    pub function: Function,
    /// What is wrong with it on purpose.
    pub bug: Option<Bug>,
    /// When the event that woke it happened.
    pub event_at: Option<Ms>,
    /// The host that the event names.
    pub event_host: Option<HostNo>,
    /// What it read.
    pub reads: RefCell<checks::Reads>,
    /// What a planted flaw keeps for later.
    pub kept: RefCell<Option<Action>>,
}

/// How old what a hand remembers is that should not remember.
const MEMORY: Ms = 50_000;

/// What a call is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
}

impl Hand {
    /// Runs something on the world.
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut State) -> T) -> T {
        run(&mut self.shared.borrow_mut())
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// A call sets out: it takes half of its time, and may fail on its way.
    ///
    /// Answers the time that a read shows the state of.
    pub(crate) async fn sets_out(&self, asked: impl Into<Method>, kind: Kind) -> Result<Ms, Fault> {
        let asked = asked.into();
        let tries = if self.has(Bug::RetriesWithoutEnd) { 100 } else { 1 };
        let mut result = self.tries(asked, kind).await;
        for _ in 1..tries {
            if result.is_ok() {
                break;
            }
            result = self.tries(asked, kind).await;
        }
        result
    }

    async fn tries(&self, asked: Method, kind: Kind) -> Result<Ms, Fault> {
        self.await_once(asked, Side::Before).await;
        let call = asked.call;
        let way = self.with(|state| {
            state.tally.calls += 1;
            town::called(state, call);
            let calls = &mut state.invocations[self.invocation].calls;
            *calls.entry(call).or_default() += 1;
            let rates = state.swarm;
            if state.fault("slow", rates.slow, 10_000) {
                state.fault_rng.i64(1_000..6_000)
            } else {
                state.fault_rng.i64(8..40)
            }
        });
        sleep(&self.shared, way).await;
        if self.with(|state| state.scripted(call, When::Hangs)).is_some() {
            std::future::pending::<()>().await;
        }
        self.with(|state| {
            if let Some(fault) = state.scripted(call, When::Before) {
                return Err(fault);
            }
            let rates = state.swarm;
            let name = || call.to_owned();
            let no_answer = |told: &str| Fault::NoAnswer { call: name(), told: told.to_owned() };
            if call.starts_with("ecs:") && state.now < state.ecs_away_until && state.faults_on {
                return Err(no_answer("503 Service Unavailable"));
            }
            let storm = state.now < state.storm_until && state.faults_on;
            if storm || state.fault("throttle", rates.throttle, 80_000) {
                return Err(Fault::Throttled { call: name() });
            }
            if state.fault("server_error", rates.server_error, 60_000) {
                return Err(no_answer("500 Internal Server Error"));
            }
            if state.fault("time_out_before", rates.time_out_before, 30_000) {
                return Err(no_answer("timed out"));
            }
            let stale = kind == Kind::Read && state.fault("stale_read", rates.stale_read, 200_000);
            let lag = if stale { state.fault_rng.i64(200..6_000) } else { 0 };
            let remembered = if self.bug == Some(Bug::RemembersReads) { MEMORY } else { 0 };
            Ok(state.now - lag - remembered)
        })
    }

    /// A call comes back: it takes the other half of its time, and its answer may be lost.
    pub(crate) async fn comes_back(
        &self,
        asked: impl Into<Method>,
        kind: Kind,
    ) -> Result<(), Fault> {
        let asked = asked.into();
        let call = asked.call;
        self.await_once(asked, Side::After).await;
        let way = self.with(|state| state.fault_rng.i64(8..40));
        sleep(&self.shared, way).await;
        self.with(|state| {
            if let Some(fault) = state.scripted(call, When::After) {
                return Err(fault);
            }
            let rates = state.swarm;
            let lost =
                kind == Kind::Write && state.fault("time_out_after", rates.time_out_after, 80_000);
            if lost {
                Err(Fault::NoAnswer { call: call.to_owned(), told: "timed out".to_owned() })
            } else {
                Ok(())
            }
        })
    }

    /// An invocation may die at any await: before what it asks for is sent, or when it is done and not yet told.
    pub(crate) async fn await_once(&self, method: impl Into<Method>, side: Side) {
        let method = method.into();
        let dies = self.with(|state| {
            state.used.insert((self.function, method));
            let invocation = &mut state.invocations[self.invocation];
            let number = invocation.awaits;
            invocation.awaits += 1;
            let drawn = invocation.dies_after.is_some_and(|after| after == number);
            let point = Point {
                invocation: self.invocation,
                number,
                function: self.function,
                method,
                side,
            };
            let dies = drawn || state.dies_at.contains(&(self.invocation, number));
            if let Some(awaits) = &mut state.awaits {
                awaits.push(point);
            }
            if dies {
                state.invocations[self.invocation].over = true;
                state.count("crash");
            }
            dies
        });
        if dies {
            std::future::pending::<()>().await;
        }
    }

    /// A call that costs these worlds nothing, and at which an invocation may die all the same.
    pub(crate) async fn asked(&self, call: &'static str) {
        self.await_once(call, Side::Before).await;
        self.await_once(call, Side::After).await;
    }

    /// When what is read now was true.
    fn as_old_as(&self) -> Ms {
        let remembered = if self.has(Bug::RemembersReads) { MEMORY } else { 0 };
        self.with(|state| state.now) - remembered
    }

    pub(crate) fn read_in_bulk(&self) {
        let now = self.as_old_as();
        let mut reads = self.reads.borrow_mut();
        reads.bulk = reads.bulk.or(Some(now));
    }

    pub(crate) fn read_host(&self, host: HostNo) {
        let now = self.as_old_as();
        self.reads.borrow_mut().hosts.insert(host, now);
    }
}

impl Session for Hand {
    fn extend(&self, _: Instant) {}

    fn begin(&self, _: Instant) {}

    fn calls(&self) -> BTreeMap<String, u32> {
        self.with(|state| {
            let calls = &state.invocations[self.invocation].calls;
            calls.iter().map(|(call, count)| ((*call).to_owned(), *count)).collect()
        })
    }
}

/// What there is to see of a boot is no part of these worlds: one call, and nothing is found.
impl Examine for Hand {
    async fn facts(&self, _: &InstanceId, _: &ClusterName) -> Facts {
        let call = "ec2:DescribeRouteTables";
        let came = self.sets_out(call, Kind::Read).await.err();
        self.await_once(call, Side::After).await;
        let told = || Fault::Partial { call: call.to_owned(), told: "it is not modelled".into() };
        let fault = came.unwrap_or_else(told);
        Facts {
            instance: Seen::Unknown(fault.clone()),
            status_checks: Seen::Unknown(fault.clone()),
            role: Seen::Unknown(fault.clone()),
            denied: Seen::Unknown(fault.clone()),
            default_route: Seen::Unknown(fault.clone()),
            endpoints: Seen::Unknown(fault.clone()),
            egress: Seen::Unknown(fault.clone()),
            user_data: Seen::Unknown(fault.clone()),
            elsewhere: Seen::Unknown(fault.clone()),
            console: Seen::Unknown(fault.clone()),
            registration: Seen::Unknown(fault),
        }
    }
}

impl Emit for Hand {
    async fn emit(&self, told: &[Told]) -> Result<(), Fault> {
        let call = "events:PutEvents";
        self.sets_out(call, Kind::Write).await?;
        self.with(|state| {
            let text = serde_json::to_string(told).unwrap_or_default();
            secrets::search(state, "what others are told", &text);
            weather::wanted(state, told);
        });
        self.comes_back(call, Kind::Write).await
    }

    fn is_on(&self) -> bool {
        true
    }
}
