//! The same answers without a socket, for who stands in for the net.

use super::{answer, dated};
use crate::engine::Shared;
use crate::happening::Happening;
use crate::lambda::{Binaries, Launch};
use crate::rules::{RuleError, Rules};
use crate::template::Template;
use crate::world::{Config, World};
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::Receiver;

/// A local AWS that is asked in its caller's own process: no port, no functions, and time passes only when it is told.
#[derive(Debug)]
pub struct Counter {
    shared: Arc<Shared>,
    news: Mutex<Receiver<Happening>>,
}

impl Counter {
    /// Opens it. It wants a Tokio runtime around it.
    ///
    /// # Errors
    /// None, while it has no rules.
    pub fn open(config: Config) -> Result<Self, RuleError> {
        let named = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        let template = Template {
            outputs: named("LogGroupName", "muster-Logs"),
            parameters: named("SpotRebalance", "drain"),
            ..Template::default()
        };
        let rules = Rules::read(&template)?;
        let launch: Arc<dyn Launch> = Arc::new(Binaries(PathBuf::new()));
        let endpoint = "http://counter.invalid".to_owned();
        let shared = Shared::new(config, &template, rules, endpoint, &launch);
        let news = Mutex::new(shared.news.subscribe());
        Ok(Self { shared: Arc::new(shared), news })
    }

    /// Answers one request as the wire would: `POST /` with these headers and this body.
    #[must_use]
    pub fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Response<Bytes> {
        let mut response = answer(&self.shared, headers, body);
        dated(&self.shared, response.headers_mut());
        response
    }

    /// Looks into the world or changes it. `f` must not call this again.
    pub fn world<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        self.shared.world(f)
    }

    /// Says in which status a stack is.
    pub fn stack_is(&self, id: &str, status: &str) {
        let now = self.world(|world| world.core.now().to_string());
        self.shared.stacks.set(id, status, now);
    }

    /// Lets CloudWatch Logs keep a line of a function.
    pub fn keep(&self, function: &str, line: &str) {
        self.shared.news.keep(function, line);
    }

    /// The events that were said on the default bus since the last time.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok(happening) = news.try_recv() {
            if let Happening::EventSaid { event, .. } = happening {
                events.push(event);
            }
        }
        events
    }
}
