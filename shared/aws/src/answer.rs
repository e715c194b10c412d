//! The PUT to a custom resource's `ResponseURL`, with the TLS that the SDK's clients have already.
//!
//! The URL is a bearer secret: nothing here puts it, or its host, into an error or a log.

use crate::config::Aws;
use crate::http::connector;
use crate::limits::ATTEMPT;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use domain::Fault;
use http::Uri;
use ports::PutAnswer;
use std::time::Duration;

const CALL: &str = "cloudformation:Response";

impl PutAnswer for Aws {
    fn endpoint(&self) -> Option<&str> {
        self.s3.as_deref()
    }

    /// No redirect is followed. The content type is empty: the presigned URL's signature covers none
    /// (*cfn-response module* in the CloudFormation user guide).
    async fn put_answer(&self, url: &str, body: &[u8], within: Duration) -> Result<(), Fault> {
        let no_answer = |told: &str| Fault::NoAnswer { call: CALL.into(), told: told.to_owned() };
        let left = within.min(ATTEMPT);
        let plain = is_plain(url, self.s3.as_deref())?;
        let sending = connector(plain).call(request(url, body)?);

        let response = match tokio::time::timeout(left, sending).await {
            Err(_) => return Err(no_answer("it took too long")),
            Ok(Err(_)) => return Err(no_answer("the connection failed")),
            Ok(Ok(response)) => response,
        };
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status @ (408 | 429 | 500..) => Err(no_answer(&format!("HTTP {status}"))),
            status => Err(refused(&format!("HTTP {status}"))),
        }
    }
}

fn request(url: &str, body: &[u8]) -> Result<HttpRequest, Fault> {
    let request = http::Request::put(url)
        .header("content-type", "")
        .header("content-length", body.len())
        .body(SdkBody::from(body))
        .map_err(|_| refused("the address cannot be used"))?;
    HttpRequest::try_from(request).map_err(|_| refused("the address cannot be used"))
}

/// Whether the answer goes without TLS: only where this process has been told to reach AWS.
fn is_plain(url: &str, endpoint: Option<&str>) -> Result<bool, Fault> {
    let uri: Uri = url.parse().map_err(|_| refused("the address cannot be used"))?;
    let own: Option<Uri> = endpoint.and_then(|endpoint| endpoint.parse().ok());
    let at_own =
        own.is_some_and(|own| own.scheme() == uri.scheme() && own.authority() == uri.authority());

    match uri.scheme_str() {
        Some("https") => Ok(false),
        Some("http") if at_own => Ok(true),
        _ => Err(refused("the address is not https")),
    }
}

fn refused(told: &str) -> Fault {
    Fault::Refused { call: CALL.into(), code: "ResponseURL".into(), told: told.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const SECOND: Duration = Duration::from_secs(1);

    fn aws(endpoint: &str) -> Aws {
        Aws::from_env(|name| {
            Some(match name {
                "AWS_REGION" => "eu-west-1".to_owned(),
                "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_S3" => endpoint.to_owned(),
                _ => "x".to_owned(),
            })
        })
        .unwrap()
    }

    /// Puts an answer to a server that replies with this, and gives back what the server was sent.
    async fn put(reply: &'static str) -> (Result<(), Fault>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut got = Vec::new();
            while !got.ends_with(b"{\"a\":1}") {
                assert!(socket.read_buf(&mut got).await.unwrap() > 0, "the body never came");
            }
            socket.write_all(reply.as_bytes()).await.unwrap();
            socket.shutdown().await.unwrap();
            String::from_utf8(got).unwrap()
        };
        let aws = aws(&origin);
        let url = format!("{origin}/bucket/key?X-Amz-Signature=sesame");
        tokio::join!(aws.put_answer(&url, b"{\"a\":1}", SECOND), server)
    }

    #[tokio::test]
    async fn the_answer_has_an_empty_content_type_and_its_exact_length() {
        let (done, got) = put("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(done, Ok(()));
        assert!(got.starts_with("PUT /bucket/key?X-Amz-Signature=sesame HTTP/1.1\r\n"), "{got}");
        let head = got.to_lowercase();
        assert!(head.contains("\r\ncontent-type: \r\n") || head.contains("\r\ncontent-type:\r\n"));
        assert!(head.contains("\r\ncontent-length: 7\r\n") && !head.contains("chunked"), "{got}");
    }

    #[tokio::test]
    async fn a_fault_tells_whether_it_may_work_again_and_never_the_address() {
        let (done, _) = put("HTTP/1.1 503 Slow\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(done.clone().unwrap_err().label(), "no-answer");
        let moved =
            "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (elsewhere, _) = put(moved).await;
        assert_eq!(elsewhere.clone().unwrap_err().label(), "refused");
        let (broken, _) = put("HTTP").await;
        assert_eq!(broken.clone().unwrap_err().label(), "no-answer");

        let gone =
            aws("http://127.0.0.1:1").put_answer("http://127.0.0.1:1/sesame", b"", SECOND).await;
        let plain =
            aws("http://127.0.0.1:1").put_answer("http://127.0.0.2:1/sesame", b"", SECOND).await;
        let bad = aws("http://127.0.0.1:1").put_answer("sesame \n", b"", SECOND).await;
        for told in [done, elsewhere, broken, gone, plain, bad] {
            let told = format!("{:?}", told.unwrap_err());
            assert!(!told.contains("sesame") && !told.contains("127.0.0"), "{told}");
        }
    }

    #[test]
    fn only_the_endpoint_itself_is_answered_without_tls() {
        let own = Some("http://127.0.0.1:4566");
        assert_eq!(is_plain("http://127.0.0.1:4566/x?y", own), Ok(true));
        assert_eq!(is_plain("https://bucket.s3.amazonaws.com/x?y", own), Ok(false));
        for bad in ["http://127.0.0.1:4567/x", "http://bucket/x", "ftp://127.0.0.1:4566/x", "/x"] {
            assert!(is_plain(bad, own).is_err(), "{bad}");
            assert!(is_plain(bad, None).is_err(), "{bad}");
        }
    }
}
