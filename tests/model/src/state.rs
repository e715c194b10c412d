//! The state that the checker goes through: hosts, the group's tag, what reads may not show yet, and invocations in flight.

use crate::host::{Ec2, Ecs, Host, MOST, Seat, Task, Why};
use crate::tag::{Tag, Way};
use crate::time::{Age, LONG, Watch, older};

/// A change to the world, as small as the model has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Our launch hook, CONTINUE.
    LetIn,
    /// Our launch hook, ABANDON.
    Abandon,
    /// Our terminate hook, CONTINUE.
    LetGo,
    /// The draining mark: why, whether long ago, and since when it is seen empty.
    MarkDraining(Why, bool, Option<Age>),
    /// The draining mark goes.
    ForgetDraining,
    /// DRAINING
    Drain,
    /// ACTIVE
    Activate,
    /// It is struck off.
    Deregister,
    /// The mark of a lost agent.
    MarkLost(Watch),
    /// The mark of a lost agent goes.
    ForgetLost,
    /// The mark of a machine that is not found.
    MarkMissing(Watch),
    /// The mark of a machine that is not found goes.
    ForgetMissing,
    /// Auto Scaling is told that it is unhealthy.
    MarkUnhealthy,
    /// The group's tag is written.
    Choose(Way),
}

/// A step of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// What it does.
    pub act: Act,
    /// Whether it looks again right before.
    pub again: bool,
    /// Whether what it rests on was true when it was looked at.
    pub just: bool,
}

/// Who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// The reconciler.
    Sweep,
    /// The agent-verifier.
    Verifier,
    /// The host-drainer, by an event of the group or of ECS.
    Drainer,
    /// The host-drainer, by an event of EC2.
    Warned,
    /// The host-deregisterer.
    Deregisterer,
}

/// The steps to one host that are left.
pub type Job = [Option<Step>; 4];

/// An invocation in flight: it has looked and judged, and acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Run {
    /// Who runs.
    pub who: Who,
    /// What is left to do to each host.
    pub jobs: [Job; MOST],
    /// What a choice writes into the group's tag.
    pub choice: Tag,
}

impl Run {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.jobs.iter().all(|job| job[0].is_none())
    }

    /// Whether it is about to take a host away, or to choose one.
    #[must_use]
    pub fn takes(&self) -> bool {
        let takes = |act| matches!(act, Act::Abandon | Act::MarkUnhealthy | Act::Choose(_));
        self.jobs.as_flattened().iter().flatten().any(|step| takes(step.act))
    }

    /// The host that it is about to choose.
    #[must_use]
    pub fn chooses(&self) -> Option<usize> {
        let chooses = |step: &Step| matches!(step.act, Act::Choose(_));
        self.jobs.iter().position(|job| job.iter().flatten().any(chooses))
    }

    /// The step is done, or given up.
    pub(crate) fn pop(&mut self, place: usize) {
        self.jobs[place].rotate_left(1);
        self.jobs[place][3] = None;
        if self.chooses().is_none() {
            self.choice = Tag::default();
        }
    }

    /// What is left of a host's steps is not tried.
    pub(crate) fn give_up(&mut self, place: usize) {
        while self.jobs[place][0].is_some() {
            self.pop(place);
        }
    }
}

/// The latest change within this tick, which a read may not show yet: what was there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lag {
    /// Everything is shown.
    #[default]
    None,
    /// EC2.
    Ec2(usize, Ec2),
    /// Auto Scaling.
    Seat(usize, Seat),
    /// ECS's registrations.
    Ecs(usize, Ecs),
    /// ECS's tasks.
    Task(usize, Task),
    /// The group's tag.
    Tag(Tag),
}

impl Lag {
    /// The host that it is about.
    #[must_use]
    pub const fn place(self) -> Option<usize> {
        match self {
            Self::None | Self::Tag(_) => None,
            Self::Ec2(place, _)
            | Self::Seat(place, _)
            | Self::Ecs(place, _)
            | Self::Task(place, _) => Some(place),
        }
    }
}

