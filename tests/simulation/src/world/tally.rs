//! What is counted in a world.

use std::collections::BTreeMap;

macro_rules! counts {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// Counts of what was injected and what came of it.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Tally {
            /// Faults injected, by class.
            pub faults: BTreeMap<&'static str, u64>,
            $($(#[doc = $doc])* pub $name: u64,)*
        }

        impl Tally {
            /// Each count with what it counts.
            #[must_use]
            pub fn lines(&self) -> Vec<(&'static str, u64)> {
                vec![$((concat!($($doc),*).trim(), self.$name)),*]
            }

            /// Adds another world's counts.
            pub fn add(&mut self, other: &Self) {
                for (class, count) in &other.faults {
                    *self.faults.entry(class).or_default() += count;
                }
                $(self.$name += other.$name;)*
            }
        }
    };
}

counts! {
    /// calls of AWS's API
    calls,
    /// invocations
    invocations,
    /// events that ended in the dead-letter queue
    dead_letters,
    /// launch hooks of ours that were answered or timed out
    launches,
    /// of these, timed out although the host could be judged in time
    launch_time_outs,
    /// terminate hooks of ours that were answered or timed out
    terminations,
    /// of these, timed out
    terminate_time_outs,
    /// of these, with nothing left that ran
    idle_time_outs,
    /// healthy hosts in service that were set DRAINING
    healthy_drained,
    /// live tasks that were cut off by a hook that was completed
    tasks_cut,
    /// ghosts left at the end
    ghosts,
    /// bytes of output that were searched for secrets
    searched,
    /// canaries in the secret fields of what the functions were handed
    canaries,
    /// of these, found in an output
    leaks,
}
