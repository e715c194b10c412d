//! The yard as the capacity adjuster sees it: the function that ships looks at it, judges and acts.

use super::yard::{HOST, Life, Yard};
use domain::capacity::SPARE_TAG;
use domain::group::{Hook, Hooks};
use domain::host::{Health, Lifecycle, Registration, RegistrationStatus, Room, Seat, ServiceView};
use domain::marks::{Marks, PROTECTED};
use domain::pack::{Amount, Job};
use domain::teardown::Provider;
use domain::{Action, ClusterName, Fault, GroupName, GroupView, InstanceId, RegistrationArn};
use jiff::{SignedDuration, Timestamp};
use ports::{
    Act, Ask, Definition, Described, Gauge, Instance, InstanceType, Launch, Page, Placed, Reads,
    Session, Task, Troubled, Wish,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A page of ECS's lists.
const PAGE: usize = 100;

/// A hand in the yard.
#[derive(Debug)]
pub(super) struct Hand<'a>(pub(super) &'a RefCell<Yard>);

/// The timestamp of a second of the yard.
pub(super) fn timestamp(at: i64) -> Timestamp {
    let epoch = Timestamp::from_second(1_772_600_400).unwrap_or(Timestamp::UNIX_EPOCH);
    epoch.saturating_add(SignedDuration::from_secs(at)).unwrap_or(Timestamp::MAX)
}

fn not_here<T>(call: &str) -> Result<T, Fault> {
    let told = "the yard does not have it".to_owned();
    Err(Fault::Partial { call: call.to_owned(), told })
}

fn number(text: &str) -> usize {
    text.rsplit(['/', '-']).next().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX)
}

fn page(all: Vec<String>, token: Option<&str>) -> Page<String> {
    let from = token.map_or(0, number);
    let next = (all.len() > from + PAGE).then(|| (from + PAGE).to_string());
    Page { items: all.into_iter().skip(from).take(PAGE).collect(), next }
}

fn instance(host: usize) -> Option<InstanceId> {
    format!("i-{host:08}").parse().ok()
}

impl Hand<'_> {
    fn with<T>(&self, run: impl FnOnce(&mut Yard) -> T) -> T {
        run(&mut self.0.borrow_mut())
    }

    fn called<T>(&self, run: impl FnOnce(&mut Yard) -> T) -> T {
        self.with(|yard| {
            yard.call();
            run(yard)
        })
    }

    fn seat_of(yard: &Yard, host: usize) -> Option<Seat> {
        let lifecycle = match yard.hosts.get(host)?.life {
            Life::Booting => "Pending:Wait",
            Life::Active => "InService",
            Life::Draining => "Terminating:Wait",
            Life::ShuttingDown => "Terminating:Proceed",
            Life::Gone => return None,
        };
        Some(Seat {
            group: "yard".parse().ok()?,
            lifecycle: Lifecycle::read(lifecycle),
            healthy: true,
            protected: yard.hosts[host].protected,
        })
    }

    fn view(yard: &Yard) -> Option<GroupView> {
        let mut tags = yard.tags.clone();
        tags.insert("muster:cluster".to_owned(), "yard".to_owned());
        let seats =
            yard.alive().filter_map(|(at, _)| Some((instance(at)?, Self::seat_of(yard, at)?)));
        Some(GroupView {
            name: "yard".parse().ok()?,
            min: yard.min,
            max: yard.max,
            desired: yard.desired,
            tags,
            suspended: Vec::new(),
            warm_pool: false,
            weighted: false,
            seats: seats.collect(),
            hooks: None,
        })
    }

    fn registration(yard: &Yard, at: usize) -> Option<Registration> {
        let host = yard.hosts.get(at)?;
        let room = |amount: Amount| Room { amount, ports: Vec::new() };
        let mut attributes = host.marks.clone();
        attributes.insert("ecs.availability-zone".to_owned(), format!("zone-{}", host.zone));
        let status = if host.life == Life::Active { "ACTIVE" } else { "DRAINING" };
        Some(Registration {
            arn: format!("arn:aws:ecs:us-west-2:111122223333:container-instance/yard/{at:08}")
                .parse()
                .ok()?,
            instance: instance(at)?,
            status: RegistrationStatus::read(status),
            agent_connected: true,
            running: u32::try_from(host.tasks.len()).unwrap_or(u32::MAX),
            pending: 0,
            registered: room(HOST),
            remaining: room(host.left),
            registered_at: Some(timestamp(host.joins)),
            agent_version: None,
            health: Health::Ok,
            marks: Marks::read(&attributes),
            attributes,
            tasks: None,
        })
    }
}

