//! From the SDK's errors to ours: the one place where they are sorted.

use crate::session;
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
            let fault = by_code(call, error.code().unwrap_or_default(), status, error.message());
            if session::is_in_doubt(context.raw()) { doubted(fault) } else { fault }
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            match status {
                429 | 503 => Fault::Throttled { call: call.to_owned() },
                _ => no_answer(&unreadable(status)),
            }
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

/// A write that is refused after an attempt of which nobody knows what it did may be refused for that attempt's sake: a
/// hook that is deleted already, a role that is made.
fn doubted(fault: Fault) -> Fault {
    match fault {
        Fault::Refused { call, code, .. } if !is_read(&call) => {
            let told = format!("an attempt got no answer, and the next one {code}");
            Fault::NoAnswer { call, told }
        }
        Fault::Forbidden { call, .. } if !is_read(&call) => {
            let told = "an attempt got no answer, and the next one is not allowed".to_owned();
            Fault::NoAnswer { call, told }
        }
        other => other,
    }
}

fn is_read(call: &str) -> bool {
    let operation = call.split(':').nth(1).unwrap_or_default();
    ["Describe", "Filter", "Get", "List", "Simulate"].iter().any(|it| operation.starts_with(it))
}

/// Sorts an error code of AWS.
///
/// Codes are those of the services' API references. Texts are not modelled by AWS: they are matched only where
/// there is no code, and by the part that has stayed the same.
fn by_code(call: &str, code: &str, status: u16, message: Option<&str>) -> Fault {
    let call = call.to_owned();
    // Some messages carry a whole encoded authorization context.
    let told: String = message.unwrap_or("no message").chars().take(LONGEST).collect();

    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "EC2ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown" => Fault::Throttled { call },
        // Credentials are renewed and clocks corrected outside of us: it may work later.
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "RequestTimeout" => Fault::NoAnswer { call, told: code.to_owned() },
        "SignatureDoesNotMatch" | "InvalidSignatureException" if is_skewed(&told) => {
            Fault::NoAnswer { call, told: code.to_owned() }
        }
        // AWS repeats what was signed, the session's token included. Keeps S36.
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => {
            Fault::Forbidden { call, told: code.to_owned() }
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "Blocked"
        | "OptInRequired"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "UnrecognizedClientException" => Fault::Forbidden { call, told },
        "ResourceContention"
        | "ResourceContentionFault"
        | "ScalingActivityInProgress"
        | "ScalingActivityInProgressFault"
        | "ConcurrentModification"
        | "EntityTemporarilyUnmodifiable"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "UpdateInProgress"
        | "UpdateInProgressException" => Fault::Contended { call, told },
        "ValidationError" if told.starts_with("No active Lifecycle Action found") => {
            Fault::AlreadySo { call, told }
        }
        "InvalidParameterException" | "ClientException" if is_gone(&told) => gone(call, told),
        "TargetNotFoundException" => gone(call, told),
        "NoSuchEntity"
        | "ClusterNotFoundException"
        | "InvalidInstanceID.NotFound"
        | "InvalidLaunchTemplateId.NotFound"
        | "InvalidLaunchTemplateName.NotFoundException"
        | "ResourceNotFoundException"
        | "ServiceNotFoundException" => Fault::NotFound { call, told },
        "InvalidNextToken" => Fault::Partial { call, told },
        "ValidationError"
        | "ValidationException"
        | "AlreadyExists"
        | "InvalidAction"
        | "InvalidFilter"
        | "InvalidInstanceID.Malformed"
        | "InvalidParameterCombination"
        | "InvalidParameterException"
        | "InvalidParameterValue"
        | "MalformedQueryString"
        | "MissingAction"
        | "MissingParameter"
        | "SerializationException"
        | "UnknownOperationException"
        | "UnsupportedFeatureException"
        | "UnsupportedOperation"
        | "ClientException"
        | "MalformedPolicyDocument"
        | "LimitExceeded"
        | "LimitExceededException"
        | "AttributeLimitExceededException"
        | "DeleteConflict"
        | "EntityAlreadyExists"
        | "InvalidInput"
        | "UnmodifiableEntity"
        | "PolicyNotAttachable" => Fault::Refused { call, code: code.to_owned(), told },
        _ => by_status(call, code, status, told),
    }
}

