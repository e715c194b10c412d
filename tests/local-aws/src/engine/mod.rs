//! The running local AWS: the world, its doors, its functions and its time.

mod agenda;
mod asynchronous;
mod shared;
mod time;

pub(crate) use shared::Shared;

use crate::cloudformation::{Mailboxes, Stacks};
use crate::happening::Happening;
use crate::lambda::{Binaries, Invocation, InvokeError, Launch};
use crate::permissions::Permissions;
use crate::rules::{RuleError, Rules};
use crate::template::Template;
use crate::wire;
use crate::world::{self, World};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

/// What a local AWS is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The account: its number, its region and the time at which it begins.
    pub world: world::Config,
    /// The functions, their rules and schedules; `Template::default()` for none. Its account and
    /// region should be the world's.
    pub template: Template,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The port on 127.0.0.1, or any free one.
    pub port: Option<u16>,
    /// How fast time passes where nothing is to be done.
    pub pace: Pace,
}

/// How fast world time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the functions allow.
    Unbounded,
    /// At most this many world seconds in a real second.
    AtMost(u32),
}

/// What happens to events on their way from a service to the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Every event arrives once, at once.
    #[default]
    Fair,
    /// Every event is lost.
    DropAll,
    /// Every event arrives twice.
    DoubleAll,
    /// Every event arrives this much later.
    Late(SignedDuration),
}

/// A local AWS that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(io::Error),
    /// A function of the template has no binary.
    #[error("function {function} has no binary at {path}")]
    NoBinary {
        /// The function.
        function: String,
        /// Where its binary should be.
        path: PathBuf,
    },
    /// An event pattern cannot be matched.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

/// What was waited for did not come in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not within {limit:#} of world time (it is {now})")]
pub struct NotInTime {
    /// How long was waited, in world time.
    pub limit: SignedDuration,
    /// The world's time now.
    pub now: Timestamp,
}

/// A local AWS that runs until the last clone of this handle is gone.
#[derive(Clone, Debug)]
pub struct LocalAws {
    running: Arc<Running>,
}

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    pace: Pace,
    server: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
        self.shared.permissions().tell();
    }
}

impl LocalAws {
    /// Opens the doors. The functions' processes start when they are first needed.
    ///
    /// # Errors
    /// When the port is taken, a binary is missing or a rule cannot be matched.
    pub async fn start(setup: Setup) -> Result<Self, StartError> {
        for function in &setup.template.functions {
            let path = setup.binaries.join(&function.name);
            if !path.is_file() {
                return Err(StartError::NoBinary { function: function.name.clone(), path });
            }
        }
        let binaries = Arc::new(Binaries(setup.binaries.clone()));
        Self::start_with(setup, binaries).await
    }

    /// Like `start`, with another way to bring the functions to life.
    pub(crate) async fn start_with(
        setup: Setup,
        launch: Arc<dyn Launch>,
    ) -> Result<Self, StartError> {
        let rules = Rules::read(&setup.template)?;
        let address = ("127.0.0.1", setup.port.unwrap_or(0));
        let listener = TcpListener::bind(address).await.map_err(StartError::Listen)?;
        let port = listener.local_addr().map_err(StartError::Listen)?.port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let shared = Arc::new(Shared::new(setup.world, &setup.template, rules, endpoint, &launch));
        let router = wire::router(&shared);
        let server = tokio::spawn(async move {
            // Ends with the handle.
            drop(axum::serve(listener, router).await);
        });
        let running = Running { shared, pace: setup.pace, server: server.abort_handle() };
        Ok(Self { running: Arc::new(running) })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.running.shared
    }

    /// Where AWS clients find it: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.shared().endpoint.clone()
    }

    /// Looks into the world or changes it; what it says then goes through the rules. Nobody else gets
    /// at the world meanwhile, so `f` must not call this again.
    pub fn world<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        self.shared().world(f)
    }

    /// Calls a function and waits for its answer. It is named by its binary, its logical id or its
    /// name in Lambda.
    ///
    /// # Errors
    /// When there is no such function. A function that fails is not an error here, but in the
    /// invocation's result.
    pub async fn invoke(
        &self,
        function: &str,
        payload: Vec<u8>,
    ) -> Result<Invocation, InvokeError> {
        self.shared().invoke(function, Bytes::from(payload)).await
    }

    /// Puts an event on the event bus, through the weather and the rules.
    pub fn put_event(&self, event: Value) {
        self.shared().put_event(event);
    }

    /// Changes what happens to events from now on.
    pub fn set_weather(&self, weather: Weather) {
        self.shared().set_weather(weather);
    }

    /// From now on no schedule ticks; or again.
    pub fn pause_schedules(&self, paused: bool) {
        self.shared().pause_schedules(paused);
    }

    /// From now on each so many-th call of a service, as it signs itself (`iam`, `ecs`), is throttled; 0 for none.
    pub fn throttle(&self, service: &str, every: u32) {
        self.shared().throttle(service, every);
    }

    /// From now on each launch of an instance type, or in an Availability Zone, fails for want of capacity; or no longer.
    pub fn no_capacity(&self, instance_type_or_zone: &str, none: bool) {
        self.world(|world| world.no_capacity(instance_type_or_zone, none));
    }

    /// What the functions' roles allow, and what was used of it or denied so far.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.shared().permissions()
    }

    /// How many events the weather has dropped.
    #[must_use]
    pub fn dropped_events(&self) -> u64 {
        self.shared().dropped()
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Happening> {
        self.shared().news.subscribe()
    }

    /// What lies in a queue of the template.
    #[must_use]
    pub fn queue(&self, logical_id: &str) -> Vec<Value> {
        self.shared().queue(logical_id)
    }

    /// Ends the functions' processes and closes the doors, even if clones of this handle remain.
    pub async fn stop(self) {
        self.running.server.abort();
        self.shared().lambda.stop().await;
    }
}

/// What CloudFormation's half needs.
impl LocalAws {
    pub(crate) fn stacks(&self) -> &Stacks {
        &self.shared().stacks
    }

    pub(crate) fn mailboxes(&self) -> &Mailboxes {
        &self.shared().mailboxes
    }

    pub(crate) fn uuid(&self) -> String {
        self.shared().ids.uuid()
    }

    pub(crate) fn hex(&self, digits: usize) -> String {
        self.shared().ids.hex(digits)
    }

    pub(crate) fn deliver(&self, function: &str, payload: Bytes) -> Result<String, InvokeError> {
        self.shared().deliver(function, payload)
    }

    pub(crate) fn function_arn(&self, function: &str) -> Result<String, InvokeError> {
        Ok(self.shared().lambda.find(function)?.function().arn.clone())
    }
}

#[cfg(test)]
mod tests;
