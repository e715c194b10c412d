//! `Custom::ClusterTeardown`: a cluster's hosts are seen out before their stack is deleted, so that the delete neither
//! hangs nor fails on them.
//!
//! It depends on the groups, so CloudFormation deletes it first. Then it looks, judges, acts and waits, again and again,
//! until nothing is left. Nothing is remembered: since when the delete runs, CloudFormation says.

mod estate;

use domain::teardown::{Holder, Properties, TEARDOWN_TAG, belongs, is_wanted};
use domain::{Fault, Policy};
use estate::Asked;
use jiff::{SignedDuration, Timestamp};
use lambda::custom_resource::{Kind, NotYet, Reply, Request, Resource};
use lambda::{Place, Record};
use ports::{Act, Pause, Providers, Reads, Stacks};
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(15);
/// What the last look and its acts may take.
const LAST: SignedDuration = SignedDuration::from_secs(30);
/// A request that is handled so soon after its delete began is handled for the first time: Lambda hands a request over
/// again a minute after the first try failed, at the earliest (*Asynchronous invocation* in the Lambda developer guide).
const FIRST: SignedDuration = SignedDuration::from_secs(45);
/// How much of CloudFormation's patience must be left for another try.
const ANOTHER: SignedDuration = SignedDuration::from_mins(5);
/// The longest that an invocation may be told to wait, in seconds: a function lives 15 minutes.
const MOST_WAIT: u64 = 900;

/// How long an invocation may wait, from `MUSTER_TEARDOWN_WAIT_SECONDS`; as long as it lives if nothing is set.
///
/// # Errors
/// That the variable cannot be used.
pub fn wait(lookup: impl Fn(&str) -> Option<String>) -> Result<Duration, String> {
    let given = lookup("MUSTER_TEARDOWN_WAIT_SECONDS");
    let given = given.filter(|text| !matches!(text.as_str(), "" | "-"));
    let seconds = given.map_or(Ok(MOST_WAIT), |text| text.parse());
    match seconds {
        Ok(seconds) if seconds <= MOST_WAIT => Ok(Duration::from_secs(seconds)),
        _ => Err("MUSTER_TEARDOWN_WAIT_SECONDS is no whole number from 0 to 900".to_owned()),
    }
}

/// The custom resource.
#[derive(Clone, Debug)]
pub struct Teardown<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told all functions.
    pub policy: Policy,
    /// How long an invocation may wait.
    pub wait: Duration,
}

/// Everything that the teardown asks of AWS.
pub trait World: Reads + Act + Providers + Stacks + Pause {}
impl<W: Reads + Act + Providers + Stacks + Pause> World for W {}

impl<W: World> Resource for Teardown<'_, W> {
    fn name(&self) -> &'static str {
        "cluster-teardown"
    }

    /// The same whatever is asked for: another id would be a replacement, and its delete would empty a living cluster.
    fn physical_id(&self, request: &Request, _: &Place) -> String {
        format!("muster-teardown:v1:{}", request.logical_id)
    }

    async fn handle(
        &self,
        request: &Request,
        place: &Place,
        budget: Duration,
        record: &mut Record,
    ) -> Result<Reply, NotYet> {
        let ours = self.physical_id(request, place);
        let physical_id = request.physical_id.clone().unwrap_or_else(|| ours.clone());
        let done = match request.kind {
            // Keeps S28: what we never made a promise about is not touched.
            Ok(Kind::Delete) if physical_id != ours => {
                "the physical id is none of ours: nothing is done".clone_into(&mut record.because);
                Ok(())
            }
            Ok(Kind::Delete) => self.see_out(request, budget, record).await?,
            _ => self.check(request, record).await,
        };
        Ok(match done {
            Ok(()) => Reply::Success { physical_id, data: BTreeMap::new() },
            Err(reason) => Reply::Failed { physical_id, reason },
        })
    }
}

