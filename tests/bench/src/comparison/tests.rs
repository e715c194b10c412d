//! The yard is fair to both, and the other controller does what AWS says of it.

use super::*;
use domain::pack::Amount;
use yard::{Arrival, HOST, Life};

fn work(arrivals: Vec<(Seconds, Arrival)>, hosts: u32, long: Seconds) -> Workload {
    let sizes = vec![Amount { cpu: 1_024, memory: 2_048, ..Amount::default() }; 2];
    Workload { sizes, services: 1, hosts, long, arrivals }
}

/// How many hosts there are at the end of each minute.
fn sizes(work: &Workload, who: Who) -> Vec<u32> {
    let mut yard = Yard::new(7, &work.sizes, work.services, work.hosts);
    yard.min = 0;
    let mut managed = Managed::new(&mut yard.rng);
    let yard = RefCell::new(yard);
    let mut sizes = Vec::new();
    while yard.borrow().now < work.long {
        let now = yard.borrow().now;
        for (_, arrival) in work.arrivals.iter().filter(|(at, _)| *at == now) {
            yard.borrow_mut().arrive(*arrival);
        }
        yard.borrow_mut().step();
        let failed = std::mem::take(&mut yard.borrow_mut().complains);
        match who {
            Who::Managed => managed.step(&mut yard.borrow_mut()),
            Who::Muster if failed || now % 60 == 0 => wake(&yard, &Policy::default(), failed),
            Who::Muster => {}
        }
        sound(&yard.borrow());
        if now % 60 == 0 {
            sizes.push(yard.borrow().desired);
        }
    }
    sizes
}

/// No host holds more than it has, and every task is where its host says.
fn sound(yard: &Yard) {
    for (at, host) in yard.alive() {
        let used = host.tasks.iter().map(|task| yard.families[yard.tasks[*task].family].size);
        let used = used.fold(Amount::default(), |sum, size| sum.plus(&size));
        assert!(HOST.cpu >= used.cpu && HOST.cpu - used.cpu == host.left.cpu, "{host:?}");
        assert!(host.tasks.iter().all(|task| yard.tasks[*task].host == at));
        assert!(host.life != Life::Booting || host.tasks.is_empty());
    }
    for family in &yard.families {
        let desired = family.desired.map_or(usize::MAX, |one| usize::try_from(one).unwrap());
        let there = family.settled.len() + family.waiting.len();
        assert!(family.desired.is_none() || there == desired, "{family:?}");
    }
}

#[test]
fn managed_scaling_begins_with_two_hosts_and_waits_a_quarter_of_an_hour() {
    let arrivals = vec![(60, Arrival::Desired(0, 1)), (1_200, Arrival::Desired(0, 0))];
    let sizes = sizes(&work(arrivals, 0, 3_600), Who::Managed);
    let first = sizes.iter().position(|size| *size > 0).unwrap();
    assert_eq!(sizes[first], 2, "from none always two: {sizes:?}");
    let fewer = sizes.windows(2).position(|pair| pair[1] < pair[0]).unwrap();
    assert!(fewer >= first + 15, "{sizes:?}");
    assert_eq!(*sizes.last().unwrap(), 0, "{sizes:?}");
}

#[test]
fn muster_asks_for_what_is_needed_at_once_and_lets_go_after_its_patience() {
    let arrivals = vec![(600, Arrival::Desired(0, 40)), (1_800, Arrival::Desired(0, 0))];
    let sizes = sizes(&work(arrivals, 1, 3_600), Who::Muster);
    assert_eq!(sizes[11], 10, "four tasks a host: {sizes:?}");
    assert_eq!(*sizes.last().unwrap(), 0, "{sizes:?}");
    assert!(sizes[30 + 2] == 10 && sizes[30 + 6] == 0, "{sizes:?}");
}

#[test]
fn the_same_seed_is_the_same_and_nobody_beats_the_bound() {
    for (name, make) in ALL.iter().filter(|(name, _)| ["bursts", "zone loss"].contains(name)) {
        for who in [Who::Muster, Who::Managed] {
            let mut work = make(&mut fastrand::Rng::with_seed(3));
            work.long = 2 * 3_600;
            let [one, two] = [1, 1].map(|seed| run(&work, seed, who, &Policy::default()));
            assert_eq!((one.billed, one.moved, &one.times), (two.billed, two.moved, &two.times));
            assert!(one.billed >= one.bound, "{name}: {} of {}", one.billed, one.bound);
            assert_eq!(one.cut, 0);
        }
    }
}
