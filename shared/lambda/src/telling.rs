//! What others are told of what was done.

use crate::record::Record;
use domain::breaker::Open;
use domain::diagnosis::Finding;
use domain::told::{BreakerReason, BreakerTold, Told, Whose, told};
use domain::{Action, ClusterName, GroupName, GroupView, HostView};
use jiff::Timestamp;
use ports::{Done, Emit, Outcome};

/// The events that follow from what was done to a host.
#[must_use]
pub fn of_host(
    host: &HostView,
    group: Option<&GroupName>,
    done: &[Done],
    at: Timestamp,
) -> Vec<Told> {
    let Some(cluster) = &host.cluster else {
        return Vec::new();
    };
    let whose = Whose { cluster, group, instance: &host.instance };
    let effects = done.iter().filter(|one| one.outcome == Outcome::Done);
    effects
        .filter_map(|one| {
            let mut told = told(&one.step.action, &whose, at, &one.step.because)?;
            if let Some(fields) = told.host_mut() {
                fields.waited_seconds = waited(host, &one.step.action, at);
            }
            Some(told)
        })
        .collect()
}

/// Adds why a host did not join to what is told of its end.
pub fn because_of(told: &mut Told, cause: Option<&Finding>) {
    if let (Told::HostAbandoned(host), Some(cause)) = (told, cause) {
        host.cause = Some(cause.check.as_str().to_owned());
        host.remedy = Some(cause.remedy.clone());
    }
}

/// How long the host had been waited for: since its launch, or since its drain began.
fn waited(host: &HostView, action: &Action, at: Timestamp) -> Option<u64> {
    let launched_at = || host.machine.known().ok()?.launched_at;
    let since = match action {
        Action::LetIn { .. } | Action::Abandon { .. } => launched_at(),
        Action::LetGo { .. } | Action::Replace { .. } => host.draining_mark().map(|(at, _)| at),
        Action::MarkUnhealthy { .. } => {
            host.standing().find_map(|one| one.marks.agent_lost).map(|lost| lost.since)
        }
        _ => None,
    };
    u64::try_from(at.duration_since(since?).as_secs()).ok()
}

/// The event that follows from what was written about a group's breaker.
#[must_use]
pub fn of_breaker(
    cluster: &ClusterName,
    group: &GroupView,
    done: &[Done],
    at: Timestamp,
) -> Option<Told> {
    let one = done.iter().find(|one| one.outcome == Outcome::Done)?;
    let Action::MarkBreaker { open, .. } = &one.step.action else {
        return None;
    };
    let tell = |reason, (failing, hosts)| BreakerTold {
        cluster: cluster.clone(),
        group: Some(group.name.clone()),
        at,
        reason,
        failing,
        hosts,
    };
    Some(if let Some((_, open)) = open {
        Told::BreakerOpened(tell(reason(open.word()), counts(*open)))
    } else {
        let word = group.breaker_mark().map_or("", |(_, word)| word);
        Told::BreakerClosed(tell(reason(word), (0, 0)))
    })
}

/// The event of a cluster that could not be read: told at each sweep as long as it lasts.
#[must_use]
pub fn of_unreadable(cluster: &ClusterName, at: Timestamp) -> Told {
    Told::BreakerOpened(BreakerTold {
        cluster: cluster.clone(),
        group: None,
        at,
        reason: BreakerReason::EcsUnreadable,
        failing: 0,
        hosts: 0,
    })
}

fn reason(word: &str) -> BreakerReason {
    match word {
        "correlated-loss" => BreakerReason::CorrelatedLoss,
        "launch-loop" => BreakerReason::LaunchLoop,
        "budget-spent" => BreakerReason::BudgetSpent,
        _ => BreakerReason::TooManyFailing,
    }
}

const fn counts(open: Open) -> (u32, u32) {
    match open {
        Open::TooManyFailing { failing, hosts } => (failing, hosts),
        Open::LostTogether { lost, hosts } => (lost, hosts),
        Open::LaunchLoop { abandoned } => (abandoned, abandoned),
        Open::BudgetSpent { taken, budget } => (taken, budget),
    }
}