impl Session for Hand<'_> {
    fn begin(&self, _: Instant) {}

    fn extend(&self, _: Instant) {}

    fn calls(&self) -> BTreeMap<String, u32> {
        BTreeMap::new()
    }
}

impl Reads for Hand<'_> {
    async fn seat(&self, id: &InstanceId) -> Result<Option<Seat>, Fault> {
        Ok(self.called(|yard| Self::seat_of(yard, number(id.as_str()))))
    }

    async fn group(&self, _: &GroupName) -> Result<Option<GroupView>, Fault> {
        Ok(self.called(|yard| Self::view(yard)))
    }

    async fn groups(&self, _: &[String], _: Option<String>) -> Result<Page<GroupView>, Fault> {
        let items = self.called(|yard| Self::view(yard)).into_iter().collect();
        Ok(Page { items, next: None })
    }

    async fn hooks(&self, _: &GroupName) -> Result<Hooks, Fault> {
        let heartbeat = Duration::from_hours(1);
        let hook = Hook { heartbeat, in_all: heartbeat * 48, continues: true };
        Ok(self.called(|_| Hooks { launch: Some(hook), terminate: Some(hook) }))
    }

    async fn warm_pool(
        &self,
        _: &GroupName,
        _: Option<String>,
    ) -> Result<Page<(InstanceId, Seat)>, Fault> {
        not_here("autoscaling:DescribeWarmPool")
    }

    async fn instances(
        &self,
        _: &[InstanceId],
        _: Option<String>,
    ) -> Result<Page<(InstanceId, Instance)>, Fault> {
        not_here("ec2:DescribeInstances")
    }

    async fn taken_back(&self, _: Option<String>) -> Result<Page<InstanceId>, Fault> {
        not_here("ec2:DescribeSpotInstanceRequests")
    }

    async fn troubled(&self, _: Ask, _: Option<String>) -> Result<Page<Troubled>, Fault> {
        not_here("ec2:DescribeInstanceStatus")
    }

    async fn registration_arns(
        &self,
        _: &ClusterName,
        of: Option<&InstanceId>,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Ok(self.called(|yard| {
            let registered = |life| matches!(life, Life::Active | Life::Draining);
            let here = yard.alive().filter(|(_, host)| registered(host.life));
            let asked = here.filter(|(at, _)| of.is_none_or(|of| number(of.as_str()) == *at));
            let all = asked.map(|(at, _)| format!("yard/{at:08}")).collect();
            page(all, token.as_deref())
        }))
    }

    async fn registrations(
        &self,
        _: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Option<Registration>>, Fault> {
        let found = self
            .called(|yard| arns.iter().map(|arn| Self::registration(yard, number(arn))).collect());
        Ok(Described { found, failures: Vec::new() })
    }

    async fn task_arns(
        &self,
        _: &ClusterName,
        _: &RegistrationArn,
        _: bool,
        _: Option<String>,
    ) -> Result<Page<String>, Fault> {
        not_here("ecs:ListTasks")
    }

    async fn tasks(&self, _: &ClusterName, _: &[String]) -> Result<Described<Task>, Fault> {
        not_here("ecs:DescribeTasks")
    }

    async fn services(
        &self,
        _: &ClusterName,
        _: &[String],
    ) -> Result<Described<ServiceView>, Fault> {
        not_here("ecs:DescribeServices")
    }

    fn now(&self) -> Timestamp {
        self.with(|yard| timestamp(yard.now))
    }
}

