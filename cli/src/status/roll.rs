//! The rows of the roll.

use crate::account::Survey;
use crate::next;
use crate::span;
use comfy_table::{Table, presets};
use domain::host::{Registration, Seat};
use domain::{ClusterName, HostView, Phase};
use serde_json::{Value, json};

/// A host, as the roll shows it.
#[derive(Debug)]
pub(crate) struct Row {
    host: String,
    group: String,
    lifecycle: String,
    phase: Phase,
    agent: String,
    tasks: String,
    age: String,
    next: String,
    /// Whether nothing is due, and nothing is waited for.
    pub(crate) settled: bool,
    json: Value,
}

impl Row {
    pub(crate) fn json(&self, cluster: &ClusterName) -> Value {
        let mut all = self.json.clone();
        if let Value::Object(fields) = &mut all {
            fields.insert("cluster".to_owned(), json!(cluster));
        }
        all
    }
}

/// The rows of a cluster: what is not settled first, then by group and id.
pub(crate) fn rows(survey: &Survey) -> Vec<Row> {
    let mut rows: Vec<Row> = survey.hosts.iter().map(|host| row(survey, host)).collect();
    rows.sort_by(|a, b| (a.settled, &a.group, &a.host).cmp(&(b.settled, &b.group, &b.host)));
    rows
}

fn row(survey: &Survey, host: &HostView) -> Row {
    let seat = host.seat.known().ok().and_then(Option::as_ref);
    // The connected one is the live one where an agent registered twice.
    let live = host.standing().max_by_key(|one| one.agent_connected);
    let machine = host.machine.known().ok();
    let since = live
        .and_then(|one| one.registered_at)
        .or_else(|| machine.and_then(|machine| machine.launched_at));
    let verdict = survey.plan.hosts.get(&host.instance);
    let settled = verdict.is_none_or(next::is_settled);
    let next = verdict.filter(|_| !settled).map(next::told).unwrap_or_default();
    let tasks = live.map(|one| (one.running, one.pending));
    let age = since.map(|since| survey.now.duration_since(since));
    Row {
        host: host.instance.to_string(),
        group: seat.map_or_else(|| "–".to_owned(), |seat| seat.group.to_string()),
        lifecycle: lifecycle(seat),
        phase: host.phase(),
        agent: agent(live),
        tasks: match tasks {
            Some((running, 0)) => running.to_string(),
            Some((running, pending)) => format!("{running} +{pending}"),
            None => "–".to_owned(),
        },
        age: age.map_or_else(|| "–".to_owned(), span::short),
        settled,
        json: json!({
            "host": host.instance,
            "group": seat.map(|seat| &seat.group),
            "lifecycle": seat.map(|seat| seat.lifecycle.as_str()),
            "protected_from_scale_in": seat.map(|seat| seat.protected),
            "phase": host.phase(),
            "status": live.map(|one| &one.status),
            "agent_connected": live.map(|one| one.agent_connected),
            "agent_version": live.and_then(|one| one.agent_version.as_deref()),
            "running": tasks.map(|tasks| tasks.0),
            "pending": tasks.map(|tasks| tasks.1),
            "age_seconds": age.map(|age| age.as_secs()),
            "settled": settled,
            "steps": verdict.map(|verdict| &verdict.steps),
            "hold": verdict.and_then(|verdict| verdict.hold.as_ref()),
            "next": next,
        }),
        next,
    }
}

fn lifecycle(seat: Option<&Seat>) -> String {
    match seat {
        Some(Seat { lifecycle, protected: true, .. }) => {
            format!("{} (protected)", lifecycle.as_str())
        }
        Some(seat) => seat.lifecycle.as_str().to_owned(),
        None => "–".to_owned(),
    }
}

fn agent(registration: Option<&Registration>) -> String {
    let Some(one) = registration else {
        return "not registered".to_owned();
    };
    let version = one.agent_version.as_deref().unwrap_or("?");
    let how = if one.agent_connected { "connected" } else { "not connected" };
    format!("{how} {version}")
}

/// The roll as a table.
pub(crate) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_header(["host", "group", "lifecycle", "phase", "agent", "tasks", "age", "next"]);
    for row in rows {
        table.add_row([
            &row.host,
            &row.group,
            &row.lifecycle,
            &format!("{:?}", row.phase),
            &row.agent,
            &row.tasks,
            &row.age,
            &row.next,
        ]);
    }
    table
}
