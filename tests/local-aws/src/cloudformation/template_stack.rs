//! A stack that is made of a template, as CloudFormation makes, rolls back and deletes it.

use super::custom::{self, Asked, is_custom};
use super::resources;
use crate::engine::LocalAws;
use crate::template::{Made, TemplateError, document};
use crate::world::ApiError;
use jiff::SignedDuration;
use serde_json::Value;
use std::collections::BTreeMap;

/// How long CloudFormation waits for a resource to come to rest, or for what holds it to go.
const PATIENCE: SignedDuration = SignedDuration::from_hours(3);
/// What each step takes.
const STEP: SignedDuration = SignedDuration::from_secs(5);

/// A resource of a stack.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) logical_id: String,
    pub(super) kind: String,
    /// With every reference worked out.
    pub(super) properties: Value,
    pub(super) made: Made,
}

/// Why a stack did not come to where it was told to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {resource}: {reason}")]
pub struct StackError {
    /// The status in which the stack is now.
    pub status: String,
    /// The logical id of the resource that failed.
    pub resource: String,
    /// What was said of it.
    pub reason: String,
}

/// A resource that failed, and why.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String, pub(super) String);

impl From<TemplateError> for Fault {
    fn from(error: TemplateError) -> Self {
        let resource = error.path.split('.').nth(1).unwrap_or_default();
        Self(resource.to_owned(), error.to_string())
    }
}

/// A stack that is made of a template.
#[derive(Debug)]
pub struct TemplateStack {
    pub(super) local: LocalAws,
    pub(super) id: String,
    name: String,
    pub(super) document: Value,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) last_first: bool,
    /// In the order in which they were made.
    pub(super) resources: Vec<Resource>,
}

