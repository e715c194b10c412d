//! A host as it is in truth, in three services, and nothing of it that no judgement can tell apart.

use crate::time::{Age, LONG, Watch, older};
use domain::marks::Leaving;

/// How many places for hosts there are at most.
pub const MOST: usize = 3;

/// Where a host stands in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Life {
    /// The place is free: no host was launched.
    #[default]
    Free,
    /// `Pending:Wait`
    Pending,
    /// `InService`
    InService,
    /// `Terminating:Wait`
    Terminating,
    /// `Terminating:Proceed`
    Proceed,
    /// It has left its group.
    Gone,
}

/// What EC2 knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Machine {
    /// It runs.
    #[default]
    Running,
    /// It runs, and is too new for EC2 to find it.
    Hidden(Age),
    /// It is stopped, and may be started again.
    Stopped,
    /// It is being terminated.
    ShuttingDown,
    /// It is terminated.
    Terminated,
    /// It is terminated, and EC2 knows nothing of it any more.
    Forgotten,
}

impl Machine {
    /// Whether tasks on it live.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Running | Self::Hidden(_))
    }

    /// Whether it is gone for good, or going.
    #[must_use]
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::ShuttingDown | Self::Terminated | Self::Forgotten)
    }

    /// Whether it is gone for good.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Terminated | Self::Forgotten)
    }
}

/// The status of its registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It has none, or it is struck off.
    #[default]
    None,
    /// `ACTIVE`
    Active,
    /// `DRAINING`
    Draining,
}

/// By whose doing a host is DRAINING.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A person's.
    #[default]
    Person,
    /// A person's, and it carries our mark: nothing tells it from ours.
    Marked,
    /// Muster's.
    Us,
}

/// Its task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// It has none.
    #[default]
    None,
    /// It runs.
    Runs,
    /// It was told to stop and has not yet.
    Stops,
}

/// Why it is drained by us, as far as the model has reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Its group terminates it.
    Terminate,
    /// Spot takes it back.
    Spot,
    /// EC2 reboots it.
    Reboot,
}

impl Why {
    pub(crate) const fn read(self) -> Leaving {
        match self {
            Self::Terminate => Leaving::Terminate,
            Self::Spot => Leaving::Spot,
            Self::Reboot => Leaving::Reboot,
        }
    }

    pub(crate) const fn of(leaving: Leaving) -> Self {
        match leaving {
            Leaving::Spot => Self::Spot,
            Leaving::Retirement | Leaving::Reboot => Self::Reboot,
            Leaving::Terminate | Leaving::Rebalance | Leaving::Pool => Self::Terminate,
        }
    }
}

/// What EC2 says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ec2 {
    /// The machine.
    pub machine: Machine,
    /// Whether Spot takes it back.
    pub taken_back: bool,
    /// Whether a reboot is scheduled.
    pub reboot: bool,
}

/// What Auto Scaling says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    /// Where it stands.
    pub life: Life,
    /// Whether it is marked unhealthy.
    pub unhealthy: bool,
}

/// What ECS says of its registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ecs {
    /// Its status.
    pub status: Status,
    /// By whose doing it is DRAINING; ECS does not say so.
    pub by: By,
    /// Whether its agent is connected.
    pub connected: bool,
    /// Our draining mark: why, and whether it was set long ago.
    pub drain: Option<(Why, bool)>,
    /// Since when no look showed a task on it.
    pub empty: Option<Age>,
    /// Since when its agent is lost.
    pub lost: Option<Watch>,
    /// Since when EC2 does not find it.
    pub missing: Option<Watch>,
}

/// A host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    /// Auto Scaling's side.
    pub seat: Seat,
    /// EC2's side.
    pub ec2: Ec2,
    /// ECS's side.
    pub ecs: Ecs,
    /// Its task.
    pub task: Task,
    /// Since when it is there, where that matters.
    pub age: Age,
    /// When it was taken away by us, within the window.
    pub taken: Option<Age>,
}

/// How old a launch is when patience is over, in ticks.
pub(crate) const LATE: Age = 2;

impl Host {
    /// Whether it may be let in: ACTIVE, connected, running.
    #[must_use]
    pub fn joined(&self) -> bool {
        self.ecs.status == Status::Active && self.ecs.connected && self.ec2.machine.runs()
    }

    /// Whether a task lives on it.
    #[must_use]
    pub fn works(&self) -> bool {
        self.task != Task::None && self.ec2.machine.runs()
    }

    /// Whether anybody but a person wants it DRAINING.
    #[must_use]
    pub fn leaves(&self) -> bool {
        let life = self.seat.life;
        let on_its_way = matches!(life, Life::Terminating | Life::Proceed | Life::Gone);
        on_its_way || self.ec2.taken_back || self.ec2.reboot
    }

    /// Whether it is in service or to come, and in trouble.
    #[must_use]
    pub fn fails(&self) -> bool {
        let connected = self.ecs.connected;
        match self.seat.life {
            Life::InService => !connected || self.seat.unhealthy,
            Life::Pending => !connected && self.age >= LATE,
            _ => false,
        }
    }

    /// A tick later; `over` if so long a time that what was long ago is old.
    pub(crate) fn tick(&mut self, over: bool) {
        self.age = older(self.age, LONG);
        if let Machine::Hidden(age) = self.ec2.machine {
            self.ec2.machine = if age == 0 { Machine::Hidden(1) } else { Machine::Running };
        }
        let ecs = &mut self.ecs;
        ecs.drain = ecs.drain.map(|(why, old)| (why, old || over));
        ecs.empty = ecs.empty.map(|age| older(age, 1));
        ecs.lost = ecs.lost.map(Watch::older);
        ecs.missing = ecs.missing.map(Watch::older);
        self.taken = self.taken.filter(|age| !over || *age < LONG).map(|age| older(age, LONG));
        self.settle();
    }

    /// Takes away what no judgement and no promise asks for where the host stands.
    pub(crate) fn settle(&mut self) {
        let life = self.seat.life;
        if life == Life::Free {
            *self = Self::default();
            return;
        }
        if life != Life::InService {
            self.seat.unhealthy = false;
            self.ec2 = Ec2 { machine: self.ec2.machine, ..Ec2::default() };
            self.ecs.lost = None;
        }
        if self.ecs.status == Status::None {
            self.ecs = Ecs::default();
            self.task = Task::None;
        }
        match life {
            Life::Pending => self.age = self.age.min(LATE),
            Life::Terminating if self.ecs.status == Status::None => {}
            _ => self.age = 0,
        }
        if life == Life::Terminating {
            // Whose it was, and since when, is nobody's question any more.
            self.ecs.drain = self.ecs.drain.map(|(why, _)| (why, false));
            self.ecs.by = By::Person;
        }
        if matches!(life, Life::Proceed | Life::Gone) {
            self.task = Task::None;
            self.ecs.drain = None;
            self.ecs.empty = None;
            self.ecs.by = By::Person;
            if self.ecs.status == Status::Draining {
                self.ecs.status = Status::Active;
            }
        }
    }

    /// Whether nothing of it is left, so that its place is free.
    pub(crate) fn is_no_more(&self) -> bool {
        self.seat.life == Life::Gone && self.ecs.status == Status::None
    }
}
