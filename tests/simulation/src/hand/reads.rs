//! What a call of AWS's API reads of the world, as of when it reads it.

use super::{Hand, Kind};
use crate::planted::Bug;
use crate::versioned::Ms;
use crate::world::{self, GroupNo, HostNo, Life, RegistrationNo, Stage, State};
use domain::group::{Hook, Hooks};
use domain::host::{
    Lifecycle, Machine, MachineState, Registration, RegistrationStatus, Room, Scheduled, Seat,
    ServiceView, TaskView,
};
use domain::marks::Marks;
use domain::pack::Amount;
use domain::{ClusterName, Fault, GroupName, GroupView, InstanceId, RegistrationArn};
use jiff::Timestamp;
use ports::{Ask, Described, Instance, Page, Reads, Task, Troubled};
use std::collections::BTreeMap;
use std::time::Duration;

/// What each task takes.
pub(super) const TASK: Amount = Amount { cpu: 128, memory: 256, gpus: 0, interfaces: 0 };

fn seat_of(state: &State, host: HostNo, at: Ms) -> Option<Seat> {
    let one = &state.hosts[host];
    let seat = one.seat.as_of(at);
    if seat.life == Life::Gone || one.launched_at > at {
        return None;
    }
    Some(Seat {
        group: state.groups[one.group].name.clone(),
        lifecycle: Lifecycle::read(seat.life.word()),
        healthy: seat.healthy,
        protected: seat.protected,
    })
}

fn group_of(state: &State, group: GroupNo, at: Ms) -> GroupView {
    let one = &state.groups[group];
    let hosts = state.hosts.iter().enumerate().filter(|(_, host)| host.group == group);
    let seats =
        hosts.filter_map(|(number, host)| Some((host.id.clone(), seat_of(state, number, at)?)));
    GroupView {
        name: one.name.clone(),
        min: one.min,
        max: one.max,
        desired: one.desired,
        tags: one.tags.as_of(at).clone(),
        suspended: Vec::new(),
        warm_pool: false,
        seats: seats.collect(),
        hooks: None,
    }
}

fn machine_of(state: &State, host: HostNo, at: Ms) -> Option<Instance> {
    let one = &state.hosts[host];
    // EC2 is eventually consistent: for a while it may not find what is there.
    if one.launched_at > at || one.hidden_until > at {
        return None;
    }
    let state_of = match one.machine.as_of(at) {
        world::Machine::Pending => MachineState::Pending,
        world::Machine::Running => MachineState::Running,
        world::Machine::Stopping => MachineState::Stopping,
        world::Machine::Stopped => MachineState::Stopped,
        world::Machine::ShuttingDown => MachineState::ShuttingDown,
        world::Machine::Terminated => MachineState::Terminated,
        world::Machine::Forgotten => return None,
    };
    let group = &state.groups[one.group];
    let machine = Machine {
        state: state_of,
        launched_at: Some(world::timestamp(one.launched_at)),
        spot: group.spot,
        trouble: None,
    };
    Some(Instance { machine, group: Some(group.name.clone()) })
}

fn registration_of(state: &State, one: RegistrationNo, at: Ms) -> Option<Registration> {
    let it = &state.registrations[one];
    let told = it.told.as_of(at);
    if !told.there {
        return None;
    }
    let tasks =
        || it.tasks.iter().map(|task| state.tasks[*task].told.as_of(at)).filter(|it| it.there);
    let wanted = |stage: Stage| tasks().filter(|it| !it.told_to_stop && it.stage == stage).count();
    let count = |stage| u32::try_from(wanted(stage)).unwrap_or(u32::MAX);
    Some(Registration {
        arn: it.arn.clone(),
        instance: state.hosts[it.host].id.clone(),
        status: RegistrationStatus::read(told.status),
        agent_connected: told.connected,
        running: count(Stage::Running),
        pending: count(Stage::Pending),
        registered: room(0),
        remaining: room(load(state, it, at)),
        registered_at: Some(world::timestamp(it.at)),
        agent_version: None,
        health: domain::host::Health::Ok,
        marks: Marks::read(&told.attributes),
        attributes: BTreeMap::new(),
        tasks: None,
    })
}

/// How many tasks stood on a registration.
fn load(state: &State, one: &world::Registration, at: Ms) -> u32 {
    let tasks = one.tasks.iter().map(|task| state.tasks[*task].told.as_of(at));
    let there = tasks.filter(|told| told.there && told.stage != Stage::Stopped).count();
    u32::try_from(there).unwrap_or(u32::MAX)
}

/// What is left on a host with so many tasks: all tasks are of one size.
fn room(tasks: u32) -> Room {
    let room = u32::try_from(world::ROOM).unwrap_or(u32::MAX);
    let left = room.saturating_sub(tasks);
    let amount = Amount { cpu: left * TASK.cpu, memory: left * TASK.memory, ..TASK };
    Room { amount: Amount { interfaces: u32::MAX, ..amount }, ports: Vec::new() }
}

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
        let cut = items.len() / 2;
        if token.is_some() {
            let broken = self.with(|state| {
                let rate = state.swarm.cut_page;
                state.fault("cut_page", rate, 200_000)
            });
            if broken {
                return Err(Fault::NoAnswer { call: call.to_owned(), told: "cut short".into() });
            }
            return Ok(Page { items: items.split_off(cut), next: None });
        }
        if items.len() < 3 {
            return Ok(Page { items, next: None });
        }
        items.truncate(cut);
        let next = (!self.has(Bug::OnlyTheFirstPage)).then(|| "more".to_owned());
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

    async fn groups(&self, token: Option<String>) -> Result<Page<GroupView>, Fault> {
        let call = "autoscaling:DescribeAutoScalingGroups";
        let at = self.sets_out(call, Kind::Read).await?;
        self.read_in_bulk();
        let all: Vec<GroupView> = self.with(|state| {
            let all = (0..state.groups.len()).map(|number| group_of(state, number, at));
            all.filter(|it| self.has(Bug::TouchesForeignGroups) || it.cluster().is_some()).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        let all = all.into_iter().map(|group| self.lie_of_group(group)).collect();
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
                    world::Kind::Standalone => "family:batch".to_owned(),
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
