//! A custom resource's answer, as CloudFormation takes it.

use super::request::Request;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole body may have this many bytes (*Custom resource response objects*).
const MOST_BYTES: usize = 4_096;
/// A physical id may have this many.
const MOST_ID_BYTES: usize = 1_024;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is as asked.
    Success {
        /// The resource's id.
        physical_id: String,
        /// Its attributes, for `Fn::GetAtt`.
        data: BTreeMap<String, String>,
    },
    /// It is not.
    Failed {
        /// The resource's id: the one that it had, where it had one.
        physical_id: String,
        /// Why, for people.
        reason: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    status: &'static str,
    // A null Reason is refused by CloudFormation: it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<String, String>,
}

impl Reply {
    /// The id that the answer names.
    #[must_use]
    pub fn physical_id(&self) -> &str {
        match self {
            Self::Success { physical_id, .. } | Self::Failed { physical_id, .. } => physical_id,
        }
    }

    /// Whether the answer to this request holds all attributes.
    #[must_use]
    pub fn is_whole(&self, request: &Request) -> bool {
        match self {
            Self::Success { data, .. } if !data.is_empty() => {
                self.body(request).windows(8).any(|part| part == b"\"Data\":{")
            }
            Self::Success { .. } | Self::Failed { .. } => true,
        }
    }

    /// The body of the answer to this request. Keeps S26: never more than 4,096 bytes, the ids repeated
    /// byte for byte.
    #[must_use]
    pub fn body(&self, request: &Request) -> Vec<u8> {
        let write = |reason: Option<&str>, data: BTreeMap<String, String>| {
            let body = Body {
                status: if reason.is_some() { "FAILED" } else { "SUCCESS" },
                reason,
                physical_resource_id: cut(self.physical_id(), MOST_ID_BYTES),
                stack_id: &request.stack_id,
                request_id: &request.request_id,
                logical_resource_id: &request.logical_id,
                data,
            };
            serde_json::to_vec(&body).unwrap_or_default()
        };
        match self {
            Self::Success { data, .. } => {
                let whole = write(None, data.clone());
                if whole.len() <= MOST_BYTES { whole } else { write(None, BTreeMap::new()) }
            }
            Self::Failed { reason, .. } => {
                fit(reason, |reason| write(Some(reason), BTreeMap::new()))
            }
        }
    }
}

/// The longest beginning of the reason with which the body fits. JSON escapes make a character up to six
/// bytes, so it is measured after writing.
fn fit(reason: &str, write: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut most = reason.len().min(MOST_BYTES);
    loop {
        let body = write(cut(reason, most));
        if body.len() <= MOST_BYTES || most == 0 {
            return body;
        }
        most = most.saturating_sub((body.len().saturating_sub(MOST_BYTES) / 6).max(1));
    }
}

/// At most this many bytes, cut between characters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn request() -> Request {
        Request::read(&json!({
            "RequestType": "Create",
            "RequestId": "r-\"1\"",
            "StackId": "arn:aws:cloudformation:us-west-2:1:stack/s\u{e9}/x",
            "LogicalResourceId": "Roles",
            "ResponseURL": "https://x",
        }))
        .unwrap()
    }

    fn parsed(reply: &Reply) -> Value {
        let body = reply.body(&request());
        assert!(body.len() <= MOST_BYTES, "{} bytes", body.len());
        serde_json::from_slice(&body).unwrap()
    }

    // Checks S26.
    #[test]
    fn the_ids_are_repeated_and_a_success_has_no_reason() {
        let data = BTreeMap::from([("EC2RoleArn".to_owned(), "arn:x".to_owned())]);
        let body = parsed(&Reply::Success { physical_id: "id".into(), data });
        assert_eq!(body["Status"], "SUCCESS");
        assert!(body.get("Reason").is_none());
        assert_eq!(body["RequestId"], "r-\"1\"");
        assert_eq!(body["StackId"], "arn:aws:cloudformation:us-west-2:1:stack/s\u{e9}/x");
        assert_eq!(body["Data"]["EC2RoleArn"], "arn:x");
    }

    // Checks S26.
    #[test]
    fn a_long_reason_is_cut_between_characters() {
        for reason in ["\u{1F980}".repeat(3_000), "\u{1}".repeat(5_000), "x".repeat(4_097)] {
            let body = parsed(&Reply::Failed { physical_id: "id".into(), reason: reason.clone() });
            let kept = body["Reason"].as_str().unwrap();
            assert!(reason.starts_with(kept) && kept.len() > 500, "{} bytes kept", kept.len());
        }
    }

    // Checks S26.
    #[test]
    fn an_answer_has_4096_bytes_and_not_one_more() {
        let success = |length: usize| {
            let data = BTreeMap::from([("Key".to_owned(), "v".repeat(length))]);
            Reply::Success { physical_id: "id".into(), data }
        };
        let room = MOST_BYTES - success(0).body(&request()).len();
        let (most, more) = (success(room), success(room + 1));
        assert_eq!(most.body(&request()).len(), MOST_BYTES);
        assert!(most.is_whole(&request()) && !more.is_whole(&request()));
        assert!(parsed(&more).get("Data").is_none());
        let failed = |length: usize| {
            let reason = "x".repeat(length);
            Reply::Failed { physical_id: "id".into(), reason }
        };
        let room = MOST_BYTES - failed(0).body(&request()).len();
        assert_eq!(failed(room).body(&request()).len(), MOST_BYTES);
        assert_eq!(parsed(&failed(room))["Reason"].as_str().unwrap().len(), room);
        // What is cut loses little more than it must.
        let kept = parsed(&failed(room + 600))["Reason"].as_str().unwrap().len();
        assert!(kept <= room && kept + 600 > room, "{kept} of {room}");
        // Each of these takes six bytes, whatever room there is.
        for length in 1..=6 {
            let failed = |reason: String| Reply::Failed { physical_id: "p".repeat(length), reason };
            let room = MOST_BYTES - failed(String::new()).body(&request()).len();
            let kept = parsed(&failed("\u{1}".repeat(2_000)));
            assert_eq!(kept["Reason"].as_str().unwrap().len(), room / 6, "{length}");
        }
        assert!(failed(1).is_whole(&request()));
        let nothing = Reply::Success { physical_id: "id".into(), data: BTreeMap::new() };
        assert!(nothing.is_whole(&request()));
        assert_eq!((most.physical_id(), failed(1).physical_id()), ("id", "id"));
    }

    // Checks S26.
    #[test]
    fn too_much_data_is_left_out_and_a_long_id_is_cut() {
        let data = (0..100).map(|n| (format!("Key{n}"), "v".repeat(100))).collect();
        let body = parsed(&Reply::Success { physical_id: "p".repeat(5_000), data });
        assert!(body.get("Data").is_none());
        assert_eq!(body["PhysicalResourceId"].as_str().unwrap().len(), MOST_ID_BYTES);
    }
}
