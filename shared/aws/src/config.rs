//! The clients, made once at a cold start from the environment that Lambda gives.

use crate::limits::{ATTEMPT, CONNECT, OPERATION};
use crate::session::Session;
use crate::{faults, http};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use domain::Fault;
use std::collections::BTreeMap;
use std::fmt;
#[cfg(feature = "hosts")]
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const EVENT_BUS: &str = "MUSTER_EVENT_BUS";

/// A variable of the environment that is missing or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {shape}")]
pub struct BadSetting {
    /// The variable.
    pub variable: &'static str,
    /// What it is like; never its value.
    pub shape: &'static str,
}

/// Everything that is wrong with the environment, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSettings(pub Vec<BadSetting>);

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&told.join("; "))
    }
}

impl std::error::Error for BadSettings {}

/// AWS, as this process reaches it.
#[derive(Clone)]
pub struct Aws {
    pub(crate) session: Session,
    /// Where S3 is, if not at AWS: a custom resource's answers go there.
    pub(crate) s3: Option<String>,
    #[cfg(feature = "hosts")]
    pub(crate) ecs: aws_sdk_ecs::Client,
    #[cfg(any(feature = "hosts", feature = "iam"))]
    pub(crate) ec2: aws_sdk_ec2::Client,
    #[cfg(feature = "hosts")]
    pub(crate) autoscaling: aws_sdk_autoscaling::Client,
    #[cfg(feature = "hosts")]
    pub(crate) events: aws_sdk_eventbridge::Client,
    #[cfg(feature = "iam")]
    pub(crate) iam: aws_sdk_iam::Client,
    #[cfg(feature = "cloudformation")]
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    /// Task definitions by their revisions' ARNs: what a revision says never changes.
    #[cfg(feature = "hosts")]
    pub(crate) definitions: Arc<Mutex<BTreeMap<String, ports::Definition>>>,
    sleep: SharedAsyncSleep,
    bus: Option<String>,
}

/// Nothing of the clients: they hold credentials.
impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").finish_non_exhaustive()
    }
}

// The clients' configurations are types of their own with the same builder: one list of what all of them get.
#[cfg(any(feature = "hosts", feature = "iam"))]
macro_rules! client {
    ($sdk:ident, $common:expr) => {{
        let common: &Common = $common;
        let mut config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new(common.region.clone()))
            .credentials_provider(common.credentials.clone())
            .http_client(common.http.clone())
            .sleep_impl(common.sleep.clone())
            .retry_config(retries())
            .timeout_config(time_outs())
            // The SDK would sign by whatever `Date` an answer has, and panics where that is in the year 9999.
            .disable_clock_skew_correction(true)
            .interceptor(common.session.clone());
        if let Some(endpoint) = &common.endpoint {
            config = config.endpoint_url(endpoint);
        }
        $sdk::Client::from_conf(config.build())
    }};
}

#[cfg(feature = "person")]
pub(crate) use client;

/// What every client is made of.
#[cfg_attr(
    not(any(feature = "hosts", feature = "cloudformation")),
    expect(dead_code, reason = "no client")
)]
pub(crate) struct Common {
    pub(crate) region: String,
    pub(crate) credentials: SharedCredentialsProvider,
    pub(crate) endpoint: Option<String>,
    pub(crate) s3: Option<String>,
    pub(crate) http: SharedHttpClient,
    pub(crate) sleep: SharedAsyncSleep,
    pub(crate) session: Session,
    pub(crate) bus: Option<String>,
}

#[cfg_attr(
    not(any(feature = "hosts", feature = "cloudformation")),
    expect(dead_code, reason = "no client")
)]
pub(crate) fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

/// The pauses between attempts are random and grow (standard mode).
#[cfg(any(feature = "hosts", feature = "iam"))]
pub(crate) fn retries() -> aws_smithy_types::retry::RetryConfig {
    let standard = aws_smithy_types::retry::RetryConfig::standard();
    standard.with_max_attempts(crate::limits::ATTEMPTS)
}

