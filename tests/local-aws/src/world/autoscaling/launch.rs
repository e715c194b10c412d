//! How an instance comes into a group.

use super::activity::{self, ActivityStatus, Beginning};
use super::{
    Due, Group, Journey, LifecycleState, Member, Override, Place, actions, events, reconcile,
    terminate, warm,
};
use crate::world::{World, ec2};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long a group waits after EC2 refused a launch in a zone.
const RETRY: SignedDuration = SignedDuration::from_secs(60);
/// The tag that names the cluster where no user data does.
const CLUSTER_TAG: &str = "muster:cluster";

/// Where a launch may be tried, the best place first: that with the fewest instances that count, or that are in the
/// warm pool; the first of several. Where EC2 refused a launch lately, none is tried.
fn places(group: &Group, journey: Journey, now: Timestamp) -> Vec<Place> {
    let members: Vec<&Member> = match journey {
        Journey::Warm => group.warm_members().collect(),
        _ => group.counted().collect(),
    };
    let there = |place: &Place| members.iter().filter(|member| member.zone == place.zone).count();
    let shunned = |place: &Place| group.shunned.get(&place.zone).is_some_and(|until| *until > now);
    let mut places: Vec<Place> =
        group.places.iter().filter(|place| !shunned(place)).cloned().collect();
    places.sort_by_key(there);
    places
}

/// Launches one instance, into the group or into its warm pool. False if EC2 refused.
pub(super) fn launch(world: &mut World, name: &str, cause: &str, journey: Journey) -> bool {
    let Some(group) = world.autoscaling.group(name) else { return false };
    let places = places(group, journey, world.core.now());
    let wishes = group.wishes();
    if let Some(place) = places.first()
        && refused(world, name)
    {
        let told = format!(
            "We currently do not have sufficient capacity in the Availability Zone you requested ({}).",
            place.zone
        );
        refuse(world, name, (place, &told), cause, journey);
        shun(world, name, &places);
        return false;
    }
    // A zone whose launch fails is followed by the next; the types within a zone are one request.
    for place in places {
        match possible(world, name, &place, &wishes) {
            Ok(wish) => return begin(world, name, (place, wish), cause, journey),
            Err(told) => {
                refuse(world, name, (&place, &told), cause, journey);
                shun(world, name, &[place]);
            }
        }
    }
    false
}

/// The first of the wishes that EC2 can launch there, with its type; or what it says to the first.
fn possible(
    world: &World,
    name: &str,
    place: &Place,
    wishes: &[Override],
) -> Result<Override, String> {
    let mut first = None;
    for wish in wishes {
        let mut wish = wish.clone();
        if wish.instance_type.is_empty() {
            let key = world.autoscaling.group(name).map_or("", |group| group.template.key());
            wish.instance_type = world.ec2.template(key).instance_type;
        }
        match world.ec2.refusal(&wish.instance_type, &place.zone) {
            None => return Ok(wish),
            Some(told) => first = first.or(Some(told)),
        }
    }
    Err(first.unwrap_or_default())
}

/// EC2 launches the instance, and the group has it as a member.
fn begin(
    world: &mut World,
    name: &str,
    (place, wish): (Place, Override),
    cause: &str,
    journey: Journey,
) -> bool {
    let Some(group) = world.autoscaling.group(name) else { return false };
    let spot = wants_spot(world, group);
    let instance = ec2::launch(world, request(group, &place, &wish, spot));
    let beginning = Beginning {
        description: match journey {
            Journey::Warm => {
                format!("Launching a new EC2 instance into warm pool: {}", instance.id)
            }
            _ => format!("Launching a new EC2 instance: {}", instance.id),
        },
        cause,
        status: ActivityStatus::PreInService,
        instance: &instance.id,
        zone: &place.zone,
        subnet: &place.subnet,
    };
    let activity = activity::begin(world, name, beginning);
    let Some(group) = world.autoscaling.groups.get_mut(name) else { return false };
    group.launches = group.launches.saturating_add(1);
    let member = Member {
        id: instance.id.clone(),
        instance_type: instance.instance_type,
        weight: wish.weight,
        zone: place.zone,
        subnet: place.subnet,
        template: wish.template.unwrap_or_else(|| group.template.clone()),
        state: journey.begins(),
        journey,
        healthy: true,
        protected: group.protects_new,
        at_risk: false,
        launched: instance.launched,
        in_service: None,
        activity,
        actions: BTreeMap::new(),
    };
    group.members.insert(instance.id, member);
    true
}

