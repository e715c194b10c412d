//! What a group did lately, and what is being done to it, from Auto Scaling.

use super::complete::listed;
use crate::config::Aws;
use crate::limits::ACTIVITIES;
use aws_sdk_autoscaling::types::{
    Activity, InstanceRefresh, InstanceRefreshStatus, ScalingActivityStatusCode,
};
use domain::{Fault, GroupName};
use jiff::Timestamp;
use ports::Launch;

const CALL: &str = "autoscaling:DescribeScalingActivities";
const REFRESHES: &str = "autoscaling:DescribeInstanceRefreshes";
/// How much of AWS's reason is kept.
const LONGEST: usize = 200;

impl Aws {
    /// What the latest launch came to; the newest activities come first.
    pub(super) async fn latest_launch_of(
        &self,
        group: &GroupName,
    ) -> Result<Option<Launch>, Fault> {
        let sending = self
            .autoscaling
            .describe_scaling_activities()
            .auto_scaling_group_name(group.as_str())
            .max_records(ACTIVITIES)
            .send();
        let answer = self.send(CALL, sending).await?;
        let all = listed(CALL, "Activities", answer.activities)?;
        Ok(all.iter().filter_map(launch).max_by_key(|launch| launch.at))
    }

    /// Whether an instance refresh is not over; the newest come first, and one at most goes on.
    pub(super) async fn refreshes(&self, group: &GroupName) -> Result<bool, Fault> {
        let sending = self
            .autoscaling
            .describe_instance_refreshes()
            .auto_scaling_group_name(group.as_str())
            .max_records(1)
            .send();
        let answer = self.send(REFRESHES, sending).await?;
        let all = listed(REFRESHES, "InstanceRefreshes", answer.instance_refreshes)?;
        Ok(all.iter().any(goes_on))
    }
}

fn launch(activity: &Activity) -> Option<Launch> {
    // AWS tells launches from terminations in words alone (`Activity` in the EC2 Auto Scaling API reference).
    if !activity.description()?.starts_with("Launching") {
        return None;
    }
    let at = Timestamp::from_second(activity.start_time()?.secs()).ok()?;
    let failed = activity.status_code() == Some(&ScalingActivityStatusCode::Failed);
    let why = || activity.status_message().unwrap_or("no reason is told");
    Some(Launch { at, failed: failed.then(|| why().chars().take(LONGEST).collect()) })
}

/// A status that we do not know is not over.
fn goes_on(refresh: &InstanceRefresh) -> bool {
    !matches!(
        refresh.status(),
        Some(
            InstanceRefreshStatus::Successful
                | InstanceRefreshStatus::Failed
                | InstanceRefreshStatus::Cancelled
                | InstanceRefreshStatus::RollbackFailed
                | InstanceRefreshStatus::RollbackSuccessful
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    fn activity(description: &str, code: ScalingActivityStatusCode) -> Option<Launch> {
        let built = Activity::builder()
            .activity_id("1")
            .auto_scaling_group_name("web")
            .cause("At …")
            .description(description)
            .start_time(DateTime::from_secs(7))
            .status_code(code)
            .status_message("We currently do not have sufficient m7g.large capacity");
        launch(&built.build())
    }

    #[test]
    fn a_launch_that_failed_is_told_with_its_reason() {
        let failed = activity("Launching a new EC2 instance", ScalingActivityStatusCode::Failed);
        assert!(failed.is_some_and(|one| one.failed.is_some_and(|why| why.contains("m7g.large"))));
        let well =
            activity("Launching a new EC2 instance: i-1", ScalingActivityStatusCode::Successful);
        assert_eq!(well.map(|one| one.failed), Some(None));
        assert!(
            activity("Terminating EC2 instance: i-1", ScalingActivityStatusCode::Failed).is_none()
        );
    }

    #[test]
    fn a_refresh_goes_on_until_it_is_known_to_be_over() {
        let refresh = |status: &str| InstanceRefresh::builder().status(status.into()).build();
        for status in ["Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress", "New"]
        {
            assert!(goes_on(&refresh(status)), "{status}");
        }
        for status in ["Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"]
        {
            assert!(!goes_on(&refresh(status)), "{status}");
        }
    }
}
