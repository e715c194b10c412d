//! Examines one host that did not join its cluster: each fact by its own call, so that one that is not allowed
//! hides no other.

mod console;
mod instance;
mod network;
mod registration;
mod role;
mod user_data;

use crate::config::Aws;
use domain::diagnosis::{Facts, Instance, UserData};
use domain::names::RoleName;
use domain::{ClusterName, Fault, InstanceId, Seen};
use ports::Examine;

impl Examine for Aws {
    async fn facts(&self, instance: &InstanceId, cluster: &ClusterName) -> Facts {
        // Boxed: what the SDK keeps for its calls is too large for every caller's stack.
        Box::pin(self.examined(instance, cluster)).await
    }
}

impl Aws {
    async fn examined(&self, id: &InstanceId, cluster: &ClusterName) -> Facts {
        let (instance, checks, user_data, console, registration) = tokio::join!(
            self.examined_instance(id),
            self.examined_checks(id),
            self.examined_user_data(id),
            self.examined_console(id),
            self.examined_registration(cluster, id),
        );
        let (identity, route, endpoints, egress, elsewhere) = tokio::join!(
            self.examined_identity(&instance, cluster),
            self.examined_route(&instance),
            self.examined_endpoints(&instance),
            self.examined_egress(&instance),
            async {
                // A host is registered once; only one that is missing is looked for elsewhere.
                match &registration {
                    Ok(None) => self.examined_elsewhere(cluster, id, named(&user_data)).await,
                    Ok(Some(_)) => Err(not_asked("ecs:ListClusters", "it is where it belongs")),
                    Err(fault) => Err(fault.clone()),
                }
            },
        );
        let (role, denied) = identity;
        Facts {
            instance: Seen::from(instance),
            status_checks: Seen::from(checks),
            role: Seen::from(role),
            denied: Seen::from(denied),
            default_route: Seen::from(route),
            endpoints: Seen::from(endpoints),
            egress: Seen::from(egress),
            user_data: Seen::from(user_data),
            elsewhere: Seen::from(elsewhere),
            console: Seen::from(console),
            registration: Seen::from(registration),
        }
    }

    /// The role, and what it may not do.
    async fn examined_identity(
        &self,
        instance: &Result<Option<Instance>, Fault>,
        cluster: &ClusterName,
    ) -> (Result<Option<RoleName>, Fault>, Result<Vec<String>, Fault>) {
        const WHY: &str = "the instance has no profile";
        let profile = match whole(instance, role::PROFILE) {
            Ok(instance) => instance.profile.as_deref(),
            Err(fault) => return (Err(fault.clone()), Err(fault)),
        };
        let Some(profile) = profile else {
            return (Err(not_asked(role::PROFILE, WHY)), Err(not_asked(role::SIMULATE, WHY)));
        };
        match self.examined_role(profile).await {
            Ok(Some(role)) => {
                let denied = self.denied(&role.arn, cluster).await;
                (Ok(Some(role.name)), denied)
            }
            Ok(None) => (Ok(None), Err(not_asked(role::SIMULATE, "the profile holds no role"))),
            Err(fault) => (Err(fault.clone()), Err(fault)),
        }
    }
}

fn named(user_data: &Result<UserData, Fault>) -> Option<&ClusterName> {
    match user_data {
        Ok(UserData::Names(cluster)) => Some(cluster),
        Ok(UserData::NamesNone | UserData::Unclear | UserData::NoUserData) | Err(_) => None,
    }
}

/// The instance, if EC2 still knows what it is made of; else why a call that needs it is not made.
fn whole<'a>(
    instance: &'a Result<Option<Instance>, Fault>,
    call: &str,
) -> Result<&'a Instance, Fault> {
    let instance = instance.as_ref().map_err(Fault::clone)?;
    let whole = instance.as_ref().filter(|instance| instance.is_whole());
    whole.ok_or_else(|| not_asked(call, "the instance is gone"))
}

fn not_asked(call: &str, why: &str) -> Fault {
    partial(call, &format!("not asked: {why}"))
}

fn partial(call: &str, told: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: told.to_owned() }
}

/// A text that EC2 sends as base64, which may be folded into lines; `None` if it is none. What does not decode
/// is not told: it may hold secrets (S36).
fn decoded(text: &str) -> Option<Vec<u8>> {
    let unfolded: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    aws_smithy_types::base64::decode(unfolded).ok()
}

#[cfg(test)]
mod tests;
