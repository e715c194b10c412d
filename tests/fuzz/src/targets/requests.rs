//! A custom resource's request: the envelope, the address, and the answer to it.

use super::events::refused;
use super::{is_fit_to_print, json};
use domain::roles::Identity;
use domain::{roles, teardown};
use http::Uri;
use lambda::Place;
use lambda::custom_resource::{Reply, Request, ResponseUrl};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) fn run(data: &[u8]) {
    let Some(payload) = json(data) else { return };
    let request = match Request::read(&payload) {
        Ok(request) => request,
        Err(refusal) => return refused(&refusal),
    };
    let again = Request::read(&payload);
    assert_eq!(again.as_ref(), Ok(&request));
    assert!(request.word().len() <= 1_100, "the word is cut");
    addressed(&request.response_url);
    answered(&request);
    owned(&request);
}

/// What is answered goes to the host that every parser takes for the address's.
fn addressed(url: &ResponseUrl) {
    assert_eq!(format!("{url:?}"), "***");
    let place = Place {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
    };
    match url.checked(&place, None) {
        Err(bad) => is_fit_to_print(&bad, 200),
        Ok(url) => {
            assert!(url.starts_with("https://"));
            let Ok(uri) = url.parse::<Uri>() else { return };
            let host = uri.host().unwrap_or_default().to_ascii_lowercase();
            let ours = host.strip_prefix("cloudformation-custom-resource-response-uswest2.s3");
            let ours = ours.and_then(|rest| rest.strip_suffix("amazonaws.com"));
            // Whether a percent sign stands for another is a matter of the parser; no such host can be found.
            assert!(ours.is_some() || host.contains('%'), "{host} is answered");
            assert!(matches!(uri.port_u16(), None | Some(443)), "{uri} has a port");
        }
    }
    if let Ok(url) = url.checked(&place, Some("http://127.0.0.1:4566")) {
        let Ok(uri) = url.parse::<Uri>() else { return };
        assert_eq!(uri.port_u16(), Some(4566), "{uri} is elsewhere");
    }
}

/// Keeps to what CloudFormation takes, and repeats the ids byte for byte.
fn answered(request: &Request) {
    let read = roles::Properties::read(&request.properties).err().map(|bad| bad.to_string());
    let also = teardown::Properties::read(&request.properties).err().map(|bad| bad.to_string());
    let reason = [read, also].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let physical_id = request.physical_id.clone().unwrap_or_else(|| "muster".to_owned());
    let data = BTreeMap::from([("Said".to_owned(), request.properties.to_string())]);
    let ids = [&request.request_id, &request.stack_id, &request.logical_id, &physical_id];
    // An escaped character has up to six bytes. CloudFormation's own ids come to less than this.
    let small = ids.iter().map(|id| id.len()).sum::<usize>().saturating_mul(6) <= 3_900;
    for reply in [
        Reply::Success { physical_id: physical_id.clone(), data },
        Reply::Failed { physical_id: physical_id.clone(), reason },
    ] {
        let body = reply.body(request);
        assert!(!small || body.len() <= 4_096, "{} bytes", body.len());
        let said: Option<Value> = serde_json::from_slice(&body).ok();
        let text = |field: &str| {
            said.as_ref().and_then(|said| said.get(field)?.as_str()).unwrap_or("nothing").to_owned()
        };
        assert_eq!(text("RequestId"), request.request_id);
        assert_eq!(text("StackId"), request.stack_id);
        assert_eq!(text("LogicalResourceId"), request.logical_id);
        assert!(physical_id.starts_with(&text("PhysicalResourceId")));
        let failed = matches!(reply, Reply::Failed { .. });
        assert_eq!(text("Status"), if failed { "FAILED" } else { "SUCCESS" });
    }
}

/// Only an id that we would issue for this very resource is read back as ours.
fn owned(request: &Request) {
    let Some(id) = &request.physical_id else { return };
    let owner = roles::Owner {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
        stack_id: request.stack_id.clone(),
        logical_id: request.logical_id.clone(),
        creating: None,
    };
    if let Some(identity) = Identity::read(id, &owner) {
        assert_eq!(&identity.physical_id(), id);
    }
    let _ = Identity::is_made_up(id, &owner);
}