fn unreadable(status: u16) -> String {
    format!("the answer could not be read (HTTP {status})")
}

fn by_status(call: String, code: &str, status: u16, told: String) -> Fault {
    match status {
        // A success that says something else than a success: somebody's page, or half of an answer.
        200..=299 => Fault::NoAnswer { call, told: unreadable(status) },
        429 | 503 => Fault::Throttled { call },
        500.. => Fault::NoAnswer { call, told: format!("HTTP {status} {code}").trim().to_owned() },
        _ => Fault::Unknown { call, code: code.to_owned(), told },
    }
}

/// A container instance that is gone: done for a write, and for a read the thing asked about is not there.
fn gone(call: String, told: String) -> Fault {
    if WRITES.contains(&call.as_str()) {
        Fault::AlreadySo { call, told }
    } else {
        Fault::NotFound { call, told }
    }
}

/// The calls that change a container instance.
const WRITES: [&str; 4] = [
    "ecs:DeleteAttributes",
    "ecs:DeregisterContainerInstance",
    "ecs:PutAttributes",
    "ecs:UpdateContainerInstancesState",
];

/// Characters of AWS's own words that are kept.
const LONGEST: usize = 400;

/// ECS has no code of its own for a container instance that is gone, only texts like "Container instance … is
/// inactive." and "The referenced container instance was not found.".
fn is_gone(told: &str) -> bool {
    let told = told.to_lowercase();
    let words = ["not found", "be found", "does not exist", "inactive"];
    told.contains("container instance") && words.iter().any(|word| told.contains(word))
}

