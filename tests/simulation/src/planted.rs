//! Bugs on purpose: each blinds, deafens or twists a controller's hand in the way in which code that lacks one rule is
//! blind. The code that ships is not touched: what it sees, is told or does is.

use crate::hand::Hand;
use crate::weather::Function;
use domain::capacity::{SPARE_TAG, Spare};
use domain::host::{Lifecycle, MachineState, Registration, RegistrationStatus, Seat};
use domain::marks::{Leaving, Watched};
use domain::taking::{self, Taking, Way};
use domain::{GroupView, InstanceId, Policy};
use jiff::SignedDuration;
use ports::{Described, Instance};
use std::time::Duration;

macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// A bug that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug { $($(#[doc = $doc])* $name,)* }

        impl Bug {
            /// Their names, in the order of [`Self::ALL`].
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];
            /// All of them, each with what is wrong.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, concat!($($doc),*)),)*];
        }
    };
}

bugs! {
    /// the deregisterer believes the event and does not ask EC2
    StrikesOffWithoutAsking,
    /// a stopped machine is taken for a terminated one
    StoppedIsTerminated,
    /// a machine that EC2 does not find is struck off at the first look
    NotFoundOnce,
    /// a terminating host is let go without waiting for its tasks
    GoesWithoutDraining,
    /// tasks that were told to stop are not counted
    IgnoresStoppingTasks,
    /// only the first page of a listing is read
    OnlyTheFirstPage,
    /// what failures[] leaves out of a description is taken for absent
    IgnoresFailures,
    /// what cannot be read is taken for absent
    UnreadableIsAbsent,
    /// registered is taken for connected
    RegisteredIsConnected,
    /// a registration in any cluster will do
    AnyClusterWillDo,
    /// a launch is given up after half a minute
    AbandonsEarly,
    /// a disruption needs no second look
    NoSecondLook,
    /// each host is judged by itself, without the crowd
    NoBreaker,
    /// what was taken in the last quarter of an hour is forgotten
    NoWindow,
    /// an agent's time runs on while nobody looks
    NobodyWatches,
    /// an agent is given up after half a minute
    GivesUpEarly,
    /// a host is drained on any terminate event
    DrainsOnAnyEvent,
    /// a Spot warning is believed without EC2's own mark
    BelievesSpotEvents,
    /// an old event is acted on
    ActsOnOldEvents,
    /// a drain of a person is lifted
    LiftsOthersDrains,
    /// our own drain is never lifted
    NeverLifts,
    /// a terminate hook is completed with ABANDON
    AbandonsTerminations,
    /// another's hook is completed
    CompletesForeignHooks,
    /// heartbeats never end
    HeartbeatsForEver,
    /// groups without our tag are touched
    TouchesForeignGroups,
    /// a host in standby is repaired
    RepairsStandby,
    /// a host that is protected with tasks is repaired
    IgnoresProtection,
    /// a call is repeated until it works
    RetriesWithoutEnd,
    /// there is no reconciler
    NoReconciler,
    /// what was read in an earlier invocation is used again
    RemembersReads,
    /// the record tells the event as it came
    RecordsTheEvent,
    /// ghosts are not looked for
    IgnoresGhosts,
    /// a standalone task is taken for a service's, which starts again elsewhere
    MovesStandalone,
    /// that tasks were moved lately is forgotten
    ForgetsMoves,
    /// a group is sized below its Min and above its Max
    IgnoresBounds,
    /// a size is set that a person changed meanwhile
    UndoesPeople,
}

impl Bug {
    /// What this bug does to the settings.
    #[must_use]
    pub fn settings(self, mut policy: Policy) -> Policy {
        match self {
            Self::AbandonsEarly => policy.join_patience = Duration::from_secs(30),
            Self::GivesUpEarly => policy.lost_patience = Duration::from_secs(30),
            Self::HeartbeatsForEver => policy.drain_patience = Duration::from_hours(40),
            _ => {}
        }
        policy
    }

    /// The tag that would stand in the way of [`Bug::settings`].
    const fn tag(self) -> Option<&'static str> {
        match self {
            Self::AbandonsEarly => Some("muster:join-patience-seconds"),
            Self::GivesUpEarly => Some("muster:lost-patience-seconds"),
            Self::HeartbeatsForEver => Some("muster:drain-patience-seconds"),
            _ => None,
        }
    }
}

impl Hand {
    pub(crate) fn lie_of_seat(&self, seat: Option<Seat>) -> Option<Seat> {
        let mut seat = seat?;
        if self.has(Bug::DrainsOnAnyEvent) && self.function == Function::Drainer {
            seat.lifecycle = Lifecycle::TerminatingWait;
        }
        self.lie_of_any_seat(&mut seat);
        Some(seat)
    }

    fn lie_of_any_seat(&self, seat: &mut Seat) {
        if self.has(Bug::RepairsStandby) && seat.lifecycle.as_str() == "Standby" {
            seat.lifecycle = Lifecycle::InService;
        }
        if self.has(Bug::IgnoresProtection) {
            seat.protected = false;
        }
    }

