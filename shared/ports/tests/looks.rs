//! The looks, over an AWS of plain data: what they ask, how often, and what is unknown when something fails.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use domain::group::Hooks;
use domain::host::{
    Health, Lifecycle, Machine, MachineState, Registration, RegistrationStatus, Room, Seat, Seen,
    ServiceView, TaskView,
};
use domain::marks::{Leaving, Marks};
use domain::told::Slice;
use domain::{ClusterName, Fault, GroupName, GroupView, HostView, InstanceId, RegistrationArn};
use jiff::Timestamp;
use muster_ports::look::{self, Groups};
use muster_ports::{Ask, Described, Instance, Page, Reads, Task, Troubled};
use pollster::block_on;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A cluster of hosts in service, of which the first so many are DRAINING with a task each.
struct Fake {
    hosts: usize,
    draining: usize,
    /// The call that fails, if any.
    fails: &'static str,
    minute: i64,
    /// How many seconds pass with each call.
    slow: i64,
    /// From so many calls of groups on, the tag is another cluster's.
    moved_after: usize,
    /// From so many calls on, groups cannot be read.
    blind_after: usize,
    calls: RefCell<BTreeMap<&'static str, usize>>,
}

fn id(number: usize) -> InstanceId {
    format!("i-{number:08x}").parse().unwrap()
}

fn registered(number: usize) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:container-instance/web/{number:08x}")
}

fn number(arn: &str) -> usize {
    usize::from_str_radix(arn.rsplit('/').next().unwrap(), 16).unwrap()
}

fn page<T>(all: Vec<T>, size: usize, token: Option<String>) -> Page<T> {
    let from: usize = token.map_or(0, |token| token.parse().unwrap());
    let more = all.len() > from + size;
    let items = all.into_iter().skip(from).take(size).collect();
    Page { items, next: more.then(|| (from + size).to_string()) }
}

impl Fake {
    fn new(hosts: usize, draining: usize) -> Self {
        Self {
            hosts,
            draining,
            fails: "",
            minute: 0,
            slow: 0,
            moved_after: usize::MAX,
            blind_after: usize::MAX,
            calls: RefCell::default(),
        }
    }

    fn asked(&self, call: &'static str) -> Result<(), Fault> {
        *self.calls.borrow_mut().entry(call).or_default() += 1;
        let told = "fails".to_owned();
        if call == self.fails {
            Err(Fault::NoAnswer { call: call.to_owned(), told })
        } else {
            Ok(())
        }
    }

    fn seat(&self, number: usize) -> Seat {
        let drains = number < self.draining;
        let lifecycle = if drains { Lifecycle::TerminatingWait } else { Lifecycle::InService };
        Seat { group: "web".parse().unwrap(), lifecycle, healthy: true, protected: false }
    }

    fn the_group(&self) -> GroupView {
        GroupView {
            name: "web".parse().unwrap(),
            min: 0,
            max: 10_000,
            desired: 10,
            tags: BTreeMap::from([("muster:cluster".to_owned(), "prod".to_owned())]),
            suspended: Vec::new(),
            warm_pool: false,
            weighted: false,
            seats: (0..self.hosts).map(|number| (id(number), self.seat(number))).collect(),
            hooks: None,
        }
    }

    fn registration(&self, number: usize) -> Registration {
        let drains = number < self.draining;
        Registration {
            arn: registered(number).try_into().unwrap(),
            instance: id(number),
            status: if drains { RegistrationStatus::Draining } else { RegistrationStatus::Active },
            agent_connected: true,
            running: u32::from(drains),
            pending: 0,
            registered: Room::default(),
            remaining: Room::default(),
            registered_at: Some(self.now()),
            agent_version: None,
            health: Health::Ok,
            marks: Marks {
                draining: drains.then(|| (self.now(), Leaving::Terminate)),
                ..Marks::default()
            },
            attributes: BTreeMap::new(),
            tasks: None,
        }
    }

    /// How often calls of this service were made.
    fn count(&self, service: &str) -> usize {
        self.calls
            .borrow()
            .iter()
            .filter(|(call, _)| call.starts_with(service))
            .map(|(_, n)| n)
            .sum()
    }
}

impl Reads for Fake {
    async fn seat(&self, instance: &InstanceId) -> Result<Option<Seat>, Fault> {
        self.asked("autoscaling:DescribeAutoScalingInstances")?;
        Ok((0..self.hosts).find(|it| id(*it) == *instance).map(|it| self.seat(it)))
    }

    async fn group(&self, _: &GroupName) -> Result<Option<GroupView>, Fault> {
        self.asked("autoscaling:DescribeAutoScalingGroups")?;
        Ok(Some(self.the_group()))
    }

