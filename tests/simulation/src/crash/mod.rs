//! A crash anywhere: scenes in which every await of every invocation is once the last one, before what it asks for is
//! sent and after it is done. What Lambda and the clock do next must make it good.

mod acts;
mod flaw;
mod method;
mod played;
mod scenes;
mod table;
mod truth;

pub use flaw::Flaw;
pub use method::Method;
pub use played::{Crashed, Options, Sum, UNPLAYED, all, planted};
pub use scenes::{SCENES, Scene};
pub use table::{methods, table};
pub use truth::truth;

use crate::weather::Function;

/// On which side of its effect an invocation dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What is asked for is not sent.
    Before,
    /// It is done, and nobody is told.
    After,
}

/// An await of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The invocation.
    pub invocation: usize,
    /// Which of its awaits.
    pub number: u32,
    /// The function.
    pub function: Function,
    /// What it waits for.
    pub method: Method,
    /// On which side of its effect.
    pub side: Side,
}
