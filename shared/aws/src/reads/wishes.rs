//! What services want.

use super::complete::listed;
use super::registration::reasons;
use super::tasks;
use crate::config::Aws;
use crate::limits::ECS_PAGE;
use aws_sdk_ecs::types::{
    LaunchType, PlacementConstraintType, SchedulingStrategy, Service, ServiceEvent,
};
use domain::{ClusterName, Fault};
use jiff::Timestamp;
use ports::{Described, Page, Wish};

const LIST: &str = "ecs:ListServices";
const DESCRIBE: &str = "ecs:DescribeServices";
/// What ECS says in a service's events when it finds no place (*Service event messages* in the ECS developer guide).
const REFUSED: &str = "was unable to place a task";

impl Aws {
    pub(super) async fn listed_services(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        let request = self.ecs.list_services().cluster(cluster.as_str()).max_results(ECS_PAGE);
        let answer = self.send(LIST, request.set_next_token(token).send()).await?;
        let items = listed(LIST, "serviceArns", answer.service_arns)?;
        Ok(Page { items, next: answer.next_token })
    }

    pub(super) async fn described_wishes(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Wish>, Fault> {
        let request = self.ecs.describe_services().cluster(cluster.as_str());
        let answer = self.send(DESCRIBE, request.set_services(Some(arns.to_vec())).send()).await?;
        let found = answer.services().iter().map(wish).collect::<Result<_, _>>()?;
        Ok(Described { found, failures: reasons(answer.failures()) })
    }
}

fn wish(service: &Service) -> Result<Wish, Fault> {
    let missing = |field: &str| Fault::Partial {
        call: DESCRIBE.to_owned(),
        told: format!("{field} is missing"),
    };
    let view = tasks::service(service).ok_or_else(|| missing("serviceName"))?;
    let strategy = service.capacity_provider_strategy().iter();
    let (fargate, providers): (Vec<String>, Vec<String>) = strategy
        .map(|one| one.capacity_provider().to_owned())
        .partition(|name| name.starts_with("FARGATE"));
    let on_ec2 = service.launch_type().is_none_or(|kind| *kind == LaunchType::Ec2);
    let constraints = || service.placement_constraints().iter();
    let is = |kind: PlacementConstraintType| {
        move |one: &&aws_sdk_ecs::types::PlacementConstraint| one.r#type() == Some(&kind)
    };
    let deployments = service.deployments().iter();
    let primary = deployments.into_iter().find(|one| one.status() == Some("PRIMARY"));
    Ok(Wish {
        view,
        active: service.status().ok_or_else(|| missing("status"))? == "ACTIVE",
        daemon: service.scheduling_strategy() == Some(&SchedulingStrategy::Daemon),
        on_hosts: on_ec2 && fargate.is_empty(),
        definition: definition_of(service).map(str::to_owned),
        deployment: primary.and_then(|one| Some(one.id()?.to_owned())),
        apart: constraints().any(|one| is(PlacementConstraintType::DistinctInstance)(&one)),
        constraints: constraints()
            .filter(is(PlacementConstraintType::MemberOf))
            .filter_map(|one| Some(one.expression()?.to_owned()))
            .collect(),
        providers,
        refused_at: service.events().iter().filter_map(refused).max(),
    })
}

/// A service's task definition; where another than ECS deploys it, that of its primary task set.
fn definition_of(service: &Service) -> Option<&str> {
    let mut sets = service.task_sets().iter().filter(|set| set.status() == Some("PRIMARY"));
    service.task_definition().or_else(|| sets.find_map(|set| set.task_definition()))
}

fn refused(event: &ServiceEvent) -> Option<Timestamp> {
    let at =
        event.created_at().filter(|_| event.message().is_some_and(|it| it.contains(REFUSED)))?;
    Timestamp::from_second(at.secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ecs::types::builders::ServiceBuilder;
    use aws_sdk_ecs::types::{
        CapacityProviderStrategyItem, Deployment, PlacementConstraint, TaskSet,
    };
    use aws_smithy_types::DateTime;

    fn read(change: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Wish {
        let plain = Service::builder().service_name("web").status("ACTIVE").desired_count(5);
        wish(&change(plain.running_count(2).pending_count(1)).build()).unwrap()
    }

    fn on(name: &str) -> CapacityProviderStrategyItem {
        CapacityProviderStrategyItem::builder().capacity_provider(name).build().unwrap()
    }

    #[test]
    fn where_a_service_runs_is_told() {
        assert!(read(|one| one).on_hosts);
        assert!(read(|one| one.launch_type(LaunchType::Ec2)).on_hosts);
        assert!(!read(|one| one.launch_type(LaunchType::Fargate)).on_hosts);
        assert!(!read(|one| one.launch_type(LaunchType::External)).on_hosts);
        assert!(!read(|one| one.capacity_provider_strategy(on("FARGATE_SPOT"))).on_hosts);
        let own = read(|one| one.capacity_provider_strategy(on("ours")));
        assert!(own.on_hosts && own.providers == ["ours"]);
        assert!(read(|one| one.scheduling_strategy(SchedulingStrategy::Daemon)).daemon);
        assert!(!read(|one| one.status("DRAINING")).active);
    }

    #[test]
    fn a_service_that_others_deploy_wants_what_its_primary_task_set_does() {
        let set = |status: &str, definition: &str| {
            TaskSet::builder().status(status).task_definition(definition).build()
        };
        let told = read(|one| one.task_sets(set("ACTIVE", "a:1")).task_sets(set("PRIMARY", "b:2")));
        assert_eq!(told.definition.as_deref(), Some("b:2"));
        assert_eq!(read(|one| one).definition, None);
    }

    #[test]
    fn deployments_constraints_and_refusals_are_told() {
        let deployment =
            |id: &str, status: &str| Deployment::builder().id(id).status(status).build();
        let event = |at: i64, message: &str| {
            ServiceEvent::builder().created_at(DateTime::from_secs(at)).message(message).build()
        };
        let apart =
            PlacementConstraint::builder().r#type(PlacementConstraintType::DistinctInstance);
        let member = PlacementConstraint::builder()
            .r#type(PlacementConstraintType::MemberOf)
            .expression("attribute:stack == web");
        let told = read(|one| {
            one.deployments(deployment("ecs-svc/1", "ACTIVE"))
                .deployments(deployment("ecs-svc/2", "PRIMARY"))
                .placement_constraints(apart.build())
                .placement_constraints(member.build())
                .events(event(9, "(service web) was unable to place a task because …"))
                .events(event(7, "(service web) was unable to place a task because …"))
                .events(event(11, "(service web) has reached a steady state."))
        });
        assert_eq!(told.deployment.as_deref(), Some("ecs-svc/2"));
        assert!(told.apart);
        assert_eq!(told.constraints, ["attribute:stack == web"]);
        assert_eq!(told.refused_at, Timestamp::from_second(9).ok());
    }
}
