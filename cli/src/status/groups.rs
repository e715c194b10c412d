//! A line for each group under the roll.

use crate::account::Survey;
use domain::host::Lifecycle;
use domain::{ClusterName, GroupName, GroupView, Hold};
use serde_json::{Value, json};
use std::fmt;

/// How a group fares.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    group: &'a GroupView,
    name: &'a GroupName,
    in_service: usize,
    arriving: usize,
    leaving: usize,
    /// Why nothing is taken away from it, if so.
    open: Option<String>,
}

/// The groups of a cluster.
pub(crate) fn summaries(survey: &Survey) -> Vec<Summary<'_>> {
    let summary = |(name, group)| summary(survey, name, group);
    survey.groups.iter().map(summary).collect()
}

fn summary<'a>(survey: &'a Survey, name: &'a GroupName, group: &'a GroupView) -> Summary<'a> {
    let count = |is: fn(&Lifecycle) -> bool| {
        group.seats.values().filter(|seat| is(&seat.lifecycle)).count()
    };
    let hold = survey.plan.groups.get(name).and_then(|verdict| verdict.hold.as_ref());
    Summary {
        group,
        name,
        in_service: count(|it| *it == Lifecycle::InService),
        arriving: count(Lifecycle::is_arriving),
        leaving: count(Lifecycle::is_leaving),
        open: hold.filter(|hold| matches!(hold, Hold::BreakerOpen { .. })).map(ToString::to_string),
    }
}

impl Summary<'_> {
    pub(crate) fn json(&self, cluster: &ClusterName) -> Value {
        json!({
            "cluster": cluster,
            "group": self.name,
            "min": self.group.min,
            "desired": self.group.desired,
            "max": self.group.max,
            "in_service": self.in_service,
            "arriving": self.arriving,
            "leaving": self.leaving,
            "suspended": self.group.suspended,
            "breaker": self.open,
        })
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GroupView { min, desired, max, suspended, .. } = self.group;
        write!(
            f,
            "{}: {} in service, {} arriving, {} leaving; wants {desired} of {min} to {max}",
            self.name, self.in_service, self.arriving, self.leaving
        )?;
        if self.group.steered_by_another() {
            f.write_str("; sized by its capacity provider")?;
        }
        if !suspended.is_empty() {
            write!(f, "; suspended: {}", suspended.join(", "))?;
        }
        match &self.open {
            Some(open) => write!(f, "; {open}"),
            None => Ok(()),
        }
    }
}
