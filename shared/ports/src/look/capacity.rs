//! What the work of a cluster needs, and what there is for it.

use super::complete::{Read, lacking, read_again};
use super::registrations;
use crate::gauge::{Definition, Gauge, Launch, Placed, Wish};
use crate::{ECS_BATCH, Reads, SERVICES_BATCH, pages};
use domain::capacity::{Before, Example, Host, Load, Missing, Outlook, Wants};
use domain::host::{Registration, RegistrationStatus, Room, Seen};
use domain::pack::{Amount, Job};
use domain::{ClusterName, Fault, GroupName, GroupView};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const SERVICES: &str = "ecs:DescribeServices";
const LIST_SERVICES: &str = "ecs:ListServices";
const TASKS: &str = "ecs:DescribeTasks";
const LIST_TASKS: &str = "ecs:ListTasks";
/// ECS's attribute for the type of an instance.
const TYPE: &str = "ecs.instance-type";
/// ECS's attribute of a host whose tasks share a trunk, and have interfaces beyond those that EC2 tells of.
const TRUNK: &str = "ecs.awsvpc-trunk-id";
/// A launch that failed longer ago tells nothing of now.
const LATELY: SignedDuration = SignedDuration::from_mins(10);

/// All of a cluster that capacity is judged by. `largest` asks for its largest task.
///
/// # Errors
/// The first fault: an outlook that is seen in part is none (keeps S17, S21). But that task protection cannot be read
/// only keeps hosts from leaving.
pub async fn capacity<W: Reads + Gauge>(
    world: &W,
    cluster: &ClusterName,
    largest: bool,
) -> Result<Outlook, Fault> {
    // Services before tasks: what ECS starts in between is then missing no more, and nothing is asked for twice.
    let wishes = wishes(world, cluster).await?;
    let placed = placed(world, cluster).await?;
    let hosts = registrations(world, cluster, None).await?;
    let services: BTreeMap<&str, &Wish> =
        wishes.iter().map(|wish| (wish.view.name.as_str(), wish)).collect();
    let (on_hosts, waiting): (Vec<&Placed>, Vec<&Placed>) =
        placed.iter().filter(|task| !task.fargate).partition(|task| task.on.is_some());

    let lacks: Vec<(&Wish, u32)> =
        wishes.iter().map(|wish| (wish, lack(wish, &on_hosts, &hosts))).collect();
    let standalone: Vec<&Placed> = waiting
        .into_iter()
        .filter(|task| !services.contains_key(service_of(task).unwrap_or_default()))
        .collect();
    let mut named: BTreeSet<&str> = on_hosts.iter().map(|it| it.definition.as_str()).collect();
    named.extend(standalone.iter().map(|task| task.definition.as_str()));
    named.extend(
        lacks
            .iter()
            .filter(|(wish, lack)| {
                *lack > 0 || (wish.daemon && wish.active) || largest && wish.on_hosts
            })
            .filter_map(|(wish, _)| wish.definition.as_deref()),
    );
    let definitions = definitions(world, named).await?;
    let groups = groups_of(world, &wishes, &standalone).await?;

    let daemon = |wish: &&Wish| wish.daemon && wish.active && wish.on_hosts;
    let job = |wish: &Wish| {
        wish.definition.as_ref().and_then(|name| definitions.get(name)).map(|it| it.job.clone())
    };
    let daemons = wishes.iter().filter(daemon).filter_map(job).collect();
    let mut missing = Vec::new();
    for (wish, count) in lacks.iter().filter(|(_, count)| *count > 0) {
        let need = known(&definitions, wish.definition.as_deref())?;
        missing.push(Missing {
            service: wish.view.name.clone(),
            job: Job { count: *count, apart: wish.apart, ..need.job.clone() },
            wants: wants(need, &wish.constraints, &wish.providers, &groups),
            refused_at: wish.refused_at,
        });
    }
    missing.extend(families(&standalone, &definitions, &groups)?);
    let load = |task: &Placed| -> Result<Load, Fault> {
        let need = known(&definitions, Some(&task.definition))?;
        let wish = service_of(task).and_then(|name| services.get(name));
        let (constraints, providers): (&[String], &[String]) =
            wish.map_or((&[], &[]), |wish| (&wish.constraints, &wish.providers));
        Ok(Load {
            arn: task.arn.clone(),
            group: task.group.clone(),
            daemon: wish.is_some_and(|wish| wish.daemon),
            since: task.created_at,
            job: Job { count: 1, apart: wish.is_some_and(|it| it.apart), ..need.job.clone() },
            wants: wants(need, constraints, providers, &groups),
            movable: wish.is_some_and(|wish| wish.active && wish.view.stuck().is_none()),
        })
    };
    let mut by_host: BTreeMap<&str, Vec<Load>> = BTreeMap::new();
    for task in &on_hosts {
        by_host.entry(task.on.as_deref().unwrap_or_default()).or_default().push(load(task)?);
    }
    let protected = Seen::from(protected(world, cluster, &on_hosts, &services).await);
    let largest = if largest { largest_of(definitions.values()) } else { None };
    let mut hosts: Vec<Host> = hosts
        .into_iter()
        .map(|registration| Host {
            loads: by_host.remove(registration.arn.as_str()).unwrap_or_default(),
            registration,
        })
        .collect();
    interfaces(world, &mut hosts, &missing).await?;
    told_whole(&hosts)?;
    Ok(Outlook { missing, daemons, largest, hosts, protected })
}

