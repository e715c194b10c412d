//! `simulate`: worlds from seeds, on virtual time.

use clap::Parser;
use clap::builder::PossibleValuesParser;
use simulation::{Bug, Setup, Swarm, crash, report, run, table};
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs worlds of the simulation, one seed each, and tells what they came to.
#[derive(Debug, Parser)]
#[command(name = "simulate", bin_name = "cargo xtask simulate")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed only: shrunk if a promise is broken in it, with its history.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "from"])]
    replay: Option<u64>,
    /// Only these classes of faults, instead of each seed's own draw. A wrong one lists them.
    #[arg(long, value_name = "CLASS", value_delimiter = ',',
          value_parser = PossibleValuesParser::new(Swarm::NAMES), hide_possible_values = true)]
    only: Vec<String>,
    /// Plants a bug in the controller. A wrong one lists them.
    #[arg(long, value_parser = PossibleValuesParser::new(Bug::NAMES), hide_possible_values = true)]
    bug: Option<String>,
    /// Looks for each planted bug, in so many seeds for each.
    #[arg(long, conflicts_with_all = ["replay", "only", "bug"])]
    planted: bool,
    /// Holds two other controllers against ours in the same worlds.
    #[arg(long, conflicts_with_all = ["replay", "only", "bug", "planted"])]
    baselines: bool,
    /// Lets every await of every function be its last one, in scenes, and tells what came of it.
    #[arg(long, conflicts_with_all = ["replay", "only", "bug", "planted", "baselines"])]
    crashes: bool,
    /// With the crashes: the large scenes, and a second crash at every await of the next invocation.
    #[arg(long, requires = "crashes")]
    twice: bool,
    /// With the crashes: only the scenes whose name holds this.
    #[arg(long, requires = "crashes", value_name = "NAME")]
    scene: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let well = if arguments.planted {
        let found = report::planted(arguments.seeds);
        say(&table::planted(&found));
        found.iter().all(|one| one.first.is_some())
    } else if arguments.baselines {
        say(&table::baselines(&report::baselines(arguments.seeds)));
        true
    } else if arguments.crashes {
        crashes(&arguments)
    } else {
        simulate(&arguments)
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A reader that went away is no failure of the simulation.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Whether every crash was made good, every method was reached by one, and the planted flaws are found.
fn crashes(arguments: &Arguments) -> bool {
    let only = arguments.scene.clone().map(|name| &*name.leak());
    let all = crash::Options::default();
    let options = crash::Options { large: arguments.twice, twice: arguments.twice, only, ..all };
    let crashed = crash::all(&options);
    let known = report::used(arguments.from, 500);
    let mut unreached = crashed.unreached(&known);
    unreached.retain(|one| !crash::UNPLAYED.contains(one));
    say(&crash::table(&crashed));
    say("\nHow often each died before and after each method of its ports:\n");
    say(&crash::methods(&crashed));
    let planted = crash::planted();
    say("");
    for (flaw, what, found) in &planted {
        say(&format!("* planted: {flaw:?} ({what}): {} runs went wrong", table::number(*found)));
    }
    for (function, method) in crash::UNPLAYED {
        say(&format!("* no scene comes to this: {}, {method}", table::name(function)));
    }
    for one in &crashed.failures {
        let _ = writeln!(io::stderr(), "{one}");
    }
    for (function, method) in &unreached {
        let name = table::name(*function);
        let _ = writeln!(io::stderr(), "{name} was never killed on both sides of {method}");
    }
    crashed.failures.is_empty()
        && crashed.wrong() == 0
        && unreached.is_empty()
        && planted.iter().all(|(_, _, found)| *found > 0)
}

/// Whether no promise was broken.
fn simulate(arguments: &Arguments) -> bool {
    let all = Bug::ALL.iter().zip(Bug::NAMES);
    let named = all.filter(|(_, name)| arguments.bug.as_deref() == Some(**name));
    let setup = Setup {
        swarm: (!arguments.only.is_empty()).then(|| Swarm::only(&arguments.only)),
        bug: named.map(|((bug, _), _)| *bug).next(),
        ..Setup::default()
    };
    if let Some(seed) = arguments.replay {
        let (smallest, _) = report::shrink(&Setup { seed, ..setup });
        let outcome = run(&Setup { history: true, ..smallest });
        say(&table::story(&smallest, &outcome));
        return outcome.violations.is_empty();
    }
    let summary = report::many(arguments.from, arguments.seeds, &setup);
    say(&table::summary(&summary));
    say(&table::failures(&summary));
    summary.failed.is_empty()
}
