//! Capacity that EC2 does not have, and instances that it does not find.

use super::Ec2;
use crate::world::World;

/// The zones of a region, by their last letters.
const ZONES: [char; 3] = ['a', 'b', 'c'];

impl Ec2 {
    /// Why EC2 does not launch an instance of this type in this zone; `None` if it does.
    pub(crate) fn refusal(&self, instance_type: &str, zone: &str) -> Option<String> {
        let no_type = self.exhausted.contains(instance_type);
        if !no_type && !self.exhausted.contains(zone) {
            return None;
        }
        let region = zone.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let others = ZONES.map(|letter| format!("{region}{letter}"));
        let others = others.into_iter().filter(|other| !no_type && !self.exhausted.contains(other));
        let others = others.collect::<Vec<_>>().join(", ");
        let elsewhere = if others.is_empty() {
            String::new()
        } else {
            format!(
                " You can currently get {instance_type} capacity by not specifying an Availability Zone in \
                 your request or choosing {others}."
            )
        };
        Some(format!(
            "We currently do not have sufficient {instance_type} capacity in the Availability Zone you \
             requested ({zone}). Our system will be working on provisioning additional capacity.{elsewhere}"
        ))
    }
}

/// What is not an API but decides what EC2 can launch.
impl World {
    /// Lets EC2 have no capacity of an instance type, or in an Availability Zone, or have it again.
    pub fn no_capacity(&mut self, type_or_zone: &str, none: bool) {
        if none {
            self.ec2.exhausted.insert(type_or_zone.to_owned());
        } else {
            self.ec2.exhausted.remove(type_or_zone);
        }
    }

    /// From now on reads of EC2 do not find an instance that is there, for EC2 is eventually consistent; or no longer.
    pub fn hide_instance(&mut self, instance: &str, hidden: bool) {
        if hidden {
            self.ec2.hidden.insert(instance.to_owned());
        } else {
            self.ec2.hidden.remove(instance);
        }
    }
}
