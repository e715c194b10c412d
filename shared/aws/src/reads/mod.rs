//! Reads: translates AWS's answers into what the looks are made of.

mod activities;
mod complete;
mod definitions;
mod gauge;
mod group;
mod machine;
mod providers;
mod registration;
mod tasks;
mod types;
mod wishes;

#[cfg(feature = "iam")]
pub(crate) use complete::listed;
#[cfg(feature = "iam")]
pub(crate) use machine::{read_state, reserved};
#[cfg(feature = "iam")]
pub(crate) use registration::reasons;

use crate::config::Aws;
use domain::group::Hooks;
use domain::host::{Registration, Seat, ServiceView};
use domain::names::RegistrationArn;
use domain::{ClusterName, Fault, GroupName, GroupView, InstanceId};
use jiff::Timestamp;
use ports::{Ask, Described, Instance, Page, Reads, Task, Troubled};

// Boxed: what the SDK keeps for its calls is too large for every caller's stack.
impl Reads for Aws {
    async fn seat(&self, instance: &InstanceId) -> Result<Option<Seat>, Fault> {
        Box::pin(self.seat_of(instance)).await
    }

    async fn group(&self, name: &GroupName) -> Result<Option<GroupView>, Fault> {
        Box::pin(self.group_by_name(name)).await
    }

    async fn groups(
        &self,
        tags: &[String],
        token: Option<String>,
    ) -> Result<Page<GroupView>, Fault> {
        Box::pin(self.tagged_groups(tags, token)).await
    }

    async fn hooks(&self, group: &GroupName) -> Result<Hooks, Fault> {
        Box::pin(self.hooks_of(group)).await
    }

    async fn warm_pool(
        &self,
        group: &GroupName,
        token: Option<String>,
    ) -> Result<Page<(InstanceId, Seat)>, Fault> {
        Box::pin(self.warm_seats(group, token)).await
    }

    async fn instances(
        &self,
        ids: &[InstanceId],
        token: Option<String>,
    ) -> Result<Page<(InstanceId, Instance)>, Fault> {
        Box::pin(self.machines(ids, token)).await
    }

    async fn taken_back(&self, token: Option<String>) -> Result<Page<InstanceId>, Fault> {
        Box::pin(self.marked_spot(token)).await
    }

    async fn troubled(&self, ask: Ask, token: Option<String>) -> Result<Page<Troubled>, Fault> {
        Box::pin(self.in_trouble(ask, token)).await
    }

    async fn registration_arns(
        &self,
        cluster: &ClusterName,
        of: Option<&InstanceId>,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Box::pin(self.listed_registrations(cluster, of, token)).await
    }

    async fn registrations(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Option<Registration>>, Fault> {
        Box::pin(self.described_registrations(cluster, arns)).await
    }

    async fn task_arns(
        &self,
        cluster: &ClusterName,
        registration: &RegistrationArn,
        told_to_stop: bool,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Box::pin(self.listed_tasks(cluster, registration, told_to_stop, token)).await
    }

    async fn tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Task>, Fault> {
        Box::pin(self.described_tasks(cluster, arns)).await
    }

    async fn services(
        &self,
        cluster: &ClusterName,
        names: &[String],
    ) -> Result<Described<ServiceView>, Fault> {
        Box::pin(self.described_services(cluster, names)).await
    }

    fn now(&self) -> Timestamp {
        self.session.now()
    }
}

#[cfg(test)]
mod tests;
