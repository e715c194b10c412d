//! What the world has come to, told so that two ends can be held against each other.

use crate::world::{HostNo, Life, Stage, State};
use domain::capacity::SPARE_TAG;
use domain::group::BREAKER_TAG;

/// The truth of what is ours: no names and no times, which differ wherever somebody died; sorted.
#[must_use]
pub fn truth(state: &State) -> Vec<String> {
    let ours = |host: &HostNo| state.groups[state.hosts[*host].group].ours;
    let mut all: Vec<String> =
        (0..state.hosts.len()).filter(ours).filter_map(|host| host_told(state, host)).collect();
    all.extend(state.groups.iter().filter(|group| group.ours).map(|group| {
        let tags = group.tags.get();
        let has = |tag: &'static str| if tags.contains_key(tag) { tag } else { "" };
        format!("{} wants {} {}{}", group.name, group.desired, has(BREAKER_TAG), has(SPARE_TAG))
    }));
    all.extend(state.services.iter().map(|service| {
        let runs = |task: &&usize| state.tasks[**task].told.get().stage == Stage::Running;
        format!("{} runs {}", service.name, service.live.iter().filter(runs).count())
    }));
    // What came first is what CloudFormation took.
    all.extend(state.answers.first().map(|(_, answer)| format!("answered {answer:?}")));
    all.sort();
    all
}

/// A host that has a seat, or a registration that is left.
fn host_told(state: &State, host: HostNo) -> Option<String> {
    let one = &state.hosts[host];
    let seat = one.seat.get();
    let left = one.registrations.iter().map(|it| state.registrations[*it].told.get());
    let left: Vec<String> = left
        .filter(|told| told.status != "INACTIVE")
        .map(|told| {
            let marks: Vec<&str> = told.attributes.keys().map(String::as_str).collect();
            format!("{} {} {}", told.status, told.connected, marks.join(" "))
        })
        .collect();
    let gone = seat.life == Life::Gone;
    (!gone || !left.is_empty()).then(|| {
        let (healthy, protected) = (seat.healthy, seat.protected);
        format!(
            "{} {healthy} {protected} {:?}: {}",
            seat.life.word(),
            one.machine.get(),
            left.join("; ")
        )
    })
}
