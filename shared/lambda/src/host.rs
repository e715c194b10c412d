//! The pass of the functions that answer for one host: look, judge, act, look again where it matters.

use crate::clock;
use crate::envelope::Event;
use crate::record::{Decision, Record};
use crate::telling;
use crate::traces;
use domain::plan::Verdict;
use domain::sweep::{FRESH, but_for_the_sweep};
use domain::{GroupView, HostView, InstanceId, Policy};
use jiff::Timestamp;
use ports::{Act, Done, Emit, Reads, Sighting, look, perform_all};

/// What a judgement is given: the host, its group, the policy that holds for it, AWS's time.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The host.
    pub host: &'a HostView,
    /// Its group.
    pub group: Option<&'a GroupView>,
    /// The settings, with the group's overrides.
    pub policy: &'a Policy,
    /// AWS's time.
    pub now: Timestamp,
}

/// A host to look at, and how closely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The host.
    pub instance: InstanceId,
    /// Whether EC2 is asked too if it takes the machine back or has plans for it.
    pub troubles: bool,
}

/// Looks at one host, judges it, performs what the verdict names, and tells it all in the record.
///
/// What takes a host away is left to the sweep: an event about one host does not see the crowd.
pub async fn pass<W: Reads + Act + Emit>(
    world: &W,
    settings: &Policy,
    subject: Subject,
    event: &Event,
    record: &mut Record,
    judge: impl Fn(&Case<'_>) -> Verdict,
) {
    let Subject { instance, troubles } = subject;
    let sighting = look::host(world, &instance, troubles, None).await;
    let now = world.now();
    let verdict = judged(&sighting, settings, now, &judge);

    record.at = Some(now);
    record.cluster.clone_from(&sighting.host.cluster);
    record.group = sighting.group.as_ref().map(|group| group.name.clone());
    record.host = Some(instance.clone());

    // Keeps S23: an old event causes reads only. The clock's tick will do what is due.
    if event.is_stale(now) && !verdict.steps.is_empty() {
        record.judged(&verdict, Vec::new());
        record.decision = Decision::ReadsOnly;
        return;
    }
    let fresh = || world.now().duration_since(now) <= FRESH;
    let jobs = vec![((), verdict.steps.clone())];
    let done = perform_all(jobs, world, fresh, async |(), action| {
        let again = look::host(world, &instance, troubles, None).await;
        let fresh = judged(&again, settings, world.now(), &judge);
        domain::sweep::still_judged_so(action, &fresh)
    });
    let done: Vec<Done> = done.await.into_iter().flat_map(|((), done)| done).collect();
    let told = telling::of_host(&sighting.host, record.group.as_ref(), &done, world.now());
    record.judged(&verdict, done);
    telling::tell(world, &told, record).await;
}

fn judged(
    sighting: &Sighting,
    settings: &Policy,
    now: Timestamp,
    judge: impl Fn(&Case<'_>) -> Verdict,
) -> Verdict {
    let group = sighting.group.as_ref();
    let (policy, complaints) = match group {
        Some(group) => settings.overridden_by(&group.tags),
        None => (settings.clone(), Vec::new()),
    };
    for complaint in complaints {
        tracing::warn!(%complaint, "a tag of the group is left out");
    }
    but_for_the_sweep(judge(&Case { host: &sighting.host, group, policy: &policy, now }))
}

/// Reads the settings from the environment.
///
/// # Errors
/// Every complaint at once, in one text.
pub fn settings() -> Result<Policy, lambda_runtime::Error> {
    Policy::read(|name| std::env::var(name).ok()).map_err(|complaints| {
        let told: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        told.join("; ").into()
    })
}

/// Logs as Lambda's logging configuration says; and traces, if a collector is named.
pub fn begin_logging() {
    if !traces::begin() {
        lambda_runtime::tracing::init_default_subscriber();
    }
    tracing::debug!(at = %clock::now(), "started");
}
