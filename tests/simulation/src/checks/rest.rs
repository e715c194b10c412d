//! When the faults are over, everything must come to rest; and hooks that time out meanwhile are counted.

use super::broken;
use crate::versioned::Ms;
use crate::world::{HostNo, Life, Machine, State, seconds};

/// A hook of ours timed out.
pub fn timed_out(state: &mut State, host: HostNo, launching: bool) {
    let one = &state.hosts[host];
    let busy = super::acts::live(state, host) > 0;
    if launching {
        // A host that nobody may judge, for a breaker or an outage, is AWS's to give up; and so is a bad boot.
        let connected = one.registrations.iter().any(|it| {
            let it = &state.registrations[*it];
            it.cluster == state.groups[one.group].cluster && it.told.get().connected
        });
        state.tally.launches += 1;
        state.tally.launch_time_outs += u64::from(connected);
    } else {
        state.tally.terminations += 1;
        state.tally.terminate_time_outs += 1;
        state.tally.idle_time_outs += u64::from(!busy);
    }
}

/// Long after the faults: checks L1, L2, L3, L4, L7, L11.
pub fn at_rest(state: &mut State) {
    // A launch becomes late without any change.
    super::crowd::crowds(state);
    for host in 0..state.hosts.len() {
        let group = state.hosts[host].group;
        if state.groups[group].ours {
            host_at_rest(state, host);
        }
    }
    for group in 0..state.groups.len() {
        let it = &state.groups[group];
        let mark = it.tags.get().get(domain::group::BREAKER_TAG);
        // A launch loop is remembered for an hour, and rightly so if there was one.
        let hour = |at: &Ms| state.now - at < 60 * 60_000 + 180_000;
        let taken = it.taken.iter().filter(|(at, _)| hour(at)).count();
        let looped = u32::try_from(taken).is_ok_and(|taken| taken >= it.policy.abandons_an_hour);
        let tagged = mark.is_some_and(|mark| !(mark.ends_with("launch-loop") && looped));
        let cluster = &state.clusters[it.cluster];
        // Two sweeps have seen that it is over.
        let calm = [it.alarm, cluster.alarm].iter().all(|it| it.is_off_for(state.now, 130_000));
        if it.ours && tagged && calm {
            let name = it.name.clone();
            broken(
                state,
                "L7",
                format!("the breaker of {name} is marked open, and nothing is wrong"),
            );
        }
    }
}

fn host_at_rest(state: &mut State, host: HostNo) {
    let one = &state.hosts[host];
    let id = one.id.clone();
    let life = one.seat.get().life;
    let held = one.held.filter(|_| !one.completed).map_or(0, |(since, _)| state.now - since);
    let home = state.groups[one.group].cluster;
    let mine: Vec<_> = one
        .registrations
        .iter()
        .map(|it| &state.registrations[*it])
        .filter(|it| it.cluster == home && it.told.get().status != "INACTIVE")
        .collect();
    let connected_for = mine.iter().any(|it| {
        it.told.holds_since(state.now - 50_000, |told| told.connected && told.status == "ACTIVE")
    });
    let drained_by_us =
        mine.iter().any(|it| it.told.get().status == "DRAINING" && it.drained_by_us);
    let reason = one.trouble.get().taken_back
        || one.trouble.get().scheduled.is_some()
        || one.recommended_at.is_some();
    let machine = *one.machine.get();
    let gone_long = matches!(machine, Machine::Terminated | Machine::Forgotten)
        && one.machine.holds_since(state.now - 55_000, |it| it.is_gone());

    let left_behind =
        gone_long && !mine.is_empty() && mine.iter().all(|it| !it.told.get().connected);
    drop(mine);

    if life == Life::PendingWait && held > 150_000 && connected_for {
        broken(state, "L1", format!("{id} is connected and waits for {:.0} s", seconds(held)));
    }
    if life == Life::TerminatingWait && held > 600_000 && super::acts::live(state, host) == 0 {
        broken(state, "L2", format!("{id} is empty and held for {:.0} s", seconds(held)));
    }
    if left_behind {
        state.tally.ghosts += 1;
        // Found gone by two sweeps and struck off by the next, with a machine that EC2 has forgotten.
        broken(state, "L3", format!("{id} is {machine:?} and still registered"));
    }
    if life == Life::InService && drained_by_us && !reason {
        broken(state, "L4", format!("{id} is in service and DRAINING because of us"));
    }
}
