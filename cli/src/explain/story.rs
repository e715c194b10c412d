//! The story of one host: rows in order of time, what repeats told once, and the phases that it went through.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

/// What one record, or several alike, say of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) at: Timestamp,
    /// When it was told last.
    pub(super) until: Timestamp,
    pub(super) times: u32,
    pub(super) functions: Vec<String>,
    /// What woke them.
    pub(super) woken_by: Vec<String>,
    pub(super) phase: Option<String>,
    #[serde(rename = "actions")]
    pub(super) deeds: Vec<Deed>,
    /// Why nothing more was done.
    pub(super) hold: Option<String>,
    /// The event was too old to cause more than reads.
    pub(super) reads_only: bool,
    /// How many tasks were left.
    pub(super) left: Option<u32>,
    pub(super) cause: Option<Cause>,
    /// What others were told.
    pub(super) told: Vec<String>,
}

/// An action, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Deed {
    pub(super) action: String,
    pub(super) what: String,
    pub(super) because: String,
    pub(super) outcome: Outcome,
    #[serde(skip)]
    pub(super) group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    Done,
    AlreadySo,
    ChangedMeanwhile,
    NotTried,
    Failed(String),
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::AlreadySo => f.write_str("already so"),
            Self::ChangedMeanwhile => f.write_str("not done, a second look showed something else"),
            Self::NotTried => f.write_str("not tried"),
            Self::Failed(told) => write!(f, "failed: {told}"),
        }
    }
}

/// Why a host did not join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    pub(super) check: String,
    pub(super) certain: bool,
    pub(super) evidence: String,
    pub(super) remedy: String,
}

/// What a row is, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something failed.
    Failed,
    /// The host was taken away: what the breaker counts, and scale-in.
    Took,
    /// Something was done.
    Did,
    /// It was left alone.
    Waited,
}

impl Row {
    pub(super) fn kind(&self) -> Kind {
        let takes = |deed: &Deed| {
            let words = ["abandon", "mark-unhealthy", "replace", "scale-in"];
            words.contains(&deed.action.as_str()) && deed.outcome == Outcome::Done
        };
        let failed = |deed: &Deed| matches!(deed.outcome, Outcome::Failed(_));
        if self.deeds.iter().any(failed) {
            Kind::Failed
        } else if self.deeds.iter().any(takes) {
            Kind::Took
        } else if self.deeds.is_empty() {
            Kind::Waited
        } else {
            Kind::Did
        }
    }

    /// Whether another row tells the same again.
    fn is_told_again_by(&self, other: &Self) -> bool {
        let same = (&self.phase, &self.deeds, &self.hold, self.reads_only, self.left)
            == (&other.phase, &other.deeds, &other.hold, other.reads_only, other.left);
        // A cause is found out once and holds on.
        same && (other.cause.is_none() || self.cause == other.cause)
    }

    fn take_again(&mut self, other: Self) {
        self.until = other.until;
        self.times = self.times.saturating_add(other.times);
        join(&mut self.functions, other.functions);
        join(&mut self.woken_by, other.woken_by);
        join(&mut self.told, other.told);
    }
}

fn join(all: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// A phase, from when to when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Stay {
    pub(super) phase: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Stay {
    pub(super) fn long(&self) -> SignedDuration {
        self.to.duration_since(self.from)
    }
}

/// The whole story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Story {
    pub(super) host: String,
    pub(super) group: Option<String>,
    pub(super) cluster: Option<String>,
    /// When it was launched, if that is known.
    pub(super) launched: Option<Timestamp>,
    /// From where its time is counted: the launch, else when it was first seen.
    pub(super) begins: Timestamp,
    pub(super) ends: Timestamp,
    /// How many records it is told from.
    pub(super) records: u32,
    pub(super) rows: Vec<Row>,
    pub(super) stays: Vec<Stay>,
}

