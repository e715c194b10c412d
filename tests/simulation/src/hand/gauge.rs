//! What the capacity look reads of the world.

use super::{Hand, Kind};
use crate::planted::Bug;
use crate::town;
use crate::world::{self, State};
use domain::host::ServiceView;
use domain::pack::Job;
use domain::teardown::Provider;
use domain::{ClusterName, Fault, GroupName};
use ports::{Definition, Described, Gauge, InstanceType, Launch, Page, Placed, Wish};

fn wish(state: &State, name: &str) -> Option<Wish> {
    let number: usize = name.rsplit('/').next()?.parse().ok()?;
    let service = state.services.get(number)?;
    let settled = u32::try_from(service.live.len()).unwrap_or(u32::MAX);
    Some(Wish {
        view: ServiceView {
            name: service.name.clone(),
            min_healthy_percent: service.least,
            max_percent: service.most,
            desired: service.desired,
            running: settled,
        },
        active: true,
        on_hosts: true,
        definition: Some(format!("service-{number}:1")),
        apart: town::is_apart(state, number),
        refused_at: service.refused_at.map(world::timestamp),
        ..Wish::default()
    })
}

impl Gauge for Hand {
    async fn service_arns(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let call = "ecs:ListServices";
        self.sets_out(call, Kind::Read).await?;
        let number = self.cluster_no(cluster);
        let items = self.with(|state| {
            let all = state.services.iter().enumerate();
            let own = all.filter(|(_, service)| Some(service.cluster) == number);
            own.map(|(at, _)| format!("service/{at}")).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        self.page(items, token.as_deref(), call)
    }

    async fn wishes(&self, _: &ClusterName, arns: &[String]) -> Result<Described<Wish>, Fault> {
        let call = ("ecs:DescribeServices", "wishes");
        self.sets_out(call, Kind::Read).await?;
        let mut found: Vec<Wish> =
            self.with(|state| arns.iter().filter_map(|arn| wish(state, arn)).collect());
        self.comes_back(call, Kind::Read).await?;
        let failures = self.partly(&mut found);
        Ok(Described { found, failures })
    }

    async fn definition(&self, name: &str) -> Result<Definition, Fault> {
        self.asked("ecs:DescribeTaskDefinition").await;
        let each = self.with(|state| town::each(state, name));
        Ok(Definition { job: Job { each, ..Job::default() }, constraints: Vec::new() })
    }

    async fn all_task_arns(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let (call, asked) = ("ecs:ListTasks", ("ecs:ListTasks", "of a cluster"));
        let at = self.sets_out(asked, Kind::Read).await?;
        let number = self.cluster_no(cluster);
        let items = self.with(|state| {
            let own = state.registrations.iter().filter(|one| Some(one.cluster) == number);
            let tasks = own.flat_map(|one| &one.tasks).map(|task| &state.tasks[*task]);
            let runs = |task: &&world::Task| {
                let told = task.told.as_of(at);
                told.there && !told.told_to_stop && told.stage != world::Stage::Stopped
            };
            let here = tasks.filter(runs).map(|task| task.arn.clone());
            here.chain(town::waiting(state)).collect()
        });
        self.comes_back(asked, Kind::Read).await?;
        self.page(items, token.as_deref(), call)
    }

    async fn placed(&self, _: &ClusterName, arns: &[String]) -> Result<Described<Placed>, Fault> {
        let call = ("ecs:DescribeTasks", "placed");
        self.sets_out(call, Kind::Read).await?;
        let blind = self.has(Bug::MovesStandalone);
        let mut found: Vec<Placed> = self.with(|state| {
            let of = |arn: &String| {
                if let Some(waits) = town::waits(arn) {
                    return Some(waits);
                }
                let task = &state.tasks[state.task_no(arn)?];
                let group = match task.kind {
                    world::Kind::Service(service) => {
                        format!("service:{}", state.services[service].name)
                    }
                    world::Kind::Standalone if blind => "service:service-0".to_owned(),
                    world::Kind::Standalone => town::family(state, arn),
                };
                Some(Placed {
                    arn: arn.clone(),
                    group,
                    definition: town::definition(state, arn),
                    on: Some(state.registrations[task.registration].arn.to_string()),
                    created_at: Some(world::timestamp(task.at)),
                    ..Placed::default()
                })
            };
            arns.iter().filter_map(of).collect()
        });
        self.comes_back(call, Kind::Read).await?;
        let failures = self.partly(&mut found);
        Ok(Described { found, failures })
    }

    async fn protected(&self, _: &ClusterName, _: &[String]) -> Result<Vec<String>, Fault> {
        let call = "ecs:GetTaskProtection";
        self.sets_out(call, Kind::Read).await?;
        self.comes_back(call, Kind::Read).await?;
        Ok(Vec::new())
    }

    async fn groups_of(&self, _: &[String]) -> Result<Vec<Provider>, Fault> {
        self.asked("ecs:DescribeCapacityProviders").await;
        Ok(Vec::new())
    }

    async fn latest_launch(&self, _: &GroupName) -> Result<Option<Launch>, Fault> {
        let call = "autoscaling:DescribeScalingActivities";
        self.sets_out(call, Kind::Read).await?;
        self.comes_back(call, Kind::Read).await?;
        Ok(None)
    }

    async fn is_refreshing(&self, _: &GroupName) -> Result<bool, Fault> {
        let call = "autoscaling:DescribeInstanceRefreshes";
        self.sets_out(call, Kind::Read).await?;
        self.comes_back(call, Kind::Read).await?;
        Ok(false)
    }

    async fn types_of(&self, group: &GroupName) -> Result<Vec<String>, Fault> {
        let call = "ec2:DescribeLaunchTemplateVersions";
        self.sets_out(call, Kind::Read).await?;
        self.comes_back(call, Kind::Read).await?;
        Ok(self.with(|state| town::type_of(state, group)))
    }

    async fn instance_types(&self, names: &[String]) -> Result<Vec<InstanceType>, Fault> {
        self.asked("ec2:DescribeInstanceTypes").await;
        Ok(self.with(|state| town::types(state, names)))
    }
}
