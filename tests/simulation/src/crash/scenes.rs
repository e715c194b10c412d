//! The scenes: in each something is to be done, by an event's function, by the sweep, or by the adjuster.

use super::acts::{
    agents, at_rest, away, back_at_the_end, busy, detached, drained_by_hand, forgotten, gone, grow,
    idle, let_in, nothing_left, part, resized, retiring, returns, runs, silent, slow, stack, stays,
    struck, sweep_of_many, unseen, with,
};
use crate::Stage;
use crate::weather::Event;
use crate::world::{disconnect, terminate};

/// A scene.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// What happens.
    pub name: &'static str,
    /// In which of its minutes invocations die: those from its beginning.
    pub dying: i64,
    /// How many minutes it takes until all is at rest.
    pub minutes: i64,
    /// Whether it takes long to play.
    pub large: bool,
    /// How the world is before.
    pub set: fn() -> Stage,
    /// What happens in a minute.
    pub plays: fn(&mut Stage, i64),
    /// How it should end.
    pub ends: fn(&Stage) -> Result<(), String>,
}

const fn scene(
    name: &'static str,
    (dying, minutes): (i64, i64),
    set: fn() -> Stage,
    plays: fn(&mut Stage, i64),
    ends: fn(&Stage) -> Result<(), String>,
) -> Scene {
    Scene { name, dying, minutes, large: false, set, plays, ends }
}

