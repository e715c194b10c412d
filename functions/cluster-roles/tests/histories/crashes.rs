//! A crash anywhere: every await of every request is once the last one, before and after what it asks for. Lambda hands the
//! request over again, and in the end there must be what there is without a crash, and one answer.

use crate::cloudformation::{Answer, Stack};
use crate::iam::{Account, Flaw, Side};
use crate::stated::{foreign, properties};
use domain::Fault;
use domain::roles::LINKED_MADE;
use serde_json::Value;
use std::collections::BTreeMap;

/// What came of all crashes.
#[derive(Debug, Default)]
pub(crate) struct Crashed {
    pub(crate) scenes: u32,
    pub(crate) awaits: u32,
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) twice: u32,
    pub(crate) again: u32,
    /// Runs with another answer, or with two that differ.
    pub(crate) answers: u32,
    /// Runs that did not end as the one without a crash.
    pub(crate) not_restored: u32,
    pub(crate) methods: BTreeMap<String, (u32, u32)>,
    pub(crate) failures: Vec<String>,
    /// Bytes of output that were searched for secrets.
    pub(crate) searched: usize,
}

impl Crashed {
    /// What was not died at on both sides.
    pub(crate) fn unreached(&self) -> Vec<&str> {
        let missed = |(what, (before, after)): &(&String, &(u32, u32))| {
            *before == 0 || (*after == 0 && what.as_str() != "the reply to Lambda")
        };
        self.methods.iter().filter(missed).map(|(what, _)| what.as_str()).collect()
    }
}

/// A scene: what was before, and what CloudFormation asks.
struct Scene {
    name: String,
    before: Option<usize>,
    asks: Box<dyn Fn(&mut Stack)>,
}

/// What a run came to.
#[derive(Debug, PartialEq)]
struct End {
    account: Account,
    /// For each request: how often another answer came than the first, and the first one, which CloudFormation took.
    answers: Vec<(usize, Value)>,
}

fn scenes(twice: bool) -> Vec<Scene> {
    let mut all = Vec::new();
    let mut add = |name: String, before, asks: Box<dyn Fn(&mut Stack)>| {
        all.push(Scene { name, before, asks });
    };
    for which in 0..10 {
        add(
            format!("create {which}"),
            None,
            Box::new(move |stack| drop(stack.create(properties(which)))),
        );
        add(
            format!("create {which}, refused by IAM, and rolled back"),
            None,
            Box::new(move |stack| {
                refuses(stack, true);
                stack.create(properties(which));
                refuses(stack, false);
                stack.delete();
            }),
        );
        add(
            format!("create {which} where somebody else has the name"),
            None,
            Box::new(move |stack| {
                let name = Stack::name_of(&properties(0), "ECSRole");
                stack.world.now.borrow_mut().roles.insert(name, foreign());
                stack.create(properties(which));
                stack.delete();
            }),
        );
    }
    for from in 0..9 {
        add(format!("delete {from}"), Some(from), Box::new(Stack::delete));
        // Each kind of change; all pairs in the long form.
        for to in (0..10).filter(|to| twice || from == 0 || *to == 0) {
            add(
                format!("update {from} to {to}"),
                Some(from),
                Box::new(move |stack| drop(stack.update(properties(to)))),
            );
        }
        add(
            format!("update {from} to another, refused by IAM, and rolled back"),
            Some(from),
            Box::new(move |stack| {
                // What was before, IAM takes again.
                stack.world.fails_in.set(Some("UPDATE_IN_PROGRESS"));
                refuses(stack, true);
                stack.update(properties((from + 4) % 9));
                refuses(stack, false);
            }),
        );
    }
    all
}

/// From now on IAM takes no policy any more.
fn refuses(stack: &Stack, on: bool) {
    let call = "iam:PutRolePolicy".to_owned();
    let fault =
        Fault::Refused { call, code: "MalformedPolicyDocument".to_owned(), told: "x".to_owned() };
    *stack.world.fails.borrow_mut() = on.then_some(("iam:PutRolePolicy", u32::MAX, fault));
}

