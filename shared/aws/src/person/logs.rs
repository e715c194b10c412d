//! What the functions wrote, as CloudWatch Logs keeps it.

use super::NotReached;
use crate::config::{Aws, Common, client, retries, time_outs};
use crate::reads::listed;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use domain::Fault;
use jiff::Timestamp;
use ports::{Logs, Page, Written};

/// AWS with CloudWatch Logs: a client that only who reads logs pays for.
#[derive(Clone)]
pub struct Logbook {
    aws: Aws,
    logs: aws_sdk_cloudwatchlogs::Client,
}

/// Nothing of the clients: they hold credentials.
impl std::fmt::Debug for Logbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logbook").finish_non_exhaustive()
    }
}

impl Logbook {
    /// Like [`Aws::of_person`].
    ///
    /// # Errors
    /// What is missing, and where it can be put.
    pub async fn of_person(
        region: Option<String>,
        profile: Option<&str>,
    ) -> Result<Self, NotReached> {
        Ok(Self::with(Common::of_person(region, profile).await?))
    }

    pub(crate) fn with(common: Common) -> Self {
        Self { logs: client!(aws_sdk_cloudwatchlogs, &common), aws: Aws::with(common) }
    }

    /// The rest of AWS, with the same budget and bookkeeping.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }
}

impl Logs for Logbook {
    async fn log_group(&self, stack: &str) -> Result<Option<String>, Fault> {
        self.aws.stack_output(stack, "LogGroupName").await
    }

    async fn written(
        &self,
        group: &str,
        pattern: &str,
        since: Timestamp,
        token: Option<String>,
    ) -> Result<Page<Written>, Fault> {
        const CALL: &str = "logs:FilterLogEvents";
        let sending = self
            .logs
            .filter_log_events()
            .log_group_name(group)
            .filter_pattern(pattern)
            .start_time(since.as_millisecond())
            .set_next_token(token)
            .send();
        let answer = self.aws.send(CALL, sending).await?;
        let events = listed(CALL, "events", answer.events)?;
        let items = events.into_iter().filter_map(written).collect();
        Ok(Page { items, next: answer.next_token })
    }
}

fn written(event: FilteredLogEvent) -> Option<Written> {
    let at = event.timestamp.and_then(|at| Timestamp::from_millisecond(at).ok());
    Some(Written { at, line: event.message? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Reply, common};

    fn since() -> Timestamp {
        "2026-03-04T05:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_page_of_lines_is_read_with_its_times_and_the_token_of_the_next() {
        let answer = r#"{ "events": [{ "logStreamName": "x", "timestamp": 1772600400123, "message": "{}" },
            { "timestamp": 1772600400124 }], "nextToken": "more", "searchedLogStreams": [] }"#;
        let (common, wire) = common(move |_, _| Reply::ok(answer));
        let logs = Logbook::with(common);
        let page = logs.written("muster", "\"i-0a\"", since(), Some("t".to_owned())).await.unwrap();
        let at = Timestamp::from_millisecond(1_772_600_400_123).ok();
        assert_eq!(page.items, [Written { at, line: "{}".to_owned() }]);
        assert_eq!(page.next.as_deref(), Some("more"));
        let asked = wire.asked("FilterLogEvents").concat();
        for part in [r#""startTime":1772600400000"#, r#""nextToken":"t""#, r#""\"i-0a\"""#] {
            assert!(asked.contains(part), "{part}: {asked}");
        }
        assert_eq!(ports::Session::calls(logs.aws())["logs:FilterLogEvents"], 1);
    }

    #[tokio::test]
    async fn a_log_group_that_is_not_there_is_told_as_such() {
        let answer = r#"{ "__type": "ResourceNotFoundException", "message": "The specified log group does not exist." }"#;
        let (common, _) = common(move |_, _| Reply::Http(400, answer.to_owned()));
        let fault = Logbook::with(common).written("none", "x", since(), None).await.unwrap_err();
        assert!(matches!(fault, Fault::NotFound { .. }), "{fault}");
    }

    #[tokio::test]
    async fn the_log_group_is_an_output_of_the_stack() {
        let answer = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
            <StackName>muster</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
            <CreationTime>2026-03-04T05:00:00Z</CreationTime>\
            <Outputs><member><OutputKey>Other</OutputKey><OutputValue>x</OutputValue></member>\
            <member><OutputKey>LogGroupName</OutputKey><OutputValue>muster-Logs-1</OutputValue></member></Outputs>\
            </member></Stacks></DescribeStacksResult></DescribeStacksResponse>";
        let (common, _) = common(move |_, _| Reply::ok(answer));
        let group = Logbook::with(common).log_group("muster").await;
        assert_eq!(group, Ok(Some("muster-Logs-1".to_owned())));
    }

    #[tokio::test]
    async fn a_stack_that_is_not_there_has_no_log_group() {
        let answer = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
            <Message>Stack with id muster does not exist</Message></Error></ErrorResponse>";
        let (common, _) = common(move |_, _| Reply::Http(400, answer.to_owned()));
        assert_eq!(Logbook::with(common).log_group("muster").await, Ok(None));
    }
}
