//! May a host be taken away now, given how many of its group are in trouble?

use serde::Serialize;

/// How a group fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// Hosts of the group that are launching or in service.
    pub hosts: u32,
    /// Of these, the ones in trouble: agent lost, unhealthy, or late to join.
    pub failing: u32,
}

impl Crowd {
    /// Whether nothing may be taken away: more are in trouble than one, or than a fifth of the group.
    ///
    /// Keeps S13.
    #[must_use]
    pub const fn breaker_is_open(self) -> bool {
        let fifth = self.hosts / 5;
        let bearable = if fifth > 1 { fifth } else { 1 };
        self.failing > bearable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Checks S13.
    #[test]
    fn one_or_a_fifth_is_bearable_and_no_more() {
        let table = [
            (0, 0, false),
            (1, 1, false),
            (2, 1, false),
            (2, 2, true),
            (9, 2, true),
            (10, 2, false),
            (10, 3, true),
            (100, 20, false),
            (100, 21, true),
        ];
        for (hosts, failing, open) in table {
            assert_eq!(Crowd { hosts, failing }.breaker_is_open(), open, "{failing} of {hosts}");
        }
    }
}
