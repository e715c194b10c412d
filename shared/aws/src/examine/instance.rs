//! The instance and its status checks.

use super::partial;
use crate::config::Aws;
use crate::reads::{listed, read_state, reserved};
use aws_sdk_ec2::types::{Filter, Instance as Found, InstanceStatus, SummaryStatus};
use domain::diagnosis::{Instance, StatusChecks};
use domain::{Fault, InstanceId};
use jiff::Timestamp;
use ports::{Page, pages};

const CALL: &str = "ec2:DescribeInstances";
const STATUS: &str = "ec2:DescribeInstanceStatus";

impl Aws {
    pub(super) async fn examined_instance(
        &self,
        id: &InstanceId,
    ) -> Result<Option<Instance>, Fault> {
        // Asked by filter: an unknown id would be an error.
        let filter = Filter::builder().name("instance-id").values(id.as_str()).build();
        let found = pages::all(CALL, async |token| {
            let request = self.ec2.describe_instances().filters(filter.clone());
            let answer = self.send(CALL, request.set_next_token(token).send()).await?;
            let items = reserved(answer.reservations)?;
            Ok(Page { items, next: answer.next_token })
        })
        .await?;
        let ours = found.into_iter().find(|one| one.instance_id() == Some(id.as_str()));
        ours.map(instance).transpose()
    }

    pub(super) async fn examined_checks(&self, id: &InstanceId) -> Result<StatusChecks, Fault> {
        let sending = self.ec2.describe_instance_status().instance_ids(id.as_str()).send();
        let answer = self.send(STATUS, sending).await?;
        let all = listed(STATUS, "instanceStatusSet", answer.instance_statuses)?;
        // Only running instances are listed.
        let ours = all.iter().find(|one| one.instance_id() == Some(id.as_str()));
        Ok(ours.map_or(StatusChecks::Undecided, status_checks))
    }
}

fn instance(found: Found) -> Result<Instance, Fault> {
    let state = found.state().and_then(|state| state.name());
    let state =
        read_state(state.ok_or_else(|| partial(CALL, "instanceState is missing"))?.as_str());
    let launched = found.launch_time().and_then(|at| Timestamp::from_second(at.secs()).ok());
    let whole = |text: Option<&str>, field: &str| {
        let text = text.filter(|text| !text.is_empty()).map(str::to_owned);
        text.ok_or_else(|| partial(CALL, &format!("{field} is missing")))
    };
    let groups = found.security_groups().iter();
    let security_groups =
        groups.map(|group| whole(group.group_id(), "groupId")).collect::<Result<_, _>>()?;
    // One of which nothing is said is not none.
    let profile = found.iam_instance_profile.as_ref();
    let profile =
        profile.map(|profile| whole(profile.arn(), "iamInstanceProfile.arn")).transpose()?;
    let reason = found.state_reason;
    Ok(Instance {
        state,
        reason_code: reason.as_ref().and_then(|reason| reason.code.clone()),
        reason: reason.and_then(|reason| reason.message),
        launched_at: launched,
        profile,
        subnet: found.subnet_id,
        vpc: found.vpc_id,
        security_groups,
        public: found.public_ip_address.is_some_and(|address| !address.is_empty()),
    })
}

fn status_checks(found: &InstanceStatus) -> StatusChecks {
    let checks = [
        ("system", found.system_status().and_then(|one| one.status())),
        ("instance", found.instance_status().and_then(|one| one.status())),
        ("attached EBS", found.attached_ebs_status().and_then(|one| one.status())),
    ];
    let failed = checks.iter().filter(|(_, status)| *status == Some(&SummaryStatus::Impaired));
    let failed: Vec<String> = failed.map(|(name, _)| (*name).to_owned()).collect();
    let fine = |status: Option<&SummaryStatus>| {
        matches!(status, None | Some(SummaryStatus::Ok | SummaryStatus::NotApplicable))
    };
    if !failed.is_empty() {
        StatusChecks::Impaired(failed)
    } else if checks.iter().all(|(_, status)| fine(*status)) {
        StatusChecks::Passed
    } else {
        StatusChecks::Undecided
    }
}