/// Whether the next instance is a Spot instance: the first are On-Demand, and of those beyond them a part.
fn wants_spot(world: &World, group: &Group) -> bool {
    let Some(mixed) = &group.mixed else { return false };
    let count = |on_demand: &dyn Fn(&Member) -> bool| -> i64 {
        group
            .counted()
            .filter(|member| on_demand(member))
            .fold(0, |sum, it| sum.saturating_add(it.units()))
    };
    let is_spot = |member: &Member| world.ec2.instance(&member.id).is_some_and(|one| one.spot);
    let there = count(&|_| true);
    let on_demand = there.saturating_sub(count(&is_spot));
    on_demand >= mixed.on_demand_of(there.saturating_add(1))
}

fn request(group: &Group, place: &Place, wish: &Override, spot: bool) -> ec2::Launch {
    let propagated = group.tags.iter().filter(|(_, tag)| tag.propagate);
    let mut tags: BTreeMap<String, String> =
        propagated.map(|(key, tag)| (key.clone(), tag.value.clone())).collect();
    tags.insert("aws:autoscaling:groupName".to_owned(), group.name.clone());
    ec2::Launch {
        group: group.name.clone(),
        template: wish.template.as_ref().unwrap_or(&group.template).key().to_owned(),
        instance_type: wish.instance_type.clone(),
        zone: place.zone.clone(),
        subnet: place.subnet.clone(),
        spot,
        cluster: group.tags.get(CLUSTER_TAG).map(|tag| tag.value.clone()),
        tags,
    }
}

/// Whether EC2 has no capacity for this launch.
fn refused(world: &mut World, name: &str) -> bool {
    let left = world.autoscaling.refusals.get_mut(name).filter(|left| **left > 0);
    left.is_some_and(|left| {
        *left = left.saturating_sub(1);
        true
    })
}

/// The group is told what EC2 said to its launch.
fn refuse(
    world: &mut World,
    name: &str,
    (place, told): (&Place, &str),
    cause: &str,
    journey: Journey,
) {
    let message = format!("{told} Launching EC2 instance failed.");
    let beginning = Beginning {
        description: format!("Launching a new EC2 instance.  Status Reason: {message}"),
        cause,
        status: ActivityStatus::InProgress,
        instance: "",
        zone: &place.zone,
        subnet: &place.subnet,
    };
    let id = activity::begin(world, name, beginning);
    if let Some(activity) = activity::reach(world, name, &id, ActivityStatus::Failed, &message) {
        events::ended(world, name, &activity, journey, false);
    }
}

/// The group launches nothing in these places for a while, and looks again then.
fn shun(world: &mut World, name: &str, places: &[Place]) {
    let until = world.core.now().saturating_add(RETRY).unwrap_or(Timestamp::MAX);
    let Some(group) = world.autoscaling.groups.get_mut(name) else { return };
    group.shunned.extend(places.iter().map(|place| (place.zone.clone(), until)));
    Due::Reconcile { group: name.to_owned() }.set(world, RETRY);
}

/// EC2 says that an instance runs: the launching hooks hold it, or it comes into service.
pub(crate) fn instance_running(world: &mut World, id: &str) {
    let Some(group) = world.autoscaling.group_of(id) else { return };
    let state = world.autoscaling.member(&group, id).map(|member| member.state);
    match state {
        Some(LifecycleState::Pending) if !actions::hold(world, &group, id) => {
            enter_service(world, &group, id);
        }
        Some(LifecycleState::WarmedPending) if !actions::hold(world, &group, id) => {
            warm::settle(world, &group, id);
        }
        _ => {}
    }
}

/// An instance comes into service, and the launch ends well.
pub(super) fn enter_service(world: &mut World, group: &str, id: &str) {
    let now = world.core.now();
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    member.state = LifecycleState::InService;
    member.in_service = Some(now);
    let journey = member.journey;
    if let Some(activity) = actions::note(world, group, id, ActivityStatus::Successful, "") {
        events::ended(world, group, &activity, journey, true);
    }
    // What happened to it while it was pending is seen only now.
    reconcile::check_soon(world, group);
    reconcile::soon(world, group);
}

/// A launch ends badly: the instance is terminated, and the group will launch another.
pub(super) fn fail(world: &mut World, group: &str, id: &str, message: &str) {
    let Some(member) = world.autoscaling.member(group, id) else { return };
    let journey = member.journey;
    if let Some(activity) = actions::note(world, group, id, ActivityStatus::Failed, message) {
        events::ended(world, group, &activity, journey, false);
    }
    terminate::begin(
        world,
        group,
        id,
        "an instance was taken out of service because its launch did not succeed.",
    );
}

impl World {
    /// Lets EC2 refuse this many of the group's next launches, as when it has no capacity.
    pub fn refuse_launches(&mut self, group: &str, count: u32) {
        self.autoscaling.refusals.insert(group.to_owned(), count);
    }
}
