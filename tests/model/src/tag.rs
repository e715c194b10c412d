//! The tag `muster:taking` of the group: who was chosen to be taken away.

use crate::host::MOST;
use crate::time::{Age, LONG, age_of, at, older};
use domain::InstanceId;
use domain::taking::{self, Taking};

/// How a host is to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Its launch is given up.
    Launch,
    /// It is marked unhealthy.
    Service,
}

/// What the tag says of one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice {
    /// Whether it was chosen longer ago than a choice may be carried out, and within the window.
    pub lapsed: bool,
    /// A choice that stands.
    pub standing: Option<(Age, Way)>,
}

impl Choice {
    /// Whether it may be carried out.
    #[must_use]
    pub const fn is_ripe(self) -> bool {
        matches!(self.standing, Some((1.., _)))
    }

    const fn tick(self, over: bool) -> Self {
        let lapsed = self.lapsed && !over;
        match self.standing {
            Some((age, way)) if age + 1 < LONG => {
                Self { lapsed, standing: Some((older(age, LONG), way)) }
            }
            Some(_) => Self { lapsed: true, standing: None },
            None => Self { lapsed, standing: None },
        }
    }
}

/// The tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// Of the host in each place.
    pub hosts: [Choice; MOST],
    /// Of hosts that are no more.
    pub former: Choice,
}

impl Tag {
    pub(crate) fn tick(&mut self, over: bool) {
        for choice in self.hosts.iter_mut().chain([&mut self.former]) {
            *choice = choice.tick(over);
        }
    }

    /// The host of a place is no more.
    pub(crate) fn leave(&mut self, place: usize) {
        let gone = std::mem::take(&mut self.hosts[place]);
        self.former.lapsed |= gone.lapsed;
        self.former.standing = gone.standing.or(self.former.standing);
    }

    /// As Muster writes it.
    pub(crate) fn write(&self) -> String {
        let mut all = Vec::new();
        for (place, choice) in self.hosts.iter().chain([&self.former]).enumerate() {
            let instance = name(place);
            if choice.lapsed {
                let way = taking::Way::Service;
                all.push(Taking { at: at(LONG), instance: instance.clone(), way });
            }
            if let Some((age, way)) = choice.standing {
                all.push(Taking { at: at(age), instance, way: way.read() });
            }
        }
        all.sort();
        taking::write(&all)
    }

    pub(crate) fn read(takings: &[Taking]) -> Self {
        let mut tag = Self::default();
        for one in takings {
            let place = place_of(&one.instance);
            let choice = tag.hosts.get_mut(place).unwrap_or(&mut tag.former);
            match age_of(one.at) {
                age if age < LONG => choice.standing = Some((age, Way::of(one.way))),
                LONG => choice.lapsed = true,
                _ => {}
            }
        }
        tag
    }
}

impl Way {
    const fn read(self) -> taking::Way {
        match self {
            Self::Launch => taking::Way::Launch,
            Self::Service => taking::Way::Service,
        }
    }

    const fn of(way: taking::Way) -> Self {
        match way {
            taking::Way::Launch => Self::Launch,
            taking::Way::Service => Self::Service,
        }
    }
}

/// The instance id of the host in a place; of a host that is no more, for a place that there is not.
pub(crate) fn name(place: usize) -> InstanceId {
    thread_local! {
        static NAMES: Vec<InstanceId> =
            (0..=MOST).filter_map(|place| format!("i-0000000{place}").parse().ok()).collect();
    }
    NAMES.with(|names| names[place].clone())
}

/// The place of an instance id.
pub(crate) fn place_of(instance: &InstanceId) -> usize {
    instance.as_str().bytes().last().map_or(MOST, |digit| usize::from(digit.wrapping_sub(b'0')))
}
