//! IAM: roles, policies and instance profiles of one account.

use super::{Answer, ApiError, World};
use crate::world::input::Paging;
use serde_json::Value;
use std::collections::BTreeMap;

mod attached;
mod boundary;
mod document;
mod inline;
mod late;
mod managed;
mod names;
mod policies;
mod profile_requests;
mod profiles;
mod roles;
mod service_linked;
mod simulate;
mod state;
mod tags;
#[cfg(test)]
mod tests;

pub use state::{Policy, Profile, Role};

const PAGING: Paging = Paging {
    size: "MaxItems",
    token: "Marker",
    usual: 100,
    most: 1000,
    refusal: "ValidationError",
};

/// All that IAM knows. Names are unique whatever their case, so the keys are in lower case.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    roles: BTreeMap<String, Role>,
    profiles: BTreeMap<String, Profile>,
    /// The account's own policies by their ARNs.
    policies: BTreeMap<String, Policy>,
    late: late::Late,
}

impl Iam {
    /// A role by its name, in the case in which it was made.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&name.to_lowercase()).filter(|role| role.name == name)
    }

    /// All roles in the order of their names.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// An instance profile by its name, in the case in which it was made.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(&name.to_lowercase()).filter(|profile| profile.name == name)
    }

    /// All instance profiles in the order of their names.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    fn known_role(&self, name: &str) -> Result<&Role, ApiError> {
        self.role(name).ok_or_else(|| no_role(name))
    }

    /// A role to be changed; service-linked ones cannot be.
    fn own_role(&mut self, name: &str) -> Result<&mut Role, ApiError> {
        let role = self.roles.get_mut(&name.to_lowercase()).filter(|role| role.name == name);
        let role = role.ok_or_else(|| no_role(name))?;
        if role.is_service_linked() {
            let text = format!(
                "Cannot perform the operation on the protected role '{name}' - this role is only \
                 modifiable by AWS"
            );
            return Err(ApiError::client("UnmodifiableEntity", text));
        }
        Ok(role)
    }
}

fn no_role(name: &str) -> ApiError {
    missing(format!("The role with name {name} cannot be found."))
}

/// `NoSuchEntity`, HTTP 404.
fn missing(text: impl Into<String>) -> ApiError {
    ApiError::client("NoSuchEntity", text).with_status(404)
}

/// An error that another thing stands in the way, HTTP 409.
fn conflict(code: &str, text: impl Into<String>) -> ApiError {
    ApiError::client(code, text).with_status(409)
}

/// One page of `all` under `name`, as IAM writes it.
fn paged(input: &Value, name: &str, all: BTreeMap<String, Value>) -> Answer {
    let page = PAGING.page(input, all)?;
    let more = page.next.is_some();
    let mut answer = page.answer(name, "Marker");
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("IsTruncated".to_owned(), more.into());
    }
    Ok(answer)
}

/// One API call.
pub(super) fn call(world: &mut World, operation: &str, input: &Value) -> Answer {
    late::call(world, operation, |world| now(world, operation, input))
}

fn now(world: &mut World, operation: &str, input: &Value) -> Answer {
    match operation {
        "CreateRole" => roles::create(world, input),
        "GetRole" => roles::get(&world.iam, input),
        "DeleteRole" => roles::delete(&mut world.iam, input),
        "UpdateRole" => roles::update(&mut world.iam, input),
        "ListRoles" => roles::list(&world.iam, input),
        "UpdateAssumeRolePolicy" => roles::update_trust(&mut world.iam, input),
        "CreateServiceLinkedRole" => service_linked::create(world, input),
        "TagRole" => tags::tag_role(&mut world.iam, input),
        "UntagRole" => tags::untag_role(&mut world.iam, input),
        "ListRoleTags" => tags::of_role(&world.iam, input),
        "PutRolePermissionsBoundary" => boundary::put(&mut world.iam, input),
        "DeleteRolePermissionsBoundary" => boundary::delete(&mut world.iam, input),
        "PutRolePolicy" => inline::put(&mut world.iam, input),
        "GetRolePolicy" => inline::get(&world.iam, input),
        "DeleteRolePolicy" => inline::delete(&mut world.iam, input),
        "ListRolePolicies" => inline::list(&world.iam, input),
        "AttachRolePolicy" => attached::attach(&mut world.iam, input),
        "DetachRolePolicy" => attached::detach(&mut world.iam, input),
        "ListAttachedRolePolicies" => attached::list(&world.iam, input),
        "SimulatePrincipalPolicy" => simulate::principal_policy(&world.iam, input),
        "CreatePolicy" => policies::create(world, input),
        "GetPolicy" => policies::get(&world.iam, input),
        "DeletePolicy" => policies::delete(&mut world.iam, input),
        _ => profile_requests::call(world, operation, input),
    }
}
