//! Did the instance start, and does it run?

use super::Check;
use super::case::{Case, Found, blamed, cleared, quote, read, suspect};
use super::facts::{Instance, StatusChecks};
use crate::host::MachineState;

pub(super) fn state(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::InstanceState;
    let Some(instance) = read(CHECK, &case.facts.instance)? else {
        return Ok(suspect(
            CHECK,
            "EC2 does not know the instance: it is gone for an hour and more, or was launched just now",
            "look at the group's scaling activities for why it went",
        ));
    };
    let since = instance.launched_at.map_or_else(String::new, |at| format!(", launched at {at}"));
    Ok(match &instance.state {
        MachineState::Running => cleared(CHECK, format!("it is running{since}")),
        MachineState::Pending | MachineState::Other(_) | MachineState::NotFound => suspect(
            CHECK,
            format!("it does not run yet{since}"),
            "wait; if it stays so, look at the instance's state in the EC2 console",
        ),
        MachineState::Stopping | MachineState::Stopped => ended(instance, "stopped"),
        MachineState::ShuttingDown | MachineState::Terminated => ended(instance, "terminated"),
    })
}

/// An instance that ended. That somebody asked for it, as a group does for a host that it gave up, tells that
/// it ended and not why it did not join before.
fn ended(instance: &Instance, how: &str) -> super::Finding {
    let code = instance.reason_code.as_deref().unwrap_or("no reason");
    let words = instance.reason.as_deref().map(quote).filter(|words| !words.is_empty());
    let words = words.map_or_else(String::new, |words| format!(" ({words})"));
    let evidence = format!("it is {how}: {}{words}", quote(code));
    let remedy = remedy(code);
    if code.starts_with("Client.UserInitiated") {
        suspect(Check::InstanceState, evidence, remedy)
    } else {
        blamed(Check::InstanceState, evidence, remedy)
    }
}

/// What to change, by the codes of `StateReason` in the EC2 API reference and of *Troubleshoot instance
/// termination* in the EC2 user guide.
fn remedy(code: &str) -> &'static str {
    match code {
        "Client.InternalError" => {
            "let the Auto Scaling service role use the KMS key that encrypts the image's or launch template's volumes"
        }
        "Client.InvalidSnapshot.NotFound" => {
            "name an image in the launch template whose snapshots exist and are shared with this account"
        }
        "Client.VolumeLimitExceeded" => {
            "raise the EBS volume quota of the region or delete unused volumes"
        }
        "Client.InstanceInitiatedShutdown" => {
            "take the shutdown out of the user data or the image: the host shut itself down"
        }
        "Client.UserInitiatedShutdown" | "Client.UserInitiatedHibernate" => {
            "look in CloudTrail and in the group's scaling activities for who ended it"
        }
        "Server.InsufficientInstanceCapacity" => {
            "allow the group more instance types or availability zones"
        }
        "Server.SpotInstanceTermination"
        | "Server.SpotInstanceShutdown"
        | "Server.SpotInstanceStop" => {
            "allow the group more Spot instance types, or an On-Demand base capacity"
        }
        _ => "look up the reason in the EC2 user guide, Troubleshoot instance termination",
    }
}

pub(super) fn status_checks(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::StatusChecks;
    Ok(match read(CHECK, &case.facts.status_checks)? {
        StatusChecks::Passed => cleared(CHECK, "EC2's status checks pass"),
        StatusChecks::Undecided => cleared(CHECK, "no status check has failed"),
        StatusChecks::Impaired(which) => blamed(
            CHECK,
            format!("status checks failed: {}", which.join(", ")),
            "replace the instance; if the next one fails too, change the image or the instance type in the \
             launch template",
        ),
    })
}
