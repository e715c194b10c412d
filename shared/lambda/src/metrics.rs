//! Metrics in CloudWatch's embedded format: one bare line of JSON for each cluster that a record is about
//! (*Embedded metric format specification* in the CloudWatch user guide).
//!
//! A few counters and two flags need no library: the ones that there are bring forty crates, or other features of
//! those that the SDK is built on.

use crate::record::Record;
use domain::{ClusterName, Told};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The namespace of all of Muster's metrics.
pub const NAMESPACE: &str = "Muster";

/// What is counted, by cluster: of few values only, never by host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(ClusterName, Option<&'static str>, &'static str), u32>);

impl Counts {
    /// Adds to a counter.
    pub fn add(&mut self, cluster: &ClusterName, metric: &'static str, count: u32) {
        self.sum((cluster.clone(), None, metric), count);
    }

    /// Counts a host given up for this cause: the word of a check of the diagnosis.
    pub fn because(&mut self, cluster: &ClusterName, cause: &'static str) {
        self.sum((cluster.clone(), Some(cause), "HostsAbandoned"), 1);
    }

    fn sum(&mut self, key: (ClusterName, Option<&'static str>, &'static str), count: u32) {
        let sum = self.0.entry(key).or_default();
        *sum = sum.saturating_add(count);
    }

    /// Adds all that another counted.
    pub fn extend(&mut self, other: Self) {
        for (key, count) in other.0 {
            self.sum(key, count);
        }
    }

    /// Counts what others are told.
    pub fn told(&mut self, told: &Told) {
        let (cluster, metric) = match told {
            Told::HostVerified(it) => (&it.cluster, "HostsVerified"),
            Told::HostAbandoned(it) => (&it.cluster, "HostsAbandoned"),
            Told::HostDraining(it) => (&it.cluster, "HostsDraining"),
            Told::HostDrained(it) => (&it.cluster, "HostsDrained"),
            Told::RegistrationDeregistered(it) => (&it.cluster, "RegistrationsDeregistered"),
            Told::HostRepaired(it) => (&it.cluster, "HostsRepaired"),
            Told::BreakerOpened(_) | Told::BreakerClosed(_) | Told::SweepWanted(_) => return,
        };
        self.add(cluster, metric, 1);
    }
}

/// The lines of a record, one for each cluster that something was counted of.
#[must_use]
pub fn lines(record: &Record, milliseconds: i64) -> Vec<String> {
    let mut all: BTreeMap<(&ClusterName, Option<&str>), Map<String, Value>> = BTreeMap::new();
    for ((cluster, cause, metric), count) in &record.counts.0 {
        all.entry((cluster, *cause)).or_default().insert((*metric).to_owned(), json!(count));
    }
    all.into_iter().map(|((cluster, cause), it)| line(cluster, cause, it, milliseconds)).collect()
}

fn line(
    cluster: &ClusterName,
    cause: Option<&str>,
    metrics: Map<String, Value>,
    milliseconds: i64,
) -> String {
    let names: Vec<Value> =
        metrics.keys().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
    let dimensions = if cause.is_some() { json!(["Cluster", "Cause"]) } else { json!(["Cluster"]) };
    let mut line = json!({
        "_aws": {
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": names }
            ],
        },
        "Cluster": cluster,
    });
    if let Value::Object(fields) = &mut line {
        fields.extend(cause.map(|cause| ("Cause".to_owned(), json!(cause))));
        fields.extend(metrics);
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_each_metric_once_and_holds_its_value() {
        let mut record = Record::default();
        let cluster: ClusterName = "prod".parse().unwrap();
        record.counts.add(&cluster, "BreakerOpen", 1);
        record.counts.add(&cluster, "HostsAbandoned", 1);
        record.counts.add(&cluster, "HostsAbandoned", 1);
        record.counts.because(&cluster, "route");
        record.counts.add(&"test".parse().unwrap(), "BreakerOpen", 0);
        let lines: Vec<Value> =
            lines(&record, 7).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(
            (&lines[0]["Cluster"], &lines[0]["HostsAbandoned"]),
            (&json!("prod"), &json!(2))
        );
        assert_eq!((&lines[1]["Cause"], &lines[1]["HostsAbandoned"]), (&json!("route"), &json!(1)));
        assert_eq!(lines[2]["BreakerOpen"], 0, "a flag that is down is told too");
        let named = &lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(named.as_array().unwrap().len(), 2);
        assert_eq!(lines[0]["_aws"]["Timestamp"], 7);
    }
}
