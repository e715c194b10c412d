//! What a call of AWS's API reads of the world, as of when it reads it.

use super::views::{group_of, machine_of, registration_of, seat_of};
use super::{Hand, Kind};
use crate::planted::Bug;
use crate::town;
use crate::world::{self, HostNo, Stage};
use domain::group::{Hook, Hooks};
use domain::host::{Registration, Scheduled, Seat, ServiceView, TaskView};
use domain::names::CLUSTER_TAG;
use domain::{ClusterName, Fault, GroupName, GroupView, InstanceId, RegistrationArn};
use jiff::Timestamp;
use ports::{Ask, Described, Instance, Page, Reads, Task, Troubled};
use std::time::Duration;

impl Hand {
    fn host_no(&self, instance: &InstanceId) -> Option<HostNo> {
        self.with(|state| state.host_no(instance))
    }

    pub(super) fn cluster_no(&self, name: &ClusterName) -> Option<usize> {
        self.with(|state| state.clusters.iter().position(|one| one.name == *name))
    }

    /// Leaves something out of a description, if this fault strikes.
    pub(super) fn partly<T>(&self, found: &mut Vec<T>) -> Vec<String> {
        self.with(|state| {
            let rate = state.swarm.partial_failure;
            if found.is_empty() || !state.fault("partial_failure", rate, 150_000) {
                return Vec::new();
            }
            let at = state.fault_rng.usize(0..found.len());
            found.remove(at);
            // AWS names what it left out; a broken answer does not even that.
            if state.fault_rng.bool() { vec!["MISSING".to_owned()] } else { Vec::new() }
        })
    }

    /// Hands out a listing in two pages now and then, and loses the second one if this fault strikes.
    pub(super) fn page<T>(
        &self,
        mut items: Vec<T>,
        token: Option<&str>,
        call: &str,
    ) -> Result<Page<T>, Fault> {
        if self.with(|state| state.town.is_some()) {
            return Ok(town::page(items, token));
        }
        if let Some(token) = token {
            let broken = self.with(|state| {
                let rate = state.swarm.cut_page;
                state.fault("cut_page", rate, 200_000)
            });
            if broken {
                return Err(Fault::NoAnswer { call: call.to_owned(), told: "cut short".into() });
            }
            // What came or went meanwhile does not move the end of the first page.
            let cut = token.parse().unwrap_or(usize::MAX).min(items.len());
            return Ok(Page { items: items.split_off(cut), next: None });
        }
        if items.len() < 3 {
            return Ok(Page { items, next: None });
        }
        let cut = items.len() / 2;
        items.truncate(cut);
        let next = (!self.has(Bug::OnlyTheFirstPage)).then(|| cut.to_string());
        Ok(Page { items, next })
    }
}

impl Reads for Hand {
    async fn seat(&self, instance: &InstanceId) -> Result<Option<Seat>, Fault> {
        let call = "autoscaling:DescribeAutoScalingInstances";
        let at = self.sets_out(call, Kind::Read).await?;
        let host = self.host_no(instance);
        let seat = host.and_then(|host| {
            self.read_host(host);
            self.with(|state| seat_of(state, host, at))
        });
        self.comes_back(call, Kind::Read).await?;
        Ok(self.lie_of_seat(seat))
    }

    async fn group(&self, name: &GroupName) -> Result<Option<GroupView>, Fault> {
        let call = "autoscaling:DescribeAutoScalingGroups";
        let at = self.sets_out(call, Kind::Read).await?;
        let group = self.with(|state| {
            let number = state.groups.iter().position(|one| one.name == *name)?;
            Some(group_of(state, number, at))
        });
        self.comes_back(call, Kind::Read).await?;
        Ok(group.map(|group| self.lie_of_group(group)))
    }

