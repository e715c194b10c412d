//! The stage: the local AWS, what is heard of it, and the hands of the operator.

use super::hosts::Hosts;
use super::tale::{self, Totals};
use super::world;
use crate::error::Trouble;
use crate::out::{self, BOLD, DIM, HAND};
use jiff::{SignedDuration, Timestamp};
use local_aws::world::{Service, World};
use local_aws::{Happening, LocalAws};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::pin::pin;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How many decision records are kept to help when a step does not hold.
const LAST_WORDS: usize = 6;

pub(crate) struct Stage {
    pub(crate) aws: LocalAws,
    pub(crate) json: bool,
    pub(crate) hosts: Hosts,
    pub(crate) totals: Totals,
    /// The hosts' role, once the stack has made it.
    pub(crate) role: String,
    heard: Receiver<Happening>,
    /// Where the functions' lines are kept, if they are.
    kept: Option<File>,
    records: VecDeque<Value>,
    start: Timestamp,
}

impl Stage {
    pub(crate) fn new(aws: LocalAws, json: bool, kept: Option<File>) -> Self {
        let start = aws.world(|world| {
            // What every account with ECS hosts has: the role that their launch template names.
            world.make_instance_role();
            world.core.now()
        });
        let heard = aws.subscribe();
        Self {
            aws,
            json,
            hosts: Hosts::default(),
            totals: Totals::default(),
            role: String::new(),
            heard,
            kept,
            records: VecDeque::new(),
            start,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.aws.world(|world| world.core.now())
    }

    /// World time since the beginning, in whole seconds.
    pub(crate) fn passed(&self) -> SignedDuration {
        SignedDuration::from_secs(self.now().duration_since(self.start).as_secs())
    }

    pub(crate) fn heading(&mut self, number: usize, title: &str) {
        self.catch_up();
        if self.json {
            out::line(json!({ "begins": number, "title": title }));
        } else {
            out::line(format_args!("{BOLD}{number}. {title}{BOLD:#}"));
        }
    }

    /// Lets time pass until the condition holds, and tells what happens meanwhile.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        minutes: i64,
        condition: impl FnMut(&mut World) -> bool,
    ) -> Result<(), Trouble> {
        let aws = self.aws.clone();
        let mut waiting = pin!(aws.run_until(SignedDuration::from_mins(minutes), condition));
        let result = loop {
            tokio::select! {
                biased;
                heard = self.heard.recv() => match heard {
                    Ok(happening) => self.hear(&happening),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break waiting.await,
                },
                result = &mut waiting => break result,
            }
        };
        self.catch_up();
        result.map_err(|late| Trouble::Late { what: what.to_owned(), late })
    }

    /// Tells what has happened and is not told yet.
    pub(crate) fn catch_up(&mut self) {
        while let Ok(happening) = self.heard.try_recv() {
            self.hear(&happening);
        }
    }

    fn hear(&mut self, happening: &Happening) {
        self.totals.count(happening);
        self.hosts.hear(happening);
        if let (Happening::Log { line, .. }, Some(kept)) = (happening, &mut self.kept) {
            // The story goes on without it.
            let _ = writeln!(kept, "{line}");
        }
        if let Happening::Log { line, .. } = happening
            && line.get("record").is_some()
        {
            self.records.push_back(line.clone());
            if self.records.len() > LAST_WORDS {
                self.records.pop_front();
            }
        }
        if let Some(told) = tale::tell(happening) {
            let passed = told.at.duration_since(self.start);
            if self.json {
                out::line(told.json(passed));
            } else {
                out::line(told.line(passed));
            }
        }
    }

    /// What a person does, told.
    pub(crate) fn hand(&mut self, what: &str) {
        self.catch_up();
        let passed = self.passed();
        if self.json {
            out::line(json!({ "at": passed.as_secs(), "who": "operator", "what": what }));
        } else {
            let clock = tale::clock(passed);
            out::line(format_args!(
                "  {DIM}{clock}{DIM:#} {HAND}{:<17}{HAND:#} {what}",
                "operator"
            ));
        }
    }

    /// An API call of the operator's.
    pub(crate) fn call(
        &mut self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, Trouble> {
        let answer = self.aws.world(|world| world.call(service, operation, input));
        answer.map_err(|fault| Trouble::Call { operation: operation.to_owned(), fault })
    }

    /// Asks the world something.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&mut World) -> T) -> T {
        self.aws.world(question)
    }

    /// A host in service, for the examples.
    pub(crate) fn a_host(&self) -> String {
        let mut seats = self.ask(world::seats);
        seats.pop().map(|seat| seat.id).unwrap_or_default()
    }

    /// The functions' last decisions, for whoever looks for the cause.
    pub(crate) fn last_words(&self) {
        out::note("The functions' last decisions:");
        for record in &self.records {
            out::note(&format!("  {record}"));
        }
    }
}
