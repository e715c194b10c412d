//! CloudFormation and Lambda around the function: requests, doubled deliveries, rollbacks, cancelled creates.

use crate::iam::{Side, World};
use cluster_roles::{Roles, Settings};
use domain::roles::{Limits, Owner};
use lambda::custom_resource::respond;
use lambda::{Place, Record};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

const STACK: &str =
    "arn:aws:cloudformation:us-west-2:123456789012:stack/mine/51af3dc0-da77-11e4-872e-1234567db123";
const BUCKET: &str =
    "https://cloudformation-custom-resource-response-uswest2.s3.us-west-2.amazonaws.com";

/// An answer, as CloudFormation takes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Success { physical_id: String },
    Failed { physical_id: String, reason: String },
}

/// What one attempt awaits, in order: each call, and on which side of it.
type Awaits = Vec<(String, Side)>;

pub(crate) struct Stack {
    pub(crate) world: Rc<World>,
    pub(crate) seed: u64,
    requests: u32,
    physical_id: Option<String>,
    properties: Value,
    /// Where invocations die: the request, which attempt of it, and after how many polls.
    pub(crate) deaths: Vec<(u32, u32, u32)>,
    /// What each attempt of each request waited for.
    pub(crate) attempts: RefCell<BTreeMap<(u32, u32), Awaits>>,
    /// How often a request was handed over again because an invocation of it died.
    pub(crate) again: Cell<u32>,
    runtime: tokio::runtime::Runtime,
}

fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
    }
}

pub(crate) fn owner() -> Owner {
    Owner {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
        stack_id: STACK.to_owned(),
        logical_id: "Roles".to_owned(),
        creating: None,
    }
}

async fn invocation(world: Rc<World>, request: Value) {
    invoked(Rc::clone(&world), request, Duration::from_hours(1)).await;
    world.waits("the reply to Lambda", Side::Before).await;
}

/// One invocation that has so much time, and its record.
pub(crate) async fn invoked(world: Rc<World>, request: Value, left: Duration) -> (bool, Record) {
    let settings = Settings { limits: Limits::default(), settle: Duration::ZERO };
    let roles = Roles { world: &*world, settings };
    let deadline = Instant::now() + left;
    let mut record = Record::default();
    let done = respond(&roles, &*world, request, Some(place()), deadline, &mut record).await;
    let mut text = Vec::new();
    record.write_to(&mut text);
    text.extend(format!("{done:?}").bytes());
    world.puts_out(&text);
    (done.is_ok(), record)
}

/// Polls a future so many times at most; whether it came to its end.
fn drive(future: &mut (impl Future<Output = ()> + Unpin), polls: u32) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| matches!(pin!(&mut *future).poll(&mut context), Poll::Ready(())))
}

const TO_THE_END: u32 = 100_000;

impl Stack {
    pub(crate) fn new(seed: u64, faults: u32) -> Self {
        let world = World::new(seed);
        world.faults.set(faults);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (world, physical_id, properties) = (Rc::new(world), None, Value::Null);
        let (deaths, attempts, again) = (Vec::new(), RefCell::default(), Cell::new(0));
        Self { world, seed, requests: 0, physical_id, properties, deaths, attempts, again, runtime }
    }

    /// The id that the resource has.
    pub(crate) fn has_id(&self) -> String {
        self.physical_id.clone().unwrap()
    }

    pub(crate) fn status(&self, status: &str) {
        self.world.statuses.borrow_mut().insert(STACK.to_owned(), status.to_owned());
    }

    pub(crate) fn request(
        &mut self,
        kind: &str,
        properties: &Value,
        physical_id: Option<&str>,
    ) -> Value {
        self.requests += 1;
        let mut request = json!({
            "RequestType": kind, "RequestId": format!("request-{}", self.requests), "StackId": STACK,
            "LogicalResourceId": "Roles", "ResourceType": "Custom::ClusterRoles",
            "ResponseURL": format!("{BUCKET}/{}?X-Amz-Signature=canary-7f3a-signature.secret", self.requests),
            "ServiceToken": "arn:aws:lambda:us-west-2:123456789012:function:x",
            "Unknown": "canary-7f3a-unknown.",
            "ResourceProperties": properties,
        });
        if let Some(id) = physical_id {
            request["PhysicalResourceId"] = json!(id);
        }
        if kind == "Update" {
            request["OldResourceProperties"] = self.properties.clone();
        }
        request
    }

