//! Why something is left alone.

use crate::breaker::Open;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was not readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    /// The host's seat in its group.
    Seat,
    /// The EC2 instance.
    Machine,
    /// The registrations.
    Registrations,
    /// The tasks.
    Tasks,
    /// The services' demand.
    Demand,
}

/// Why a host or a group is left alone for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hold", rename_all = "kebab-case")]
pub enum Hold {
    /// It is in no group with the tag `muster:cluster`.
    NotOurs,
    /// Nothing is due.
    Settled {
        /// Its lifecycle state.
        lifecycle: String,
    },
    /// AWS could not be read; when in doubt, look again and do nothing.
    Unreadable {
        /// What.
        what: Thing,
        /// Why.
        fault: String,
    },
    /// Launched, and its agent is not connected yet.
    NotJoinedYet {
        /// What is missing.
        missing: String,
        /// When patience ends.
        until: Option<Timestamp>,
    },
    /// It should be taken away, but the breaker of its group or cluster is open.
    BreakerOpen {
        /// Why.
        open: Open,
    },
    /// It was chosen to be taken away, and a later look must come to the same.
    Chosen {
        /// When.
        at: Timestamp,
    },
    /// It should be taken away, but others were chosen before it.
    InLine,
    /// It is young and not registered: it may still register, and then it would have to be drained.
    MayRegister {
        /// Until when.
        until: Timestamp,
    },
    /// It is in service and has no registration in its cluster.
    NotRegistered,
    /// Tasks are leaving.
    TasksLeaving {
        /// How many are left.
        left: u32,
        /// Whose they are, the commonest first, at most five.
        groups: Vec<String>,
        /// Why some of them cannot leave, as far as it is known.
        stuck: Vec<String>,
    },
    /// It was set ACTIVE again, as the reason to drain it is gone.
    DrainLifted,
    /// It is set DRAINING just now; the next look counts its tasks.
    DrainBegun,
    /// It is empty, and waits for EC2 or its group to take it.
    Empty,
    /// It is empty by one look, and another must come to the same.
    EmptyOnce,
    /// It could not be emptied in time; AWS's default decides.
    OutOfPatience {
        /// How many tasks are left.
        left: u32,
        /// Why some of them cannot leave, as far as it is known.
        stuck: Vec<String>,
    },
    /// Drained by a person's hand, not by us.
    DrainedByHand,
    /// Its registration stands and EC2 does not say that it is gone for good.
    NotGone {
        /// What EC2 says.
        state: String,
    },
    /// EC2 says gone, ECS says connected: one of the two is stale.
    StillConnected,
    /// Nothing is registered for it.
    NothingLeft,
    /// Its agent is lost, within patience.
    AgentLost {
        /// When patience ends.
        until: Timestamp,
    },
    /// The work fits.
    CapacityFits {
        /// Hosts that the work needs.
        needed: u32,
        /// Hosts that there are or will be.
        have: u32,
    },
    /// The work needs more, but the group is at its greatest size.
    AtMax {
        /// Hosts that the work needs.
        needed: u32,
        /// The group's Max.
        max: u32,
    },
    /// Hosts can be spared, within patience.
    Sparing {
        /// How many.
        hosts: u32,
        /// When patience ends.
        until: Timestamp,
    },
    /// The group cannot launch hosts, so that no more are asked for.
    CannotLaunch {
        /// What its latest launch failed for.
        why: String,
    },
    /// No host of the group could hold these services' tasks, however many there were.
    FitsNowhere {
        /// The services.
        services: Vec<String>,
    },
    /// Someone else steers this group's size.
    HandsOff {
        /// Who or what.
        why: String,
    },
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => f.write_str("it is in no group of ours"),
            Self::Settled { lifecycle } => write!(f, "{lifecycle}: nothing is due"),
            Self::Unreadable { what, fault } => write!(f, "{what:?} could not be read: {fault}"),
            Self::NotJoinedYet { missing, until: Some(until) } => {
                write!(f, "{missing}; patience until {until}")
            }
            Self::NotJoinedYet { missing, until: None } => f.write_str(missing),
            Self::BreakerOpen { open } => write!(f, "the breaker is open: {open}"),
            Self::Chosen { at } => write!(f, "chosen at {at}; a later look must come to the same"),
            Self::InLine => f.write_str("others are taken before it"),
            Self::MayRegister { until } => write!(f, "it may still register until {until}"),
            Self::NotRegistered => {
                f.write_str("it is in service and not registered in its cluster")
            }
            Self::TasksLeaving { left, groups, stuck } => {
                write!(f, "{left} tasks are leaving: {}", groups.join(", "))?;
                stuck.iter().try_for_each(|why| write!(f, "; {why}"))
            }
            Self::DrainLifted => f.write_str("the reason to drain it is gone"),
            Self::DrainBegun => f.write_str("its drain has begun"),
            Self::Empty => f.write_str("it is empty and waits to be taken"),
            Self::EmptyOnce => f.write_str("it is empty, and another look must come to the same"),
            Self::OutOfPatience { left, stuck } => {
                write!(f, "{left} tasks are left and patience is over; AWS's default decides")?;
                stuck.iter().try_for_each(|why| write!(f, "; {why}"))
            }
            Self::DrainedByHand => f.write_str("a person drains it"),
            Self::NotGone { state } => write!(f, "AWS says {state}, not gone"),
            Self::StillConnected => f.write_str("EC2 says gone, ECS says connected"),
            Self::NothingLeft => f.write_str("nothing is registered for it"),
            Self::AgentLost { until } => write!(f, "its agent is lost; patience until {until}"),
            Self::CapacityFits { needed, have } => {
                write!(f, "the work fits: {needed} hosts needed, {have} there or coming")
            }
            Self::AtMax { needed, max } => write!(f, "{needed} hosts needed, but Max is {max}"),
            Self::Sparing { hosts, until } => {
                write!(f, "{hosts} hosts can be spared; patience until {until}")
            }
            Self::CannotLaunch { why } => write!(f, "the group cannot launch hosts: {why}"),
            Self::FitsNowhere { services } => {
                write!(f, "no host of the group holds a task of {}", services.join(", "))
            }
            Self::HandsOff { why } => write!(f, "hands off: {why}"),
        }
    }
}
