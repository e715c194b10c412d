//! The roles and instance profiles that there are.

use crate::config::Aws;
use crate::reads::{listed, reserved};
use aws_sdk_ec2::types::{Filter, Instance};
use aws_sdk_iam::types::{AttachedPolicy, Role};
use domain::Fault;
use domain::roles::{Existing, ExistingProfile, ExistingRole, Identity, Wanted};
use percent_encoding::percent_decode_str;
use ports::{LookRoles, Page, pages};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

impl LookRoles for Aws {
    async fn existing(&self, identity: &Identity, wanted: &Wanted) -> Result<Existing, Fault> {
        let mut all: BTreeSet<String> = wanted.roles.iter().map(|role| role.name.clone()).collect();
        let listed = self.role_names(&identity.path).await?;
        let profiles = self.profile_names(&identity.path).await?;
        all.extend(listed.into_iter().chain(profiles).filter(|name| identity.may_have_named(name)));

        let mut existing = Existing::default();
        for one in &wanted.service_linked {
            let sending = self.iam.get_role().role_name(one.name).send();
            if absent(self.send("iam:GetRole", sending).await)?.is_some() {
                existing.service_linked.insert(one.name.to_owned());
            }
        }
        for name in all {
            if let Some(role) = self.role(&name).await? {
                // A profile of another name that carries our role must be known too: it may be foreign.
                for profile in &role.profiles {
                    if let Some(found) = self.profile(profile).await? {
                        existing.profiles.insert(profile.clone(), found);
                    }
                }
                existing.roles.insert(name.clone(), role);
            }
            if let Some(profile) = self.profile(&name).await? {
                existing.profiles.insert(name, profile);
            }
        }
        Ok(existing)
    }

    async fn users(&self, profile_arn: &str) -> Result<Vec<String>, Fault> {
        const CALL: &str = "ec2:DescribeInstances";
        let of = |name: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            Filter::builder().name(name).set_values(Some(values)).build()
        };
        let live = ["pending", "running", "shutting-down", "stopping", "stopped"];
        let filters =
            vec![of("iam-instance-profile.arn", &[profile_arn]), of("instance-state-name", &live)];
        pages::all(CALL, async |token| {
            let request = self.ec2.describe_instances().set_filters(Some(filters.clone()));
            let answer = self.send(CALL, request.set_next_token(token).send()).await?;
            let id = |one: Instance| told(CALL, "instanceId", &one.instance_id.unwrap_or_default());
            let items =
                reserved(answer.reservations)?.into_iter().map(id).collect::<Result<_, _>>()?;
            Ok(Page { items, next: answer.next_token })
        })
        .await
    }
}

