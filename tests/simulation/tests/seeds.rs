//! Worlds from seeds: what must hold in all of them, and that bugs would be found.

use simulation::weather::Controller;
use simulation::{Bug, Setup, Stage, Swarm, report, run, table};
use std::io::Write;

/// Told although the test passes: the harness keeps back only what macros print.
fn tell(text: &str) {
    let _ = writeln!(std::io::stdout(), "\n{text}\n");
}

/// The first failing seed as small as it gets, with what happened in it.
fn smallest(summary: &report::Summary, setup: &Setup) -> String {
    let Some((seed, _)) = summary.failed.first() else {
        return String::new();
    };
    let (small, _) = report::shrink(&Setup { seed: *seed, ..*setup });
    let outcome = run(&Setup { history: true, ..small });
    format!("{}\n{}", table::story(&small, &outcome), table::failures(summary))
}

// Checks S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12, S13, S14, S15, S16, S17, S18, S19, S20, S21, S23, S24, S36, S37
// at every write, and L1, L2, L3, L4, L7, L11, L12 at rest: see src/checks.
#[test]
fn ten_thousand_worlds_keep_every_promise() {
    let setup = Setup::default();
    let summary = report::many(0, 10_000, &setup);
    tell(&table::summary(&summary));
    assert!(summary.failed.is_empty(), "{}", smallest(&summary, &setup));
    let injected = &summary.tally.faults;
    for class in Swarm::NAMES {
        // AWS's own hook lives beside ours in whole worlds: it is no single event that could be counted.
        let counted = injected.get(class).copied().unwrap_or_default();
        assert!(counted > 500 || *class == "managed_draining", "{class}: {counted}");
    }
}

// Checks L5.
#[test]
fn of_a_hundred_hooks_at_most_one_times_out_under_the_standard_mix() {
    let setup = Setup { swarm: Some(Swarm::standard()), ..Setup::default() };
    let summary = report::many(0, 500, &setup);
    assert!(summary.failed.is_empty(), "{}", smallest(&summary, &setup));
    let tally = &summary.tally;
    let hooks = tally.launches + tally.terminations;
    // A host on which tasks still run when its time is over is AWS's to take: we do not cut them.
    let ours = tally.launch_time_outs + tally.idle_time_outs;
    tell(&format!("standard mix: {ours} of {hooks} hooks timed out that need not have"));
    assert!(hooks > 10_000, "{hooks}");
    assert!(ours * 100 <= hooks, "{ours} of {hooks}");
}

// Checks L1, L2.
#[test]
fn without_faults_no_hook_times_out_and_nothing_is_called_for_nothing() {
    let summary =
        report::many(0, 300, &Setup { swarm: Some(Swarm::default()), ..Setup::default() });
    assert_eq!(summary.failed, []);
    let tally = &summary.tally;
    assert!(tally.launches > 300 && tally.terminations > 50, "{tally:?}");
    assert_eq!((tally.launch_time_outs, tally.idle_time_outs), (0, 0), "{tally:?}");
    assert_eq!((tally.healthy_drained, tally.tasks_cut, tally.ghosts), (0, 0, 0));
    assert_eq!(tally.dead_letters, 0);
}

#[test]
fn the_same_seed_is_the_same_world_to_the_last_byte() {
    for seed in 0..20 {
        let setup = Setup { seed, history: true, ..Setup::default() };
        let (once, again) = (run(&setup), run(&setup));
        assert_eq!(once.hash, again.hash);
        assert_eq!(once, again);
        let silent = run(&Setup { history: false, ..setup });
        assert_eq!(once.hash, silent.hash, "that somebody watches changes nothing");
        assert_ne!(once.hash, run(&Setup { seed: seed + 1, ..setup }).hash);
    }
}

#[test]
fn every_planted_bug_is_found() {
    let found = report::planted(2_000);
    tell(&table::planted(&found));
    assert!(found.len() >= 25);
    let missed: Vec<Bug> =
        found.iter().filter(|one| one.first.is_none()).map(|one| one.bug).collect();
    assert_eq!(missed, []);
}

#[test]
fn a_failing_seed_is_made_smaller_and_tells_its_story() {
    let setup = Setup { bug: Some(Bug::GoesWithoutDraining), ..Setup::default() };
    let (small, outcome) = report::shrink(&setup);
    let classes = |swarm: Swarm| swarm.rates().iter().filter(|rate| **rate > 0).count();
    assert!(classes(outcome.swarm) < classes(run(&setup).swarm));
    let told = table::story(&small, &run(&Setup { history: true, ..small }));
    assert!(told.contains("S8 IS BROKEN") && told.contains("S8 was broken at"), "{told}");
}

#[test]
fn the_baselines_do_in_the_same_worlds_what_ours_does_not() {
    let all = report::baselines(300);
    tell(&table::baselines(&all));
    let [(_, ours), others @ ..] = &all[..] else { panic!("ours comes first") };
    assert_eq!((ours.tally.healthy_drained, ours.tally.tasks_cut, ours.tally.ghosts), (0, 0, 0));
    assert_eq!(others.len(), 2);
    for (name, other) in others {
        let tally = &other.tally;
        assert!(tally.healthy_drained > 0, "{name}");
        assert!(tally.tasks_cut > 0, "{name}");
        assert!(tally.ghosts > 0, "{name}");
        assert!(tally.idle_time_outs > 10 * ours.tally.idle_time_outs, "{name}");
    }
}

// Checks L6.
#[test]
fn a_spot_warning_leads_to_draining_within_ten_seconds() {
    for host in 0..5 {
        let mut stage = Stage::with(5, Controller::Muster);
        stage.state().groups[0].spot = true;
        stage.spot_takes(host);
        stage.run_for_seconds(10);
        let story = stage.story();
        assert!(story.contains("is DRAINING (by us: true)"), "{story}");
        assert_eq!(stage.broken(), [""; 0]);
    }
}
