//! Lambda: runs the functions' real binaries behind the Runtime API.

mod environment;
mod launch;
mod logs;
mod pool;
mod runtime_api;
mod sandbox;

pub(crate) use environment::caller_of;
pub use environment::of as environment;
#[cfg(test)]
pub(crate) use launch::Running;
pub(crate) use launch::{Binaries, Launch};
pub(crate) use pool::Pool;

use crate::happening::News;
use crate::template::Template;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What came of one invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The request id.
    pub request_id: String,
    /// The function.
    pub function: String,
    /// Its answer, or the error payload: its own, or Lambda's if it died or took too long.
    pub result: Result<Value, Value>,
    /// The lines that it wrote meanwhile: parsed if JSON, else strings.
    pub log: Vec<Value>,
    /// How long it took, in real time, without the start of the process.
    pub duration: Duration,
}

/// An invocation that could not even begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The template has no such function.
    #[error("there is no function {0}")]
    NoSuchFunction(String),
}

/// All functions of the template.
#[derive(Debug)]
pub(crate) struct Lambda {
    pools: Vec<Arc<Pool>>,
}

impl Lambda {
    pub(crate) fn new(
        template: &Template,
        launch: &Arc<dyn Launch>,
        endpoint: &str,
        news: &News,
    ) -> Self {
        let pools = template.functions.iter().map(|function| {
            Arc::new(Pool::new(function.clone(), Arc::clone(launch), endpoint, news.clone()))
        });
        Self { pools: pools.collect() }
    }

    /// The function with this binary name, logical id or name in Lambda.
    pub(crate) fn find(&self, name: &str) -> Result<&Arc<Pool>, InvokeError> {
        let found = self.pools.iter().find(|pool| {
            let function = pool.function();
            [&function.name, &function.logical_id, &function.function_name]
                .contains(&&name.to_owned())
        });
        found.ok_or_else(|| InvokeError::NoSuchFunction(name.to_owned()))
    }

    /// Ends every process.
    pub(crate) async fn stop(&self) {
        for pool in &self.pools {
            pool.stop().await;
        }
    }
}

#[cfg(test)]
mod tests;
