//! What happens by itself, or by people's hands; and what a change of Muster's does.

use crate::host::{By, Ec2, Host, Life, Machine, Status, Task};
use crate::state::{Act, Lag, State};
use crate::time::LONG;

/// What may befall a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Env {
    /// Its group launches it.
    Launch,
    /// Its group launches it, and EC2 does not find it for a while.
    LaunchHidden,
    /// EC2 finds it.
    Show,
    /// Its agent registers.
    Register,
    /// Its agent connects.
    Connect,
    /// Its agent is lost.
    Lose,
    /// A task starts.
    Start,
    /// ECS tells its task to stop.
    Stop,
    /// Its task is over.
    End,
    /// Its group terminates it.
    ScaleIn,
    /// The hook that holds it times out.
    TimeOut,
    /// Its machine is being terminated.
    ShutDown,
    /// Its machine is terminated.
    Die,
    /// It leaves its group.
    Leave,
    /// EC2 forgets it.
    Forget,
    /// ECS strikes its registration off, as its agent is connected when it dies.
    StruckOff,
    /// A person sets it DRAINING.
    PersonDrains,
    /// A person sets it ACTIVE.
    PersonLifts,
    /// Spot takes it back.
    TakeBack,
    /// EC2 schedules a reboot.
    Schedule,
    /// The reboot is over, or called off.
    CallOff,
    /// It is stopped.
    Halt,
    /// It is started again.
    Boot,
}

/// Which things befall hosts at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Moves {
    /// Machines die by themselves; otherwise only after their group lets them go.
    pub deaths: bool,
    /// People drain hosts and lift their drains.
    pub people: bool,
    /// Spot takes hosts back.
    pub spot: bool,
    /// EC2 schedules reboots.
    pub reboots: bool,
    /// Machines are stopped and started again.
    pub stops: bool,
    /// EC2 does not find new machines for a while.
    pub hidden: bool,
    /// Tasks run.
    pub tasks: bool,
    /// Agents of hosts in service are lost.
    pub losses: bool,
}

impl Moves {
    /// All of them.
    pub const ALL: Self = Self {
        deaths: true,
        people: true,
        spot: true,
        reboots: true,
        stops: true,
        hidden: true,
        tasks: true,
        losses: true,
    };

    /// Their names.
    pub const NAMES: [&'static str; 8] =
        ["deaths", "people", "spot", "reboots", "stops", "hidden", "tasks", "losses"];

    /// Those that are named.
    #[must_use]
    pub fn named(names: &[String]) -> Self {
        let [deaths, people, spot, reboots, stops, hidden, tasks, losses] =
            Self::NAMES.map(|name| names.iter().any(|one| one == name));
        Self { deaths, people, spot, reboots, stops, hidden, tasks, losses }
    }

    const fn has(self, env: Env) -> bool {
        match env {
            Env::PersonDrains | Env::PersonLifts => self.people,
            Env::TakeBack => self.spot,
            Env::Schedule | Env::CallOff => self.reboots,
            Env::Halt | Env::Boot => self.stops,
            Env::LaunchHidden | Env::Show => self.hidden,
            Env::Start | Env::Stop | Env::End => self.tasks,
            _ => true,
        }
    }
}

impl Env {
    /// All that may befall a host.
    pub const ALL: [Self; 23] = [
        Self::Launch,
        Self::LaunchHidden,
        Self::Show,
        Self::Register,
        Self::Connect,
        Self::Lose,
        Self::Start,
        Self::Stop,
        Self::End,
        Self::ScaleIn,
        Self::TimeOut,
        Self::ShutDown,
        Self::Die,
        Self::Leave,
        Self::Forget,
        Self::StruckOff,
        Self::PersonDrains,
        Self::PersonLifts,
        Self::TakeBack,
        Self::Schedule,
        Self::CallOff,
        Self::Halt,
        Self::Boot,
    ];