impl Aws {
    /// Reads `AWS_REGION`, the credentials that Lambda puts into the environment, and `AWS_ENDPOINT_URL`
    /// (none on Lambda), and makes the clients: at the cold start, not at the first event.
    ///
    /// `MUSTER_EVENT_BUS` names the event bus that others are told on; unset, empty or `-`, nobody is told.
    ///
    /// # Errors
    /// Every variable that is missing or cannot be used, at once.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadSettings> {
        let mut bad = Vec::new();
        let mut need = |variable: &'static str| {
            let value = lookup(variable).filter(|value| !value.is_empty());
            if value.is_none() {
                bad.push(BadSetting { variable, shape: "missing or empty" });
            }
            value.unwrap_or_default()
        };
        let region = need("AWS_REGION");
        let (key, secret) = (need("AWS_ACCESS_KEY_ID"), need("AWS_SECRET_ACCESS_KEY"));
        let token = lookup("AWS_SESSION_TOKEN").filter(|token| !token.is_empty());
        let endpoint = lookup("AWS_ENDPOINT_URL").filter(|url| !url.is_empty());
        let s3 = lookup("AWS_ENDPOINT_URL_S3").filter(|url| !url.is_empty());
        if !region.is_empty() && !is_region(&region) {
            bad.push(BadSetting { variable: "AWS_REGION", shape: "no region" });
        }
        if endpoint.as_deref().is_some_and(|url| !is_endpoint(url)) {
            bad.push(BadSetting { variable: "AWS_ENDPOINT_URL", shape: "no http(s) address" });
        }
        if s3.as_deref().is_some_and(|url| !is_endpoint(url)) {
            bad.push(BadSetting { variable: "AWS_ENDPOINT_URL_S3", shape: "no http(s) address" });
        }
        let bus = lookup(EVENT_BUS).filter(|bus| !matches!(bus.as_str(), "" | "-"));
        if bus.as_deref().is_some_and(|bus| !is_bus(bus)) {
            bad.push(BadSetting { variable: EVENT_BUS, shape: "no event bus's name" });
        }
        if !bad.is_empty() {
            return Err(BadSettings(bad));
        }

        Ok(Self::with(Common {
            region,
            credentials: SharedCredentialsProvider::new(Credentials::new(
                key,
                secret,
                token,
                None,
                "environment",
            )),
            http: http::client(endpoint.as_deref()),
            s3: s3.or_else(|| endpoint.clone()),
            endpoint,
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            session: Session::default(),
            bus,
        }))
    }

    pub(crate) fn with(common: Common) -> Self {
        Self {
            #[cfg(feature = "cloudformation")]
            cloudformation: client!(aws_sdk_cloudformation, &common),
            #[cfg(feature = "hosts")]
            ecs: client!(aws_sdk_ecs, &common),
            #[cfg(any(feature = "hosts", feature = "iam"))]
            ec2: client!(aws_sdk_ec2, &common),
            #[cfg(feature = "hosts")]
            autoscaling: client!(aws_sdk_autoscaling, &common),
            #[cfg(feature = "hosts")]
            events: client!(aws_sdk_eventbridge, &common),
            #[cfg(feature = "iam")]
            iam: client!(aws_sdk_iam, &common),
            #[cfg(feature = "hosts")]
            definitions: Arc::default(),
            bus: common.bus,
            sleep: common.sleep,
            session: common.session,
            s3: common.s3,
        }
    }

    /// The event bus that others are told on; none where telling is switched off.
    #[must_use]
    pub fn bus(&self) -> Option<&str> {
        self.bus.as_deref()
    }

    /// Sends a call within the time that is left, and sorts what can go wrong.
    ///
    /// `name` is the IAM action's name, for example `ecs:ListTasks`.
    #[cfg_attr(
        not(any(feature = "hosts", feature = "cloudformation")),
        expect(dead_code, reason = "no client")
    )]
    pub(crate) async fn send<T, E>(
        &self,
        name: &str,
        sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata,
    {
        let call = name.to_owned();
        let Some(left) = self.session.left(OPERATION) else {
            return Err(Fault::OutOfTime { call });
        };
        match tokio::time::timeout(left, sending).await {
            Ok(result) => result.map_err(|fault| faults::sort(name, &fault)),
            Err(_) => Err(Fault::NoAnswer { call, told: "the invocation's time ran out".into() }),
        }
    }
}