/// Keeps S17: a host whose size is not told is not a host without room.
fn told_whole(hosts: &[Host]) -> Result<(), Fault> {
    let bare = |host: &Host| {
        let amount = host.registration.registered.amount;
        host.takes_tasks() && (amount.cpu == 0 || amount.memory == 0)
    };
    if hosts.iter().any(bare) {
        let told = "registeredResources has no CPU or MEMORY".to_owned();
        return Err(Fault::Partial { call: "ecs:DescribeContainerInstances".to_owned(), told });
    }
    Ok(())
}

async fn wishes<W: Gauge>(world: &W, cluster: &ClusterName) -> Result<Vec<Wish>, Fault> {
    read_again(async || {
        let arns =
            pages::all(LIST_SERVICES, async |token| world.service_arns(cluster, token).await);
        let mut all = Vec::new();
        for batch in arns.await?.chunks(SERVICES_BATCH) {
            let answer = world.wishes(cluster, batch).await?;
            if let Some(fault) = lacking(SERVICES, batch.len(), &answer) {
                return Ok(Read::Lacking(fault));
            }
            all.extend(answer.found);
        }
        Ok(Read::Whole(all))
    })
    .await
}

async fn placed<W: Gauge>(world: &W, cluster: &ClusterName) -> Result<Vec<Placed>, Fault> {
    read_again(async || {
        let arns = pages::all(LIST_TASKS, async |token| world.all_task_arns(cluster, token).await);
        let mut all = Vec::new();
        for batch in arns.await?.chunks(ECS_BATCH) {
            let answer = world.placed(cluster, batch).await?;
            if let Some(fault) = lacking(TASKS, batch.len(), &answer) {
                return Ok(Read::Lacking(fault));
            }
            all.extend(answer.found);
        }
        Ok(Read::Whole(all))
    })
    .await
}

async fn definitions<W: Gauge>(
    world: &W,
    named: BTreeSet<&str>,
) -> Result<BTreeMap<String, Definition>, Fault> {
    let mut all = BTreeMap::new();
    for name in named {
        all.insert(name.to_owned(), world.definition(name).await?);
    }
    Ok(all)
}

fn known<'a>(
    definitions: &'a BTreeMap<String, Definition>,
    name: Option<&str>,
) -> Result<&'a Definition, Fault> {
    name.and_then(|name| definitions.get(name)).ok_or_else(|| Fault::Partial {
        call: SERVICES.to_owned(),
        told: "taskDefinition is missing".to_owned(),
    })
}

