//! Scenes played with a crash at one await, or at two, and what came of it.

use super::{Flaw, Method, Point, SCENES, Scene, Side, truth};
use crate::checks::{self, Violation};
use crate::report::threads;
use crate::weather::Function;
use crate::world::Due;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is played.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The large scenes too.
    pub large: bool,
    /// A second crash too, at every await of the same function's next invocation; not in the large scenes.
    pub twice: bool,
    /// Only every so many-th await, and the first at each side of each method of each function; 0 and 1 are all. An odd
    /// number, for the sides take turns.
    pub every: usize,
    /// What is wrong on purpose.
    pub flaw: Option<Flaw>,
    /// Only scenes whose name holds this.
    pub only: Option<&'static str>,
}

/// What no scene comes to yet, though seeds do. The verifier reads services only for words about a slow drain, and nothing
/// else rests on it. Where an event tells that the reason of a drain is gone, the drainer sets its host ACTIVE again: scenes
/// let the sweep die in these two writes, and not the drainer.
pub const UNPLAYED: [(Function, Method); 3] = [
    (Function::Verifier, Method { call: "ecs:DescribeServices", what: "" }),
    (Function::Drainer, Method { call: "ecs:DeleteAttributes", what: "draining" }),
    (Function::Drainer, Method { call: "ecs:UpdateContainerInstancesState", what: "activate" }),
];

/// What is said of a scene that does not even end well without a crash.
const BY_ITSELF: &str = "fails by itself";

/// One run of a scene.
struct Run {
    points: Vec<Point>,
    violations: Vec<Violation>,
    ends: Result<(), String>,
    /// The truth after each minute, and in the end.
    minutes: Vec<Vec<String>>,
    again: u32,
    deaths: u64,
    story: String,
}

impl Run {
    fn last(&self) -> &[String] {
        self.minutes.last().map_or(&[], Vec::as_slice)
    }

    /// From which minute on it was as in the end.
    fn rests_from(&self) -> usize {
        let last = self.last();
        self.minutes.iter().rposition(|one| one != last).map_or(0, |at| at + 1)
    }
}

/// How a scene is played.
#[derive(Clone, Copy, Default)]
struct How<'a> {
    deaths: &'a [(usize, u32)],
    ticks_come_again: bool,
    flaw: Option<Flaw>,
    told: bool,
}

fn play(scene: &Scene, how: How<'_>) -> Run {
    let mut stage = (scene.set)();
    {
        let mut state = stage.state();
        state.history = how.told.then(Vec::new);
        state.dies_at = how.deaths.to_vec();
        state.awaits = Some(Vec::new());
        state.ticks_come_again = how.ticks_come_again;
        state.flaw = how.flaw;
    }
    stage.due(Due::Tick);
    let mut points = Vec::new();
    let mut minutes = Vec::new();
    for minute in 0..scene.minutes {
        (scene.plays)(&mut stage, minute);
        stage.run_for(1);
        if minute + 1 == scene.dying {
            points = stage.state().awaits.take().unwrap_or_default();
        }
        minutes.push(truth(&stage.see()));
    }
    checks::at_rest(&mut stage.state());
    let ends = (scene.ends)(&stage);
    let (deaths, story) = (stage.deaths(), stage.story());
    let state = stage.see();
    Run {
        points,
        violations: state.violations.clone(),
        ends,
        minutes,
        again: state.again,
        deaths,
        story,
    }
}

/// What came of the crashes of one function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// In which scenes it died.
    pub scenes: BTreeSet<&'static str>,
    /// At how many awaits.
    pub awaits: u64,
    /// Crashes before an effect.
    pub before: u64,
    /// Crashes after one.
    pub after: u64,
    /// Of both, those with the tick handed over again.
    pub ticks_again: u64,
    /// Second crashes.
    pub twice: u64,
    /// How often something was handed over again.
    pub again: u64,
    /// Runs in which a promise was broken.
    pub broken: u64,
    /// Runs that did not end as the one without a crash.
    pub not_restored: u64,
    /// How many minutes later than without a crash the world was at rest, at most.
    pub minutes_late: usize,
}

/// What came of all crashes.
#[derive(Clone, Debug, Default)]
pub struct Crashed {
    /// By function.
    pub functions: BTreeMap<Function, Sum>,
    /// How often each function died before and after each method.
    pub methods: BTreeMap<(Function, Method), (u64, u64)>,
    /// What went wrong, in words: the first few.
    pub failures: Vec<String>,
}

impl Crashed {
    fn merge(mut self, other: Self) -> Self {
        for (function, one) in other.functions {
            let sum = self.functions.entry(function).or_default();
            sum.scenes.extend(one.scenes);
            sum.awaits += one.awaits;
            sum.before += one.before;
            sum.after += one.after;
            sum.ticks_again += one.ticks_again;
            sum.twice += one.twice;
            sum.again += one.again;
            sum.broken += one.broken;
            sum.not_restored += one.not_restored;
            sum.minutes_late = sum.minutes_late.max(one.minutes_late);
        }
        for (method, (before, after)) in other.methods {
            let sum = self.methods.entry(method).or_default();
            *sum = (sum.0 + before, sum.1 + after);
        }
        self.failures.extend(other.failures);
        self.failures.truncate(20);
        self
    }

    /// How many runs went wrong.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        self.functions.values().map(|one| one.broken + one.not_restored).sum()
    }

    /// The methods that were reached by crashes on neither or only one side, of those that are known.
    #[must_use]
    pub fn unreached(&self, known: &BTreeSet<(Function, Method)>) -> Vec<(Function, Method)> {
        let reply = "the reply to Lambda";
        let all = known.iter().chain(self.methods.keys());
        let all: BTreeSet<(Function, Method)> = all.copied().collect();
        let reached = |one: &(Function, Method)| {
            let (before, after) = self.methods.get(one).copied().unwrap_or_default();
            before > 0 && (after > 0 || one.1.call == reply)
        };
        all.into_iter().filter(|one| !reached(one)).collect()
    }
}