    pub(crate) fn lie_of_group(&self, mut group: GroupView) -> GroupView {
        for seat in group.seats.values_mut() {
            self.lie_of_any_seat(seat);
        }
        if self.has(Bug::TouchesForeignGroups) {
            let cluster = self.with(|state| {
                let one = state.groups.iter().find(|one| one.name == group.name)?;
                Some(state.clusters[one.cluster].name.to_string())
            });
            group.tags.extend(cluster.map(|cluster| ("muster:cluster".to_owned(), cluster)));
        }
        if self.function == Function::Adjuster {
            self.lie_of_size(&mut group);
        }
        if let Some(tag) = self.bug.and_then(Bug::tag) {
            group.tags.remove(tag);
        }
        if self.has(Bug::NoWindow) {
            // What is done is done, and not thought of again.
            let now = self.with(|state| state.timestamp());
            let standing: Vec<Taking> =
                group.takings().into_iter().filter(|one| one.stands(now)).collect();
            group.tags.insert(taking::TAG.to_owned(), taking::write(&standing));
        }
        if self.has(Bug::NoSecondLook) {
            // As if every host had been chosen two minutes ago.
            let at = self.with(|state| state.timestamp()) - SignedDuration::from_mins(2);
            let all: Vec<Taking> = group
                .seats
                .keys()
                .map(|id| Taking { at, instance: id.clone(), way: Way::Service })
                .collect();
            group.tags.insert(taking::TAG.to_owned(), taking::write(&all));
        }
        group
    }

    fn lie_of_size(&self, group: &mut GroupView) {
        if self.has(Bug::ForgetsMoves)
            && let Some(text) = group.tags.get_mut(SPARE_TAG)
        {
            *text = Spare { moved: None, ..Spare::read(text) }.write().unwrap_or_default();
        }
        if self.has(Bug::IgnoresBounds) {
            (group.min, group.max) = (0, 1_000);
        }
        if self.has(Bug::UndoesPeople) {
            group.desired = group.desired.saturating_sub(2).max(1);
        }
    }

    pub(crate) fn lie_of_instances(
        &self,
        ids: &[InstanceId],
        mut found: Vec<(InstanceId, Instance)>,
    ) -> Vec<(InstanceId, Instance)> {
        let believes =
            self.has(Bug::StrikesOffWithoutAsking) && self.function == Function::Deregisterer;
        for (_, one) in &mut found {
            let stopped = one.machine.state == MachineState::Stopped;
            if believes || (self.has(Bug::StoppedIsTerminated) && stopped) {
                one.machine.state = MachineState::Terminated;
            }
        }
        if self.has(Bug::IgnoresGhosts) {
            for (_, one) in &mut found {
                if one.machine.state == MachineState::Terminated {
                    one.machine.state = MachineState::ShuttingDown;
                }
            }
        }
        let _ = ids;
        found
    }

    pub(crate) fn lie_of_registrations(
        &self,
        mut described: Described<Option<Registration>>,
        asked: usize,
    ) -> Described<Option<Registration>> {
        let now = self.with(|state| state.timestamp());
        let drained_long_ago = now - SignedDuration::from_mins(20);
        for one in described.found.iter_mut().flatten() {
            if self.has(Bug::RegisteredIsConnected) && self.function == Function::Verifier {
                one.agent_connected = true;
            }
            if self.has(Bug::StrikesOffWithoutAsking) && self.function == Function::Deregisterer {
                one.agent_connected = false;
            }
            if self.has(Bug::NotFoundOnce) {
                let (since, seen) = (drained_long_ago, now);
                one.marks.not_found = Some(Watched { since, seen });
            }
            if self.has(Bug::LiftsOthersDrains) && one.status == RegistrationStatus::Draining {
                one.marks.draining = one.marks.draining.or(Some((drained_long_ago, Leaving::Spot)));
            }
            if self.has(Bug::NeverLifts) {
                one.marks.draining = one.marks.draining.map(|(_, why)| (now, why));
            }
            if let (true, Some(lost)) = (self.has(Bug::NobodyWatches), one.marks.agent_lost) {
                one.marks.agent_lost = Some(Watched { seen: now, ..lost });
            }
            if self.has(Bug::GoesWithoutDraining) {
                (one.running, one.pending) = (0, 0);
            }
        }
        if self.has(Bug::NoBreaker) {
            // One is seen in trouble, and the others are not looked at.
            let lost = described.found.iter_mut().flatten().filter(|one| !one.agent_connected);
            lost.skip(1).for_each(|one| one.agent_connected = true);
        }
        if self.has(Bug::IgnoresFailures) {
            described.failures.clear();
            described.found.resize(asked, None);
        }
        described
    }

    pub(crate) fn lie_of_task_arns(&self, items: Vec<String>, told_to_stop: bool) -> Vec<String> {
        let blind = self.has(Bug::GoesWithoutDraining)
            || (self.has(Bug::IgnoresStoppingTasks) && told_to_stop);
        if blind { Vec::new() } else { items }
    }
}
