//! What is left on a host that is drained.

use crate::host::{Registration, Seen, ServiceView};
use crate::plan::{Hold, Thing};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The tasks that are left on a host.
#[derive(Default)]
pub(super) struct Left {
    pub(super) count: u32,
    /// When one of its tasks last stopped or began to stop.
    pub(super) moved_at: Option<Timestamp>,
    /// Standalone tasks that nobody told to stop.
    pub(super) standalone: Vec<String>,
    groups: BTreeMap<String, u32>,
    stuck: BTreeSet<String>,
}

impl Left {
    /// Counts a registration's tasks.
    ///
    /// # Errors
    /// Why they cannot be counted.
    pub(super) fn count(&mut self, one: &Registration) -> Result<(), Hold> {
        let unreadable = |fault: String| Hold::Unreadable { what: Thing::Tasks, fault };
        let tasks = match &one.tasks {
            None => return Err(Hold::InLine),
            Some(Seen::Unknown(fault)) => return Err(unreadable(fault.to_string())),
            Some(Seen::Known(tasks)) => tasks,
        };
        let listed = u32::try_from(tasks.left.len()).unwrap_or(u32::MAX);
        // The counters and the list are two reads of a changing thing: the greater one counts.
        let counted = one.running.saturating_add(one.pending);
        self.count = self.count.saturating_add(listed.max(counted));
        self.moved_at = self.moved_at.max(tasks.moved_at);
        self.stuck.extend(tasks.services.iter().filter_map(ServiceView::stuck));
        for task in &tasks.left {
            let seen = self.groups.entry(task.group.clone()).or_default();
            *seen = seen.saturating_add(1);
            if task.service().is_none() && !task.told_to_stop {
                self.standalone.push(task.arn.clone());
            }
        }
        Ok(())
    }

    /// Whether only tasks of services are left, which ECS moves.
    pub(super) fn only_services(&self) -> bool {
        self.groups.keys().all(|group| group.starts_with("service:"))
    }

    /// What is said of them.
    pub(super) fn hold(&self) -> Hold {
        Hold::TasksLeaving { left: self.count, groups: self.commonest(), stuck: self.stuck() }
    }

    /// Why some of them cannot leave.
    pub(super) fn stuck(&self) -> Vec<String> {
        self.stuck.iter().cloned().collect()
    }

    fn commonest(&self) -> Vec<String> {
        let mut groups: Vec<(&String, &u32)> = self.groups.iter().collect();
        groups.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        groups.into_iter().take(5).map(|(group, _)| group.clone()).collect()
    }
}
