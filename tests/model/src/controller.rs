//! The controller: the judgements that ship, asked of what a look shows, and their steps made small.

use crate::host::{Host, MOST, Why};
use crate::planted::{self, Bug};
use crate::rules;
use crate::state::{Act, Run, State, Step, Who};
use crate::tag::{Tag, Way, place_of};
use crate::time::{Watch, age_of, now};
use crate::view::{Close, Dark, Names, Sight, group_view, host_view, seen};
use domain::breaker::Crowd;
use domain::drain::{self, Occasion};
use domain::host::Lifecycle;
use domain::join::{self, Asker};
use domain::plan::{Provided, Verdict};
use domain::sweep::{self, Stand};
use domain::{Action, GroupView, HostView, Policy, Seen, forget, repair};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a judgement is asked of: it is pure, so that the same look is judged once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Sweep { hosts: [Host; MOST], tag: Tag, dark: Dark },
    Event { who: Who, place: usize, host: Host, dark: Dark },
    Again { who: Who, place: usize, host: Host, tag: Tag, dark: Dark, act: Act },
}

/// The controller.
pub struct Controller {
    names: Names,
    policy: Policy,
    bug: Option<Bug>,
    plans: Mutex<HashMap<Asked, Result<Option<Run>, &'static str>>>,
    again: Mutex<HashMap<Asked, bool>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Controller {
    /// A controller, with a bug planted in what it sees; `None` if the names that it uses are none.
    #[must_use]
    pub fn new(bug: Option<Bug>, lone: bool) -> Option<Self> {
        let policy = Policy {
            join_patience: Duration::from_secs(200),
            lost_patience: Duration::from_mins(5),
            // No history remembers an hour.
            abandons_an_hour: 5,
            repair_lone_host: lone,
            ..Policy::default()
        };
        let policy = bug.map_or(policy.clone(), |bug| bug.settings(policy));
        let (plans, again) = (Mutex::default(), Mutex::default());
        Some(Self { names: Names::new()?, policy, bug, plans, again })
    }

    /// The bug that is planted.
    pub(crate) const fn bug(&self) -> Option<Bug> {
        self.bug
    }

    /// Looks, and judges: what will be done, if anything.
    ///
    /// # Errors
    /// A judgement came to something that the model does not know.
    pub(crate) fn look(
        &self,
        state: &State,
        who: Who,
        place: usize,
        sight: Sight,
        dark: Dark,
    ) -> Result<Option<Run>, &'static str> {
        let (hosts, tag) = seen(state, sight);
        let asked = match who {
            Who::Sweep => Asked::Sweep { hosts, tag, dark },
            who => Asked::Event { who, place, host: hosts[place], dark },
        };
        let known = locked(&self.plans).get(&asked).copied();
        let plan = known.unwrap_or_else(|| {
            let plan = self.judged(&asked);
            locked(&self.plans).insert(asked, plan);
            plan
        })?;
        Ok(plan.map(|mut run| {
            for (place, job) in run.jobs.iter_mut().enumerate() {
                for step in job.iter_mut().flatten() {
                    step.just = rules::is_just(state, place, *step);
                }
            }
            run
        }))
    }

