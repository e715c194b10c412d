//! The world: what AWS's own state is, whatever a read of it says.

mod asg;
pub(crate) mod chaos;
mod draw;
mod ec2;
mod ecs;
pub mod make;
mod model;
mod script;
mod tally;
pub(crate) mod tasks;

pub use asg::{Completed, change, complete, heartbeat, launch, scale_in, set_desired, terminate};
pub use chaos::Chaos;
pub use draw::{draw, stage};
pub use ec2::{mark_unhealthy, replace, shut_down, stop};
pub use ecs::{activate, connect, deregister, disconnect, drain, forget_mark, mark, register};
pub use model::*;
pub use script::{Scripted, When};
pub use tally::Tally;
pub use tasks::{place, stop_task};

use crate::checks::Violation;
use crate::crash::{Flaw, Method, Point};
use crate::swarm::Swarm;
use crate::town::{self, Town};
use crate::versioned::Ms;
use crate::weather::{Controller, Function, Wake};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

/// What is due at some time.
#[derive(Clone, Debug)]
pub enum Due {
    /// A task goes on.
    Wake(usize),
    /// An invocation's time is over.
    TimeOut(usize),
    /// A function is woken.
    Deliver(Rc<Wake>),
    /// The clock ticks for the reconciler.
    Tick,
    /// A group looks after its size and health.
    Group(GroupNo),
    /// A host's lifecycle or machine goes on, if it is still in this turn.
    Host(HostNo, u32, Step),
    /// A cluster's scheduler runs.
    Scheduler(ClusterNo),
    /// A task of ECS goes on.
    Task(TaskNo),
    /// Something happens to the world.
    Chaos(Chaos),
    /// A minute of a town.
    Minute,
}

/// What a host does next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The group holds it, or lets it on.
    Held,
    /// Its hook's time is over.
    HookOver,
    /// It enters service, or leaves its group.
    Proceed,
    /// Its machine reaches its next state.
    Machine,
    /// Its agent registers.
    Registers,
    /// Its agent connects.
    Connects,
    /// Its agent loses its connection.
    Disconnects,
    /// Spot takes its machine.
    TakenBack,
    /// EC2 retires its machine.
    Retired,
    /// EC2 forgets the machine.
    Forgotten,
}

/// One entry of the agenda: earliest first, and in the order of asking.
#[derive(Debug)]
struct Entry(Ms, u64, Due);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// An invocation of a function.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// Awaits until it dies.
    pub dies_after: Option<u32>,
    /// Awaits so far.
    pub awaits: u32,
    /// Whether it is over.
    pub over: bool,
    /// What woke it.
    pub wake: Option<Rc<Wake>>,
    /// Of which function it is.
    pub function: Option<Function>,
    /// Calls that it made.
    pub calls: BTreeMap<&'static str, u32>,
    /// How many hosts it touched.
    pub touched: u32,
}

/// All there is.
#[derive(Debug)]
pub struct State {
    /// The virtual time.
    pub now: Ms,
    /// The chance of the world's own doings.
    pub rng: fastrand::Rng,
    /// The chance of faults at calls.
    pub fault_rng: fastrand::Rng,
    /// The chance of the event weather.
    pub weather_rng: fastrand::Rng,
    /// What goes wrong.
    pub swarm: Swarm,
    /// Whose controller lives here.
    pub controller: Controller,
    /// Whether anything goes wrong now.
    pub faults_on: bool,
    /// Until when ECS's API is away.
    pub ecs_away_until: Ms,
    /// When it was away last, from and to.
    pub last_outage: (Ms, Ms),
    /// Until when every call is throttled.
    pub storm_until: Ms,
    /// The clusters.
    pub clusters: Vec<Cluster>,
    /// The groups.
    pub groups: Vec<Group>,
    /// The hosts, gone ones too.
    pub hosts: Vec<Host>,
    /// The registrations, struck-off ones too.
    pub registrations: Vec<Registration>,
    /// The tasks, stopped ones too.
    pub tasks: Vec<Task>,
    /// The services.
    pub services: Vec<Service>,
    /// The invocations.
    pub invocations: Vec<Invocation>,
    /// What is being polled.
    pub polled: usize,
    /// What was found wrong.
    pub violations: Vec<Violation>,
    /// What was counted.
    pub tally: Tally,
    /// A rolling hash of every change.
    pub hash: u64,
    /// What happened, in words, if anybody wants to read it.
    pub history: Option<Vec<String>>,
    /// Faults that a scene asks for.
    pub scripted: Vec<Scripted>,
    /// After how many awaits the next invocation dies, if a scene asks for it.
    pub next_dies_after: Option<u32>,
    /// Where invocations die, if a scene asks for it: the invocation, and the number of its await.
    pub dies_at: Vec<(usize, u32)>,
    /// Every await so far, if somebody counts them.
    pub awaits: Option<Vec<Point>>,
    /// Which function came to which method of a port.
    pub used: BTreeSet<(Function, Method)>,
    /// Whether Lambda hands a tick of the clock over again whose invocation died.
    pub ticks_come_again: bool,
    /// How often something was handed over again.
    pub again: u32,
    /// What is wrong with the functions on purpose, and shows only if they die.
    pub flaw: Option<Flaw>,
    /// Which invocation claims a host, under such a flaw.
    pub claims: BTreeMap<HostNo, usize>,
    /// Since when the stack is deleted, if a scene does so.
    pub deleted_since: Option<Ms>,
    /// What CloudFormation was answered: that it is done, or why not.
    pub answers: Vec<(Ms, Result<(), String>)>,
    /// The town that this world is, if it was described and not drawn.
    pub town: Option<Box<Town>>,
    agenda: BinaryHeap<Reverse<Entry>>,
    asked: u64,
}

