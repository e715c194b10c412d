//! What the doors of a local AWS share.

use super::Weather;
use super::agenda::{Agenda, Entry};
use crate::cloudformation::{Mailboxes, Stacks};
use crate::happening::{Happening, News};
use crate::lambda::{Lambda, Launch};
use crate::permissions::{Call, Permissions};
use crate::rules::Rules;
use crate::template::{DEFAULT_BUS, Template};
use crate::world::core::Core;
use crate::world::{ApiError, Config, World};
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Ids that are not the world's own, so that calls do not disturb its seeded sequence.
#[derive(Debug)]
pub(crate) struct Ids(Mutex<Core>);

impl Ids {
    pub(crate) fn uuid(&self) -> String {
        lock(&self.0).uuid()
    }

    pub(crate) fn hex(&self, digits: usize) -> String {
        lock(&self.0).hex(digits)
    }
}

/// The state behind the doors.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) endpoint: String,
    pub(crate) news: News,
    pub(crate) ids: Ids,
    pub(crate) lambda: Lambda,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) stacks: Stacks,
    /// Whether time follows real time just now.
    pub(super) live: AtomicBool,
    /// How many invocations are in flight or queued.
    pub(super) busy: watch::Sender<usize>,
    pub(super) agenda: Mutex<Agenda>,
    pub(super) handle: Handle,
    world: Mutex<World>,
    rules: Rules,
    weather: Mutex<Weather>,
    /// By service: each how many-th call is throttled, and how many there were.
    throttled: Mutex<BTreeMap<String, (u32, u32)>>,
    dropped: AtomicU64,
    permissions: Mutex<Permissions>,
    queues: Mutex<BTreeMap<String, Vec<Value>>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        template: &Template,
        rules: Rules,
        endpoint: String,
        launch: &Arc<dyn Launch>,
    ) -> Self {
        let news = News::new();
        news.clock.set(config.start);
        let ids = Core::new(Config { seed: !config.seed, ..config.clone() });
        Self {
            lambda: Lambda::new(template, launch, &endpoint, &news),
            agenda: Mutex::new(Agenda::new(template, &config)),
            queues: Mutex::new(template.queues.iter().map(|id| (id.clone(), Vec::new())).collect()),
            world: Mutex::new(World::new(config)),
            ids: Ids(Mutex::new(ids)),
            mailboxes: Mailboxes::default(),
            stacks: Stacks::of(template),
            live: AtomicBool::new(false),
            busy: watch::channel(0).0,
            handle: Handle::current(),
            weather: Mutex::default(),
            throttled: Mutex::default(),
            dropped: AtomicU64::new(0),
            permissions: Mutex::new(Permissions::of(template)),
            endpoint,
            news,
            rules,
        }
    }

    /// Works on the world; the events that it says are delivered before anybody else gets at it.
    pub(crate) fn world<T>(self: &Arc<Self>, f: impl FnOnce(&mut World) -> T) -> T {
        let mut world = lock(&self.world);
        let result = f(&mut world);
        self.news.clock.set(world.core.now());
        for event in world.core.take_events() {
            self.put_event(event);
        }
        result
    }

    /// Lets an event on the default bus through the weather.
    pub(super) fn put_event(self: &Arc<Self>, event: Value) {
        self.put_event_on(DEFAULT_BUS, event);
    }

    /// Lets an event on a bus through the weather.
    pub(crate) fn put_event_on(self: &Arc<Self>, bus: &str, event: Value) {
        let weather = *lock(&self.weather);
        match weather {
            Weather::Fair => self.deliver_event(bus, event),
            Weather::DropAll => {
                self.dropped.fetch_add(1, Ordering::SeqCst);
                self.news.tell(|at| Happening::EventDropped { at, event });
            }
            Weather::DoubleAll => {
                self.deliver_event(bus, event.clone());
                self.deliver_event(bus, event);
            }
            Weather::Late(delay) => {
                let due = self.news.clock.now().saturating_add(delay);
                let due = due.unwrap_or(jiff::Timestamp::MAX);
                lock(&self.agenda).set(due, Entry::Event { bus: bus.to_owned(), event });
            }
        }
    }

    /// Hands an event to the functions whose rules match.
    pub(super) fn deliver_event(self: &Arc<Self>, bus: &str, event: Value) {
        let delivered_to = self.rules.targets_on(bus, &event);
        let payload = Bytes::from(event.to_string());
        let targets = delivered_to.clone();
        self.news.tell(|at| Happening::EventSaid { at, event, delivered_to });
        for function in &targets {
            // The rules know only functions of the same template.
            drop(self.deliver(function, payload.clone()));
        }
    }

    pub(super) fn pause_schedules(&self, paused: bool) {
        lock(&self.agenda).paused = paused;
    }

    pub(super) fn throttle(&self, service: &str, every: u32) {
        lock(&self.throttled).insert(service.to_owned(), (every, 0));
    }

    /// Whether this call of a service is one too many.
    pub(crate) fn is_throttled(&self, service: &str) -> bool {
        lock(&self.throttled).get_mut(service).is_some_and(|(every, count)| {
            *count = count.saturating_add(1);
            count.checked_rem(*every) == Some(0)
        })
    }

    /// That a caller's role allows a call.
    pub(crate) fn allows(&self, caller: &str, call: Call<'_>) -> Result<(), ApiError> {
        lock(&self.permissions).check(&lock(&self.world), caller, call)
    }

    pub(super) fn permissions(&self) -> Permissions {
        lock(&self.permissions).clone()
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        *lock(&self.weather) = weather;
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::SeqCst)
    }

    pub(super) fn queue(&self, logical_id: &str) -> Vec<Value> {
        lock(&self.queues).get(logical_id).cloned().unwrap_or_default()
    }

    /// Puts a record into a queue.
    pub(super) fn send(&self, queue: &str, record: Value) {
        lock(&self.queues).entry(queue.to_owned()).or_default().push(record);
    }

    /// Counts an invocation as in flight until the guard is gone.
    pub(super) fn in_flight(self: &Arc<Self>) -> InFlight {
        self.busy.send_modify(|count| *count = count.saturating_add(1));
        InFlight(Arc::clone(self))
    }

    pub(super) fn is_busy(&self) -> bool {
        *self.busy.borrow() > 0
    }
}

/// An invocation in flight.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Shared>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.busy.send_modify(|count| *count = count.saturating_sub(1));
    }
}
