//! One round: look at what is there, judge it, act.

use domain::host::Seat;
use domain::sweep::FRESH;
use domain::teardown::{Estate, Holder, Judged, Properties, belongs, judge};
use domain::told::Slice;
use domain::{
    Action, ClusterName, Fault, GroupName, GroupView, HostView, InstanceId, Policy, Seen,
};
use jiff::Timestamp;
use lambda::Record;
use lambda::record::Decision;
use ports::{Outcome, Reads, look, perform_all};
use std::collections::BTreeMap;

use crate::World;

/// What a record tells of changes: a line of a log has room for some.
const MOST_CHANGES: usize = 500;

/// What is to go, and since when.
pub(crate) struct Asked {
    pub(crate) properties: Properties,
    pub(crate) stack_id: String,
    pub(crate) since: Timestamp,
}

/// Those of the groups asked for that are there.
pub(crate) async fn groups<R: Reads>(
    reads: &R,
    asked: &Properties,
) -> Result<BTreeMap<GroupName, GroupView>, Fault> {
    let mut groups = BTreeMap::new();
    for name in &asked.groups {
        if let Some(group) = reads.group(name).await? {
            groups.insert(name.clone(), group);
        }
    }
    Ok(groups)
}

/// What one look shows.
struct Looked {
    groups: BTreeMap<GroupName, GroupView>,
    hosts: Vec<HostView>,
    attached: Option<domain::teardown::Attached>,
}

async fn look<W: World>(world: &W, asked: &Properties) -> Result<Looked, Fault> {
    let mut groups = groups(world, asked).await?;
    let attached = world.attached(&asked.cluster).await?;
    let hosts = if attached.is_some() {
        let troubles = unasked("ec2:DescribeInstanceStatus");
        look::hosts(world, &asked.cluster, &mut groups, &troubles, Slice::WHOLE).await?
    } else {
        // Without a cluster there are no registrations; the groups' hosts still have their seats.
        groups.values().flat_map(|group| seated(group, &asked.cluster)).collect()
    };
    Ok(Looked { groups, hosts, attached })
}

fn seated(group: &GroupView, cluster: &ClusterName) -> impl Iterator<Item = HostView> {
    let view = |(instance, seat): (&InstanceId, &Seat)| HostView {
        instance: instance.clone(),
        seat: Seen::Known(Some(seat.clone())),
        cluster: Some(cluster.clone()),
        machine: unasked("ec2:DescribeInstances"),
        registrations: Seen::Known(Vec::new()),
    };
    group.seats.iter().map(view)
}

fn unasked<T>(call: &str) -> Seen<T> {
    let told = "not asked: they all go".to_owned();
    Seen::Unknown(Fault::Partial { call: call.to_owned(), told })
}

fn judged(world: &impl Reads, looked: &Looked, asked: &Asked, policy: &Policy) -> Judged {
    let estate = Estate {
        asked: &asked.properties,
        stack_id: &asked.stack_id,
        groups: &looked.groups,
        hosts: &looked.hosts,
        attached: looked.attached.as_ref(),
        since: asked.since,
        now: world.now(),
    };
    judge(&estate, policy)
}

/// Looks, judges and acts once; what is still there afterwards, with what AWS refused.
pub(crate) async fn round<W: World>(
    world: &W,
    asked: &Asked,
    policy: &Policy,
    record: &mut Record,
) -> Result<Vec<Holder>, Fault> {
    let began = world.now();
    let looked = look(world, &asked.properties).await?;
    let Judged { steps, mut holders } = judged(world, &looked, asked, policy);
    let cluster = Some(&asked.properties.cluster);
    let ours = |group: &&GroupView| {
        group.cluster().as_ref() == cluster && belongs(&group.tags, &asked.stack_id)
    };
    let foreign = looked.groups.values().filter(|group| !ours(group));
    let foreign: Vec<String> = foreign.map(|group| group.name.to_string()).collect();
    record.because = if foreign.is_empty() {
        "nothing is left of its hosts".to_owned()
    } else {
        format!(
            "left alone, as neither its tags nor this stack make them its own: {}",
            foreign.join(", ")
        )
    };
    // Keeps S20: what cannot be undone is judged anew right before.
    let still = async |_, action: &Action| {
        let again = look(world, &asked.properties).await;
        again.is_ok_and(|again| judged(world, &again, asked, policy).wants(action))
    };
    let fresh = || world.now().duration_since(began) <= FRESH;
    for (_, done) in perform_all(steps, world, fresh, still).await {
        for one in done {
            if let Outcome::Failed(fault) = &one.outcome
                && !matches!(fault, Fault::AlreadySo { .. })
            {
                let (what, why) = (one.step.action.to_string(), fault.to_string());
                holders.push(Holder { what, why });
            }
            record.decision = Decision::Act;
            if record.changes.len() < MOST_CHANGES {
                record.changes.push(format!("{}: {}", one.step.action, one.outcome.label()));
            }
        }
    }
    Ok(holders)
}
