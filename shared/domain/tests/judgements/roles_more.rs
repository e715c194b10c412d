//! Instance profiles, boundaries, and which service-linked roles are made.

use crate::roles::{asked, judged, made, owner, wanted};
use domain::roles::{Clash, Existing, ExistingProfile, Identity, Limits, Owner, Wanted, judge};
use std::collections::BTreeSet;

fn told(existing: &Existing) -> Vec<String> {
    judged(existing).unwrap().iter().map(ToString::to_string).collect()
}

/// The name of the hosts' role, which alone has a profile.
fn host_role() -> String {
    let all = wanted(&asked(), &owner()).roles;
    all.into_iter().find(|role| role.profile).unwrap().name
}

#[test]
fn the_hosts_role_gets_a_profile_of_its_name_and_what_is_half_made_is_finished() {
    let name = host_role();
    let (create, put) = (
        format!("create instance profile {name}"),
        format!("put {name} into its instance profile"),
    );
    let all = told(&Existing::default());
    let of_profiles: Vec<&String> = all.iter().filter(|it| it.contains("profile")).collect();
    assert_eq!(of_profiles, [&create, &put]);

    let mut without = made();
    without.0.profiles.clear();
    assert_eq!(told(&without.0), [create, put.clone()]);
    let mut empty = made();
    empty.0.profiles.get_mut(&name).unwrap().roles.clear();
    assert_eq!(told(&empty.0), [put]);
}

// Checks S29.
#[test]
fn a_profile_of_another_owner_is_not_taken_over() {
    let name = host_role();
    let mut iam = made();
    iam.0.profiles.get_mut(&name).unwrap().tags.clear();
    assert_eq!(judged(&iam.0), Err(Clash::NameTaken { name }));
}

// Checks S29, S30.
#[test]
fn only_profiles_with_our_tags_path_and_name_that_nobody_wants_are_deleted() {
    let identity = Identity::of(&asked(), &owner());
    let ours = made().0.profiles[&host_role()].clone();
    let lone = ExistingProfile { roles: BTreeSet::new(), ..ours };
    let mut iam = made();
    for (name, profile) in [
        (identity.name("Old"), lone.clone()),
        (identity.name("Tagless"), ExistingProfile { tags: [].into(), ..lone.clone() }),
        (identity.name("Elsewhere"), ExistingProfile { path: "/muster/x/".into(), ..lone.clone() }),
        ("Misnamed".to_owned(), lone),
    ] {
        iam.0.profiles.insert(name, profile);
    }
    assert_eq!(told(&iam.0), [format!("delete instance profile {}", identity.name("Old"))]);
}

// Checks S29: a role of ours that somebody put elsewhere is not deleted by its tags alone.
#[test]
fn only_roles_with_our_tags_path_and_name_that_nobody_wants_are_deleted() {
    let identity = Identity::of(&asked(), &owner());
    let mut iam = made();
    let ours = iam.0.roles.values().find(|role| role.profiles.is_empty()).unwrap().clone();
    let mut tagless = ours.clone();
    tagless.tags.clear();
    let mut elsewhere = ours.clone();
    elsewhere.path = "/muster/x/".into();
    for (name, role) in [
        (identity.name("Old"), ours.clone()),
        (identity.name("Tagless"), tagless),
        (identity.name("Elsewhere"), elsewhere),
        ("Misnamed".to_owned(), ours),
    ] {
        iam.0.roles.insert(name, role);
    }
    let deleted: Vec<String> =
        told(&iam.0).into_iter().filter(|it| it.starts_with("delete role")).collect();
    assert_eq!(deleted, [format!("delete role {}", identity.name("Old"))]);
}

// Checks S29.
#[test]
fn a_role_that_is_in_a_profile_of_others_is_named_and_not_torn_out() {
    let identity = Identity::of(&asked(), &owner());
    let mut iam = made();
    let name = host_role();
    iam.0.roles.get_mut(&name).unwrap().profiles.insert("theirs".into());
    let removed = judge(&Wanted::default(), &iam.0, &identity, &owner());
    assert_eq!(removed, Err(Clash::InForeignProfile { name, profile: "theirs".into() }));
}

#[test]
fn another_boundary_is_set_and_the_right_one_is_left() {
    let boundary = "arn:aws:iam::123456789012:policy/Boundary";
    let limits = Limits { boundary: Some(boundary.to_owned()), raw_statements: false };
    let bound = domain::roles::wanted(&asked(), &owner(), &limits).unwrap();
    let identity = Identity::of(&asked(), &owner());
    let changes = |found: Option<&str>| {
        let mut iam = made();
        for role in iam.0.roles.values_mut() {
            role.boundary = found.map(str::to_owned);
        }
        let actions = judge(&bound, &iam.0, &identity, &owner()).unwrap();
        let set = |it: &String| it.starts_with("set the boundary of");
        let all: Vec<String> = actions.iter().map(ToString::to_string).collect();
        assert!(all.iter().all(set), "{all:?}");
        all.len()
    };
    let roles = bound.roles.len();
    assert_eq!((changes(None), changes(Some("other")), changes(Some(boundary))), (roles, roles, 0));
}

#[test]
fn a_service_linked_role_that_is_there_is_not_made_again() {
    let mut existing = Existing::default();
    existing.service_linked.insert("AWSServiceRoleForECS".to_owned());
    let made: Vec<String> =
        told(&existing).into_iter().filter(|it| it.contains("service-linked")).collect();
    let scaling = "AWSServiceRoleForApplicationAutoScaling_ECSService";
    assert_eq!(made, [format!("create service-linked role {scaling}")]);
}

#[test]
fn amazons_names_end_otherwise_in_china() {
    let domain = |partition: &str| Owner { partition: partition.into(), ..owner() }.domain();
    assert_eq!(domain("aws"), "amazonaws.com");
    assert_eq!(domain("aws-cn"), "amazonaws.com.cn");
}
