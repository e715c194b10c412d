//! The clients, made once at a cold start from the environment that Lambda gives.

use crate::faults;
use crate::limits::{ATTEMPT, ATTEMPTS, CONNECT, OPERATION};
use crate::session::Session;
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use domain::Fault;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

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
#[derive(Clone, Debug)]
pub struct Aws {
    pub(crate) session: Session,
    pub(crate) http: SharedHttpClient,
    pub(crate) endpoint: Option<String>,
    #[cfg(feature = "hosts")]
    pub(crate) ecs: aws_sdk_ecs::Client,
    #[cfg(feature = "hosts")]
    pub(crate) ec2: aws_sdk_ec2::Client,
    #[cfg(feature = "hosts")]
    pub(crate) autoscaling: aws_sdk_autoscaling::Client,
    #[cfg(feature = "iam")]
    pub(crate) iam: aws_sdk_iam::Client,
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
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(time_outs())
            .interceptor(common.session.clone());
        if let Some(endpoint) = &common.endpoint {
            config = config.endpoint_url(endpoint);
        }
        $sdk::Client::from_conf(config.build())
    }};
}

#[cfg_attr(not(any(feature = "hosts", feature = "iam")), expect(dead_code, reason = "no client"))]
struct Common {
    region: String,
    credentials: Credentials,
    endpoint: Option<String>,
    http: SharedHttpClient,
    session: Session,
}

fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

impl Aws {
    /// Reads `AWS_REGION`, the credentials that Lambda puts into the environment, and `AWS_ENDPOINT_URL`
    /// (none on Lambda), and makes the clients: at the cold start, not at the first event.
    ///
    /// # Errors
    /// Every variable that is missing, at once.
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
        if !bad.is_empty() {
            return Err(BadSettings(bad));
        }
        let token = lookup("AWS_SESSION_TOKEN").filter(|token| !token.is_empty());
        let endpoint = lookup("AWS_ENDPOINT_URL").filter(|url| !url.is_empty());

        Ok(Self::with(Common {
            region,
            credentials: Credentials::new(key, secret, token, None, "environment"),
            http: http_client(endpoint.as_deref()),
            endpoint,
            session: Session::default(),
        }))
    }

    fn with(common: Common) -> Self {
        Self {
            #[cfg(feature = "hosts")]
            ecs: client!(aws_sdk_ecs, &common),
            #[cfg(feature = "hosts")]
            ec2: client!(aws_sdk_ec2, &common),
            #[cfg(feature = "hosts")]
            autoscaling: client!(aws_sdk_autoscaling, &common),
            #[cfg(feature = "iam")]
            iam: client!(aws_sdk_iam, &common),
            session: common.session,
            http: common.http,
            endpoint: common.endpoint,
        }
    }

    /// Sends a call within the time that is left, and sorts what can go wrong.
    ///
    /// `name` is the IAM action's name, for example `ecs:ListTasks`.
    #[cfg_attr(
        not(any(feature = "hosts", feature = "iam")),
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

impl ports::Session for Aws {
    fn begin(&self, deadline: Instant) {
        self.session.begin(deadline);
    }

    fn calls(&self) -> BTreeMap<String, u32> {
        self.session.calls()
    }
}

/// One HTTP client for all services, so that they share connections.
///
/// TLS is rustls with ring: the SDK's default (aws-lc) gathers jitter entropy for 45 ms of CPU at the first
/// handshake, which is 700 ms on a Lambda of 128 MB. A plain endpoint (the local AWS) needs no TLS at all.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        return Builder::new().build_http();
    }
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_told_at_once_and_no_value_is() {
        let BadSettings(bad) = Aws::from_env(|_| None).unwrap_err();
        assert_eq!(bad.len(), 3);
        let fault = Aws::from_env(|name| {
            Some(if name == "AWS_REGION" { "" } else { "sesame" }.to_owned())
        })
        .unwrap_err();
        assert_eq!(fault.to_string(), "AWS_REGION is missing or empty");
    }
}