/// `None` where IAM says that there is no such thing; any other fault stays one.
fn absent<T>(result: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Fault::NotFound { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// What was there a moment ago and is not now: IAM shows changes late, and some reads sooner than others. Another look
/// tells.
fn still_there<T>(result: Result<T, Fault>) -> Result<T, Fault> {
    result.map_err(|fault| match fault {
        Fault::NotFound { call, told } => Fault::Contended { call, told },
        other => other,
    })
}

/// IAM URL-encodes the documents that it returns (RFC 3986; `GetRolePolicy` in the IAM API reference).
fn document(call: &str, text: Option<&str>) -> Result<Value, Fault> {
    let decoded = percent_decode_str(text.unwrap_or_default()).decode_utf8().ok();
    let parsed = decoded.and_then(|text| serde_json::from_str(&text).ok());
    parsed.ok_or_else(|| partial(call, "a policy document could not be read"))
}

fn partial(call: &str, told: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: told.to_owned() }
}

/// The SDK puts empty texts and lists where something that must be there is not: a thing that has not the name that was
/// asked for is none.
fn is_named(told: &str, asked: &str, arn: &str) -> bool {
    told.eq_ignore_ascii_case(asked) && arn.starts_with("arn:")
}

/// A name, which is never empty but where the SDK puts an empty text in its place.
fn told(call: &str, field: &str, name: &str) -> Result<String, Fault> {
    if name.is_empty() {
        return Err(partial(call, &format!("{field} is missing")));
    }
    Ok(name.to_owned())
}

fn tags(tags: &[aws_sdk_iam::types::Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

impl Aws {
    async fn role_names(&self, path: &str) -> Result<Vec<String>, Fault> {
        const CALL: &str = "iam:ListRoles";
        pages::all(CALL, async |marker| {
            let request = self.iam.list_roles().path_prefix(path).set_marker(marker);
            let answer = self.send(CALL, request.send()).await?;
            let names = answer.roles().iter().map(Role::role_name);
            let names = names.map(|name| told(CALL, "RoleName", name)).collect::<Result<_, _>>()?;
            Ok(Page { items: names, next: answer.marker().map(str::to_owned) })
        })
        .await
    }

    async fn profile_names(&self, path: &str) -> Result<Vec<String>, Fault> {
        const CALL: &str = "iam:ListInstanceProfiles";
        pages::all(CALL, async |marker| {
            let request = self.iam.list_instance_profiles().path_prefix(path).set_marker(marker);
            let answer = self.send(CALL, request.send()).await?;
            let profiles = answer.instance_profiles().iter();
            let names = profiles
                .map(|one| told(CALL, "InstanceProfileName", one.instance_profile_name()))
                .collect::<Result<_, _>>()?;
            Ok(Page { items: names, next: answer.marker().map(str::to_owned) })
        })
        .await
    }

    async fn role(&self, name: &str) -> Result<Option<ExistingRole>, Fault> {
        const CALL: &str = "iam:GetRole";
        let sending = self.iam.get_role().role_name(name).send();
        let Some(answer) = absent(self.send(CALL, sending).await)? else {
            return Ok(None);
        };
        let whole = answer.role().filter(|role| is_named(role.role_name(), name, role.arn()));
        let role = whole.ok_or_else(|| partial(CALL, "Role, its name or its ARN is missing"))?;
        Ok(Some(ExistingRole {
            arn: role.arn().to_owned(),
            path: role.path().to_owned(),
            description: role.description().unwrap_or_default().to_owned(),
            boundary: role
                .permissions_boundary()
                .and_then(|one| one.permissions_boundary_arn())
                .map(str::to_owned),
            trust: document(CALL, role.assume_role_policy_document())?,
            tags: tags(role.tags()),
            policies: still_there(self.policies(name).await)?,
            attached: still_there(self.attached(name).await)?,
            profiles: still_there(self.profiles_of(name).await)?,
        }))
    }

    async fn policies(&self, role: &str) -> Result<BTreeMap<String, Value>, Fault> {
        const LIST: &str = "iam:ListRolePolicies";
        const GET: &str = "iam:GetRolePolicy";
        let names = pages::all(LIST, async |marker| {
            let request = self.iam.list_role_policies().role_name(role).set_marker(marker);
            let answer = self.send(LIST, request.send()).await?;
            let names = answer.policy_names().iter();
            let items =
                names.map(|name| told(LIST, "PolicyNames", name)).collect::<Result<_, _>>()?;
            Ok(Page { items, next: answer.marker().map(str::to_owned) })
        })
        .await?;

        let mut policies = BTreeMap::new();
        for name in names {
            let sending = self.iam.get_role_policy().role_name(role).policy_name(&name).send();
            let answer = self.send(GET, sending).await?;
            let document = document(GET, Some(answer.policy_document()))?;
            policies.insert(name, document);
        }
        Ok(policies)
    }

    async fn attached(&self, role: &str) -> Result<BTreeSet<String>, Fault> {
        const CALL: &str = "iam:ListAttachedRolePolicies";
        let arns = pages::all(CALL, async |marker| {
            let request = self.iam.list_attached_role_policies().role_name(role);
            let answer = self.send(CALL, request.set_marker(marker).send()).await?;
            let policies = listed(CALL, "AttachedPolicies", answer.attached_policies)?;
            let arn =
                |one: AttachedPolicy| told(CALL, "PolicyArn", &one.policy_arn.unwrap_or_default());
            let arns = policies.into_iter().map(arn).collect::<Result<_, _>>()?;
            Ok(Page { items: arns, next: answer.marker })
        })
        .await?;
        Ok(arns.into_iter().collect())
    }

    async fn profiles_of(&self, role: &str) -> Result<BTreeSet<String>, Fault> {
        const CALL: &str = "iam:ListInstanceProfilesForRole";
        let names = pages::all(CALL, async |marker| {
            let request = self.iam.list_instance_profiles_for_role().role_name(role);
            let answer = self.send(CALL, request.set_marker(marker).send()).await?;
            let profiles = answer.instance_profiles().iter();
            let names = profiles
                .map(|one| told(CALL, "InstanceProfileName", one.instance_profile_name()))
                .collect::<Result<_, _>>()?;
            Ok(Page { items: names, next: answer.marker().map(str::to_owned) })
        })
        .await?;
        Ok(names.into_iter().collect())
    }

    async fn profile(&self, name: &str) -> Result<Option<ExistingProfile>, Fault> {
        const CALL: &str = "iam:GetInstanceProfile";
        let sending = self.iam.get_instance_profile().instance_profile_name(name).send();
        let Some(answer) = absent(self.send(CALL, sending).await)? else {
            return Ok(None);
        };
        let whole = answer
            .instance_profile()
            .filter(|one| is_named(one.instance_profile_name(), name, one.arn()));
        let profile = whole
            .ok_or_else(|| partial(CALL, "InstanceProfile, its name or its ARN is missing"))?;
        Ok(Some(ExistingProfile {
            arn: profile.arn().to_owned(),
            path: profile.path().to_owned(),
            roles: profile
                .roles()
                .iter()
                .map(|role| told(CALL, "RoleName", role.role_name()))
                .collect::<Result<_, _>>()?,
            tags: tags(profile.tags()),
        }))
    }
}
