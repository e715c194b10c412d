//! Amazon EC2: instances and their states.

use super::{Answer, ApiError, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

mod attribute;
mod capacity;
mod describe;
mod filter;
mod instance;
mod launch;
mod life;
mod network;
mod network_requests;
mod outside;
mod scheduled;
mod spot;
mod status;
mod templates;
#[cfg(test)]
mod tests;
mod types;

pub use instance::{Boot, Instance, State, StateReason};
pub use launch::LaunchTemplate;
pub(crate) use launch::{Launch, launch};
pub(crate) use life::{start, stop, terminate};
pub use spot::{Interruption, SpotAction};
pub use status::ScheduledEvent;
pub(crate) use types::vcpus_and_mebibytes;

/// An EC2 instance's id.
pub type InstanceId = String;

/// All that EC2 knows.
#[derive(Clone, Debug, Default)]
pub struct Ec2 {
    instances: BTreeMap<InstanceId, Instance>,
    templates: BTreeMap<String, LaunchTemplate>,
    /// Of the templates that requests made, by their ids.
    versions: BTreeMap<String, templates::Versions>,
    next_boots: BTreeMap<String, VecDeque<Boot>>,
    usual_boots: BTreeMap<String, Boot>,
    network: network::Network,
    /// The types and the zones of which EC2 has no capacity.
    exhausted: BTreeSet<String>,
    /// The instances that reads do not find for now.
    hidden: BTreeSet<InstanceId>,
}

impl Ec2 {
    /// An instance, gone ones included until EC2 forgets them an hour later.
    #[must_use]
    pub fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances.get(id)
    }

    /// All instances in the order of their ids, gone ones included until EC2 forgets them.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.values()
    }
}

/// What happens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// An instance reaches the state that it was on the way to.
    Settles {
        /// Which.
        instance: InstanceId,
        /// The change of state that set the timer.
        turn: u64,
    },
    /// A gone instance is no longer described.
    Forgotten {
        /// Which.
        instance: InstanceId,
    },
    /// EC2 takes a Spot instance back.
    Interrupted {
        /// Which.
        instance: InstanceId,
    },
    /// The time of a scheduled event has come.
    Scheduled {
        /// Which instance.
        instance: InstanceId,
        /// The event's id.
        event: String,
    },
}

/// One API call.
pub(super) fn call(world: &mut World, operation: &str, input: &Value) -> Answer {
    match operation {
        "DescribeInstances" => describe::instances(&world.ec2, world.core.account(), input),
        "DescribeInstanceStatus" => status::describe(&world.ec2, input),
        "DescribeInstanceAttribute" => attribute::describe(&world.ec2, input),
        "GetConsoleOutput" => attribute::console_output(&world.ec2, &world.core, input),
        "DescribeSpotInstanceRequests" => spot::requests(&world.ec2, input),
        "DescribeRouteTables" => {
            network_requests::route_tables(&world.ec2.network, &world.core, input)
        }
        "DescribeVpcEndpoints" => {
            network_requests::endpoints(&world.ec2.network, &world.core, input)
        }
        "DescribeSecurityGroups" => {
            network_requests::security_groups(&world.ec2.network, &world.core, input)
        }
        "DescribeInstanceTypes" => types::describe(input),
        "DescribeLaunchTemplateVersions" => templates::versions(&world.ec2, input),
        "CreateLaunchTemplate" => templates::create(world, input),
        "CreateLaunchTemplateVersion" => templates::create_version(world, input),
        "DeleteLaunchTemplate" => templates::delete(world, input),
        "TerminateInstances" => life::terminate_instances(world, input),
        "StopInstances" => life::stop_instances(world, input),
        "StartInstances" => life::start_instances(world, input),
        _ => Err(ApiError::client(
            "InvalidAction",
            format!("The action {operation} is not valid for this web service."),
        )),
    }
    .map_err(in_the_words_of_ec2)
}

fn in_the_words_of_ec2(mut error: ApiError) -> ApiError {
    if error.code == "ValidationError" {
        "InvalidParameterValue".clone_into(&mut error.code);
    }
    error
}

/// A timer has come due.
pub(super) fn happen(world: &mut World, due: Due) {
    match due {
        Due::Settles { instance, turn } => life::settle(world, &instance, turn),
        Due::Forgotten { instance } => {
            world.ec2.instances.remove(&instance);
        }
        Due::Interrupted { instance } => outside::interrupt(world, &instance),
        Due::Scheduled { instance, event } => scheduled::happen(world, &instance, &event),
    }
}
