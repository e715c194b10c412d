//! What can go wrong with a call, and what that means for us. Sorted in one place.

use serde::Serialize;

/// What a fault means for the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is already so, or the thing is gone: done.
    Moot,
    /// It may work later.
    Again,
    /// It cannot work; a person must change something.
    Never,
}

/// A call that did not do what was asked.
///
/// `call` is the IAM action's name, for example `ecs:DescribeContainerInstances`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The thing was already as asked, or is gone.
    #[error("{call}: already so: {told}")]
    AlreadySo {
        /// The call.
        call: String,
        /// What AWS said.
        told: String,
    },
    /// AWS asked us to slow down.
    #[error("{call} was throttled")]
    Throttled {
        /// The call.
        call: String,
    },
    /// Nothing came back in time, or it came back broken; whether it was done is not known.
    #[error("{call} got no usable answer: {told}")]
    NoAnswer {
        /// The call.
        call: String,
        /// What happened on the wire.
        told: String,
    },
    /// Something else was changing the same thing.
    #[error("{call} met another change: {told}")]
    Contended {
        /// The call.
        call: String,
        /// What AWS said.
        told: String,
    },
    /// The answer left something out: `failures[]`, a missing page, a field that must be there.
    #[error("{call} answered in part: {told}")]
    Partial {
        /// The call.
        call: String,
        /// What was missing.
        told: String,
    },
    /// An error code that we do not know. Never a reason to act.
    #[error("{call} answered with an unknown error {code}: {told}")]
    Unknown {
        /// The call.
        call: String,
        /// AWS's code.
        code: String,
        /// What AWS said.
        told: String,
    },
    /// The role does not allow the call.
    #[error("{call} is not allowed: {told}")]
    Forbidden {
        /// The call.
        call: String,
        /// What AWS said.
        told: String,
    },
    /// AWS understood and says no.
    #[error("{call} is refused ({code}): {told}")]
    Refused {
        /// The call.
        call: String,
        /// AWS's code.
        code: String,
        /// What AWS said.
        told: String,
    },
    /// The thing asked about does not exist.
    #[error("{call}: not found: {told}")]
    NotFound {
        /// The call.
        call: String,
        /// What AWS said.
        told: String,
    },
    /// The time of this invocation is used up before the call was made.
    #[error("no time was left for {call}")]
    OutOfTime {
        /// The call.
        call: String,
    },
}

impl Fault {
    /// What this fault means for the work.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        match self {
            Self::AlreadySo { .. } => Standing::Moot,
            Self::Throttled { .. }
            | Self::NoAnswer { .. }
            | Self::Contended { .. }
            | Self::Partial { .. }
            | Self::Unknown { .. }
            | Self::OutOfTime { .. } => Standing::Again,
            Self::Forbidden { .. } | Self::Refused { .. } | Self::NotFound { .. } => {
                Standing::Never
            }
        }
    }

    /// The word for records and metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::AlreadySo { .. } => "already-so",
            Self::Throttled { .. } => "throttled",
            Self::NoAnswer { .. } => "no-answer",
            Self::Contended { .. } => "contended",
            Self::Partial { .. } => "partial",
            Self::Unknown { .. } => "unknown-error",
            Self::Forbidden { .. } => "forbidden",
            Self::Refused { .. } => "refused",
            Self::NotFound { .. } => "not-found",
            Self::OutOfTime { .. } => "out-of-time",
        }
    }

    /// The call that met it.
    #[must_use]
    pub fn call(&self) -> &str {
        match self {
            Self::AlreadySo { call, .. }
            | Self::Throttled { call }
            | Self::NoAnswer { call, .. }
            | Self::Contended { call, .. }
            | Self::Partial { call, .. }
            | Self::Unknown { call, .. }
            | Self::Forbidden { call, .. }
            | Self::Refused { call, .. }
            | Self::NotFound { call, .. }
            | Self::OutOfTime { call } => call,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_word_for_metrics_and_names_its_call() {
        let (call, told, code) = (|| "ecs:X".to_owned(), || "no".to_owned(), || "Odd".to_owned());
        for (fault, label, standing) in [
            (Fault::Throttled { call: call() }, "throttled", Standing::Again),
            (Fault::OutOfTime { call: call() }, "out-of-time", Standing::Again),
            (
                Fault::Unknown { call: call(), code: code(), told: told() },
                "unknown-error",
                Standing::Again,
            ),
            (Fault::Forbidden { call: call(), told: told() }, "forbidden", Standing::Never),
            (
                Fault::Refused { call: call(), code: code(), told: told() },
                "refused",
                Standing::Never,
            ),
            (Fault::NotFound { call: call(), told: told() }, "not-found", Standing::Never),
        ] {
            assert_eq!((fault.label(), fault.call(), fault.standing()), (label, "ecs:X", standing));
        }
    }
}
