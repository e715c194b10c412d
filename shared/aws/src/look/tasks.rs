//! Tasks that have not stopped yet, from ECS.
//!
//! `ListTasks` shows by default only tasks that should run; one that was told to stop and is still inside
//! its stop time-out is in neither that list nor the counters, so both lists are read (ECS API reference,
//! `ListTasks`, `ContainerInstance.runningTasksCount`).

use super::pages;
use crate::config::Aws;
use crate::limits::ECS_BATCH;
use aws_sdk_ecs::types::DesiredStatus;
use domain::host::{Registration, RegistrationStatus, Seen, TaskView};
use domain::{ClusterName, Fault};

const LIST: &str = "ecs:ListTasks";
const DESCRIBE: &str = "ecs:DescribeTasks";

impl Aws {
    /// Adds the unstopped tasks to those registrations that drain; nobody asks about the others'.
    pub(super) async fn with_tasks(&self, cluster: &ClusterName, registrations: &mut [Registration]) {
        for one in registrations {
            if one.status == RegistrationStatus::Draining {
                let tasks = self.unstopped(cluster, one.arn.as_str()).await;
                one.unstopped = Some(Seen::from(tasks));
            }
        }
    }

    async fn unstopped(&self, cluster: &ClusterName, arn: &str) -> Result<Vec<TaskView>, Fault> {
        let mut arns = Vec::new();
        for desired in [DesiredStatus::Running, DesiredStatus::Stopped] {
            arns.extend(self.task_arns(cluster, arn, &desired).await?);
        }
        arns.sort_unstable();
        arns.dedup();

        let mut tasks = Vec::new();
        for batch in arns.chunks(ECS_BATCH) {
            tasks.extend(self.tasks(cluster, batch).await?);
        }
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
                .set_next_token(token)
                .send();
            let answer = self.send(LIST, sending).await?;
            let next = answer.next_token().map(str::to_owned);
            Ok((answer.task_arns.unwrap_or_default(), next))
        })
        .await
    }

    async fn tasks(&self, cluster: &ClusterName, arns: &[String]) -> Result<Vec<TaskView>, Fault> {
        let sending = self
            .ecs
            .describe_tasks()
            .cluster(cluster.as_str())
            .set_tasks(Some(arns.to_vec()))
            .send();
        let answer = self.send(DESCRIBE, sending).await?;
        // A stopped task is forgotten after about an hour: listed and then MISSING means just that.
        let unsure = answer.failures().iter().find(|one| one.reason() != Some("MISSING"));
        if let Some(failure) = unsure {
            let told = failure.reason().unwrap_or("no reason").to_owned();
            return Err(Fault::Partial { call: DESCRIBE.to_owned(), told });
        }
        let view = |task: &aws_sdk_ecs::types::Task| TaskView {
            arn: task.task_arn().unwrap_or_default().to_owned(),
            group: task.group().unwrap_or_default().to_owned(),
            last_status: task.last_status().unwrap_or_default().to_owned(),
        };
        Ok(answer.tasks().iter().map(view).collect())
    }
}