/// A state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// The hosts.
    pub hosts: [Host; MOST],
    /// The group's tag.
    pub tag: Tag,
    /// When a host that is no more was taken away by us, within the window.
    pub former_taken: Option<Age>,
    /// What reads may not show yet.
    pub lag: Lag,
    /// The invocations in flight.
    pub runs: [Option<Run>; 2],
    /// The promise that was broken on the way here.
    pub broken: Option<&'static str>,
}

impl State {
    /// How many were taken away within the window, but for this place.
    pub(crate) fn taken_but(&self, place: usize) -> usize {
        let others = self.hosts.iter().enumerate().filter(|(at, _)| *at != place);
        let taken = others.filter(|(_, host)| host.taken.is_some()).count();
        taken + usize::from(self.former_taken.is_some())
    }

    /// How many hosts are in trouble.
    #[must_use]
    pub fn failing(&self) -> usize {
        self.hosts.iter().filter(|host| host.fails()).count()
    }

    /// Whether it may be that the window of the takings is over.
    #[must_use]
    pub fn may_be_over(&self) -> bool {
        let taken = self.hosts.iter().map(|host| host.taken).chain([self.former_taken]);
        taken.flatten().all(|age| age >= LONG)
    }

    /// A tick later. No invocation lives so long, and no read lags so far behind.
    pub(crate) fn tick(&mut self, over: bool) {
        self.runs = [None; 2];
        self.lag = Lag::None;
        for host in &mut self.hosts {
            host.tick(over);
        }
        self.former_taken =
            self.former_taken.filter(|age| !over || *age < LONG).map(|age| older(age, LONG));
        self.tag.tick(over);
        self.settle();
    }

    /// Changes a host, and remembers what was there before.
    pub(crate) fn change(&mut self, place: usize, change: impl FnOnce(&mut Host)) {
        let before = self.hosts[place];
        change(&mut self.hosts[place]);
        self.hosts[place].settle();
        let after = &self.hosts[place];
        if after.seat != before.seat {
            self.lag = Lag::Seat(place, before.seat);
        } else if after.ec2 != before.ec2 {
            self.lag = Lag::Ec2(place, before.ec2);
        } else if after.ecs != before.ecs {
            self.lag = Lag::Ecs(place, before.ecs);
        } else if after.task != before.task {
            self.lag = Lag::Task(place, before.task);
        }
        self.settle();
    }

    pub(crate) fn settle(&mut self) {
        for place in 0..MOST {
            if self.hosts[place].is_no_more() {
                let gone = std::mem::take(&mut self.hosts[place]);
                self.former_taken = gone.taken.or(self.former_taken);
                self.tag.leave(place);
                if self.lag.place() == Some(place) {
                    self.lag = Lag::None;
                }
                if let Lag::Tag(before) = &mut self.lag {
                    before.leave(place);
                }
                for run in self.runs.iter_mut().flatten() {
                    run.give_up(place);
                    run.choice.leave(place);
                }
            }
        }
        for run in &mut self.runs {
            *run = run.filter(|it| !it.is_over());
        }
        // Which of two invocations is the first says nothing.
        if self.runs[0] < self.runs[1] {
            self.runs.swap(0, 1);
        }
    }

    /// Reads show everything. That a drain has just begun is kept: ECS may have placed a task before.
    pub(crate) fn shows_all(&mut self) {
        use crate::host::Status;
        let begun = |place: usize, before: Ecs| {
            let drains = self.hosts[place].ecs.status == Status::Draining;
            before.status == Status::Active && before.connected && drains
        };
        match self.lag {
            Lag::Ecs(place, before) if begun(place, before) => {}
            _ => self.lag = Lag::None,
        }
    }

    /// The world as it was before what reads may not show yet.
    #[must_use]
    pub fn before(&self) -> ([Host; MOST], Tag) {
        let (mut hosts, mut tag) = (self.hosts, self.tag);
        match self.lag {
            Lag::None => {}
            Lag::Ec2(place, ec2) => hosts[place].ec2 = ec2,
            Lag::Seat(place, seat) => hosts[place].seat = seat,
            Lag::Ecs(place, ecs) => hosts[place].ecs = ecs,
            Lag::Task(place, task) => hosts[place].task = task,
            Lag::Tag(before) => tag = before,
        }
        (hosts, tag)
    }
}
