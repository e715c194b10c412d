//! Answers of the query protocols as XML.

use crate::world::ApiError;
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use serde_json::Value;

/// What an XML answer looks like in one of the two query protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// awsQuery with its namespace: results wrapped, lists of `member`.
    Query(&'static str),
    /// EC2's: lists of `item`.
    Ec2,
}

const EC2_NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// The operations of the query protocol that answer nothing but their request's id.
const WITHOUT_RESULT: [&str; 25] = [
    "AddRoleToInstanceProfile",
    "AttachRolePolicy",
    "CreateAutoScalingGroup",
    "CreateOrUpdateTags",
    "DeleteAutoScalingGroup",
    "DeleteInstanceProfile",
    "DeletePolicy",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteTags",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "RemoveRoleFromInstanceProfile",
    "ResumeProcesses",
    "SetDesiredCapacity",
    "SetInstanceHealth",
    "SuspendProcesses",
    "TagInstanceProfile",
    "TagRole",
    "UntagInstanceProfile",
    "UntagRole",
    "UpdateAssumeRolePolicy",
    "UpdateAutoScalingGroup",
];

/// Builds a document; writing to memory cannot fail.
struct Document {
    writer: Writer<Vec<u8>>,
    item: &'static str,
}

impl Document {
    fn event(&mut self, event: Event<'_>) {
        drop(self.writer.write_event(event));
    }

    fn element(&mut self, name: &str, namespace: Option<&str>, inner: impl FnOnce(&mut Self)) {
        let mut start = BytesStart::new(name);
        if let Some(namespace) = namespace {
            start.push_attribute(("xmlns", namespace));
        }
        self.event(Event::Start(start));
        inner(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.element(name, None, |this| this.event(Event::Text(BytesText::new(text))));
    }

    /// A member: nothing for null, an empty element for an empty list.
    fn value(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Array(items) => self.element(name, None, |this| {
                for item in items {
                    this.value(this.item, item);
                }
            }),
            Value::Object(_) => self.element(name, None, |this| this.members(value)),
            Value::String(text) => self.text(name, text),
            scalar => self.text(name, &scalar.to_string()),
        }
    }

    fn members(&mut self, value: &Value) {
        for (name, member) in value.as_object().into_iter().flatten() {
            self.value(name, member);
        }
    }
}

impl Dialect {
    fn write(self, inner: impl FnOnce(&mut Document)) -> Vec<u8> {
        let item = if self == Self::Ec2 { "item" } else { "member" };
        let mut document = Document { writer: Writer::new(Vec::new()), item };
        inner(&mut document);
        document.writer.into_inner()
    }

    /// A successful answer.
    pub(super) fn answer(self, operation: &str, answer: &Value, request_id: &str) -> Vec<u8> {
        let response = format!("{operation}Response");
        self.write(|document| match self {
            Self::Query(namespace) => document.element(&response, Some(namespace), |document| {
                if !WITHOUT_RESULT.contains(&operation) {
                    let result = format!("{operation}Result");
                    document.element(&result, None, |document| document.members(answer));
                }
                document.element("ResponseMetadata", None, |document| {
                    document.text("RequestId", request_id);
                });
            }),
            Self::Ec2 => document.element(&response, Some(EC2_NAMESPACE), |document| {
                document.text("requestId", request_id);
                document.members(answer);
            }),
        })
    }

    /// An error.
    pub(super) fn error(self, error: &ApiError, request_id: &str) -> Vec<u8> {
        let fault = if error.status < 500 { "Sender" } else { "Receiver" };
        let error = |document: &mut Document, fault: Option<&str>| {
            document.element("Error", None, |document| {
                if let Some(fault) = fault {
                    document.text("Type", fault);
                }
                document.text("Code", &error.code);
                document.text("Message", &error.message);
            });
        };
        self.write(|document| match self {
            Self::Query(namespace) => {
                document.element("ErrorResponse", Some(namespace), |document| {
                    error(document, Some(fault));
                    document.text("RequestId", request_id);
                });
            }
            Self::Ec2 => document.element("Response", None, |document| {
                document.element("Errors", None, |document| error(document, None));
                document.text("RequestID", request_id);
            }),
        })
    }
}

/// An error of S3.
pub(super) fn s3_error(code: &str, message: &str, request_id: &str) -> Vec<u8> {
    Dialect::Ec2.write(|document| {
        document.element("Error", None, |document| {
            document.text("Code", code);
            document.text("Message", message);
            document.text("RequestId", request_id);
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_query_answer_is_wrapped_and_has_members() {
        let answer =
            json!({"Groups": [{"Name": "a<b", "On": true, "Size": 3, "Gone": null}], "Empty": []});
        assert_eq!(
            text(Dialect::Query("urn:x").answer("Describe", &answer, "r-1")),
            "<DescribeResponse xmlns=\"urn:x\"><DescribeResult><Empty></Empty><Groups><member>\
             <Name>a&lt;b</Name><On>true</On><Size>3</Size></member></Groups></DescribeResult>\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DescribeResponse>"
        );
    }

    #[test]
    fn an_operation_without_a_result_answers_only_its_id() {
        assert_eq!(
            text(Dialect::Query("urn:x").answer("DeleteRole", &json!({}), "r-1")),
            "<DeleteRoleResponse xmlns=\"urn:x\"><ResponseMetadata><RequestId>r-1</RequestId>\
             </ResponseMetadata></DeleteRoleResponse>"
        );
    }

    #[test]
    fn an_ec2_answer_has_items_and_no_wrapping() {
        let answer = json!({"reservationSet": [{"instancesSet": [{"instanceId": "i-1"}]}]});
        assert_eq!(
            text(Dialect::Ec2.answer("DescribeInstances", &answer, "r-1")),
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>r-1</requestId><reservationSet><item><instancesSet><item><instanceId>i-1\
             </instanceId></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
        );
    }

    #[test]
    fn errors_have_the_shape_of_their_protocol() {
        assert_eq!(
            text(Dialect::Query("urn:x").error(&ApiError::client("NoSuchEntity", "gone"), "r-1")),
            "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>\
             <Message>gone</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        );
        assert_eq!(
            text(
                Dialect::Ec2.error(&ApiError::client("InvalidInstanceID.NotFound", "gone"), "r-1")
            ),
            "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>gone</Message>\
             </Error></Errors><RequestID>r-1</RequestID></Response>"
        );
    }
}
