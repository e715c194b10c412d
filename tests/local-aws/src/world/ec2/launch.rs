//! Launching instances, which only Auto Scaling does here.

use super::{Boot, Due, Instance, State, life, network};
use crate::world::World;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// How long an ordinary host takes from running to a connected agent.
const USUAL_BOOT: SignedDuration = SignedDuration::from_secs(30);

/// The instance profile of the usual launch template. IAM knows it once it was made there.
const USUAL_PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole";

/// The image of every launch template.
pub(super) const USUAL_IMAGE: &str = "ami-0123456789abcdef0";

/// What a launch template would say, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchTemplate {
    /// For example `m7g.large`; one of the types of `DescribeInstanceTypes`.
    pub instance_type: String,
    /// Whether it asks for Spot instances.
    pub spot: bool,
    /// The ARN of the instance profile.
    pub profile: Option<String>,
    /// The security groups, `sg-…`.
    pub security_groups: Vec<String>,
    /// The user data as a text; if nobody described it, hosts join the cluster that their group's tag names.
    pub user_data: Option<String>,
}

impl LaunchTemplate {
    /// The cluster that the user data names.
    fn cluster(&self) -> Option<String> {
        let mut lines = self.user_data.as_deref().unwrap_or_default().lines();
        let names = |line: &str| {
            let (_, value) = line.split_once("ECS_CLUSTER=")?;
            value.split_whitespace().next().map(str::to_owned)
        };
        lines.find_map(names)
    }
}

impl Default for LaunchTemplate {
    fn default() -> Self {
        Self {
            instance_type: "m7g.large".to_owned(),
            spot: false,
            profile: Some(USUAL_PROFILE.to_owned()),
            security_groups: vec![network::USUAL_GROUP.to_owned()],
            user_data: None,
        }
    }
}

/// A launch that Auto Scaling asks for.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) group: String,
    /// The launch template's name or id.
    pub(crate) template: String,
    pub(crate) instance_type: String,
    pub(crate) zone: String,
    pub(crate) subnet: String,
    /// The cluster of the hosts whose user data nobody described.
    pub(crate) cluster: Option<String>,
    /// Whether the group asks for a Spot instance.
    pub(crate) spot: bool,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Launches one instance and says that it is pending.
pub(crate) fn launch(world: &mut World, launch: Launch) -> Instance {
    let template = world.ec2.template(&launch.template);
    let cluster = if template.user_data.is_some() { template.cluster() } else { launch.cluster };
    let mut instance = Instance {
        id: format!("i-{}", world.core.hex(17)),
        reservation: format!("r-{}", world.core.hex(17)),
        instance_type: launch.instance_type,
        image: USUAL_IMAGE.to_owned(),
        private_ip: private_ip(world.core.draw()),
        zone: launch.zone,
        subnet: launch.subnet,
        state: State::Pending,
        reason: None,
        launched: world.core.now(),
        spot: template.spot || launch.spot,
        profile: template.profile,
        boot: world.ec2.take_boot(&launch.group, cluster.as_deref()),
        group: Some(launch.group),
        cluster,
        tags: launch.tags,
        security_groups: template.security_groups,
        impaired_since: None,
        events: Vec::new(),
        interruption: None,
        turn: 0,
    };
    world.ec2.network.place(&mut instance);
    let id = instance.id.clone();
    world.ec2.instances.insert(id.clone(), instance.clone());
    life::enter(world, &id, State::Pending);
    instance
}

fn private_ip(drawn: u64) -> String {
    let [a, b, c, ..] = drawn.to_le_bytes();
    format!("10.0.{}.{}", a ^ c, b.max(4))
}

impl super::Ec2 {
    /// A launch template by its name or id; one that nobody described is the usual one.
    pub(crate) fn template(&self, key: &str) -> LaunchTemplate {
        self.templates.get(key).cloned().unwrap_or_default()
    }

    fn take_boot(&mut self, group: &str, cluster: Option<&str>) -> Boot {
        let planned =
            self.next_boots.get_mut(group).and_then(std::collections::VecDeque::pop_front);
        planned.or_else(|| self.usual_boots.get(group).cloned()).unwrap_or_else(|| {
            cluster.map_or(Boot::NeverJoins, |cluster| Boot::Joins {
                cluster: cluster.to_owned(),
                after: USUAL_BOOT,
            })
        })
    }
}

/// What is not an API but decides what hosts are like.
impl World {
    /// Plans what the agent does on the group's next launch; several plans queue up.
    pub fn plan_next_boot(&mut self, group: &str, boot: Boot) {
        self.ec2.next_boots.entry(group.to_owned()).or_default().push_back(boot);
    }

    /// Plans what the agent does on all of the group's launches that have no plan of their own.
    ///
    /// Without it, hosts join the cluster that the group's tag `muster:cluster` names, or none.
    pub fn plan_every_boot(&mut self, group: &str, boot: Boot) {
        self.ec2.usual_boots.insert(group.to_owned(), boot);
    }

    /// Says what a launch template holds, by its name or id; one that is not defined is
    /// [`LaunchTemplate::default`].
    pub fn define_launch_template(&mut self, name: &str, template: LaunchTemplate) {
        self.ec2.templates.insert(name.to_owned(), template);
    }
}

impl Due {
    pub(super) fn set(self, world: &mut World, after: SignedDuration) {
        world.core.set_timer(after, crate::world::core::Due::Ec2(self));
    }
}
