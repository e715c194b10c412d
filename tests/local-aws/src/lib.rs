//! A model of the AWS that Muster lives in.
//!
//! One state machine ([`world::World`]) with a clock that is handed to it, and doors on it: the AWS wire
//! protocols, the Lambda Runtime API, EventBridge rules and CloudFormation's half of a custom resource.
//! [`LocalAws`] opens them all on loopback.

mod base64;
pub mod cloudformation;
pub mod engine;
mod happening;
mod lambda;
mod permissions;
pub mod rules;
pub mod template;
#[cfg(test)]
mod testing;
mod wire;
pub mod world;

pub use cloudformation::{CloudFormationError, Stack, StackError, TemplateStack};
pub use engine::{LocalAws, NotInTime, Pace, Setup, StartError, Weather};
pub use happening::Happening;
pub use lambda::{Invocation, InvokeError, environment};
pub use permissions::{Grant, Permissions};
pub use template::{Template, TemplateError};
pub use wire::Counter;
