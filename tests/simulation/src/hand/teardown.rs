//! What the teardown asks of the world beside what the others ask.

use super::{Hand, Kind};
use crate::checks;
use crate::crash::Side;
use crate::exec::sleep;
use crate::secrets;
use crate::world::{self, State};
use cluster_teardown::Teardown;
use domain::teardown::Attached;
use domain::{ClusterName, Fault, Policy};
use jiff::Timestamp;
use lambda::custom_resource::{NotYet, Reply, Request, Resource};
use lambda::{Place, Record};
use ports::{Pause, Providers, Stacks};
use serde_json::Value;
use std::time::Duration;

/// A Lambda function lives fifteen minutes, of which the frame keeps five seconds.
const LIFE: Duration = Duration::from_secs(15 * 60 - 5);

impl Pause for Hand {
    async fn pause(&self, long: Duration) {
        self.await_once("a pause", Side::Before).await;
        let long = i64::try_from(long.as_millis()).unwrap_or(i64::MAX);
        sleep(&self.shared, long).await;
        // After a wait it looks anew.
        *self.reads.borrow_mut() = checks::Reads::default();
        self.await_once("a pause", Side::After).await;
    }
}

impl Providers for Hand {
    async fn attached(&self, _: &ClusterName) -> Result<Option<Attached>, Fault> {
        let call = "ecs:DescribeClusters";
        self.sets_out(call, Kind::Read).await?;
        self.await_once(call, Side::After).await;
        Ok(Some(Attached::default()))
    }
}

impl Stacks for Hand {
    async fn stack_status(&self, _: &str) -> Result<Option<String>, Fault> {
        let call = "cloudformation:DescribeStacks";
        self.sets_out(call, Kind::Read).await?;
        self.await_once(call, Side::After).await;
        Ok(Some("DELETE_IN_PROGRESS".to_owned()))
    }

    async fn resource_since(&self, _: &str, _: &str) -> Result<Option<Timestamp>, Fault> {
        let call = "cloudformation:DescribeStackResource";
        self.sets_out(call, Kind::Read).await?;
        self.await_once(call, Side::After).await;
        Ok(self.with(|state| state.deleted_since).map(world::timestamp))
    }
}

/// All that the custom resource puts out: its record, what Lambda is told, and the answer's body.
fn search(state: &mut State, request: &Request, record: &Record, come: &Result<Reply, NotYet>) {
    let mut text = Vec::new();
    record.write_to(&mut text);
    match come {
        Ok(reply) => text.extend(reply.body(request)),
        Err(NotYet(told)) => text.extend(told.bytes()),
    }
    secrets::search(state, "what the teardown says", &String::from_utf8_lossy(&text));
}

/// The real custom resource; whether Lambda must hand the request over again.
pub(crate) async fn teardown(hand: &Hand, payload: &Value, place: &Place) -> bool {
    let Ok(request) = Request::read(payload) else {
        return false;
    };
    let resource = Teardown { world: hand, policy: Policy::default(), wait: LIFE };
    let mut record = Record::default();
    let come = resource.handle(&request, place, LIFE, &mut record).await;
    hand.with(|state| search(state, &request, &record, &come));
    let answer = match come {
        Err(NotYet(told)) => {
            hand.with(|state| {
                state.tell(|_| format!("    the teardown is not done: {told}"), (32, 0));
            });
            return true;
        }
        Ok(Reply::Success { .. }) => Ok(()),
        Ok(Reply::Failed { reason, .. }) => Err(reason),
    };
    let call = "the answer to CloudFormation";
    hand.await_once(call, Side::Before).await;
    hand.with(|state| {
        let now = state.now;
        state.answers.push((now, answer));
    });
    hand.await_once(call, Side::After).await;
    false
}
