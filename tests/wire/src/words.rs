//! AWS's errors as they go over the wire, in the form of each protocol.

use bytes::Bytes;
use fastrand::Rng;
use http::{Response, StatusCode};

/// How a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// awsJson 1.1: ECS, EventBridge, CloudWatch Logs.
    Json,
    /// awsQuery: Auto Scaling, IAM, CloudFormation.
    Query,
    /// EC2's own.
    Ec2,
}

/// The ways in which an error's code is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `__type` with the bare code; in XML `<Code>`.
    Plain,
    /// `__type` with a namespace before it.
    Namespace,
    /// `__type` with an address behind it.
    Address,
    /// The header `x-amzn-errortype` alone.
    Header,
    /// The member `code` of the body.
    Member,
}

impl Shape {
    /// The shapes of a protocol.
    #[must_use]
    pub const fn of(protocol: Protocol) -> &'static [Self] {
        match protocol {
            Protocol::Json => {
                &[Self::Plain, Self::Namespace, Self::Address, Self::Header, Self::Member]
            }
            Protocol::Query | Protocol::Ec2 => &[Self::Plain],
        }
    }
}

/// An answer with this status and body.
#[must_use]
pub fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An error.
#[must_use]
pub fn error(
    protocol: Protocol,
    shape: Shape,
    status: u16,
    code: &str,
    message: &str,
) -> Response<Bytes> {
    let message_of_xml = escaped(message);
    let fault = if status < 500 { "Sender" } else { "Receiver" };
    let body = match protocol {
        Protocol::Query => format!(
            "<ErrorResponse xmlns=\"http://x.amazonaws.com/doc/2011-01-01/\"><Error><Type>{fault}</Type>\
             <Code>{code}</Code><Message>{message_of_xml}</Message></Error>\
             <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
        ),
        Protocol::Ec2 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
             <Message>{message_of_xml}</Message></Error></Errors>\
             <RequestID>00000000-0000-4000-8000-000000000000</RequestID></Response>"
        ),
        Protocol::Json => {
            let told = match shape {
                Shape::Plain => serde_json::json!({ "__type": code, "message": message }),
                Shape::Namespace => {
                    let told = format!("com.amazonaws.ecs.v20141113#{code}");
                    serde_json::json!({ "__type": told, "Message": message })
                }
                Shape::Address => {
                    let at = "http://internal.amazon.com/coral/com.amazon.coral.service/";
                    serde_json::json!({ "__type": format!("{code}:{at}"), "message": message })
                }
                Shape::Header => serde_json::json!({ "message": message }),
                Shape::Member => serde_json::json!({ "code": code, "message": message }),
            };
            told.to_string()
        }
    };
    let mut response = answer(status, body);
    if shape == Shape::Header
        && let Ok(code) = code.parse()
    {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

/// One of AWS's ways to ask to slow down.
pub(crate) fn throttled(protocol: Protocol, rng: &mut Rng) -> Response<Bytes> {
    let words = [
        ("Throttling", 400),
        ("ThrottlingException", 400),
        ("ThrottledException", 400),
        ("EC2ThrottledException", 503),
        ("RequestLimitExceeded", 503),
        ("RequestThrottled", 400),
        ("RequestThrottledException", 400),
        ("TooManyRequestsException", 429),
        ("SlowDown", 503),
        ("ServiceUnavailable", 503),
        ("", 429),
        ("", 503),
    ];
    match *rng.choice(&words).unwrap_or(&("", 503)) {
        ("", status) => answer(status, Bytes::new()),
        (code, status) => error(protocol, shape(protocol, rng), status, code, "Rate exceeded"),
    }
}

fn shape(protocol: Protocol, rng: &mut Rng) -> Shape {
    *rng.choice(Shape::of(protocol)).unwrap_or(&Shape::Plain)
}

/// A page for people.
pub(crate) const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head><body>\
    <center><h1>502 Bad Gateway</h1></center><hr/><center>nginx</center></body></html>";

/// A server's trouble, with whatever in it.
pub(crate) fn unavailable(protocol: Protocol, rng: &mut Rng) -> Response<Bytes> {
    let status = *rng.choice(&[500, 502, 504]).unwrap_or(&500);
    let code = *rng.choice(&["InternalFailure", "InternalError", "ServiceFailure"]).unwrap_or(&"");
    let of = |protocol| {
        error(protocol, Shape::Plain, status, code, "We had an internal error").into_body()
    };
    let body = match rng.u8(..7) {
        0 => of(Protocol::Json),
        1 => of(Protocol::Query),
        2 => of(Protocol::Ec2),
        3 => Bytes::from_static(PAGE.as_bytes()),
        4 => Bytes::new(),
        5 => Bytes::from_static(b"upstream connect error or disconnect/reset before headers"),
        _ => {
            let whole = of(protocol);
            whole.slice(..rng.usize(..whole.len()))
        }
    };
    answer(status, body)
}

/// Credentials that are over, or a clock that is wrong.
pub(crate) fn expired(protocol: Protocol, rng: &mut Rng) -> Response<Bytes> {
    let words = [
        ("ExpiredToken", 403, "The security token included in the request is expired"),
        ("ExpiredTokenException", 400, "The security token included in the request is expired"),
        ("RequestExpired", 400, "Request has expired."),
        (
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and now is too large.",
        ),
        (
            "InvalidSignatureException",
            403,
            "Signature expired: 20260304T050607Z is now earlier than",
        ),
        ("SignatureDoesNotMatch", 403, "Signature not yet current: 20260304T050607Z is later than"),
    ];
    let (code, status, told) = *rng.choice(&words).unwrap_or(&words[0]);
    error(protocol, shape(protocol, rng), status, code, told)
}

/// A signature that is wrong: AWS repeats what was signed, the session's token included.
pub(crate) fn signature(protocol: Protocol, token: &str, rng: &mut Rng) -> Response<Bytes> {
    let code = *rng.choice(&["SignatureDoesNotMatch", "InvalidSignatureException"]).unwrap_or(&"");
    let told = format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details.\n\n\
         The Canonical String for this request should have been\n'POST\n/\n\nhost:wire.invalid\n\
         x-amz-security-token:{token}\n\nhost;x-amz-security-token'"
    );
    error(protocol, shape(protocol, rng), 403, code, &told)
}

/// A code that nobody knows.
pub(crate) fn unknown_code(protocol: Protocol, rng: &mut Rng) -> Response<Bytes> {
    let status = *rng.choice(&[400, 403, 404, 409, 418, 500]).unwrap_or(&400);
    error(protocol, shape(protocol, rng), status, "FluxCapacitorException", "1.21 jigawatts needed")
}
