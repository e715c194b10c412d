//! The cluster that user data names. For S36, only that name leaves this file.

mod read;

use super::{decoded, partial};
use crate::config::Aws;
use aws_sdk_ec2::types::InstanceAttributeName;
use domain::diagnosis::UserData;
use domain::{Fault, InstanceId};

const CALL: &str = "ec2:DescribeInstanceAttribute";

impl Aws {
    pub(super) async fn examined_user_data(&self, id: &InstanceId) -> Result<UserData, Fault> {
        let request = self.ec2.describe_instance_attribute().instance_id(id.as_str());
        let sending = request.attribute(InstanceAttributeName::UserData).send();
        let answer = self.send(CALL, sending).await?;
        if answer.instance_id() != Some(id.as_str()) {
            return Err(partial(CALL, "instanceId is another or missing"));
        }
        let Some(encoded) = answer.user_data().and_then(|data| data.value()) else {
            return Ok(UserData::NoUserData);
        };
        // Compressed user data is no text; cloud-init can read it, we do not.
        let text = decoded(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.map_or(UserData::Unclear, |text| read::read(&text)))
    }
}