    async fn groups(
        &self,
        tags: &[String],
        token: Option<String>,
    ) -> Result<Page<GroupView>, Fault> {
        let call = "autoscaling:DescribeAutoScalingGroups";
        let at = self.sets_out((call, "all"), Kind::Read).await?;
        self.read_in_bulk();
        let all: Vec<GroupView> = self.with(|state| {
            let all = (0..state.groups.len()).map(|number| group_of(state, number, at));
            all.filter(|it| self.has(Bug::TouchesForeignGroups) || it.cluster().is_some()).collect()
        });
        self.comes_back((call, "all"), Kind::Read).await?;
        let named = |group: &GroupView| {
            tags.is_empty() || group.tags.get(CLUSTER_TAG).is_some_and(|value| tags.contains(value))
        };
        let all = all.into_iter().filter(named).map(|group| self.lie_of_group(group)).collect();
        self.page(all, token.as_deref(), call)
    }

    async fn hooks(&self, group: &GroupName) -> Result<Hooks, Fault> {
        let call = "autoscaling:DescribeLifecycleHooks";
        self.sets_out(call, Kind::Read).await?;
        let hooks = self.with(|state| {
            let one = state.groups.iter().find(|one| one.name == *group)?;
            let hook = |hook: world::Hook| {
                let heartbeat = Duration::from_millis(hook.time_out.unsigned_abs());
                let in_all = heartbeat.saturating_mul(100).min(Duration::from_hours(48));
                Hook { heartbeat, in_all, continues: hook.continues }
            };
            let (launch, terminate) = (hook(one.launch_hook), hook(one.terminate_hook));
            Some(Hooks { launch: Some(launch), terminate: Some(terminate) })
        });
        self.comes_back(call, Kind::Read).await?;
        Ok(hooks.unwrap_or_default())
    }

    async fn warm_pool(
        &self,
        _: &GroupName,
        _: Option<String>,
    ) -> Result<Page<(InstanceId, Seat)>, Fault> {
        self.asked("autoscaling:DescribeWarmPool").await;
        Ok(Page { items: Vec::new(), next: None })
    }

