//! What an action is about.

use crate::world::{HostNo, RegistrationNo, State};
use domain::Action;

/// The registration of an ARN.
pub(crate) fn registration_of(
    state: &State,
    arn: &domain::RegistrationArn,
) -> Option<RegistrationNo> {
    state.registration_no(arn.as_str())
}

/// The host that an action is about.
pub(crate) fn host_of(state: &State, action: &Action) -> Option<HostNo> {
    match action {
        Action::LetIn { instance, .. }
        | Action::Abandon { instance, .. }
        | Action::LetGo { instance, .. }
        | Action::Heartbeat { instance, .. }
        | Action::MarkUnhealthy { instance, .. }
        | Action::Choose { instance, .. }
        | Action::Protect { instance, .. }
        | Action::ScaleIn { instance, .. }
        | Action::Replace { instance, .. } => state.host_no(instance),
        Action::MarkDraining { registration, .. }
        | Action::ForgetDraining { registration, .. }
        | Action::Activate { registration, .. }
        | Action::Drain { registration, .. }
        | Action::Deregister { registration, .. }
        | Action::MarkAgentLost { registration, .. }
        | Action::MarkNotFound { registration, .. }
        | Action::ForgetNotFound { registration, .. }
        | Action::MarkProtected { registration, .. }
        | Action::ForgetProtected { registration, .. }
        | Action::ForgetAgentLost { registration, .. } => {
            registration_of(state, registration).map(|one| state.registrations[one].host)
        }
        Action::StopTask { task, .. } => {
            let task = state.task_no(task)?;
            Some(state.registrations[state.tasks[task].registration].host)
        }
        Action::MarkBreaker { .. }
        | Action::Empty { .. }
        | Action::DetachProviders { .. }
        | Action::MarkSpare { .. }
        | Action::SetDesired { .. } => None,
    }
}