impl ports::Pause for Aws {
    async fn pause(&self, long: Duration) {
        if let Some(left) = self.session.left(long) {
            self.sleep.sleep(left).await;
        }
    }
}

impl ports::Session for Aws {
    fn begin(&self, deadline: Instant) {
        self.session.begin(deadline);
    }

    fn extend(&self, deadline: Instant) {
        self.session.extend(deadline);
    }

    fn calls(&self) -> BTreeMap<String, u32> {
        self.session.calls()
    }

    fn throttled(&self) -> u32 {
        self.session.throttled()
    }
}

/// The region becomes a part of host names, so only its own alphabet passes.
pub(crate) fn is_region(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A bus's name, never its ARN: the permission is for buses of this account (`CreateEventBus` in the
/// EventBridge API reference).
fn is_bus(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_');
    text.len() <= 256 && text.bytes().all(allowed)
}

pub(crate) fn is_endpoint(text: &str) -> bool {
    text.parse::<::http::Uri>()
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Aws, BadSettings> {
        Aws::from_env(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const KEYS: [(&str, &str); 2] =
        [("AWS_ACCESS_KEY_ID", "open-sesame"), ("AWS_SECRET_ACCESS_KEY", "sesame-2")];

    #[test]
    fn everything_that_is_missing_is_told_at_once_and_no_value_is() {
        let BadSettings(bad) = from(&[]).unwrap_err();
        assert_eq!(bad.len(), 3);
        let bad =
            from(&[("AWS_REGION", ""), KEYS[0], KEYS[1], ("AWS_ENDPOINT_URL", "sesame://open")]);
        assert_eq!(
            bad.unwrap_err().to_string(),
            "AWS_REGION is missing or empty; AWS_ENDPOINT_URL is no http(s) address"
        );
    }

    #[test]
    fn a_region_that_would_lead_to_another_host_is_refused() {
        for bad in ["eu-west-1.evil.example/", "EU", "eu west", "eu_west"] {
            assert!(from(&[("AWS_REGION", bad), KEYS[0], KEYS[1]]).is_err(), "{bad}");
        }
    }

    #[test]
    fn others_are_told_only_where_a_bus_is_named() {
        let region = ("AWS_REGION", "eu-west-1");
        let bus = |name: &str| {
            let aws = from(&[region, KEYS[0], KEYS[1], ("MUSTER_EVENT_BUS", name)]);
            aws.map(|aws| aws.bus().map(str::to_owned))
        };
        assert_eq!(from(&[region, KEYS[0], KEYS[1]]).unwrap().bus(), None);
        for (name, expected) in [
            ("", None),
            ("-", None),
            ("default", Some("default")),
            ("team/a.b-c_d", Some("team/a.b-c_d")),
        ] {
            assert_eq!(bus(name).unwrap().as_deref(), expected, "{name}");
        }
        for bad in ["my bus", "arn:aws:events:eu-west-1:111122223333:event-bus/x", &"x".repeat(257)]
        {
            assert_eq!(
                bus(bad).unwrap_err().to_string(),
                "MUSTER_EVENT_BUS is no event bus's name"
            );
        }
    }

    #[test]
    fn row_67_every_call_has_its_time_outs() {
        let times = time_outs();
        let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs());
        assert_eq!(seconds(times.connect_timeout()), Some(2));
        assert_eq!(seconds(times.operation_attempt_timeout()), Some(5));
        assert_eq!(seconds(times.operation_timeout()), Some(15));
    }

    #[test]
    fn the_clients_are_made_from_what_lambda_gives_and_keep_its_secrets() {
        let endpoint = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        let aws = from(&[("AWS_REGION", "eu-west-1"), KEYS[0], KEYS[1], endpoint]).unwrap();
        assert_eq!(aws.s3.as_deref(), Some("http://127.0.0.1:1"));
        let s3 = ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2");
        let aws = from(&[("AWS_REGION", "eu-west-1"), KEYS[0], KEYS[1], endpoint, s3]).unwrap();
        assert_eq!(aws.s3.as_deref(), Some("http://127.0.0.1:2"));
        assert!(!format!("{aws:?}").contains("sesame"));
        assert!(from(&[("AWS_REGION", "us-gov-west-1"), KEYS[0], KEYS[1]]).is_ok());
    }
}