/// A scene without a crash: what all others are held against.
struct Base<'a> {
    scene: &'a Scene,
    run: Run,
}

/// Plays all scenes, each with a crash at each of its awaits.
#[must_use]
pub fn all(options: &Options) -> Crashed {
    let fits = |scene: &&Scene| {
        (options.large || !scene.large) && options.only.is_none_or(|name| scene.name.contains(name))
    };
    let bases: Vec<Base<'_>> = SCENES
        .iter()
        .filter(fits)
        .map(|scene| Base { scene, run: play(scene, How { flaw: options.flaw, ..How::default() }) })
        .collect();
    let mut crashed = Crashed::default();
    for base in &bases {
        if !base.run.violations.is_empty() || base.run.ends.is_err() {
            let Run { violations, ends, .. } = &base.run;
            crashed
                .failures
                .push(format!("{} {BY_ITSELF}: {ends:?} {violations:?}", base.scene.name));
        }
    }
    let step = options.every.max(1);
    let mut met = BTreeSet::new();
    let mut taken = |number: usize, point: &Point| {
        let first = met.insert((point.function, point.method, point.side));
        first || number.is_multiple_of(step)
    };
    let all = bases.iter().flat_map(|base| base.run.points.iter().map(move |it| (base, *it)));
    let jobs: Vec<(&Base<'_>, Point)> =
        all.enumerate().filter_map(|(number, job)| taken(number, &job.1).then_some(job)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut crashed = Crashed::default();
        while let Some((base, point)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            crash(base, *point, options, &mut crashed);
        }
        crashed
    };
    thread::scope(|scope| {
        let working: Vec<_> = (0..threads()).map(|_| scope.spawn(work)).collect();
        working.into_iter().fold(crashed, |sum, one| match one.join() {
            Ok(crashed) => sum.merge(crashed),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

/// In how many runs a crash finds each of the flaws, in the scene that is for it. Without a crash it shows nothing, or the
/// number would tell nothing: then it is none.
#[must_use]
pub fn planted() -> Vec<(Flaw, &'static str, u64)> {
    let found = |flaw, scene| {
        let options = Options { flaw: Some(flaw), only: Some(scene), ..Options::default() };
        let crashed = all(&options);
        if crashed.failures.iter().any(|one| one.contains(BY_ITSELF)) { 0 } else { crashed.wrong() }
    };
    Flaw::ALL.into_iter().map(|(flaw, what, scene)| (flaw, what, found(flaw, scene))).collect()
}

fn crash(base: &Base<'_>, point: Point, options: &Options, crashed: &mut Crashed) {
    let first = (point.invocation, point.number);
    let how = How { flaw: options.flaw, ..How::default() };
    let deaths = [first];
    let run = play(base.scene, How { deaths: &deaths, ..how });
    let sum = crashed.functions.entry(point.function).or_default();
    sum.scenes.insert(base.scene.name);
    sum.awaits += 1;
    let sides = crashed.methods.entry((point.function, point.method)).or_default();
    match point.side {
        Side::Before => sides.0 += 1,
        Side::After => sides.1 += 1,
    }
    judge(base, point, How { deaths: &deaths, ..how }, &run, crashed);
    // The clock's own: Lambda hands it over again too, beside the next minute's.
    if matches!(point.function, Function::Reconciler | Function::Adjuster) {
        let again = How { deaths: &deaths, ticks_come_again: true, ..how };
        let run = play(base.scene, again);
        judge(base, point, again, &run, crashed);
        crashed.functions.entry(point.function).or_default().ticks_again += 1;
    }
    if !options.twice || base.scene.large {
        return;
    }
    let later = |it: &&Point| it.function == point.function && it.invocation > point.invocation;
    let Some(second) = run.points.iter().find(later).map(|it| it.invocation) else {
        return;
    };
    for other in run.points.iter().filter(|it| it.invocation == second) {
        let deaths = [first, (other.invocation, other.number)];
        let how = How { deaths: &deaths, ..how };
        let run = play(base.scene, how);
        judge(base, *other, how, &run, crashed);
        crashed.functions.entry(point.function).or_default().twice += 1;
    }
}

fn judge(base: &Base<'_>, point: Point, how: How<'_>, run: &Run, crashed: &mut Crashed) {
    let sum = crashed.functions.entry(point.function).or_default();
    match point.side {
        Side::Before => sum.before += 1,
        Side::After => sum.after += 1,
    }
    sum.again += u64::from(run.again);
    let died = usize::try_from(run.deaths) == Ok(how.deaths.len());
    let broken = !run.violations.is_empty();
    let restored = run.ends.is_ok() && run.last() == base.run.last();
    sum.broken += u64::from(broken);
    sum.not_restored += u64::from(!restored || !died);
    if restored {
        let late = run.rests_from().saturating_sub(base.run.rests_from());
        sum.minutes_late = sum.minutes_late.max(late);
    }
    if (broken || !restored || !died) && crashed.failures.len() < 20 {
        let story = if crashed.failures.is_empty() {
            play(base.scene, How { told: true, ..how }).story
        } else {
            String::new()
        };
        crashed.failures.push(format!(
            "{}: {:?} dies {:?} {} (at {:?}, ticks come again: {}, {} died): {:?} {:?}\n  came to {:#?}\n  instead of {:#?}\n{story}",
            base.scene.name, point.function, point.side, point.method, how.deaths, how.ticks_come_again,
            run.deaths, run.ends, run.violations, run.last(), base.run.last(),
        ));
    }
}
