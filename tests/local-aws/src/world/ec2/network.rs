//! The network that hosts are in: one VPC, its route tables, endpoints and security groups.
//!
//! By default it is healthy: the main route table leads to an internet gateway, and the one security
//! group lets everything out. An agent registers only through a network that reaches ECS.

use super::{Boot, Instance};
use crate::world::World;
use std::collections::BTreeSet;

/// The one VPC.
pub(super) const VPC: &str = "vpc-0123456789abcdef0";
/// Its block of addresses.
pub(super) const BLOCK: &str = "10.0.0.0/16";
/// Its internet gateway.
pub(super) const GATEWAY: &str = "igw-0123456789abcdef0";
/// The route table of every subnet that has none of its own.
pub(super) const MAIN: &str = "rtb-0123456789abcdef0";
/// The route table without a way out.
pub(super) const CUT: &str = "rtb-0150a7ed000000000";
/// The security group of every launch template that names none.
pub(super) const USUAL_GROUP: &str = "sg-0123456789abcdef0";
/// The security group of [`Boot::EgressClosed`].
const CLOSED_GROUP: &str = "sg-0c105ed0000000000";

/// What an ECS agent talks to; a VPC without a way out needs an endpoint for each
/// (docs: `AmazonECS/latest/developerguide/vpc-endpoints.html`).
const AGENT_ENDPOINTS: [&str; 3] = ["ecs", "ecs-agent", "ecs-telemetry"];

/// What is not healthy about the network, and what was added to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    /// Subnets whose route table has no way out.
    pub(super) cut: BTreeSet<String>,
    /// Security groups that let nothing out.
    pub(super) closed: BTreeSet<String>,
    /// Security groups that instances were launched into.
    groups: BTreeSet<String>,
    /// Interface endpoints by the last part of their service's name, for example `ecs-agent`.
    pub(super) endpoints: BTreeSet<String>,
}

impl Network {
    /// All security groups that exist, in the order of their ids.
    pub(super) fn groups(&self) -> BTreeSet<&str> {
        let known = self.groups.iter().chain(&self.closed).map(String::as_str);
        known.chain([USUAL_GROUP]).collect()
    }

    /// Puts an instance that is being launched where its boot says that it is.
    pub(super) fn place(&mut self, instance: &mut Instance) {
        match instance.boot {
            Boot::NoProfile => instance.profile = None,
            Boot::NoRoute => {
                // A subnet of its own, so that the neighbours keep their way out.
                let letter = instance.zone.chars().last().unwrap_or('a');
                instance.subnet = format!("subnet-0150a7ed00000000{letter}");
                self.cut.insert(instance.subnet.clone());
            }
            Boot::EgressClosed => {
                instance.security_groups = vec![CLOSED_GROUP.to_owned()];
                self.closed.insert(CLOSED_GROUP.to_owned());
            }
            _ => {}
        }
        self.groups.extend(instance.security_groups.iter().cloned());
    }

    /// Whether an agent on the instance gets through to ECS.
    fn reaches_ecs(&self, instance: &Instance) -> bool {
        let routed = !self.cut.contains(&instance.subnet)
            || AGENT_ENDPOINTS.iter().all(|name| self.endpoints.contains(*name));
        let groups = &instance.security_groups;
        let let_out = groups.is_empty() || groups.iter().any(|it| !self.closed.contains(it));
        routed && let_out
    }
}

impl super::Ec2 {
    /// Whether an agent on the instance gets through to ECS; a host that EC2 does not know does.
    pub(crate) fn reaches_ecs(&self, instance: &str) -> bool {
        self.instance(instance).is_none_or(|instance| self.network.reaches_ecs(instance))
    }
}

/// What somebody does to the network. No API: the demo and the tests call it.
impl World {
    /// Gives a subnet a route table without a way out, as when its default route is deleted.
    ///
    /// Agents in it that are not yet registered do not get through; those that are connected stay so
    /// ([`crate::world::ecs::agent_lost`] cuts them off).
    pub fn cut_route(&mut self, subnet: &str) {
        self.ec2.network.cut.insert(subnet.to_owned());
    }

    /// Gives a subnet the main route table back; agents that wait get through at their next try.
    pub fn restore_route(&mut self, subnet: &str) {
        self.ec2.network.cut.remove(subnet);
    }

    /// Removes all egress rules of a security group.
    ///
    /// Agents behind it that are not yet registered do not get through; those that are connected stay
    /// so, as established connections do.
    pub fn close_egress(&mut self, security_group: &str) {
        self.ec2.network.closed.insert(security_group.to_owned());
    }

    /// Lets everything out of a security group again; agents that wait get through at their next try.
    pub fn open_egress(&mut self, security_group: &str) {
        self.ec2.network.groups.insert(security_group.to_owned());
        self.ec2.network.closed.remove(security_group);
    }

    /// Gives the VPC an interface endpoint, by the last part of its service's name: with `ecs`,
    /// `ecs-agent` and `ecs-telemetry` an agent needs no way out.
    pub fn add_vpc_endpoint(&mut self, service: &str) {
        self.ec2.network.endpoints.insert(service.to_owned());
    }
}
