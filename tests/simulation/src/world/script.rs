//! Faults that a scene asks for by the name of the call, instead of leaving them to the weather.

use super::State;
use domain::Fault;

/// Where on its way a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before it has an effect.
    Before,
    /// After it had its effect: the answer is lost.
    After,
    /// One entry of a batch, by itself.
    Inside,
    /// It never comes back: only the invocation's time-out ends it.
    Hangs,
}

/// One fault that is asked for.
#[derive(Clone, Debug)]
pub struct Scripted {
    /// The call, by its IAM name; empty for every call.
    pub call: &'static str,
    /// Where on its way.
    pub when: When,
    /// What comes back.
    pub fault: Fault,
    /// How many times.
    pub times: u32,
}

impl State {
    /// The fault that is asked for here and now, if any; it is used up.
    pub fn scripted(&mut self, call: &str, when: When) -> Option<Fault> {
        let fits = |one: &&mut Scripted| {
            one.when == when && one.times > 0 && (one.call.is_empty() || one.call == call)
        };
        let one = self.scripted.iter_mut().find(fits)?;
        one.times -= 1;
        Some(one.fault.clone())
    }
}
