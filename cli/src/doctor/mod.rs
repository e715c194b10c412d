//! `muster doctor`: why a host is not in, or will not go; and what is not well with a group.

mod report;

use crate::account::{self, Account, Settings, Survey, Unsuitable, surveys};
use crate::error::Error;
use crate::out;
use aws::Aws;
use domain::breaker::Open;
use domain::host::Seen;
use domain::plan::Hold;
use domain::{ClusterName, GroupView, HostView, InstanceId, Phase, Policy, checkup, diagnosis};
use ports::{ECS_BATCH, Examine as _, Gauge as _, Reads as _, look};
use report::Report;
use std::collections::BTreeSet;

/// How many hosts of a cluster are examined closely, a dozen calls each.
const EXAMINED: usize = 10;

/// Why a host is not in, or will not go: each check with its evidence, verdict and remedy, the likeliest cause first.
///
/// Without a host, every group and every host that is not plainly settled. The exit code is 0 if all is well, 2 if something
/// is not, 3 if that could not be told, and 1 if the command itself failed.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: Account,
    /// The host's instance id.
    #[arg(value_name = "HOST", value_parser = account::host)]
    host: Option<InstanceId>,
    /// The cluster where it should be, by name or ARN [default: that of its group].
    #[arg(long, value_parser = account::cluster)]
    cluster: Option<ClusterName>,
    /// Also the checks that find nothing.
    #[arg(long)]
    all: bool,
    /// Print one JSON object for each host and group.
    #[arg(long)]
    json: bool,
}

/// Examines, and fails with what it found.
pub(crate) async fn run(arguments: Arguments) -> crate::Result<()> {
    let aws = arguments.account.reach().await?;
    let settings = Settings::read(&aws, &arguments.account).await?.for_a_look();
    let cluster = arguments.cluster.as_ref();
    let reports = if let Some(host) = &arguments.host {
        Box::pin(of_one(&aws, &settings, host, cluster)).await?
    } else {
        Box::pin(of_clusters(&aws, &settings, cluster)).await?
    };
    for report in &reports {
        if arguments.json {
            out::line(report.json());
        } else {
            report.print(arguments.all);
        }
    }
    let unwell = reports.iter().filter(|report| report.is_unwell()).count();
    let unread = reports.iter().filter(|report| report.is_unread()).count();
    match (unwell, unread) {
        (0, 0) => Ok(()),
        (0, unread) => Err(Error::Unread(unread, reports.len())),
        (unwell, _) => Err(Error::Unwell(unwell, reports.len())),
    }
}

async fn of_one(
    aws: &Aws,
    settings: &Policy,
    instance: &InstanceId,
    asked: Option<&ClusterName>,
) -> crate::Result<Vec<Report>> {
    let sighting = look::host(aws, instance, true, asked).await;
    let cluster = sighting.host.cluster.clone().or_else(|| asked.cloned());
    let Some(cluster) = cluster else {
        if let Err(fault) = sighting.host.seat.known() {
            return Err(fault.clone().into());
        }
        return Err(Unsuitable::NoSuchHost(instance.clone()).into());
    };
    // What the sweep would do follows from the whole crowd.
    let surveyed = surveys(aws, settings, Some(&cluster)).await.ok().and_then(|mut it| it.pop());
    let verdict = surveyed.as_ref().and_then(|it| it.plan.hosts.get(instance));
    let hold = verdict.and_then(|verdict| verdict.hold.as_ref());
    let group = match sighting.group {
        Some(mut group) => {
            group.hooks = Some(Seen::from(aws.hooks(&group.name).await));
            Some(group)
        }
        None => None,
    };
    let mut report = Report::of_host(instance, sighting.host.phase());
    if let Some(verdict) = verdict {
        report.next(verdict);
    }
    report.checkup(of_host(aws, &cluster, &sighting.host, group.as_ref(), hold).await);
    if needs_diagnosis(&sighting.host, asked.is_some()) {
        let facts = aws.facts(instance, &cluster).await;
        report.diagnosis(diagnosis::judge(&cluster, &facts).findings);
    }
    let mut reports = vec![report];
    if let Some(group) = &group {
        let open = surveyed.as_ref().and_then(|survey| open(survey, group));
        reports.extend(group_report(group, settings, open));
    }
    Ok(reports)
}

