//! Registrations and their tasks.

use super::complete::{Read, lacking, read_again};
use crate::{ECS_BATCH, Reads, SERVICES_BATCH, pages};
use domain::host::{Registration, RegistrationStatus, Seen, ServiceView, Tasks};
use domain::{ClusterName, Fault, InstanceId, drain};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = "ecs:ListContainerInstances";
const DESCRIBE: &str = "ecs:DescribeContainerInstances";
const LIST_TASKS: &str = "ecs:ListTasks";
const DESCRIBE_TASKS: &str = "ecs:DescribeTasks";
const SERVICES: &str = "ecs:DescribeServices";

/// The registrations of a cluster, of any status but INACTIVE; of one instance, if it is named. One that ECS
/// lists and cannot describe makes the look partial, not shorter.
///
/// # Errors
/// The first fault.
pub async fn registrations<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    of: Option<&InstanceId>,
) -> Result<Vec<Registration>, Fault> {
    let mut all = read_again(async || {
        let arns =
            pages::all(LIST, async |token| reads.registration_arns(cluster, of, token).await);
        described(reads, cluster, &arns.await?).await
    })
    .await?;
    // An endpoint that ignores the filter would hand us another host's registration.
    all.retain(|one| of.is_none_or(|of| one.instance == *of));
    Ok(all)
}

async fn described<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    arns: &[String],
) -> Result<Read<Registration>, Fault> {
    let mut all = Vec::new();
    for batch in arns.chunks(ECS_BATCH) {
        let answer = reads.registrations(cluster, batch).await?;
        if let Some(fault) = lacking(DESCRIBE, batch.len(), &answer) {
            return Ok(Read::Lacking(fault));
        }
        all.extend(answer.found.into_iter().flatten());
    }
    Ok(Read::Whole(all))
}

/// Adds the tasks to those registrations of which a judgement asks for them.
///
/// `ListTasks` shows by default only tasks that should run; one that was told to stop and is still inside its
/// stop time-out is in neither that list nor the counters, so both lists are read (ECS API reference, `ListTasks`,
/// `ContainerInstance.runningTasksCount`).
pub(super) async fn with_tasks<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    registrations: &mut [Registration],
    wanted: impl Fn(&Registration) -> bool,
) {
    let asked = |one: &Registration| one.status == RegistrationStatus::Draining || wanted(one);
    let turn = turn(registrations, asked, reads.now());
    for (at, one) in registrations.iter_mut().enumerate() {
        if turn.contains(&at) {
            one.tasks = Some(Seen::from(tasks(reads, cluster, one).await));
        }
    }
}

/// Of how many registrations the tasks are looked at in one pass: three calls each, and as many again before a host
/// is let go, must fit into an invocation's minute. Keeps S24.
const TASKS_AT_ONCE: usize = 64;

/// Whose turn it is when more registrations are drained than one pass can look at: first those that were seen empty
/// before, and of the others some in each minute, all in turn.
fn turn(
    registrations: &[Registration],
    asked: impl Fn(&Registration) -> bool,
    now: Timestamp,
) -> BTreeSet<usize> {
    let all = registrations.iter().enumerate().filter(|(_, one)| asked(one));
    let (empty, others): (Vec<_>, Vec<_>) = all.partition(|(_, one)| one.marks.empty.is_some());
    let room = TASKS_AT_ONCE.saturating_sub(empty.len());
    let turns = others.len().div_ceil(room.max(1)).max(1);
    let minute = usize::try_from(now.as_second() / 60).unwrap_or(0);
    let first = minute.checked_rem(turns).unwrap_or(0).saturating_mul(room);
    let empty = empty.into_iter().take(TASKS_AT_ONCE);
    empty.chain(others.into_iter().skip(first).take(room)).map(|(at, _)| at).collect()
}

async fn tasks<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    one: &Registration,
) -> Result<Tasks, Fault> {
    let all = read_again(async || {
        // In this order: a task that is told to stop between the two lists is in both, not in neither.
        let mut arns = Vec::new();
        for told_to_stop in [false, true] {
            let list = pages::all(LIST_TASKS, async |token| {
                reads.task_arns(cluster, &one.arn, told_to_stop, token).await
            });
            arns.extend(list.await?);
        }
        arns.sort_unstable();
        arns.dedup();

        let mut all = Vec::new();
        for batch in arns.chunks(ECS_BATCH) {
            let answer = reads.tasks(cluster, batch).await?;
            // Keeps S21: a task that is MISSING is not a task that has stopped.
            if let Some(fault) = lacking(DESCRIBE_TASKS, batch.len(), &answer) {
                return Ok(Read::Lacking(fault));
            }
            all.extend(answer.found);
        }
        Ok(Read::Whole(all))
    })
    .await?;
    let moved_at = all.iter().filter_map(|task| task.moved_at).max();
    let left = all.into_iter().map(|task| task.view).filter(|view| view.last_status != "STOPPED");
    Ok(Tasks { left: left.collect(), moved_at, services: Vec::new() })
}

/// Adds the services to the tasks of those drains that are slow, so that a judgement can say what holds them.
/// It only explains: what cannot be read is left out.
pub(super) async fn with_services<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    registrations: &mut [Registration],
    now: Timestamp,
) {
    let is_slow = |one: &Registration| {
        one.marks.draining.is_some_and(|(since, _)| now.duration_since(since) >= drain::SLOW)
    };
    let names = |one: &Registration| -> BTreeSet<String> {
        match &one.tasks {
            Some(Seen::Known(tasks)) => {
                tasks.left.iter().filter_map(|task| Some(task.service()?.to_owned())).collect()
            }
            Some(Seen::Unknown(_)) | None => BTreeSet::new(),
        }
    };
    let slow: BTreeSet<String> =
        registrations.iter().filter(|one| is_slow(one)).flat_map(names).collect();
    let found = services(reads, cluster, slow).await;
    for one in registrations.iter_mut().filter(|one| is_slow(one)) {
        let names = names(one);
        if let Some(Seen::Known(tasks)) = &mut one.tasks {
            tasks.services = names.iter().filter_map(|name| found.get(name)).cloned().collect();
        }
    }
}

/// Services by their names. They only explain: what cannot be read is left out.
pub async fn services<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    names: BTreeSet<String>,
) -> BTreeMap<String, ServiceView> {
    let names: Vec<String> = names.into_iter().collect();
    let mut found = BTreeMap::new();
    for batch in names.chunks(SERVICES_BATCH) {
        if let Ok(answer) = reads.services(cluster, batch).await {
            found.extend(answer.found.into_iter().map(|one| (one.name.clone(), one)));
        }
    }
    found
}

/// The call that [`with_services`] makes, for who grants it.
pub const WHY_SLOW: &str = SERVICES;
