//! How many hosts there should be, and which leave: case by case, and over time.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]
#![expect(clippy::indexing_slicing, reason = "a town's hosts and lines are known to its test")]

mod corners;
mod groups;
mod grow;
mod leave;
mod memory;
mod odd;
mod protection;
mod rest;

use domain::capacity::{Before, Case, Host, Line, Load, Missing, Outlook, Wants, judge_cluster};
use domain::host::{Health, Lifecycle, Registration, RegistrationStatus, Room, Seat, Seen};
use domain::marks::Marks;
use domain::pack::{Amount, Job};
use domain::plan::Hold;
use domain::{GroupView, Policy};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_772_600_400).unwrap() + SignedDuration::from_mins(minutes)
}

pub(crate) fn amount(cpu: u32, memory: u32) -> Amount {
    Amount { cpu, memory, ..Amount::default() }
}

pub(crate) fn job(cpu: u32, memory: u32, count: u32) -> Job {
    Job { each: amount(cpu, memory), count, ..Job::default() }
}

pub(crate) fn group(name: &str) -> GroupView {
    GroupView {
        name: name.parse().unwrap(),
        min: 0,
        max: 10,
        desired: 0,
        tags: BTreeMap::from([("muster:cluster".into(), "prod".into())]),
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        hooks: None,
        seats: BTreeMap::new(),
    }
}

pub(crate) fn case(group: &GroupView) -> Case<'_> {
    let policy = Policy::default().overridden_by(&group.tags).0;
    Case { group, policy, anothers: None, example: None, before: Before::default() }
}

/// A cluster of one group and more, and its work.
pub(crate) struct Town {
    pub(crate) groups: Vec<GroupView>,
    pub(crate) outlook: Outlook,
    pub(crate) now: Timestamp,
}

impl Town {
    /// One group of so many hosts of 2,048 CPU units and 4,000 MiB, in service for a day, in zones a and b in turn.
    pub(crate) fn of(hosts: u32) -> Self {
        let outlook = Outlook::default();
        let mut town = Self { groups: vec![group("web")], outlook, now: at(0) };
        for _ in 0..hosts {
            town.host(0, 2_048, 4_000);
        }
        town
    }

    /// Adds a host of this size to a group; its number.
    pub(crate) fn host(&mut self, of: usize, cpu: u32, memory: u32) -> usize {
        let number = self.outlook.hosts.len();
        let room =
            Room { amount: Amount { interfaces: u32::MAX, ..amount(cpu, memory) }, ports: vec![] };
        let instance = format!("i-{number:08x}");
        let zone = if number.is_multiple_of(2) { "us-west-2a" } else { "us-west-2b" };
        let registration = Registration {
            arn: format!("arn:aws:ecs:us-west-2:111122223333:container-instance/prod/{number:08x}")
                .parse()
                .unwrap(),
            instance: instance.parse().unwrap(),
            status: RegistrationStatus::Active,
            agent_connected: true,
            running: 0,
            pending: 0,
            registered: room.clone(),
            remaining: room,
            registered_at: Some(at(-24 * 60)),
            agent_version: None,
            health: Health::Ok,
            attributes: BTreeMap::from([("ecs.availability-zone".into(), zone.into())]),
            marks: Marks::default(),
            tasks: None,
        };
        self.outlook.hosts.push(Host { registration, loads: Vec::new() });
        self.seat(of, &instance, "InService");
        number
    }

    /// Adds a seat to a group, and one to its size.
    pub(crate) fn seat(&mut self, of: usize, instance: &str, lifecycle: &str) {
        let group = &mut self.groups[of];
        let seat = Seat {
            group: group.name.clone(),
            lifecycle: Lifecycle::read(lifecycle),
            healthy: true,
            protected: false,
        };
        group.seats.insert(instance.parse().unwrap(), seat);
        group.desired += 1;
    }

    pub(crate) fn seat_of(&mut self, host: usize) -> &mut Seat {
        let instance = self.outlook.hosts[host].registration.instance.clone();
        let seats = self.groups.iter_mut().find_map(|group| group.seats.get_mut(&instance));
        seats.unwrap()
    }

    /// Puts a task on a host: `service:NAME` or `family:NAME`.
    pub(crate) fn task(&mut self, host: usize, group: &str, job: Job) -> &mut Load {
        let one = &mut self.outlook.hosts[host];
        let left = &mut one.registration.remaining.amount;
        *left = left.less(&job.each, 1);
        one.registration.running += 1;
        let load = Load {
            arn: format!("arn:aws:ecs:us-west-2:111122223333:task/prod/{host}-{}", one.loads.len()),
            group: group.to_owned(),
            daemon: false,
            since: Some(at(-60)),
            job: Job { count: 1, ..job },
            wants: Wants::default(),
            movable: true,
        };
        one.loads.push(load);
        one.loads.last_mut().unwrap()
    }

    /// Fills a host with a task that takes all of it.
    pub(crate) fn fill(&mut self, host: usize) {
        let all = self.outlook.hosts[host].registration.remaining.amount;
        self.task(host, "service:full", job(all.cpu, all.memory, 1));
    }

    pub(crate) fn fill_all(&mut self) {
        (0..self.outlook.hosts.len()).for_each(|host| self.fill(host));
    }

    pub(crate) fn misses(&mut self, service: &str, job: Job) -> &mut Missing {
        let missing = Missing { service: service.to_owned(), job, ..Missing::default() };
        self.outlook.missing.push(missing);
        self.outlook.missing.last_mut().unwrap()
    }

    pub(crate) fn tag(&mut self, key: &str, value: &str) {
        self.groups[0].tags.insert(key.to_owned(), value.to_owned());
    }

    pub(crate) fn judged_as(&self, cases: &[Case<'_>]) -> Vec<Line> {
        judge_cluster(cases, &Seen::Known(self.outlook.clone()), self.now)
    }

    pub(crate) fn judged(&self) -> Vec<Line> {
        let cases: Vec<Case<'_>> = self.groups.iter().map(case).collect();
        self.judged_as(&cases)
    }

    /// What is done, in words.
    pub(crate) fn done(&self) -> Vec<String> {
        actions(&self.judged())
    }

    /// Why nothing is done about the first group.
    pub(crate) fn held(&self) -> Hold {
        let verdict = &self.judged()[0].verdict;
        assert_eq!(verdict.steps, [], "{verdict:?}");
        verdict.hold.clone().unwrap()
    }
}

pub(crate) fn actions(lines: &[Line]) -> Vec<String> {
    let steps = lines.iter().flat_map(|line| &line.verdict.steps);
    steps.map(|step| step.action.to_string()).collect()
}

pub(crate) fn unread<T>() -> Seen<T> {
    Seen::Unknown(domain::Fault::Throttled { call: "ecs:GetTaskProtection".into() })
}
