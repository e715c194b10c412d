//! What a write does to the world.

use super::{Hand, Kind};
use crate::checks::{self, Reads};
use crate::crash::Method;
use crate::planted::Bug;
use crate::secrets;
use crate::town;
use crate::world::{self, Completed, HostNo, State, When};
use domain::capacity::SPARE_TAG;
use domain::marks::{AGENT_LOST, DRAINING, Marks, NOT_FOUND, PROTECTED};
use domain::names::{LAUNCH_HOOK, RegistrationArn, TERMINATE_HOOK};
use domain::{Action, Fault, GroupName, InstanceId, taking};
use ports::Act;

impl Act for Hand {
    async fn perform(&self, action: &Action) -> Result<(), Fault> {
        if let Some(come) = self.flawed(action).await {
            return come;
        }
        self.once(action).await
    }

    async fn perform_together(&self, actions: &[Action]) -> Vec<Result<(), Fault>> {
        let Some(first) = actions.first() else {
            return Vec::new();
        };
        let (call, asked) = (first.call(), Method::of(first));
        if let Err(fault) = self.sets_out(asked, Kind::Write).await {
            return vec![Err(fault); actions.len()];
        }
        let mut results = Vec::new();
        for action in actions {
            if let Some(fault) = self.with(|state| state.scripted(call, When::Inside)) {
                results.push(Err(fault));
                continue;
            }
            // One of a batch may fail by itself.
            let fails = self.with(|state| {
                let rate = state.swarm.partial_failure;
                state.fault("partial_failure", rate, 60_000)
            });
            if fails {
                results.push(Err(Fault::Partial { call: call.to_owned(), told: "MISSING".into() }));
            } else {
                results.push(self.effect(action));
            }
        }
        match self.comes_back(asked, Kind::Write).await {
            Ok(()) => results,
            Err(fault) => vec![Err(fault); actions.len()],
        }
    }
}

impl Hand {
    pub(crate) async fn once(&self, action: &Action) -> Result<(), Fault> {
        let asked = Method::of(action);
        self.sets_out(asked, Kind::Write).await?;
        let result = self.effect(action);
        self.comes_back(asked, Kind::Write).await?;
        result
    }

    /// The effect, in one instant: first the checks, then the change.
    fn effect(&self, action: &Action) -> Result<(), Fault> {
        let reads: Reads = self.reads.borrow().clone();
        let (event_at, bug) = (self.event_at, self.bug);
        self.with(|state| {
            state.invocations[self.invocation].touched += 1;
            secrets::search(state, "what is written", &format!("{action:?}"));
            checks::act(state, action, &reads, event_at);
            let done = apply(state, action, bug);
            town::acted(state, action, done);
            let key = action.call().len();
            state.tell(
                |_| {
                    format!(
                        "    {:?}: {action}: {}",
                        self.function,
                        if done { "done" } else { "already so" }
                    )
                },
                (30, u64::try_from(key).unwrap_or(0) + u64::from(done) * 100),
            );
            if done {
                Ok(())
            } else {
                let (call, told) = (action.call().to_owned(), "nothing to do".to_owned());
                Err(Fault::AlreadySo { call, told })
            }
        })
    }
}

fn host_of(state: &State, instance: &InstanceId) -> Option<HostNo> {
    state.host_no(instance)
}

fn registration_of(state: &State, arn: &RegistrationArn) -> Option<usize> {
    state.registration_no(arn.as_str())
}

