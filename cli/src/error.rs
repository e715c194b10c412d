//! What can go wrong with a command.

use crate::account::Unsuitable;
use crate::explain::NoStory;
use aws::NotReached;
use domain::Fault;
use domain::policy::Complaint;
use local_aws::{CloudFormationError, InvokeError, NotInTime, StartError, TemplateError};
use std::path::PathBuf;

/// A command that did not come to a good end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path} has no template.yaml: give the project's folder with --root")]
    NoProject { path: PathBuf },
    #[error("{path}: {told}")]
    File { path: PathBuf, told: String },
    #[error("{path}: {fault}")]
    Template { path: PathBuf, fault: TemplateError },
    #[error("the functions could not be built: {0}")]
    Build(String),
    #[error("the local AWS cannot start: {0}")]
    Start(#[from] StartError),
    #[error("step {number} ({title}) does not hold: {told}")]
    Step { number: usize, title: &'static str, told: String },
    #[error("{0}")]
    Invoke(#[from] InvokeError),
    #[error("{0} of {1} files came to no decision")]
    Undecided(usize, usize),
    #[error(transparent)]
    NotReached(#[from] NotReached),
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error(transparent)]
    NoStory(#[from] NoStory),
    #[error(transparent)]
    Unsuitable(#[from] Unsuitable),
    #[error("{}", every(.0))]
    Settings(Vec<Complaint>),
    #[error("{0} actions failed")]
    Failed(usize),
    #[error("{0} hosts are not empty after {1} minutes")]
    NotEmpty(usize, u32),
    #[error("{0} of {1} are not well")]
    Unwell(usize, usize),
    #[error("of {0} of {1} it could not be told whether they are well")]
    Unread(usize, usize),
    #[error("{0}")]
    Setting(String),
    #[error("nothing was done: say --yes, or answer yes on a terminal")]
    NotAgreed,
}

impl Error {
    /// What scripts go by: 1 for a command that failed, 2 and 3 for a doctor that found, or could not tell, something.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Unwell(..) => 2,
            Self::Unread(..) => 3,
            _ => 1,
        }
    }
}

/// Why a step of the story does not hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{what} did not come {late}")]
    Late { what: String, late: NotInTime },
    #[error("{0}")]
    Wrong(String),
    #[error("{operation}: {fault}")]
    Call { operation: String, fault: local_aws::world::ApiError },
    #[error(transparent)]
    Stack(#[from] CloudFormationError),
}

fn every(complaints: &[Complaint]) -> String {
    let all: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    all.join("; ")
}