    async fn instances(
        &self,
        ids: &[InstanceId],
        token: Option<String>,
    ) -> Result<Page<(InstanceId, Instance)>, Fault> {
        let call = "ec2:DescribeInstances";
        let at = self.sets_out(call, Kind::Read).await?;
        let found: Vec<(InstanceId, Instance)> = self.with(|state| {
            let known = |id: &InstanceId| machine_of(state, state.host_no(id)?, at);
            ids.iter().filter_map(|id| Some((id.clone(), known(id)?))).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        self.page(self.lie_of_instances(ids, found), token.as_deref(), call)
    }

    async fn taken_back(&self, _: Option<String>) -> Result<Page<InstanceId>, Fault> {
        let call = "ec2:DescribeSpotInstanceRequests";
        let at = self.sets_out(call, Kind::Read).await?;
        let items = self.with(|state| {
            let hosts = state.hosts.iter().enumerate();
            let marked = |number: usize, host: &world::Host| {
                let told = self.has(Bug::BelievesSpotEvents) && self.event_host == Some(number);
                told || host.trouble.as_of(at).taken_back
            };
            let here = hosts
                .filter(|(number, host)| marked(*number, host) && !host.machine.get().is_gone());
            here.map(|(_, host)| host.id.clone()).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        Ok(Page { items, next: None })
    }

    async fn troubled(&self, ask: Ask, _: Option<String>) -> Result<Page<Troubled>, Fault> {
        let call = "ec2:DescribeInstanceStatus";
        let at = self.sets_out(call, Kind::Read).await?;
        let items = self.with(|state| {
            let scheduled = |host: &world::Host| {
                let (kind, not_before) = host.trouble.as_of(at).scheduled?;
                let gone = host.machine.as_of(at).is_gone();
                let not_before = Some(world::timestamp(not_before));
                (ask == Ask::Scheduled && !gone).then(|| Troubled {
                    instance: host.id.clone(),
                    impaired_since: None,
                    scheduled: Some(Scheduled { kind, not_before }),
                })
            };
            state.hosts.iter().filter_map(scheduled).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        Ok(Page { items, next: None })
    }

    async fn registration_arns(
        &self,
        cluster: &ClusterName,
        of: Option<&InstanceId>,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let call = "ecs:ListContainerInstances";
        let went = self.sets_out(call, Kind::Read).await;
        if self.has(Bug::UnreadableIsAbsent) && went.is_err() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let at = went?;
        match of.and_then(|of| self.host_no(of)) {
            Some(host) => self.read_host(host),
            None => self.read_in_bulk(),
        }
        let number = self.cluster_no(cluster);
        let items = self.with(|state| {
            let fits = |one: &world::Registration| {
                let told = one.told.as_of(at);
                let here = Some(one.cluster) == number
                    || (of.is_some() && self.has(Bug::AnyClusterWillDo));
                here && told.there
                    && told.status != "INACTIVE"
                    && of.is_none_or(|of| state.hosts[one.host].id == *of)
            };
            let all = state.registrations.iter().filter(|one| fits(one));
            all.map(|one| one.arn.to_string()).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        self.page(items, token.as_deref(), call)
    }

    async fn registrations(
        &self,
        _: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Option<Registration>>, Fault> {
        let call = "ecs:DescribeContainerInstances";
        let at = self.sets_out(call, Kind::Read).await?;
        let mut found: Vec<Option<Registration>> = self.with(|state| {
            let of = |arn: &String| registration_of(state, state.registration_no(arn)?, at);
            arns.iter().filter_map(of).map(Some).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        let failures = self.partly(&mut found);
        Ok(self.lie_of_registrations(Described { found, failures }, arns.len()))
    }

    async fn task_arns(
        &self,
        _: &ClusterName,
        registration: &RegistrationArn,
        told_to_stop: bool,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let call = "ecs:ListTasks";
        let at = self.sets_out(call, Kind::Read).await?;
        let items: Vec<String> = self.with(|state| {
            let Some(number) = state.registration_no(registration.as_str()) else {
                return Vec::new();
            };
            let tasks = state.registrations[number].tasks.iter().map(|task| &state.tasks[*task]);
            let fits = |task: &&world::Task| {
                let told = task.told.as_of(at);
                told.there && told.told_to_stop == told_to_stop
            };
            tasks.filter(fits).map(|task| task.arn.clone()).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        self.page(self.lie_of_task_arns(items, told_to_stop), token.as_deref(), call)
    }

    async fn tasks(&self, _: &ClusterName, arns: &[String]) -> Result<Described<Task>, Fault> {
        let call = "ecs:DescribeTasks";
        let at = self.sets_out(call, Kind::Read).await?;
        let mut found: Vec<Task> = self.with(|state| {
            let of = |arn: &String| {
                let task = &state.tasks[state.task_no(arn)?];
                let told = task.told.as_of(at);
                let status = match told.stage {
                    Stage::Pending => "PENDING",
                    Stage::Running => "RUNNING",
                    Stage::Stopping => "DEACTIVATING",
                    Stage::Stopped => "STOPPED",
                };
                let group = match task.kind {
                    world::Kind::Service(service) => {
                        format!("service:{}", state.services[service].name)
                    }
                    world::Kind::Standalone => town::family(state, arn),
                };
                let view = TaskView {
                    arn: arn.clone(),
                    group,
                    last_status: status.to_owned(),
                    told_to_stop: told.told_to_stop,
                };
                Some(Task { view, moved_at: told.moved_at.map(world::timestamp) })
            };
            arns.iter().filter_map(of).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        let failures = self.partly(&mut found);
        Ok(Described { found, failures })
    }

    async fn services(
        &self,
        _: &ClusterName,
        _: &[String],
    ) -> Result<Described<ServiceView>, Fault> {
        let call = "ecs:DescribeServices";
        self.sets_out(call, Kind::Read).await?;
        self.comes_back(call, Kind::Read).await?;
        Ok(Described { found: Vec::new(), failures: Vec::new() })
    }

    fn now(&self) -> Timestamp {
        self.with(|state| state.timestamp())
    }
}