impl<W: World> Teardown<'_, W> {
    /// What would keep the delete from working is told when the stack is made.
    async fn check(&self, request: &Request, record: &mut Record) -> Result<(), String> {
        let asked = Properties::read(&request.properties).map_err(|bad| bad.to_string())?;
        record.cluster = Some(asked.cluster.clone());
        let groups = estate::groups(self.world, &asked).await.map_err(|fault| fault.to_string())?;
        for name in &asked.groups {
            let cluster = groups.get(name).map(domain::GroupView::cluster);
            if cluster != Some(Some(asked.cluster.clone())) {
                let is =
                    if cluster.is_some() { "has no tag" } else { "is not there, with the tag" };
                return Err(format!("{name} {is} muster:cluster = {}", asked.cluster));
            }
            let tags = groups.get(name).map(|group| &group.tags);
            if !tags.is_some_and(|tags| belongs(tags, &request.stack_id)) {
                return Err(format!(
                    "{name} is not of this stack, and its tag {TEARDOWN_TAG} does not name it"
                ));
            }
        }
        "its groups are there, and tagged; nothing is done before the delete"
            .clone_into(&mut record.because);
        Ok(())
    }

    async fn see_out(
        &self,
        request: &Request,
        budget: Duration,
        record: &mut Record,
    ) -> Result<Result<(), String>, NotYet> {
        let begun = match self.begin(request, record).await {
            Ok(Some(begun)) => begun,
            Ok(None) => return Ok(Ok(())),
            Err(told) => return Ok(Err(told)),
        };
        let wait = SignedDuration::try_from(self.wait.min(budget)).unwrap_or_default();
        let last = begun.at.saturating_add(wait.saturating_sub(LAST).max(SignedDuration::ZERO));
        let last = last.unwrap_or(begun.at).min(begun.patience);
        loop {
            let held = match estate::round(self.world, &begun.asked, &self.policy, record).await {
                Ok(holders) if holders.is_empty() => return Ok(Ok(())),
                Ok(holders) => told(&holders),
                Err(fault) => format!("AWS could not be read: {fault}"),
            };
            let now = self.world.now();
            if now >= last {
                let told = format!("not gone yet: {held}");
                // Keeps S25: not answered only where it is certain that Lambda asks again.
                let again = begun.first && begun.patience.duration_since(now) >= ANOTHER;
                return if again { Err(NotYet(told)) } else { Ok(Err(told)) };
            }
            self.world.pause(PAUSE).await;
        }
    }

    /// What is to be done and since when; `None` if nothing is.
    async fn begin(&self, request: &Request, record: &mut Record) -> Result<Option<Begun>, String> {
        let asked = match Properties::read(&request.properties) {
            Ok(asked) => asked,
            // It never was made, for it would have been refused.
            Err(bad) => {
                record.because = format!("{bad}: nothing is done");
                return Ok(None);
            }
        };
        record.cluster = Some(asked.cluster.clone());
        let said = |fault: Fault| fault.to_string();
        let status = self.world.stack_status(&request.stack_id).await.map_err(said)?;
        if !is_wanted(status.as_deref()) {
            let is = status.unwrap_or_else(|| "not there".to_owned());
            record.because =
                format!("the stack is {is}, it does not go as a whole: its hosts are left alone");
            return Ok(None);
        }
        let since = self.world.resource_since(&request.stack_id, &request.logical_id).await;
        let since = since.map_err(said)?;
        let at = self.world.now();
        let timeout = SignedDuration::try_from(asked.timeout).unwrap_or(SignedDuration::ZERO);
        let from = since.unwrap_or(at);
        Ok(Some(Begun {
            at,
            first: since.is_some_and(|since| at.duration_since(since) < FIRST),
            patience: from.saturating_add(timeout.saturating_sub(LAST)).unwrap_or(at),
            asked: Asked { properties: asked, stack_id: request.stack_id.clone(), since: from },
        }))
    }
}

/// A delete that is to be done.
struct Begun {
    asked: Asked,
    /// When this invocation began.
    at: Timestamp,
    /// Whether it is certainly the first one.
    first: bool,
    /// Until when CloudFormation must be answered.
    patience: Timestamp,
}

/// The first few of them: a reason has room for some.
fn told(holders: &[Holder]) -> String {
    const MOST: usize = 10;
    let mut told: Vec<String> = holders.iter().take(MOST).map(ToString::to_string).collect();
    if let Some(more @ 1..) = holders.len().checked_sub(MOST) {
        told.push(format!("and {more} more"));
    }
    told.join("; ")
}
