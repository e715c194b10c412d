//! IAM, CloudFormation's statuses and the way back, in memory: with faults, delays, and a death at any await.

use domain::Fault;
use domain::roles::{
    Change, Existing, ExistingProfile, ExistingRole, Identity, RoleAction, Wanted,
};
use jiff::Timestamp;
use ports::{ActRoles, LookRoles, Pause, PutAnswer, Session, Stacks};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The account as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Account {
    pub(crate) roles: BTreeMap<String, ExistingRole>,
    pub(crate) profiles: BTreeMap<String, ExistingProfile>,
    pub(crate) service_linked: BTreeSet<String>,
}

/// On which side of its effect a function waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Before,
    After,
}

/// Flaws that show only if the function dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A role's tags are written after it is made, and not with it.
    TagsAfterwards,
    /// A role that is there is taken for whole, whatever it lacks.
    HalfIsWhole,
}

impl Flaw {
    pub(crate) const ALL: [Self; 2] = [Self::TagsAfterwards, Self::HalfIsWhole];
}

/// The account, what is done to it, and what goes wrong.
pub(crate) struct World {
    pub(crate) now: RefCell<Account>,
    /// What reads show while changes are on their way.
    seen: RefCell<Account>,
    /// After so many calls, reads show what is.
    behind: Cell<u32>,
    pub(crate) statuses: RefCell<BTreeMap<String, String>>,
    pub(crate) answers: RefCell<BTreeMap<String, Vec<Vec<u8>>>>,
    pub(crate) users: RefCell<Vec<String>>,
    rng: RefCell<fastrand::Rng>,
    /// How many calls of a thousand fail.
    pub(crate) faults: Cell<u32>,
    pub(crate) writes: Cell<u32>,
    /// A call that fails so many times, and how.
    pub(crate) fails: RefCell<Option<(&'static str, u32, Fault)>>,
    /// In which status of the stack alone, if in one.
    pub(crate) fails_in: Cell<Option<&'static str>>,
    /// A call at which the function panics, or else hangs for ever.
    pub(crate) stops: Cell<Option<(&'static str, bool)>>,
    /// At what the function waited, one await after the other.
    pub(crate) awaits: RefCell<Vec<(String, Side)>>,
    pub(crate) flaw: Cell<Option<Flaw>>,
    /// Bytes that were searched for secrets.
    pub(crate) searched: Cell<usize>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now: RefCell::default(),
            seen: RefCell::default(),
            behind: Cell::new(0),
            statuses: RefCell::default(),
            answers: RefCell::default(),
            users: RefCell::default(),
            rng: RefCell::new(fastrand::Rng::with_seed(seed)),
            faults: Cell::new(0),
            writes: Cell::new(0),
            fails: RefCell::new(None),
            fails_in: Cell::new(None),
            stops: Cell::new(None),
            awaits: RefCell::default(),
            flaw: Cell::new(None),
            searched: Cell::new(0),
        }
    }

    pub(crate) fn chance(&self, of_a_thousand: u32) -> bool {
        self.rng.borrow_mut().u32(0..1_000) < of_a_thousand
    }

    pub(crate) fn pick(&self, below: usize) -> usize {
        self.rng.borrow_mut().usize(0..below)
    }

    /// A call: another may come between, and it may fail before it has an effect.
    async fn call(&self, call: &str) -> Result<(), Fault> {
        self.waits(call, Side::Before).await;
        match self.stops.get() {
            Some((at, true)) if at == call => panic!("a bug at {at}"),
            Some((at, false)) if at == call => std::future::pending().await,
            _ => {}
        }
        self.behind.set(self.behind.get().saturating_sub(1));
        if self.behind.get() == 0 {
            self.seen.replace(self.now.borrow().clone());
        }
        self.fails(call)
    }

