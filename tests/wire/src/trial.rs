//! Calls on a bad line, each held against the same call on a clear one and against the truth.

use crate::class::Class;
use crate::excuse;
use crate::line::{Attempt, Weather};
use crate::net::Net;
use crate::ports::{Clients, READS, Read};
use crate::reading::{Reading, Told};
use crate::stage::Stage;
use crate::tally::Tally;
use crate::writes::{Write, writes};
use aws::{Logbook, Wire};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::{Fault, Standing};
use ports::Session as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What must be in no text.
pub const SECRETS: [&str; 3] = ["AKIDSESAME0000000000", "open-sesame-secret", "open-sesame-token"];

/// The longest that one operation may take: 15 s, and the bytes that were on their way.
pub const LONGEST: Duration = Duration::from_millis(15_100);

/// Attempts that a call of one operation may have.
const MOST_ATTEMPTS: usize = 3;

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// A read or a look.
    Read(Read),
    /// The write of this number.
    Write(usize),
}

/// A stage, a net before it, and what calls tell on a clear line.
#[derive(Debug)]
pub struct Trial {
    /// The stage.
    pub stage: Stage,
    /// The net.
    pub net: Net,
    /// The writes.
    pub writes: Vec<Write>,
    /// What came of all.
    pub tally: Tally,
    clear: BTreeMap<Call, Reading>,
    /// The truth after each write, on a clear line.
    after: BTreeMap<usize, String>,
    before: String,
}

/// New clients on a net; none of their budgets is used.
#[must_use]
pub fn clients(net: &Net) -> Clients {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let logs = Logbook::on(Wire {
        region: format!("wire-{made}"),
        credentials: SECRETS.map(str::to_owned),
        http: SharedHttpClient::new(net.clone()),
        sleep: SharedAsyncSleep::new(net.clock.clone()),
        bus: Some("default".to_owned()),
    });
    SECRETS[2].clone_into(&mut net.line().token);
    Clients { aws: logs.aws().clone(), logs }
}

impl Trial {
    /// Sets the stage, and makes every call on a clear line.
    pub async fn new() -> Self {
        let stage = Stage::set();
        let net = Net::new(Arc::clone(&stage.counter));
        let writes = writes(&stage);
        let before = stage.truth();
        let (clear, after, tally) = (BTreeMap::new(), BTreeMap::new(), Tally::default());
        let mut trial = Self { stage, net, writes, tally, clear, after, before };
        let clients = clients(&trial.net);
        for call in trial.calls() {
            let (reading, _) = trial.make(&clients, call).await;
            if let Call::Write(at) = call {
                trial.after.insert(at, trial.stage.truth());
                trial.stage.again();
            }
            trial.clear.insert(call, reading);
        }
        trial.net.line().take();
        trial
    }

