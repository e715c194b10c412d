//! `muster enroll` and `muster withdraw`: a group is put under Muster, or taken out.

use crate::account::{self, Account, Settings, Unsuitable};
use crate::error::Error;
use crate::out::{self, BOLD, DIM, GOOD};
use aws::Aws;
use domain::group::{Hook, Hooks};
use domain::names::CLUSTER_TAG;
use domain::plan::HookOf;
use domain::{ClusterName, Fault, GroupName, GroupView, Standing};
use ports::{Enrol as _, Reads as _};
use std::fmt;
use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

/// Put an Auto Scaling group under Muster: its two hooks, then the tag that is the opt-in.
///
/// The change is shown first. Hosts that are there already stay as they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Enroll {
    #[command(flatten)]
    which: Which,
    /// The cluster that its hosts join, by name or ARN.
    #[arg(long, value_parser = account::cluster)]
    cluster: ClusterName,
    /// How long a launching host is held; some minutes longer than the join patience.
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800)]
    #[arg(value_parser = clap::value_parser!(u32).range(120..=7_200))]
    launch_seconds: u32,
    /// How long a leaving host is held each time.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    #[arg(value_parser = clap::value_parser!(u32).range(120..=7_200))]
    terminate_seconds: u32,
}

/// Take a group out of Muster's hands: the tags `muster:*`, then its two hooks.
///
/// Refused while a hook of ours holds a host: AWS would abandon a launch, and cut off a drain.
#[derive(Debug, clap::Args)]
pub(crate) struct Withdraw {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Which {
    #[command(flatten)]
    account: Account,
    /// The group's name.
    #[arg(value_name = "GROUP", value_parser = account::group)]
    group: GroupName,
    /// Do it without asking.
    #[arg(long)]
    yes: bool,
    /// Show what would be done, and do nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// One change of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Hook(HookOf, Duration),
    NoHook(HookOf),
    Tag(String, String),
    NoTag(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hook(hook, long) => {
                write!(f, "+ hook {}, {} s, then ", hook.name(), long.as_secs())?;
                f.write_str(if *hook == HookOf::Launch { "ABANDON" } else { "CONTINUE" })
            }
            Self::NoHook(hook) => write!(f, "- hook {}", hook.name()),
            Self::Tag(key, value) => write!(f, "+ tag {key} = {value}"),
            Self::NoTag(key) => write!(f, "- tag {key}"),
        }
    }
}

/// Puts a group under Muster.
pub(crate) async fn enroll(arguments: Enroll) -> crate::Result<()> {
    let Enroll { which, cluster, launch_seconds, terminate_seconds } = arguments;
    let aws = which.account.reach().await?;
    let settings = Settings::read(&aws, &which.account).await?.for_a_look();
    let (group, hooks) = which.look(&aws).await?;
    let refused = |why: String| Unsuitable::NotThisGroup { group: which.group.clone(), why };
    if let Some(other) = group.cluster().filter(|other| *other != cluster) {
        return Err(refused(format!("it is under Muster for the cluster {other}")).into());
    }
    let policy = settings.overridden_by(&group.tags).0;
    let launch = Duration::from_secs(launch_seconds.into());
    if launch <= policy.join_patience {
        let patience = policy.join_patience.as_secs();
        let why = format!("--launch-seconds must be more than the join patience of {patience} s");
        return Err(refused(why).into());
    }
    // A cluster that is not there is told now, not by hosts that never join.
    aws.registration_arns(&cluster, None, None).await?;
    let terminate = Duration::from_secs(terminate_seconds.into());
    let tag = Change::Tag(CLUSTER_TAG.to_owned(), cluster.to_string());
    let tagged = group.cluster().is_some();
    // The hooks first: with the tag alone, a host would go before it is drained.
    let changes: Vec<Change> = hook(hooks.launch, HookOf::Launch, launch)
        .into_iter()
        .chain(hook(hooks.terminate, HookOf::Terminate, terminate))
        .chain((!tagged).then_some(tag))
        .collect();
    which.change(&aws, &changes).await
}

/// A hook as it should be, unless it is so.
fn hook(there: Option<Hook>, which: HookOf, heartbeat: Duration) -> Option<Change> {
    let continues = which == HookOf::Terminate;
    let same = there.is_some_and(|it| it.heartbeat == heartbeat && it.continues == continues);
    (!same).then_some(Change::Hook(which, heartbeat))
}

/// Takes a group out of Muster's hands.
pub(crate) async fn withdraw(Withdraw { which }: Withdraw) -> crate::Result<()> {
    let aws = which.account.reach().await?;
    let (group, hooks) = which.look(&aws).await?;
    let held: Vec<String> = group
        .seats
        .iter()
        .filter(|(_, seat)| seat.lifecycle.as_str().ends_with(":Wait"))
        .map(|(instance, seat)| format!("{instance} ({})", seat.lifecycle.as_str()))
        .collect();
    if !held.is_empty() {
        let why = format!(
            "its hooks hold {}; AWS would abandon a launch, and cut off a drain; wait until they have passed",
            held.join(", ")
        );
        return Err(Unsuitable::NotThisGroup { group: which.group, why }.into());
    }
    // The tag first: without it no function acts any more.
    let tags = group.tags.keys().filter(|key| key.starts_with("muster:"));
    let (first, others): (Vec<&String>, Vec<&String>) = tags.partition(|key| *key == CLUSTER_TAG);
    let tags = first.into_iter().chain(others).cloned().map(Change::NoTag);
    let there = [(hooks.launch, HookOf::Launch), (hooks.terminate, HookOf::Terminate)];
    let hooks = there.into_iter().filter(|(there, _)| there.is_some());
    let changes: Vec<Change> = tags.chain(hooks.map(|(_, which)| Change::NoHook(which))).collect();
    which.change(&aws, &changes).await
}

impl Which {
    async fn look(&self, aws: &Aws) -> crate::Result<(GroupView, Hooks)> {
        let group = aws.group(&self.group).await?;
        let group = group.ok_or_else(|| Unsuitable::NoSuchGroup(self.group.clone()))?;
        Ok((group, aws.hooks(&self.group).await?))
    }

    /// Shows the changes, asks, and makes them.
    async fn change(&self, aws: &Aws, changes: &[Change]) -> crate::Result<()> {
        out::line(format_args!("{BOLD}{}{BOLD:#}", self.group));
        for change in changes {
            out::line(format_args!("  {change}"));
        }
        if changes.is_empty() {
            out::line(format_args!("  {DIM}it is so already{DIM:#}"));
        }
        if changes.is_empty() || self.dry_run {
            return Ok(());
        }
        if !self.yes && !agreed() {
            return Err(Error::NotAgreed);
        }
        for change in changes {
            match make(aws, &self.group, change).await {
                Err(fault) if fault.standing() != Standing::Moot => return Err(fault.into()),
                Ok(()) | Err(_) => out::line(format_args!("  {change} → {GOOD}done{GOOD:#}")),
            }
        }
        Ok(())
    }
}

async fn make(aws: &Aws, group: &GroupName, change: &Change) -> Result<(), Fault> {
    match change {
        Change::Hook(hook, heartbeat) => aws.put_hook(group, *hook, *heartbeat).await,
        Change::NoHook(hook) => aws.delete_hook(group, *hook).await,
        Change::Tag(key, value) => aws.set_tag(group, key, value).await,
        Change::NoTag(key) => aws.delete_tag(group, key).await,
    }
}

/// Asks on a terminal.
fn agreed() -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    out::note("Shall this be done? Type yes:");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && answer.trim() == "yes"
}
