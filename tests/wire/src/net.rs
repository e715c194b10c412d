//! What stands in for the net: a request goes to the local AWS in this process, and its answer, if it comes at all, comes
//! through the weather.

use crate::class::Class;
use crate::clock::Clock;
use crate::guard;
use crate::line::{Does, Line, Sent};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use local_aws::Counter;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The net, with AWS at its other end.
#[derive(Clone, Debug)]
pub struct Net {
    /// AWS.
    pub counter: Arc<Counter>,
    /// The time by which bytes are slow.
    pub clock: Clock,
    line: Arc<Mutex<Line>>,
}

impl Net {
    /// A net on which nothing is wrong yet.
    #[must_use]
    pub fn new(counter: Arc<Counter>) -> Self {
        Self { counter, clock: Clock::default(), line: Arc::default() }
    }

    /// What is wrong with it, and what went over it.
    pub fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let body = request.body().bytes().unwrap_or_default();
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers() {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let sent = Sent::read(&headers, body);
        let does = self.line().does(&sent);
        let at = self.clock.now();
        let (class, response) = match does {
            Does::Instead(class, response) => (Some(class), Ok((response, false))),
            Does::Breaks => (Some(Class::ResetBefore), Err("reset before")),
            Does::After(class) => {
                if self.line().guarded {
                    let wrong =
                        self.counter.world(|world| guard::wrong(world, &sent.operation, body));
                    self.line().wrong.extend(wrong);
                }
                let answer = self.counter.answer(&headers, body);
                let well = answer.status().is_success();
                let (class, answer) = self.line().spoil(class, &sent, answer);
                self.line().note(&sent, class, well, at);
                if class == Some(Class::ResetAfter) {
                    return Err(broken());
                }
                let slow = matches!(class, Some(Class::Slow | Class::Sluggish));
                return Ok(self.delivered(answer, slow.then_some(class).flatten()).await);
            }
        };
        self.line().note(&sent, class, false, at);
        match response {
            Ok((response, _)) => Ok(self.delivered(response, None).await),
            Err(_) => Err(broken()),
        }
    }

    async fn delivered(&self, response: Response<Bytes>, slow: Option<Class>) -> HttpResponse {
        // A clear night takes some milliseconds too.
        self.clock.wait(Duration::from_millis(20)).await;
        let (parts, body) = response.into_parts();
        let body = match slow {
            None => SdkBody::from(body),
            Some(class) => SdkBody::from_body_1_x(Drip::new(body, class, &self.clock)),
        };
        let status = StatusCode::try_from(parts.status.as_u16());
        let mut response = HttpResponse::new(status.unwrap_or_else(|_| teapot()), body);
        for (name, value) in &parts.headers {
            if let Ok(value) = value.to_str() {
                response.headers_mut().insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        response
    }
}

fn teapot() -> StatusCode {
    StatusCode::from(http::StatusCode::IM_A_TEAPOT)
}

fn broken() -> ConnectorError {
    ConnectorError::io("connection reset by peer".into())
}

impl HttpConnector for Net {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for Net {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A body of which a piece comes now and then.
struct Drip {
    left: Bytes,
    piece: usize,
    every: Duration,
    stops: bool,
    clock: Clock,
    wait: Pin<Box<crate::clock::Wait>>,
}

/// Pieces of a slow body.
const PIECES: usize = 8;

impl Drip {
    fn new(body: Bytes, class: Class, clock: &Clock) -> Self {
        let stops = class == Class::Slow;
        // Half a second in all, or a second for each piece, and the last one never.
        let every = Duration::from_millis(if stops { 1_000 } else { 60 });
        let piece = body.len().div_ceil(PIECES).max(1);
        Self {
            left: body,
            piece,
            every,
            stops,
            clock: clock.clone(),
            wait: Box::pin(clock.wait(every)),
        }
    }
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        ready!(self.wait.as_mut().poll(context));
        let last = self.left.len() <= self.piece;
        if last && self.stops {
            return Poll::Pending;
        }
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let many = self.piece.min(self.left.len());
        let piece = self.left.split_to(many);
        let wait = self.clock.wait(self.every);
        self.wait = Box::pin(wait);
        Poll::Ready(Some(Ok(http_body::Frame::data(piece))))
    }
}
