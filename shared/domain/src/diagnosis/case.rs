//! What all checks share: reading a fact, and saying what it came to.

use super::facts::{Elsewhere, EndpointService, Facts, Instance};
use super::{Check, Finding, Verdict};
use crate::fault::Fault;
use crate::host::Seen;
use crate::names::ClusterName;

/// Characters of AWS's own words that evidence quotes.
const LONGEST: usize = 240;

/// A finding, or one that ends the check early: nothing can be said beyond it.
pub(super) type Found = Result<Finding, Finding>;

/// The facts, and the cluster that the host should be in.
pub(super) struct Case<'a> {
    pub(super) cluster: &'a ClusterName,
    pub(super) facts: &'a Facts,
}

impl<'a> Case<'a> {
    /// The instance, if EC2 still knows its profile and its network.
    pub(super) fn instance(&self, check: Check) -> Result<&'a Instance, Finding> {
        let instance = read(check, &self.facts.instance)?;
        let whole = instance.as_ref().filter(|instance| instance.is_whole());
        whole.ok_or_else(|| unseen(check, "EC2 forgets this of an instance that is gone", ""))
    }

    /// Ends a check that only asks what an agent needs to connect, if it is connected: it has all of that.
    pub(super) fn unless_connected(&self, check: Check) -> Result<(), Finding> {
        match self.connected_to() {
            Some(cluster) => {
                Err(cleared(check, format!("its agent is connected to cluster {cluster}")))
            }
            None => Ok(()),
        }
    }

    /// The cluster that the agent is connected to, if it is to any.
    pub(super) fn connected_to(&self) -> Option<&'a ClusterName> {
        if self.is_connected_here() {
            return Some(self.cluster);
        }
        let elsewhere = self.elsewhere().iter().find(|one| one.agent_connected);
        elsewhere.map(|one| &one.cluster)
    }

    /// Whether its agent is connected to the cluster where it belongs.
    pub(super) fn is_connected_here(&self) -> bool {
        matches!(&self.facts.registration, Seen::Known(Some(one)) if one.agent_connected)
    }

    /// The other clusters that are known to have it.
    pub(super) fn elsewhere(&self) -> &'a [Elsewhere] {
        self.facts.elsewhere.known().map_or(&[], Vec::as_slice)
    }

    /// The services of ECS for which the VPC has no endpoint.
    pub(super) fn lacking_endpoints(&self, check: Check) -> Result<Vec<EndpointService>, Finding> {
        let endpoints = read(check, &self.facts.endpoints)?;
        let there = |service: &EndpointService| endpoints.iter().any(|one| one.service == *service);
        Ok(EndpointService::ALL.into_iter().filter(|service| !there(service)).collect())
    }
}

/// A fact, or the finding that it could not be read.
pub(super) fn read<T>(check: Check, fact: &Seen<T>) -> Result<&T, Finding> {
    fact.known().map_err(|fault| unreadable(check, fault))
}

pub(super) fn cleared(check: Check, evidence: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Cleared, evidence: evidence.into(), remedy: String::new() }
}

pub(super) fn blamed(
    check: Check,
    evidence: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    let (evidence, remedy) = (evidence.into(), remedy.into());
    Finding { check, verdict: Verdict::Blamed, evidence, remedy }
}

pub(super) fn suspect(
    check: Check,
    evidence: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding { verdict: Verdict::Suspect, ..blamed(check, evidence, remedy) }
}

/// What cannot be seen from outside.
pub(super) fn unseen(
    check: Check,
    evidence: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding { verdict: Verdict::Unreadable, ..blamed(check, evidence, remedy) }
}

/// What could not be read.
fn unreadable(check: Check, fault: &Fault) -> Finding {
    let remedy = match fault {
        Fault::Forbidden { call, .. } => format!("allow {call} to the role that asks"),
        _ => "ask again".to_owned(),
    };
    unseen(check, quote(&fault.to_string()), remedy)
}

/// AWS's words in one line and cut.
pub(super) fn quote(text: &str) -> String {
    let flat = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    flat.take(LONGEST).collect::<String>().trim().to_owned()
}

/// A name, or what stands for one that AWS did not tell.
pub(super) fn name<'a>(name: Option<&'a String>, instead: &'a str) -> &'a str {
    name.map_or(instead, String::as_str)
}
