//! The ResponseURL: a bearer secret that anyone may forge, so it is checked before it is used and never told.

use crate::place::Place;
use std::fmt;
use url::{Host, Url};

/// Where a custom resource is answered. Printed as `***`, and never serialized.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(String);

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An address that is no ResponseURL of CloudFormation's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ResponseURL (***) is {0}; nothing is sent there")]
pub struct BadAddress(&'static str);

/// What the hosts of CloudFormation's answer buckets begin with.
const BUCKET: &str = "cloudformation-custom-resource-response-";

impl ResponseUrl {
    /// An address as the request gave it, not checked yet.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The address, if an answer may go there: S3's own hosts for CloudFormation's answers in this region,
    /// over TLS, on the default port, without user information. Where this process has been told to reach S3
    /// elsewhere (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`), exactly that origin instead, and nothing else.
    ///
    /// Keeps S35.
    ///
    /// # Errors
    /// What is wrong with it, without telling it.
    pub fn checked(&self, place: &Place, endpoint: Option<&str>) -> Result<&str, BadAddress> {
        let strange = |b: u8| !b.is_ascii_graphic() || b == b'\\';
        if self.0.len() > 8_192 || self.0.bytes().any(strange) {
            return Err(BadAddress("not an address"));
        }
        let url = Url::parse(&self.0).map_err(|_| BadAddress("not an address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress("one with user information"));
        }
        if let Some(told) = endpoint {
            let same = Url::parse(told).is_ok_and(|told| told.origin() == url.origin());
            let elsewhere = BadAddress("not at the endpoint that this process was given");
            return if same { Ok(&self.0) } else { Err(elsewhere) };
        }
        // Also not in a form that only some parsers take for https.
        if !self.0.starts_with("https://") {
            return Err(BadAddress("not https"));
        }
        if url.port().is_some() {
            return Err(BadAddress("one with a port of its own"));
        }
        match url.host() {
            Some(Host::Domain(host)) if is_bucket(host, place) => Ok(&self.0),
            _ => Err(BadAddress("not a host of CloudFormation's in this region")),
        }
    }
}

/// `cloudformation-custom-resource-response-<region without hyphens>.s3[.-]<region>.amazonaws.com`, and the
/// older hosts without a region.
fn is_bucket(host: &str, place: &Place) -> bool {
    let suffix = if place.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let region = &place.region;
    let bucket = format!("{BUCKET}{}", region.replace('-', ""));
    let rest = host.strip_prefix(&bucket);
    let hosts = [
        format!(".s3.{region}.{suffix}"),
        format!(".s3-{region}.{suffix}"),
        format!(".s3.dualstack.{region}.{suffix}"),
        format!(".s3.{suffix}"),
    ];
    rest.is_some_and(|rest| hosts.iter().any(|host| host == rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: "us-west-2".into(),
        }
    }

    const REAL: &str = "https://cloudformation-custom-resource-response-uswest2.s3-us-west-2.amazonaws.com/\
        arn%3Aaws%3Acloudformation?X-Amz-Signature=EXAMPLE";

    // Checks S35.
    #[test]
    fn only_cloudformations_own_hosts_are_answered() {
        let bucket = "cloudformation-custom-resource-response-uswest2";
        let good = [
            REAL.to_owned(),
            format!("https://{bucket}.s3.us-west-2.amazonaws.com/x?y"),
            format!("https://{bucket}.s3.amazonaws.com/x?y"),
            format!("https://{bucket}.s3.us-west-2.amazonaws.com:443/x?y"),
        ];
        for url in good {
            assert!(ResponseUrl::new(url.clone()).checked(&place(), None).is_ok(), "{url}");
        }
        let bad = [
            String::new(),
            "x".to_owned(),
            REAL.replace("https", "http"),
            REAL.replace("https://", "https://user@"),
            REAL.replace("https://", "https://a:b@"),
            REAL.replace(".com/", ".com:8443/"),
            REAL.replace(".com/", ".com./"),
            REAL.replace(".com/", ".com.evil.example/"),
            REAL.replace("uswest2", "useast1"),
            REAL.replace("s3-us-west-2", "s3-us-east-1"),
            REAL.replace("amazonaws.com", "amazonaws.com.cn"),
            REAL.replace("amazonaws", "am\u{430}zonaws"),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "https://[::1]/x".to_owned(),
            "https://2852039166/x".to_owned(),
            "https://evil.example/cloudformation-custom-resource-response-uswest2.s3.amazonaws.com"
                .to_owned(),
            "file:///etc/passwd".to_owned(),
            "ftp://cloudformation-custom-resource-response-uswest2.s3.amazonaws.com/x".to_owned(),
            format!("{REAL}\r\nHost: evil.example"),
            format!("https:\\\\{bucket}.s3.amazonaws.com\\@evil.example/"),
            "http://127.0.0.1:4566/x".to_owned(),
        ];
        for url in bad {
            let given = ResponseUrl::new(url.clone());
            let told = given.checked(&place(), None).expect_err(&url).to_string();
            assert!(!told.contains("evil") && !told.contains("169.254"), "{told}");
        }
    }

    // Checks S35.
    #[test]
    fn an_endpoint_that_this_process_was_given_may_be_answered_and_no_neighbour_of_it() {
        let endpoint = Some("http://127.0.0.1:4566");
        let check =
            |url: &str| ResponseUrl::new(url.to_owned()).checked(&place(), endpoint).is_ok();
        assert!(check("http://127.0.0.1:4566/cloudformation-response/x?y"));
        assert!(!check("http://127.0.0.1:4567/x"));
        assert!(!check("http://user@127.0.0.1:4566/x"));
        assert!(!check("http://localhost:4566/x"));
        // Instead, not besides.
        assert!(!check(REAL));
    }

    #[test]
    fn an_address_has_8192_bytes_at_most() {
        let fits = |length: usize| {
            ResponseUrl::new(format!("{REAL:x<length$}")).checked(&place(), None).is_ok()
        };
        assert!(fits(8_192) && !fits(8_193));
    }

    // Checks S36.
    #[test]
    fn the_address_is_never_printed() {
        let url = ResponseUrl::new(REAL.to_owned());
        assert_eq!(format!("{url:?}"), "***");
    }
}
