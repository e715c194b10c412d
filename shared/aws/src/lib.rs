//! The only room that knows the AWS SDK. It translates; an `if` about *whether* does not belong here.

mod answer;
mod clock;
mod config;
mod faults;
mod http;
mod limits;
mod session;
#[cfg(test)]
#[cfg(feature = "hosts")]
mod testing;

#[cfg(feature = "hosts")]
mod act;
#[cfg(feature = "hosts")]
mod emit;
#[cfg(all(feature = "hosts", feature = "iam"))]
mod examine;
#[cfg(feature = "person")]
mod person;
#[cfg(feature = "hosts")]
mod reads;
#[cfg(feature = "iam")]
mod roles;
#[cfg(feature = "cloudformation")]
mod stacks;
#[cfg(feature = "wire")]
mod wire;

pub use config::{Aws, BadSetting, BadSettings};
#[cfg(feature = "person")]
pub use person::{Logbook, NotReached};
#[cfg(feature = "wire")]
pub use wire::Wire;
