//! What holds for one invocation: its deadline, the calls it made, the time that AWS told.

use crate::clock::{self, AwsClock};
use crate::http::{has_its_list, is_answer};
use crate::limits::{ATTEMPTS, RETRIES, TOO_SHORT};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::retry::RetryConfig;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by every client: an interceptor that counts, and listens to AWS's clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    deadline: Option<Instant>,
    calls: BTreeMap<String, u32>,
    operations: u32,
    attempts: u32,
    throttled: u32,
    clock: AwsClock,
}

impl Session {
    pub(crate) fn begin(&self, deadline: Instant) {
        self.with(|state| {
            *state = State { deadline: Some(deadline), ..State::default() };
        });
    }

    pub(crate) fn extend(&self, deadline: Instant) {
        self.with(|state| state.deadline = Some(deadline));
    }

    pub(crate) fn calls(&self) -> BTreeMap<String, u32> {
        self.with(|state| state.calls.clone())
    }

    pub(crate) fn throttled(&self) -> u32 {
        self.with(|state| state.throttled)
    }

    /// How many attempts the next call may take. Keeps S24: retries add a fifth to the calls of an invocation, and
    /// a few at its beginning, whatever AWS answers; so a storm of throttling is not fed by us.
    fn attempts(&self) -> u32 {
        self.with(|state| {
            state.operations = state.operations.saturating_add(1);
            let retries = state.attempts.saturating_sub(state.operations.saturating_sub(1));
            let budget = RETRIES.saturating_add(state.operations / 5);
            budget.saturating_sub(retries).saturating_add(1).min(ATTEMPTS)
        })
    }

    /// How long a call may still take; `None` if it should not begin.
    pub(crate) fn left(&self, most: Duration) -> Option<Duration> {
        let Some(deadline) = self.with(|state| state.deadline) else {
            return Some(most);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        (left >= TOO_SHORT).then(|| left.min(most))
    }

    /// The time by AWS's answers; the machine's before the first one.
    #[cfg_attr(not(feature = "hosts"), expect(dead_code, reason = "only looks at hosts ask"))]
    pub(crate) fn now(&self) -> Timestamp {
        self.with(|state| state.clock.agreed).unwrap_or_else(Timestamp::now)
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        // A poisoned lock only means that another call panicked; the numbers in it are still numbers.
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What stands in a call's state, once an attempt of it came to an end of which nobody knows what it did.
#[derive(Debug)]
struct InDoubt;

impl Storable for InDoubt {
    type Storer = StoreReplace<Self>;
}

/// What an answer is marked with that comes after such an attempt.
const IN_DOUBT: &str = "muster-in-doubt";

/// Whether an attempt before this answer's is in doubt.
pub(crate) fn is_in_doubt(answer: &HttpResponse) -> bool {
    answer.headers().get(IN_DOUBT).is_some()
}

fn time_of(date: &str) -> Option<Timestamp> {
    let at = DateTime::from_str(date, Format::HttpDate).ok()?;
    Timestamp::from_second(at.secs()).ok()
}

/// A service's prefix in IAM's spelling of an action.
fn prefix(service: &str) -> String {
    match service {
        "Auto Scaling" => "autoscaling".to_owned(),
        "CloudWatch Logs" => "logs".to_owned(),
        other => other.to_lowercase().replace(' ', ""),
    }
}

#[dyn_dispatch_hint]
impl Intercept for Session {
    fn name(&self) -> &'static str {
        "MusterSession"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = config.load::<Metadata>() {
            let name = format!("{}:{}", prefix(call.service()), call.name());
            self.with(|state| {
                let count = state.calls.entry(name).or_default();
                *count = count.saturating_add(1);
                state.attempts = state.attempts.saturating_add(1);
            });
        }
        Ok(())
    }

    fn modify_before_retry_loop(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(retries) = config.load::<RetryConfig>().cloned() {
            let retries = retries.with_max_attempts(self.attempts());
            config.interceptor_state().store_put(retries);
        }
        Ok(())
    }

    /// Listens to AWS's clock.
    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(at) = date.and_then(time_of) {
            self.with(|state| state.clock.hear(at));
        }
        Ok(())
    }

    /// Tells the one who sorts what came of this attempt that an earlier one is in doubt.
    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // A date of another age is no date.
        let date = context.response().headers().get("date");
        if date.is_some() && !date.and_then(time_of).is_some_and(clock::is_of_our_age) {
            context.response_mut().headers_mut().remove("date");
        }
        // Whatever AWS says under this name is not AWS's to say.
        context.response_mut().headers_mut().remove(IN_DOUBT);
        if config.load::<InDoubt>().is_some() {
            context.response_mut().headers_mut().insert(IN_DOUBT, "1");
        }
        Ok(())
    }

    /// Keeps S21: a page that is cut short is not a short page, and somebody's page that says "busy" is no success.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let (Some(call), Some(body)) = (config.load::<Metadata>(), response.body().bytes()) else {
            return Ok(());
        };
        let whole = is_answer(body, call.name()) && has_its_list(body, call.name());
        if response.status().is_success() && !whole {
            return Err("the answer is another's, or cut short".into());
        }
        Ok(())
    }

    /// Counts what AWS throttled, also where a later attempt comes through: the SDK's own classifiers say which.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // AWS's word is clear where it is an error of the caller's; else nobody knows what was done.
        let clear = context.response().is_some_and(|it| it.status().is_client_error());
        let well = context.output_or_error().is_some_and(|it| it.is_ok());
        if !clear && !well {
            config.interceptor_state().store_put(InDoubt);
        }
        let throttled = RetryAction::throttling_error();
        if components.retry_classifiers().any(|it| it.classify_retry(context.inner()) == throttled)
        {
            self.with(|state| state.throttled = state.throttled.saturating_add(1));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_begins_with_no_calls_and_its_own_deadline() {
        let session = Session::default();
        assert_eq!(session.left(Duration::from_secs(15)), Some(Duration::from_secs(15)));
        session.with(|state| state.calls.insert("ecs:ListTasks".into(), 3));
        session.begin(Instant::now() + Duration::from_secs(5));
        assert!(session.calls().is_empty());
        assert!(session.left(Duration::from_secs(15)).unwrap() <= Duration::from_secs(5));
        session.begin(Instant::now());
        assert_eq!(session.left(Duration::from_secs(15)), None);
    }

    #[test]
    fn services_are_named_as_iam_names_them() {
        assert_eq!(prefix("Auto Scaling"), "autoscaling");
        assert_eq!(prefix("CloudWatch Logs"), "logs");
        assert_eq!(prefix("ECS"), "ecs");
        assert_eq!(prefix("IAM"), "iam");
    }
}