impl TemplateStack {
    /// A stack that is to be made of a template, with these parameters beside the defaults.
    ///
    /// # Errors
    /// Names the place in the template: a value out of bounds, a circle, or a type that is not modelled.
    pub fn new(
        local: &LocalAws,
        name: &str,
        template: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Self, TemplateError> {
        let (region, account) =
            local.world(|world| (world.core.region().to_owned(), world.core.account().to_owned()));
        let id = format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{}", local.uuid());
        let pseudo = [
            ("AWS::StackName", name),
            ("AWS::StackId", &id),
            ("AWS::Region", &region),
            ("AWS::AccountId", &account),
        ];
        let all = pseudo.iter().chain(parameters);
        let parameters = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let stack = Self {
            local: local.clone(),
            name: name.to_owned(),
            document: document(template)?,
            parameters: parameters.collect(),
            last_first: false,
            resources: Vec::new(),
            id,
        };
        stack.wanted()?;
        Ok(stack)
    }

    /// The same, but of the resources that do not wait for one another, CloudFormation makes others first.
    #[must_use]
    pub fn in_another_order(mut self) -> Self {
        self.last_first = true;
        self
    }

    /// The stack's ARN.
    #[must_use]
    pub fn stack_id(&self) -> &str {
        &self.id
    }

    /// The status in which the stack is; nothing before it was made.
    #[must_use]
    pub fn status(&self) -> Option<String> {
        self.local.stacks().status(&self.id)
    }

    /// The physical id of a resource that is there.
    #[must_use]
    pub fn physical_id(&self, logical_id: &str) -> Option<&str> {
        let found = self.resources.iter().find(|one| one.logical_id == logical_id);
        found.map(|one| one.made.physical_id.as_str())
    }

    /// Makes the stack. What fails is rolled back.
    ///
    /// # Errors
    /// What failed, and whether the rollback came to its end.
    pub async fn create(&mut self) -> Result<(), StackError> {
        self.is("CREATE_IN_PROGRESS");
        let Err(fault) = self.create_all().await else {
            self.is("CREATE_COMPLETE");
            return Ok(());
        };
        self.is("ROLLBACK_IN_PROGRESS");
        match self.delete_all().await {
            Ok(()) => Err(self.ends("ROLLBACK_COMPLETE", fault)),
            Err(Fault(resource, reason)) => {
                let Fault(first, why) = fault;
                let told = format!("{reason} (after {first}: {why})");
                Err(self.ends("ROLLBACK_FAILED", Fault(resource, told)))
            }
        }
    }

    /// Deletes the stack, the last made first.
    ///
    /// # Errors
    /// What could not be deleted; the stack then keeps it, and what was made before it.
    pub async fn delete(&mut self) -> Result<(), StackError> {
        self.is("DELETE_IN_PROGRESS");
        match self.delete_all().await {
            Ok(()) => {
                self.is("DELETE_COMPLETE");
                Ok(())
            }
            Err(fault) => Err(self.ends("DELETE_FAILED", fault)),
        }
    }

    async fn create_all(&mut self) -> Result<(), Fault> {
        for id in self.wanted()? {
            let (kind, properties) = self.properties(&id)?;
            self.create_one(&id, &kind, properties).await?;
        }
        Ok(())
    }

    /// Makes a resource. One that was begun and failed is the stack's too, for the rollback.
    pub(super) async fn create_one(
        &mut self,
        id: &str,
        kind: &str,
        properties: Value,
    ) -> Result<(), Fault> {
        self.resource_is(id, "CREATE_IN_PROGRESS");
        self.local.run_for(STEP).await;
        let (logical_id, kind) = (id.to_owned(), kind.to_owned());
        let mut new = Resource { logical_id, kind, properties, made: Made::default() };
        let failed = |why: String| Fault(id.to_owned(), why);
        if is_custom(&new.kind) {
            let asked =
                Asked { stack: &self.id, request: "Create", resource: &new, properties: None };
            let answer = custom::ask(&self.local, asked).await;
            let (made, fault) = match answer {
                Ok(made) => (made, None),
                Err((reason, physical_id)) => {
                    (Made { physical_id, ..Made::default() }, Some(failed(reason)))
                }
            };
            new.made = made;
            self.resources.push(new);
            return fault.map_or(Ok(()), Err);
        }
        let name = format!("{}-{id}-{}", self.name, self.local.hex(12).to_uppercase());
        let made = self
            .local
            .world(|world| {
                let made = resources::create(world, &new.kind, &name, &new.properties)?;
                world.autoscaling.is_of_stack(&made.physical_id, &self.id);
                Ok::<_, ApiError>(made)
            })
            .map_err(|error| failed(error.to_string()))?;
        new.made = made;
        self.resources.push(new.clone());
        self.comes_to_rest(&new).await
    }

    /// Waits until a resource is stable.
    pub(super) async fn comes_to_rest(&self, resource: &Resource) -> Result<(), Fault> {
        let stable = |world: &mut _| resources::is_stable(world, resource);
        let told = || Fault(resource.logical_id.clone(), "did not stabilize".to_owned());
        self.local.run_until(PATIENCE, stable).await.map_err(|_| told())
    }

    async fn delete_all(&mut self) -> Result<(), Fault> {
        while let Some(last) = self.resources.last().cloned() {
            self.delete_one(&last).await?;
            self.resources.pop();
        }
        Ok(())
    }

    pub(super) async fn delete_one(&self, resource: &Resource) -> Result<(), Fault> {
        self.resource_is(&resource.logical_id, "DELETE_IN_PROGRESS");
        self.local.run_for(STEP).await;
        let failed = |why: String| Fault(resource.logical_id.clone(), why);
        if is_custom(&resource.kind) {
            let asked = Asked { stack: &self.id, request: "Delete", resource, properties: None };
            let answer = custom::ask(&self.local, asked).await;
            return answer.map(drop).map_err(|(reason, _)| failed(reason));
        }
        let begun = self.local.world(|world| resources::begin_delete(world, resource));
        begun.map_err(|error| failed(error.to_string()))?;
        let free = |world: &mut _| resources::may_go(world, resource);
        let held = |_| failed("is still held by what is in it".to_owned());
        self.local.run_until(PATIENCE, free).await.map_err(held)?;
        let ended = self.local.world(|world| resources::end_delete(world, resource));
        ended.map_err(|error| failed(error.to_string()))
    }

    pub(super) fn is(&self, status: &str) {
        self.local.stack_is(&self.id, status);
    }

    pub(super) fn resource_is(&self, id: &str, status: &str) {
        let now = self.local.world(|world| world.core.now().to_string());
        self.local.stacks().set_resource(&self.id, id, status, now);
    }

    pub(super) fn ends(&self, status: &str, Fault(resource, reason): Fault) -> StackError {
        self.is(status);
        StackError { status: status.to_owned(), resource, reason }
    }
}