impl Gauge for Hand<'_> {
    async fn service_arns(
        &self,
        _: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Ok(self.called(|yard| {
            let services = yard.families.iter().enumerate().filter(|(_, it)| it.desired.is_some());
            page(services.map(|(at, _)| format!("yard/{at}")).collect(), token.as_deref())
        }))
    }

    async fn wishes(&self, _: &ClusterName, arns: &[String]) -> Result<Described<Wish>, Fault> {
        let wish = |yard: &Yard, at: usize| {
            let family = &yard.families[at];
            let running = u32::try_from(family.settled.len()).unwrap_or(u32::MAX);
            Wish {
                view: ServiceView {
                    name: format!("s{at}"),
                    min_healthy_percent: 100,
                    max_percent: 200,
                    desired: family.desired.unwrap_or(0),
                    running,
                },
                active: true,
                on_hosts: true,
                definition: Some(format!("f:{at}")),
                deployment: Some(format!("ecs-svc/{at}")),
                refused_at: family.refused.map(timestamp),
                ..Wish::default()
            }
        };
        let found = self.called(|yard| arns.iter().map(|arn| wish(yard, number(arn))).collect());
        Ok(Described { found, failures: Vec::new() })
    }

    // Asked for once and kept, as a revision never changes: no call.
    async fn definition(&self, name: &str) -> Result<Definition, Fault> {
        let family = name.split(':').next_back().map_or(usize::MAX, number);
        let each = self.with(|yard| yard.families[family].size);
        Ok(Definition { job: Job { each, ..Job::default() }, constraints: Vec::new() })
    }

    async fn all_task_arns(
        &self,
        _: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Ok(self.called(|yard| {
            let placed = yard.alive().flat_map(|(_, host)| &host.tasks);
            let mut all: Vec<String> = placed.map(|task| format!("t-{task}")).collect();
            // Standalone tasks that wait are tasks already; those of services wait as their services' wish.
            for (at, family) in yard.families.iter().enumerate() {
                let waits = if family.desired.is_none() { family.waiting.len() } else { 0 };
                all.extend((0..waits).map(|wait| format!("w-{at}-{wait}")));
            }
            page(all, token.as_deref())
        }))
    }

    async fn placed(&self, _: &ClusterName, arns: &[String]) -> Result<Described<Placed>, Fault> {
        let of = |yard: &Yard, arn: &String| {
            let waits = arn.strip_prefix("w-").and_then(|rest| rest.split('-').next());
            if let Some(family) = waits {
                return Placed {
                    arn: arn.clone(),
                    group: format!("family:{family}"),
                    definition: format!("f:{family}"),
                    ..Placed::default()
                };
            }
            let task = &yard.tasks[number(arn)];
            let family = task.family;
            let service = yard.families[family].desired.is_some();
            Placed {
                arn: arn.clone(),
                group: if service {
                    format!("service:s{family}")
                } else {
                    format!("family:{family}")
                },
                definition: format!("f:{family}"),
                on: Some(format!(
                    "arn:aws:ecs:us-west-2:111122223333:container-instance/yard/{:08}",
                    task.host
                )),
                started_by: service.then(|| format!("ecs-svc/{family}")),
                created_at: Some(timestamp(task.placed)),
                ..Placed::default()
            }
        };
        let found = self.called(|yard| arns.iter().map(|arn| of(yard, arn)).collect());
        Ok(Described { found, failures: Vec::new() })
    }

    async fn protected(&self, _: &ClusterName, _: &[String]) -> Result<Vec<String>, Fault> {
        Ok(self.called(|_| Vec::new()))
    }

    async fn groups_of(&self, _: &[String]) -> Result<Vec<Provider>, Fault> {
        not_here("ecs:DescribeCapacityProviders")
    }

    async fn latest_launch(&self, _: &GroupName) -> Result<Option<Launch>, Fault> {
        Ok(self.called(|_| None))
    }

    async fn is_refreshing(&self, _: &GroupName) -> Result<bool, Fault> {
        Ok(self.called(|_| false))
    }

    async fn types_of(&self, _: &GroupName) -> Result<Vec<String>, Fault> {
        Ok(self.called(|_| vec!["m7g.xlarge".to_owned()]))
    }

    async fn instance_types(&self, _: &[String]) -> Result<Vec<InstanceType>, Fault> {
        let amount = Amount { interfaces: 3, ..HOST };
        Ok(self.called(|_| vec![InstanceType { name: "m7g.xlarge".to_owned(), amount }]))
    }
}

impl Act for Hand<'_> {
    async fn perform(&self, action: &Action) -> Result<(), Fault> {
        self.called(|yard| {
            let mark = |yard: &mut Yard, arn: &RegistrationArn, value: Option<String>| {
                let marks = &mut yard.hosts[number(arn.as_str())].marks;
                match value {
                    Some(value) => marks.insert(PROTECTED.to_owned(), value),
                    None => marks.remove(PROTECTED),
                }
            };
            match action {
                Action::SetDesired { to, .. } => yard.desired = *to,
                Action::ScaleIn { instance, .. } => {
                    yard.desired = yard.desired.saturating_sub(1);
                    yard.terminate(number(instance.as_str()));
                }
                Action::MarkSpare { spare, .. } => match spare.write() {
                    Some(text) => drop(yard.tags.insert(SPARE_TAG.to_owned(), text)),
                    None => drop(yard.tags.remove(SPARE_TAG)),
                },
                Action::Protect { instance, protected, .. } => {
                    yard.hosts[number(instance.as_str())].protected = *protected;
                }
                Action::MarkProtected { registration, since, why, .. } => {
                    let value = Marks::protected_value(*since, *why);
                    drop(mark(yard, registration, Some(value)));
                }
                Action::ForgetProtected { registration, .. } => {
                    drop(mark(yard, registration, None));
                }
                _ => {}
            }
        });
        Ok(())
    }
}
