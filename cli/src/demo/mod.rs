//! `muster demo`: a whole life of a cluster, on the local AWS, against the six real binaries.

mod hosts;
mod roll;
mod stage;
mod steps;
mod tale;
mod world;

use crate::error::{Error, Trouble};
use crate::out::{self, BAD, BOLD, DIM, GOOD};
use crate::project::Project;
use local_aws::{LocalAws, Pace, Setup};
use serde_json::json;
use stage::Stage;
use std::fs::File;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;

/// How fast the story is told to a person, in world seconds a second.
const FOR_A_PERSON: u32 = 120;

/// Play a whole life of a cluster on the local AWS, with the real functions.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Keep the local AWS up before the last step, the stack's deletion, until ctrl-c.
    #[arg(long)]
    listen: bool,
    /// The port on 127.0.0.1; any free one if not given.
    #[arg(long)]
    port: Option<u16>,
    /// World seconds that pass in a second at most [default: 120 on a terminal, else no limit].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    speed: Option<u32>,
    /// Where every id of the local AWS comes from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the lines that the functions write in this file, for `muster explain --file`.
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,
    /// Use the function binaries beside this one as they are.
    #[arg(long)]
    skip_build: bool,
    /// The project's folder.
    #[arg(long)]
    root: Option<PathBuf>,
}

/// Plays the story; an error names the step that does not hold.
pub(crate) async fn run(arguments: Arguments) -> crate::Result<()> {
    let project = Project::find(arguments.root.clone())?;
    let binaries = project.binaries(arguments.skip_build)?;
    let config = local_aws::world::Config { seed: arguments.seed, ..Default::default() };
    let setup = Setup {
        template: project.template(None, &config.account, &config.region)?,
        world: config,
        binaries,
        port: arguments.port,
        pace: pace(&arguments),
    };
    let kept = arguments.records.as_deref().map(|path| {
        let unusable =
            |fault: std::io::Error| Error::File { path: path.to_owned(), told: fault.to_string() };
        File::create(path).map_err(unusable)
    });
    let kept = kept.transpose()?;
    let began = Instant::now();
    let mut stage = Stage::new(LocalAws::start(setup).await?, arguments.json, kept);
    let mut story = steps::Story::default();
    let last = steps::TITLES.len();
    let mut result = play(&mut story, &mut stage, 1..last).await;
    if arguments.listen && result.is_ok() {
        listen(&stage).await;
    }
    if result.is_ok() {
        result = play(&mut story, &mut stage, last..last.saturating_add(1)).await;
    }
    roll::print(&mut stage, began.elapsed(), result.is_ok());
    if result.is_err() {
        stage.last_words();
    }
    stage.aws.stop().await;
    result
}

fn pace(arguments: &Arguments) -> Pace {
    match arguments.speed {
        Some(speed) => Pace::AtMost(speed),
        None if std::io::stdout().is_terminal() && !arguments.json => Pace::AtMost(FOR_A_PERSON),
        None => Pace::Unbounded,
    }
}

async fn play(
    story: &mut steps::Story,
    stage: &mut Stage,
    numbers: std::ops::Range<usize>,
) -> crate::Result<()> {
    let titles = (1..).zip(steps::TITLES).filter(|(number, _)| numbers.contains(number));
    for (number, title) in titles {
        let from = stage.now();
        stage.heading(number, title);
        let result = Box::pin(story.step(number, stage)).await;
        stage.catch_up();
        let took = stage.now().duration_since(from);
        tell(stage, number, title, took, result.as_ref().err());
        result.map_err(|trouble| Error::Step { number, title, told: trouble.to_string() })?;
    }
    Ok(())
}

fn tell(
    stage: &Stage,
    number: usize,
    title: &str,
    took: jiff::SignedDuration,
    trouble: Option<&Trouble>,
) {
    let seconds = took.as_secs();
    let took = jiff::SignedDuration::from_secs(seconds);
    if stage.json {
        let told = trouble.map(ToString::to_string);
        out::line(json!({
            "step": number, "title": title, "holds": told.is_none(), "trouble": told,
            "world_seconds": seconds,
        }));
        return;
    }
    match trouble {
        None => out::line(format_args!("{GOOD}  ✔ holds{GOOD:#} {DIM}after {took:#}{DIM:#}\n")),
        Some(trouble) => out::line(format_args!("{BAD}  ✘ {trouble}{BAD:#}\n")),
    }
}

async fn listen(stage: &Stage) {
    let endpoint = stage.aws.endpoint();
    let (role, host) = (stage.role.clone(), stage.a_host());
    let aws = format!("aws --endpoint-url {endpoint}");
    if stage.json {
        out::line(json!({ "listening": endpoint, "role": role, "host": host }));
    } else {
        out::line(format_args!(
            "{BOLD}The local AWS is up at {endpoint}{BOLD:#} until ctrl-c, and then the stack is deleted. For example:\n"
        ));
        for line in [
            "export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_REGION=us-west-2".to_owned(),
            format!(
                "{aws} ecs list-container-instances --cluster demo --filter \"ec2InstanceId == {host}\""
            ),
            format!("{aws} autoscaling describe-auto-scaling-instances"),
            format!("{aws} iam get-role --role-name {role}"),
            format!("{aws} ec2 describe-instances"),
        ] {
            out::line(format_args!("  {line}"));
        }
    }
    let live = stage.aws.run_live();
    tokio::select! {
        () = live => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
