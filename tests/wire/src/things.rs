//! What must not be lost of what each call tells.

use crate::reading::Things;
use domain::group::Hooks;
use domain::host::ServiceView;
use domain::roles::Existing;
use domain::teardown::{Attached, Provider};
use jiff::Timestamp;
use ports::{Definition, InstanceType, Launch, Placed, Task, Troubled, Wish, Written};
use std::collections::BTreeMap;

impl Things for Hooks {
    fn things(&self) -> Vec<String> {
        let named = [("launch", &self.launch), ("terminate", &self.terminate)];
        named
            .into_iter()
            .filter_map(|(name, hook)| Some(format!("{name} {:?}", (*hook)?)))
            .collect()
    }
}

impl Things for Troubled {
    fn things(&self) -> Vec<String> {
        vec![self.instance.to_string()]
    }
}

impl Things for Task {
    fn things(&self) -> Vec<String> {
        if self.view.last_status == "STOPPED" { Vec::new() } else { vec![self.view.arn.clone()] }
    }
}

impl Things for ServiceView {
    fn things(&self) -> Vec<String> {
        vec![format!("{}: {}", self.name, self.desired)]
    }
}

impl Things for Wish {
    fn things(&self) -> Vec<String> {
        self.view.things()
    }
}

impl Things for Definition {
    fn things(&self) -> Vec<String> {
        vec![format!("{:?}", self.job.each)]
    }
}

impl Things for Placed {
    fn things(&self) -> Vec<String> {
        vec![format!("{} on {:?}", self.arn, self.on)]
    }
}

impl Things for Provider {
    fn things(&self) -> Vec<String> {
        vec![format!("{} of {:?}", self.name, self.group)]
    }
}

impl Things for Launch {}

impl Things for bool {}

impl Things for InstanceType {
    fn things(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

impl Things for Attached {
    fn things(&self) -> Vec<String> {
        let mut all = self.providers.things();
        all.extend(self.strategy.iter().map(|share| format!("{share:?}")));
        all
    }
}

impl Things for Timestamp {
    fn things(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl Things for BTreeMap<String, String> {}

impl Things for Existing {
    fn things(&self) -> Vec<String> {
        let roles = self.roles.iter().flat_map(|(name, role)| {
            let mut all = vec![format!("role {name} {}", role.path)];
            all.extend(role.policies.keys().map(|it| format!("{name}: {it}")));
            all.extend(role.attached.iter().map(|it| format!("{name}: {it}")));
            all.extend(role.profiles.iter().map(|it| format!("{name}: in {it}")));
            all.extend(role.boundary.iter().map(|it| format!("{name}: within {it}")));
            all
        });
        let profiles = self.profiles.iter().flat_map(|(name, profile)| {
            let roles = profile.roles.iter().map(move |role| format!("profile {name}: {role}"));
            std::iter::once(format!("profile {name} {}", profile.path)).chain(roles)
        });
        let linked = self.service_linked.iter().map(|name| format!("linked {name}"));
        roles.chain(profiles).chain(linked).collect()
    }
}

impl Things for Written {}
