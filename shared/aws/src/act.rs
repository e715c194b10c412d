//! Writes: one exhaustive match from an action to its call.

use crate::config::Aws;
use aws_sdk_ecs::types::{Attribute, ContainerInstanceStatus, TargetType};
use domain::marks::{self, Marks};
use domain::names::{LAUNCH_HOOK, RegistrationArn, TERMINATE_HOOK};
use domain::{Action, ClusterName, Fault, GroupName, InstanceId};
use ports::Act;

impl Act for Aws {
    async fn perform(&self, action: &Action) -> Result<(), Fault> {
        let call = action.call();
        match action {
            Action::LetIn { group, instance } => {
                self.complete(call, group, instance, LAUNCH_HOOK, "CONTINUE").await
            }
            Action::Abandon { group, instance } => {
                self.complete(call, group, instance, LAUNCH_HOOK, "ABANDON").await
            }
            // Keeps S9, S11: CONTINUE, and our own hook, are all that there is here.
            Action::LetGo { group, instance } => {
                self.complete(call, group, instance, TERMINATE_HOOK, "CONTINUE").await
            }
            Action::Heartbeat { group, instance } => self.heartbeat(call, group, instance).await,
            Action::MarkDraining { cluster, registration, since, why } => {
                let value = Marks::draining_value(*since, *why);
                self.mark(call, cluster, registration, marks::DRAINING, value).await
            }
            Action::MarkAgentLost { cluster, registration, since } => {
                let value = Marks::agent_lost_value(*since);
                self.mark(call, cluster, registration, marks::AGENT_LOST, value).await
            }
            Action::ForgetAgentLost { cluster, registration } => {
                self.unmark(call, cluster, registration, marks::AGENT_LOST).await
            }
            Action::Drain { cluster, registration } => {
                self.drain(call, cluster, registration).await
            }
            Action::Deregister { cluster, registration, force } => {
                let sending = self
                    .ecs
                    .deregister_container_instance()
                    .cluster(cluster.as_str())
                    .container_instance(registration.as_str())
                    .force(*force)
                    .send();
                self.send(call, sending).await.map(|_| ())
            }
            Action::MarkUnhealthy { instance, .. } => {
                let sending = self
                    .autoscaling
                    .set_instance_health()
                    .instance_id(instance.as_str())
                    .health_status("Unhealthy")
                    .should_respect_grace_period(true)
                    .send();
                self.send(call, sending).await.map(|_| ())
            }
            Action::SetDesired { group, to, .. } => self.set_desired(call, group, *to).await,
        }
    }
}

impl Aws {
    /// Completes by instance id, so that no token needs to be known or kept.
    async fn complete(
        &self,
        call: &str,
        group: &GroupName,
        instance: &InstanceId,
        hook: &str,
        result: &str,
    ) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .complete_lifecycle_action()
            .auto_scaling_group_name(group.as_str())
            .instance_id(instance.as_str())
            .lifecycle_hook_name(hook)
            .lifecycle_action_result(result)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    async fn heartbeat(
        &self,
        call: &str,
        group: &GroupName,
        instance: &InstanceId,
    ) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .record_lifecycle_action_heartbeat()
            .auto_scaling_group_name(group.as_str())
            .instance_id(instance.as_str())
            .lifecycle_hook_name(TERMINATE_HOOK)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    async fn drain(
        &self,
        call: &str,
        cluster: &ClusterName,
        registration: &RegistrationArn,
    ) -> Result<(), Fault> {
        let sending = self
            .ecs
            .update_container_instances_state()
            .cluster(cluster.as_str())
            .container_instances(registration.as_str())
            .status(ContainerInstanceStatus::Draining)
            .send();
        let answer = self.send(call, sending).await?;
        // A failure inside a success (ECS API reference, *API failure reasons*).
        match answer.failures().first().and_then(|failure| failure.reason()) {
            None => Ok(()),
            Some("INACTIVE") => {
                Err(Fault::AlreadySo { call: call.to_owned(), told: "INACTIVE".to_owned() })
            }
            Some(reason) => Err(Fault::Partial { call: call.to_owned(), told: reason.to_owned() }),
        }
    }

    async fn mark(
        &self,
        call: &str,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        name: &str,
        value: String,
    ) -> Result<(), Fault> {
        let attribute = attribute(call, registration, name, Some(value))?;
        let request = self.ecs.put_attributes().cluster(cluster.as_str());
        self.send(call, request.attributes(attribute).send()).await.map(|_| ())
    }

    async fn unmark(
        &self,
        call: &str,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        name: &str,
    ) -> Result<(), Fault> {
        let attribute = attribute(call, registration, name, None)?;
        let request = self.ecs.delete_attributes().cluster(cluster.as_str());
        self.send(call, request.attributes(attribute).send()).await.map(|_| ())
    }

    async fn set_desired(&self, call: &str, group: &GroupName, to: u32) -> Result<(), Fault> {
        let to = i32::try_from(to).map_err(|_| Fault::Refused {
            call: call.to_owned(),
            code: "DesiredCapacity".to_owned(),
            told: "it is beyond what AWS takes".to_owned(),
        })?;
        let sending = self
            .autoscaling
            .set_desired_capacity()
            .auto_scaling_group_name(group.as_str())
            .desired_capacity(to)
            .honor_cooldown(false)
            .send();
        self.send(call, sending).await.map(|_| ())
    }
}

fn attribute(
    call: &str,
    registration: &RegistrationArn,
    name: &str,
    value: Option<String>,
) -> Result<Attribute, Fault> {
    Attribute::builder()
        .name(name)
        .set_value(value)
        .target_type(TargetType::ContainerInstance)
        .target_id(registration.as_str())
        .build()
        .map_err(|_| Fault::Refused {
            call: call.to_owned(),
            code: "Attribute".to_owned(),
            told: "the mark could not be written down".to_owned(),
        })
}
