//! Tasks that have not stopped yet, from ECS.
//!
//! `ListTasks` shows by default only tasks that should run; one that was told to stop and is still inside
//! its stop time-out is in neither that list nor the counters, so both lists are read (ECS API reference,
//! `ListTasks`, `ContainerInstance.runningTasksCount`).

use super::complete::{Read, lacking, listed, read_again};
use crate::config::Aws;
use crate::limits::{ECS_BATCH, ECS_PAGE};
use crate::pages;
use aws_sdk_ecs::types::{DesiredStatus, Task};
use domain::host::{Registration, RegistrationStatus, Seen, TaskView};
use domain::{ClusterName, Fault};

const LIST: &str = "ecs:ListTasks";
const DESCRIBE: &str = "ecs:DescribeTasks";

impl Aws {
    /// Adds the unstopped tasks to those registrations that drain; nobody asks about the others'.
    pub(super) async fn with_tasks(
        &self,
        cluster: &ClusterName,
        registrations: &mut [Registration],
    ) {
        for one in registrations {
            if one.status == RegistrationStatus::Draining {
                let tasks = self.unstopped(cluster, one.arn.as_str()).await;
                one.unstopped = Some(Seen::from(tasks));
            }
        }
    }

    async fn unstopped(&self, cluster: &ClusterName, arn: &str) -> Result<Vec<TaskView>, Fault> {
        let mut tasks = read_again(async || {
            // In this order: a task that is told to stop between the two lists is in both, not in neither.
            let mut arns = self.task_arns(cluster, arn, &DesiredStatus::Running).await?;
            arns.extend(self.task_arns(cluster, arn, &DesiredStatus::Stopped).await?);
            arns.sort_unstable();
            arns.dedup();
            self.tasks(cluster, &arns).await
        })
        .await?;
        tasks.retain(|task| task.last_status != "STOPPED");
        Ok(tasks)
    }

    async fn task_arns(
        &self,
        cluster: &ClusterName,
        arn: &str,
        desired: &DesiredStatus,
    ) -> Result<Vec<String>, Fault> {
        pages::all(LIST, async |token| {
            let sending = self
                .ecs
                .list_tasks()
                .cluster(cluster.as_str())
                .container_instance(arn)
                .desired_status(desired.clone())
                .max_results(ECS_PAGE)
                .set_next_token(token)
                .send();
            let answer = self.send(LIST, sending).await?;
            Ok((listed(LIST, "taskArns", answer.task_arns)?, answer.next_token))
        })
        .await
    }

    async fn tasks(&self, cluster: &ClusterName, arns: &[String]) -> Result<Read<TaskView>, Fault> {
        let mut all = Vec::new();
        for batch in arns.chunks(ECS_BATCH) {
            let sending = self
                .ecs
                .describe_tasks()
                .cluster(cluster.as_str())
                .set_tasks(Some(batch.to_vec()))
                .send();
            let answer = self.send(DESCRIBE, sending).await?;
            let found = answer.tasks();
            // Keeps S21: a task that is MISSING is not a task that has stopped.
            if let Some(fault) = lacking(DESCRIBE, batch.len(), found.len(), answer.failures()) {
                return Ok(Read::Lacking(fault));
            }
            all.extend(found.iter().map(view));
        }
        Ok(Read::Whole(all))
    }
}

/// A task without a status counts as one that has not stopped.
fn view(task: &Task) -> TaskView {
    TaskView {
        arn: task.task_arn().unwrap_or_default().to_owned(),
        group: task.group().unwrap_or_default().to_owned(),
        last_status: task.last_status().unwrap_or_default().to_owned(),
    }
}
