//! Signs in the console output. For S36, only a closed set of signs leaves this file, never a text.

mod signs;

use super::{decoded, partial};
use crate::config::Aws;
use domain::diagnosis::ConsoleSign;
use domain::{Fault, InstanceId};
use std::collections::BTreeSet;

const CALL: &str = "ec2:GetConsoleOutput";

impl Aws {
    pub(super) async fn examined_console(
        &self,
        id: &InstanceId,
    ) -> Result<BTreeSet<ConsoleSign>, Fault> {
        // What was kept of the boot; `latest` works only for some instance types.
        let request = self.ec2.get_console_output().instance_id(id.as_str()).latest(false);
        let answer = self.send(CALL, request.send()).await?;
        let encoded = answer.output().filter(|text| !text.is_empty());
        let encoded = encoded.ok_or_else(|| partial(CALL, "there is no console output yet"))?;
        let bytes = decoded(encoded).ok_or_else(|| partial(CALL, "output is no base64"))?;
        // A console may print anything; what is no text has no sign in it.
        Ok(signs::signs(&String::from_utf8_lossy(&bytes)))
    }
}
