//! An AWS for tests, inside the process: real clients, real wire formats, and a function in the place of the net.

use crate::config::{Aws, Common};
use crate::session::Session;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The cluster of the tests.
pub(crate) const CLUSTER: &str = "web";
/// The host that is asked about.
pub(crate) const HOST: &str = "i-0000000000000000a";
/// Another host.
pub(crate) const OTHER: &str = "i-0000000000000000b";

/// The ARN of a registration with this id.
pub(crate) fn arn(id: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:container-instance/web/{id}")
}

/// What AWS answers to one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// An answer.
    Http(u16, String),
    /// No answer: the connection breaks.
    Broken,
}

impl Reply {
    /// A success.
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::Http(200, body.into())
    }
}

type Answers = dyn Fn(&str, &str) -> Reply + Send + Sync;

/// Answers requests by their operation and body, and remembers both.
#[derive(Clone)]
pub(crate) struct Wire {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    date: Arc<Mutex<String>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// The bodies of the requests of one operation.
    pub(crate) fn asked(&self, operation: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }

    /// The operations asked for, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Sets AWS's clock.
    pub(crate) fn set_date(&self, http_date: &str) {
        http_date.clone_into(&mut self.date.lock().unwrap());
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let target = request.headers().get("x-amz-target").and_then(|text| text.rsplit('.').next());
        let action = || body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let operation = target.or_else(action).unwrap().to_owned();

        self.asked.lock().unwrap().push((operation.clone(), body.clone()));
        match (self.answers)(&operation, &body) {
            Reply::Broken => Err(ConnectorError::io("reset".into())),
            Reply::Http(status, text) => {
                let status = StatusCode::try_from(status).unwrap();
                let mut response = HttpResponse::new(status, SdkBody::from(text));
                response.headers_mut().insert("date", self.date.lock().unwrap().clone());
                Ok(response)
            }
        }
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The pauses before another attempt are over at once, and a time-out never comes.
#[derive(Debug)]
struct NoPauses;

impl AsyncSleep for NoPauses {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration < crate::limits::ATTEMPT {
            Sleep::new(std::future::ready(()))
        } else {
            Sleep::new(std::future::pending())
        }
    }
}

/// Every wait is over at once: what does not answer at once is out of time.
#[derive(Debug)]
struct NoPatience;

impl AsyncSleep for NoPatience {
    fn sleep(&self, _: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}

/// AWS behind the HTTP client that ships, at this endpoint; patient, or out of time at once.
pub(crate) fn aws_at(endpoint: &str, patient: bool) -> Aws {
    let sleep =
        if patient { SharedAsyncSleep::new(NoPauses) } else { SharedAsyncSleep::new(NoPatience) };
    Aws::with(Common {
        region: "eu-west-1".to_owned(),
        credentials: SharedCredentialsProvider::new(Credentials::new(
            "key", "secret", None, None, "test",
        )),
        endpoint: Some(endpoint.to_owned()),
        s3: Some(endpoint.to_owned()),
        http: crate::http::client(Some(endpoint)),
        sleep,
        session: Session::default(),
        bus: None,
    })
}

/// AWS that answers like this.
pub(crate) fn aws(answers: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> (Aws, Wire) {
    aws_on(None, answers)
}

/// AWS that answers like this, where others are told on this bus.
pub(crate) fn aws_on(
    bus: Option<&str>,
    answers: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
) -> (Aws, Wire) {
    let (common, wire) = common(answers);
    (Aws::with(Common { bus: bus.map(str::to_owned), ..common }), wire)
}

/// What clients are made of that are answered like this.
pub(crate) fn common(
    answers: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
) -> (Common, Wire) {
    let wire = Wire {
        answers: Arc::new(answers),
        asked: Arc::default(),
        date: Arc::new(Mutex::new("Wed, 04 Mar 2026 05:06:07 GMT".to_owned())),
    };
    let common = Common {
        region: "eu-west-1".to_owned(),
        credentials: SharedCredentialsProvider::new(Credentials::new(
            "key", "secret", None, None, "test",
        )),
        endpoint: None,
        s3: None,
        http: SharedHttpClient::new(wire.clone()),
        sleep: SharedAsyncSleep::new(NoPauses),
        session: Session::default(),
        bus: None,
    };
    (common, wire)
}