/// All of them.
pub const SCENES: &[Scene] = &[
    scene("nothing happens", (3, 6), || busy(5, 20), |_, _| (), |stage| at_rest(stage, 5)),
    scene("a launch is let in", (5, 12), || busy(5, 20), grow, |stage| let_in(stage, 6)),
    scene(
        "a launch is let in, events are lost",
        (6, 14),
        || silent(busy(5, 20)),
        grow,
        |stage| let_in(stage, 6),
    ),
    scene(
        "a launch is given up",
        (9, 24),
        || {
            let mut stage = with(busy(5, 20), &[("join-patience-seconds", "180")]);
            let until = stage.see().now + 100_000;
            stage.state().groups[0].bad_image_until = until;
            stage
        },
        grow,
        |stage| let_in(stage, 6),
    ),
    scene("a host with tasks leaves", (5, 16), || busy(5, 20), leaves, |stage| away(stage, 2)),
    scene(
        "a host with tasks leaves, events are lost",
        (6, 18),
        || silent(busy(5, 20)),
        leaves,
        |stage| away(stage, 2),
    ),
    scene("a host without tasks leaves", (4, 14), || idle(5), leaves, |stage| away(stage, 2)),
    scene(
        "AWS's own hook holds a leaving host too",
        (5, 16),
        || {
            let mut stage = busy(5, 20);
            stage.state().groups[0].managed = true;
            stage
        },
        leaves,
        |stage| away(stage, 2),
    ),
    scene(
        "a standalone task is stopped on a leaving host",
        (7, 18),
        || runs(with(busy(5, 5), &[("standalone-grace-seconds", "60")]), 60),
        leaves,
        |stage| away(stage, 2),
    ),
    scene(
        "a long drain is kept alive",
        (9, 20),
        || {
            let mut stage = runs(busy(5, 5), 6);
            stage.state().groups[0].terminate_hook.time_out = 3 * 60_000;
            stage
        },
        leaves,
        |stage| away(stage, 2),
    ),
    scene("Spot takes a host back", (5, 16), spot, taken_back, |stage| away(stage, 2)),
    scene(
        "Spot takes a host back, its warning is lost",
        (5, 16),
        || silent(spot()),
        taken_back,
        |stage| away(stage, 2),
    ),
    scene(
        "EC2 retires a host",
        (8, 22),
        || busy(5, 20),
        |stage, minute| retiring(stage, minute, 99),
        |stage| away(stage, 2),
    ),
    scene(
        "EC2 calls a retirement off",
        (6, 24),
        || runs(busy(5, 5), 15),
        |stage, minute| retiring(stage, minute, 2),
        |stage| stays(stage, 2),
    ),
    scene(
        "EC2 advises to replace a Spot host",
        (8, 24),
        || with(spot(), &[("drain-on-rebalance", "true")]),
        |stage, minute| {
            if minute == 0 {
                let now = stage.see().now;
                stage.state().hosts[2].recommended_at = Some(now);
                stage.tell(Event::Rebalance(2));
            }
        },
        |_| Ok(()),
    ),
    scene(
        "a machine leaves its registration behind",
        (3, 10),
        || busy(5, 5),
        gone,
        |stage| struck(stage, 1),
    ),
    scene(
        "a machine leaves its registration behind, events are lost",
        (4, 10),
        || silent(busy(5, 5)),
        gone,
        |stage| struck(stage, 1),
    ),
    scene("EC2 has forgotten a machine", (6, 14), forgotten, |_, _| (), |stage| struck(stage, 1)),
    scene(
        "EC2 does not find a machine for a while",
        (6, 12),
        detached,
        |stage, minute| agents(stage, minute, 1, 4),
        |stage| part(stage, 1, "ACTIVE"),
    ),
    scene(
        "an agent is lost for good",
        (24, 34),
        || {
            // ECS hears nothing of the tasks of such a host: it leaves when patience and then AWS's own hook are over.
            let patience = [("lost-patience-seconds", "300"), ("drain-patience-seconds", "300")];
            let mut stage = with(busy(5, 5), &patience);
            stage.state().groups[0].terminate_hook.time_out = 5 * 60_000;
            stage
        },
        lost,
        |stage| away(stage, 1),
    ),
    scene(
        "an agent is lost and comes back",
        (6, 12),
        || busy(5, 5),
        |stage, minute| agents(stage, minute, 1, 3),
        |stage| at_rest(stage, 5),
    ),
    scene(
        "an agent is lost and comes back, events are lost",
        (6, 12),
        || silent(busy(5, 5)),
        |stage, minute| agents(stage, minute, 1, 3),
        |stage| at_rest(stage, 5),
    ),
    scene(
        "an agent comes back as its host leaves",
        (8, 20),
        || busy(5, 20),
        back_at_the_end,
        |stage| away(stage, 1),
    ),
    scene(
        "a host leaves that drains slowly",
        (15, 50),
        || busy(5, 10),
        slow,
        |stage| away(stage, 2),
    ),
    scene(
        "EC2 does not find a leaving host for a while",
        (6, 18),
        || busy(5, 20),
        unseen,
        |stage| away(stage, 2),
    ),
    scene(
        "most agents are lost, the breaker opens and closes",
        (12, 22),
        || with(busy(5, 5), &[("lost-patience-seconds", "300")]),
        |stage, minute| agents(stage, minute, 3, 8),
        |stage| at_rest(stage, 5),
    ),
    scene(
        "a person drains a host",
        (3, 8),
        || busy(5, 20),
        drained_by_hand,
        |stage| part(stage, 2, "DRAINING"),
    ),
    scene(
        "the work grows",
        (5, 20),
        || resized(busy(5, 20), 2, 12),
        |stage, minute| returns(stage, minute, 60),
        |stage| nothing_left(stage, 60),
    ),
    scene(
        "a group without hosts is needed",
        (5, 20),
        || resized(busy(0, 0), 0, 12),
        |stage, minute| returns(stage, minute, 20),
        |stage| nothing_left(stage, 20),
    ),
    scene(
        "the work shrinks",
        (14, 75),
        || resized(busy(6, 24), 2, 12),
        |stage, minute| returns(stage, minute, 12),
        |stage| nothing_left(stage, 12),
    ),
    scene(
        "a host is held for its task, and set free",
        (10, 40),
        || runs(resized(busy(3, 3), 2, 12), 6),
        |_, _| (),
        |stage| nothing_left(stage, 3),
    ),
    scene(
        "a stack with a teardown is made",
        (1, 4),
        || busy(3, 3),
        |stage, minute| stack(stage, minute, "Create"),
        |_| Ok(()),
    ),
    scene(
        "a stack is deleted",
        (8, 46),
        || protected(1),
        |stage, minute| stack(stage, minute, "Delete"),
        super::acts::torn_down,
    ),
    Scene {
        large: true,
        ..scene(
            "a stack is deleted whose tasks outlast an invocation",
            (24, 60),
            || protected(18),
            |stage, minute| stack(stage, minute, "Delete"),
            super::acts::torn_down,
        )
    },
    Scene {
        large: true,
        ..scene(
            "a cluster of 1,010 hosts is swept in parts",
            (3, 8),
            sweep_of_many,
            leaves,
            |stage| super::acts::is_away(stage, 2),
        )
    },
];

fn spot() -> Stage {
    let mut stage = busy(5, 20);
    stage.state().groups[0].spot = true;
    stage
}

fn protected(minutes: i64) -> Stage {
    let mut stage = runs(busy(5, 20), minutes);
    {
        let mut state = stage.state();
        let now = state.now;
        // Its services are deleted before the custom resource, which they depend on.
        state.services[0].desired = 0;
        for host in 0..5 {
            state.hosts[host].seat.change(now, |seat| seat.protected = true);
        }
    }
    stage
}

fn leaves(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        terminate(&mut stage.state(), 2);
    }
}

fn taken_back(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        stage.spot_takes(2);
    }
}

fn lost(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        let one = stage.see().hosts[1].registrations[0];
        stage.state().registrations[one].dead = true;
        disconnect(&mut stage.state(), one);
    }
}
