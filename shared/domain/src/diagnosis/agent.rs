//! Where did the agent go, and what did it say?

use super::Check;
use super::case::{Case, Found, blamed, cleared, quote, read, suspect, unseen};
use super::facts::{ConsoleSign, Registered, UserData};
use crate::host::{RegistrationStatus, Seen};

/// Where an agent goes that is told nothing (`ECS_CLUSTER` in the ECS developer guide, *Amazon ECS container
/// agent configuration*).
const DEFAULT: &str = "default";

pub(super) fn user_data(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::UserData;
    let cluster = case.cluster;
    let remedy = format!(
        "set ECS_CLUSTER={cluster} (on Bottlerocket settings.ecs.cluster) in the user data of the launch template"
    );
    let nameless = |told: &str| {
        if case.is_connected_here() || cluster.as_str() == DEFAULT {
            cleared(CHECK, told)
        } else {
            let told = format!("{told}, and an agent that is told nothing joins {DEFAULT}");
            suspect(CHECK, told, remedy.clone())
        }
    };
    Ok(match read(CHECK, &case.facts.user_data)? {
        UserData::Names(named) if named == cluster => {
            cleared(CHECK, format!("the user data names {cluster}"))
        }
        UserData::Names(named) if case.is_connected_here() => {
            cleared(CHECK, format!("it is in {cluster}, though the user data names {named}"))
        }
        UserData::Names(named) => {
            blamed(CHECK, format!("the user data names the cluster {named}, not {cluster}"), remedy)
        }
        UserData::NamesNone => nameless("the user data names no cluster"),
        UserData::NoUserData => nameless("there is no user data"),
        UserData::Unclear if case.is_connected_here() => {
            cleared(CHECK, format!("it is in {cluster}"))
        }
        UserData::Unclear => unseen(
            CHECK,
            "the user data sets the cluster in a way that only the host can work out",
            format!("see that it comes to ECS_CLUSTER={cluster}"),
        ),
    })
}

pub(super) fn other_clusters(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::OtherClusters;
    let cluster = case.cluster;
    if let Seen::Known(Some(_)) = &case.facts.registration {
        return Ok(cleared(CHECK, format!("it is registered in {cluster}")));
    }
    let elsewhere = read(CHECK, &case.facts.elsewhere)?;
    if elsewhere.is_empty() {
        return Ok(cleared(CHECK, "it is registered in no other cluster"));
    }
    let names: Vec<&str> = elsewhere.iter().map(|one| one.cluster.as_str()).collect();
    Ok(blamed(
        CHECK,
        format!("it is registered in {}, not in {cluster}", names.join(", ")),
        format!(
            "set ECS_CLUSTER={cluster} in the launch template and replace the host: an agent does not move"
        ),
    ))
}

pub(super) fn console(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::Agent;
    case.unless_connected(CHECK)?;
    let signs = read(CHECK, &case.facts.console)?;
    // What still holds explains more than what may have healed.
    let Some(first) = signs.iter().min_by_key(|sign| (may_have_healed(case, **sign), **sign))
    else {
        return Ok(cleared(CHECK, "nothing of note in the console output"));
    };
    let told: Vec<&str> = signs.iter().map(|sign| words(*sign)).collect();
    let evidence = format!("the console shows that {}", told.join(", and that "));
    let remedy = remedy(case, *first);
    Ok(if may_have_healed(case, *first) {
        suspect(CHECK, evidence, remedy)
    } else {
        blamed(CHECK, evidence, remedy)
    })
}

/// Whether a sign may be of the past: an agent that is refused, or finds no credentials or cluster, is started
/// again and again, so a role that arrives late heals it.
fn may_have_healed(case: &Case<'_>, sign: ConsoleSign) -> bool {
    let facts = case.facts;
    match sign {
        ConsoleSign::AccessDenied => {
            matches!(&facts.denied, Seen::Known(denied) if denied.is_empty())
        }
        ConsoleSign::NoCredentials => matches!(&facts.role, Seen::Known(Some(_))),
        // A script that failed need not be the one that the agent waits for.
        ConsoleSign::CloudInitFailed => true,
        ConsoleSign::KernelPanic
        | ConsoleSign::DiskFull
        | ConsoleSign::ClusterNotFound
        | ConsoleSign::AgentGaveUp => false,
    }
}

