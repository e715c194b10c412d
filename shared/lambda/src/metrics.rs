//! Metrics in CloudWatch's embedded format: one bare line of JSON for each set of dimensions that a record counts for
//! (*Embedded metric format specification* in the CloudWatch user guide).
//!
//! A few counters, times and flags need no library: the ones that there are bring forty crates, or other features of
//! those that the SDK is built on.

use crate::metric::Metric;
use crate::record::{Decision, Record};
use domain::{ClusterName, GroupName, Phase, Told};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// The namespace of all of Muster's metrics.
pub const NAMESPACE: &str = "Muster";

/// How many values of one metric a line may hold; what is more is left out.
const MOST_VALUES: usize = 100;

/// What is counted of: few values only, never a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Cluster(ClusterName),
    /// Hosts of a cluster that were given up for a cause: the word of a check of the diagnosis.
    Cause(ClusterName, &'static str),
    Phase(ClusterName, String),
    Group(ClusterName, GroupName),
    Function(String),
}

impl Of {
    fn dimensions(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Cluster(cluster) => vec![("Cluster", cluster.as_str())],
            Self::Cause(cluster, cause) => vec![("Cluster", cluster.as_str()), ("Cause", cause)],
            Self::Phase(cluster, phase) => vec![("Cluster", cluster.as_str()), ("Phase", phase)],
            Self::Group(cluster, group) => {
                vec![("Cluster", cluster.as_str()), ("Group", group.as_str())]
            }
            Self::Function(function) => vec![("Function", function)],
        }
    }
}

/// A metric's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Amount {
    /// A sum, or a number of hosts.
    Count(u64),
    /// Times, of which CloudWatch makes percentiles.
    Seconds(Vec<u64>),
}

impl Amount {
    const fn unit(&self) -> &'static str {
        match self {
            Self::Count(_) => "Count",
            Self::Seconds(_) => "Seconds",
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Seconds(all) => json!(all),
        }
    }

    fn join(&mut self, other: Self) {
        match (self, other) {
            (Self::Count(sum), Self::Count(more)) => *sum = sum.saturating_add(more),
            (Self::Seconds(all), Self::Seconds(more)) => {
                all.extend(more);
                all.truncate(MOST_VALUES);
            }
            (Self::Count(_), Self::Seconds(_)) | (Self::Seconds(_), Self::Count(_)) => {}
        }
    }
}

/// What is counted for the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Of, Metric), Amount>);

impl Counts {
    /// Adds to a counter.
    pub fn add(&mut self, cluster: &ClusterName, metric: Metric, count: u32) {
        self.join(Of::Cluster(cluster.clone()), metric, Amount::Count(count.into()));
    }

    /// Counts a host given up for this cause: the word of a check of the diagnosis.
    pub fn because(&mut self, cluster: &ClusterName, cause: &'static str) {
        self.join(Of::Cause(cluster.clone(), cause), Metric::HostsAbandoned, Amount::Count(1));
    }

    /// Counts a host in this phase.
    pub fn phase(&mut self, cluster: &ClusterName, phase: Phase) {
        let of = Of::Phase(cluster.clone(), format!("{phase:?}"));
        self.join(of, Metric::Hosts, Amount::Count(1));
    }

    /// Tells how many hosts a group should have, as AWS was asked, and as the work needs.
    pub fn capacity(&mut self, cluster: &ClusterName, group: &GroupName, asked: u32, needed: u32) {
        let of = || Of::Group(cluster.clone(), group.clone());
        self.join(of(), Metric::CapacityAsked, Amount::Count(asked.into()));
        self.join(of(), Metric::CapacityNeeded, Amount::Count(needed.into()));
    }

    /// Counts the process, the first time that it is asked to.
    pub fn cold_start_once(&mut self, function: &str) {
        static COUNTED: AtomicBool = AtomicBool::new(false);
        if !COUNTED.swap(true, Ordering::Relaxed) {
            self.join(Of::Function(function.to_owned()), Metric::ColdStarts, Amount::Count(1));
        }
    }

    fn join(&mut self, of: Of, metric: Metric, amount: Amount) {
        match self.0.entry((of, metric)) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(amount)),
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut().join(amount),
        }
    }

    /// Adds all that another counted.
    pub fn extend(&mut self, other: Self) {
        for ((of, metric), amount) in other.0 {
            self.join(of, metric, amount);
        }
    }

    /// Counts what others are told, and how long it was waited for.
    pub fn told(&mut self, told: &Told) {
        let (host, metric, time) = match told {
            Told::HostVerified(it) => (it, Metric::HostsVerified, Some(Metric::TimeToVerified)),
            Told::HostAbandoned(it) => (it, Metric::HostsAbandoned, None),
            Told::HostDraining(it) => (it, Metric::HostsDraining, None),
            Told::HostDrained(it) => (it, Metric::HostsDrained, Some(Metric::TimeToDrained)),
            Told::RegistrationDeregistered(it) => (it, Metric::RegistrationsDeregistered, None),
            Told::HostRepaired(it) => (it, Metric::HostsRepaired, None),
            Told::BreakerOpened(_) | Told::BreakerClosed(_) | Told::SweepWanted(_) => return,
        };
        self.add(&host.cluster, metric, 1);
        if let (Some(time), Some(seconds)) = (time, host.waited_seconds) {
            let of = Of::Cluster(host.cluster.clone());
            self.join(of, time, Amount::Seconds(vec![seconds]));
        }
    }
}

