//! `DescribeInstanceAttribute` (user data) and `GetConsoleOutput`.

use super::describe::known_one;
use super::{Boot, Ec2, Instance, State};
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
    let data = instance.user_data().map(|data| base64(data.as_bytes()));
    Ok(json!({"instanceId": instance.id, "userData": {"value": data}}))
}

/// `GetConsoleOutput`.
pub(super) fn console_output(ec2: &Ec2, core: &Core, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "Latest"])?;
    let instance = known_one(ec2, input)?;
    Ok(json!({
        "instanceId": instance.id,
        "timestamp": whole_seconds(core.now()).to_string(),
        "output": instance.console().map(|text| base64(text.as_bytes())),
    }))
}

/// Base64 as RFC 4648 has it, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |six: u8| LETTERS.get(usize::from(six)).copied().map_or('=', char::from);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut three = chunk.iter().copied().chain([0, 0]);
        let mut next = || three.next().unwrap_or_default();
        let (a, b, c) = (next(), next(), next());
        let sextets = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63];
        let filled = sextets.into_iter().map(letter).take(chunk.len().saturating_add(1));
        text.extend(filled.chain("==".chars()).take(4));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
