//! Machines and their troubles, from EC2. Asked by filter: one unknown id would fail a call by ids as a whole.

use super::complete::listed;
use crate::config::Aws;
use aws_sdk_ec2::types::{
    Filter, Instance, InstanceLifecycleType, InstanceStatus, InstanceStatusSummary, Reservation,
    SpotInstanceRequest,
};
use aws_smithy_types::DateTime;
use domain::host::{Machine, MachineState, Maintenance, Scheduled};
use domain::{Fault, InstanceId};
use jiff::Timestamp;
use ports::{Ask, Page, Troubled};

const CALL: &str = "ec2:DescribeInstances";
const SPOT: &str = "ec2:DescribeSpotInstanceRequests";
const STATUS: &str = "ec2:DescribeInstanceStatus";
/// The tag that Auto Scaling puts on every instance that it launches; it outlives the seat.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

impl Aws {
    /// A page of what EC2 knows of these instances.
    pub(super) async fn machines(
        &self,
        ids: &[InstanceId],
        token: Option<String>,
    ) -> Result<Page<(InstanceId, ports::Instance)>, Fault> {
        let ids: Vec<&str> = ids.iter().map(InstanceId::as_str).collect();
        let request = self.ec2.describe_instances().filters(filter("instance-id", &ids));
        let answer = self.send(CALL, request.set_next_token(token).send()).await?;
        let instances = reserved(answer.reservations)?;
        let items = instances.iter().map(known).collect::<Result<_, _>>()?;
        Ok(Page { items, next: answer.next_token })
    }

    /// A page of the Spot instances that EC2 takes back (*Spot request status* in the EC2 user guide).
    pub(super) async fn marked_spot(
        &self,
        token: Option<String>,
    ) -> Result<Page<InstanceId>, Fault> {
        let marked = filter("status-code", &["marked-for-termination", "marked-for-stop"]);
        let request = self.ec2.describe_spot_instance_requests().filters(marked);
        let answer = self.send(SPOT, request.set_next_token(token).send()).await?;
        let all = listed(SPOT, "spotInstanceRequestSet", answer.spot_instance_requests)?;
        let id = |one: &SpotInstanceRequest| {
            let id = one.instance_id().and_then(|id| id.parse::<InstanceId>().ok());
            id.ok_or_else(|| missing(SPOT, "instanceId"))
        };
        let items = all.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Page { items, next: answer.next_token })
    }

    /// A page of the instances in one kind of trouble.
    pub(super) async fn in_trouble(
        &self,
        ask: Ask,
        token: Option<String>,
    ) -> Result<Page<Troubled>, Fault> {
        let filter = match ask {
            Ask::InstanceStatus => filter("instance-status.status", &["impaired"]),
            Ask::SystemStatus => filter("system-status.status", &["impaired"]),
            Ask::Scheduled => filter("event.code", &SCHEDULED),
        };
        let request = self.ec2.describe_instance_status().filters(filter);
        let answer = self.send(STATUS, request.set_next_token(token).send()).await?;
        let all = listed(STATUS, "instanceStatusSet", answer.instance_statuses)?;
        let now = self.session.now();
        let items = all.iter().map(|one| troubled(one, now)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: answer.next_token })
    }
}

/// The instances of all reservations; one that says nothing of its instances is not one without any.
pub(crate) fn reserved(reservations: Option<Vec<Reservation>>) -> Result<Vec<Instance>, Fault> {
    let mut all = Vec::new();
    for one in listed(CALL, "reservationSet", reservations)? {
        all.extend(listed(CALL, "instancesSet", one.instances)?);
    }
    Ok(all)
}

/// The codes that [`Maintenance`] knows.
const SCHEDULED: [&str; 5] = [
    "instance-retirement",
    "instance-stop",
    "instance-reboot",
    "system-reboot",
    "system-maintenance",
];

fn troubled(status: &InstanceStatus, now: Timestamp) -> Result<Troubled, Fault> {
    let id = status.instance_id().and_then(|id| id.parse().ok());
    // EC2 keeps an event that is over, and begins its description with one of these.
    let over = |text: &str| text.starts_with("[Completed]") || text.starts_with("[Canceled]");
    let scheduled = status.events().iter().filter(|event| !event.description().is_some_and(over));
    let scheduled = scheduled.filter_map(|event| {
        Some(Scheduled {
            kind: Maintenance::read(event.code()?.as_str())?,
            not_before: event.not_before().and_then(time),
        })
    });
    let since = [status.instance_status(), status.system_status()];
    Ok(Troubled {
        instance: id.ok_or_else(|| missing(STATUS, "instanceId"))?,
        impaired_since: since.into_iter().flatten().filter_map(|it| impaired_since(it, now)).min(),
        scheduled: scheduled.min_by_key(|one| one.not_before),
    })
}

/// Since when a check fails; since now if EC2 does not say, so that nothing rests on how long it does.
fn impaired_since(summary: &InstanceStatusSummary, now: Timestamp) -> Option<Timestamp> {
    let impaired = summary.status().is_some_and(|status| status.as_str() == "impaired");
    let since =
        summary.details().iter().filter_map(|one| one.impaired_since().and_then(time)).min();
    impaired.then(|| since.unwrap_or(now))
}

fn time(at: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(at.secs()).ok()
}

fn missing(call: &str, field: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: format!("{field} is missing or out of range") }
}

fn known(instance: &Instance) -> Result<(InstanceId, ports::Instance), Fault> {
    let id = instance.instance_id().and_then(|id| id.parse().ok());
    let state = instance.state().and_then(|state| state.name());
    let launched = instance.launch_time();
    let tags = instance.tags().iter();
    let group = tags.filter(|tag| tag.key() == Some(GROUP_TAG)).find_map(|tag| tag.value());

    let machine = Machine {
        state: read_state(state.ok_or_else(|| missing(CALL, "instanceState"))?.as_str()),
        launched_at: launched.and_then(time),
        spot: instance.instance_lifecycle() == Some(&InstanceLifecycleType::Spot),
        trouble: None,
    };
    let group = group.and_then(|name| name.parse().ok());
    Ok((id.ok_or_else(|| missing(CALL, "instanceId"))?, ports::Instance { machine, group }))
}

/// Reads AWS's word.
pub(crate) fn read_state(text: &str) -> MachineState {
    match text {
        "pending" => MachineState::Pending,
        "running" => MachineState::Running,
        "stopping" => MachineState::Stopping,
        "stopped" => MachineState::Stopped,
        "shutting-down" => MachineState::ShuttingDown,
        "terminated" => MachineState::Terminated,
        other => MachineState::Other(other.to_owned()),
    }
}
