//! What goes wrong in a world, and how often. Each seed switches each class of fault on or off: a fixed mix hides bugs.

use std::fmt;

macro_rules! swarm {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// The classes of faults, each with its rate in thousandths; 0 is off.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Swarm { $($(#[$doc])* pub $name: u32,)* }

        impl Swarm {
            /// The names of the classes.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The rates, in the order of the names.
            #[must_use]
            pub const fn rates(&self) -> [u32; Self::NAMES.len()] {
                [$(self.$name),*]
            }

            /// A rate by its place.
            pub fn rate_mut(&mut self, place: usize) -> Option<&mut u32> {
                let mut at = 0;
                $(if at == place { return Some(&mut self.$name); } at += 1;)*
                let _ = at;
                None
            }
        }
    };
}

swarm! {
    /// A call is throttled.
    throttle,
    /// A call is answered with an error of the server, or with nothing.
    server_error,
    /// A call times out before it has an effect.
    time_out_before,
    /// A call times out after it had its effect.
    time_out_after,
    /// A read shows the state of some seconds ago.
    stale_read,
    /// A description leaves something out and says so.
    partial_failure,
    /// A listing breaks off after its first page.
    cut_page,
    /// A call is very slow.
    slow,
    /// An invocation dies at any await.
    crash,
    /// ECS's API is away for some minutes.
    ecs_outage,
    /// Every call is throttled for some minutes.
    throttle_storm,
    /// EC2 does not find a machine for a while, though it is there.
    hidden_machine,
    /// An event is lost.
    drop_event,
    /// An event comes twice.
    double_event,
    /// An event comes late, and so out of order.
    delay_event,
    /// An event comes more than a quarter of an hour late.
    stale_event,
    /// An event says what is not so.
    forged_event,
    /// An event is of another account, region, hook or group, or is no event at all.
    foreign_event,
    /// A tick of the clock is lost.
    drop_tick,
    /// An agent loses its connection for seconds.
    agent_flap,
    /// An agent loses its connection for good.
    agent_death,
    /// All agents of a cluster lose their connections for some minutes.
    agents_outage,
    /// An agent registers a second time.
    second_registration,
    /// A host boots badly: never joins, joins elsewhere, never connects, connects late.
    bad_boot,
    /// Every host of a group boots badly for a while.
    bad_image,
    /// Spot takes a host back.
    spot,
    /// EC2 recommends to replace a Spot host.
    rebalance,
    /// EC2 schedules a retirement or reboot.
    maintenance,
    /// A machine is terminated or stopped without its group's doing.
    machine_loss,
    /// A person drains, resumes, completes, sets into standby or resizes by hand.
    operator,
    /// AWS's managed draining and its own hook live beside ours.
    managed_draining,
    /// The group replaces all hosts, or loses a zone.
    refresh,
}

impl Swarm {
    /// The mix of a seed: each class off with one half, else at a rate up to its most.
    #[must_use]
    pub fn draw(rng: &mut fastrand::Rng) -> Self {
        let mut swarm = Self::default();
        for place in 0..Self::NAMES.len() {
            let on = rng.bool();
            let share = rng.u32(100..=1000);
            if let Some(rate) = swarm.rate_mut(place).filter(|_| on) {
                *rate = share;
            }
        }
        swarm
    }

    /// These classes at a third of their most, and no other.
    #[must_use]
    pub fn only(names: &[String]) -> Self {
        let mut swarm = Self::default();
        for (place, name) in Self::NAMES.iter().enumerate() {
            if let Some(rate) = swarm.rate_mut(place).filter(|_| names.iter().any(|it| it == name))
            {
                *rate = 333;
            }
        }
        swarm
    }

    /// The standard mix: every class at a third of its most.
    #[must_use]
    pub fn standard() -> Self {
        let mut swarm = Self::default();
        for place in 0..Self::NAMES.len() {
            if let Some(rate) = swarm.rate_mut(place) {
                *rate = 333;
            }
        }
        swarm
    }
}

impl fmt::Display for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = Self::NAMES.iter().zip(self.rates()).filter(|(_, rate)| *rate > 0);
        let told: Vec<String> = on.map(|(name, rate)| format!("{name}={rate}")).collect();
        f.write_str(&told.join(","))
    }
}