    /// Every call there is.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        let reads = READS.into_iter().map(Call::Read);
        reads.chain((0..self.writes.len()).map(Call::Write)).collect()
    }

    /// What a call tells on a clear line.
    #[must_use]
    pub fn clear(&self, call: Call) -> Option<&Reading> {
        self.clear.get(&call)
    }

    /// A call's name.
    #[must_use]
    pub fn name(&self, call: Call) -> String {
        match call {
            Call::Read(read) => format!("{read:?}"),
            Call::Write(at) => self.writes.get(at).map(Write::name).unwrap_or_default(),
        }
    }

    async fn make(&self, clients: &Clients, call: Call) -> (Reading, Duration) {
        let hour = Instant::now() + Duration::from_hours(1);
        clients.aws.begin(hour);
        let from = self.net.clock.now();
        let reading = match call {
            Call::Read(read) => self.net.clock.run(read.ask(clients, &self.stage)).await,
            Call::Write(at) => {
                let write = self.writes.get(at).cloned();
                match write {
                    Some(write) => self.net.clock.run(write.make(clients)).await,
                    None => Reading::new(),
                }
            }
        };
        (reading, self.net.clock.now().saturating_sub(from))
    }

    /// The faults of an operation that a call tells on the line as it is.
    pub(crate) async fn faults(
        &mut self,
        clients: &Clients,
        call: Call,
        operation: &str,
    ) -> Vec<Fault> {
        let (reading, _) = self.make(clients, call).await;
        self.set_again();
        let faults = reading.into_values().filter_map(Result::err);
        faults.filter(|fault| fault.call().split(':').nth(1) == Some(operation)).collect()
    }

    /// The attempts of a call on the line as it is.
    pub(crate) async fn attempts(&mut self, clients: &Clients, call: Call) -> Vec<Attempt> {
        self.net.line().take();
        self.make(clients, call).await;
        self.set_again();
        self.net.line().attempts.clone()
    }

    fn set_again(&self) {
        if self.net.line().attempts.iter().any(|one| one.effect) {
            self.stage.again();
        }
    }

    /// Makes a call on the line as it is, and judges it.
    pub async fn one(&mut self, clients: &Clients, call: Call) {
        self.net.line().take();
        let (reading, took) = self.make(clients, call).await;
        let attempts = self.net.line().take();
        let mut wrong = self.wrong(call, &reading, &attempts);
        let operations: Vec<&str> = attempts.iter().map(|one| one.operation.as_str()).collect();
        let one = operations.windows(2).all(|two| two[0] == two[1]);
        let single = one && operations.len() <= MOST_ATTEMPTS;
        if single && took > LONGEST {
            wrong.push(format!("it took {took:?}"));
        }
        if let Call::Write(at) = call {
            let emits = matches!(self.writes.get(at), Some(Write::Emit(_)));
            let most = if emits { 2 * MOST_ATTEMPTS } else { MOST_ATTEMPTS };
            if operations.len() > most {
                wrong.push(format!("{} attempts", operations.len()));
            }
            wrong.extend(self.untrue(at, &reading, &attempts));
            if attempts.iter().any(|one| one.effect) {
                self.stage.again();
            }
        }
        self.net.line().hash(&format!("{reading:?}"));
        let same = self.clear.get(&call) == Some(&reading);
        let name = self.name(call);
        self.tally.note(&name, &attempts, &reading, same, single.then_some(took), &wrong);
    }

    /// What is wrong with a reading.
    fn wrong(&self, call: Call, reading: &Reading, attempts: &[Attempt]) -> Vec<String> {
        let Some(clear) = self.clear.get(&call) else { return Vec::new() };
        let mut wrong = Vec::new();
        let hidden = reading.values().any(Result::is_err);
        let excused = attempts.iter().any(excuse::is);
        for (part, expected) in clear {
            match (expected, reading.get(part)) {
                (Ok(_), None) if !hidden && !excused => {
                    wrong.push(format!("nothing is told of {part:?}"));
                }
                (Ok(expected), Some(Ok(told))) => {
                    wrong.extend(other(expected, told, attempts, excused));
                }
                // What a look had no need to ask on a clear line, it may ask on a bad one.
                (Err(expected), Some(Ok(told))) if expected.label() != "partial" => {
                    wrong.push(format!("{part:?}: {} instead of {expected}", told.text));
                }
                _ => {}
            }
        }
        for fault in reading.values().filter_map(|part| part.as_ref().err()) {
            if !clear.values().any(|part| part.as_ref().err() == Some(fault)) {
                wrong.extend(misnamed(fault, attempts));
            }
            let text = format!("{fault:?} {fault}");
            if SECRETS.iter().any(|secret| text.contains(secret)) {
                wrong.push(format!("a secret is told: {text}"));
            }
        }
        wrong
    }

    /// What is wrong with a write, if its answer is held against the truth.
    fn untrue(&self, at: usize, reading: &Reading, attempts: &[Attempt]) -> Vec<String> {
        let truth = self.stage.truth();
        let done = self.after.get(&at) == Some(&truth);
        let mut wrong = Vec::new();
        if !done && truth != self.before {
            wrong.push("the truth is neither as before nor as after one change".to_owned());
        }
        let clear = self.clear.get(&Call::Write(at));
        for (part, told) in reading {
            if clear.and_then(|clear| clear.get(part)) == Some(told) && told.is_err() {
                continue;
            }
            match told {
                Ok(_) if !done => wrong.push("it is told as done, and is not".to_owned()),
                Err(fault) if fault.standing() == Standing::Moot && !done => {
                    wrong.push(format!("it is told as done already, and is not: {fault}"));
                }
                Err(fault)
                    if fault.standing() == Standing::Never
                        && attempts.iter().any(|one| one.effect) =>
                {
                    wrong.push(format!("it is told as refused, and is done: {fault}"));
                }
                _ => {}
            }
        }
        wrong
    }

    /// So many calls in the weather of one seed.
    pub async fn seed(&mut self, seed: u64, calls: u64) {
        fastrand::seed(seed);
        self.net.line().draw(seed);
        self.tally.seed = seed;
        let clients = clients(&self.net);
        let all = self.calls();
        for _ in 0..calls {
            let at = self.net.line().rng.usize(..all.len());
            if let Some(call) = all.get(at) {
                self.one(&clients, *call).await;
            }
        }
        self.net.line().weather = Weather::Clear;
    }
}