/// Tells, and puts on record what was told; it never changes what came of the decision.
pub async fn tell<W: Emit>(world: &W, all: &[Told], record: &mut Record) {
    for told in all {
        record.counts.told(told);
    }
    if all.is_empty() || !world.is_on() {
        return;
    }
    match world.emit(all).await {
        Ok(()) => record.told.extend(all.iter().map(Told::detail_type)),
        Err(fault) => record.not_told = Some(fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BreakerReason as Is;
    use domain::Fault;
    use domain::diagnosis::{Check, Verdict};
    use domain::host::Seen;
    use domain::host::{Health, Machine, MachineState, Registration, RegistrationStatus, Room};
    use domain::marks::{Leaving, Marks, Watched};
    use domain::plan::{Provided, Step};
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_600_400 + seconds).unwrap()
    }

    /// Launched at 0, its drain begun at 10, its agent lost since 20.
    fn host() -> HostView {
        let lost = Watched { since: at(20), seen: at(20) };
        let draining = Some((at(10), Leaving::Terminate));
        let marks = Marks { draining, agent_lost: Some(lost), ..Marks::default() };
        let registration = Registration {
            arn: "arn:aws:ecs:us-west-2:111122223333:container-instance/prod/abc".parse().unwrap(),
            instance: "i-0a1b2c3d".parse().unwrap(),
            status: RegistrationStatus::Active,
            agent_connected: true,
            running: 0,
            pending: 0,
            registered: Room::default(),
            remaining: Room::default(),
            registered_at: None,
            agent_version: None,
            health: Health::Ok,
            attributes: BTreeMap::new(),
            marks,
            tasks: None,
        };
        let state = MachineState::Running;
        HostView {
            instance: "i-0a1b2c3d".parse().unwrap(),
            seat: Seen::Known(None),
            cluster: Some("prod".parse().unwrap()),
            machine: Seen::Known(Machine {
                state,
                launched_at: Some(at(0)),
                spot: false,
                trouble: None,
            }),
            registrations: Seen::Known(vec![registration]),
        }
    }

    fn done(action: Action, outcome: Outcome) -> Done {
        let step = Step { action, because: "so it is".to_owned(), provided: Provided::Always };
        Done { step, outcome }
    }

    fn hooked(make: fn(GroupName, domain::InstanceId) -> Action) -> Action {
        make("web".parse().unwrap(), "i-0a1b2c3d".parse().unwrap())
    }

    #[test]
    fn what_was_done_to_a_host_is_told_with_how_long_it_was_waited_for() {
        let actions = [
            hooked(|group, instance| Action::LetIn { group, instance }),
            hooked(|group, instance| Action::Abandon { group, instance }),
            hooked(|group, instance| Action::LetGo { group, instance }),
            hooked(|group, instance| Action::MarkUnhealthy { group, instance }),
        ];
        let all: Vec<Done> = actions.into_iter().map(|it| done(it, Outcome::Done)).collect();
        let told = |host: &HostView, all: &[Done]| of_host(host, None, all, at(100));
        let waited: Vec<(&str, Option<u64>)> = told(&host(), &all)
            .iter_mut()
            .map(|told| (told.detail_type(), told.host_mut().and_then(|it| it.waited_seconds)))
            .collect();
        assert_eq!(
            waited,
            [
                ("Host Verified", Some(100)),
                ("Host Abandoned", Some(100)),
                ("Host Drained", Some(90)),
                ("Host Repaired", Some(80)),
            ]
        );
        assert_eq!(told(&HostView { cluster: None, ..host() }, &all), []);
        let so = hooked(|group, instance| Action::LetGo { group, instance });
        assert_eq!(told(&host(), &[done(so, Outcome::AlreadySo)]), []);
    }

    #[test]
    fn only_of_a_launch_that_was_given_up_it_is_told_why_it_did_not_join() {
        let finding = Finding {
            check: Check::UserData,
            verdict: Verdict::Blamed,
            evidence: String::new(),
            remedy: "set it".to_owned(),
        };
        let caused = |action: Action| {
            let mut all = of_host(&host(), None, &[done(action, Outcome::Done)], at(100));
            because_of(&mut all[0], Some(&finding));
            let told = all[0].host_mut().unwrap().clone();
            (told.cause, told.remedy)
        };
        let abandoned = caused(hooked(|group, instance| Action::Abandon { group, instance }));
        assert_eq!(abandoned, (Some("user-data".to_owned()), Some("set it".to_owned())));
        let let_in = caused(hooked(|group, instance| Action::LetIn { group, instance }));
        assert_eq!(let_in, (None, None));
    }

    fn group(mark: Option<&str>) -> GroupView {
        let mark = mark.map(|text| ("muster:breaker".to_owned(), text.to_owned()));
        GroupView {
            name: "web".parse().unwrap(),
            min: 0,
            max: 1,
            desired: 0,
            tags: mark.into_iter().collect(),
            suspended: Vec::new(),
            warm_pool: false,
            weighted: false,
            seats: BTreeMap::new(),
            hooks: None,
        }
    }

    #[test]
    fn a_breaker_is_told_with_its_reason_and_counts_when_it_opens_and_when_it_closes() {
        let cluster: ClusterName = "prod".parse().unwrap();
        let marked = |open| Action::MarkBreaker { group: "web".parse().unwrap(), open };
        let of = |action, outcome, mark| {
            of_breaker(&cluster, &group(mark), &[done(action, outcome)], at(0))
        };
        let open = |open| match of(marked(Some((at(0), open))), Outcome::Done, None) {
            Some(Told::BreakerOpened(told)) => (told.reason, told.failing, told.hosts),
            other => panic!("{other:?}"),
        };
        let of_open = [
            (Open::TooManyFailing { failing: 3, hosts: 10 }, (Is::TooManyFailing, 3, 10)),
            (Open::LostTogether { lost: 6, hosts: 10 }, (Is::CorrelatedLoss, 6, 10)),
            (Open::LaunchLoop { abandoned: 4 }, (Is::LaunchLoop, 4, 4)),
            (Open::BudgetSpent { taken: 2, budget: 5 }, (Is::BudgetSpent, 2, 5)),
        ];
        for (opened, told) in of_open {
            assert_eq!(open(opened), told);
        }
        let closed = of(marked(None), Outcome::Done, Some("2026-03-04T05:00:00Z launch-loop"));
        assert!(matches!(
            closed,
            Some(Told::BreakerClosed(BreakerTold { reason: Is::LaunchLoop, .. }))
        ));
        assert_eq!(of(marked(None), Outcome::AlreadySo, None), None);
    }

    struct Bus {
        on: bool,
        fails: bool,
        sent: RefCell<usize>,
    }

    impl Emit for Bus {
        async fn emit(&self, told: &[Told]) -> Result<(), Fault> {
            *self.sent.borrow_mut() += told.len();
            let fault = Fault::Throttled { call: "events:PutEvents".into() };
            if self.fails { Err(fault) } else { Ok(()) }
        }

        fn is_on(&self) -> bool {
            self.on
        }
    }

    #[test]
    fn what_is_told_or_could_not_be_is_on_record_and_nothing_is_sent_where_telling_is_off() {
        let all = [of_unreadable(&"prod".parse().unwrap(), at(0))];
        let told = |on, fails, all: &[Told]| {
            let (bus, mut record) = (Bus { on, fails, sent: RefCell::new(0) }, Record::default());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(tell(&bus, all, &mut record));
            (bus.sent.into_inner(), record.told, record.not_told.is_some())
        };
        assert_eq!(told(true, false, &all), (1, vec!["Breaker Opened"], false));
        assert_eq!(told(true, true, &all), (1, Vec::new(), true));
        assert_eq!(told(false, false, &all), (0, Vec::new(), false));
        assert_eq!(told(true, false, &[]), (0, Vec::new(), false));
    }
}
