//! The promises, as far as they can be said of this state, at the instant of a change.
//!
//! A change rests on a look, and a look shows what was true a moment ago. So where a promise speaks of something that
//! may turn in that moment, it is broken only if it held neither when the invocation looked nor when it acts. What does
//! not turn, or must not, is asked of the truth alone: that a machine is gone, that no task lives, that a drain is ours.

use crate::host::{By, Host, Life, MOST, Status, Task};
use crate::state::{Act, State, Step};
use crate::tag::Tag;
use crate::time::LONG;

/// The promises that are checked, in the words of the model.
pub const PROMISES: [(&str, &str); 11] = [
    ("S1", "no registration of a machine that lives is struck off"),
    ("S2", "none is struck off by force that is not terminated"),
    ("S3", "no host is struck off or taken away whose agent is connected"),
    ("S4", "only what leaves is set DRAINING"),
    ("S5", "only our own drains are marked and lifted, and none of a host that terminates"),
    ("S6", "only what has joined is let in"),
    ("S7", "a launch is given up only late, by two looks, and without an agent"),
    ("S8", "no host is let go with a task, or ACTIVE"),
    ("S13", "nothing is taken away while too many are in trouble"),
    ("S14", "one at most, or a fifth, is taken away in a window"),
    ("S16", "only what lost its agent for long, by two looks, is marked unhealthy"),
];

/// Nothing is taken away while half of the agents are lost: checked too, and told as S15.
pub const TOGETHER: (&str, &str) =
    ("S15", "nothing is taken away while half of the agents are lost");

/// Every step that the judgements come to must be one that the model knows.
pub const UNKNOWN: (&str, &str) = ("model", "every step is one that the model knows");

const fn takes(act: Act) -> bool {
    matches!(act, Act::Abandon | Act::MarkUnhealthy)
}

/// Whether the world, as it is or as reads may show it still, justifies a step of a look that is taken now.
pub(crate) fn is_just(state: &State, place: usize, step: Step) -> bool {
    let (before, _) = state.before();
    let just = |hosts: &[Host; MOST]| {
        // A step that looks again is held against what that look can show, but for the crowd, which it does not see.
        let host = step.again || of_host(&hosts[place], step.act).is_none();
        host && of_crowd(hosts, step.act).is_none()
    };
    just(&state.hosts) || just(&before)
}

/// The promise that a change breaks, if it does.
pub(crate) fn broken(state: &State, place: usize, step: Step) -> Option<&'static str> {
    let host = &state.hosts[place];
    if !has_effect(host, step.act) {
        return None;
    }
    let (before, tag_before) = state.before();
    let now = of_host(host, step.act);
    let excused = if step.again { of_host(&before[place], step.act).is_none() } else { step.just };
    let crowd = of_crowd(&state.hosts, step.act).filter(|_| !step.just);
    now.filter(|_| !excused)
        .or(crowd)
        .or_else(|| of_truth(state, place, step.act, [&state.tag, &tag_before], &before[place]))
}

const fn has_effect(host: &Host, act: Act) -> bool {
    match act {
        Act::LetIn | Act::Abandon => matches!(host.seat.life, Life::Pending),
        Act::LetGo => matches!(host.seat.life, Life::Terminating),
        Act::Drain => matches!(host.ecs.status, Status::Active),
        Act::MarkDraining(..) | Act::Activate => matches!(host.ecs.status, Status::Draining),
        Act::MarkUnhealthy => {
            matches!(host.seat.life, Life::Pending | Life::InService) && !host.seat.unhealthy
        }
        Act::Deregister => !matches!(host.ecs.status, Status::None),
        _ => false,
    }
}

/// What may turn between a look and a change. Checks S3, S4, S5, S6, S7, S8, S16.
fn of_host(host: &Host, act: Act) -> Option<&'static str> {
    let broken = match act {
        Act::LetIn => !host.joined(),
        Act::Abandon | Act::MarkUnhealthy if host.ecs.connected => {
            return Some(if act == Act::Abandon { "S7" } else { "S3" });
        }
        Act::MarkUnhealthy | Act::Activate => host.seat.life != Life::InService,
        Act::Drain => !host.leaves(),
        Act::MarkDraining(..) => {
            let others = host.ecs.status == Status::Draining && host.ecs.by == By::Person;
            host.seat.life == Life::InService && others
        }
        Act::LetGo => host.ecs.status == Status::Active && host.ec2.machine.runs(),
        _ => false,
    };
    let promise = match act {
        Act::LetIn => "S6",
        Act::MarkUnhealthy => "S16",
        Act::Drain => "S4",
        Act::Activate | Act::MarkDraining(..) => "S5",
        _ => "S8",
    };
    broken.then_some(promise)
}

/// Checks S13, S15.
fn of_crowd(hosts: &[Host; MOST], act: Act) -> Option<&'static str> {
    if !takes(act) {
        return None;
    }
    let failing = hosts.iter().filter(|host| host.fails()).count();
    let in_service = hosts.iter().filter(|host| host.seat.life == Life::InService);
    let lost = in_service.clone().filter(|host| !host.ecs.connected).count();
    let (half, lone) = (
        lost * 2 > in_service.count(),
        hosts.iter().filter(|it| it.seat.life != Life::Free).count() < 2,
    );
    match (failing > 1, half && !lone) {
        (true, _) => Some("S13"),
        (_, true) => Some("S15"),
        _ => None,
    }
}

/// What must be so in truth at the instant. Checks S1, S2, S3, S5, S7, S8, S14, S16.
fn of_truth(
    state: &State,
    place: usize,
    act: Act,
    tags: [&Tag; 2],
    before: &Host,
) -> Option<&'static str> {
    let host = &state.hosts[place];
    let chosen = tags.iter().any(|tag| tag.hosts[place].is_ripe());
    let one_too_many = takes(act) && host.taken.is_none() && state.taken_but(place) > 0;
    let watched = |it: &Host| it.ecs.lost.is_some_and(|lost| lost.since >= LONG && lost.seen < 2);
    match act {
        Act::Deregister if !host.ec2.machine.is_gone() => Some("S1"),
        Act::Deregister if !host.ec2.machine.is_over() => Some("S2"),
        Act::Deregister if host.ecs.connected => Some("S3"),
        Act::LetGo if host.task != Task::None && host.ec2.machine.runs() => Some("S8"),
        // A person's drain of a host that carried our mark, which another sweep has just taken away.
        Act::Activate if host.ecs.by == By::Person && before.ecs.by != By::Marked => Some("S5"),
        Act::Abandon if host.age < crate::host::LATE || !chosen => Some("S7"),
        Act::MarkUnhealthy if !chosen => Some("S16"),
        Act::MarkUnhealthy if !watched(host) && !watched(before) => Some("S16"),
        _ if one_too_many => Some("S14"),
        _ => None,
    }
}
