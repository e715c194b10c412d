//! The one HTTP client that all services share, so that they share its connections too.

use crate::limits::{ATTEMPT, CONNECT};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};

const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

/// A client for AWS, or for the one endpoint that stands in for it.
///
/// TLS is rustls with ring: the SDK's default (aws-lc) gathers jitter entropy for 45 ms of CPU at the first
/// handshake, which is 700 ms on a Lambda of 128 MB. A plain endpoint (the local AWS) needs no TLS at all,
/// and so no root certificates.
pub(crate) fn client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        return Builder::new().build_http();
    }
    Builder::new().tls_provider(TLS).build_https()
}

/// A connection of its own, for one request that goes elsewhere than to a service. It follows no redirect.
pub(crate) fn connector(plain: bool) -> Connector {
    let times = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(ATTEMPT);
    let builder =
        Connector::builder().sleep_impl(TokioSleep::new()).connector_settings(times.build());
    if plain { builder.build_http() } else { builder.tls_provider(TLS).build() }
}

/// Whether the body of a success can be the answer of this operation: JSON, or the whole of the XML that is named after it.
///
/// The SDK's XML decoder takes the end of its input for the end of every open element, so a list that is cut between two
/// members would pass for a short list; and of an operation that answers nothing it does not look at the body at all.
/// JSON needs no such care but where it is empty, for its decoder refuses the rest.
pub(crate) fn is_answer(body: &[u8], operation: &str) -> bool {
    let body = body.trim_ascii();
    if body.starts_with(b"{") {
        return true;
    }
    let Some(mut rest) = body.strip_prefix(b"<") else {
        return false;
    };
    if rest.starts_with(b"?") {
        let after = split_once(rest, b'>').map(|(_, after)| after.trim_ascii_start());
        let Some(root) = after.and_then(|after| after.strip_prefix(b"<")) else {
            return false;
        };
        rest = root;
    }
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'>' | b'/');
    let root: Vec<u8> = rest.iter().copied().take_while(|b| !ends(b)).collect();
    if root != format!("{operation}Response").as_bytes() {
        return false;
    }
    let closing = [b"</".as_slice(), &root, b">"].concat();
    let closed_at_once = split_once(rest, b'>')
        .is_some_and(|(tag, after)| tag.ends_with(b"/") && after.trim_ascii().is_empty());

    body.ends_with(&closing) || closed_at_once
}

/// Whether an answer in XML has the list that it is about. The SDK puts an empty one in the place of a list that AWS must
/// send and did not, and so a group, a role or a host that is there would not be.
pub(crate) fn has_its_list(body: &[u8], operation: &str) -> bool {
    let list = match operation {
        "DescribeAutoScalingGroups" => "<AutoScalingGroups",
        "GetInstanceProfile" | "ListRoles" => "<Roles",
        "ListInstanceProfiles" | "ListInstanceProfilesForRole" => "<InstanceProfiles",
        "ListRolePolicies" => "<PolicyNames",
        _ => return true,
    };
    let tags = body.windows(list.len().saturating_add(1)).filter_map(|text| text.split_last());
    let mut ends = tags.filter(|(_, open)| *open == list.as_bytes()).map(|(end, _)| *end);
    ends.any(|end| matches!(end, b'>' | b'/') || end.is_ascii_whitespace())
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let mut parts = text.splitn(2, |b| *b == at);
    Some((parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Checks S21.
    #[test]
    fn an_answer_without_the_list_that_it_is_about_is_none() {
        let has = |text: &str| has_its_list(text.as_bytes(), "ListRoles");
        for text in ["<A><Roles/></A>", "<A><Roles /></A>", "<A><Roles><member/></Roles></A>"] {
            assert!(has(text), "{text}");
        }
        for text in ["", "<A/>", "<A><RolesOf/></A>", "<A></Roles></A>", "<A><Role/>Roles</A>"] {
            assert!(!has(text), "{text}");
        }
        assert!(has_its_list(b"", "DescribeInstances"));
    }

    #[test]
    fn only_json_and_the_whole_of_the_operations_own_xml_can_be_an_answer() {
        let is = |text: &str| is_answer(text.as_bytes(), "A");
        let whole = "<?xml version=\"1.0\"?>\n<AResponse xmlns=\"x\"><B><C/></B></AResponse>\n";
        for text in [whole, "<AResponse><B/></AResponse>", "<AResponse/>", "<AResponse x=\"y\" />"]
        {
            assert!(is(text), "{text}");
        }
        for text in ["{}", "{\"a\":", " {}"] {
            assert!(is(text), "{text}");
        }
        for text in
            ["<AResponse><B></B>", "<AResponse><B/></AResponse", "<AResponse>", "<A", "<?xml?>"]
        {
            assert!(!is(text), "{text}");
        }
        for text in ["", "plain", "<html></html>", "<BResponse></BResponse>", "<AResponses/>", "[]"]
        {
            assert!(!is(text), "{text}");
        }
        for end in 0..whole.trim_end().len() {
            assert!(!is(&whole[..end]), "cut at {end}");
        }
    }
}
