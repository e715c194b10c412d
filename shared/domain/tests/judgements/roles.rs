use domain::roles::{
    Change, Clash, Existing, ExistingProfile, ExistingRole, Identity, Owner, Properties,
    RoleAction, judge, wanted,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn owner() -> Owner {
    Owner {
        partition: "aws".into(),
        account: "123456789012".into(),
        region: "us-west-2".into(),
        stack_id: "arn:aws:cloudformation:us-west-2:123456789012:stack/prod/1".into(),
        logical_id: "Roles".into(),
    }
}

fn asked() -> Properties {
    Properties::read(&json!({ "ClusterName": "prod", "TaskRoles": { "web": { "exec": true } } }))
        .unwrap()
}

/// IAM, as far as these changes need it.
#[derive(Default)]
struct Iam(Existing);

impl Iam {
    fn after(actions: &[RoleAction]) -> Self {
        let mut iam = Self::default();
        for action in actions {
            iam.perform(action);
        }
        iam
    }

    fn perform(&mut self, RoleAction { name, change }: &RoleAction) {
        let Existing { roles, profiles } = &mut self.0;
        match change {
            Change::CreateRole { wanted } => {
                let role = ExistingRole {
                    arn: format!("arn:aws:iam::123456789012:role{}{name}", wanted.path),
                    path: wanted.path.clone(),
                    trust: wanted.trust.clone(),
                    policies: BTreeMap::new(),
                    attached: BTreeSet::new(),
                    tags: wanted.tags.clone(),
                    profiles: BTreeSet::new(),
                };
                assert!(roles.insert(name.clone(), role).is_none(), "{name} is made once");
            }
            Change::PutPolicy { policy, document } => {
                let policies = &mut roles.get_mut(name).unwrap().policies;
                policies.insert(policy.clone(), document.clone());
            }
            Change::SetTrust { document } => roles.get_mut(name).unwrap().trust = document.clone(),
            Change::DeletePolicy { policy } => {
                roles.get_mut(name).unwrap().policies.remove(policy).unwrap();
            }
            Change::Detach { policy } => {
                assert!(roles.get_mut(name).unwrap().attached.remove(policy));
            }
            Change::DeleteRole => {
                let role = roles.remove(name).unwrap();
                let empty = role.policies.is_empty() && role.attached.is_empty();
                assert!(empty && role.profiles.is_empty(), "IAM would say DeleteConflict");
            }
            Change::CreateProfile { path, tags } => {
                let (path, tags, roles) = (path.clone(), tags.clone(), BTreeSet::new());
                let profile = ExistingProfile { arn: "arn:profile".into(), path, roles, tags };
                profiles.insert(name.clone(), profile);
            }
            Change::AddToProfile => {
                roles.get_mut(name).unwrap().profiles.insert(name.clone());
                profiles.get_mut(name).unwrap().roles.insert(name.clone());
            }
            Change::RemoveFromProfile { profile } => {
                roles.get_mut(name).unwrap().profiles.remove(profile);
                profiles.get_mut(profile).unwrap().roles.remove(name);
            }
            Change::DeleteProfile => {
                let profile = profiles.remove(name).unwrap();
                assert!(profile.roles.is_empty(), "IAM would say DeleteConflict");
            }
        }
    }
}

fn judged(existing: &Existing) -> Result<Vec<RoleAction>, Clash> {
    let identity = Identity::of(&asked(), &owner());
    judge(&wanted(&asked(), &owner()), existing, &identity, &owner())
}

fn made() -> Iam {
    Iam::after(&judged(&Existing::default()).unwrap())
}

#[test]
fn what_was_made_needs_no_change_and_what_was_half_made_is_finished() {
    let actions = judged(&Existing::default()).unwrap();
    assert_eq!(judged(&made().0), Ok(Vec::new()));
    for done in 0..actions.len() {
        let mut iam = Iam::after(&actions[..done]);
        for action in judged(&iam.0).unwrap() {
            iam.perform(&action);
        }
        assert_eq!(judged(&iam.0), Ok(Vec::new()), "after {done} of {} changes", actions.len());
    }
}

// Checks S30.
#[test]
fn a_delete_leaves_nothing_of_ours_at_any_point_and_nothing_else_is_touched() {
    let actions = judged(&Existing::default()).unwrap();
    let identity = Identity::of(&asked(), &owner());
    for done in 0..=actions.len() {
        let mut iam = Iam::after(&actions[..done]);
        let foreign = Iam::after(&actions[..1]).0.roles.into_values().next().unwrap();
        let foreign = ExistingRole { tags: BTreeMap::new(), ..foreign };
        let name = identity.name("SomeoneElses");
        iam.0.roles.insert(name.clone(), foreign.clone());
        for action in judge(&[], &iam.0, &identity, &owner()).unwrap() {
            iam.perform(&action);
        }
        assert_eq!(iam.0.roles, BTreeMap::from([(name, foreign)]), "after {done} changes");
        assert!(iam.0.profiles.is_empty(), "after {done} changes");
    }
}

// Checks S29.
#[test]
fn a_name_that_is_taken_is_named_and_never_adopted() {
    let mut iam = made();
    // The role that is judged first.
    let name = wanted(&asked(), &owner())[0].name.clone();
    let role = iam.0.roles.get_mut(&name).unwrap();
    role.tags.insert("muster:stack-id".into(), "arn:of:another:stack".into());
    assert_eq!(judged(&iam.0), Err(Clash::NameTaken { name }));
}

// Checks S27, S28.
#[test]
fn the_physical_id_is_pure_and_read_back_for_its_own_owner_only() {
    let identity = Identity::of(&asked(), &owner());
    let id = identity.physical_id();
    assert_eq!(Identity::of(&asked(), &owner()).physical_id(), id);
    assert_eq!(Identity::read(&id, &owner()), Some(identity));
    let other = Owner { logical_id: "Other".into(), ..owner() };
    assert_eq!(Identity::read(&id, &other), None);
    for foreign in
        ["", "Roles-1ABCDEF", "muster-roles:v1:", "muster-roles:v2:a:/muster/:p", "../../x"]
    {
        assert_eq!(Identity::read(foreign, &owner()), None, "{foreign}");
    }
}

#[test]
fn fargate_alone_needs_no_role_for_hosts() {
    let asked = Properties::read(&json!({ "ClusterName": "prod", "Capacity": "FARGATE" })).unwrap();
    let attributes: Vec<String> =
        wanted(&asked, &owner()).into_iter().map(|role| role.attribute).collect();
    assert_eq!(attributes, ["ECSRoleArn", "ECSTaskExecutionRoleArn"]);
}