/// "Signature expired: …" and "Signature not yet current: …" (*Troubleshooting signature errors* in the IAM user guide).
fn is_skewed(told: &str) -> bool {
    told.starts_with("Signature expired") || told.starts_with("Signature not yet current")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Standing::{Again, Moot, Never};

    const DEREGISTER: &str = "ecs:DeregisterContainerInstance";

    #[test]
    fn every_code_of_the_catalogue_has_its_label_and_its_standing() {
        let table = [
            ("Throttling", 400, "throttled", Again),
            ("ThrottlingException", 400, "throttled", Again),
            ("RequestLimitExceeded", 503, "throttled", Again),
            ("TooManyRequestsException", 400, "throttled", Again),
            ("SlowDown", 503, "throttled", Again),
            ("", 429, "throttled", Again),
            ("ServiceUnavailable", 503, "throttled", Again),
            ("InternalFailure", 500, "no-answer", Again),
            ("ServerException", 500, "no-answer", Again),
            ("", 502, "no-answer", Again),
            ("", 504, "no-answer", Again),
            ("ExpiredToken", 403, "no-answer", Again),
            ("ExpiredTokenException", 400, "no-answer", Again),
            ("RequestTimeTooSkewed", 403, "no-answer", Again),
            ("RequestExpired", 400, "no-answer", Again),
            ("AccessDenied", 403, "forbidden", Never),
            ("AccessDeniedException", 400, "forbidden", Never),
            ("UnauthorizedOperation", 403, "forbidden", Never),
            ("ResourceContention", 500, "contended", Again),
            ("ScalingActivityInProgress", 400, "contended", Again),
            ("ConcurrentModification", 409, "contended", Again),
            ("EntityTemporarilyUnmodifiable", 409, "contended", Again),
            ("UpdateInProgressException", 400, "contended", Again),
            ("ClusterNotFoundException", 400, "not-found", Never),
            ("NoSuchEntity", 404, "not-found", Never),
            ("ValidationError", 400, "refused", Never),
            ("InvalidParameterException", 400, "refused", Never),
            ("ClientException", 400, "refused", Never),
            ("MalformedPolicyDocument", 400, "refused", Never),
            ("LimitExceeded", 409, "refused", Never),
            ("DeleteConflict", 409, "refused", Never),
            ("EntityAlreadyExists", 409, "refused", Never),
            ("InvalidInput", 400, "refused", Never),
            ("ResourceInUse", 400, "contended", Again),
            ("ResourceInUseException", 400, "contended", Again),
            ("ServiceNotFoundException", 400, "not-found", Never),
            ("ResourceNotFoundException", 400, "not-found", Never),
            ("InvalidInstanceID.NotFound", 400, "not-found", Never),
            ("InvalidNextToken", 400, "partial", Again),
            ("UnsupportedFeatureException", 400, "refused", Never),
            ("ValidationException", 400, "refused", Never),
            ("IncompleteSignature", 400, "forbidden", Never),
            ("NotAuthorized", 400, "forbidden", Never),
            ("", 200, "no-answer", Again),
            ("BrandNewException", 400, "unknown-error", Again),
            ("", 403, "unknown-error", Again),
        ];
        for (code, status, label, standing) in table {
            let fault = by_code("ecs:ListTasks", code, status, Some("because"));
            assert_eq!((fault.label(), fault.standing()), (label, standing), "{code} {status}");
        }
    }

    #[test]
    fn where_aws_has_only_a_text_the_text_decides() {
        let table = [
            ("ValidationError", "No active Lifecycle Action found with instance ID i-1", Moot),
            ("ValidationError", "No active Lifecycle Action found with token x", Moot),
            ("ValidationError", "AutoScalingGroup name not found - null", Never),
            ("InvalidParameterException", "The referenced container instance was not found.", Moot),
            ("InvalidParameterException", "Container instance abc could not be found.", Moot),
            ("ClientException", "Container instance abc is inactive.", Moot),
            ("TargetNotFoundException", "Could not find target with ID: abc", Moot),
            ("InvalidParameterException", "Found running tasks on the container instance.", Never),
            ("InvalidParameterException", "Identifier was empty", Never),
            ("ClusterNotFoundException", "Cluster not found.", Never),
            ("SignatureDoesNotMatch", "Signature expired: 20260304T050607Z is now earlier", Again),
            ("SignatureDoesNotMatch", "The request signature we calculated does not match", Never),
        ];
        for (code, told, standing) in table {
            let fault = by_code(DEREGISTER, code, 400, Some(told));
            assert_eq!(fault.standing(), standing, "{code} {told}: {fault:?}");
        }
    }

    #[test]
    fn what_is_gone_is_done_for_a_write_and_not_found_for_a_read() {
        let told = Some("The referenced container instance was not found.");
        let of = |call| by_code(call, "InvalidParameterException", 400, told);
        assert_eq!(of(DEREGISTER).label(), "already-so");
        assert_eq!(of("ecs:ListTasks").label(), "not-found");
    }

    // Checks S36: AWS repeats the canonical request, and in it the session's token.
    #[test]
    fn what_was_signed_is_not_told() {
        let told = "The request signature we calculated does not match the signature you provided.\n\n\
                    The Canonical String for this request should have been\n\
                    'POST\nx-amz-security-token:sesame\n'";
        for code in ["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"] {
            let fault = by_code("ecs:ListTasks", code, 403, Some(told));
            assert_eq!(fault.label(), "forbidden");
            assert!(!format!("{fault:?}").contains("sesame"), "{fault}");
        }
    }

    #[test]
    fn a_write_that_is_refused_after_an_attempt_in_doubt_is_in_doubt_and_a_read_is_refused() {
        let of = |call, code| doubted(by_code(call, code, 400, None)).label();
        assert_eq!(of("autoscaling:DeleteLifecycleHook", "ValidationError"), "no-answer");
        assert_eq!(of("iam:CreateRole", "EntityAlreadyExists"), "no-answer");
        assert_eq!(of("iam:GetRole", "ValidationError"), "refused");
        assert_eq!(of("iam:CreateRole", "AccessDenied"), "no-answer");
        assert_eq!(of("iam:GetRole", "AccessDenied"), "forbidden");
        assert_eq!(of("iam:DeleteRole", "NoSuchEntity"), "not-found");
    }

    #[test]
    fn an_unknown_code_is_told_and_a_long_message_is_cut() {
        let fault = by_code("ecs:X", "BrandNewException", 400, Some("surprise"));
        assert_eq!(
            fault.to_string(),
            "ecs:X answered with an unknown error BrandNewException: surprise"
        );
        let long = by_code("ec2:X", "UnauthorizedOperation", 403, Some(&"é".repeat(9_000)));
        assert!(long.to_string().chars().count() < 500);
    }
}
