//! What the doctor tells of one host or group.

use crate::next;
use crate::out::{self, BAD, BOLD, DIM, GOOD, HAND};
use domain::checkup::{self, Verdict};
use domain::plan;
use domain::{Fault, GroupName, InstanceId, Phase, diagnosis};
use serde_json::{Value, json};

/// One check, of either kind.
#[derive(Debug)]
struct Told {
    verdict: Verdict,
    check: String,
    evidence: String,
    remedy: String,
}

/// A host or a group, and what was found.
#[derive(Debug)]
pub(super) struct Report {
    what: &'static str,
    name: String,
    phase: Option<Phase>,
    next: Option<String>,
    findings: Vec<Told>,
}

impl Report {
    pub(super) fn of_host(instance: &InstanceId, phase: Phase) -> Self {
        let (name, findings) = (instance.to_string(), Vec::new());
        Self { what: "host", name, phase: Some(phase), next: None, findings }
    }

    pub(super) fn of_group(group: &GroupName) -> Self {
        let (name, findings) = (group.to_string(), Vec::new());
        Self { what: "group", name, phase: None, next: None, findings }
    }

    /// Tells what the sweep would do next, or waits for.
    pub(super) fn next(&mut self, verdict: &plan::Verdict) {
        self.next = Some(next::told(verdict)).filter(|told| !told.is_empty());
    }

    pub(super) fn checkup(&mut self, findings: Vec<checkup::Finding>) {
        self.add(findings.into_iter().map(|one| Told {
            verdict: one.verdict,
            check: one.check.to_string(),
            evidence: one.evidence,
            remedy: one.remedy,
        }));
    }

    pub(super) fn diagnosis(&mut self, findings: Vec<diagnosis::Finding>) {
        // Why it never joined says more than that it did not.
        let joined = |one: &Told| one.check != checkup::Check::Registered.as_str();
        if findings.iter().any(|one| one.verdict <= Verdict::Suspect) {
            self.findings.retain(joined);
        }
        self.add(findings.into_iter().map(|one| Told {
            verdict: one.verdict,
            check: one.check.to_string(),
            evidence: one.evidence,
            remedy: one.remedy,
        }));
    }

    pub(super) fn unread(&mut self, fault: &Fault) {
        self.add([Told {
            verdict: Verdict::Unreadable,
            check: checkup::Check::Readable.to_string(),
            evidence: fault.to_string(),
            remedy: "ask again".to_owned(),
        }]);
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Told>) {
        self.findings.extend(findings);
        // Stable: of two that are as sure, the one that was checked first explains the other.
        self.findings.sort_by_key(|one| one.verdict);
    }

    /// Whether something is to blame, or may be.
    pub(super) fn is_unwell(&self) -> bool {
        self.findings.iter().any(|one| one.verdict <= Verdict::Suspect)
    }

    /// Whether nothing is to blame, and something could not be seen.
    pub(super) fn is_unread(&self) -> bool {
        let unread = |one: &Told| one.verdict == Verdict::Unreadable;
        !self.is_unwell() && self.findings.iter().any(unread)
    }

    pub(super) fn json(&self) -> Value {
        let findings: Vec<Value> = self
            .findings
            .iter()
            .map(|one| {
                json!({
                    "check": one.check, "verdict": one.verdict,
                    "evidence": one.evidence, "remedy": one.remedy,
                })
            })
            .collect();
        json!({
            self.what: self.name, "phase": self.phase, "next": self.next,
            "well": !self.is_unwell() && !self.is_unread(), "findings": findings,
        })
    }

    pub(super) fn print(&self, all: bool) {
        let phase = self.phase.map(|phase| format!(" {phase:?}")).unwrap_or_default();
        out::line(format_args!("{BOLD}{} {}{BOLD:#}{DIM}{phase}{DIM:#}", self.what, self.name));
        if let Some(next) = &self.next {
            out::line(format_args!("  Muster does next: {next}"));
        }
        if !self.is_unwell() && !self.is_unread() {
            out::line(format_args!("  {GOOD}well{GOOD:#}"));
        }
        for one in &self.findings {
            let (style, word) = match one.verdict {
                Verdict::Blamed => (BAD, "to blame"),
                Verdict::Suspect => (HAND, "perhaps"),
                Verdict::Unreadable => (DIM, "not seen"),
                Verdict::Cleared if all => (GOOD, "well"),
                Verdict::Cleared => continue,
            };
            out::line(format_args!("  {style}{word:<8}{style:#} {}: {}", one.check, one.evidence));
            if !one.remedy.is_empty() && one.verdict != Verdict::Cleared {
                out::line(format_args!("           {DIM}→ {}{DIM:#}", one.remedy));
            }
        }
    }
}