/// Does it; `false` if it was so already.
fn apply(state: &mut State, action: &Action, bug: Option<Bug>) -> bool {
    match action {
        Action::LetIn { instance, .. } => completed(state, instance, LAUNCH_HOOK, true),
        Action::Abandon { instance, .. } => {
            let Some(host) = host_of(state, instance) else { return false };
            let done = world::complete(state, host, LAUNCH_HOOK, false);
            checks::abandoned(state, host, done);
            done == Completed::Effect
        }
        Action::LetGo { instance, .. } => {
            if bug == Some(Bug::AbandonsTerminations) {
                checks::broken(state, "S9", format!("{instance} is let go with ABANDON"));
            }
            if bug == Some(Bug::CompletesForeignHooks) {
                let hook = "ecs-managed-draining-termination-hook";
                checks::broken(state, "S11", format!("{hook} of {instance} is completed"));
            }
            completed(state, instance, TERMINATE_HOOK, true)
        }
        Action::Heartbeat { instance, hook, .. } => {
            let host = host_of(state, instance);
            host.is_some_and(|host| world::heartbeat(state, host, hook.name()) == Completed::Effect)
        }
        Action::MarkUnhealthy { instance, .. } => {
            host_of(state, instance).is_some_and(|host| world::mark_unhealthy(state, host))
        }
        Action::Replace { instance, .. } => {
            host_of(state, instance).is_some_and(|host| world::replace(state, host))
        }
        Action::Drain { registration, .. } => {
            registration_of(state, registration).is_some_and(|one| world::drain(state, one, true))
        }
        Action::Activate { registration, .. } => {
            registration_of(state, registration).is_some_and(|one| world::activate(state, one))
        }
        Action::Deregister { registration, .. } => {
            registration_of(state, registration).is_some_and(|one| world::deregister(state, one))
        }
        Action::StopTask { task, .. } => {
            let Some(task) = state.task_no(task) else { return false };
            world::stop_task(state, task);
            true
        }
        Action::MarkDraining { registration, since, why, empty, .. } => {
            marked(state, registration, DRAINING, Some(Marks::draining_value(*since, *why, *empty)))
        }
        Action::ForgetDraining { registration, .. } => marked(state, registration, DRAINING, None),
        Action::MarkAgentLost { registration, lost, .. } => {
            marked(state, registration, AGENT_LOST, Some(Marks::watched_value(*lost)))
        }
        Action::ForgetAgentLost { registration, .. } => {
            marked(state, registration, AGENT_LOST, None)
        }
        Action::MarkNotFound { registration, missing, .. } => {
            marked(state, registration, NOT_FOUND, Some(Marks::watched_value(*missing)))
        }
        Action::ForgetNotFound { registration, .. } => marked(state, registration, NOT_FOUND, None),
        Action::Choose { group, takings, .. } => {
            tagged(state, group, taking::TAG, Some(taking::write(takings)))
        }
        Action::MarkBreaker { group, open } => {
            let value = open.map(|(since, why)| format!("{since:.0} {}", why.word()));
            tagged(state, group, domain::group::BREAKER_TAG, value)
        }
        Action::Protect { instance, protected, .. } => {
            host_of(state, instance).is_some_and(|host| protect(state, host, *protected))
        }
        Action::Empty { group } => empty(state, group),
        Action::MarkProtected { registration, since, why, .. } => {
            marked(state, registration, PROTECTED, Some(Marks::protected_value(*since, *why)))
        }
        Action::ForgetProtected { registration, .. } => {
            marked(state, registration, PROTECTED, None)
        }
        Action::MarkSpare { group, spare } => tagged(state, group, SPARE_TAG, spare.write()),
        Action::ScaleIn { instance, .. } => {
            host_of(state, instance).is_some_and(|host| world::scale_in(state, host))
        }
        Action::SetDesired { group, to, .. } => world::set_desired(state, group, *to),
        Action::DetachProviders { .. } => false,
    }
}

fn protect(state: &mut State, host: HostNo, protected: bool) -> bool {
    let now = state.now;
    let one = &mut state.hosts[host].seat;
    let differs = one.get().protected != protected;
    one.change(now, |seat| seat.protected = protected);
    differs
}

fn empty(state: &mut State, group: &GroupName) -> bool {
    let found = state.groups.iter_mut().find(|one| one.name == *group);
    found.is_some_and(|one| {
        let before = (one.min, one.desired);
        (one.min, one.desired) = (0, 0);
        before != (0, 0)
    })
}

fn completed(state: &mut State, instance: &InstanceId, hook: &str, continues: bool) -> bool {
    let host = host_of(state, instance);
    host.is_some_and(|host| world::complete(state, host, hook, continues) == Completed::Effect)
}

fn marked(state: &mut State, arn: &RegistrationArn, name: &str, value: Option<String>) -> bool {
    let Some(one) = registration_of(state, arn) else {
        return false;
    };
    match value {
        Some(value) => world::mark(state, one, name, value),
        None => world::forget_mark(state, one, name),
    }
    true
}

fn tagged(state: &mut State, group: &GroupName, key: &str, value: Option<String>) -> bool {
    let now = state.now;
    let Some(one) = state.groups.iter_mut().find(|one| one.name == *group) else {
        return false;
    };
    one.tags.change(now, |tags| {
        match value {
            Some(value) => tags.insert(key.to_owned(), value),
            None => tags.remove(key),
        };
    });
    true
}