    /// Lambda hands a request over: three times at most while the function dies, and now and then once more.
    pub(crate) fn deliver(&self, request: &Value) {
        let _inside = self.runtime.enter();
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.world.awaits.borrow_mut().clear();
            let here = |one: &&(u32, u32, u32)| (one.0, one.1) == (self.requests, attempts);
            if let Some((.., polls)) = self.deaths.iter().find(here) {
                self.again.set(self.again.get() + 1);
                let mut dying = Box::pin(invocation(Rc::clone(&self.world), request.clone()));
                assert!(!drive(&mut dying, *polls), "it was over after fewer than {polls} polls");
                drop(dying);
                self.note(attempts);
                continue;
            }
            let dies = attempts < 3 && self.world.chance(self.world.faults.get());
            let polls =
                if dies { u32::try_from(self.world.pick(120)).unwrap() } else { TO_THE_END };
            let mut future = Box::pin(invocation(Rc::clone(&self.world), request.clone()));
            let over = drive(&mut future, polls);
            self.note(attempts);
            if over && self.answer(request).is_some() {
                break;
            }
            // The answer itself met so many faults that it was given up: the last attempt is spared them.
            if attempts >= 3 {
                let faults = self.world.faults.replace(0);
                drive(
                    &mut Box::pin(invocation(Rc::clone(&self.world), request.clone())),
                    TO_THE_END,
                );
                self.world.faults.set(faults);
                break;
            }
        }
        if self.world.chance(self.world.faults.get()) {
            drive(&mut Box::pin(invocation(Rc::clone(&self.world), request.clone())), TO_THE_END);
        }
    }

    fn note(&self, attempt: u32) {
        let waited = self.world.awaits.take();
        self.attempts.borrow_mut().insert((self.requests, attempt), waited);
    }

    /// The answer that came first, if one did; every one that came is checked.
    pub(crate) fn answer(&self, request: &Value) -> Option<Answer> {
        let answers = self.world.answers.borrow();
        let all = answers.get(request["ResponseURL"].as_str().unwrap())?;
        let mut read = all.iter().map(|body| {
            assert!(body.len() <= 4_096, "seed {}: S26", self.seed);
            let body: Value = serde_json::from_slice(body).unwrap();
            for field in ["RequestId", "StackId", "LogicalResourceId"] {
                assert_eq!(body[field], request[field], "seed {}: S26", self.seed);
            }
            let physical_id = body["PhysicalResourceId"].as_str().unwrap().to_owned();
            assert!(!physical_id.is_empty(), "seed {}: S26", self.seed);
            match body["Status"].as_str() {
                Some("SUCCESS") => Answer::Success { physical_id },
                Some("FAILED") => {
                    let reason = body["Reason"].as_str().unwrap().to_owned();
                    assert!(!reason.contains("secret"), "seed {}: {reason}", self.seed);
                    Answer::Failed { physical_id, reason }
                }
                other => panic!("{other:?}"),
            }
        });
        let first = read.next();
        for later in read {
            if let (Some(Answer::Success { physical_id }), Answer::Success { physical_id: other }) =
                (&first, &later)
            {
                assert_eq!(physical_id, other, "seed {}: S27", self.seed);
            }
        }
        first
    }

    pub(crate) fn ask(
        &mut self,
        kind: &str,
        properties: &Value,
        physical_id: Option<&str>,
    ) -> Answer {
        let request = self.request(kind, properties, physical_id);
        self.deliver(&request);
        let answered = self.world.answers.borrow().keys().all(|url| url.starts_with(BUCKET));
        assert!(answered, "seed {}: S35", self.seed);
        self.answer(&request).unwrap_or_else(|| panic!("seed {}: S25: {request}", self.seed))
    }

    /// Asks until it is done, the last time without faults: what people do when a delete failed.
    fn ask_on(&mut self, kind: &str, properties: &Value, physical_id: &str) -> Answer {
        let mut answer = self.ask(kind, properties, Some(physical_id));
        for faults in [self.world.faults.get(), 0] {
            if matches!(answer, Answer::Success { .. }) {
                break;
            }
            let before = self.world.faults.replace(faults);
            answer = self.ask(kind, properties, Some(physical_id));
            self.world.faults.set(before);
        }
        assert!(matches!(answer, Answer::Success { .. }), "seed {}: {kind}: {answer:?}", self.seed);
        answer
    }

    /// One invocation, without Lambda's retries: whether it ended well, and its record.
    pub(crate) fn invoke(&self, request: &Value, left: Duration) -> (bool, Record) {
        let _inside = self.runtime.enter();
        let mut future = Box::pin(invoked(Rc::clone(&self.world), request.clone(), left));
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
        }
    }

    /// The same, with timers that go off.
    pub(crate) fn invoke_until(&self, request: &Value, left: Duration) -> (bool, Record) {
        self.runtime.block_on(invoked(Rc::clone(&self.world), request.clone(), left))
    }

    /// Two invocations at once, by turns.
    pub(crate) fn at_once(&self, request: &Value) {
        let _inside = self.runtime.enter();
        let make = || Box::pin(invocation(Rc::clone(&self.world), request.clone()));
        let (mut one, mut other) = (make(), make());
        let (mut first, mut second) = (false, false);
        while !(first && second) {
            first = first || drive(&mut one, 1);
            second = second || drive(&mut other, 1);
        }
    }

    pub(crate) fn create(&mut self, properties: Value) -> Answer {
        self.status("CREATE_IN_PROGRESS");
        let answer = self.ask("Create", &properties, None);
        self.properties = properties;
        match &answer {
            Answer::Success { physical_id } | Answer::Failed { physical_id, .. } => {
                self.physical_id = Some(physical_id.clone());
            }
        }
        if matches!(answer, Answer::Failed { .. }) {
            self.status("ROLLBACK_IN_PROGRESS");
        }
        answer
    }

    fn made_up() -> String {
        "mine-Roles-1ABCDEFGHIJKL".to_owned()
    }

    /// A sibling fails: the Delete comes with an id that CloudFormation made up, while the Create still runs.
    pub(crate) fn create_and_cancel(&mut self, properties: Value) {
        let awaits = u32::try_from(self.world.pick(120)).unwrap();
        self.create_cancelled_at(properties, awaits);
    }

    /// Whether the Create was over by then.
    pub(crate) fn create_cancelled_at(&mut self, properties: Value, awaits: u32) -> bool {
        self.status("CREATE_IN_PROGRESS");
        let request = self.request("Create", &properties, None);
        let mut create = Box::pin(invocation(Rc::clone(&self.world), request));
        let over = {
            let _inside = self.runtime.enter();
            drive(&mut create, awaits)
        };
        self.status("ROLLBACK_IN_PROGRESS");
        self.ask_on("Delete", &properties, &Self::made_up());
        if !over {
            // Its last steps are spared the faults: what is checked is what it does, not whether it can.
            let faults = self.world.faults.replace(0);
            let _inside = self.runtime.enter();
            drive(&mut create, TO_THE_END);
            self.world.faults.set(faults);
        }
        (self.physical_id, self.properties) = (None, properties);
        over
    }

    /// Whether the Create was over before it could die.
    pub(crate) fn create_dying_at(&mut self, properties: Value, awaits: u32) -> bool {
        self.status("CREATE_IN_PROGRESS");
        let request = self.request("Create", &properties, None);
        let over = {
            let _inside = self.runtime.enter();
            let mut dying = Box::pin(invocation(Rc::clone(&self.world), request.clone()));
            drive(&mut dying, awaits)
        };
        self.deliver(&request);
        let answer = self.answer(&request).unwrap();
        let Answer::Success { physical_id } = answer else {
            panic!("{awaits}: {answer:?}");
        };
        (self.physical_id, self.properties) = (Some(physical_id), properties);
        over
    }

    pub(crate) fn update(&mut self, properties: Value) -> Answer {
        self.status("UPDATE_IN_PROGRESS");
        let had = self.physical_id.clone().unwrap();
        let answer = self.ask("Update", &properties, Some(&had));
        match &answer {
            Answer::Success { physical_id } => {
                let old = std::mem::replace(&mut self.properties, properties);
                self.physical_id = Some(physical_id.clone());
                if *physical_id != had {
                    self.status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
                    self.ask_on("Delete", &old, &had);
                }
            }
            Answer::Failed { physical_id, .. } => {
                assert_eq!(*physical_id, had, "seed {}: a failed update keeps its id", self.seed);
                self.status("UPDATE_ROLLBACK_IN_PROGRESS");
                let old = std::mem::replace(&mut self.properties, properties);
                let back = self.ask_on("Update", &old, &had);
                assert_eq!(back, Answer::Success { physical_id: had }, "seed {}", self.seed);
                self.properties = old;
            }
        }
        answer
    }

    pub(crate) fn delete(&mut self) {
        self.status("DELETE_IN_PROGRESS");
        let (id, properties) = (self.physical_id.take(), self.properties.clone());
        self.ask_on("Delete", &properties, &id.unwrap_or_else(Self::made_up));
    }

    pub(crate) fn physical_id(&self) -> &str {
        self.physical_id.as_deref().unwrap()
    }
}
