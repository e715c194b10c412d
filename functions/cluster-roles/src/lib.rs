//! `Custom::ClusterRoles`: the roles of a cluster, as they are asked for.
//!
//! Level-triggered like everything here: look at what there is, judge what must change, change it, look
//! again. A second delivery, a retry after a crash, and a rollback all come to the same end.

mod roles;

use domain::roles::{Identity, Owner, Properties};
use lambda::custom_resource::{Kind, Reply, Request, Resource};
use lambda::{Place, Record};
use ports::{ActRoles, LookRoles};
use roles::{Converged, converge};
use std::collections::BTreeMap;

/// The custom resource.
#[derive(Clone, Copy, Debug)]
pub struct Roles<'a, W> {
    /// IAM.
    pub world: &'a W,
}

impl<W: LookRoles + ActRoles> Resource for Roles<'_, W> {
    fn name(&self) -> &'static str {
        "cluster-roles"
    }

    fn physical_id(&self, request: &Request, place: &Place) -> String {
        let owner = owner(request, place);
        match Properties::read(&request.properties) {
            Ok(asked) => Identity::of(&asked, &owner).physical_id(),
            // Never read back as one of ours: the Delete that follows has nothing to do.
            Err(_) => format!("muster-roles:refused:{}", owner.suffix()),
        }
    }

    async fn handle(&self, request: &Request, place: &Place, record: &mut Record) -> Reply {
        match request.kind {
            Ok(Kind::Delete) => self.delete(request, place, record).await,
            _ => self.make(request, place, record).await,
        }
    }
}

impl<W: LookRoles + ActRoles> Roles<'_, W> {
    async fn make(&self, request: &Request, place: &Place, record: &mut Record) -> Reply {
        let owner = owner(request, place);
        // A refused Update keeps the id that the resource has: another one would mean a replacement.
        let had = request.physical_id.clone();
        let failed = |physical_id: String, reason: String| Reply::Failed { physical_id, reason };
        let asked = match Properties::read(&request.properties) {
            Ok(asked) => asked,
            Err(fault) => {
                let id = had.unwrap_or_else(|| self.physical_id(request, place));
                return failed(id, fault.to_string());
            }
        };
        record.cluster = Some(asked.cluster.clone());
        let identity = Identity::of(&asked, &owner);
        let wanted = domain::roles::wanted(&asked, &owner);

        match converge(self.world, &wanted, &identity, &owner, record).await {
            Ok(Converged { existing }) => Reply::Success {
                physical_id: identity.physical_id(),
                data: roles::attributes(&wanted, &existing),
            },
            Err(fault) => failed(had.unwrap_or_else(|| identity.physical_id()), fault),
        }
    }

    /// Keeps S28: an id that we never issued for this resource means that there is nothing of ours.
    async fn delete(&self, request: &Request, place: &Place, record: &mut Record) -> Reply {
        let owner = owner(request, place);
        let physical_id = request.physical_id.clone().unwrap_or_else(|| "none".to_owned());
        let Some(identity) = Identity::read(&physical_id, &owner) else {
            "the physical id is none of ours: nothing is deleted".clone_into(&mut record.because);
            return Reply::Success { physical_id, data: BTreeMap::new() };
        };
        match converge(self.world, &[], &identity, &owner, record).await {
            Ok(_) => Reply::Success { physical_id, data: BTreeMap::new() },
            Err(reason) => Reply::Failed { physical_id, reason },
        }
    }
}

fn owner(request: &Request, place: &Place) -> Owner {
    Owner {
        partition: place.partition.clone(),
        account: place.account.clone(),
        region: place.region.clone(),
        stack_id: request.stack_id.clone(),
        logical_id: request.logical_id.clone(),
    }
}