/// The groups of the capacity providers that are named; one that has none is left out.
async fn groups_of<W: Gauge>(
    world: &W,
    wishes: &[Wish],
    standalone: &[&Placed],
) -> Result<BTreeMap<String, GroupName>, Fault> {
    let mut names: BTreeSet<String> =
        wishes.iter().filter(|wish| wish.active).flat_map(|wish| wish.providers.clone()).collect();
    names.extend(standalone.iter().filter_map(|task| task.provider.clone()));
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<String> = names.into_iter().collect();
    let found = world.groups_of(&names).await?;
    Ok(found.into_iter().filter_map(|one| Some((one.name, one.group?))).collect())
}

fn wants(
    definition: &Definition,
    constraints: &[String],
    providers: &[String],
    groups: &BTreeMap<String, GroupName>,
) -> Wants {
    let all = definition.constraints.iter().chain(constraints);
    let of = || providers.iter().filter_map(|name| groups.get(name).cloned()).collect();
    Wants { constraints: all.cloned().collect(), groups: (!providers.is_empty()).then(of) }
}

fn service_of(task: &Placed) -> Option<&str> {
    task.group.strip_prefix("service:")
}

/// How many tasks a service lacks: those that its deployment wants and has no place for, as far as its greatest percentage
/// lets ECS start them. A task on a host that drains is to be replaced, so it does not count.
fn lack(wish: &Wish, placed: &[&Placed], hosts: &[Registration]) -> u32 {
    if !wish.active || wish.daemon || !wish.on_hosts {
        return 0;
    }
    let draining: BTreeSet<&str> = hosts
        .iter()
        .filter(|host| host.status == RegistrationStatus::Draining)
        .map(|host| host.arn.as_str())
        .collect();
    let own = || placed.iter().filter(|task| service_of(task) == Some(&wish.view.name));
    let stays = |task: &&&Placed| task.on.as_deref().is_some_and(|on| !draining.contains(on));
    // Where another than ECS deploys, its tasks do not say which deployment they are of.
    let named = own().any(|task| task.started_by == wish.deployment);
    let of_deployment = |task: &&&Placed| {
        let new = wish.deployment.as_deref().is_some_and(|id| id.starts_with("ecs-svc/"));
        !(named || new) || task.started_by == wish.deployment
    };
    let settled = number(own().filter(stays).filter(of_deployment).count());
    let most = u64::from(wish.view.desired)
        .saturating_mul(wish.view.max_percent.into())
        .checked_div(100)
        .unwrap_or(0);
    let may_start = u32::try_from(most).unwrap_or(u32::MAX).saturating_sub(number(own().count()));
    wish.view.desired.saturating_sub(settled).min(may_start)
}

/// Standalone tasks that wait, those alike together.
fn families(
    waiting: &[&Placed],
    definitions: &BTreeMap<String, Definition>,
    groups: &BTreeMap<String, GroupName>,
) -> Result<Vec<Missing>, Fault> {
    let mut alike: BTreeMap<(&str, Option<&str>), u32> = BTreeMap::new();
    for task in waiting {
        let count = alike.entry((&task.definition, task.provider.as_deref())).or_default();
        *count = count.saturating_add(1);
    }
    let missing = alike.into_iter().map(|((definition, provider), count)| {
        let need = known(definitions, Some(definition))?;
        let providers: Vec<String> = provider.map(str::to_owned).into_iter().collect();
        let name = definition.rsplit('/').next().unwrap_or_default();
        Ok(Missing {
            service: format!("family:{}", name.split(':').next().unwrap_or_default()),
            job: Job { count, ..need.job.clone() },
            wants: wants(need, &[], &providers, groups),
            refused_at: None,
        })
    });
    missing.collect()
}

/// The tasks that must not be moved now: services' tasks can ask for it.
async fn protected<W: Gauge>(
    world: &W,
    cluster: &ClusterName,
    placed: &[&Placed],
    services: &BTreeMap<&str, &Wish>,
) -> Result<BTreeSet<String>, Fault> {
    let moves = |task: &&&Placed| {
        let wish = service_of(task).and_then(|name| services.get(name));
        wish.is_some_and(|wish| !wish.daemon)
    };
    let arns: Vec<String> = placed.iter().filter(moves).map(|task| task.arn.clone()).collect();
    let mut all = BTreeSet::new();
    for batch in arns.chunks(ECS_BATCH) {
        all.extend(world.protected(cluster, batch).await?);
    }
    Ok(all)
}

