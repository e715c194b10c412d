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
                self.deregister(call, cluster, registration, *force).await
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
        let reason = answer.failures().first().map(|one| one.reason().unwrap_or("no reason"));
        match reason {
            None if answer.container_instances().is_empty() => Err(partial(call, "it is empty")),
            None => Ok(()),
            Some("INACTIVE") => {
                Err(Fault::AlreadySo { call: call.to_owned(), told: "INACTIVE".to_owned() })
            }
            Some(reason) => Err(partial(call, reason)),
        }
    }

    async fn deregister(
        &self,
        call: &str,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        force: bool,
    ) -> Result<(), Fault> {
        let sending = self
            .ecs
            .deregister_container_instance()
            .cluster(cluster.as_str())
            .container_instance(registration.as_str())
            .force(force)
            .send();
        let answer = self.send(call, sending).await?;
        // An empty body says nothing, not even that it was done.
        answer.container_instance().map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
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
        let answer = self.send(call, request.attributes(attribute).send()).await?;
        answer.attributes.map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
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
        let answer = self.send(call, request.attributes(attribute).send()).await?;
        answer.attributes.map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
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

fn partial(call: &str, told: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: told.to_owned() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CLUSTER, HOST, Reply, Wire, arn, aws};

    fn drain() -> Action {
        Action::Drain {
            cluster: CLUSTER.parse().unwrap(),
            registration: arn("one").parse().unwrap(),
        }
    }

    fn deregister() -> Action {
        let registration = arn("one").parse().unwrap();
        Action::Deregister { cluster: CLUSTER.parse().unwrap(), registration, force: true }
    }

    async fn perform(action: &Action, status: u16, body: &str) -> (Result<(), Fault>, Wire) {
        let reply = Reply::Http(status, body.to_owned());
        let (aws, wire) = aws(move |_, _| reply.clone());
        (aws.perform(action).await, wire)
    }

    fn label(done: Result<(), Fault>) -> &'static str {
        done.map_or_else(|fault| fault.label(), |()| "done")
    }

    #[tokio::test]
    async fn a_failure_inside_a_success_is_not_done() {
        let changed = r#"{"containerInstances":[{"status":"DRAINING"}],"failures":[]}"#;
        let inactive = r#"{"containerInstances":[],"failures":[{"reason":"INACTIVE"}]}"#;
        let missing = r#"{"containerInstances":[],"failures":[{"reason":"MISSING"}]}"#;
        let table =
            [(changed, "done"), (inactive, "already-so"), (missing, "partial"), ("{}", "partial")];
        for (body, told) in table {
            assert_eq!(label(perform(&drain(), 200, body).await.0), told, "{body}");
        }
        assert_eq!(label(perform(&deregister(), 200, "").await.0), "partial");
        assert_eq!(
            label(perform(&deregister(), 200, r#"{"containerInstance":{}}"#).await.0),
            "done"
        );
    }

    #[tokio::test]
    async fn a_registration_that_is_gone_is_struck_off_already() {
        let body =
            r#"{"__type":"ClientException","message":"Container instance one is inactive."}"#;
        assert_eq!(label(perform(&deregister(), 400, body).await.0), "already-so");
        let body = r#"{"__type":"InvalidParameterException","message":"Found running tasks"}"#;
        assert_eq!(label(perform(&deregister(), 400, body).await.0), "refused");
    }

    #[tokio::test]
    async fn a_terminating_host_is_let_go_with_continue_at_our_hook_and_by_its_id() {
        let action =
            Action::LetGo { group: "web".parse().unwrap(), instance: HOST.parse().unwrap() };
        let body = "<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/>\
            </CompleteLifecycleActionResponse>";
        let (done, wire) = perform(&action, 200, body).await;
        assert_eq!(done, Ok(()));
        // Checks S9, S11.
        let asked = &wire.asked("CompleteLifecycleAction")[0];
        for part in ["Result=CONTINUE", "HookName=muster-terminate", "GroupName=web", HOST] {
            assert!(asked.contains(part), "{part} in {asked}");
        }
        assert!(!asked.contains("Token"), "{asked}");

        let over = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>\
            No active Lifecycle Action found with instance ID i-1</Message></Error></ErrorResponse>";
        assert_eq!(label(perform(&action, 400, over).await.0), "already-so");
    }

    #[tokio::test]
    async fn a_mark_is_put_on_the_registration_in_words_that_can_be_read_again() {
        let action = Action::MarkAgentLost {
            cluster: CLUSTER.parse().unwrap(),
            registration: arn("one").parse().unwrap(),
            since: "2026-03-04T05:06:07Z".parse().unwrap(),
        };
        let (done, wire) = perform(&action, 200, r#"{"attributes":[]}"#).await;
        assert_eq!(done, Ok(()));
        let asked = &wire.asked("PutAttributes")[0];
        for part in ["muster.agent-lost", "2026-03-04T05:06:07Z", "container-instance", &arn("one")]
        {
            assert!(asked.contains(part), "{part} in {asked}");
        }
    }

    #[tokio::test]
    async fn a_size_is_set_without_waiting_and_bad_health_with_respect_for_the_grace_period() {
        let group = || "web".parse().unwrap();
        let size = Action::SetDesired { group: group(), from: 1, to: 3 };
        let (done, wire) = perform(&size, 200, "<SetDesiredCapacityResponse/>").await;
        assert_eq!(done, Ok(()));
        let asked = &wire.asked("SetDesiredCapacity")[0];
        assert!(asked.contains("DesiredCapacity=3") && asked.contains("HonorCooldown=false"));

        let bad = Action::MarkUnhealthy { group: group(), instance: HOST.parse().unwrap() };
        let (done, wire) = perform(&bad, 200, "<SetInstanceHealthResponse/>").await;
        assert_eq!(done, Ok(()));
        let asked = &wire.asked("SetInstanceHealth")[0];
        assert!(asked.contains("Unhealthy") && asked.contains("ShouldRespectGracePeriod=true"));
    }
}
