//! What happens to a world without anybody's call: agents, machines, AWS's plans, people's hands.

use super::{Due, HostNo, Kind, Life, Machine, RegistrationNo, State, Step, asg, ec2, ecs, tasks};
use crate::weather::{self, Event};
use domain::host::Maintenance;
use domain::names::{LAUNCH_HOOK, TERMINATE_HOOK};

/// A kind of chaos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chaos {
    /// An agent flaps.
    Flap,
    /// An agent dies.
    Death,
    /// All agents of a cluster are lost for some minutes.
    AgentsOutage,
    /// ECS's API is away.
    EcsOutage,
    /// Every call is throttled.
    Storm,
    /// EC2 does not find a machine.
    Hidden,
    /// An agent registers twice.
    SecondRegistration,
    /// A group gets a bad image for a while.
    BadImage,
    /// Spot takes a host.
    Spot,
    /// A rebalance recommendation.
    Rebalance,
    /// A scheduled retirement or reboot.
    Maintenance,
    /// A machine is lost or stopped.
    MachineLoss,
    /// A person does something.
    Operator,
    /// All hosts of a group are replaced.
    Refresh,
    /// An event that says what is not so.
    Forged,
    /// An event of elsewhere.
    Foreign,
    /// A standalone task is run: no fault, but life.
    RunTask,
    /// A group grows or shrinks: no fault, but life.
    Resize,
}

const MINUTE: i64 = 60_000;

