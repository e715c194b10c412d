//! From the SDK's errors to ours: the one place where they are sorted.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::Fault;

/// Sorts what an SDK call met.
pub(crate) fn sort<E: ProvideErrorMetadata>(
    call: &str,
    fault: &SdkError<E, HttpResponse>,
) -> Fault {
    let no_answer = |told: &str| Fault::NoAnswer { call: call.to_owned(), told: told.to_owned() };

    match fault {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let error = context.err();
            by_code(call, error.code().unwrap_or_default(), status, error.message())
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            no_answer(&format!("the answer could not be read (HTTP {status})"))
        }
        SdkError::TimeoutError(_) => no_answer("it took too long"),
        SdkError::DispatchFailure(_) => no_answer("the connection failed"),
        SdkError::ConstructionFailure(_) => Fault::Refused {
            call: call.to_owned(),
            code: "ConstructionFailure".to_owned(),
            told: "the request could not be built".to_owned(),
        },
        _ => no_answer("the SDK met an error that we do not know"),
    }
}

/// Sorts an error code of AWS.
///
/// Codes are those of the services' API references; the texts of the Auto Scaling `ValidationError` are not
/// modelled by AWS and are matched by the part that has stayed the same.
pub(crate) fn by_code(call: &str, code: &str, status: u16, message: Option<&str>) -> Fault {
    let (call, told) = (call.to_owned(), message.unwrap_or("no message").to_owned());

    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown" => Fault::Throttled { call },
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "OptInRequired"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch" => Fault::Forbidden { call, told },
        // Credentials are renewed and clocks corrected outside of us: it may work later.
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "RequestTimeTooSkewed" => {
            Fault::NoAnswer { call, told: code.to_owned() }
        }
        "ResourceContention"
        | "ResourceContentionFault"
        | "ScalingActivityInProgress"
        | "ScalingActivityInProgressFault"
        | "ConcurrentModification"
        | "EntityTemporarilyUnmodifiable"
        | "UpdateInProgressException" => Fault::Contended { call, told },
        "ValidationError" if told.starts_with("No active Lifecycle Action found") => {
            Fault::AlreadySo { call, told }
        }
        "InvalidParameterException" if is_gone(&told) => Fault::AlreadySo { call, told },
        "NoSuchEntity" | "ClusterNotFoundException" | "TargetNotFoundException" => {
            Fault::NotFound { call, told }
        }
        "ValidationError"
        | "InvalidParameterException"
        | "InvalidParameterValue"
        | "ClientException"
        | "MalformedPolicyDocument"
        | "LimitExceeded"
        | "LimitExceededException"
        | "DeleteConflict"
        | "EntityAlreadyExists"
        | "InvalidInput"
        | "UnmodifiableEntity"
        | "PolicyNotAttachable" => Fault::Refused { call, code: code.to_owned(), told },
        _ => by_status(call, code, status, told),
    }
}

fn by_status(call: String, code: &str, status: u16, told: String) -> Fault {
    match status {
        429 | 503 => Fault::Throttled { call },
        500.. => Fault::NoAnswer { call, told: format!("HTTP {status} {code}") },
        _ => Fault::Unknown { call, code: code.to_owned(), told },
    }
}

/// ECS has no code of its own for a container instance that is gone, only these texts.
fn is_gone(told: &str) -> bool {
    let told = told.to_lowercase();
    told.contains("container instance")
        && ["not found", "does not exist", "inactive"].iter().any(|word| told.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Standing;

    #[test]
    fn every_code_of_the_catalogue_has_its_standing() {
        let table = [
            ("Throttling", 400, "Rate exceeded", Standing::Again),
            ("ThrottlingException", 400, "Rate exceeded", Standing::Again),
            ("RequestLimitExceeded", 503, "", Standing::Again),
            ("", 429, "", Standing::Again),
            ("SlowDown", 503, "", Standing::Again),
            ("InternalFailure", 500, "", Standing::Again),
            ("ServiceUnavailable", 503, "", Standing::Again),
            ("", 502, "<html>", Standing::Again),
            ("AccessDenied", 403, "not authorized", Standing::Never),
            ("AccessDeniedException", 400, "not authorized", Standing::Never),
            ("UnauthorizedOperation", 403, "", Standing::Never),
            ("ExpiredToken", 403, "", Standing::Again),
            ("RequestTimeTooSkewed", 403, "", Standing::Again),
            ("ResourceContention", 500, "", Standing::Again),
            ("ScalingActivityInProgress", 400, "", Standing::Again),
            (
                "ValidationError",
                400,
                "No active Lifecycle Action found with instance ID i-1",
                Standing::Moot,
            ),
            (
                "ValidationError",
                400,
                "No active Lifecycle Action found with token x",
                Standing::Moot,
            ),
            ("ValidationError", 400, "AutoScalingGroup name not found", Standing::Never),
            ("InvalidParameterException", 400, "Container instance not found.", Standing::Moot),
            ("InvalidParameterException", 400, "Identifier was empty", Standing::Never),
            ("ClusterNotFoundException", 400, "Cluster not found.", Standing::Never),
            ("NoSuchEntity", 404, "", Standing::Never),
            ("DeleteConflict", 409, "", Standing::Never),
            ("BrandNewException", 400, "", Standing::Again),
        ];
        for (code, status, told, standing) in table {
            let fault = by_code("ecs:X", code, status, Some(told));
            assert_eq!(fault.standing(), standing, "{code} {status} {told}: {fault:?}");
        }
    }

    #[test]
    fn an_unknown_code_is_told_and_nothing_is_made_of_it() {
        let fault = by_code("ecs:X", "BrandNewException", 400, Some("surprise"));
        assert_eq!(fault.label(), "unknown-error");
        assert_eq!(
            fault.to_string(),
            "ecs:X answered with an unknown error BrandNewException: surprise"
        );
    }
}