/// The stack as it was before.
fn set(scene: &Scene, flaw: Option<Flaw>) -> Stack {
    let mut stack = Stack::new(7, 0);
    if let Some(which) = scene.before {
        assert!(matches!(stack.create(properties(which)), Answer::Success { .. }));
    }
    stack.world.flaw.set(flaw);
    stack.attempts.borrow_mut().clear();
    stack.world.answers.borrow_mut().clear();
    stack
}

fn play(scene: &Scene, deaths: &[(u32, u32, u32)], flaw: Option<Flaw>) -> (Stack, End) {
    let mut stack = set(scene, flaw);
    stack.deaths = deaths.to_vec();
    (scene.asks)(&mut stack);
    let first = |all: &Vec<Vec<u8>>| {
        let all: Vec<Value> = all.iter().map(|body| lasting(body)).collect();
        (all.iter().filter(|body| **body != all[0]).count(), all[0].clone())
    };
    let answers = stack.world.answers.borrow().values().map(first).collect();
    let account = stack.world.now.borrow().clone();
    (stack, End { account, answers })
}

/// What every answer to a request must say alike. Which of several reasons is told may differ. So may which service-linked
/// roles were missing: nobody remembers it for an invocation that died, they carry no tags of ours, and nothing rests on it.
fn lasting(body: &[u8]) -> Value {
    let mut body: Value = serde_json::from_slice(body).unwrap();
    body.as_object_mut().unwrap().remove("Reason");
    if let Some(data) = body.get_mut("Data").and_then(Value::as_object_mut) {
        data.remove(LINKED_MADE);
    }
    body
}

/// Plays every scene with a crash at each of its awaits, and with one at each await of the next attempt too.
pub(crate) fn all(twice: bool) -> Crashed {
    let mut crashed = Crashed::default();
    for scene in scenes(twice) {
        crashed.scenes += 1;
        crash(&scene, twice, None, &mut crashed);
    }
    crashed
}

/// In how many runs a flaw shows.
pub(crate) fn with_flaw(flaw: Flaw) -> u32 {
    let mut crashed = Crashed::default();
    for scene in scenes(false).iter().filter(|it| it.name.starts_with("create")) {
        crash(scene, false, Some(flaw), &mut crashed);
    }
    crashed.answers + crashed.not_restored
}

fn crash(scene: &Scene, twice: bool, flaw: Option<Flaw>, crashed: &mut Crashed) {
    let (stack, base) = play(scene, &[], flaw);
    crashed.searched += stack.world.searched.get();
    let attempts = stack.attempts.borrow();
    for ((request, attempt), waited) in attempts.iter().filter(|((_, attempt), _)| *attempt == 1) {
        for (at, (what, side)) in waited.iter().enumerate() {
            let polls = u32::try_from(at).unwrap() + 1;
            let death = (*request, *attempt, polls);
            crashed.awaits += 1;
            let sides = crashed.methods.entry(what.clone()).or_default();
            match side {
                Side::Before => (crashed.before, sides.0) = (crashed.before + 1, sides.0 + 1),
                Side::After => (crashed.after, sides.1) = (crashed.after + 1, sides.1 + 1),
            }
            let (second, end) = play(scene, &[death], flaw);
            judge(scene, &[death], what, &base, (&second, &end), crashed);
            if twice {
                let waited = second.attempts.borrow().get(&(*request, 2)).map_or(0, Vec::len);
                for again in 1..=u32::try_from(waited).unwrap() {
                    let deaths = [death, (*request, 2, again)];
                    let (third, end) = play(scene, &deaths, flaw);
                    judge(scene, &deaths, what, &base, (&third, &end), crashed);
                    crashed.twice += 1;
                }
            }
        }
    }
}

fn judge(
    scene: &Scene,
    deaths: &[(u32, u32, u32)],
    what: &str,
    base: &End,
    (stack, end): (&Stack, &End),
    crashed: &mut Crashed,
) {
    crashed.again += stack.again.get();
    crashed.searched += stack.world.searched.get();
    let answered = base.answers == end.answers;
    let restored = base.account == end.account;
    crashed.answers += u32::from(!answered);
    crashed.not_restored += u32::from(!restored);
    if (!answered || !restored) && crashed.failures.len() < 10 {
        crashed.failures.push(format!(
            "{}: dies at {deaths:?}, {what}: answered as before: {answered}, restored: {restored}\n{base:#?}\n{end:#?}",
            scene.name
        ));
    }
}
