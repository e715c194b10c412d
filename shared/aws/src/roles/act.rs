//! Changes to IAM: one exhaustive match.

use crate::config::Aws;
use aws_sdk_iam::types::Tag;
use domain::Fault;
use domain::roles::{Change, RoleAction, WantedRole};
use ports::ActRoles;
use std::collections::BTreeMap;

impl ActRoles for Aws {
    async fn change(&self, action: &RoleAction) -> Result<(), Fault> {
        let (name, call) = (action.name.as_str(), action.call());
        match &action.change {
            Change::CreateRole { wanted } => self.create_role(call, wanted).await,
            Change::CreateServiceLinked { service } => {
                let request = self.iam.create_service_linked_role().aws_service_name(*service);
                match self.send(call, request.send()).await {
                    // IAM's word for one that is there already.
                    Err(Fault::Refused { call, code, told })
                        if code == "InvalidInput" && told.contains("has been taken") =>
                    {
                        Err(Fault::AlreadySo { call, told })
                    }
                    other => other.map(|_| ()),
                }
            }
            Change::SetBoundary { boundary } => {
                let request = self.iam.put_role_permissions_boundary().role_name(name);
                let sending = request.permissions_boundary(boundary).send();
                self.send(call, sending).await.map(|_| ())
            }
            Change::DeleteBoundary => {
                let request = self.iam.delete_role_permissions_boundary().role_name(name);
                gone(self.send(call, request.send()).await)
            }
            Change::Describe { description } => {
                let request = self.iam.update_role().role_name(name).description(description);
                self.send(call, request.send()).await.map(|_| ())
            }
            Change::Tag { tags } => {
                let tags = self::tags(call, tags)?;
                let request = self.iam.tag_role().role_name(name).set_tags(Some(tags));
                self.send(call, request.send()).await.map(|_| ())
            }
            Change::SetTrust { document } => {
                let request = self.iam.update_assume_role_policy().role_name(name);
                let sending = request.policy_document(document.to_string()).send();
                self.send(call, sending).await.map(|_| ())
            }
            Change::PutPolicy { policy, document } => {
                let request = self.iam.put_role_policy().role_name(name).policy_name(policy);
                let sending = request.policy_document(document.to_string()).send();
                self.send(call, sending).await.map(|_| ())
            }
            Change::DeletePolicy { policy } => {
                let request = self.iam.delete_role_policy().role_name(name).policy_name(policy);
                gone(self.send(call, request.send()).await)
            }
            Change::Detach { policy } => {
                let request = self.iam.detach_role_policy().role_name(name).policy_arn(policy);
                gone(self.send(call, request.send()).await)
            }
            Change::DeleteRole => {
                gone(self.send(call, self.iam.delete_role().role_name(name).send()).await)
            }
            Change::CreateProfile { path, tags } => {
                let request = self.iam.create_instance_profile().instance_profile_name(name);
                let tags = Some(self::tags(call, tags)?);
                let sending = request.path(path).set_tags(tags).send();
                self.send(call, sending).await.map(|_| ())
            }
            Change::AddToProfile => {
                let request = self.iam.add_role_to_instance_profile().role_name(name);
                let sending = request.instance_profile_name(name).send();
                self.send(call, sending).await.map(|_| ())
            }
            Change::RemoveFromProfile { profile } => {
                let request = self.iam.remove_role_from_instance_profile().role_name(name);
                gone(self.send(call, request.instance_profile_name(profile).send()).await)
            }
            Change::DeleteProfile => {
                let request = self.iam.delete_instance_profile().instance_profile_name(name);
                gone(self.send(call, request.send()).await)
            }
        }
    }
}

impl Aws {
    async fn create_role(&self, call: &str, wanted: &WantedRole) -> Result<(), Fault> {
        let request = self
            .iam
            .create_role()
            .role_name(&wanted.name)
            .path(&wanted.path)
            .description(&wanted.description)
            .assume_role_policy_document(wanted.trust.to_string())
            .set_permissions_boundary(wanted.boundary.clone())
            .set_tags(Some(tags(call, &wanted.tags)?));
        self.send(call, request.send()).await.map(|_| ())
    }
}

/// What is taken away and is not there is taken away.
fn gone<T>(result: Result<T, Fault>) -> Result<(), Fault> {
    match result {
        Ok(_) => Ok(()),
        Err(Fault::NotFound { call, told }) => Err(Fault::AlreadySo { call, told }),
        Err(fault) => Err(fault),
    }
}

fn tags(call: &str, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Fault> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| Fault::Refused {
        call: call.to_owned(),
        code: "Tags".to_owned(),
        told: "a tag could not be written down".to_owned(),
    })
}