impl Story {
    /// Puts rows in order. Of one second, they stay in the order in which they were read.
    pub(super) fn of(
        host: String,
        group: Option<String>,
        cluster: Option<String>,
        launched: Option<Timestamp>,
        mut rows: Vec<Row>,
    ) -> Self {
        rows.sort_by_key(|row| row.at);
        let first = rows.first().map_or(Timestamp::UNIX_EPOCH, |row| row.at);
        let ends = rows.last().map_or(first, |row| row.until);
        let begins = launched.filter(|at| *at <= first).unwrap_or(first);
        let records = rows.iter().map(|row| row.times).fold(0, u32::saturating_add);
        let stays = stays(&rows, ends);
        let mut told: Vec<Row> = Vec::new();
        for row in rows {
            match told.last_mut() {
                Some(last) if last.is_told_again_by(&row) => last.take_again(row),
                _ => told.push(row),
            }
        }
        Self { host, group, cluster, launched, begins, ends, records, rows: told, stays }
    }

    /// The time since its launch.
    pub(super) fn since(&self, at: Timestamp) -> SignedDuration {
        at.duration_since(self.begins)
    }

    /// How it ended, or where it is, and why.
    pub(super) fn ending(&self) -> String {
        let done = |wanted: &[&str]| {
            self.rows.iter().find_map(|row| {
                let is = |deed: &&Deed| {
                    wanted.contains(&deed.action.as_str()) && deed.outcome == Outcome::Done
                };
                row.deeds.iter().find(is).map(|deed| (row.at, deed))
            })
        };
        let taken = done(&["abandon", "mark-unhealthy", "replace", "scale-in"]);
        let (how, found) = match taken {
            Some((_, Deed { action, .. })) if action == "abandon" => {
                ("Its launch was given up", taken)
            }
            Some((_, Deed { action, .. })) if action == "scale-in" => {
                ("Its group let it go", taken)
            }
            Some(_) => ("Muster had it replaced", taken),
            None => ("It was let go", done(&["let-go"])),
        };
        let drained = done(&["mark-draining", "drain"]).filter(|_| taken.is_none());
        match (found, self.stays.last()) {
            (Some((at, deed)), _) => {
                let why =
                    drained.map(|(at, deed)| format!("It was drained at {at}: {}. ", deed.because));
                format!("{}{how} at {at}: {}.", why.unwrap_or_default(), deed.because)
            }
            (None, Some(stay)) => format!("At {} it was {}.", self.ends, stay.phase),
            (None, None) => format!("It was last seen at {}.", self.ends),
        }
    }

    /// Why it did not join, as it was told first.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.rows.iter().find_map(|row| row.cause.as_ref())
    }

    /// How many tasks were left, and when: while it was drained, and where a number was told.
    pub(super) fn tasks(&self) -> Vec<(Timestamp, u32)> {
        let mut tasks: Vec<(Timestamp, u32)> = Vec::new();
        for row in &self.rows {
            let empty = row.phase.as_deref() == Some("Drained") && !tasks.is_empty();
            let left = row.left.or(empty.then_some(0));
            let known = tasks.last().map(|(_, last)| *last);
            tasks.extend(left.filter(|left| Some(*left) != known).map(|left| (row.at, left)));
        }
        tasks
    }

    /// One object for the host, and one for each row.
    pub(super) fn json(&self) -> Vec<Value> {
        let head = json!({
            "host": self.host, "group": self.group, "cluster": self.cluster,
            "launched": self.launched, "first": self.begins, "last": self.ends,
            "records": self.records, "phases": self.stays, "ending": self.ending(),
            "cause": self.cause(),
        });
        let row = |row: &Row| {
            let mut line = json!(row);
            if let Value::Object(fields) = &mut line {
                let seconds = self.since(row.at).as_secs();
                fields.insert("since_launch_seconds".to_owned(), json!(seconds));
            }
            line
        };
        std::iter::once(head).chain(self.rows.iter().map(row)).collect()
    }
}

fn stays(rows: &[Row], ends: Timestamp) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    for row in rows {
        let Some(phase) = &row.phase else { continue };
        if let Some(last) = stays.last_mut() {
            last.to = row.at;
            if last.phase == *phase {
                continue;
            }
        }
        stays.push(Stay { phase: phase.clone(), from: row.at, to: row.at });
    }
    if let Some(last) = stays.last_mut() {
        last.to = ends;
    }
    stays
}
