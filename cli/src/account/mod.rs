//! The account that a command looks at and acts on.

mod help;
mod settings;
mod survey;

pub(crate) use help::{Unsuitable, remedy};
pub(crate) use settings::Settings;
pub(crate) use survey::{Survey, clusters, surveys};

use aws::{Aws, Logbook};
use domain::names::NotAName;
use domain::{ClusterName, GroupName, InstanceId};
use ports::Session as _;
use std::time::{Duration, Instant};

/// How long one look may take. A sweep of 5,000 hosts takes some seconds; a throttled one more.
const PATIENCE: Duration = Duration::from_mins(3);

/// Which account.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Account {
    /// The region [default: that of the environment or the profile].
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// The profile of the AWS CLI's files [default: `AWS_PROFILE`].
    #[arg(long, global = true, value_name = "PROFILE")]
    profile: Option<String>,
    /// The stack that Muster was deployed as: its parameters are the settings, and its log group has the records.
    #[arg(long, global = true, value_name = "STACK", default_value = "muster")]
    pub(crate) stack: String,
}

impl Account {
    /// Makes the clients.
    pub(crate) async fn reach(&self) -> crate::Result<Aws> {
        let aws = Aws::of_person(self.region.clone(), self.profile.as_deref()).await?;
        begin(&aws);
        Ok(aws)
    }

    /// Makes the clients, and one for CloudWatch Logs.
    pub(crate) async fn logs(&self) -> crate::Result<Logbook> {
        let logs = Logbook::of_person(self.region.clone(), self.profile.as_deref()).await?;
        begin(logs.aws());
        Ok(logs)
    }
}

/// Begins a look anew: no calls made, the whole time before it.
pub(crate) fn begin(aws: &Aws) {
    aws.begin(Instant::now().checked_add(PATIENCE).unwrap_or_else(Instant::now));
}

/// Reads a cluster's name.
pub(crate) fn cluster(text: &str) -> Result<ClusterName, NotAName> {
    ClusterName::of(text)
}

/// Reads a host's instance id.
pub(crate) fn host(text: &str) -> Result<InstanceId, NotAName> {
    text.parse()
}

/// Reads a group's name.
pub(crate) fn group(text: &str) -> Result<GroupName, NotAName> {
    text.parse()
}
