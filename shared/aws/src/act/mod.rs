//! Writes: one exhaustive match from an action to its call.

use crate::config::Aws;
use aws_sdk_ecs::types::{Attribute, ContainerInstanceStatus};
use domain::capacity::SPARE_TAG;
use domain::group::BREAKER_TAG;
use domain::marks;
use domain::names::{LAUNCH_HOOK, RegistrationArn, TERMINATE_HOOK};
use domain::{Action, ClusterName, Fault, GroupName, InstanceId, taking};
use ports::Act;

mod attributes;
mod groups;

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
            Action::Heartbeat { group, instance, hook } => {
                self.heartbeat(call, group, instance, hook.name()).await
            }
            Action::MarkDraining { cluster, .. }
            | Action::MarkAgentLost { cluster, .. }
            | Action::MarkNotFound { cluster, .. }
            | Action::MarkProtected { cluster, .. } => {
                let marks = attributes::marks(call, std::slice::from_ref(action))?;
                self.mark(call, cluster, marks).await
            }
            Action::ForgetAgentLost { cluster, registration } => {
                self.unmark(call, cluster, registration, marks::AGENT_LOST).await
            }
            Action::ForgetNotFound { cluster, registration } => {
                self.unmark(call, cluster, registration, marks::NOT_FOUND).await
            }
            Action::ForgetDraining { cluster, registration } => {
                self.unmark(call, cluster, registration, marks::DRAINING).await
            }
            Action::ForgetProtected { cluster, registration } => {
                self.unmark(call, cluster, registration, marks::PROTECTED).await
            }
            Action::Drain { cluster, registration } => {
                let status = ContainerInstanceStatus::Draining;
                only(call, self.set_status(call, cluster, &[registration], status).await)
            }
            Action::Activate { cluster, registration } => {
                let status = ContainerInstanceStatus::Active;
                only(call, self.set_status(call, cluster, &[registration], status).await)
            }
            Action::StopTask { cluster, task } => self.stop_task(call, cluster, task).await,
            Action::Deregister { cluster, registration, force } => {
                self.deregister(call, cluster, registration, *force).await
            }
            Action::MarkUnhealthy { instance, .. } => self.mark_unhealthy(call, instance).await,
            Action::Replace { instance, .. } => self.terminate(call, instance, false).await,
            Action::ScaleIn { instance, .. } => self.terminate(call, instance, true).await,
            Action::MarkSpare { group, spare } => match spare.write() {
                Some(value) => self.tag(call, group, SPARE_TAG, value).await,
                None => self.untag(call, group, SPARE_TAG).await,
            },
            Action::Choose { group, takings, .. } => {
                self.tag(call, group, taking::TAG, taking::write(takings)).await
            }
            Action::MarkBreaker { group, open: Some((since, why)) } => {
                let value = format!("{since:.0} {}", why.word());
                self.tag(call, group, BREAKER_TAG, value).await
            }
            Action::MarkBreaker { group, open: None } => self.untag(call, group, BREAKER_TAG).await,
            Action::Protect { group, instance, protected } => {
                self.protect(call, group, vec![instance.to_string()], *protected).await
            }
            Action::Empty { group } => self.empty(call, group).await,
            Action::DetachProviders { cluster, keep, strategy, .. } => {
                self.attach_only(call, cluster, keep, strategy).await
            }
            Action::SetDesired { group, to, .. } => self.set_desired(call, group, *to).await,
        }
    }

    async fn perform_together(&self, actions: &[Action]) -> Vec<Result<(), Fault>> {
        let Some(first) = actions.first() else {
            return Vec::new();
        };
        let (call, all) = (first.call(), |result: Result<(), Fault>| vec![result; actions.len()]);
        match first {
            Action::Drain { cluster, .. } => {
                let arns: Vec<&RegistrationArn> = actions
                    .iter()
                    .filter_map(|action| match action {
                        Action::Drain { registration, .. } => Some(registration),
                        _ => None,
                    })
                    .collect();
                self.set_status(call, cluster, &arns, ContainerInstanceStatus::Draining).await
            }
            Action::MarkDraining { cluster, .. } | Action::MarkAgentLost { cluster, .. } => {
                match attributes::marks(call, actions) {
                    Ok(marks) => all(self.mark(call, cluster, marks).await),
                    Err(fault) => all(Err(fault)),
                }
            }
            Action::Protect { group, protected, .. } => {
                let instance = |action: &Action| match action {
                    Action::Protect { instance, .. } => Some(instance.to_string()),
                    _ => None,
                };
                let instances = actions.iter().filter_map(instance).collect();
                all(self.protect(call, group, instances, *protected).await)
            }
            _ => all(Err(partial(call, "it takes no batch"))),
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
        hook: &str,
    ) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .record_lifecycle_action_heartbeat()
            .auto_scaling_group_name(group.as_str())
            .instance_id(instance.as_str())
            .lifecycle_hook_name(hook)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    /// Tells what came of each registration, in their order: a success may hold failures (ECS API reference,
    /// *API failure reasons*).
    async fn set_status(
        &self,
        call: &str,
        cluster: &ClusterName,
        arns: &[&RegistrationArn],
        status: ContainerInstanceStatus,
    ) -> Vec<Result<(), Fault>> {
        let names = arns.iter().map(ToString::to_string).collect();
        let sending = self
            .ecs
            .update_container_instances_state()
            .cluster(cluster.as_str())
            .set_container_instances(Some(names))
            .status(status)
            .send();
        let answer = match self.send(call, sending).await {
            Ok(answer) => answer,
            Err(fault) => return vec![Err(fault); arns.len()],
        };
        // An ARN may come back in its old form; its last part names the registration in both.
        let is = |told: Option<&str>, arn: &RegistrationArn| last(told) == last(Some(arn.as_str()));
        let of = |arn: &RegistrationArn| {
            let mut failures = answer.failures().iter();
            let mut changed = answer.container_instances().iter();
            match failures.find(|one| is(one.arn(), arn)) {
                Some(one) if one.reason() == Some("INACTIVE") => {
                    Err(Fault::AlreadySo { call: call.to_owned(), told: "INACTIVE".to_owned() })
                }
                Some(one) => Err(partial(call, one.reason().unwrap_or("no reason"))),
                None if changed.any(|one| is(one.container_instance_arn(), arn)) => Ok(()),
                None => Err(partial(call, "nothing is said of it")),
            }
        };
        arns.iter().map(|arn| of(arn)).collect()
    }

    async fn stop_task(&self, call: &str, cluster: &ClusterName, task: &str) -> Result<(), Fault> {
        let sending = self
            .ecs
            .stop_task()
            .cluster(cluster.as_str())
            .task(task)
            .reason("Muster: its host leaves, and the grace for standalone tasks is over")
            .send();
        let answer = self.send(call, sending).await?;
        answer.task().map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
    }

    async fn mark_unhealthy(&self, call: &str, instance: &InstanceId) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .set_instance_health()
            .instance_id(instance.as_str())
            .health_status("Unhealthy")
            .should_respect_grace_period(true)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    pub(crate) async fn tag(
        &self,
        call: &str,
        group: &GroupName,
        key: &str,
        value: String,
    ) -> Result<(), Fault> {
        let tag = attributes::tag(group, key).value(value).propagate_at_launch(false).build();
        let sending = self.autoscaling.create_or_update_tags().tags(tag).send();
        self.send(call, sending).await.map(|_| ())
    }

    pub(crate) async fn untag(
        &self,
        call: &str,
        group: &GroupName,
        key: &str,
    ) -> Result<(), Fault> {
        let tag = attributes::tag(group, key).build();
        let sending = self.autoscaling.delete_tags().tags(tag).send();
        self.send(call, sending).await.map(|_| ())
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
        marks: Vec<Attribute>,
    ) -> Result<(), Fault> {
        let request = self.ecs.put_attributes().cluster(cluster.as_str());
        let answer = self.send(call, request.set_attributes(Some(marks)).send()).await?;
        answer.attributes.map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
    }

    async fn unmark(
        &self,
        call: &str,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        name: &str,
    ) -> Result<(), Fault> {
        let attribute = attributes::attribute(call, registration, name, None)?;
        let request = self.ecs.delete_attributes().cluster(cluster.as_str());
        let answer = self.send(call, request.attributes(attribute).send()).await?;
        answer.attributes.map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
    }
}

fn only(call: &str, results: Vec<Result<(), Fault>>) -> Result<(), Fault> {
    results.into_iter().next().unwrap_or_else(|| Err(partial(call, "nothing is said of it")))
}

fn last(arn: Option<&str>) -> Option<&str> {
    arn?.rsplit('/').next()
}

fn partial(call: &str, told: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: told.to_owned() }
}

#[cfg(test)]
mod tests;
