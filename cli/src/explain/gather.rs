//! What the records say of one host, gathered piece by piece. Read leniently: a record may be of another version, and what
//! is none is counted.

use super::story::{Cause, Row, Story};
use super::words::{self, clean};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How many names of hosts are kept to be offered.
const MOST_NAMES: usize = 10_000;

/// What was read, and what of it is about the host.
#[derive(Debug)]
pub(super) struct Gather {
    host: String,
    sources: Vec<Source>,
    rows: Vec<Row>,
    /// The breakers of groups; which is the host's is known at the end.
    breakers: Vec<(String, Row)>,
    group: Option<String>,
    cluster: Option<String>,
    launched: Option<Timestamp>,
    names: BTreeSet<String>,
    /// The records about the host, as they were: files may overlap.
    known: BTreeSet<String>,
}

/// One file, or one log group.
#[derive(Debug, Default)]
struct Source {
    name: String,
    records: u64,
    metrics: u64,
    others: u64,
}

pub(super) fn text_of<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

pub(super) fn list_of<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A time as records, the AWS CLI and Logs Insights write it.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{}Z", text.replacen(' ', "T", 1)).parse().ok())
}

impl Gather {
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            sources: Vec::new(),
            rows: Vec::new(),
            breakers: Vec::new(),
            group: None,
            cluster: None,
            launched: None,
            names: BTreeSet::new(),
            known: BTreeSet::new(),
        }
    }

    /// What comes next is from there.
    pub(super) fn source(&mut self, name: &str) {
        self.sources.push(Source { name: name.to_owned(), ..Source::default() });
    }

    /// What was read, in words.
    pub(super) fn searched(&self) -> String {
        let told = |Source { name, records, metrics, others }: &Source| {
            let counts = [
                (*records, "records"),
                (*metrics, "lines of metrics"),
                (*others, "lines that are no records"),
            ];
            let counts =
                counts.into_iter().filter(|(count, what)| *count > 0 || *what == "records");
            let counts: Vec<String> =
                counts.map(|(count, what)| format!("{count} {what}")).collect();
            format!("{name} ({})", counts.join(", "))
        };
        let all: Vec<String> = self.sources.iter().map(told).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join("; ") }
    }

    /// The hosts that were named.
    pub(super) const fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Whether nothing is about the host.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn counts(&mut self, count: impl FnOnce(&mut Source) -> &mut u64) {
        if let Some(source) = self.sources.last_mut() {
            let count = count(source);
            *count = count.saturating_add(1);
        }
    }

    /// Takes in a line or a document, written then.
    pub(super) fn text(&mut self, at: Option<Timestamp>, text: &str) {
        if let Ok(value) = serde_json::from_str(text) {
            return self.value(at, &value);
        }
        // `aws logs tail` puts the time and the stream before the line.
        let Some((before, Ok(value))) = text
            .find('{')
            .and_then(|begin| text.split_at_checked(begin))
            .map(|(before, json)| (before, serde_json::from_str::<Value>(json)))
        else {
            return self.counts(|source| &mut source.others);
        };
        let written = before.split_whitespace().next().and_then(time);
        self.value(written.or(at), &value);
    }

    /// A record, or what CloudWatch Logs wraps records in.
    fn value(&mut self, at: Option<Timestamp>, value: &Value) {
        if let Value::Array(all) = value {
            return all.iter().for_each(|one| self.value(at, one));
        }
        if text_of(value, "record") == Some("decision") {
            self.counts(|source| &mut source.records);
            return self.record(at, value);
        }
        if value.get("_aws").is_some() {
            return self.counts(|source| &mut source.metrics);
        }
        // `filter-log-events` and `get-log-events`; a subscription.
        if let Some(events @ Value::Array(_)) = value.get("events").or(value.get("logEvents")) {
            return self.value(at, events);
        }
        // Logs Insights: rows of fields.
        if let Some(Value::Array(rows)) = value.get("results") {
            for row in rows {
                let fields = row.as_array().into_iter().flatten().filter_map(|one| {
                    Some((text_of(one, "field")?.to_owned(), one.get("value")?.clone()))
                });
                self.value(at, &Value::Object(fields.collect::<Map<_, _>>()));
            }
            return;
        }
        let stamp = value.get("timestamp").and_then(Value::as_i64);
        let stamp = stamp.and_then(|at| Timestamp::from_millisecond(at).ok());
        let stamp = stamp.or_else(|| time(text_of(value, "@timestamp")?));
        match value.get("message").or_else(|| value.get("@message")) {
            Some(Value::String(line)) => self.text(stamp.or(at), line),
            Some(inner @ Value::Object(_)) => self.value(stamp.or(at), inner),
            _ => self.counts(|source| &mut source.others),
        }
    }

    fn record(&mut self, written: Option<Timestamp>, record: &Value) {
        self.name(record);
        self.breakers(written, record);
        let host = self.host.clone();
        let its = |line: &&Value| text_of(line, "name") == Some(&host);
        let own = text_of(record, "host") == Some(&host);
        let line = list_of(record, "lines").iter().find(its);
        // In another's line, a group's, there may be actions on the host.
        let done_to = |line: &&Value| !its(line) && acts_on(line, &host).next().is_some();
        let others: Vec<&Value> = list_of(record, "lines").iter().filter(done_to).collect();
        if !own && line.is_none() && others.is_empty() {
            return;
        }
        let Some(at) = when(written, record) else { return };
        if !self.known.insert(record.to_string()) {
            return;
        }
        let from = if own { Some(record) } else { line };
        let mut row = row(at, record, from);
        for other in &others {
            row.deeds.extend(acts_on(other, &host).map(words::deed));
        }
        let mut groups = row.deeds.iter().filter_map(|deed| deed.group.clone());
        let own_group = text_of(record, "group").filter(|_| own).map(clean);
        self.group = own_group.or(groups.next_back()).or(self.group.take());
        self.cluster = text_of(record, "cluster").map(clean).or(self.cluster.take());
        self.launch(record, own);
        self.rows.push(row);
    }

    /// The event that begins a host's life says when it was launched.
    fn launch(&mut self, record: &Value, own: bool) {
        let woken_by = record.get("woken_by").filter(|_| own);
        let launch = woken_by
            .filter(|by| text_of(by, "kind") == Some("EC2 Instance-launch Lifecycle Action"));
        let at = launch.and_then(|by| time(text_of(by, "time")?));
        self.launched = self.launched.into_iter().chain(at).min();
    }

    fn name(&mut self, record: &Value) {
        let lines = list_of(record, "lines").iter().filter_map(|line| text_of(line, "name"));
        let names = text_of(record, "host").into_iter().chain(lines);
        for name in names.filter(|name| name.starts_with("i-") && *name != self.host) {
            if self.names.len() < MOST_NAMES && !self.names.contains(name) {
                self.names.insert(clean(name));
            }
        }
    }

    fn breakers(&mut self, written: Option<Timestamp>, record: &Value) {
        for line in list_of(record, "lines") {
            let of_breaker =
                |one: &&Value| text_of(one, "action").is_some_and(|word| word == "mark-breaker");
            let deeds: Vec<_> =
                list_of(line, "actions").iter().filter(of_breaker).map(words::deed).collect();
            let (Some(group), Some(at)) = (text_of(line, "name"), when(written, record)) else {
                continue;
            };
            if !deeds.is_empty() {
                let row = Row { deeds, phase: None, hold: None, ..row(at, record, None) };
                self.breakers.push((clean(group), row));
            }
        }
    }

    /// The story, if there is one.
    pub(super) fn story(mut self) -> Option<Story> {
        let first = self.rows.iter().map(|row| row.at).min()?;
        let last = self.rows.iter().map(|row| row.at).max()?;
        let group = self.group.clone();
        let of_its_time = self
            .breakers
            .into_iter()
            .filter(|(name, row)| Some(name) == group.as_ref() && (first..=last).contains(&row.at));
        self.rows.extend(of_its_time.map(|(_, row)| row));
        Some(Story::of(self.host, self.group, self.cluster, self.launched, self.rows))
    }
}

