//! What there should be in the end, and what there should not.

use crate::cloudformation::{Stack, owner};
use domain::roles::{Identity, Limits, Properties, same, wanted};
use serde_json::Value;
use std::collections::BTreeMap;

impl Stack {
    pub(crate) fn name_of(properties: &Value, word: &str) -> String {
        Identity::of(&Properties::read(properties).unwrap(), &owner()).name(word)
    }

    /// The documents of everything that is ours.
    pub(crate) fn documents(&self) -> BTreeMap<String, (Value, BTreeMap<String, Value>)> {
        let account = self.world.now.borrow();
        let ours = account.roles.iter().filter(|(_, role)| owner().owns(&role.tags));
        ours.map(|(name, role)| (name.clone(), (role.trust.clone(), role.policies.clone())))
            .collect()
    }

    /// There is just what was asked for.
    pub(crate) fn is_as_asked(&self, properties: &Value) {
        let asked = Properties::read(properties).unwrap();
        let wanted = wanted(&asked, &owner(), &Limits::default()).unwrap();
        let have = self.documents();
        let names: Vec<&String> = wanted.roles.iter().map(|role| &role.name).collect();
        assert_eq!(have.len(), names.len(), "seed {}: {:?} for {names:?}", self.seed, have.keys());
        for role in &wanted.roles {
            let (trust, policies) = &have[&role.name];
            assert!(same(trust, &role.trust), "seed {}: {}", self.seed, role.name);
            assert_eq!(policies.len(), role.policies.len(), "seed {}", self.seed);
            for (name, policy) in &role.policies {
                assert!(same(policy, &policies[name]), "seed {}: {}", self.seed, role.name);
            }
            let account = self.world.now.borrow();
            let carried =
                account.profiles.get(&role.name).is_some_and(|it| it.roles.contains(&role.name));
            assert_eq!(carried, role.profile, "seed {}: {}", self.seed, role.name);
        }
    }

    pub(crate) fn nothing_is_left(&self) {
        let account = self.world.now.borrow();
        let left: Vec<&String> = account
            .roles
            .iter()
            .filter(|(_, role)| owner().owns(&role.tags))
            .map(|(name, _)| name)
            .chain(
                account
                    .profiles
                    .iter()
                    .filter(|(_, it)| owner().owns(&it.tags))
                    .map(|(name, _)| name),
            )
            .collect();
        assert!(left.is_empty(), "seed {}: S33: {left:?}", self.seed);
    }
}
