//! Flaws that show only if an invocation dies, planted to see that a crash finds them.

use crate::checks::{host_of, registration_of};
use crate::hand::Hand;
use domain::{Action, Fault};

/// What is wrong with the functions on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A host is drained first and marked as drained by us afterwards.
    MarksAfterwards,
    /// Whoever writes about a host claims it first, and only the claimer's own end gives it free.
    ClaimsForEver,
}

impl Flaw {
    /// All of them, each with what is wrong and a scene in which it shows.
    pub const ALL: [(Self, &'static str, &'static str); 2] = [
        (
            Self::MarksAfterwards,
            "a mark is written after what it announces, and not before",
            "EC2 calls a retirement off",
        ),
        (
            Self::ClaimsForEver,
            "a host is locked while somebody works on it, and a dead process unlocks nothing",
            "a host without tasks leaves",
        ),
    ];
}

impl Hand {
    /// What a flaw makes of an action, if it makes anything of it.
    pub(crate) async fn flawed(&self, action: &Action) -> Option<Result<(), Fault>> {
        match self.with(|state| state.flaw)? {
            Flaw::MarksAfterwards => self.marks_afterwards(action).await,
            Flaw::ClaimsForEver => self.claims(action),
        }
    }

    async fn marks_afterwards(&self, action: &Action) -> Option<Result<(), Fault>> {
        match action {
            Action::MarkDraining { empty: None, registration, .. } => {
                let stands = self.with(|state| {
                    let one = registration_of(state, registration)?;
                    Some(state.registrations[one].told.get().status == "ACTIVE")
                });
                if stands != Some(true) {
                    return None;
                }
                self.kept.replace(Some(action.clone()));
                Some(Ok(()))
            }
            Action::Drain { .. } => {
                let drained = self.once(action).await;
                let kept = self.kept.take();
                Some(match (drained, kept) {
                    (Ok(()), Some(mark)) => self.once(&mark).await,
                    (drained, _) => drained,
                })
            }
            _ => None,
        }
    }

    fn claims(&self, action: &Action) -> Option<Result<(), Fault>> {
        let mine = self.with(|state| {
            let host = host_of(state, action)?;
            Some(*state.claims.entry(host).or_insert(self.invocation) == self.invocation)
        });
        let (call, told) = (action.call().to_owned(), "somebody works on it".to_owned());
        (mine == Some(false)).then_some(Err(Fault::Contended { call, told }))
    }
}
