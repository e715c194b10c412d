//! What public drain functions would have been invoked and have called for the same end of a host: small models of their
//! published sources, for hosts whose drain takes so many seconds.
//!
//! * `InstanceDrainHook` of the AWS CDK (`aws-ecs/lib/drain-hook/lambda-source/index.py`): one invocation, which sleeps 10 s
//!   between two looks for as long as tasks are left. Lambda ends it after a quarter of an hour.
//! * aws-samples/ecs-cid-sample (`code/index.py`): looks once, and while tasks are left publishes its own message anew, so
//!   that SNS invokes it again at once; others that copied it sleep 5 s before that, which is taken here. Lambda's recursive
//!   loop detection stops it after some sixteen rounds, unless that is switched off.
//! * awslabs/ecs-cluster-manager (`lambda/ecs-lifecycle-hook-*.py`): reads the cluster in pages of ten to find the host,
//!   looks every 30 s, and when an invocation of 300 s has 40 s left, sends a heartbeat whose event in `CloudTrail` invokes
//!   it again. It waits for the launch too.

/// What a tool did for one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Polled {
    pub(super) name: &'static str,
    pub(super) invocations: u64,
    pub(super) calls: u64,
    /// For how long it is billed beside its calls: it sleeps.
    pub(super) sleeps: u64,
}

/// The host's life as a tool sees it, in seconds, and how many hosts its cluster has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) joins: u64,
    pub(super) drain: u64,
    pub(super) hosts: u64,
}

/// All of them.
pub(super) fn all(life: Life) -> [Polled; 3] {
    [cdk(life), cid(life), cluster_manager(life)]
}

fn cdk(life: Life) -> Polled {
    // The host and its tasks; a look that sets it DRAINING; then looks at host and tasks until none is left; the hook.
    let looks = life.drain.div_ceil(10);
    let calls = 2 + 2 + 2 * looks + 1;
    Polled { name: "CDK InstanceDrainHook", invocations: 1, calls, sleeps: life.drain }
}

fn cid(life: Life) -> Polled {
    let rounds = life.drain.div_ceil(5).max(1);
    // User data twice, the first page, and the cluster in pages of a hundred, each described; then the tasks.
    let look = 2 + 1 + 2 * life.hosts.div_ceil(100) + 1;
    // Set DRAINING once; subscriptions and the message each time but the last, which completes the hook.
    let calls = rounds * look + 1 + 2 * (rounds - 1) + 1;
    Polled { name: "ecs-cid-sample", invocations: rounds, calls, sleeps: life.drain }
}

fn cluster_manager(life: Life) -> Polled {
    let pages = 2 * life.hosts.div_ceil(10);
    // Before the host is seen to be connected, and before it is seen to be empty: one look each 30 s.
    let looks = |seconds: u64| seconds.div_ceil(30) + 1;
    let runs = |seconds: u64| seconds.div_euclid(260) + 1;
    let launch = runs(life.joins) + looks(life.joins) * pages + 1;
    // User data, the pages, the drain's two calls for each run; services and tasks of the cluster, listed and described.
    let drain = runs(life.drain) * (1 + pages + 2) + looks(life.drain) + 4 + 1;
    // A heartbeat, and the activities that tell how long it has been, at the end of each run but the last.
    let beats = 2 * (runs(life.joins) + runs(life.drain) - 2);
    Polled {
        name: "ecs-cluster-manager",
        invocations: runs(life.joins) + runs(life.drain),
        calls: launch + drain + beats,
        sleeps: life.joins + life.drain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sleeps_or_polls_pays_for_how_long_it_takes_and_who_reads_all_for_how_many_there_are() {
        let life = Life { joins: 60, drain: 120, hosts: 10 };
        let longer = Life { drain: 1_200, ..life };
        let larger = Life { hosts: 1_000, ..life };
        for (one, long) in all(life).iter().zip(all(longer)) {
            assert!(long.sleeps > one.sleeps && long.calls > one.calls, "{}", one.name);
        }
        assert_eq!(cdk(larger).calls, cdk(life).calls, "it filters");
        assert!(cid(larger).calls > 3 * cid(life).calls);
        assert!(cluster_manager(larger).calls > 20 * cluster_manager(life).calls);
        assert_eq!((cdk(longer).invocations, cid(longer).invocations), (1, 240));
    }

    #[test]
    fn the_hooks_fewest_calls_are_those_of_a_host_that_is_empty() {
        // Host, tasks, look, drain, hook; and the look that sees it empty.
        assert_eq!(cdk(Life { joins: 0, drain: 1, hosts: 1 }).calls, 7);
    }
}
