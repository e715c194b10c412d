//! Over many minutes: what a small model of a group does with the judgements comes to rest, and loses no work.

use crate::{Town, at, case, job};
use domain::capacity::SPARE_TAG;
use domain::pack::{Job, pack};
use domain::plan::Action;
use std::collections::BTreeMap;

/// Lives a minute: what is asked for is done, hosts come at once, moved tasks are placed as ECS would, where there is room.
fn minute(town: &mut Town, homeless: &mut Vec<Job>, rng: &mut fastrand::Rng) -> Vec<Action> {
    town.outlook.missing.clear();
    for job in &*homeless {
        town.misses("web", job.clone());
    }
    let steps: Vec<Action> = town
        .judged_as(&[case(&town.groups[0])])
        .into_iter()
        .flat_map(|line| line.verdict.steps)
        .map(|step| step.action)
        .collect();
    for step in &steps {
        match step {
            Action::SetDesired { to, .. } => {
                while town.groups[0].desired < *to {
                    let host = town.host(0, 2_048, 4_000);
                    town.outlook.hosts[host].registration.registered_at = Some(town.now);
                }
            }
            Action::MarkSpare { spare, .. } => match spare.write() {
                Some(text) => town.tag(SPARE_TAG, &text),
                None => drop(town.groups[0].tags.remove(SPARE_TAG)),
            },
            Action::ScaleIn { instance, .. } => {
                let hosts = &mut town.outlook.hosts;
                let gone =
                    hosts.iter().position(|it| it.registration.instance == *instance).unwrap();
                let host = &mut hosts[gone];
                homeless.extend(host.loads.drain(..).map(|load| load.job));
                host.registration.agent_connected = false;
                town.groups[0].seats.remove(instance);
                town.groups[0].desired -= 1;
            }
            other => assert_eq!(other.to_string(), "", "nothing else is done"),
        }
    }
    // ECS spreads: each task goes to a host drawn from those that have room.
    homeless.retain(|job| {
        let holds = |host: &domain::capacity::Host| {
            host.takes_tasks() && host.registration.remaining.amount.holds(&job.each)
        };
        let able: Vec<usize> =
            (0..town.outlook.hosts.len()).filter(|at| holds(&town.outlook.hosts[*at])).collect();
        let Some(host) = rng.choice(able) else {
            return true;
        };
        town.task(host, "service:web", job.clone());
        false
    });
    town.now += jiff::SignedDuration::from_mins(1);
    steps
}

// Checks S17, L12: at constant work a direction is changed at most once in half an hour, the group comes to rest within
// a tenth of the least, and every task finds a place.
#[test]
fn at_constant_work_a_group_comes_to_rest_near_the_least() {
    let mut hosts = (0, 0);
    for seed in 0..16 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut town = Town::of(0);
        town.groups[0].max = 200;
        let first = town.host(0, 2_048, 4_000);
        assert_eq!(first, 0);
        let mut work = Vec::new();
        for _ in 0..rng.usize(20..120) {
            work.push(job(rng.u32(1..8) * 100, rng.u32(1..10) * 150, 1));
        }
        let empty = town.outlook.hosts[0].registration.registered.clone();
        let least = pack(&work, &[], &domain::pack::Kind::only(&empty)).bound;
        let mut homeless = work.clone();
        let mut turns: Vec<(i64, bool)> = Vec::new();
        for minute_no in 0..150 {
            let before = town.groups[0].desired;
            let steps = minute(&mut town, &mut homeless, &mut rng);
            let up = town.groups[0].desired.cmp(&before);
            if up.is_ne() && turns.last().is_none_or(|(_, last)| *last != up.is_gt()) {
                turns.push((minute_no, up.is_gt()));
            }
            assert!(steps.len() < 60, "seed {seed}");
        }
        assert!(homeless.is_empty(), "seed {seed}: {} tasks wait", homeless.len());
        for pair in turns.windows(3) {
            assert!(pair[2].0 - pair[0].0 > 30, "seed {seed}: {turns:?}");
        }
        hosts.0 += town.groups[0].desired;
        hosts.1 += least;
        assert!(town.now > at(149));
    }
    let (there, least) = hosts;
    assert!(
        there * 100 <= least * 115,
        "{there} hosts, and no packing can do with fewer than {least}"
    );
}

// Checks L12: with every sort of headroom, idle or busy, the group comes to rest.
#[test]
fn headroom_of_every_sort_comes_to_rest() {
    for (key, value) in [
        ("muster:headroom-hosts", "3"),
        ("muster:headroom-percent", "100"),
        ("muster:headroom-percent", "10"),
        ("muster:headroom-task", "true"),
    ] {
        let mut town = Town::of(1);
        town.groups[0].max = 100;
        town.outlook.largest = Some(job(1_500, 3_000, 0));
        town.tag(key, value);
        let mut homeless: Vec<Job> = (0..25).map(|_| job(700, 900, 1)).collect();
        let mut rng = fastrand::Rng::with_seed(7);
        let mut changes = BTreeMap::new();
        for minute_no in 0..10 * 60 {
            let before = town.groups[0].desired;
            minute(&mut town, &mut homeless, &mut rng);
            if town.groups[0].desired != before {
                changes.insert(minute_no, town.groups[0].desired);
            }
        }
        let late = changes.range(4 * 60..).count();
        assert!(late <= 4, "{key}={value}: {changes:?}");
    }
}