    /// Searches an output for the canaries that stand in the secret fields of every request. Checks S36.
    pub(crate) fn puts_out(&self, bytes: &[u8]) {
        self.searched.set(self.searched.get() + bytes.len());
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("canary-7f3a"), "S36: {text}");
    }

    /// Lets whoever drives this do something else, or nothing more.
    pub(crate) async fn waits(&self, what: &str, side: Side) {
        self.awaits.borrow_mut().push((what.to_owned(), side));
        yields().await;
    }

    fn fails(&self, call: &str) -> Result<(), Fault> {
        let is = |status: &str| self.statuses.borrow().values().any(|one| one == status);
        if let Some((of, times, fault)) = &mut *self.fails.borrow_mut()
            && self.fails_in.get().is_none_or(is)
            && call.starts_with(*of)
            && *times > 0
        {
            *times -= 1;
            return Err(fault.clone());
        }
        let call = call.to_owned();
        if !self.chance(self.faults.get()) {
            return Ok(());
        }
        Err(match self.pick(3) {
            0 => Fault::Throttled { call },
            1 => Fault::NoAnswer { call, told: "timed out".to_owned() },
            _ => Fault::Contended { call, told: "try again".to_owned() },
        })
    }

    fn changed(&self) {
        self.writes.set(self.writes.get() + 1);
        // IAM shows a change late now and then.
        let late = if self.chance(self.faults.get()) { 12 } else { 0 };
        self.behind.set(late);
        if late == 0 {
            self.seen.replace(self.now.borrow().clone());
        }
    }
}

