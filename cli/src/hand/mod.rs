//! What a person does to hosts by hand: `muster drain`, `muster release`, `muster protect`.
//!
//! What a person drains carries no mark of ours, so that no function sets it ACTIVE again (S5).

mod wait;

use crate::account::{self, Account, Unsuitable};
use crate::error::Error;
use crate::out::{self, BAD, DIM, GOOD};
use aws::Aws;
use domain::host::{Registration, RegistrationStatus};
use domain::{Action, ClusterName, HostView, InstanceId};
use ports::{Act as _, look};
use serde_json::json;

/// Set hosts DRAINING: they take no new tasks, and their services' tasks move elsewhere.
///
/// Muster leaves such a host alone until it is released, or until its group terminates it.
#[derive(Debug, clap::Args)]
pub(crate) struct Drain {
    #[command(flatten)]
    hosts: Hosts,
    /// Wait until they are empty; two looks ten seconds apart must say so.
    #[arg(long)]
    wait: bool,
    /// How long to wait at most, in minutes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=2_880))]
    minutes: u32,
}

/// Set hosts ACTIVE again, whoever drained them.
#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    #[command(flatten)]
    hosts: Hosts,
}

/// Protect hosts from their group's scale-in, or no more.
#[derive(Debug, clap::Args)]
pub(crate) struct Protect {
    #[command(flatten)]
    hosts: Hosts,
    /// Take the protection away.
    #[arg(long)]
    off: bool,
}

#[derive(Debug, clap::Args)]
struct Hosts {
    #[command(flatten)]
    account: Account,
    /// The hosts' instance ids.
    #[arg(required = true, value_name = "HOST", value_parser = account::host)]
    ids: Vec<InstanceId>,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a host.
    #[arg(long)]
    json: bool,
}

/// Drains, and waits if asked to.
pub(crate) async fn drain(Drain { hosts, wait, minutes }: Drain) -> crate::Result<()> {
    let aws = hosts.account.reach().await?;
    let done = hosts.each(&aws, |host, _, one| match one.status {
        RegistrationStatus::Draining => Ok(Vec::new()),
        _ => Ok(vec![Action::Drain { cluster: cluster_of(host)?, registration: one.arn.clone() }]),
    });
    Box::pin(done).await?;
    if wait && !hosts.dry_run {
        wait::until_empty(&aws, &hosts.ids, minutes, hosts.json).await?;
    }
    Ok(())
}

/// Releases. A host that leaves stays as it is.
pub(crate) async fn release(Release { hosts }: Release) -> crate::Result<()> {
    let aws = hosts.account.reach().await?;
    let done = hosts.each(&aws, |host, instance, one| {
        if host.lifecycle().is_some_and(|it| it.is_leaving() || it.is_held_leaving()) {
            let why = "its group takes it out of service; it cannot be released".to_owned();
            return Err(Unsuitable::NotNow { instance: instance.clone(), why });
        }
        let (cluster, registration) = (cluster_of(host)?, one.arn.clone());
        let mut actions = Vec::new();
        if one.status == RegistrationStatus::Draining {
            let (cluster, registration) = (cluster.clone(), registration.clone());
            actions.push(Action::Activate { cluster, registration });
        }
        if one.marks.draining.is_some() {
            actions.push(Action::ForgetDraining { cluster, registration });
        }
        Ok(actions)
    });
    Box::pin(done).await
}

/// Protects, or no more.
pub(crate) async fn protect(Protect { hosts, off }: Protect) -> crate::Result<()> {
    let aws = hosts.account.reach().await?;
    let done = hosts.each_seat(&aws, |host, instance| {
        let seat = host.seat.known().ok().and_then(Option::as_ref);
        let Some(seat) = seat else {
            let why = "it has no seat in a group".to_owned();
            return Err(Unsuitable::NotNow { instance: instance.clone(), why });
        };
        let (group, instance) = (seat.group.clone(), instance.clone());
        let already = seat.protected != off;
        let protect = Action::Protect { group, instance, protected: !off };
        Ok(if already { Vec::new() } else { vec![protect] })
    });
    Box::pin(done).await
}

fn cluster_of(host: &HostView) -> Result<ClusterName, Unsuitable> {
    host.cluster.clone().ok_or_else(|| Unsuitable::NoSuchHost(host.instance.clone()))
}

impl Hosts {
    /// What is to be done with every standing registration of each host.
    async fn each(
        &self,
        aws: &Aws,
        plan: impl Fn(&HostView, &InstanceId, &Registration) -> Result<Vec<Action>, Unsuitable>,
    ) -> crate::Result<()> {
        let done = self.each_seat(aws, |host, instance| {
            let mut standing = host.standing().peekable();
            if standing.peek().is_none() {
                let why = "it is not registered in its cluster".to_owned();
                return Err(Unsuitable::NotNow { instance: instance.clone(), why });
            }
            let all = standing.map(|one| plan(host, instance, one));
            Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        });
        Box::pin(done).await
    }

    /// Looks at all hosts first, so that one that does not suit leaves the others alone too.
    async fn each_seat(
        &self,
        aws: &Aws,
        plan: impl Fn(&HostView, &InstanceId) -> Result<Vec<Action>, Unsuitable>,
    ) -> crate::Result<()> {
        let mut plans = Vec::new();
        for instance in &self.ids {
            let host = look(aws, instance).await?;
            plans.push((instance, plan(&host, instance)?));
        }
        let mut failed = 0_usize;
        for (instance, actions) in plans {
            if actions.is_empty() {
                self.tell(instance, "nothing is to be done", DIM, "already so");
            }
            for action in actions {
                let (style, how) = if self.dry_run {
                    (DIM, "would be done".to_owned())
                } else {
                    match aws.perform(&action).await {
                        Ok(()) => (GOOD, "done".to_owned()),
                        Err(fault) if fault.standing() == domain::Standing::Moot => {
                            (DIM, "already so".to_owned())
                        }
                        Err(fault) => {
                            failed = failed.saturating_add(1);
                            (BAD, format!("failed: {fault}"))
                        }
                    }
                };
                self.tell(instance, &action.to_string(), style, &how);
            }
        }
        if failed == 0 { Ok(()) } else { Err(Error::Failed(failed)) }
    }

    fn tell(&self, instance: &InstanceId, what: &str, style: anstyle::Style, how: &str) {
        if self.json {
            out::line(json!({ "host": instance, "action": what, "outcome": how }));
        } else {
            out::line(format_args!("{instance}: {what} → {style}{how}{style:#}"));
        }
    }
}

/// Looks at a host that must be ours.
async fn look(aws: &Aws, instance: &InstanceId) -> crate::Result<HostView> {
    let host = look::host(aws, instance, false, None).await.host;
    if let Err(fault) = host.seat.known() {
        return Err(fault.clone().into());
    }
    if let Err(fault) = host.registrations.known() {
        return Err(fault.clone().into());
    }
    if host.cluster.is_none() {
        return Err(Unsuitable::NoSuchHost(instance.clone()).into());
    }
    Ok(host)
}
