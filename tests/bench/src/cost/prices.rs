//! What AWS asks for it: list prices of us-east-1, 2026, in dollars, without any free tier. Check yours.

/// A million requests of Lambda.
const REQUESTS: f64 = 0.20;
/// A GB-second on arm64.
const GB_SECOND: f64 = 0.000_013_333_4;
/// The functions' memory, in GB.
const MEMORY: f64 = 0.125;
/// A million events of our own on a bus. AWS's own events, and their delivery, cost nothing.
const EVENTS: f64 = 1.00;
/// A million invocations by EventBridge Scheduler.
const SCHEDULER: f64 = 1.00;
/// A metric for a month.
const METRIC: f64 = 0.30;
/// An alarm on one metric for a month; one on a query costs as much for each metric that the query reads.
const ALARM: f64 = 0.10;
/// A dashboard for a month.
const DASHBOARD: f64 = 3.00;
/// A GB of logs taken in.
const LOGS: f64 = 0.50;

const MILLION: f64 = 1_000_000.0;
const GB: f64 = 1_000_000_000.0;

/// A month has so many minutes, and so many days.
pub(super) const MINUTES: f64 = 43_800.0;
pub(super) const DAYS: f64 = 30.4;

/// What a month adds up to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Month {
    /// Invocations.
    pub(super) wakes: f64,
    /// Of these, by the clock.
    pub(super) ticks: f64,
    /// Billed, in milliseconds.
    pub(super) milliseconds: f64,
    /// Events of our own.
    pub(super) told: f64,
    /// Bytes of logs.
    pub(super) bytes: f64,
    /// Metrics.
    pub(super) metrics: f64,
    /// Metrics that alarms read.
    pub(super) alarmed: f64,
}

/// A month's bill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bill {
    pub(super) lambda: f64,
    pub(super) events: f64,
    pub(super) logs: f64,
    pub(super) metrics: f64,
    pub(super) alarms: f64,
}

impl Month {
    pub(super) fn bill(&self) -> Bill {
        let seconds = self.milliseconds / 1_000.0;
        Bill {
            lambda: self.wakes / MILLION * REQUESTS + seconds * MEMORY * GB_SECOND,
            events: self.told / MILLION * EVENTS + self.ticks / MILLION * SCHEDULER,
            logs: self.bytes / GB * LOGS,
            metrics: self.metrics * METRIC,
            alarms: self.alarmed * ALARM + DASHBOARD,
        }
    }
}

impl Bill {
    pub(super) fn sum(&self) -> f64 {
        self.lambda + self.events + self.logs + self.metrics + self.alarms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_wakes_of_a_tenth_of_a_second_cost_what_the_price_list_says() {
        let month =
            Month { wakes: 1e6, milliseconds: 1e8, told: 1e6, bytes: 2e9, ..Month::default() };
        let bill = month.bill();
        // 0.20 for the requests, 100,000 s at an eighth of a GB.
        assert!((bill.lambda - (0.20 + 0.166_667_5)).abs() < 1e-6, "{bill:?}");
        assert!((bill.events - 1.0).abs() < 1e-9 && (bill.logs - 1.0).abs() < 1e-9, "{bill:?}");
        assert!((bill.sum() - (bill.lambda + 2.0 + DASHBOARD)).abs() < 1e-9);
    }
}
