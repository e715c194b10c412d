//! `DescribeInstanceAttribute` (user data) and `GetConsoleOutput`.

use super::describe::known_one;
use super::{Boot, Ec2, Instance, State};
use crate::base64;
use crate::world::core::{Core, whole_seconds};
use crate::world::{Answer, ApiError, input};
use serde_json::{Value, json};

impl Instance {
    /// The cluster that the user data names; `None` if there is no user data.
    #[must_use]
    pub fn user_data_cluster(&self) -> Option<&str> {
        match &self.boot {
            Boot::Joins { cluster, .. }
            | Boot::JoinsElsewhere { cluster }
            | Boot::WrongUserData { cluster } => Some(cluster),
            _ => self.cluster.as_deref(),
        }
    }

    fn user_data(&self) -> Option<String> {
        let cluster = self.user_data_cluster()?;
        Some(format!("#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n"))
    }

    /// What the machine said while it booted; nothing before it runs.
    fn console(&self) -> Option<String> {
        let agent = match self.boot {
            Boot::AgentExits5 => {
                "[   21.902113] systemd[1]: Starting ecs.service - Amazon ECS Agent...\n\
                 [   22.410042] systemd[1]: ecs.service: Main process exited, code=exited, \
                 status=5/NOTINSTALLED\n\
                 [   22.410977] systemd[1]: ecs.service: Failed with result 'exit-code'.\n"
            }
            _ => "[   21.902113] systemd[1]: Started ecs.service - Amazon ECS Agent.\n",
        };
        let host = format!("ip-{}", self.private_ip.replace('.', "-"));
        (self.state != State::Pending).then(|| {
            format!(
                "[    0.000000] Linux version 6.1.112-122.189.amzn2023.x86_64\n\
                 [    2.118271] systemd[1]: Hostname set to <{host}>.\n\
                 [   14.530219] cloud-init[1714]: Cloud-init v. 22.2.2 finished.\n\
                 {agent}{host} login: "
            )
        })
    }
}

/// `DescribeInstanceAttribute`: `userData` only.
pub(super) fn describe(ec2: &Ec2, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "Attribute"])?;
    let instance = known_one(ec2, input)?;
    let attribute = input::text(input, "Attribute")?;
    if attribute != "userData" {
        let text = format!("The attribute '{attribute}' is not modelled here.");
        return Err(ApiError::client("InvalidParameterValue", text));
    }
    let data = instance.user_data().map(|data| base64::encode(data.as_bytes()));
    Ok(json!({"instanceId": instance.id, "userData": {"value": data}}))
}

/// `GetConsoleOutput`.
pub(super) fn console_output(ec2: &Ec2, core: &Core, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "Latest"])?;
    let instance = known_one(ec2, input)?;
    Ok(json!({
        "instanceId": instance.id,
        "timestamp": whole_seconds(core.now()).to_string(),
        "output": instance.console().map(|text| base64::encode(text.as_bytes())),
    }))
}
