//! What AWS can be asked: a method a call, a page a call.

use domain::group::Hooks;
use domain::host::{Machine, Registration, Scheduled, Seat, ServiceView, TaskView};
use domain::{ClusterName, Fault, GroupName, GroupView, InstanceId, RegistrationArn};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A page of a listing, and the token of the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on it; may be nothing although there is a next one.
    pub items: Vec<T>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// A description of things that were asked for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described<T> {
    /// What was found.
    pub found: Vec<T>,
    /// The reasons of `failures[]`, one for each thing that was not.
    pub failures: Vec<String>,
}

/// An instance as EC2 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its machine, without troubles: those are asked for apart.
    pub machine: Machine,
    /// Its group, by the tag that Auto Scaling puts on what it launches; it outlives the seat.
    pub group: Option<GroupName>,
}

/// A task as ECS describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The task; its last status may be STOPPED.
    pub view: TaskView,
    /// When it stopped or began to stop.
    pub moved_at: Option<Timestamp>,
}

/// Which troubles EC2 is asked about. A status and a plan of EC2 are two questions: its filters are joined by "and".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Instances whose own status check fails.
    InstanceStatus,
    /// Instances whose system's status check fails.
    SystemStatus,
    /// Instances that EC2 has scheduled to be retired, stopped or rebooted.
    Scheduled,
}

/// What EC2 says of one instance in trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    /// The instance.
    pub instance: InstanceId,
    /// Since when a status check fails.
    pub impaired_since: Option<Timestamp>,
    /// What is scheduled, and not done yet.
    pub scheduled: Option<Scheduled>,
}

/// The reads of AWS that the looks are made of: one method a call of AWS's API, one page a call.
///
/// The futures need not be `Send`: a function runs on one thread. Obligations of an implementation:
///
/// * it only reads, and keeps nothing from an earlier call (keeps S20);
/// * an error of any kind is a [`Fault`]; a field that must be there and is not is [`Fault::Partial`] (keeps S21);
/// * it decides nothing and joins nothing: that is the looks', which the simulation tests too.
pub trait Reads {
    /// `DescribeAutoScalingInstances` of one instance; `None` if Auto Scaling does not know it.
    fn seat(&self, instance: &InstanceId) -> impl Future<Output = Result<Option<Seat>, Fault>>;

    /// `DescribeAutoScalingGroups` by name; `None` if there is no such group.
    fn group(&self, name: &GroupName) -> impl Future<Output = Result<Option<GroupView>, Fault>>;

    /// `DescribeAutoScalingGroups` of all with the tag `muster:cluster`; if there are `tags`, of those whose tag has one of
    /// these values.
    fn groups(
        &self,
        tags: &[String],
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<GroupView>, Fault>>;

    /// `DescribeLifecycleHooks` of a group, those of ours.
    fn hooks(&self, group: &GroupName) -> impl Future<Output = Result<Hooks, Fault>>;

    /// `DescribeWarmPool` of a group: the seats in its pool.
    fn warm_pool(
        &self,
        group: &GroupName,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<(InstanceId, Seat)>, Fault>>;

    /// `DescribeInstances`, by filter, so that one unknown id does not fail the others; they are left out.
    fn instances(
        &self,
        ids: &[InstanceId],
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<(InstanceId, Instance)>, Fault>>;

    /// `DescribeSpotInstanceRequests` that EC2 marked for termination or stop: their instances.
    fn taken_back(
        &self,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<InstanceId>, Fault>>;

    /// `DescribeInstanceStatus` of the instances in this trouble.
    fn troubled(
        &self,
        ask: Ask,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<Troubled>, Fault>>;

    /// `ListContainerInstances` of a cluster, of any status but INACTIVE; of one instance, if it is named.
    fn registration_arns(
        &self,
        cluster: &ClusterName,
        of: Option<&InstanceId>,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, Fault>>;

    /// `DescribeContainerInstances`, at most [`ECS_BATCH`]. An external instance (`mi-…`) is `None`.
    fn registrations(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> impl Future<Output = Result<Described<Option<Registration>>, Fault>>;

    /// `ListTasks` of a registration: those that should run, or those told to stop.
    fn task_arns(
        &self,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        told_to_stop: bool,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, Fault>>;

    /// `DescribeTasks`, at most [`ECS_BATCH`].
    fn tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> impl Future<Output = Result<Described<Task>, Fault>>;

    /// `DescribeServices`, at most [`SERVICES_BATCH`].
    fn services(
        &self,
        cluster: &ClusterName,
        names: &[String],
    ) -> impl Future<Output = Result<Described<ServiceView>, Fault>>;

    /// The time by AWS's own clock, as its latest answer told it; the machine's before the first answer.
    ///
    /// Ages are differences of AWS's times, so they are measured with AWS's clock.
    fn now(&self) -> Timestamp;
}

/// What one `DescribeContainerInstances` or `DescribeTasks` takes (ECS API reference).
pub const ECS_BATCH: usize = 100;
/// What one `DescribeServices` takes (ECS API reference).
pub const SERVICES_BATCH: usize = 10;
/// Values of one filter of a `Describe` call of EC2: at most 200 (*Filter your resources* in the EC2 user guide).
pub const FILTER_VALUES: usize = 200;

/// What EC2 says is wrong, by instance: of the whole account, as that is few.
pub type Troubles = BTreeMap<InstanceId, domain::host::Trouble>;
