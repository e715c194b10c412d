//! `model`: every history of a few hosts, and the bugs that it must find.

use clap::Parser;
use clap::builder::PossibleValuesParser;
use model::table::{self, Row};
use model::world::Moves;
use model::worlds::World;
use model::{Bug, Setup, check, worlds};
use std::io::{self, Write};
use std::process::ExitCode;

/// Goes through every history of a few hosts with the judgements that ship, and looks for the bugs that are planted.
#[derive(Debug, Parser)]
#[command(name = "model", bin_name = "cargo xtask model")]
struct Arguments {
    /// The long form: larger worlds in full, and the bounded ones to 20 million states.
    #[arg(long)]
    full: bool,
    /// Tells the shortest history in which this planted bug shows. A wrong one lists them.
    #[arg(long, value_parser = PossibleValuesParser::new(Bug::NAMES), hide_possible_values = true)]
    bug: Option<String>,
    /// One world only, of so many hosts.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3), conflicts_with_all = ["full", "bug"])]
    hosts: Option<u8>,
    /// What befalls the hosts of that world, beside launches, scale-in, time-outs and agents.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(Moves::NAMES), requires = "hosts")]
    befalls: Vec<String>,
    /// Reads of that world are always true.
    #[arg(long, requires = "hosts")]
    calm: bool,
    /// How many invocations are in flight at a time in that world.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=2))]
    in_flight: u8,
    /// How many of its states are generated at most.
    #[arg(long, requires = "hosts")]
    bound: Option<usize>,
}

impl Arguments {
    /// The world that was asked for.
    fn world(&self) -> Option<World> {
        let (moves, hosts) = (Moves::named(&self.befalls), self.hosts?.into());
        let (faults, in_flight) = (!self.calm, self.in_flight.into());
        Some(("as asked", Setup { hosts, moves, faults, in_flight, bound: self.bound, bug: None }))
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let named = |bug: &Bug| arguments.bug.as_deref() == Some(format!("{bug:?}").as_str());
    let well = match Bug::ALL.iter().map(|(bug, ..)| *bug).find(named) {
        Some(bug) => told(bug),
        None if arguments.world().is_some() => {
            through(arguments.world().into_iter().collect()).is_some_and(|rows| are_well(&rows))
        }
        None => all(arguments.full),
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A reader that went away is no failure of the model.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn progress(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn told(bug: Bug) -> bool {
    let found = check(worlds::of(bug));
    say(&found.as_ref().map(table::history).unwrap_or_default());
    found.is_some_and(|found| found.broken.is_some())
}

/// Goes through worlds and tells of them.
fn through(worlds: Vec<World>) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for (world, setup) in worlds {
        progress(&format!("{} hosts: {world}", setup.hosts));
        let found = check(setup)?;
        if found.broken.is_some() {
            progress(&table::history(&found));
        }
        rows.push(Row { world, setup, found });
    }
    say(&format!("{}\n\n{}\n", table::worlds(&rows), table::reached(&rows)));
    Some(rows)
}

fn are_well(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.found.broken.is_none())
}

fn all(full: bool) -> bool {
    let Some(rows) = through(worlds::all(full)) else {
        return false;
    };
    let bugs: Vec<_> = Bug::ALL
        .iter()
        .map(|(bug, what, _)| {
            progress(&format!("{bug:?}"));
            (*bug, *what, check(worlds::of(*bug)))
        })
        .collect();
    say(&table::planted(&bugs));
    let found = |found: &Option<model::Found>| found.as_ref().is_some_and(|it| it.broken.is_some());
    are_well(&rows) && table::missing(&rows).is_empty() && bugs.iter().all(|(_, _, it)| found(it))
}
