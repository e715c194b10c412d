//! How a stack's parameters are changed.

use super::custom::{self, Asked, is_custom};
use super::resources;
use super::template_stack::{Fault, Resource, StackError, TemplateStack};
use serde_json::Value;

impl TemplateStack {
    /// Changes parameters; the others stay as they are. What fails is rolled back.
    ///
    /// # Errors
    /// What failed, and where the stack is now.
    pub async fn update(&mut self, parameters: &[(&str, &str)]) -> Result<(), StackError> {
        let (before, old) = (self.resources.clone(), self.parameters.clone());
        let given = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        self.parameters.extend(given);
        let wanted = match self.wanted() {
            Ok(wanted) => wanted,
            Err(error) => {
                self.parameters = old;
                let status = self.status().unwrap_or_default();
                return Err(self.ends(&status, error.into()));
            }
        };
        self.is("UPDATE_IN_PROGRESS");
        let mut spare = Vec::new();
        if let Err(fault) = self.change_all(&wanted, &mut spare).await {
            self.parameters = old;
            return Err(self.roll_back(before, fault).await);
        }
        self.is("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
        let place = |one: &Resource| wanted.iter().position(|id| *id == one.logical_id);
        let all = std::mem::take(&mut self.resources).into_iter();
        let (mut kept, gone): (Vec<_>, Vec<_>) = all.partition(|one| place(one).is_some());
        kept.sort_by_key(place);
        self.resources = kept;
        spare.extend(gone);
        match self.discard(spare).await {
            Ok(()) => {
                self.is("UPDATE_COMPLETE");
                Ok(())
            }
            Err(fault) => Err(self.ends("UPDATE_COMPLETE", fault)),
        }
    }

    /// Makes what is new and changes what differs. What was replaced is put aside: it goes at the end.
    async fn change_all(
        &mut self,
        wanted: &[String],
        spare: &mut Vec<Resource>,
    ) -> Result<(), Fault> {
        for id in wanted {
            let (kind, properties) = self.properties(id)?;
            let old = self.resources.iter().find(|one| one.logical_id == *id).cloned();
            match old {
                None => self.create_one(id, &kind, properties).await?,
                Some(old) if old.properties == properties => {}
                Some(old) => spare.extend(self.change_one(&old, properties).await?),
            }
        }
        Ok(())
    }

    /// Changes a resource; what it was, if it is replaced by another.
    async fn change_one(
        &mut self,
        old: &Resource,
        properties: Value,
    ) -> Result<Option<Resource>, Fault> {
        let id = old.logical_id.clone();
        self.resource_is(&id, "UPDATE_IN_PROGRESS");
        let failed = |why: String| Fault(id.clone(), why);
        let mut new = Resource { properties, ..old.clone() };
        if is_custom(&old.kind) {
            let properties = Some(&new.properties);
            let asked = Asked { stack: &self.id, request: "Update", resource: old, properties };
            let answer = custom::ask(&self.local, asked).await;
            // A failed update may have come half way: its rollback sends another.
            new.made = answer.as_ref().map_or_else(|_| old.made.clone(), Clone::clone);
            self.put(&new);
            answer.map_err(|(reason, _)| failed(reason))?;
            return Ok((new.made.physical_id != old.made.physical_id).then(|| old.clone()));
        }
        let changed = self.local.world(|world| resources::update(world, old, &new.properties));
        if let Some(made) = changed.map_err(|error| failed(error.to_string()))? {
            new.made = made;
            self.put(&new);
            self.comes_to_rest(&new).await?;
            return Ok(None);
        }
        self.resources.retain(|one| one.logical_id != id);
        let made = self.create_one(&id, &old.kind, new.properties).await;
        if made.is_err() && !self.resources.iter().any(|one| one.logical_id == id) {
            self.resources.push(old.clone());
        }
        made.map(|()| Some(old.clone()))
    }

    fn put(&mut self, new: &Resource) {
        let places = self.resources.iter_mut().filter(|one| one.logical_id == new.logical_id);
        places.for_each(|place| *place = new.clone());
    }

    /// Brings all back to what it was.
    async fn roll_back(&mut self, before: Vec<Resource>, fault: Fault) -> StackError {
        self.is("UPDATE_ROLLBACK_IN_PROGRESS");
        let mut spare = Vec::new();
        for old in &before {
            let now = self.resources.iter().find(|one| one.logical_id == old.logical_id).cloned();
            let Some(now) = now else { continue };
            let replaced = now.made.physical_id != old.made.physical_id;
            if now.properties == old.properties && !replaced {
                continue;
            }
            if is_custom(&old.kind) || !replaced {
                match self.change_one(&now, old.properties.clone()).await {
                    Ok(other) => spare.extend(other),
                    Err(Fault(resource, reason)) => {
                        return self.ends("UPDATE_ROLLBACK_FAILED", Fault(resource, reason));
                    }
                }
            } else {
                self.put(old);
                spare.push(now);
            }
        }
        self.is("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
        let all = std::mem::take(&mut self.resources);
        let known = |one: &Resource| before.iter().any(|old| old.logical_id == one.logical_id);
        let (_, new): (Vec<_>, Vec<_>) = all.iter().cloned().partition(known);
        let place = |old: &Resource| {
            let now = all.iter().find(|one| one.logical_id == old.logical_id);
            now.unwrap_or(old).clone()
        };
        self.resources = before.iter().map(place).collect();
        spare.extend(new);
        match self.discard(spare).await {
            Ok(()) => self.ends("UPDATE_ROLLBACK_COMPLETE", fault),
            Err(fault) => self.ends("UPDATE_ROLLBACK_FAILED", fault),
        }
    }

    /// Deletes what the stack no longer has, the last first.
    async fn discard(&self, spare: Vec<Resource>) -> Result<(), Fault> {
        for one in spare.iter().rev() {
            self.delete_one(one).await?;
        }
        Ok(())
    }
}
