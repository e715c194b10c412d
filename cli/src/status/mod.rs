//! `muster status`: the roll.

mod groups;
mod roll;

use crate::account::{self, Account, Settings, Survey, surveys};
use crate::out::{self, BOLD, DIM};
use domain::ClusterName;
use ports::Session as _;
use roll::Row;
use std::time::Duration;

/// The roll: every host, where it is in its life, and what Muster would do next.
///
/// It reads in bulk: a call for every hundred hosts and group, and EC2 only where a host is not plainly settled.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: Account,
    /// Only this cluster, by name or ARN.
    #[arg(long, value_parser = account::cluster)]
    cluster: Option<ClusterName>,
    /// Only hosts that are not plainly settled.
    #[arg(long)]
    unsettled: bool,
    /// Look again every so many seconds, until ctrl-c.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "10")]
    #[arg(value_parser = clap::value_parser!(u64).range(2..=3600))]
    watch: Option<u64>,
    /// Print one JSON object a host, and one a group.
    #[arg(long)]
    json: bool,
}

/// Prints the roll, once or again and again.
pub(crate) async fn run(arguments: Arguments) -> crate::Result<()> {
    let aws = arguments.account.reach().await?;
    let settings = Settings::read(&aws, &arguments.account).await?.for_a_look();
    loop {
        let all = surveys(&aws, &settings, arguments.cluster.as_ref()).await?;
        if arguments.watch.is_some() && !arguments.json {
            out::clear();
        }
        for survey in &all {
            print(survey, &arguments);
        }
        if !arguments.json {
            let calls: u32 = aws.calls().values().sum();
            out::line(format_args!("{DIM}{calls} calls{DIM:#}"));
        }
        let Some(seconds) = arguments.watch else {
            return Ok(());
        };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
        account::begin(&aws);
    }
}

fn print(survey: &Survey, arguments: &Arguments) {
    let shown = |row: &Row| !arguments.unsettled || !row.settled;
    let rows: Vec<Row> = roll::rows(survey).into_iter().filter(shown).collect();
    if arguments.json {
        for row in &rows {
            out::line(row.json(&survey.cluster));
        }
        for group in groups::summaries(survey) {
            out::line(group.json(&survey.cluster));
        }
        return;
    }
    out::line(format_args!("{BOLD}{}{BOLD:#}", survey.cluster));
    if rows.is_empty() {
        let what = if arguments.unsettled { "every host is settled" } else { "no host" };
        out::line(what);
    } else {
        out::line(roll::table(&rows));
    }
    for group in groups::summaries(survey) {
        out::line(group);
    }
    out::line("");
}
