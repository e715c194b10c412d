//! The PUT to a custom resource's ResponseURL, with the HTTP client that the SDK has already.
//!
//! The URL is a bearer secret: nothing here puts it, or its host, into an error or a log.

use crate::config::Aws;
use crate::limits::{ATTEMPT, CONNECT};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_types::body::SdkBody;
use domain::Fault;
use ports::PutAnswer;

const CALL: &str = "cloudformation:Response";

impl PutAnswer for Aws {
    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// No redirect is followed. The content type is empty: the presigned URL's signature covers none
    /// (*cfn-response module* in the CloudFormation user guide).
    async fn put_answer(&self, url: &str, body: &[u8]) -> Result<(), Fault> {
        let no_answer = |told: &str| Fault::NoAnswer { call: CALL.into(), told: told.to_owned() };
        let Some(left) = self.session.left(ATTEMPT) else {
            return Err(Fault::OutOfTime { call: CALL.into() });
        };
        let request = http::Request::put(url)
            .header("content-type", "")
            .header("content-length", body.len())
            .body(SdkBody::from(body))
            .map_err(|_| refused("the address cannot be used"))?;
        let request =
            HttpRequest::try_from(request).map_err(|_| refused("the address cannot be used"))?;

        let sending = self.connector()?.call(request);
        let response = match tokio::time::timeout(left, sending).await {
            Err(_) => return Err(no_answer("it took too long")),
            Ok(Err(_)) => return Err(no_answer("the connection failed")),
            Ok(Ok(response)) => response,
        };
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status @ 500.. => Err(no_answer(&format!("HTTP {status}"))),
            status => Err(refused(&format!("HTTP {status}"))),
        }
    }
}

impl Aws {
    fn connector(
        &self,
    ) -> Result<aws_smithy_runtime_api::client::http::SharedHttpConnector, Fault> {
        let components = RuntimeComponentsBuilder::new("answer")
            .with_sleep_impl(Some(SharedAsyncSleep::new(TokioSleep::new())))
            .with_time_source(Some(aws_smithy_async::time::SystemTimeSource::new()))
            .build()
            .map_err(|_| refused("the HTTP client cannot be built"))?;
        let settings =
            HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(ATTEMPT).build();
        Ok(self.http.http_connector(&settings, &components))
    }
}

fn refused(told: &str) -> Fault {
    Fault::Refused { call: CALL.into(), code: "ResponseURL".into(), told: told.to_owned() }
}