async fn yields() {
    let mut first = true;
    std::future::poll_fn(|context| {
        if std::mem::take(&mut first) {
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
}

impl LookRoles for World {
    async fn existing(&self, identity: &Identity, wanted: &Wanted) -> Result<Existing, Fault> {
        self.call("iam:GetRole").await?;
        self.waits("iam:GetRole", Side::After).await;
        let account = self.seen.borrow();
        let concerns = |name: &String| {
            identity.may_have_named(name) || wanted.roles.iter().any(|role| role.name == *name)
        };
        let mut existing =
            Existing { service_linked: account.service_linked.clone(), ..Existing::default() };
        for (name, role) in account.roles.iter().filter(|(name, _)| concerns(name)) {
            for profile in &role.profiles {
                existing
                    .profiles
                    .extend(account.profiles.get(profile).map(|it| (profile.clone(), it.clone())));
            }
            let mut role = role.clone();
            let asked = wanted.roles.iter().find(|it| it.name == *name);
            if let (Some(Flaw::HalfIsWhole), Some(asked)) = (self.flaw.get(), asked) {
                role.policies.clone_from(&asked.policies);
            }
            existing.roles.insert(name.clone(), role);
        }
        for (name, profile) in account.profiles.iter().filter(|(name, _)| concerns(name)) {
            existing.profiles.insert(name.clone(), profile.clone());
        }
        Ok(existing)
    }

    async fn users(&self, _: &str) -> Result<Vec<String>, Fault> {
        self.call("ec2:DescribeInstances").await?;
        self.waits("ec2:DescribeInstances", Side::After).await;
        Ok(self.users.borrow().clone())
    }
}

impl Stacks for World {
    async fn stack_status(&self, stack_id: &str) -> Result<Option<String>, Fault> {
        self.call("cloudformation:DescribeStacks").await?;
        self.waits("cloudformation:DescribeStacks", Side::After).await;
        Ok(self.statuses.borrow().get(stack_id).cloned())
    }

    async fn resource_since(&self, _: &str, _: &str) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }
}

impl ActRoles for World {
    async fn change(&self, action: &RoleAction) -> Result<(), Fault> {
        self.call(action.call()).await?;
        let (action, tags) = self.flawed(action);
        let action = &action;
        self.puts_out(format!("{action:?}").as_bytes());
        let done = apply(&mut self.now.borrow_mut(), action);
        if done.is_ok() {
            self.changed();
        }
        self.waits(action.call(), Side::After).await;
        if let Some(role) = self.now.borrow_mut().roles.get_mut(&action.name) {
            role.tags.extend(tags);
        }
        // The answer to what was done may be lost.
        done.and_then(|()| self.fails(action.call()))
    }
}

fn apply(account: &mut Account, RoleAction { name, change }: &RoleAction) -> Result<(), Fault> {
    let call = || RoleAction { name: name.clone(), change: change.clone() }.call().to_owned();
    let refused = |code: &str| {
        Err(Fault::Refused { call: call(), code: code.to_owned(), told: name.clone() })
    };
    let gone = || Err(Fault::AlreadySo { call: call(), told: "NoSuchEntity".to_owned() });
    let Account { roles, profiles, service_linked } = account;
    if let Change::CreateServiceLinked { .. } = change {
        service_linked.insert(name.clone());
        return Ok(());
    }
    if let Change::CreateRole { wanted } = change {
        // Names differ in more than their case.
        if roles.keys().any(|it| it.eq_ignore_ascii_case(name)) {
            return refused("EntityAlreadyExists");
        }
        let role = ExistingRole {
            arn: format!("arn:aws:iam::123456789012:role{}{name}", wanted.path),
            path: wanted.path.clone(),
            description: wanted.description.clone(),
            boundary: wanted.boundary.clone(),
            trust: wanted.trust.clone(),
            policies: BTreeMap::new(),
            attached: BTreeSet::new(),
            tags: wanted.tags.clone(),
            profiles: BTreeSet::new(),
        };
        roles.insert(name.clone(), role);
        return Ok(());
    }
    match change {
        Change::CreateProfile { path, tags } => {
            if profiles.contains_key(name) {
                return refused("EntityAlreadyExists");
            }
            let arn = format!("arn:aws:iam::123456789012:instance-profile{path}{name}");
            let (path, tags, roles) = (path.clone(), tags.clone(), BTreeSet::new());
            profiles.insert(name.clone(), ExistingProfile { arn, path, roles, tags });
            return Ok(());
        }
        Change::DeleteProfile => {
            let Some(profile) = profiles.get(name) else {
                return gone();
            };
            if !profile.roles.is_empty() {
                return refused("DeleteConflict");
            }
            profiles.remove(name);
            return Ok(());
        }
        _ => {}
    }
    let Some(role) = roles.get_mut(name) else {
        return gone();
    };
    match change {
        Change::SetTrust { document } => role.trust = document.clone(),
        Change::SetBoundary { boundary } => role.boundary = Some(boundary.clone()),
        Change::DeleteBoundary => role.boundary = None,
        Change::Describe { description } => description.clone_into(&mut role.description),
        Change::Tag { tags } => role.tags.extend(tags.clone()),
        Change::PutPolicy { policy, document } => {
            role.policies.insert(policy.clone(), document.clone());
        }
        Change::DeletePolicy { policy } => drop(role.policies.remove(policy)),
        Change::Detach { policy } => {
            role.attached.remove(policy);
        }
        Change::DeleteRole => {
            let empty =
                role.policies.is_empty() && role.attached.is_empty() && role.profiles.is_empty();
            if !empty {
                return refused("DeleteConflict");
            }
            roles.remove(name);
        }
        Change::AddToProfile => {
            let Some(profile) = profiles.get_mut(name) else {
                return refused("NoSuchEntity");
            };
            if !profile.roles.is_empty() {
                return refused("LimitExceeded");
            }
            profile.roles.insert(name.clone());
            role.profiles.insert(name.clone());
        }
        Change::RemoveFromProfile { profile } => {
            role.profiles.remove(profile);
            if let Some(profile) = profiles.get_mut(profile) {
                profile.roles.remove(name);
            }
        }
        Change::CreateServiceLinked { .. }
        | Change::CreateRole { .. }
        | Change::CreateProfile { .. }
        | Change::DeleteProfile => {}
    }
    Ok(())
}

impl Pause for World {
    async fn pause(&self, _: Duration) {
        self.waits("a pause", Side::Before).await;
        // A pause is as long as IAM takes to show a change.
        self.behind.set(0);
        self.seen.replace(self.now.borrow().clone());
        self.waits("a pause", Side::After).await;
    }
}

impl World {
    /// What a flaw makes of a change, and the tags that it writes afterwards.
    fn flawed(&self, action: &RoleAction) -> (RoleAction, BTreeMap<String, String>) {
        let mut action = action.clone();
        let mut later = BTreeMap::new();
        if let (Change::CreateRole { wanted }, Some(Flaw::TagsAfterwards)) =
            (&mut action.change, self.flaw.get())
        {
            later = std::mem::take(&mut wanted.tags);
        }
        (action, later)
    }
}

impl Session for World {
    fn begin(&self, _: Instant) {}

    fn extend(&self, _: Instant) {}

    fn calls(&self) -> BTreeMap<String, u32> {
        BTreeMap::new()
    }
}

impl PutAnswer for World {
    fn endpoint(&self) -> Option<&str> {
        None
    }

    async fn put_answer(&self, url: &str, body: &[u8], _: Duration) -> Result<(), Fault> {
        let what = "the answer to CloudFormation";
        self.waits(what, Side::Before).await;
        self.fails("cloudformation:Response")?;
        self.puts_out(body);
        self.answers.borrow_mut().entry(url.to_owned()).or_default().push(body.to_vec());
        self.waits(what, Side::After).await;
        self.fails("cloudformation:Response")
    }
}
