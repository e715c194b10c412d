use domain::roles::{
    Change, Clash, Existing, ExistingProfile, ExistingRole, Identity, Limits, Owner, Properties,
    RoleAction, Wanted, judge,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn owner() -> Owner {
    Owner {
        partition: "aws".into(),
        account: "123456789012".into(),
        region: "us-west-2".into(),
        stack_id: "arn:aws:cloudformation:us-west-2:123456789012:stack/prod/1".into(),
        logical_id: "Roles".into(),
        creating: Some("request-1".into()),
    }
}

pub(crate) fn wanted(asked: &Properties, owner: &Owner) -> Wanted {
    domain::roles::wanted(asked, owner, &Limits::default()).unwrap()
}

pub(crate) fn asked() -> Properties {
    Properties::read(&json!({ "ClusterName": "prod", "TaskRoles": { "web": { "exec": true } } }))
        .unwrap()
}

/// IAM, as far as these changes need it.
#[derive(Default)]
pub(crate) struct Iam(pub(crate) Existing);

impl Iam {
    fn after(actions: &[RoleAction]) -> Self {
        let mut iam = Self::default();
        for action in actions {
            iam.perform(action);
        }
        iam
    }

    fn perform(&mut self, RoleAction { name, change }: &RoleAction) {
        let Existing { roles, profiles, service_linked } = &mut self.0;
        match change {
            Change::CreateRole { wanted } => {
                let role = ExistingRole {
                    arn: format!("arn:aws:iam::123456789012:role{}{name}", wanted.path),
                    path: wanted.path.clone(),
                    description: wanted.description.clone(),
                    boundary: wanted.boundary.clone(),
                    trust: wanted.trust.clone(),
                    policies: BTreeMap::new(),
                    attached: BTreeSet::new(),
                    tags: wanted.tags.clone(),
                    profiles: BTreeSet::new(),
                };
                assert!(roles.insert(name.clone(), role).is_none(), "{name} is made once");
            }
            Change::CreateServiceLinked { .. } => assert!(service_linked.insert(name.clone())),
            Change::SetBoundary { boundary } => {
                roles.get_mut(name).unwrap().boundary = Some(boundary.clone());
            }
            Change::DeleteBoundary => roles.get_mut(name).unwrap().boundary = None,
            Change::Describe { description } => {
                description.clone_into(&mut roles.get_mut(name).unwrap().description);
            }
            Change::Tag { tags } => roles.get_mut(name).unwrap().tags.extend(tags.clone()),
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

pub(crate) fn judged(existing: &Existing) -> Result<Vec<RoleAction>, Clash> {
    let identity = Identity::of(&asked(), &owner());
    judge(&wanted(&asked(), &owner()), existing, &identity, &owner())
}

pub(crate) fn made() -> Iam {
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
        let foreign = made().0.roles.into_values().next().unwrap();
        let foreign = ExistingRole { tags: BTreeMap::new(), profiles: BTreeSet::new(), ..foreign };
        let name = identity.name("SomeoneElses");
        iam.0.roles.insert(name.clone(), foreign.clone());
        for action in judge(&Wanted::default(), &iam.0, &identity, &owner()).unwrap() {
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
    let name = wanted(&asked(), &owner()).roles[0].name.clone();
    let tags = iam.0.roles[&name].tags.clone();
    // Another stack's, nobody's, and our own stack's of another request: tags can be forged.
    for (tag, value) in [
        ("muster:stack", Some("arn:of:another:stack")),
        ("muster:stack", None),
        ("muster:resource", Some("Other")),
        ("muster:request", Some("request-0")),
        ("muster:request", None),
    ] {
        let mut other = tags.clone();
        other.remove(tag);
        other.extend(value.map(|value| (tag.to_owned(), value.to_owned())));
        iam.0.roles.get_mut(&name).unwrap().tags = other;
        assert_eq!(judged(&iam.0), Err(Clash::NameTaken { name: name.clone() }), "{tag} {value:?}");
    }
    // An Update takes what our stack made, whichever request it was.
    iam.0.roles.get_mut(&name).unwrap().tags = tags;
    let later = Owner { creating: None, ..owner() };
    let identity = Identity::of(&asked(), &later);
    assert_eq!(judge(&wanted(&asked(), &later), &iam.0, &identity, &later), Ok(Vec::new()));
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
    for made_up in ["Roles-1ABCDEFGHIJK", "prod-Roles-1ABCDEFGHIJKL"] {
        assert!(Identity::is_made_up(made_up, &owner()), "{made_up}");
    }
    for other in ["Roles-1ABC", "Other-1ABCDEFGHIJK", "Roles-1abcdefghijk", "", &id] {
        assert!(!Identity::is_made_up(other, &owner()), "{other}");
    }
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
        wanted(&asked, &owner()).roles.into_iter().map(|role| role.attribute).collect();
    assert_eq!(attributes, ["ECSRole", "ECSTaskExecutionRole"]);
}

// What drifted is repaired, and only that; what means the same is left.
#[test]
fn drift_is_repaired_and_another_way_to_say_the_same_is_none() {
    let drifted = |change: &dyn Fn(&mut ExistingRole)| {
        let mut iam = made();
        let name = wanted(&asked(), &owner()).roles[0].name.clone();
        change(iam.0.roles.get_mut(&name).unwrap());
        let actions: Vec<String> =
            judged(&iam.0).unwrap().iter().map(ToString::to_string).collect();
        for action in judged(&iam.0).unwrap() {
            iam.perform(&action);
        }
        assert_eq!(judged(&iam.0), Ok(Vec::new()));
        actions.into_iter().map(|it| it.replace(&name, "it")).collect::<Vec<_>>()
    };
    let policy = |role: &mut ExistingRole| role.policies["manage"].clone();
    assert_eq!(drifted(&|role| role.trust = json!({})), ["set the trust of it"]);
    assert_eq!(drifted(&|role| drop(role.policies.remove("manage"))), ["put policy manage on it"]);
    assert_eq!(
        drifted(&|role| {
            let document = policy(role);
            role.policies.insert("extra".into(), document);
        }),
        ["delete policy extra of it"]
    );
    assert_eq!(drifted(&|role| role.boundary = Some("b".into())), ["take the boundary of it away"]);
    assert_eq!(drifted(&|role| role.description.clear()), ["describe it"]);
    assert_eq!(drifted(&|role| drop(role.tags.remove("muster:cluster"))), ["tag it"]);
    // Tags and policies that others put there are theirs.
    assert_eq!(drifted(&|role| drop(role.tags.insert("team".into(), "x".into()))), [""; 0]);
    assert_eq!(drifted(&|role| role.attached.extend(["arn:x".to_owned()])), [""; 0]);
    assert_eq!(
        drifted(&|role| {
            let mut document = policy(role);
            let statements = document["Statement"].as_array_mut().unwrap();
            statements.reverse();
            role.policies.insert("manage".into(), document);
        }),
        [""; 0]
    );
}

#[test]
fn service_linked_roles_are_made_where_they_are_missing_and_never_deleted() {
    let made_for = |properties: serde_json::Value| {
        let asked = Properties::read(&properties).unwrap();
        let identity = Identity::of(&asked, &owner());
        let actions = judge(&wanted(&asked, &owner()), &Existing::default(), &identity, &owner());
        let all: Vec<String> = actions.unwrap().iter().map(ToString::to_string).collect();
        all.into_iter().filter(|it| it.contains("service-linked")).collect::<Vec<_>>()
    };
    let (ecs, scaling) =
        ("AWSServiceRoleForECS", "AWSServiceRoleForApplicationAutoScaling_ECSService");
    let create = |name| format!("create service-linked role {name}");
    assert_eq!(made_for(json!({ "ClusterName": "a" })), [create(ecs), create(scaling)]);
    assert_eq!(made_for(json!({ "ClusterName": "a", "Capacity": "FARGATE" })), [create(ecs)]);
    assert_eq!(made_for(json!({ "ClusterName": "a", "ServiceLinkedRoles": "false" })), [""; 0]);
    let identity = Identity::of(&asked(), &owner());
    let gone = judge(&Wanted::default(), &made().0, &identity, &owner()).unwrap();
    assert!(gone.iter().all(|action| !action.name.starts_with("AWSServiceRole")));
}

#[test]
fn two_resources_of_one_stack_and_two_regions_have_names_of_their_own() {
    let names = |owner: &Owner| -> BTreeSet<String> {
        wanted(&asked(), owner).roles.into_iter().map(|role| role.name).collect()
    };
    let here = names(&owner());
    let beside = names(&Owner { logical_id: "Others".into(), ..owner() });
    let stack_id = "arn:aws:cloudformation:eu-west-1:123456789012:stack/prod/1".to_owned();
    let there = names(&Owner { stack_id, region: "eu-west-1".into(), ..owner() });
    assert!(here.is_disjoint(&beside) && here.is_disjoint(&there) && beside.is_disjoint(&there));
    assert!(here.iter().any(|name| name.starts_with("prod-EC2Role-")), "{here:?}");
}

// Checks S30: the function's own role reaches no role outside of the operator's boundary.
#[test]
fn a_role_from_before_the_boundary_is_brought_inside_it_to_be_deleted() {
    let boundary = "arn:aws:iam::123456789012:policy/muster/boundary".to_owned();
    let limits = Limits { boundary: Some(boundary.clone()), raw_statements: false };
    let identity = Identity::of(&asked(), &owner());
    let bound = domain::roles::wanted(&asked(), &owner(), &limits).unwrap().boundary;
    let nothing = Wanted { boundary: bound, ..Wanted::default() };
    let mut iam = made();
    for action in judge(&nothing, &iam.0, &identity, &owner()).unwrap() {
        let inside = iam.0.roles.get(&action.name).and_then(|role| role.boundary.clone());
        let sets = matches!(action.change, Change::SetBoundary { .. });
        let of_profile = matches!(action.change, Change::DeleteProfile);
        assert!(sets || of_profile || inside.as_ref() == Some(&boundary), "{action:?}");
        iam.perform(&action);
    }
    assert!(iam.0.roles.is_empty());
}

#[test]
fn a_cluster_that_cloudformation_named_has_roles_with_names_that_fit() {
    let name = format!("{}-Cluster-a1b2c3d4e5f6", "production-and-its-surroundings".repeat(6));
    let properties = json!({ "ClusterName": name, "TaskRoles": { "Sample": { "exec": true } } });
    let wanted = wanted(&Properties::read(&properties).unwrap(), &owner());
    for role in &wanted.roles {
        assert!(role.name.starts_with("production-") && role.name.len() <= 64, "{}", role.name);
    }
    let given = json!({ "ClusterName": "prod", "NamePrefix": name });
    assert!(Properties::read(&given).is_err(), "what was asked for is not cut");
}
