//! The properties of both custom resources, and what comes of them.

use super::{is_fit_to_print, json};
use domain::property::PropertyError;
use domain::roles::{
    Existing, Identity, Limits, Owner, Properties, RoleAction, Wanted, judge, same, wanted,
};
use domain::teardown;
use serde_json::Value;

fn owner() -> Owner {
    Owner {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
        stack_id: "arn:aws:cloudformation:us-west-2:123456789012:stack/web/1".to_owned(),
        logical_id: "Roles".to_owned(),
        creating: None,
    }
}

pub(crate) fn run(data: &[u8]) {
    let Some(value) = json(data) else { return };
    match teardown::Properties::read(&value) {
        Ok(asked) => {
            assert!((1..=50).contains(&asked.groups.len()));
            assert!(asked.drain.as_secs() <= 2_700 && asked.timeout.as_secs() <= 3_600);
        }
        Err(bad) => refused(&bad, &value),
    }
    let asked = match Properties::read(&value) {
        Ok(asked) => asked,
        Err(bad) => return refused(&bad, &value),
    };
    assert_eq!(Properties::read(&value).as_ref(), Ok(&asked));
    let (owner, identity) = (owner(), Identity::of(&asked, &owner()));
    assert_eq!(Identity::read(&identity.physical_id(), &owner), Some(identity.clone()));
    let strict = Limits::default();
    let lenient = Limits { raw_statements: true, ..Limits::default() };
    for limits in [strict, lenient] {
        match wanted(&asked, &owner, &limits) {
            Ok(roles) => made(&roles, &identity, &owner),
            Err(bad) => refused(&bad, &value),
        }
    }
}

/// A refusal names the field, and never the value.
fn refused(bad: &PropertyError, value: &Value) {
    is_fit_to_print(bad, 1_200);
    let name = match bad {
        PropertyError::Unknown { name, .. }
        | PropertyError::Bad { name, .. }
        | PropertyError::TooMuch { name, .. } => name,
    };
    assert!(!name.is_empty() || value.is_object(), "a field without a name: {bad}");
}

/// What is asked for can be made, is one of ours by name, and is at rest once it is there.
fn made(wanted: &Wanted, identity: &Identity, owner: &Owner) {
    for role in &wanted.roles {
        assert!(role.name.len() <= 64, "{}", role.name);
        assert!(identity.may_have_named(&role.name), "{} is not ours", role.name);
        assert!(role.path.starts_with("/muster/") && owner.owns(&role.tags));
        let documents = role.policies.values();
        let all: usize = documents.clone().map(|document| document.to_string().len()).sum();
        assert!(all <= 10_240 && role.trust.to_string().len() <= 2_048);
        for document in documents.chain([&role.trust]) {
            let told: Option<Value> = serde_json::from_str(&document.to_string()).ok();
            assert!(told.is_some_and(|told| same(&told, document)), "another when it is read");
        }
    }
    let actions = judge(wanted, &Existing::default(), identity, owner).unwrap_or_default();
    let named = |one: &RoleAction| wanted.roles.iter().any(|role| role.name == one.name);
    let linked = |one: &RoleAction| wanted.service_linked.iter().any(|it| it.name == one.name);
    assert!(actions.iter().all(|one| named(one) || linked(one)), "what nobody asked for is made");
}