/// What is wrong with a reading that is another than on a clear line.
fn other(expected: &Told, told: &Told, attempts: &[Attempt], excused: bool) -> Option<String> {
    if told.text == expected.text || excused {
        return None;
    }
    let lost: Vec<&String> = expected.things.difference(&told.things).collect();
    let edits: Vec<String> = attempts
        .iter()
        .filter_map(|one| {
            Some(format!("{} {:?} {}", one.operation, one.class?, one.edited.as_ref()?))
        })
        .collect();
    let mut classes = attempts.iter().filter_map(|one| one.class);
    if classes.all(Class::keeps_the_words) {
        let (told, expected) = (&told.text, &expected.text);
        return Some(format!("another reading by {edits:?}: {told} instead of {expected}"));
    }
    (!lost.is_empty()).then(|| format!("lost by {edits:?}: {lost:?}"))
}

/// What is wrong with a fault's name and standing.
fn misnamed(fault: &Fault, attempts: &[Attempt]) -> Option<String> {
    let operation = fault.call().split(':').nth(1).unwrap_or_default();
    let told = (fault.label(), fault.standing());
    let own = || attempts.iter().filter(|one| one.operation == operation);
    let classes: Vec<Class> = own().filter_map(|one| one.class).collect();
    // What AWS itself says when it is asked a second time.
    let again = own().rev().skip(1).any(|one| one.effect);
    if again && fault.standing() != Standing::Never {
        return None;
    }
    // An attempt of which nobody knows what it did puts in doubt whatever comes after it; a 503 is one of those too.
    let in_doubt = |class: Class| {
        class.is_ambiguous() || matches!(class, Class::Throttled | Class::UnknownCode)
    };
    let doubted = own().rev().skip(1).filter_map(|one| one.class).any(in_doubt);
    if doubted && told == ("no-answer", Standing::Again) {
        return None;
    }
    // What is asked in words that an edited answer gave, AWS may not understand; that is no reason to give up.
    let edited = |one: &Attempt| one.operation != operation && one.edited.is_some();
    if fault.standing() == Standing::Again && attempts.iter().any(edited) {
        return None;
    }
    let fits = classes.iter().any(|class| class.told().contains(&told));
    // A description that lacks something is told by the look, whatever hid it.
    let look = fault.label() == "partial" && attempts.iter().any(|one| one.class.is_some());
    (!fits && !look).then(|| format!("{told:?} of {classes:?}: {fault}"))
}