    /// Whether it may befall the host of a place now.
    pub(crate) fn may(self, state: &State, place: usize, moves: Moves) -> bool {
        let one = &state.hosts[place];
        let (life, machine, ecs) = (one.seat.life, one.ec2.machine, &one.ecs);
        let registered = ecs.status != Status::None;
        moves.has(self)
            && match self {
                Self::Launch | Self::LaunchHidden => life == Life::Free,
                _ if life == Life::Free => false,
                Self::Show => matches!(machine, Machine::Hidden(_)),
                // An agent registers within five minutes, if it does.
                Self::Register => {
                    let young = matches!(life, Life::Pending | Life::Terminating) && one.age < LONG;
                    !registered && machine.runs() && young
                }
                Self::Connect => registered && !ecs.connected && machine.runs(),
                Self::Lose => {
                    ecs.connected && (!machine.runs() || life != Life::InService || moves.losses)
                }
                // ECS may have placed it just before its host was set DRAINING.
                Self::Start => {
                    let placed = matches!(state.lag, Lag::Ecs(at, before) if at == place
                        && before.status == Status::Active && before.connected);
                    let takes = ecs.status == Status::Active && ecs.connected;
                    let there = matches!(life, Life::Pending | Life::InService | Life::Terminating);
                    one.task == Task::None && machine.runs() && there && (takes || placed)
                }
                Self::Stop => one.task == Task::Runs,
                Self::End => one.task != Task::None,
                Self::ScaleIn => life == Life::InService,
                Self::TimeOut => matches!(life, Life::Pending | Life::Terminating),
                Self::ShutDown => !machine.is_gone() && (life == Life::Proceed || moves.deaths),
                Self::Die => machine == Machine::ShuttingDown,
                Self::Leave => life == Life::Proceed && machine.is_over(),
                Self::Forget => life == Life::Gone && machine == Machine::Terminated,
                Self::StruckOff => registered && ecs.connected && machine.is_gone(),
                Self::PersonDrains => ecs.status == Status::Active && life == Life::InService,
                Self::PersonLifts => {
                    let theirs = ecs.status == Status::Draining && ecs.by != By::Us;
                    theirs && life == Life::InService
                }
                Self::TakeBack => life == Life::InService && machine.runs() && !one.ec2.taken_back,
                Self::Schedule => life == Life::InService && machine.runs() && !one.ec2.reboot,
                Self::CallOff => one.ec2.reboot,
                Self::Halt => machine.runs(),
                Self::Boot => machine == Machine::Stopped,
            }
    }

    /// It does.
    pub(crate) fn befall(self, host: &mut Host) {
        let ecs = &mut host.ecs;
        match self {
            Self::Launch | Self::LaunchHidden => {
                host.seat.life = Life::Pending;
                if self == Self::LaunchHidden {
                    host.ec2.machine = Machine::Hidden(0);
                }
            }
            Self::Show => host.ec2.machine = Machine::Running,
            // What ran on it does not run any more, and its agent connects anew.
            Self::Boot => {
                host.ec2.machine = Machine::Running;
                host.task = Task::None;
                ecs.connected = false;
            }
            Self::Register => ecs.status = Status::Active,
            Self::PersonLifts => {
                ecs.status = Status::Active;
                ecs.by = By::Person;
            }
            Self::Connect => ecs.connected = true,
            Self::Lose => ecs.connected = false,
            Self::Start => host.task = Task::Runs,
            Self::Stop => host.task = Task::Stops,
            Self::End => host.task = Task::None,
            Self::ScaleIn => host.seat.life = Life::Terminating,
            Self::TimeOut => {
                let launching = host.seat.life == Life::Pending;
                host.seat.life = if launching { Life::Terminating } else { Life::Proceed };
            }
            Self::ShutDown => host.ec2 = Ec2 { machine: Machine::ShuttingDown, ..host.ec2 },
            Self::Die => host.ec2.machine = Machine::Terminated,
            Self::Leave => host.seat.life = Life::Gone,
            Self::Forget => host.ec2.machine = Machine::Forgotten,
            Self::StruckOff => ecs.status = Status::None,
            Self::PersonDrains => {
                ecs.status = Status::Draining;
                ecs.by = if ecs.drain.is_some() { By::Marked } else { By::Person };
            }
            Self::TakeBack => host.ec2.taken_back = true,
            Self::Schedule => host.ec2.reboot = true,
            Self::CallOff => host.ec2.reboot = false,
            Self::Halt => host.ec2.machine = Machine::Stopped,
        }
    }
}

/// What a change of Muster's does to a host.
pub(crate) fn act(host: &mut Host, act: Act) {
    let ecs = &mut host.ecs;
    let there = ecs.status != Status::None;
    match act {
        Act::LetIn if host.seat.life == Life::Pending => host.seat.life = Life::InService,
        Act::Abandon if host.seat.life == Life::Pending => {
            host.seat.life = Life::Terminating;
            host.taken = Some(0);
        }
        Act::LetGo if host.seat.life == Life::Terminating => host.seat.life = Life::Proceed,
        Act::MarkUnhealthy if host.seat.life == Life::InService && !host.seat.unhealthy => {
            host.seat.unhealthy = true;
            host.taken = Some(0);
        }
        Act::Drain if ecs.status == Status::Active => {
            ecs.status = Status::Draining;
            ecs.by = By::Us;
        }
        Act::Activate if ecs.status == Status::Draining => {
            ecs.status = Status::Active;
            ecs.by = By::Person;
        }
        Act::Deregister => ecs.status = Status::None,
        Act::MarkDraining(why, old, empty) if there => {
            if ecs.status == Status::Draining && ecs.by == By::Person {
                ecs.by = By::Marked;
            }
            ecs.drain = Some((why, old));
            ecs.empty = empty;
        }
        Act::ForgetDraining => {
            ecs.drain = None;
            ecs.empty = None;
            if ecs.by == By::Marked {
                ecs.by = By::Person;
            }
        }
        Act::MarkLost(watch) if there => ecs.lost = Some(watch),
        Act::ForgetLost => ecs.lost = None,
        Act::MarkMissing(watch) if there => ecs.missing = Some(watch),
        Act::ForgetMissing => ecs.missing = None,
        _ => {}
    }
}
