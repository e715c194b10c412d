//! What the work needs and what there is for it: the reads of the capacity look.

use crate::{Described, Page};
use domain::host::ServiceView;
use domain::pack::{Amount, Job};
use domain::teardown::Provider;
use domain::{ClusterName, Fault, GroupName};
use jiff::Timestamp;

/// A service, as far as it says what its tasks want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Wish {
    /// Its name, how many tasks it wants, and what its deployment allows.
    pub view: ServiceView,
    /// Whether it is ACTIVE, and not about to go.
    pub active: bool,
    /// Whether it runs a task on every host.
    pub daemon: bool,
    /// Whether its tasks run on EC2 hosts.
    pub on_hosts: bool,
    /// Its task definition; that of its primary task set, where another than ECS deploys it.
    pub definition: Option<String>,
    /// The id of its primary deployment: its tasks say that it started them.
    pub deployment: Option<String>,
    /// Whether no two of its tasks may be on one host.
    pub apart: bool,
    /// Its `memberOf` expressions.
    pub constraints: Vec<String>,
    /// The capacity providers that it is bound to, but Fargate's.
    pub providers: Vec<String>,
    /// When ECS last said that it found no place for a task of it.
    pub refused_at: Option<Timestamp>,
}

/// What a task definition says that a task takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// What one task takes.
    pub job: Job,
    /// Its `memberOf` expressions.
    pub constraints: Vec<String>,
}

/// A task of a cluster that should run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// Its ARN.
    pub arn: String,
    /// `service:NAME` or `family:NAME`.
    pub group: String,
    /// Its task definition.
    pub definition: String,
    /// The registration that it is on; none while it waits for a place.
    pub on: Option<String>,
    /// Whether it is Fargate's.
    pub fargate: bool,
    /// The deployment that started it, or whoever it was.
    pub started_by: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// The capacity provider that it is bound to.
    pub provider: Option<String>,
}

/// What the last launch of a group came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// When it began.
    pub at: Timestamp,
    /// Why it failed, if it did.
    pub failed: Option<String>,
}

/// A type of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name.
    pub name: String,
    /// What it has in all; of interfaces those that tasks can have.
    pub amount: Amount,
}

/// The reads of what the work needs. The obligations are those of [`crate::Reads`].
pub trait Gauge {
    /// `ListServices` of a cluster.
    fn service_arns(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, Fault>>;

    /// `DescribeServices`, at most [`crate::SERVICES_BATCH`].
    fn wishes(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> impl Future<Output = Result<Described<Wish>, Fault>>;

    /// `DescribeTaskDefinition`. A revision never changes, so an implementation may keep what it said.
    fn definition(&self, name: &str) -> impl Future<Output = Result<Definition, Fault>>;

    /// `ListTasks` of a cluster: those that should run.
    fn all_task_arns(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, Fault>>;

    /// `DescribeTasks`, at most [`crate::ECS_BATCH`].
    fn placed(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> impl Future<Output = Result<Described<Placed>, Fault>>;

    /// `GetTaskProtection`, at most [`crate::ECS_BATCH`]: the tasks that are protected, or of which it is not told.
    fn protected(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> impl Future<Output = Result<Vec<String>, Fault>>;

    /// `DescribeCapacityProviders` of these names.
    fn groups_of(&self, providers: &[String])
    -> impl Future<Output = Result<Vec<Provider>, Fault>>;

    /// `DescribeScalingActivities`: what the latest launch of a group came to, if one is told.
    fn latest_launch(
        &self,
        group: &GroupName,
    ) -> impl Future<Output = Result<Option<Launch>, Fault>>;

    /// `DescribeInstanceRefreshes`: whether one of the group is not over.
    fn is_refreshing(&self, group: &GroupName) -> impl Future<Output = Result<bool, Fault>>;

    /// `DescribeAutoScalingGroups` and `DescribeLaunchTemplateVersions`: the instance types that a group launches; none
    /// if it is told otherwise than by names.
    fn types_of(&self, group: &GroupName) -> impl Future<Output = Result<Vec<String>, Fault>>;

    /// `DescribeInstanceTypes`, at most 100.
    fn instance_types(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<Vec<InstanceType>, Fault>>;
}
