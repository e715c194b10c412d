//! The environment variables that Lambda gives a function.

use crate::template::Function;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What the access keys of functions begin with; the rest is the function's name, so that the wire
/// knows who calls.
const KEY_PREFIX: &str = "ASIA-";

/// The function behind an access key, or the key itself if it is somebody else's.
pub(crate) fn caller_of(access_key: &str) -> String {
    access_key.strip_prefix(KEY_PREFIX).unwrap_or(access_key).to_owned()
}

/// A function's whole environment: nothing is inherited, and the template cannot replace what is Lambda's.
#[must_use]
pub fn of(
    function: &Function,
    endpoint: &str,
    runtime_api: SocketAddr,
) -> BTreeMap<String, String> {
    let mut all = function.environment.clone();
    let region = function.arn.split(':').nth(3).unwrap_or_default();
    let level = function.log_level.as_deref().unwrap_or("INFO");
    let lambda = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.function_name.clone()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_size.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.function_name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", format!("[$LATEST]{:032x}", runtime_api.port())),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL", level.to_owned()),
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
        ("AWS_ACCESS_KEY_ID", format!("{KEY_PREFIX}{}", function.name)),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_SESSION_TOKEN", "local".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
    ];
    all.extend(lambda.map(|(name, value)| (name.to_owned(), value)));
    // A collector in a layer would listen beside the function; here it is on the one port that there is.
    if let Some(collector) = all.get_mut("OTEL_EXPORTER_OTLP_ENDPOINT").filter(|it| !it.is_empty())
    {
        endpoint.clone_into(collector);
    }
    all
}
