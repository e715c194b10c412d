//! `Custom::ClusterRoles`: the roles of a cluster, as they are asked for.
//!
//! Level-triggered like everything here: look at what there is, judge what must change, change it, look
//! again. A second delivery, a retry after a crash, and a rollback all come to the same end.

mod roles;

use domain::roles::{
    Identity, LINKED_MADE, Limits, Owner, Properties, Purpose, Wanted, awaits, awaits_deletes,
};
use lambda::custom_resource::{Kind, NotYet, Reply, Request, Resource};
use lambda::{Place, Record};
use ports::{ActRoles, LookRoles, Pause, Stacks};
use roles::converge;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the operator tells the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What is allowed, whatever a stack asks for.
    pub limits: Limits,
    /// How long the answer waits after a role was made: EC2 and ECS learn of it some seconds after IAM shows it.
    pub settle: Duration,
}

/// The longest that may be waited, in seconds.
const MOST_SETTLE: u64 = 60;

impl Settings {
    /// Reads `MUSTER_ROLES_BOUNDARY`, `MUSTER_RAW_STATEMENTS` and `MUSTER_ROLES_SETTLE_SECONDS`.
    ///
    /// # Errors
    /// Every variable that cannot be used, in one text.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut bad = Vec::new();
        let given = |name: &str| lookup(name).filter(|text| !matches!(text.as_str(), "" | "-"));
        let boundary = given("MUSTER_ROLES_BOUNDARY");
        if boundary
            .as_ref()
            .is_some_and(|arn| !(arn.starts_with("arn:") && arn.contains(":policy/")))
        {
            bad.push("MUSTER_ROLES_BOUNDARY is no managed policy's ARN");
        }
        let raw_statements = match given("MUSTER_RAW_STATEMENTS").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                bad.push("MUSTER_RAW_STATEMENTS is neither true nor false");
                false
            }
        };
        let settle = match given("MUSTER_ROLES_SETTLE_SECONDS").map(|text| text.parse::<u64>()) {
            None => 10,
            Some(Ok(seconds)) if seconds <= MOST_SETTLE => seconds,
            Some(_) => {
                bad.push("MUSTER_ROLES_SETTLE_SECONDS is no whole number from 0 to 60");
                0
            }
        };
        if bad.is_empty() {
            let limits = Limits { boundary, raw_statements };
            Ok(Self { limits, settle: Duration::from_secs(settle) })
        } else {
            Err(bad.join("; "))
        }
    }
}

/// The custom resource.
#[derive(Clone, Debug)]
pub struct Roles<'a, W> {
    /// IAM, and what uses it.
    pub world: &'a W,
    /// What the operator tells the function.
    pub settings: Settings,
}

impl<W: LookRoles + ActRoles + Pause + Stacks> Resource for Roles<'_, W> {
    fn name(&self) -> &'static str {
        "cluster-roles"
    }

    fn physical_id(&self, request: &Request, place: &Place) -> String {
        let owner = owner(request, place);
        match Properties::read(&request.properties) {
            Ok(asked) => Identity::of(&asked, &owner).physical_id(),
            // Never read back as one of ours: the Delete that follows has nothing to do.
            Err(_) => "muster-roles:refused".to_owned(),
        }
    }

    async fn handle(
        &self,
        request: &Request,
        place: &Place,
        _: Duration,
        record: &mut Record,
    ) -> Result<Reply, NotYet> {
        // A refused Update keeps the id that the resource has: another one would mean a replacement.
        let had = request.physical_id.clone();
        let done = match request.kind {
            Ok(Kind::Delete) => return Ok(self.delete(request, place, record).await),
            Ok(Kind::Update) => self.make(request, place, Purpose::Update, record).await,
            _ => self.make(request, place, Purpose::Create, record).await,
        };
        Ok(done.unwrap_or_else(|reason| {
            let physical_id = had.unwrap_or_else(|| self.physical_id(request, place));
            Reply::Failed { physical_id, reason }
        }))
    }
}

