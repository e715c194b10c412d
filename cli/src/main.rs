//! `muster`: the command line of the people on call.

mod account;
mod demo;
mod doctor;
mod enrol;
mod error;
mod explain;
mod hand;
mod html;
mod next;
mod out;
mod plan;
mod project;
mod replay;
mod shell;
mod simulate;
mod span;
mod status;

use clap::{Parser, Subcommand};
use error::Error;
use std::process::ExitCode;

/// Keeps the roll of an Amazon ECS cluster's hosts.
#[derive(Debug, Parser)]
#[command(name = "muster", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a whole life of a cluster on the local AWS, with the real functions.
    Demo(demo::Arguments),
    Status(status::Arguments),
    Doctor(doctor::Arguments),
    Plan(plan::Arguments),
    Sweep(plan::Sweep),
    Drain(hand::Drain),
    Release(hand::Release),
    Protect(hand::Protect),
    Explain(explain::Arguments),
    Enroll(enrol::Enroll),
    Withdraw(enrol::Withdraw),
    /// Hand events to the functions that they would wake, on the local AWS.
    Replay(replay::Arguments),
    Simulate(simulate::Arguments),
    Completions(shell::Completions),
    Man(shell::Man),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let result = match command {
        Command::Demo(arguments) => Box::pin(demo::run(arguments)).await,
        Command::Status(arguments) => Box::pin(status::run(arguments)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(arguments)).await,
        Command::Plan(arguments) => Box::pin(plan::run(arguments)).await,
        Command::Sweep(arguments) => Box::pin(plan::sweep(arguments)).await,
        Command::Drain(arguments) => Box::pin(hand::drain(arguments)).await,
        Command::Release(arguments) => Box::pin(hand::release(arguments)).await,
        Command::Protect(arguments) => Box::pin(hand::protect(arguments)).await,
        Command::Explain(arguments) => Box::pin(explain::run(arguments)).await,
        Command::Enroll(arguments) => Box::pin(enrol::enroll(arguments)).await,
        Command::Withdraw(arguments) => Box::pin(enrol::withdraw(arguments)).await,
        Command::Replay(arguments) => Box::pin(replay::run(arguments)).await,
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Completions(arguments) => {
            shell::completions(&arguments);
            Ok(())
        }
        Command::Man(arguments) => shell::man(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            out::fault(&fault.to_string());
            if let Error::Fault(fault) = &fault
                && let Some(remedy) = account::remedy(fault)
            {
                out::note(&remedy);
            }
            ExitCode::from(fault.code())
        }
    }
}

type Result<T> = std::result::Result<T, Error>;
