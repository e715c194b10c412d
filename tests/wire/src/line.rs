//! The weather on the line, and the journal of what went over it.

use crate::class::{ALL, Class};
use crate::tree::{self, Edit, Tree};
use crate::words::{self, Protocol};
use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, HeaderValue, Response, header};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// A request.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The operation.
    pub operation: String,
    /// How its service answers.
    pub protocol: Protocol,
}

impl Sent {
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        if let Some(operation) = target.and_then(|text| text.rsplit('.').next()) {
            return Self { operation: operation.to_owned(), protocol: Protocol::Json };
        }
        let body = std::str::from_utf8(body).unwrap_or_default();
        let of = |name: &str| {
            body.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap_or_default()
        };
        let ec2 = of("Version=") == "2016-11-15";
        let protocol = if ec2 { Protocol::Ec2 } else { Protocol::Query };
        Self { operation: of("Action=").to_owned(), protocol }
    }
}

/// What the line does with a request.
pub(crate) enum Does {
    /// AWS never hears of it, and this comes back.
    Instead(Class, Response<Bytes>),
    /// AWS never hears of it, and nothing comes back.
    Breaks,
    /// AWS answers, and the answer meets with this.
    After(Option<Class>),
}

/// An attempt of a call.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The operation.
    pub operation: String,
    /// What it met.
    pub class: Option<Class>,
    /// Whether AWS did what was asked.
    pub effect: bool,
    /// Where the answer was edited, by the place's name.
    pub edited: Option<String>,
}

/// What the line does.
#[derive(Clone, Debug, Default)]
pub enum Weather {
    /// Nothing.
    #[default]
    Clear,
    /// Each attempt meets one of these classes with this chance of a hundred.
    Swarm {
        /// The classes that are on.
        on: Vec<Class>,
        /// Of a hundred.
        rate: u8,
    },
    /// Every attempt of this operation meets this.
    Always(String, Class),
    /// Every answer of this operation, if it is this one, is edited at the place of this number in it.
    Edited(String, usize, Edit),
    /// Every attempt of this operation gets this instead: status, code, message.
    Error(String, words::Shape, u16, String, String),
}

/// See the module.
#[derive(Debug, Default)]
pub struct Line {
    /// What the line does from now on.
    pub weather: Weather,
    /// Where chance comes from.
    pub rng: Rng,
    /// What was attempted since this was last emptied.
    pub attempts: Vec<Attempt>,
    /// Whether every write is held against the promises.
    pub guarded: bool,
    /// What was wrong with writes.
    pub wrong: Vec<String>,
    /// Of each operation, how many places its answers have, if that is asked for.
    pub survey: Option<BTreeMap<String, usize>>,
    edited: Option<String>,
    /// For so many answers more the time is right.
    dated: u8,
    /// The session token, which AWS repeats in a message of its own.
    pub token: String,
    trace: DefaultHasher,
}

impl Line {
    /// Takes the journal.
    pub fn take(&mut self) -> Vec<Attempt> {
        std::mem::take(&mut self.attempts)
    }

    /// Puts something more into the trace.
    pub fn hash(&mut self, what: &impl Hash) {
        what.hash(&mut self.trace);
    }

