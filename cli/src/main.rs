//! `muster`: the command line of the people on call.

mod demo;
mod error;
mod out;
mod project;
mod replay;

use clap::{Parser, Subcommand};
use error::Error;
use std::process::ExitCode;

/// Keeps the roll of an Amazon ECS cluster's hosts.
#[derive(Debug, Parser)]
#[command(name = "muster", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a whole life of a cluster on the local AWS, with the real functions.
    Demo(demo::Arguments),
    /// Hand events to the functions that they would wake, on the local AWS.
    Replay(replay::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let result = match command {
        Command::Demo(arguments) => Box::pin(demo::run(arguments)).await,
        Command::Replay(arguments) => Box::pin(replay::run(arguments)).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            out::fault(&fault.to_string());
            ExitCode::FAILURE
        }
    }
}

type Result<T> = std::result::Result<T, Error>;
