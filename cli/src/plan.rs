//! `muster plan` and `muster sweep`: what the reconciler would do now, and doing it once.

use crate::account::{self, Account, Settings, Survey, surveys};
use crate::error::Error;
use crate::next;
use crate::out::{self, BAD, BOLD, DIM, GOOD};
use domain::ClusterName;
use domain::plan::{Step, Verdict};
use domain::told::Slice;
use lambda::Record;
use ports::look::Fleet;
use ports::{Done, Outcome};
use serde_json::json;

/// What the reconciler would do now: every action that is due, and every host that waits, with the reason.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: Account,
    /// Only this cluster, by name or ARN.
    #[arg(long, value_parser = account::cluster)]
    cluster: Option<ClusterName>,
    /// Print one JSON object for each host or group that is not plainly settled.
    #[arg(long)]
    json: bool,
}

/// Do once what the reconciler does each minute, with the same judgements, second looks and breaker.
#[derive(Debug, clap::Args)]
pub(crate) struct Sweep {
    #[command(flatten)]
    plan: Arguments,
    /// Do it. Without this, what would be done is shown.
    #[arg(long)]
    yes: bool,
    /// Show what would be done, and do nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// Shows the plan.
pub(crate) async fn run(arguments: Arguments) -> crate::Result<()> {
    let aws = arguments.account.reach().await?;
    let settings = Settings::read(&aws, &arguments.account).await?.for_a_look();
    for survey in surveys(&aws, &settings, arguments.cluster.as_ref()).await? {
        show(&survey, arguments.json);
    }
    Ok(())
}

/// Sweeps once, or shows what that would do.
pub(crate) async fn sweep(Sweep { plan, yes, dry_run }: Sweep) -> crate::Result<()> {
    if dry_run || !yes {
        let as_json = plan.json;
        run(plan).await?;
        if !as_json && !dry_run {
            out::note("Nothing was done: say --yes to do it.");
        }
        return Ok(());
    }
    let aws = plan.account.reach().await?;
    let settings = Settings::read(&aws, &plan.account).await?.for_an_act()?;
    let clusters = account::clusters(&aws, plan.cluster.as_ref()).await?;
    // The groups' age counts from here, not from behind the next look.
    let mut fleet = Fleet::of(&aws, clusters);
    let troubles = lambda::sweep::troubles(&aws).await;
    let mut failed = 0_usize;
    while let Some(turn) = fleet.next(&aws).await {
        let cluster = turn.cluster.clone();
        let mut record = Record { function: "muster sweep".to_owned(), ..Record::default() };
        let whole = Slice::WHOLE;
        let sweep = lambda::sweep::cluster(&aws, &settings, turn, &troubles, whole, &mut record);
        Box::pin(sweep).await;
        failed = failed.saturating_add(done(&cluster, &record, plan.json));
    }
    if failed == 0 { Ok(()) } else { Err(Error::Failed(failed)) }
}

fn show(survey: &Survey, as_json: bool) {
    let groups = survey.plan.groups.iter().map(|(name, verdict)| (name.as_str(), verdict));
    let hosts = survey.plan.hosts.iter().map(|(name, verdict)| (name.as_str(), verdict));
    let open: Vec<(&str, &Verdict)> =
        groups.chain(hosts).filter(|(_, verdict)| !next::is_settled(verdict)).collect();
    if as_json {
        for (name, verdict) in open {
            out::line(json!({
                "cluster": survey.cluster, "name": name, "phase": verdict.phase,
                "steps": verdict.steps, "hold": verdict.hold,
            }));
        }
        return;
    }
    let hosts = survey.hosts.len();
    out::line(format_args!("{BOLD}{}{BOLD:#} {DIM}{hosts} hosts{DIM:#}", survey.cluster));
    if open.is_empty() {
        out::line("  nothing is due");
    }
    for (name, verdict) in open {
        for step in &verdict.steps {
            out::line(format_args!("  {name}: {}", told(step)));
        }
        if let Some(hold) = &verdict.hold {
            out::line(format_args!("  {name}: {DIM}waits: {hold}{DIM:#}"));
        }
    }
}

fn told(Step { action, because, .. }: &Step) -> String {
    format!("{action} {DIM}because {because}{DIM:#}")
}

/// Tells what a sweep did; how many actions failed.
fn done(cluster: &ClusterName, record: &Record, as_json: bool) -> usize {
    let failed = |one: &&Done| matches!(one.outcome, Outcome::Failed(_));
    let unread = usize::from(record.lines.is_empty() && record.hold.is_some());
    let failed = record.lines.iter().flat_map(|line| &line.actions).filter(failed).count() + unread;
    if as_json {
        out::line(json!({ "cluster": cluster, "record": record }));
        return failed;
    }
    out::line(format_args!("{BOLD}{cluster}{BOLD:#}"));
    if let Some(hold) = record.hold.as_ref().filter(|_| unread > 0) {
        out::line(format_args!("  {BAD}{hold}{BAD:#}"));
    }
    if record.lines.is_empty() && unread == 0 {
        out::line("  nothing was due");
    }
    for line in &record.lines {
        for Done { step, outcome } in &line.actions {
            let (style, how) = match outcome {
                Outcome::Done => (GOOD, "done".to_owned()),
                Outcome::Failed(fault) => (BAD, format!("failed: {fault}")),
                other => (DIM, other.label().to_owned()),
            };
            out::line(format_args!("  {}: {} → {style}{how}{style:#}", line.name, told(step)));
        }
        if let Some(hold) = &line.hold {
            out::line(format_args!("  {}: {DIM}waits: {hold}{DIM:#}", line.name));
        }
    }
    failed
}