/// Every kind, with its class's rate and its mean pause at the full rate.
fn kinds(state: &State) -> [(Chaos, &'static str, u32, i64); 18] {
    let swarm = &state.swarm;
    [
        (Chaos::Flap, "agent_flap", swarm.agent_flap, MINUTE),
        (Chaos::Death, "agent_death", swarm.agent_death, 5 * MINUTE),
        (Chaos::AgentsOutage, "agents_outage", swarm.agents_outage, 15 * MINUTE),
        (Chaos::EcsOutage, "ecs_outage", swarm.ecs_outage, 15 * MINUTE),
        (Chaos::Storm, "throttle_storm", swarm.throttle_storm, 20 * MINUTE),
        (Chaos::Hidden, "hidden_machine", swarm.hidden_machine, 2 * MINUTE),
        (Chaos::SecondRegistration, "second_registration", swarm.second_registration, 15 * MINUTE),
        (Chaos::BadImage, "bad_image", swarm.bad_image, 8 * MINUTE),
        (Chaos::Spot, "spot", swarm.spot, 6 * MINUTE),
        (Chaos::Rebalance, "rebalance", swarm.rebalance, 8 * MINUTE),
        (Chaos::Maintenance, "maintenance", swarm.maintenance, 12 * MINUTE),
        (Chaos::MachineLoss, "machine_loss", swarm.machine_loss, 7 * MINUTE),
        (Chaos::Operator, "operator", swarm.operator, 4 * MINUTE),
        (Chaos::Refresh, "refresh", swarm.refresh, 15 * MINUTE),
        (Chaos::Forged, "forged_event", swarm.forged_event, 2 * MINUTE),
        (Chaos::Foreign, "foreign_event", swarm.foreign_event, 2 * MINUTE),
        (Chaos::RunTask, "run_task", 500, 3 * MINUTE),
        (Chaos::Resize, "resize", 500, 3 * MINUTE),
    ]
}

/// Puts the first of every kind on the agenda.
pub(super) fn begin(state: &mut State) {
    for (chaos, _, rate, mean) in kinds(state) {
        if rate > 0 {
            again(state, chaos, rate, mean);
        }
    }
}

fn again(state: &mut State, chaos: Chaos, rate: u32, mean: i64) {
    let pause = mean * 1000 / i64::from(rate);
    let at = state.now + state.rng.i64(pause / 2..=pause * 3 / 2);
    state.due(at, Due::Chaos(chaos));
}

/// It happens, and is put on the agenda again.
pub(super) fn happen(state: &mut State, chaos: Chaos) {
    let all = kinds(state);
    let Some((_, class, rate, mean)) = all.into_iter().find(|(one, ..)| *one == chaos) else {
        return;
    };
    again(state, chaos, rate, mean);
    if !state.faults_on {
        return;
    }
    let life = matches!(chaos, Chaos::RunTask | Chaos::Resize);
    if strike(state, chaos).is_some() && !life {
        state.count(class);
    }
}

/// `None` if there is nobody that it could happen to.
fn strike(state: &mut State, chaos: Chaos) -> Option<()> {
    let now = state.now;
    match chaos {
        Chaos::Flap => {
            let one = connected(state)?;
            let long = state.rng.i64(2_000..90_000);
            hold_off(state, one, now + long);
        }
        Chaos::Death => {
            let one = connected(state)?;
            state.registrations[one].dead = true;
            ecs::disconnect(state, one);
        }
        Chaos::AgentsOutage => {
            let cluster = state.rng.usize(0..state.clusters.len());
            let until = now + state.rng.i64(2 * MINUTE..14 * MINUTE);
            let share = if state.rng.bool() { 10 } else { 6 };
            for one in 0..state.registrations.len() {
                if state.registrations[one].cluster == cluster && state.rng.u32(0..10) < share {
                    hold_off(state, one, until);
                }
            }
        }
        Chaos::EcsOutage if now >= state.ecs_away_until => {
            state.ecs_away_until = now + state.rng.i64(MINUTE..12 * MINUTE);
            state.last_outage = (now, state.ecs_away_until);
        }
        Chaos::EcsOutage => return None,
        Chaos::Storm => state.storm_until = now + state.rng.i64(MINUTE..10 * MINUTE),
        Chaos::Hidden => {
            let runs = |host: &HostNo| *state.hosts[*host].machine.get() == Machine::Running;
            let all: Vec<HostNo> = (0..state.hosts.len()).filter(runs).collect();
            // A detached host, if there is one: of it, only what EC2 says is left to judge.
            let detached = |host: &&HostNo| state.hosts[**host].seat.get().life == Life::Gone;
            let one = all.iter().find(detached).copied();
            let host = one.or(state.rng.choice(all))?;
            state.hosts[host].hidden_until = now + state.rng.i64(5_000..90_000);
        }
        Chaos::SecondRegistration => {
            let one = connected(state)?;
            let host = state.registrations[one].host;
            ecs::disconnect(state, one);
            state.registrations[one].dead = true;
            ecs::register(state, host);
        }
        Chaos::BadImage => {
            let group = state.rng.usize(0..state.groups.len());
            state.groups[group].bad_image_until = now + state.rng.i64(5 * MINUTE..25 * MINUTE);
            state.groups[group].desired = (state.groups[group].desired + 1).min(10);
            state.groups[group].max = state.groups[group].max.max(state.groups[group].desired);
            state.groups[group].sized_by_hand_at = Some(state.now);
        }
        Chaos::Spot => {
            let host = spot_in_service(state)?;
            take_back(state, host);
        }
        Chaos::Rebalance => {
            let host = spot_in_service(state)?;
            state.hosts[host].recommended_at = Some(now);
            weather::emit(state, Event::Rebalance(host));
        }
        Chaos::Maintenance => {
            let host = in_service(state)?;
            let kind = if state.rng.bool() { Maintenance::Retirement } else { Maintenance::Reboot };
            let at = now + state.rng.i64(30 * MINUTE..40 * 60 * MINUTE);
            state.hosts[host].trouble.change(now, |it| it.scheduled = Some((kind, at)));
            weather::emit(state, Event::Health(host));
        }
        Chaos::MachineLoss => {
            let host = in_service(state)?;
            if state.rng.u32(0..3) == 0 {
                ec2::stop(state, host);
            } else {
                // With a dead agent first, half of the time: that leaves a ghost behind.
                if let Some(&one) =
                    state.hosts[host].registrations.last().filter(|_| state.rng.bool())
                {
                    ecs::disconnect(state, one);
                }
                ec2::shut_down(state, host);
            }
        }
        Chaos::Operator => by_hand(state)?,
        Chaos::Refresh => {
            refresh(state);
        }
        Chaos::Forged => weather::forge(state)?,
        Chaos::Foreign => weather::foreign(state),
        Chaos::Resize => resize(state),
        Chaos::RunTask => {
            let cluster = state.rng.usize(0..state.clusters.len());
            tasks::place(state, cluster, Kind::Standalone);
        }
    }
    Some(())
}

/// Spot takes a host back in two minutes, and says so.
pub(crate) fn take_back(state: &mut State, host: HostNo) {
    let now = state.now;
    state.hosts[host].trouble.change(now, |trouble| trouble.taken_back = true);
    state.tell(|it| format!("Spot takes {} back", it.hosts[host].id), (20, 0));
    let turn = state.hosts[host].machine_turn;
    state.due(now + 2 * MINUTE, Due::Host(host, turn, Step::TakenBack));
    weather::emit(state, Event::Spot(host));
}

/// Its group lets all of its hosts go at once.
fn refresh(state: &mut State) {
    let group = state.rng.usize(0..state.groups.len());
    let all: Vec<HostNo> = (0..state.hosts.len())
        .filter(|host| state.hosts[*host].group == group)
        .filter(|host| state.hosts[*host].seat.get().life == Life::InService)
        .collect();
    for host in all {
        asg::terminate(state, host);
    }
}

/// What people do at the console.
fn by_hand(state: &mut State) -> Option<()> {
    let now = state.now;
    match state.rng.u32(0..8) {
        0 => {
            let one = connected(state)?;
            ecs::drain(state, one, false);
        }
        1 => {
            let drained = |one: &RegistrationNo| {
                let it = &state.registrations[*one];
                it.told.get().status == "DRAINING" && !it.drained_by_us
            };
            let one = (0..state.registrations.len()).find(drained)?;
            ecs::activate(state, one);
        }
        2 => {
            let held = |host: &HostNo| state.hosts[*host].held.is_some();
            let host = (0..state.hosts.len()).find(held)?;
            let launching = state.hosts[host].seat.get().life == Life::PendingWait;
            let hook = if launching { LAUNCH_HOOK } else { TERMINATE_HOOK };
            let continues = state.rng.bool() || !launching;
            asg::complete(state, host, hook, continues);
        }
        3 => {
            let host = in_service(state)?;
            asg::change(state, host, Life::Standby);
        }
        4 => {
            let rests = |host: &HostNo| state.hosts[*host].seat.get().life == Life::Standby;
            let host = (0..state.hosts.len()).find(rests)?;
            asg::change(state, host, Life::InService);
        }
        5 => {
            let host = in_service(state)?;
            asg::change(state, host, Life::Gone);
        }
        6 => resize(state),
        _ => {
            let host = in_service(state)?;
            state.hosts[host].seat.change(now, |seat| seat.protected = !seat.protected);
        }
    }
    Some(())
}

fn resize(state: &mut State) {
    let group = state.rng.usize(0..state.groups.len());
    let now = state.groups[group].desired;
    let by = state.rng.u32(1..=3);
    let up = state.rng.bool();
    let desired = if up { (now + by).min(10) } else { now.saturating_sub(by).max(1) };
    state.groups[group].desired = desired;
    state.groups[group].min = state.groups[group].min.min(desired);
    state.groups[group].max = state.groups[group].max.max(desired);
    state.groups[group].sized_by_hand_at = Some(state.now);
}

/// Loses an agent until then.
fn hold_off(state: &mut State, one: RegistrationNo, until: i64) {
    if !state.registrations[one].told.get().connected {
        return;
    }
    state.registrations[one].held_off_until = until;
    ecs::disconnect(state, one);
    let host = state.registrations[one].host;
    let turn = state.hosts[host].machine_turn;
    state.due(until, Due::Host(host, turn, Step::Connects));
}

fn connected(state: &mut State) -> Option<RegistrationNo> {
    let is = |one: &RegistrationNo| state.registrations[*one].told.get().connected;
    let all: Vec<RegistrationNo> = (0..state.registrations.len()).filter(is).collect();
    state.rng.choice(all)
}

fn in_service(state: &mut State) -> Option<HostNo> {
    let is = |host: &HostNo| {
        let one = &state.hosts[*host];
        one.seat.get().life == Life::InService && *one.machine.get() == Machine::Running
    };
    let all: Vec<HostNo> = (0..state.hosts.len()).filter(is).collect();
    state.rng.choice(all)
}

fn spot_in_service(state: &mut State) -> Option<HostNo> {
    let is = |host: &HostNo| {
        let one = &state.hosts[*host];
        one.is_spot(&state.groups[one.group])
            && one.seat.get().life == Life::InService
            && *one.machine.get() == Machine::Running
            && !one.trouble.get().taken_back
    };
    let all: Vec<HostNo> = (0..state.hosts.len()).filter(is).collect();
    state.rng.choice(all)
}