/// When a record was made: AWS's time at the decision, else when it was written, else when its event happened.
fn when(written: Option<Timestamp>, record: &Value) -> Option<Timestamp> {
    let at = text_of(record, "at").and_then(time);
    let event = || time(text_of(record.get("woken_by")?, "time")?);
    at.or(written).or_else(event)
}

fn acts_on<'a>(line: &'a Value, host: &str) -> impl Iterator<Item = &'a Value> {
    let host = host.to_owned();
    let on = move |one: &&Value| text_of(one, "instance") == Some(&host);
    list_of(line, "actions").iter().filter(on)
}

/// What a record, or a line of it, says.
fn row(at: Timestamp, record: &Value, from: Option<&Value>) -> Row {
    let text = |field: &str| from.and_then(|from| text_of(from, field)).map(clean);
    let own = from.is_some_and(|from| from.get("function").is_some());
    let hold = from.and_then(|from| from.get("hold"));
    let deeds: Vec<_> = from
        .map(|from| list_of(from, "actions"))
        .unwrap_or_default()
        .iter()
        .map(words::deed)
        .collect();
    // What is neither done nor held has its reason in words: a refusal, or an event that is too old.
    let because = || text("because").filter(|_| own && deeds.is_empty());
    let unread = hold.and_then(|hold| text_of(hold, "hold")) == Some("unreadable");
    let cause = from.and_then(|from| from.get("cause")).map(|cause| Cause {
        check: text_of(cause, "check").map(clean).unwrap_or_default(),
        certain: text_of(cause, "verdict") == Some("blamed"),
        evidence: text_of(cause, "evidence").map(clean).unwrap_or_default(),
        remedy: text_of(cause, "remedy").map(clean).unwrap_or_default(),
    });
    let left = hold.and_then(|hold| hold.get("left")).and_then(Value::as_u64);
    let told = list_of(record, "told").iter().filter(|_| own).filter_map(Value::as_str);
    let woken_by = record.get("woken_by").and_then(|by| text_of(by, "kind")).map(clean);
    Row {
        at,
        until: at,
        times: 1,
        functions: text_of(record, "function").map(clean).into_iter().collect(),
        woken_by: woken_by.into_iter().collect(),
        // What cannot be read is in no phase.
        phase: text("phase").filter(|_| !unread),
        hold: hold.map(words::hold).or_else(because),
        reads_only: own && text_of(record, "decision") == Some("reads-only"),
        left: left.and_then(|left| u32::try_from(left).ok()),
        told: told.map(clean).collect(),
        cause,
        deeds,
    }
}
