//! CloudFormation's envelope around a custom resource: the request, the answer, and the way back.

mod address;
mod answer;
mod request;
mod serve;

pub use address::{BadAddress, ResponseUrl};
pub use answer::Reply;
pub use request::{Kind, Request};
pub use serve::{NotYet, Resource, respond, run};
