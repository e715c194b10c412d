//! AWS as a person at a terminal reaches it: with whatever credentials the AWS CLI would find.

mod enrol;
mod logs;

pub use logs::Logbook;

use crate::config::{Aws, Common, is_endpoint, is_region};
use crate::http;
use crate::session::Session;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};

/// Why AWS cannot be reached at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReached {
    /// No region is named.
    #[error("no region is named: give --region, set AWS_REGION, or put it into the profile")]
    NoRegion,
    /// The region is no region's name.
    #[error("{0} is no region: regions look like eu-west-1")]
    BadRegion(String),
    /// The endpoint is no address.
    #[error("AWS_ENDPOINT_URL must be an http or https address")]
    BadEndpoint,
    /// No credentials are found, or they cannot be used.
    #[error(
        "no credentials: {0}; set AWS_PROFILE, run `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials(String),
}

impl Aws {
    /// Reads the region, the endpoint and the credentials as every AWS SDK does (*AWS SDKs and Tools reference guide*):
    /// the environment, the profile `AWS_PROFILE` or `profile` in the shared files, SSO, a process, a container, a host.
    /// What is given goes before what is found.
    ///
    /// # Errors
    /// What is missing, and where it can be put. Credentials are asked for once, so that the first call does not fail for
    /// want of them.
    pub async fn of_person(
        region: Option<String>,
        profile: Option<&str>,
    ) -> Result<Self, NotReached> {
        Ok(Self::with(Common::of_person(region, profile).await?))
    }
}

impl Common {
    async fn of_person(region: Option<String>, profile: Option<&str>) -> Result<Self, NotReached> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            // Credentials may come from an https address or from a host's own http one.
            .http_client(http::client(None));
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let found = loader.load().await;
        let region = found.region().map(|region| region.as_ref().to_owned());
        let region = region.filter(|region| !region.is_empty()).ok_or(NotReached::NoRegion)?;
        if !is_region(&region) {
            return Err(NotReached::BadRegion(region));
        }
        let endpoint = found.endpoint_url().filter(|url| !url.is_empty()).map(str::to_owned);
        if endpoint.as_deref().is_some_and(|url| !is_endpoint(url)) {
            return Err(NotReached::BadEndpoint);
        }
        let none = || NotReached::NoCredentials("none are found".to_owned());
        let credentials = found.credentials_provider().ok_or_else(none)?;
        credentials
            .provide_credentials()
            .await
            .map_err(|fault| NotReached::NoCredentials(told(&fault)))?;
        Ok(Self {
            region,
            credentials,
            http: http::client(endpoint.as_deref()),
            s3: endpoint.clone(),
            endpoint,
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            session: Session::default(),
            bus: None,
        })
    }
}

/// The innermost cause: the outer ones only say that something failed.
fn told(fault: &dyn std::error::Error) -> String {
    let mut innermost = fault;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
