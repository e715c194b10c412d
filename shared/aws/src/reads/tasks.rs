//! Tasks and services, from ECS.

use super::complete::listed;
use super::registration::reasons;
use crate::config::Aws;
use crate::limits::ECS_PAGE;
use aws_sdk_ecs::types::{DeploymentConfiguration, DesiredStatus, LaunchType, Service, Task};
use aws_smithy_types::DateTime;
use domain::host::{ServiceView, TaskView};
use domain::names::RegistrationArn;
use domain::{ClusterName, Fault};
use jiff::Timestamp;
use ports::{Described, Page, Placed};

const LIST: &str = "ecs:ListTasks";
const DESCRIBE: &str = "ecs:DescribeTasks";
const PROTECTION: &str = "ecs:GetTaskProtection";
const SERVICES: &str = "ecs:DescribeServices";

impl Aws {
    pub(super) async fn listed_tasks(
        &self,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        told_to_stop: bool,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let desired = if told_to_stop { DesiredStatus::Stopped } else { DesiredStatus::Running };
        let sending = self
            .ecs
            .list_tasks()
            .cluster(cluster.as_str())
            .container_instance(registration.as_str())
            .desired_status(desired)
            .max_results(ECS_PAGE)
            .set_next_token(token)
            .send();
        let answer = self.send(LIST, sending).await?;
        let items = listed(LIST, "taskArns", answer.task_arns)?;
        Ok(Page { items, next: answer.next_token })
    }

    pub(super) async fn described_tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<ports::Task>, Fault> {
        let request = self.ecs.describe_tasks().cluster(cluster.as_str());
        let answer = self.send(DESCRIBE, request.set_tasks(Some(arns.to_vec())).send()).await?;
        let found = answer.tasks().iter().map(task).collect::<Result<_, _>>()?;
        Ok(Described { found, failures: reasons(answer.failures()) })
    }

    /// A page of all tasks of a cluster that should run.
    pub(super) async fn all_listed_tasks(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let request = self.ecs.list_tasks().cluster(cluster.as_str()).max_results(ECS_PAGE);
        let answer = self.send(LIST, request.set_next_token(token).send()).await?;
        let items = listed(LIST, "taskArns", answer.task_arns)?;
        Ok(Page { items, next: answer.next_token })
    }

    pub(super) async fn placed_tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Placed>, Fault> {
        let request = self.ecs.describe_tasks().cluster(cluster.as_str());
        let answer = self.send(DESCRIBE, request.set_tasks(Some(arns.to_vec())).send()).await?;
        let found = answer.tasks().iter().map(placed).collect::<Result<_, _>>()?;
        Ok(Described { found, failures: reasons(answer.failures()) })
    }

    /// A task of which nothing is told may be protected, and so is one whose protection expires: the SDK reads a flag that
    /// is left out as false.
    pub(super) async fn protected_tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Vec<String>, Fault> {
        let request = self.ecs.get_task_protection().cluster(cluster.as_str());
        let answer = self.send(PROTECTION, request.set_tasks(Some(arns.to_vec())).send()).await?;
        let free = |arn: &&String| {
            let mut told = answer.protected_tasks().iter();
            told.any(|one| {
                let protected = one.protection_enabled() || one.expiration_date().is_some();
                one.task_arn() == Some(arn) && !protected
            })
        };
        Ok(arns.iter().filter(|arn| !free(arn)).cloned().collect())
    }

    pub(super) async fn described_services(
        &self,
        cluster: &ClusterName,
        names: &[String],
    ) -> Result<Described<ServiceView>, Fault> {
        let request = self.ecs.describe_services().cluster(cluster.as_str());
        let sending = request.set_services(Some(names.to_vec())).send();
        let answer = self.send(SERVICES, sending).await?;
        let found = answer.services().iter().filter_map(service).collect();
        Ok(Described { found, failures: reasons(answer.failures()) })
    }
}

fn missing(field: &str) -> Fault {
    Fault::Partial { call: DESCRIBE.to_owned(), told: format!("{field} is missing") }
}

fn placed(task: &Task) -> Result<Placed, Fault> {
    let provider = task.capacity_provider_name();
    let fargate = task.launch_type() == Some(&LaunchType::Fargate)
        || provider.is_some_and(|name| name.starts_with("FARGATE"));
    Ok(Placed {
        arn: task.task_arn().ok_or_else(|| missing("taskArn"))?.to_owned(),
        group: task.group().unwrap_or_default().to_owned(),
        definition: task
            .task_definition_arn()
            .ok_or_else(|| missing("taskDefinitionArn"))?
            .to_owned(),
        on: task.container_instance_arn().map(str::to_owned),
        fargate,
        started_by: task.started_by().map(str::to_owned),
        created_at: task.created_at().and_then(|at| Timestamp::from_second(at.secs()).ok()),
        provider: provider.map(str::to_owned),
    })
}

/// A task without a status counts as one that has not stopped.
fn task(task: &Task) -> Result<ports::Task, Fault> {
    let time = |at: Option<&DateTime>| Timestamp::from_second(at?.secs()).ok();
    let told_to_stop = task.desired_status() == Some("STOPPED");
    let stopped = time(task.stopped_at()).or(time(task.execution_stopped_at()));
    Ok(ports::Task {
        view: TaskView {
            arn: task.task_arn().ok_or_else(|| missing("taskArn"))?.to_owned(),
            group: task.group().unwrap_or_default().to_owned(),
            last_status: task.last_status().unwrap_or_default().to_owned(),
            told_to_stop,
        },
        moved_at: stopped.or(time(task.stopping_at())),
    })
}

/// The percentages are 100 and 200 where a service names none (`DeploymentConfiguration` in the ECS API reference).
pub(super) fn service(service: &Service) -> Option<ServiceView> {
    let deployment = service.deployment_configuration();
    let percent = |value: Option<i32>, default: u32| {
        value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
    };
    Some(ServiceView {
        name: service.service_name()?.to_owned(),
        min_healthy_percent: percent(
            deployment.and_then(DeploymentConfiguration::minimum_healthy_percent),
            100,
        ),
        max_percent: percent(deployment.and_then(DeploymentConfiguration::maximum_percent), 200),
        desired: u32::try_from(service.desired_count()).unwrap_or(0),
        running: u32::try_from(service.running_count()).unwrap_or(0),
    })
}
