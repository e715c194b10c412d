//! The role of the instance profile, and what it may not do.

use super::partial;
use crate::config::Aws;
use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
    ResourceSpecificResult,
};
use domain::diagnosis::AGENT_NEEDS;
use domain::names::RoleName;
use domain::{ClusterName, Fault};
use ports::{Page, pages};

pub(super) const PROFILE: &str = "iam:GetInstanceProfile";
pub(super) const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

/// A role, by name and ARN.
pub(super) struct Role {
    pub(super) name: RoleName,
    pub(super) arn: String,
}

impl Aws {
    /// The role of a profile; `None` if the profile holds none, or is gone.
    pub(super) async fn examined_role(&self, profile_arn: &str) -> Result<Option<Role>, Fault> {
        let name = profile_arn.rsplit('/').next().unwrap_or(profile_arn);
        let sending = self.iam.get_instance_profile().instance_profile_name(name).send();
        let answer = match self.send(PROFILE, sending).await {
            Ok(answer) => answer,
            Err(Fault::NotFound { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let profile = answer.instance_profile();
        let profile = profile.ok_or_else(|| partial(PROFILE, "InstanceProfile is missing"))?;
        let Some(role) = profile.roles().first() else {
            return Ok(None);
        };
        let name = role.role_name().parse();
        let name = name.map_err(|_| partial(PROFILE, "RoleName is no role name"))?;
        Ok(Some(Role { name, arn: role.arn().to_owned() }))
    }

    /// What the role may not do of what the agent needs.
    ///
    /// Each action is asked about the resource that IAM checks for it (*Actions, resources, and condition keys
    /// for Amazon Elastic Container Service* in the Service Authorization Reference).
    pub(super) async fn denied(
        &self,
        role_arn: &str,
        cluster: &ClusterName,
    ) -> Result<Vec<String>, Fault> {
        let region = self.ecs.config().region().map(AsRef::as_ref).unwrap_or_default();
        let place = |kind: &str| -> Option<String> {
            let mut parts = role_arn.split(':').skip(1);
            let (partition, _, _, account) =
                (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            Some(format!("arn:{partition}:ecs:{region}:{account}:{kind}/{cluster}"))
        };
        let (Some(of_cluster), Some(of_instances)) =
            (place("cluster"), place("container-instance"))
        else {
            return Err(partial(SIMULATE, "the role's ARN is none"));
        };
        // The agent has no id yet; any id does.
        let of_instance = format!("{of_instances}/{}", "0".repeat(32));

        let mut denied = Vec::new();
        for resource in [of_cluster.as_str(), &of_instance, "*"] {
            let actions: Vec<String> = AGENT_NEEDS
                .into_iter()
                .filter(|action| kind(action).of(&of_cluster, &of_instance) == resource)
                .map(str::to_owned)
                .collect();
            for result in self.simulated(role_arn, &of_cluster, resource, &actions).await? {
                denied.extend(refused(&result)?);
            }
        }
        Ok(denied)
    }

    async fn simulated(
        &self,
        role: &str,
        cluster_arn: &str,
        resource: &str,
        actions: &[String],
    ) -> Result<Vec<EvaluationResult>, Fault> {
        let cluster = ContextEntry::builder()
            .context_key_name("ecs:cluster")
            .context_key_type(ContextKeyTypeEnum::String)
            .context_key_values(cluster_arn)
            .build();
        let results = pages::all(SIMULATE, async |marker| {
            let request = self.iam.simulate_principal_policy().policy_source_arn(role);
            let request = request.set_action_names(Some(actions.to_vec()));
            let request = request.resource_arns(resource).context_entries(cluster.clone());
            let answer = self.send(SIMULATE, request.set_marker(marker).send()).await?;
            Ok(Page { items: answer.evaluation_results().to_vec(), next: answer.marker })
        })
        .await?;
        // Keeps S21: an action that is left out is neither allowed nor denied.
        let asked = |action: &String| results.iter().any(|one| one.eval_action_name() == action);
        if actions.iter().all(asked) {
            Ok(results)
        } else {
            Err(partial(SIMULATE, "an action is not in the answer"))
        }
    }
}

/// What an action is checked against.
enum Kind {
    Cluster,
    Instance,
    All,
}

impl Kind {
    fn of<'a>(&self, cluster: &'a str, instance: &'a str) -> &'a str {
        match self {
            Self::Cluster => cluster,
            Self::Instance => instance,
            Self::All => "*",
        }
    }
}

fn kind(action: &str) -> Kind {
    match action {
        "ecs:Poll" | "ecs:StartTelemetrySession" => Kind::Instance,
        "ecs:DiscoverPollEndpoint" => Kind::All,
        _ => Kind::Cluster,
    }
}

/// The action, if it is refused. A refusal that hangs on a condition that we cannot know is no answer.
fn refused(result: &EvaluationResult) -> Result<Option<String>, Fault> {
    let specific = result.resource_specific_results().iter();
    let unknown = specific.flat_map(ResourceSpecificResult::missing_context_values);
    let unknown = unknown.chain(result.missing_context_values()).next();
    match (result.eval_decision(), unknown) {
        (PolicyEvaluationDecisionType::Allowed, _) => Ok(None),
        (
            PolicyEvaluationDecisionType::ExplicitDeny | PolicyEvaluationDecisionType::ImplicitDeny,
            None,
        ) => Ok(Some(result.eval_action_name().to_owned())),
        (_, Some(_)) => Err(partial(SIMULATE, "it depends on conditions of the request")),
        (_, None) => Err(partial(SIMULATE, "EvalDecision is not known")),
    }
}