async fn of_clusters(
    aws: &Aws,
    settings: &Policy,
    only: Option<&ClusterName>,
) -> crate::Result<Vec<Report>> {
    let mut reports = Vec::new();
    for mut survey in surveys(aws, settings, only).await? {
        let mut examined = 0_usize;
        for group in survey.groups.values_mut() {
            group.hooks = Some(Seen::from(aws.hooks(&group.name).await));
        }
        for group in survey.groups.values() {
            let open = open(&survey, group);
            let found = group_report(group, settings, open);
            reports.push(found.unwrap_or_else(|| Report::of_group(&group.name)));
        }
        for host in &survey.hosts {
            let verdict = survey.plan.hosts.get(&host.instance);
            let hold = verdict.and_then(|verdict| verdict.hold.as_ref());
            let group = host.group().and_then(|name| survey.groups.get(name));
            let mut report = Report::of_host(&host.instance, host.phase());
            if let Some(verdict) = verdict {
                report.next(verdict);
            }
            report.checkup(of_host(aws, &survey.cluster, host, group, hold).await);
            if needs_diagnosis(host, false) && examined < EXAMINED {
                examined = examined.saturating_add(1);
                let facts = aws.facts(&host.instance, &survey.cluster).await;
                report.diagnosis(diagnosis::judge(&survey.cluster, &facts).findings);
            }
            if report.is_unwell() || report.is_unread() {
                reports.push(report);
            }
        }
    }
    Ok(reports)
}

/// Whether it is to be asked why its agent is not there. Of a host that leaves, that is no question.
fn needs_diagnosis(host: &HostView, asked: bool) -> bool {
    let connected = host.standing().any(|one| one.agent_connected);
    let leaves = host.lifecycle().is_some_and(|it| it.is_leaving() || it.is_held_leaving());
    let gone = host.machine_is_gone() && host.phase() != Phase::Stray;
    let seated = matches!(host.seat, Seen::Known(Some(_)));
    !connected && !leaves && (seated && !gone || asked)
}

async fn of_host(
    aws: &Aws,
    cluster: &ClusterName,
    host: &HostView,
    group: Option<&GroupView>,
    hold: Option<&Hold>,
) -> Vec<checkup::Finding> {
    let mut protected = BTreeSet::new();
    for one in host.standing() {
        let Some(Seen::Known(tasks)) = &one.tasks else {
            continue;
        };
        let moves = tasks.left.iter().filter(|task| task.service().is_some());
        let arns: Vec<String> = moves.map(|task| task.arn.clone()).collect();
        for batch in arns.chunks(ECS_BATCH) {
            // It only explains: what cannot be read is left out.
            protected.extend(aws.protected(cluster, batch).await.unwrap_or_default());
        }
    }
    let mut host = host.clone();
    with_services(aws, cluster, &mut host).await;
    checkup::of_host(&checkup::Case { host: &host, group, hold, protected: &protected })
}

/// The sweep asks only of slow drains what their services allow; a person wants to know at once.
async fn with_services(aws: &Aws, cluster: &ClusterName, host: &mut HostView) {
    let Seen::Known(registrations) = &mut host.registrations else {
        return;
    };
    for one in registrations {
        let Some(Seen::Known(tasks)) = &mut one.tasks else {
            continue;
        };
        if !tasks.services.is_empty() {
            continue;
        }
        let names: BTreeSet<String> =
            tasks.left.iter().filter_map(|task| task.service().map(str::to_owned)).collect();
        tasks.services = look::services(aws, cluster, names).await.into_values().collect();
    }
}

fn group_report(group: &GroupView, settings: &Policy, open: Option<Open>) -> Option<Report> {
    let mut report = Report::of_group(&group.name);
    match group.hooks.as_ref()? {
        Seen::Known(hooks) => {
            report.checkup(checkup::of_group(group, Some(hooks), settings, open));
        }
        Seen::Unknown(fault) => {
            report.checkup(checkup::of_group(group, None, settings, open));
            report.unread(fault);
        }
    }
    (report.is_unwell() || report.is_unread()).then_some(report)
}

fn open(survey: &Survey, group: &GroupView) -> Option<Open> {
    match survey.plan.groups.get(&group.name)?.hold {
        Some(Hold::BreakerOpen { open }) => Some(open),
        _ => None,
    }
}