const fn words(sign: ConsoleSign) -> &'static str {
    match sign {
        ConsoleSign::KernelPanic => "the kernel panicked",
        ConsoleSign::DiskFull => "a disk is full",
        ConsoleSign::NoCredentials => "the agent found no credentials",
        ConsoleSign::AccessDenied => "IAM refused the registration",
        ConsoleSign::ClusterNotFound => "the cluster was not found",
        ConsoleSign::AgentGaveUp => "the agent ended with status 5, and is not started again",
        ConsoleSign::CloudInitFailed => "cloud-init failed",
    }
}

fn remedy(case: &Case<'_>, sign: ConsoleSign) -> String {
    let cluster = case.cluster;
    match sign {
        ConsoleSign::KernelPanic => {
            "name another image or instance type in the launch template".to_owned()
        }
        ConsoleSign::DiskFull => {
            "give the root volume of the launch template more room (VolumeSize)".to_owned()
        }
        ConsoleSign::NoCredentials => {
            "see that the launch template names an instance profile with a role and does not turn the metadata \
             service off (HttpEndpoint)"
                .to_owned()
        }
        ConsoleSign::AccessDenied => format!(
            "allow ecs:RegisterContainerInstance on cluster {cluster} to the host's role, also in its \
             permissions boundary, the service control policies and the endpoint's policy"
        ),
        ConsoleSign::ClusterNotFound => {
            format!("create the cluster {cluster}, or correct ECS_CLUSTER in the launch template")
        }
        ConsoleSign::AgentGaveUp => {
            "replace the host: ECS refused what it registered with, for example attributes in ECS_INSTANCE_ATTRIBUTES \
             or an agent state that was copied into the image (/var/lib/ecs/data)"
                .to_owned()
        }
        ConsoleSign::CloudInitFailed => {
            "correct the user data of the launch template; /var/log/cloud-init-output.log on the host says where \
             it failed"
                .to_owned()
        }
    }
}

pub(super) fn registration(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::Registration;
    let cluster = case.cluster;
    let Some(Registered { status, agent_connected, reason }) =
        read(CHECK, &case.facts.registration)?
    else {
        return Ok(cleared(
            CHECK,
            format!("none has been tried in {cluster}, as far as ECS shows"),
        ));
    };
    let because = reason.as_deref().map(quote).filter(|words| !words.is_empty());
    let because = because.map_or_else(String::new, |words| format!(": {words}"));
    Ok(match status {
        RegistrationStatus::Active if *agent_connected => {
            cleared(CHECK, format!("it is registered in {cluster} and its agent is connected"))
        }
        RegistrationStatus::Active => suspect(
            CHECK,
            format!("it is registered in {cluster}, but its agent is not connected{because}"),
            "see that the host reaches the endpoints ecs-agent and ecs-telemetry (ecs-a-*, ecs-t-*) on TCP port 443, and that \
             its role may do ecs:Poll",
        ),
        RegistrationStatus::Other(word) if word == "REGISTRATION_FAILED" => blamed(
            CHECK,
            format!("ECS says REGISTRATION_FAILED{because}"),
            "correct what the reason names and replace the host",
        ),
        RegistrationStatus::Draining => suspect(
            CHECK,
            format!("its registration in {cluster} is DRAINING{because}"),
            format!("set the container instance ACTIVE in {cluster} if it should take tasks"),
        ),
        RegistrationStatus::Inactive => suspect(
            CHECK,
            format!("its registration in {cluster} was struck off{because}"),
            "replace the host: an agent that was struck off does not come back",
        ),
        RegistrationStatus::Other(word) => suspect(
            CHECK,
            format!("its registration in {cluster} is {}{because}", quote(word)),
            "wait; if it stays so, replace the host",
        ),
    })
}
