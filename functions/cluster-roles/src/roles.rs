//! Look, judge, change, until there is nothing left to change.

use domain::roles::{Change, Clash, Existing, Identity, Owner, RoleAction, Wanted, judge};
use domain::{Fault, Standing};
use lambda::Record;
use lambda::record::Decision;
use ports::{ActRoles, LookRoles, Pause};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often the whole is looked at anew when a change met something unexpected: IAM shows changes late,
/// and the same request may be handled twice at once.
const ROUNDS: u32 = 8;
/// The pause after the first round that came to no rest; doubled each time.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);

/// Between two looks that must both show that all is as it should be: IAM shows changes late, and what is not shown yet
/// may be there.
const APART: Duration = Duration::from_secs(2);

/// What was made on the way.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Whether anything was that AWS's other services learn of only after a while.
    pub(crate) roles: bool,
    /// The service-linked roles that were missing.
    pub(crate) service_linked: BTreeSet<String>,
}

/// Brings IAM to what is wanted; tells what was made.
///
/// # Errors
/// Why it could not be, for people.
pub(crate) async fn converge<W: LookRoles + ActRoles + Pause>(
    world: &W,
    wanted: &Wanted,
    identity: &Identity,
    owner: &Owner,
    settle: Duration,
    record: &mut Record,
) -> Result<Made, String> {
    let mut last = "IAM did not come to rest".to_owned();
    let mut pause = PAUSE;
    let mut made = Made::default();
    let mut rested = false;

    for round in 0..ROUNDS {
        if round > 1 && !rested {
            world.pause(pause.min(settle)).await;
            pause = pause.saturating_mul(2).min(LONGEST);
        }
        let existing = match world.existing(identity, wanted).await {
            Ok(existing) => existing,
            Err(fault) if may_pass(&fault) => {
                last = fault.to_string();
                continue;
            }
            Err(fault) => return Err(fault.to_string()),
        };
        let actions =
            judge(wanted, &existing, identity, owner).map_err(|clash| clash.to_string())?;
        if actions.is_empty() {
            if rested {
                tell(record);
                return Ok(made);
            }
            rested = true;
            world.pause(settle.min(APART)).await;
            continue;
        }
        rested = false;
        in_nobodys_use(world, &existing, &actions).await?;
        made.roles |= actions.iter().any(|action| {
            matches!(action.change, Change::CreateRole { .. } | Change::AddToProfile)
        });
        if let Err(fault) = perform(world, &actions, &mut made, record).await {
            // What is refused now may be judged otherwise after another look; what is forbidden is not.
            if fault.label() == "forbidden" {
                return Err(fault.to_string());
            }
            last = fault.to_string();
        }
    }
    Err(last)
}

/// Whether another look may come to something.
pub(crate) fn may_pass(fault: &Fault) -> bool {
    fault.standing() == Standing::Again && !matches!(fault, Fault::OutOfTime { .. })
}

/// A profile that instances still use is not taken away: their agents would lose their credentials.
pub(crate) async fn in_nobodys_use<W: LookRoles>(
    world: &W,
    existing: &Existing,
    actions: &[RoleAction],
) -> Result<(), String> {
    for action in actions {
        let profile = match &action.change {
            Change::RemoveFromProfile { profile } => profile,
            Change::DeleteProfile => &action.name,
            _ => continue,
        };
        let Some(found) = existing.profiles.get(profile) else {
            continue;
        };
        let instances = world.users(&found.arn).await.map_err(|fault| fault.to_string())?;
        if !instances.is_empty() {
            return Err(Clash::InUse { profile: profile.clone(), instances }.to_string());
        }
    }
    Ok(())
}

async fn perform<W: ActRoles>(
    world: &W,
    actions: &[RoleAction],
    made: &mut Made,
    record: &mut Record,
) -> Result<(), Fault> {
    for action in actions {
        match world.change(action).await {
            Ok(()) => {
                record.changes.push(action.to_string());
                if matches!(action.change, Change::CreateServiceLinked { .. }) {
                    made.service_linked.insert(action.name.clone());
                }
            }
            Err(fault) if fault.standing() == Standing::Moot => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

fn tell(record: &mut Record) {
    record.because = match record.changes.len() {
        0 => "everything is as asked".to_owned(),
        count => {
            record.decision = Decision::Act;
            format!("{count} changes, and now everything is as asked")
        }
    };
}