    fn judged(&self, asked: &Asked) -> Result<Option<Run>, &'static str> {
        let (who, mut jobs) = match *asked {
            Asked::Sweep { hosts, tag, dark } => (Who::Sweep, self.swept(hosts, tag, dark)),
            Asked::Event { who, place, host, dark }
            | Asked::Again { who, place, host, dark, .. } => {
                (who, vec![(place, self.event(who, place, host, dark))])
            }
        };
        let mut run = Run { who, jobs: [[None; 4]; MOST], choice: Tag::default() };
        for (place, verdict) in jobs.drain(..) {
            let mut slots = run.jobs[place].iter_mut();
            for step in &verdict.steps {
                if matches!(step.action, Action::Heartbeat { .. }) {
                    // A hook may time out at any time here, heartbeat or not.
                    continue;
                }
                if let Action::Choose { takings, .. } = &step.action {
                    run.choice = Tag::read(takings);
                }
                let act = small(&step.action).ok_or("an action that the model does not know")?;
                let again = step.provided == Provided::StillJudgedSo;
                let slot = slots.next().ok_or("more steps than the model has room for")?;
                *slot = Some(Step { act, again, just: true });
            }
        }
        Ok((!run.is_over()).then_some(run))
    }

    fn swept(&self, mut hosts: [Host; MOST], mut tag: Tag, dark: Dark) -> Vec<(usize, Verdict)> {
        let absent = self.bug == Some(Bug::UnreadableIsAbsent);
        if matches!(dark, Dark::Seat | Dark::Registrations) && !absent {
            return Vec::new();
        }
        planted::lie(self.bug, Who::Sweep, None, &mut hosts, &mut tag);
        let views: Vec<HostView> = there(&hosts)
            .map(|(place, one)| host_view(&self.names, place, one, Close::Bulk, dark, self.bug))
            .collect();
        let group = group_view(&self.names, &hosts, &tag);
        let groups = BTreeMap::from([(group.name.clone(), group)]);
        let plan = sweep::judge(&groups, &views, &self.policy, now());
        plan.hosts.into_iter().map(|(id, verdict)| (place_of(&id), verdict)).collect()
    }

    fn event(&self, who: Who, place: usize, host: Host, dark: Dark) -> Verdict {
        let (mut hosts, mut tag) = ([Host::default(); MOST], Tag::default());
        hosts[place] = host;
        planted::lie(self.bug, who, Some(place), &mut hosts, &mut tag);
        let close = Close::Event { troubles: who == Who::Warned };
        let view = host_view(&self.names, place, &hosts[place], close, dark, self.bug);
        let (policy, now) = (&self.policy, now());
        let verdict = match who {
            Who::Verifier if view.lifecycle() == Some(&Lifecycle::InService) => {
                repair::judge(&view, true, policy, now)
            }
            Who::Verifier => join::judge(&view, Asker::Event, policy, now),
            Who::Drainer | Who::Warned => drain::judge(&view, Occasion::Event, policy, now),
            Who::Deregisterer | Who::Sweep => forget::judge(&view, now),
        };
        sweep::but_for_the_sweep(verdict)
    }

    /// The second look, right before what cannot be undone.
    pub(crate) fn still(
        &self,
        state: &State,
        who: Who,
        place: usize,
        act: Act,
        sight: Sight,
        dark: Dark,
    ) -> bool {
        if self.bug == Some(Bug::NeverLooksAgain) {
            return true;
        }
        let (hosts, tag) = seen(state, sight);
        let asked = Asked::Again { who, place, host: hosts[place], tag, dark, act };
        if let Some(known) = locked(&self.again).get(&asked) {
            return *known;
        }
        let verdict = match who {
            Who::Sweep => self.swept_again(place, hosts, tag, dark),
            who => self.event(who, place, hosts[place], dark),
        };
        let still = large(&self.names, place, act)
            .is_some_and(|action| sweep::still_judged_so(&action, &verdict));
        locked(&self.again).insert(asked, still);
        still
    }

    /// The host and its group anew. The crowd is the one that the sweep saw: of a step that got here, one that is calm.
    fn swept_again(
        &self,
        place: usize,
        mut hosts: [Host; MOST],
        mut tag: Tag,
        dark: Dark,
    ) -> Verdict {
        planted::lie(self.bug, Who::Sweep, None, &mut hosts, &mut tag);
        let host = &hosts[place];
        let view = host_view(&self.names, place, host, Close::Again, dark, self.bug);
        let group = group_view(&self.names, &hosts, &tag);
        let calm = Crowd { hosts: 2, in_service: 2, ..Crowd::default() };
        let stand = Stand {
            groups: BTreeMap::from([(group.name.clone(), calm)]),
            cluster: calm,
            policies: BTreeMap::from([(group.name.clone(), self.policy.clone())]),
            ..Stand::default()
        };
        let seated = matches!(&view.seat, Seen::Known(Some(_)));
        let group: Option<&GroupView> = seated.then_some(&group);
        sweep::judge_host(&view, group, &stand, now())
    }
}

/// The places that hold a host which a sweep comes across.
fn there(hosts: &[Host; MOST]) -> impl Iterator<Item = (usize, &Host)> {
    hosts.iter().enumerate().filter(|(_, one)| one.seat.life != crate::host::Life::Free)
}

/// An action, small; `None` for one that these judgements cannot come to here.
fn small(action: &Action) -> Option<Act> {
    Some(match action {
        Action::LetIn { .. } => Act::LetIn,
        Action::Abandon { .. } => Act::Abandon,
        Action::LetGo { .. } => Act::LetGo,
        Action::MarkDraining { since, why, empty, .. } => {
            Act::MarkDraining(Why::of(*why), age_of(*since) > 3, empty.map(|at| age_of(at).min(1)))
        }
        Action::ForgetDraining { .. } => Act::ForgetDraining,
        Action::Drain { .. } => Act::Drain,
        Action::Activate { .. } => Act::Activate,
        Action::Deregister { force: true, .. } => Act::Deregister,
        Action::MarkAgentLost { lost, .. } => Act::MarkLost(Watch::of(*lost)),
        Action::ForgetAgentLost { .. } => Act::ForgetLost,
        Action::MarkNotFound { missing, .. } => Act::MarkMissing(Watch::of(*missing)),
        Action::ForgetNotFound { .. } => Act::ForgetMissing,
        Action::MarkUnhealthy { .. } => Act::MarkUnhealthy,
        Action::Choose { instance, takings, .. } => {
            let ours = takings.iter().rfind(|one| one.instance == *instance)?;
            let way =
                if ours.way == domain::taking::Way::Launch { Way::Launch } else { Way::Service };
            Act::Choose(way)
        }
        _ => return None,
    })
}

/// What is done only after a second look, as the judgements name it.
fn large(names: &Names, place: usize, act: Act) -> Option<Action> {
    let (group, cluster) = (names.group.clone(), names.cluster.clone());
    let (instance, registration) = (crate::tag::name(place), names.arns[place].clone());
    Some(match act {
        Act::Abandon => Action::Abandon { group, instance },
        Act::LetGo => Action::LetGo { group, instance },
        Act::Activate => Action::Activate { cluster, registration },
        Act::Drain => Action::Drain { cluster, registration },
        Act::ForgetDraining => Action::ForgetDraining { cluster, registration },
        Act::Deregister => Action::Deregister { cluster, registration, force: true },
        Act::MarkUnhealthy => Action::MarkUnhealthy { group, instance },
        _ => return None,
    })
}