/// What the record itself tells of its function: what it called, and whether its event was refused.
fn of_function(record: &Record) -> Counts {
    let mut counts = Counts::default();
    let calls = record.calls.values().fold(0_u64, |sum, one| sum.saturating_add((*one).into()));
    let of = || Of::Function(record.function.clone());
    counts.join(of(), Metric::Calls, Amount::Count(calls));
    counts.join(of(), Metric::CallsThrottled, Amount::Count(record.throttled.into()));
    if record.decision == Decision::Refuse {
        counts.join(of(), Metric::EventsRefused, Amount::Count(1));
    }
    counts
}

/// The lines of a record, one for each set of dimensions that something was counted of.
#[must_use]
pub fn lines(record: &Record, milliseconds: i64) -> Vec<String> {
    let mut counts = record.counts.clone();
    counts.extend(of_function(record));
    let mut all: BTreeMap<Of, Vec<(Metric, Amount)>> = BTreeMap::new();
    for ((of, metric), amount) in counts.0 {
        all.entry(of).or_default().push((metric, amount));
    }
    all.into_iter().map(|(of, metrics)| line(&of, &metrics, milliseconds)).collect()
}

fn line(of: &Of, metrics: &[(Metric, Amount)], milliseconds: i64) -> String {
    let named =
        metrics.iter().map(|(name, amount)| json!({ "Name": name.name(), "Unit": amount.unit() }));
    let dimensions = of.dimensions();
    let by: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let directive = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [by],
        "Metrics": named.collect::<Vec<_>>(),
    });
    let mut fields = Map::new();
    let about = json!({ "Timestamp": milliseconds, "CloudWatchMetrics": [directive] });
    fields.insert("_aws".to_owned(), about);
    fields.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    fields.extend(metrics.iter().map(|(name, amount)| (name.name(), amount.value())));
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(record: &Record) -> Vec<Value> {
        lines(record, 7).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_names_each_metric_once_and_holds_its_value() {
        let mut record = Record::default();
        let cluster: ClusterName = "prod".parse().unwrap();
        record.counts.add(&cluster, Metric::BreakerOpen, 1);
        record.counts.add(&cluster, Metric::HostsAbandoned, 1);
        record.counts.add(&cluster, Metric::HostsAbandoned, 1);
        record.counts.because(&cluster, "route");
        record.counts.add(&"test".parse().unwrap(), Metric::BreakerOpen, 0);
        let lines = values(&record);
        assert_eq!(lines.len(), 4);
        assert_eq!(
            (&lines[0]["Cluster"], &lines[0]["HostsAbandoned"]),
            (&json!("prod"), &json!(2))
        );
        assert_eq!(lines[1]["BreakerOpen"], 0, "a flag that is down is told too");
        assert_eq!((&lines[2]["Cause"], &lines[2]["HostsAbandoned"]), (&json!("route"), &json!(1)));
        let named = &lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(named.as_array().unwrap().len(), 2);
        assert_eq!(lines[0]["_aws"]["Timestamp"], 7);
    }

    #[test]
    fn times_are_told_one_by_one_and_each_with_its_unit() {
        let mut record = Record::default();
        let cluster: ClusterName = "prod".parse().unwrap();
        for seconds in [30, 90] {
            let of = Of::Cluster(cluster.clone());
            record.counts.join(of, Metric::TimeToVerified, Amount::Seconds(vec![seconds]));
        }
        record.counts.phase(&cluster, Phase::Active);
        record.counts.phase(&cluster, Phase::Active);
        record.counts.capacity(&cluster, &"web".parse().unwrap(), 5, 3);
        let lines = values(&record);
        assert_eq!(lines[0]["TimeToVerified"], json!([30, 90]));
        let directive = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Metrics"], json!([{ "Name": "TimeToVerified", "Unit": "Seconds" }]));
        assert_eq!((&lines[1]["Phase"], &lines[1]["Hosts"]), (&json!("Active"), &json!(2)));
        assert_eq!(lines[2]["CapacityNeeded"], 3);
        assert_eq!(
            lines[2]["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["Cluster", "Group"]])
        );
    }

    #[test]
    fn a_record_tells_its_functions_calls_and_whether_its_event_was_refused() {
        let mut record = Record { function: "host-drainer".to_owned(), ..Record::default() };
        record.calls.insert("ecs:ListTasks".to_owned(), 3);
        record.decision = Decision::Refuse;
        record.throttled = 2;
        // Both are counted once, in whichever record of the process comes first.
        record.counts.cold_start_once("host-drainer");
        record.counts.cold_start_once("host-drainer");
        let lines = values(&record);
        let [one] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((&one["Calls"], &one["EventsRefused"]), (&json!(3), &json!(1)));
        assert_eq!(one["CallsThrottled"], 2);
        assert_eq!((&one["ColdStarts"], &one["Function"]), (&json!(1), &json!("host-drainer")));
    }
}
