//! What an invocation waits for: the methods of the ports, by AWS's call and what they make of it.

use domain::Action;

/// A method of a port, or another thing that an invocation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Method {
    /// AWS's call, or words.
    pub call: &'static str,
    /// Which one, where a call has several uses.
    pub what: &'static str,
}

impl From<&'static str> for Method {
    fn from(call: &'static str) -> Self {
        Self { call, what: "" }
    }
}

impl From<(&'static str, &'static str)> for Method {
    fn from((call, what): (&'static str, &'static str)) -> Self {
        Self { call, what }
    }
}

impl Method {
    /// The method that performs an action.
    #[must_use]
    pub const fn of(action: &Action) -> Self {
        let what = match action {
            Action::LetIn { .. } => "let in",
            Action::Abandon { .. } => "abandon",
            Action::LetGo { .. } => "let go",
            Action::MarkDraining { empty: Some(_), .. } => "empty",
            Action::MarkDraining { .. } | Action::ForgetDraining { .. } => "draining",
            Action::MarkAgentLost { .. } | Action::ForgetAgentLost { .. } => "agent lost",
            Action::MarkNotFound { .. } | Action::ForgetNotFound { .. } => "not found",
            Action::MarkProtected { .. } | Action::ForgetProtected { .. } => "protected",
            Action::Drain { .. } => "drain",
            Action::Activate { .. } => "activate",
            Action::Replace { .. } => "replace",
            Action::ScaleIn { .. } => "scale in",
            Action::MarkSpare { .. } => "spare",
            Action::MarkBreaker { .. } => "breaker",
            Action::Choose { .. } => "choose",
            Action::Protect { protected: true, .. } => "protect",
            Action::Protect { .. } => "release",
            Action::Heartbeat { .. }
            | Action::MarkUnhealthy { .. }
            | Action::Deregister { .. }
            | Action::StopTask { .. }
            | Action::Empty { .. }
            | Action::DetachProviders { .. }
            | Action::SetDesired { .. } => "",
        };
        Self { call: action.call(), what }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.call)?;
        if self.what.is_empty() { Ok(()) } else { write!(f, ", {}", self.what) }
    }
}