impl<W: LookRoles + ActRoles + Pause + Stacks> Roles<'_, W> {
    async fn make(
        &self,
        request: &Request,
        place: &Place,
        purpose: Purpose,
        record: &mut Record,
    ) -> Result<Reply, String> {
        let owner = owner(request, place);
        let asked = Properties::read(&request.properties).map_err(|bad| bad.to_string())?;
        record.cluster = Some(asked.cluster.clone());
        let identity = Identity::of(&asked, &owner);
        let wanted = domain::roles::wanted(&asked, &owner, &self.settings.limits)
            .map_err(|bad| bad.to_string())?;
        let physical_id = identity.physical_id();
        let mut reply = Reply::Success { physical_id, data: wanted.attributes(&owner) };
        if !reply.is_whole(request) {
            let told = "TaskRoles are too many for one answer of 4,096 bytes: use two resources";
            return Err(told.to_owned());
        }
        if let Some(told) = self.unwanted(&owner, purpose).await? {
            return Err(told);
        }
        let made =
            match converge(self.world, &wanted, &identity, &owner, self.settings.settle, record)
                .await
            {
                Ok(made) => made,
                Err(told) => {
                    // A replacement that failed keeps the old id, so nobody would ever ask to delete its beginnings.
                    if purpose == Purpose::Update
                        && Self::had(request, &owner).as_ref() != Some(&identity)
                    {
                        self.remove(&identity, &owner, record).await?;
                    }
                    return Err(told);
                }
            };
        if let Some(other) = Self::abandoned(request, &owner, &identity) {
            self.remove(&other, &owner, record).await?;
        }
        if let Reply::Success { data, .. } = &mut reply {
            data.insert(LINKED_MADE.to_owned(), told(&made.service_linked));
        }
        if made.roles {
            self.world.pause(self.settings.settle).await;
        }
        // Keeps S33: a Create that was cancelled meanwhile has its Delete behind it already. What cannot be read undoes
        // nothing.
        if purpose == Purpose::Create
            && let Some(told) = self.unwanted(&owner, purpose).await?
        {
            self.remove(&identity, &owner, record).await?;
            return Err(told);
        }
        Ok(reply)
    }

    /// Takes away what there is of an identity.
    async fn remove(
        &self,
        identity: &Identity,
        owner: &Owner,
        record: &mut Record,
    ) -> Result<(), String> {
        let boundary = self.settings.limits.boundary.clone();
        let (nothing, settle) = (Wanted { boundary, ..Wanted::default() }, self.settings.settle);
        converge(self.world, &nothing, identity, owner, settle, record).await.map(|_| ())
    }

    /// The identity that the resource has by now.
    fn had(request: &Request, owner: &Owner) -> Option<Identity> {
        Identity::read(request.physical_id.as_deref()?, owner)
    }

    /// What an Update that was to be a replacement, and failed, may have begun, when it is rolled back: what was asked
    /// then is the identity neither that the resource has nor that it is to have.
    fn abandoned(request: &Request, owner: &Owner, identity: &Identity) -> Option<Identity> {
        let had = Self::had(request, owner)?;
        let old = Identity::of(&Properties::read(&request.old_properties).ok()?, owner);
        (old != had && old != *identity).then_some(old)
    }

    /// Why the stack does not wait for this any more, if so.
    async fn unwanted(&self, owner: &Owner, purpose: Purpose) -> Result<Option<String>, String> {
        let status = self.world.stack_status(&owner.stack_id).await;
        let status = status.map_err(|fault| fault.to_string())?;
        if awaits(purpose, status.as_deref()) {
            return Ok(None);
        }
        let is = status.map_or("not there".to_owned(), |status| format!("in {status}"));
        Ok(Some(format!(
            "the stack is {is}: it does not wait for this any more, and nothing is made"
        )))
    }

    /// Why the stack has not asked for a Delete, if so. Keeps S30.
    async fn unasked(&self, owner: &Owner) -> Result<Option<String>, String> {
        let status = self.world.stack_status(&owner.stack_id).await;
        let status = status.map_err(|fault| fault.to_string())?;
        let asked = awaits_deletes(status.as_deref());
        let is = status.unwrap_or_default();
        Ok((!asked).then(|| format!("the stack is in {is}: it asks for no delete now")))
    }

    /// Keeps S28: an id that we never issued for this resource means that there is nothing of ours; but for one that
    /// CloudFormation made up because a Create never answered, what that may have made is looked for.
    async fn delete(&self, request: &Request, place: &Place, record: &mut Record) -> Reply {
        let owner = owner(request, place);
        let physical_id = request.physical_id.clone().unwrap_or_else(|| "none".to_owned());
        let asked = || Some(Identity::of(&Properties::read(&request.properties).ok()?, &owner));
        let made_up = Identity::is_made_up(&physical_id, &owner);
        let identity = Identity::read(&physical_id, &owner).or_else(|| asked().filter(|_| made_up));
        let Some(identity) = identity else {
            "the physical id is none of ours: nothing is deleted".clone_into(&mut record.because);
            return Reply::Success { physical_id, data: BTreeMap::new() };
        };
        let gone = match self.unasked(&owner).await {
            Ok(None) => self.remove(&identity, &owner, record).await,
            Ok(Some(told)) | Err(told) => Err(told),
        };
        match gone {
            Ok(()) => Reply::Success { physical_id, data: BTreeMap::new() },
            Err(reason) => Reply::Failed { physical_id, reason },
        }
    }
}

/// Names with commas between them; an attribute must not be empty.
fn told(names: &BTreeSet<String>) -> String {
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(",") }
}

fn owner(request: &Request, place: &Place) -> Owner {
    let creates = request.kind == Ok(Kind::Create);
    Owner {
        partition: place.partition.clone(),
        account: place.account.clone(),
        region: place.region.clone(),
        stack_id: request.stack_id.clone(),
        logical_id: request.logical_id.clone(),
        creating: creates.then(|| request.request_id.clone()),
    }
}

#[cfg(test)]
mod tests;
