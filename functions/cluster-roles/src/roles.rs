//! Look, judge, change, until there is nothing left to change.

use domain::Standing;
use domain::roles::{Existing, Identity, Owner, RoleAction, WantedRole, judge};
use lambda::Record;
use lambda::record::Decision;
use ports::{ActRoles, LookRoles};
use std::collections::BTreeMap;

/// How often the whole is looked at anew when a change met something unexpected: IAM shows changes late,
/// and the same request may be handled twice at once.
const ROUNDS: u32 = 4;

/// What there is when nothing is left to change.
pub(crate) struct Converged {
    pub(crate) existing: Existing,
}

/// Brings IAM to what is wanted.
///
/// # Errors
/// Why it could not be, for people.
pub(crate) async fn converge<W: LookRoles + ActRoles>(
    world: &W,
    wanted: &[WantedRole],
    identity: &Identity,
    owner: &Owner,
    record: &mut Record,
) -> Result<Converged, String> {
    let names: Vec<String> = wanted.iter().map(|role| role.name.clone()).collect();
    let mut last = "IAM did not come to rest".to_owned();

    for _ in 0..ROUNDS {
        let existing = world.existing(identity, &names).await.map_err(|fault| fault.to_string())?;
        let actions =
            judge(wanted, &existing, identity, owner).map_err(|clash| clash.to_string())?;
        if actions.is_empty() {
            settle(record);
            return Ok(Converged { existing });
        }
        if let Err(fault) = perform(world, &actions, record).await {
            // What is refused now may be judged otherwise after another look; what is forbidden is not.
            if fault.standing() == Standing::Never && fault.label() == "forbidden" {
                return Err(fault.to_string());
            }
            last = fault.to_string();
        }
    }
    Err(last)
}

async fn perform<W: ActRoles>(
    world: &W,
    actions: &[RoleAction],
    record: &mut Record,
) -> Result<(), domain::Fault> {
    for action in actions {
        match world.change(action).await {
            Ok(()) => record.changes.push(action.to_string()),
            Err(fault) if fault.standing() == Standing::Moot => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

fn settle(record: &mut Record) {
    record.because = match record.changes.len() {
        0 => "everything is as asked".to_owned(),
        count => {
            record.decision = Decision::Act;
            format!("{count} changes, and now everything is as asked")
        }
    };
}

/// The attributes of the resource: the ARNs of its roles, and its instance profile.
pub(crate) fn attributes(wanted: &[WantedRole], existing: &Existing) -> BTreeMap<String, String> {
    let mut data = BTreeMap::new();
    for role in wanted {
        if let Some(found) = existing.roles.get(&role.name) {
            data.insert(role.attribute.clone(), found.arn.clone());
        }
        if let Some(profile) = existing.profiles.get(&role.name) {
            data.insert("EC2InstanceProfileArn".to_owned(), profile.arn.clone());
            data.insert("EC2InstanceProfileName".to_owned(), role.name.clone());
        }
    }
    data
}