    async fn groups(
        &self,
        tags: &[String],
        token: Option<String>,
    ) -> Result<Page<GroupView>, Fault> {
        let call = "autoscaling:DescribeAutoScalingGroups";
        self.asked(call)?;
        if self.count(call) > self.blind_after {
            return Err(Fault::NoAnswer { call: call.to_owned(), told: "fails".to_owned() });
        }
        let mut all = Vec::new();
        for cluster in ["prod", "staging"] {
            let mut group = self.the_group();
            group.name = cluster.parse().unwrap();
            let tag = if self.count(call) > self.moved_after { "elsewhere" } else { cluster };
            group.tags.insert("muster:cluster".to_owned(), tag.to_owned());
            if tags.is_empty() || tags.contains(&tag.to_owned()) {
                all.push(group);
            }
        }
        Ok(page(all, 100, token))
    }

    async fn hooks(&self, _: &GroupName) -> Result<Hooks, Fault> {
        self.asked("autoscaling:DescribeLifecycleHooks")?;
        Ok(Hooks { launch: None, terminate: None })
    }

    async fn warm_pool(
        &self,
        _: &GroupName,
        token: Option<String>,
    ) -> Result<Page<(InstanceId, Seat)>, Fault> {
        self.asked("autoscaling:DescribeWarmPool")?;
        Ok(page(Vec::new(), 50, token))
    }

    async fn instances(
        &self,
        ids: &[InstanceId],
        token: Option<String>,
    ) -> Result<Page<(InstanceId, Instance)>, Fault> {
        self.asked("ec2:DescribeInstances")?;
        let state = MachineState::Running;
        let machine = Machine { state, launched_at: Some(self.now()), spot: false, trouble: None };
        let group = Some("web".parse().unwrap());
        let one = |id: &InstanceId| {
            (id.clone(), Instance { machine: machine.clone(), group: group.clone() })
        };
        Ok(page(ids.iter().map(one).collect(), 1_000, token))
    }

    async fn taken_back(&self, token: Option<String>) -> Result<Page<InstanceId>, Fault> {
        self.asked("ec2:DescribeSpotInstanceRequests")?;
        Ok(page(Vec::new(), 100, token))
    }

    async fn troubled(&self, _: Ask, token: Option<String>) -> Result<Page<Troubled>, Fault> {
        self.asked("ec2:DescribeInstanceStatus")?;
        Ok(page(Vec::new(), 100, token))
    }

    async fn registration_arns(
        &self,
        _: &ClusterName,
        of: Option<&InstanceId>,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        self.asked("ecs:ListContainerInstances")?;
        let all = (0..self.hosts).filter(|it| of.is_none_or(|of| id(*it) == *of));
        Ok(page(all.map(registered).collect(), 100, token))
    }