/// When the worlds begin.
const EPOCH: i64 = 1_772_600_400;

/// The timestamp of a virtual time.
#[must_use]
pub fn timestamp(at: Ms) -> Timestamp {
    let epoch = Timestamp::from_second(EPOCH).unwrap_or(Timestamp::UNIX_EPOCH);
    epoch.saturating_add(SignedDuration::from_millis(at)).unwrap_or(Timestamp::MAX)
}

impl State {
    /// An empty world.
    #[must_use]
    pub fn new(seed: u64, swarm: Swarm) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (fault_rng, weather_rng) = (rng.fork(), rng.fork());
        Self {
            now: 0,
            rng,
            fault_rng,
            weather_rng,
            swarm,
            controller: Controller::Muster,
            faults_on: true,
            ecs_away_until: 0,
            last_outage: (0, 0),
            storm_until: 0,
            clusters: Vec::new(),
            groups: Vec::new(),
            hosts: Vec::new(),
            registrations: Vec::new(),
            tasks: Vec::new(),
            services: Vec::new(),
            invocations: Vec::new(),
            polled: 0,
            violations: Vec::new(),
            tally: Tally::default(),
            hash: 0xcbf2_9ce4_8422_2325,
            history: None,
            scripted: Vec::new(),
            next_dies_after: None,
            dies_at: Vec::new(),
            awaits: None,
            used: BTreeSet::new(),
            ticks_come_again: false,
            again: 0,
            flaw: None,
            claims: BTreeMap::new(),
            deleted_since: None,
            answers: Vec::new(),
            town: None,
            agenda: BinaryHeap::new(),
            asked: 0,
        }
    }

    /// Puts something on the agenda.
    pub fn due(&mut self, at: Ms, due: Due) {
        self.asked += 1;
        self.agenda.push(Reverse(Entry(at.max(self.now), self.asked, due)));
    }

    /// What is due next, no later than this; the time moves to it.
    pub fn next(&mut self, end: Ms) -> Option<Due> {
        if self.agenda.peek().is_none_or(|Reverse(Entry(at, ..))| *at > end) {
            self.now = end;
            return None;
        }
        let Reverse(Entry(at, _, due)) = self.agenda.pop()?;
        self.now = at;
        Some(due)
    }

    /// Whether a fault of a class happens now: `most` is its chance in a million at its full rate.
    pub fn fault(&mut self, class: &'static str, rate: u32, most: u32) -> bool {
        if rate == 0 || !self.faults_on {
            return false;
        }
        let happens = self.fault_rng.u32(0..1_000_000) < most / 1000 * rate;
        if happens {
            self.count(class);
        }
        happens
    }

    /// Counts a fault.
    pub fn count(&mut self, class: &'static str) {
        *self.tally.faults.entry(class).or_default() += 1;
    }

    /// Writes a change into the hash, and into the history if there is one.
    pub fn tell(&mut self, what: impl FnOnce(&Self) -> String, key: (u64, u64)) {
        for part in [self.now.unsigned_abs(), key.0, key.1] {
            self.hash = (self.hash ^ part).wrapping_mul(0x0000_0100_0000_01b3);
            self.hash ^= self.hash >> 29;
        }
        if self.history.is_some() {
            let line = format!("{:>8.1}s  {}", seconds(self.now), what(self));
            if let Some(history) = &mut self.history {
                history.push(line);
            }
        }
    }

    /// The host of this id: its number stands in it.
    #[must_use]
    pub fn host_no(&self, id: &domain::InstanceId) -> Option<HostNo> {
        let number = usize::from_str_radix(id.as_str().get(2..11)?, 16).ok()?;
        self.hosts.get(number).filter(|host| host.id == *id).map(|_| number)
    }

    /// The registration of this ARN.
    #[must_use]
    pub fn registration_no(&self, arn: &str) -> Option<RegistrationNo> {
        let number = usize::from_str_radix(arn.rsplit('/').next()?.get(..8)?, 16).ok()?;
        self.registrations.get(number).filter(|one| one.arn.as_str() == arn).map(|_| number)
    }

    /// The task of this ARN.
    #[must_use]
    pub fn task_no(&self, arn: &str) -> Option<TaskNo> {
        let number = usize::from_str_radix(arn.rsplit('/').next()?, 16).ok()?;
        self.tasks.get(number).filter(|one| one.arn == arn).map(|_| number)
    }

    /// The timestamp of now.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        timestamp(self.now)
    }

    /// Does what is due to the world.
    pub fn happen(&mut self, due: &Due) {
        match *due {
            Due::Group(group) => asg::look_after(self, group),
            Due::Host(host, turn, step) => match step {
                Step::Held | Step::HookOver | Step::Proceed => asg::go_on(self, host, turn, step),
                Step::Machine | Step::TakenBack | Step::Retired | Step::Forgotten => {
                    ec2::go_on(self, host, turn, step);
                }
                Step::Registers | Step::Connects | Step::Disconnects => {
                    ecs::agent(self, host, turn, step);
                }
            },
            Due::Scheduler(cluster) if self.town.is_none() => tasks::schedule(self, cluster),
            Due::Scheduler(cluster) => town::schedule(self, cluster),
            Due::Task(task) => tasks::task(self, task),
            Due::Chaos(chaos) => chaos::happen(self, chaos),
            Due::Minute => town::minute(self),
            Due::Wake(_) | Due::TimeOut(_) | Due::Deliver(_) | Due::Tick => {}
        }
    }
}

/// Milliseconds as seconds, for people.
#[must_use]
pub fn seconds(at: Ms) -> f64 {
    std::time::Duration::from_millis(at.unsigned_abs()).as_secs_f64()
}
