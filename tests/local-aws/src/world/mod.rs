//! The state machine: what AWS knows, what it does by itself as time passes, and what it says about it.
//!
//! Nothing here asks a clock or a random source of the machine: time is handed in by
//! [`World::advance_to`], and every id comes from the seed. The same calls give the same world.

pub mod core;

use crate::world::core::{Core, Due};
use serde_json::Value;

/// The four services that are spoken to over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Amazon ECS, awsJson1.1.
    Ecs,
    /// Amazon EC2, the EC2 query protocol.
    Ec2,
    /// Amazon EC2 Auto Scaling, the query protocol.
    AutoScaling,
    /// IAM, the query protocol.
    Iam,
}

/// An AWS error as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} ({status}): {message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// The error code, for example `ClusterNotFoundException` or `ValidationError`.
    pub code: String,
    /// The text for people.
    pub message: String,
}

impl ApiError {
    /// An error that the caller caused (HTTP 400).
    #[must_use]
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// The same error with another HTTP status (IAM answers 404 and 409).
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// What an API call answers.
pub type Answer = Result<Value, ApiError>;

pub mod autoscaling;
pub mod ec2;
pub mod ecs;
pub mod iam;
pub(crate) mod input;
#[cfg(test)]
pub(crate) mod trial;

pub use core::Config;

/// All that AWS knows.
///
/// The services are plain values beside one another; what one does to another goes through this
/// struct, so that a reader finds every crossing in this file.
#[derive(Clone, Debug)]
pub struct World {
    /// Time, timers, seed, outbox.
    pub core: Core,
    /// EC2 instances.
    pub ec2: ec2::Ec2,
    /// Auto Scaling groups, hooks, activities.
    pub autoscaling: autoscaling::AutoScaling,
    /// Clusters, container instances, tasks, services.
    pub ecs: ecs::Ecs,
    /// Roles, policies, instance profiles.
    pub iam: iam::Iam,
}

impl World {
    /// An empty account at the time that `config` names.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            core: Core::new(config),
            ec2: ec2::Ec2::default(),
            autoscaling: autoscaling::AutoScaling::default(),
            ecs: ecs::Ecs::default(),
            iam: iam::Iam::default(),
        }
    }

    /// Performs one API call at the present time.
    ///
    /// The input is the request as a tree with the API's own member names (query protocols: every
    /// scalar is a string, every list an array); the answer likewise, with the names of the wire.
    ///
    /// # Errors
    /// The AWS error that the call would get, an unknown operation included.
    pub fn call(&mut self, service: Service, operation: &str, input: &Value) -> Answer {
        match service {
            Service::Ecs => ecs::call(self, operation, input),
            Service::Ec2 => ec2::call(self, operation, input),
            Service::AutoScaling => autoscaling::call(self, operation, input),
            Service::Iam => iam::call(self, operation, input),
        }
    }

    /// When AWS will next do something by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<jiff::Timestamp> {
        self.core.next_due()
    }

    /// Lets time pass: everything due until then happens, in order, each at its own time.
    pub fn advance_to(&mut self, until: jiff::Timestamp) {
        while let Some(due) = self.core.take_due(until) {
            match due {
                Due::Ec2(due) => ec2::happen(self, due),
                Due::AutoScaling(due) => autoscaling::happen(self, due),
                Due::Ecs(due) => ecs::happen(self, due),
            }
        }
        self.core.move_to(until);
    }
}