    async fn registrations(
        &self,
        _: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Option<Registration>>, Fault> {
        self.asked("ecs:DescribeContainerInstances")?;
        assert!(arns.len() <= 100, "{}", arns.len());
        let found = arns.iter().map(|arn| Some(self.registration(number(arn)))).collect();
        Ok(Described { found, failures: Vec::new() })
    }

    async fn task_arns(
        &self,
        _: &ClusterName,
        registration: &RegistrationArn,
        told_to_stop: bool,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        self.asked("ecs:ListTasks")?;
        let here = (number(registration.as_str()) < self.draining && !told_to_stop)
            .then(|| format!("task/{}", registration.as_str()));
        Ok(page(here.into_iter().collect(), 100, token))
    }

    async fn tasks(&self, _: &ClusterName, arns: &[String]) -> Result<Described<Task>, Fault> {
        self.asked("ecs:DescribeTasks")?;
        let one = |arn: &String| {
            let (arn, group) = (arn.clone(), "service:web".to_owned());
            let last_status = "RUNNING".to_owned();
            Task { view: TaskView { arn, group, last_status, told_to_stop: false }, moved_at: None }
        };
        Ok(Described { found: arns.iter().map(one).collect(), failures: Vec::new() })
    }

    async fn services(
        &self,
        _: &ClusterName,
        _: &[String],
    ) -> Result<Described<ServiceView>, Fault> {
        self.asked("ecs:DescribeServices")?;
        Ok(Described { found: Vec::new(), failures: Vec::new() })
    }

    fn now(&self) -> Timestamp {
        let calls = i64::try_from(self.count("")).unwrap();
        Timestamp::from_second(1_772_600_400 + 60 * self.minute + self.slow * calls).unwrap()
    }
}

fn cluster() -> ClusterName {
    "prod".parse().unwrap()
}

fn sweep(fake: &Fake) -> Result<Vec<HostView>, Fault> {
    block_on(async {
        let troubles = Seen::from(look::troubles_of(fake).await);
        let mut all = look::by_cluster(look::groups(fake, &[]).await?);
        let mut groups: Groups = all.remove(&cluster()).unwrap();
        look::hosts(fake, &cluster(), &mut groups, &troubles, Slice::WHOLE).await
    })
}

// Checks S24: the cost of a settled cluster.
#[test]
fn a_settled_cluster_costs_two_calls_a_hundred_hosts_and_no_more() {
    for (hosts, calls) in [(0, 1), (1, 2), (100, 2), (101, 4), (1_000, 20), (5_000, 100)] {
        let fake = Fake::new(hosts, 0);
        assert_eq!(sweep(&fake).unwrap().len(), hosts);
        assert_eq!(fake.count("ecs:"), calls, "{hosts}: {:?}", fake.calls);
        assert_eq!(fake.count("ec2:"), 4, "{hosts}");
        assert_eq!(fake.count("autoscaling:"), 1, "{hosts}");
    }
}

// Checks S24: one host is found at the same cost in a cluster of any size.
#[test]
fn one_host_costs_the_same_in_a_cluster_of_any_size() {
    let calls = |hosts| {
        let fake = Fake::new(hosts, 1);
        let sighting = block_on(look::host(&fake, &id(0), true, None));
        assert_eq!(sighting.host.cluster, Some(cluster()));
        assert!(sighting.host.registrations.known().unwrap()[0].tasks.is_some());
        fake.count("")
    };
    assert_eq!(calls(1), calls(5_000));
    assert!(calls(1) <= 12, "{}", calls(1));
}

// Checks S24: a storm of drains is looked at in turns, and every host has its turn.
#[test]
fn of_many_drains_some_are_looked_at_in_each_minute_and_all_in_turn() {
    let mut seen = std::collections::BTreeSet::new();
    let turns = 900_usize.div_ceil(64);
    for minute in 0..turns {
        let mut fake = Fake::new(1_000, 900);
        fake.minute = i64::try_from(minute).unwrap();
        let hosts = sweep(&fake).unwrap();
        let looked = hosts.iter().filter(|host| host.standing().any(|one| one.tasks.is_some()));
        let looked: Vec<InstanceId> = looked.map(|host| host.instance.clone()).collect();
        assert!(looked.len() <= 64 && fake.count("ecs:") <= 20 + 3 * 64, "{:?}", fake.calls);
        seen.extend(looked);
    }
    assert_eq!(seen.len(), 900);
}

// Checks S21: whichever call fails, something is unknown, and nothing is absent.
#[test]
fn a_call_that_fails_hides_something_and_invents_nothing() {
    let calls = [
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeSpotInstanceRequests",
        "ecs:ListContainerInstances",
        "ecs:DescribeContainerInstances",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
    ];
    for fails in calls {
        let fake = Fake { fails, ..Fake::new(3, 1) };
        let host = block_on(look::host(&fake, &id(0), true, None)).host;
        let hidden = host.seat.known().is_err()
            || host.machine.known().is_err()
            || host.registrations.known().map_or(true, |all| {
                all.iter().any(|one| matches!(one.tasks, Some(Seen::Unknown(_))))
            });
        assert!(hidden, "{fails}: {host:?}");
        assert_ne!(host.seat, Seen::Known(None), "{fails}");
        assert_ne!(host.registrations, Seen::Known(Vec::new()), "{fails}");
        match sweep(&fake) {
            Err(fault) => assert_eq!(fault.label(), "no-answer", "{fails}"),
            Ok(hosts) => assert_eq!(hosts.len(), 3, "{fails}"),
        }
    }
}

/// The clusters that have a turn, where some calls are made for each: how many groups each brings, or the fault.
fn turns(fake: &Fake) -> Vec<(String, Result<usize, String>)> {
    block_on(async {
        let groups = look::groups(fake, &[]).await.unwrap();
        let mut fleet = look::Fleet::of(fake, look::by_cluster(groups));
        let mut turns = Vec::new();
        while let Some(turn) = fleet.next(fake).await {
            let groups = turn.groups.map(|(groups, read_at)| {
                assert!(fake.now().duration_since(read_at).as_secs() <= 10, "{read_at}");
                groups.len()
            });
            let groups = groups.map_err(|fault| fault.label().to_owned());
            turns.push((turn.cluster.to_string(), groups));
            drop(look::troubles_of(fake).await);
        }
        turns
    })
}

// Checks S20.
#[test]
fn groups_that_grew_old_while_other_clusters_were_swept_are_read_again() {
    for (slow, reads) in [(0, 1), (3, 2)] {
        let fake = Fake { slow, ..Fake::new(3, 0) };
        let turns = turns(&fake);
        assert!(turns.len() == 2 && turns.iter().all(|(_, groups)| *groups == Ok(1)), "{turns:?}");
        assert_eq!(fake.count("autoscaling:DescribeAutoScalingGroups"), reads, "{slow}");
    }
}

// Checks S18, S21.
#[test]
fn a_cluster_that_went_meanwhile_has_no_turn_and_one_that_cannot_be_read_has_a_fault() {
    let gone = turns(&Fake { slow: 3, moved_after: 1, ..Fake::new(3, 0) });
    assert_eq!(gone.len(), 1, "{gone:?}");
    let blind = turns(&Fake { slow: 3, blind_after: 1, ..Fake::new(3, 0) });
    let told: Vec<_> = blind.into_iter().map(|(_, groups)| groups).collect();
    assert_eq!(told, [Ok(1), Err("no-answer".to_owned())]);
}

// Checks L9: what is cut short begins elsewhere the next time.
#[test]
fn each_cluster_has_the_first_turn_in_some_minute() {
    let first = |minute| turns(&Fake { minute, ..Fake::new(1, 0) })[0].0.clone();
    assert_ne!(first(0), first(1));
}
