//! What somebody says of a cluster.

use crate::versioned::Ms;
use domain::pack::Amount;
use std::collections::BTreeMap;

/// A cluster that is described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Its Auto Scaling groups.
    pub groups: Vec<GroupPlan>,
    /// Its services.
    pub services: Vec<ServicePlan>,
    /// Its standalone tasks.
    pub batches: Vec<BatchPlan>,
    /// What goes wrong.
    pub failures: Failures,
}

/// A group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupPlan {
    /// Its name.
    pub name: String,
    /// The least number of hosts.
    pub min: u32,
    /// The greatest.
    pub max: u32,
    /// What a host offers to tasks.
    pub host: Amount,
    /// How long one takes from launched to its agent's connection, about.
    pub boot: Ms,
    /// In how many zones.
    pub zones: u32,
    /// How many of a hundred are Spot instances.
    pub spot_percent: u32,
    /// Its tags: the settings.
    pub tags: BTreeMap<String, String>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePlan {
    /// Its name.
    pub name: String,
    /// What a task takes.
    pub each: Amount,
    /// How many tasks it wants.
    pub count: Count,
    /// Where its tasks go.
    pub placement: Placement,
    /// Its `minimumHealthyPercent`.
    pub least: u32,
    /// Its `maximumPercent`.
    pub most: u32,
}

/// How many tasks a service wants, over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Always as many.
    Steady(u32),
    /// As the day goes.
    Diurnal {
        /// In the quietest hour.
        low: u32,
        /// In the busiest.
        high: u32,
        /// Which that is.
        peak_hour: u32,
        /// Of how many percent of it the sixth and the seventh day are.
        weekend_percent: u32,
    },
    /// A base, and more now and then.
    Bursts {
        /// Mostly.
        base: u32,
        /// In a burst.
        to: u32,
        /// From one to the next, in the mean.
        every: Ms,
        /// How long one lasts.
        lasts: Ms,
    },
}

/// Where ECS places tasks: the templates of its console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// AZ Balanced Spread
    #[default]
    AzSpread,
    /// AZ Balanced `BinPack`
    AzBinpack,
    /// `BinPack`
    Binpack,
    /// One Task Per Host
    OnePerHost,
}

/// Standalone tasks that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPlan {
    /// Their name.
    pub name: String,
    /// What a task takes.
    pub each: Amount,
    /// When they come.
    pub arrivals: Arrivals,
    /// How long one runs, at least and at most.
    pub lasts: (Ms, Ms),
    /// Where they go.
    pub placement: Placement,
}

/// When standalone tasks come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// At any time, so many in an hour in the mean.
    AnHour(u32),
    /// So many at once, at an hour of each day.
    Daily {
        /// How many.
        tasks: u32,
        /// The hour.
        at_hour: u32,
    },
}

/// What goes wrong, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Of launches: boots that never join.
    pub never_join: u32,
    /// Of the hosts in service, each day: agents lost for good.
    pub agents_lost: u32,
    /// Of the Spot hosts in service, each day: Spot Interruptions.
    pub interruptions: u32,
    /// Of the hosts in service, each day: retirements by EC2.
    pub retirements: u32,
}