fn largest_of<'a>(all: impl Iterator<Item = &'a Definition>) -> Option<Job> {
    let size = |one: &&Definition| {
        let Amount { cpu, memory, .. } = one.job.each;
        // A unit of CPU goes with about four MiB of memory on a host of common shape.
        u64::from(memory).max(u64::from(cpu).saturating_mul(4))
    };
    all.max_by_key(size).map(|one| one.job.clone())
}

/// ECS does not count interfaces, so EC2 is asked how many a host has, where that matters.
async fn interfaces<W: Gauge>(
    world: &W,
    hosts: &mut [Host],
    missing: &[Missing],
) -> Result<(), Fault> {
    let own = |job: &Job| job.each.interfaces > 0;
    let matters = missing.iter().any(|one| own(&one.job))
        || hosts.iter().flat_map(|host| &host.loads).any(|load| own(&load.job));
    let type_of = |host: &Host| {
        let attributes = &host.registration.attributes;
        // What has no name is asked for by nobody: EC2 would refuse the whole question.
        let named = attributes.get(TYPE).filter(|name| !name.is_empty());
        named.filter(|_| !attributes.contains_key(TRUNK)).cloned()
    };
    let names: BTreeSet<String> =
        if matters { hosts.iter().filter_map(type_of).collect() } else { BTreeSet::new() };
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.into_iter().take(100).collect();
    let types = world.instance_types(&names).await?;
    for host in hosts {
        let found = type_of(host).and_then(|name| types.iter().find(|one| one.name == name));
        let Some(of) = found.map(|found| found.amount.interfaces) else {
            continue;
        };
        let used = number(host.loads.iter().filter(|load| own(&load.job)).count());
        host.registration.registered.amount.interfaces = of;
        host.registration.remaining.amount.interfaces = of.saturating_sub(used);
    }
    Ok(())
}

/// What a new host of a group will be like, where none is registered: the smallest of its types.
///
/// # Errors
/// The first fault.
pub async fn example<W: Gauge>(world: &W, group: &GroupName) -> Result<Option<Example>, Fault> {
    let names = world.types_of(group).await?;
    if names.is_empty() {
        return Ok(None);
    }
    let all = world.instance_types(names.get(..100).unwrap_or(&names)).await?;
    let smallest = all.iter().min_by_key(|one| (one.amount.memory, one.amount.cpu));
    Ok(smallest.map(|one| {
        // What the system and the agent keep for themselves is not told; it is less than a twelfth.
        let memory = one.amount.memory.saturating_sub(one.amount.memory / 12);
        let name = if all.len() == 1 { Some((TYPE.to_owned(), one.name.clone())) } else { None };
        Example {
            room: Room { amount: Amount { memory, ..one.amount }, ports: Vec::new() },
            attributes: name.into_iter().collect(),
        }
    }))
}

/// What must be known before the size of a group is changed.
///
/// # Errors
/// The first fault.
pub async fn before<W: Reads + Gauge>(
    world: &W,
    group: &GroupView,
    leaves: bool,
) -> Result<Before, Fault> {
    let now = world.now();
    let lately = |launch: &Launch| now.duration_since(launch.at) < LATELY;
    let failing = world.latest_launch(&group.name).await?.filter(lately).and_then(|it| it.failed);
    let refreshing = world.is_refreshing(&group.name).await?;
    let drains_not = leaves && world.hooks(&group.name).await?.terminate.is_none();
    Ok(Before { refreshing, failing, drains_not })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether a look that began then is too old to act on. Keeps S20.
#[must_use]
pub fn is_old(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) >= SignedDuration::from_secs(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Checks S20.
    #[test]
    fn a_look_is_old_after_half_a_minute() {
        let after =
            |seconds| is_old(Timestamp::UNIX_EPOCH, Timestamp::from_second(seconds).unwrap());
        assert!(!after(29) && after(30));
    }
}
