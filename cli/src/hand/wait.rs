//! Until drained hosts are empty.

use super::look;
use crate::account;
use crate::error::Error;
use crate::out::{self, BAD, GOOD};
use aws::Aws;
use domain::InstanceId;
use domain::host::{HostView, Seen};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use ports::Reads as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks, and so between the two that must both show no task.
const PAUSE: Duration = Duration::from_secs(10);

/// Waits until two looks in a row show no task on each host.
pub(super) async fn until_empty(
    aws: &Aws,
    hosts: &[InstanceId],
    minutes: u32,
    as_json: bool,
) -> crate::Result<()> {
    let bar = bar(hosts.len());
    let began = aws.now();
    let mut waiting: BTreeMap<&InstanceId, Left> =
        hosts.iter().map(|host| (host, Left::default())).collect();
    let mut empty_once: Vec<&InstanceId> = Vec::new();
    loop {
        account::begin(aws);
        let all: Vec<&InstanceId> = waiting.keys().copied().collect();
        for instance in all {
            let left = left(&look(aws, instance).await?);
            match left.count {
                Some(0) if empty_once.contains(&instance) => {
                    waiting.remove(instance);
                    bar.suspend(|| tell(instance, true, &left, as_json));
                    bar.inc(1);
                    continue;
                }
                Some(0) => empty_once.push(instance),
                _ => empty_once.retain(|one| *one != instance),
            }
            waiting.insert(instance, left);
        }
        let tasks: usize = waiting.values().filter_map(|left| left.count).sum();
        bar.set_message(format!("{tasks} tasks are leaving"));
        if waiting.is_empty() {
            bar.finish_and_clear();
            return Ok(());
        }
        if aws.now().duration_since(began) >= SignedDuration::from_mins(minutes.into()) {
            bar.finish_and_clear();
            for (instance, left) in &waiting {
                tell(instance, false, left, as_json);
            }
            return Err(Error::NotEmpty(waiting.len(), minutes));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn bar(hosts: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(hosts).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} hosts empty, {msg}") {
        bar.set_style(style);
    }
    bar
}

/// What is left on a host.
#[derive(Debug, Default)]
struct Left {
    /// How many tasks; none if it cannot be told now.
    count: Option<usize>,
    /// Whose, and why they do not move.
    whose: Vec<String>,
}

fn left(host: &HostView) -> Left {
    let mut left = Left { count: Some(0), whose: Vec::new() };
    for one in host.standing() {
        match &one.tasks {
            Some(Seen::Known(tasks)) => {
                let count = left.count.map(|count| count.saturating_add(tasks.left.len()));
                left.count = count;
                left.whose.extend(tasks.left.iter().map(|task| task.group.clone()));
                left.whose
                    .extend(tasks.services.iter().filter_map(domain::host::ServiceView::stuck));
            }
            Some(Seen::Unknown(_)) | None => left.count = None,
        }
    }
    left.whose.sort();
    left.whose.dedup();
    left
}

fn tell(instance: &InstanceId, empty: bool, left: &Left, as_json: bool) {
    if as_json {
        out::line(
            json!({ "host": instance, "empty": empty, "left": left.count, "whose": left.whose }),
        );
    } else if empty {
        out::line(format_args!("{instance}: {GOOD}empty{GOOD:#}"));
    } else {
        let count = left.count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        out::line(format_args!(
            "{instance}: {BAD}{count} tasks are left{BAD:#}: {}",
            left.whose.join("; ")
        ));
    }
}