    /// A hash of all that went over the line and when.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.trace.finish()
    }

    /// Draws the weather of a seed: each class on or off, and how bad it is.
    pub fn draw(&mut self, seed: u64) {
        self.rng = Rng::with_seed(seed);
        let on: Vec<Class> = ALL.into_iter().filter(|_| self.rng.bool()).collect();
        let rate = *self.rng.choice(&[3, 10, 25, 50, 85]).unwrap_or(&10);
        self.weather = if on.is_empty() { Weather::Clear } else { Weather::Swarm { on, rate } };
    }

    fn class(&mut self, sent: &Sent) -> Option<Class> {
        match &self.weather {
            Weather::Clear | Weather::Edited(..) | Weather::Error(..) => None,
            Weather::Swarm { on, rate } => {
                let met = self.rng.u8(..100) < *rate;
                if met { self.rng.choice(on).copied() } else { None }
            }
            Weather::Always(operation, class) => (*operation == sent.operation).then_some(*class),
        }
    }

    pub(crate) fn does(&mut self, sent: &Sent) -> Does {
        if let Weather::Error(operation, shape, status, code, message) = &self.weather
            && *operation == sent.operation
        {
            let answer = words::error(sent.protocol, *shape, *status, code, message);
            return Does::Instead(Class::UnknownCode, answer);
        }
        let Some(class) = self.class(sent) else { return Does::After(None) };
        let (protocol, rng) = (sent.protocol, &mut self.rng);
        let answer = match class {
            Class::Throttled => words::throttled(protocol, rng),
            Class::Unavailable => words::unavailable(protocol, rng),
            Class::Expired => words::expired(protocol, rng),
            Class::Signature => words::signature(protocol, &self.token, rng),
            Class::UnknownCode => words::unknown_code(protocol, rng),
            Class::ResetBefore => return Does::Breaks,
            other => return Does::After(Some(other)),
        };
        Does::Instead(class, answer)
    }

    /// What an answer of AWS's is when it arrives; which class it met, where it could meet it.
    pub(crate) fn spoil(
        &mut self,
        class: Option<Class>,
        sent: &Sent,
        answer: Response<Bytes>,
    ) -> (Option<Class>, Response<Bytes>) {
        self.dated = self.dated.saturating_sub(1);
        if let Weather::Edited(operation, at, edit) = self.weather.clone()
            && operation == sent.operation
        {
            let (answer, done) = self.edit(answer, Some(at), edit);
            return (done.then_some(of_edit(edit)), answer);
        }
        if let Some(survey) = &mut self.survey
            && answer.status().is_success()
        {
            let places = Tree::read(answer.body()).map_or(0, |tree| tree.places().len());
            let most = survey.entry(sent.operation.clone()).or_default();
            *most = places.max(*most);
        }
        let Some(class) = class else { return (None, answer) };
        if class == Class::Date {
            // Of five answers, most have the right time: that is what a clock of many witnesses rests on.
            if self.dated > 0 {
                return (None, answer);
            }
            self.dated = 3;
            return (Some(class), self.misdated(answer));
        }
        // An error of AWS's own is not made worse.
        if !answer.status().is_success() {
            let met = matches!(class, Class::ResetAfter | Class::Slow | Class::Sluggish);
            return (met.then_some(class), answer);
        }
        let (done, answer) = match class {
            Class::Cut => self.cut(answer),
            Class::Page => (true, answer.map(|_| Bytes::from_static(words::PAGE.as_bytes()))),
            Class::Empty => (true, answer.map(|_| Bytes::new())),
            Class::Failures => Self::failures(answer),
            Class::Missing => self.swap(answer, Edit::Remove),
            Class::Null => self.swap(answer, Edit::Null),
            Class::WrongType => self.swap(answer, Edit::WrongType),
            Class::UnknownWord => self.swap(answer, Edit::UnknownWord),
            Class::MoreMembers => self.swap(answer, Edit::MoreMembers),
            _ => (true, answer),
        };
        (done.then_some(class), answer)
    }

    fn swap(&mut self, answer: Response<Bytes>, edit: Edit) -> (bool, Response<Bytes>) {
        let (answer, done) = self.edit(answer, None, edit);
        (done, answer)
    }

    fn edit(
        &mut self,
        answer: Response<Bytes>,
        at: Option<usize>,
        edit: Edit,
    ) -> (Response<Bytes>, bool) {
        let Some(mut tree) = Tree::read(answer.body()) else { return (answer, false) };
        let places = tree.places();
        if places.is_empty() {
            return (answer, false);
        }
        let at = at.unwrap_or_else(|| self.rng.usize(..places.len()));
        let Some((path, name)) = places.get(at) else { return (answer, false) };
        let known = edit == Edit::UnknownWord && !tree::is_word(name);
        let shorter = matches!(edit, Edit::Remove | Edit::Null) && name.ends_with("[]");
        // A list that is one shorter cannot be told from a whole one, but where everything was asked for by its name.
        if known || shorter && !ASKED_FOR.contains(&name.as_str()) {
            return (answer, false);
        }
        if !tree.edit(path, edit) {
            return (answer, false);
        }
        self.edited = Some(name.clone());
        (answer.map(|_| Bytes::from(tree.write())), true)
    }

    fn cut(&mut self, answer: Response<Bytes>) -> (bool, Response<Bytes>) {
        let long = answer.body().len();
        let end = self.rng.usize(1.min(long)..long.max(1));
        (long > 1, answer.map(|body| body.slice(..end.min(long))))
    }

    fn misdated(&mut self, mut answer: Response<Bytes>) -> Response<Bytes> {
        let words = [
            "",
            "yesterday",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Wed, 04 Mar 2026 25:61:61 GMT",
            "Wed, 04 Mar 2020 05:06:07 GMT",
            "Wed, 04 Mar 2037 05:06:07 GMT",
        ];
        match *self.rng.choice(&words).unwrap_or(&"") {
            "" => drop(answer.headers_mut().remove(header::DATE)),
            word => drop(answer.headers_mut().insert(header::DATE, HeaderValue::from_static(word))),
        }
        answer
    }

    /// One of those that were asked for becomes a failure.
    fn failures(answer: Response<Bytes>) -> (bool, Response<Bytes>) {
        let Some(Tree::Json(mut value)) = Tree::read(answer.body()) else { return (false, answer) };
        let Some(members) = value.as_object_mut() else { return (false, answer) };
        // A cluster, or a provider, that is missing is one that is not there.
        let absent = members.contains_key("clusters") || members.contains_key("capacityProviders");
        if absent || !members.get("failures").is_some_and(serde_json::Value::is_array) {
            return (false, answer);
        }
        let mut lists = members.iter_mut().filter(|(name, _)| *name != "failures");
        let list = lists.find_map(|(_, one)| one.as_array_mut());
        let Some(gone) = list.and_then(Vec::pop) else { return (false, answer) };
        let arn = gone.as_object().into_iter().flatten().find(|(name, _)| name.ends_with("Arn"));
        let arn = arn.map(|(_, arn)| arn.clone());
        let failure = serde_json::json!([{ "arn": arn, "reason": "MISSING" }]);
        members.insert("failures".to_owned(), failure);
        (true, answer.map(|_| Bytes::from(value.to_string())))
    }

    pub(crate) fn note(&mut self, sent: &Sent, class: Option<Class>, effect: bool, at: Duration) {
        let operation = sent.operation.clone();
        (&operation, class, effect, at).hash(&mut self.trace);
        let edited = self.edited.take();
        self.attempts.push(Attempt { operation, class, effect, edited });
    }
}

/// Lists of what was asked for by its name.
const ASKED_FOR: [&str; 6] = [
    "capacityProviders[]",
    "clusters[]",
    "containerInstances[]",
    "protectedTasks[]",
    "services[]",
    "tasks[]",
];

fn of_edit(edit: Edit) -> Class {
    match edit {
        Edit::Remove => Class::Missing,
        Edit::Null => Class::Null,
        Edit::WrongType => Class::WrongType,
        Edit::UnknownWord => Class::UnknownWord,
        Edit::MoreMembers => Class::MoreMembers,
    }
}
