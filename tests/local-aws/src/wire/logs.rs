//! CloudWatch Logs' `FilterLogEvents`, over the lines that the functions wrote. They are all in one log group, the one that
//! the template's output `LogGroupName` names.

use crate::cloudformation::output;
use crate::engine::Shared;
use crate::happening::Kept;
use crate::world::{Answer, ApiError, input};
use serde_json::{Value, json};
use std::sync::Arc;

/// How many lines one call looks through. AWS too gives empty pages with a token, where it looked at much and found nothing.
const LOOKED_AT: usize = 100;

/// `FilterLogEvents`, which has its own word for what is wrong in a request.
pub(super) fn filter_log_events(shared: &Arc<Shared>, asked: &Value) -> Answer {
    filter(shared, asked).map_err(|error| match error.code.as_str() {
        "ValidationError" | "UnknownParameter" => invalid(&error.message),
        _ => error,
    })
}

fn filter(shared: &Arc<Shared>, asked: &Value) -> Answer {
    let known = ["logGroupName", "filterPattern", "startTime", "endTime", "limit", "nextToken"];
    input::only(asked, &known)?;
    let group = input::text(asked, "logGroupName")?;
    if output(shared, "LogGroupName").as_deref() != Some(group) {
        let told = "The specified log group does not exist.";
        return Err(ApiError::client("ResourceNotFoundException", told));
    }
    let words = words(input::opt_text(asked, "filterPattern")?.unwrap_or_default())?;
    let from = input::opt_int(asked, "startTime")?.unwrap_or(0);
    let until = input::opt_int(asked, "endTime")?.unwrap_or(i64::MAX);
    let begin = match input::opt_text(asked, "nextToken")?.map(str::parse::<usize>) {
        None => 0,
        Some(Ok(at)) => at,
        Some(Err(_)) => return Err(invalid("The specified nextToken is invalid.")),
    };
    // What is looked at is no more than what may be found.
    let most = match input::opt_int(asked, "limit")? {
        None => LOOKED_AT,
        Some(limit @ 1..=10_000) => usize::try_from(limit).unwrap_or(LOOKED_AT).min(LOOKED_AT),
        Some(_) => return Err(invalid("limit must be between 1 and 10000")),
    };
    let end = begin.saturating_add(most);
    let (looked_at, more) = shared.news.kept(begin, end);
    let matches = |one: &&Kept| {
        (from..=until).contains(&one.at.as_millisecond())
            && words.iter().all(|word| one.line.contains(word))
    };
    let event = |(at, one): (usize, &Kept)| {
        json!({
            "logStreamName": one.function,
            "timestamp": one.at.as_millisecond(),
            "ingestionTime": one.at.as_millisecond(),
            "message": one.line,
            "eventId": begin.saturating_add(at).to_string(),
        })
    };
    let found = looked_at.iter().enumerate().filter(|(_, one)| matches(one)).map(event);
    let events: Vec<Value> = found.collect();
    let next = more.then(|| end.to_string());
    Ok(json!({ "events": events, "searchedLogStreams": [], "nextToken": next }))
}

/// The words of a pattern that a line must all have: bare, or in double quotation marks where they are more than letters,
/// digits and `_` (*Filter pattern syntax* in the CloudWatch Logs user guide). Other patterns are not modelled.
fn words(pattern: &str) -> Result<Vec<&str>, ApiError> {
    let is_bare = |word: &str| word.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
    let each = pattern.split_whitespace().map(|word| {
        let quoted = word.strip_prefix('"').and_then(|word| word.strip_suffix('"'));
        match quoted {
            Some(inner) if !inner.is_empty() && !inner.contains('"') => Ok(inner),
            None if is_bare(word) => Ok(word),
            _ => Err(invalid("Invalid filter pattern")),
        }
    });
    each.collect()
}

fn invalid(told: &str) -> ApiError {
    ApiError::client("InvalidParameterException", told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::LocalAws;
    use crate::template::Template;
    use crate::testing::{send, setup};

    const GROUP: &str = "muster-Logs";

    async fn found(local: &LocalAws, asked: Value) -> Value {
        let target = [("x-amz-target", "Logs_20140328.FilterLogEvents")];
        let answer = send("POST", &local.endpoint(), &target, asked.to_string()).await;
        serde_json::from_slice(answer.body()).unwrap()
    }

    #[tokio::test]
    async fn lines_are_found_page_by_page_also_over_empty_ones() {
        let outputs = [("LogGroupName".to_owned(), GROUP.to_owned())].into();
        let template = Template { outputs, ..Template::default() };
        let local = LocalAws::start(setup(template)).await.unwrap();
        for number in 0..250 {
            local.shared().news.keep("reconciler", &format!("host i-{number} is well"));
        }
        let ask = json!({ "logGroupName": GROUP, "filterPattern": "host \"i-249\"" });
        let mut last = ask.clone();
        last["nextToken"] = json!("200");
        let (first, last) = (found(&local, ask).await, found(&local, last).await);
        assert_eq!((&first["events"], &first["nextToken"]), (&json!([]), &json!("100")));
        assert_eq!(last["events"][0]["message"], "host i-249 is well");
        assert_eq!(last["events"][0]["timestamp"], 1_772_600_400_000_i64);
        assert_eq!(last["nextToken"], Value::Null);
        let few = json!({ "logGroupName": GROUP, "limit": 2 });
        let few = found(&local, few).await;
        assert_eq!(few["events"].as_array().map(Vec::len), Some(2));
        assert_eq!(few["nextToken"], "2");
        let none = found(&local, json!({ "logGroupName": GROUP, "limit": 0 })).await;
        assert_eq!(none["__type"], "InvalidParameterException");
        let later = json!({ "logGroupName": GROUP, "startTime": 1_772_600_400_001_i64 });
        assert_eq!(found(&local, later).await["events"], json!([]));
        let nowhere = found(&local, json!({})).await;
        assert_eq!(nowhere["__type"], "InvalidParameterException");
        let other = found(&local, json!({ "logGroupName": "other" })).await;
        assert_eq!(other["__type"], "ResourceNotFoundException");
    }

    #[test]
    fn a_pattern_is_of_words_and_what_is_more_than_a_word_needs_its_quotes() {
        assert_eq!(words("decision \"i-0a\"").unwrap(), ["decision", "i-0a"]);
        assert!(words("").unwrap().is_empty());
        for other in ["i-0a", "{ $.host = \"i-0a\" }", "\"", "\"\"", "?a"] {
            assert!(words(other).is_err(), "{other}");
        }
    }
}
