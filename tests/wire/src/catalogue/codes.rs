//! The codes: those that the services' models name for the operations that Muster calls, those that every service may
//! answer, and those that only its documentation tells of. Where the text decides, there is a row for each text.

use super::operations::{Operation, Service};
use domain::Standing::{self, Again, Moot, Never};

/// A code, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The services that answer it; none for all.
    pub services: &'static [Service],
    /// The operations that answer it; none for all of the services.
    pub operations: &'static [&'static str],
    /// The code; empty where the status says all.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// AWS's text.
    pub message: &'static str,
    /// The word for records.
    pub label: &'static str,
    /// What it means for the work.
    pub standing: Standing,
}

impl Code {
    /// Whether an operation may answer it.
    #[must_use]
    pub fn is_of(&self, operation: &Operation) -> bool {
        let service = self.services.is_empty() || self.services.contains(&operation.service);
        service && (self.operations.is_empty() || self.operations.contains(&operation.name))
    }

    /// What it must be told as.
    #[must_use]
    pub fn told(&self, operation: &Operation) -> (&'static str, Standing) {
        // What is gone is taken away already; and what vanishes while it is looked at is looked at again.
        match (self.code, operation.name) {
            ("NoSuchEntity", name) if TAKES_AWAY.contains(&name) => ("already-so", Moot),
            ("NoSuchEntity", name) if VANISHES.contains(&name) => ("contended", Again),
            ("InvalidInput", "CreateServiceLinkedRole") if self.message.contains("taken") => {
                ("already-so", Moot)
            }
            _ => (self.label, self.standing),
        }
    }

    /// Whether it is the operation's own word for "there is none".
    #[must_use]
    pub fn may_be_absent(&self, operation: &Operation) -> bool {
        match (self.code, operation.name) {
            ("NoSuchEntity", "GetRole" | "GetInstanceProfile") => true,
            (_, "DescribeStacks" | "DescribeStackResource") => {
                self.message.contains("does not exist")
            }
            _ => false,
        }
    }
}

const TAKES_AWAY: [&str; 6] = [
    "DeleteInstanceProfile",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "RemoveRoleFromInstanceProfile",
];
const VANISHES: [&str; 4] = [
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListRolePolicies",
];

/// The writes of ECS on a container instance.
const ON_HOST: &[&str] = &[
    "DeleteAttributes",
    "DeregisterContainerInstance",
    "PutAttributes",
    "UpdateContainerInstancesState",
];
const READS_HOST: &[&str] = &["DescribeContainerInstances", "ListTasks"];

use Service::{AutoScaling, CloudFormation, Ec2, Ecs, Events, Iam, Logs};

const QUERY: &[Service] = &[AutoScaling, CloudFormation, Iam];
const JSON: &[Service] = &[Ecs, Events, Logs];

const fn any(code: &'static str, status: u16, label: &'static str, standing: Standing) -> Code {
    Code { services: &[], operations: &[], code, status, message: "because", label, standing }
}

const fn of(services: &'static [Service], code: Code) -> Code {
    Code { services, ..code }
}

const fn on(services: &'static [Service], operations: &'static [&'static str], code: Code) -> Code {
    Code { services, operations, ..code }
}

const fn says(message: &'static str, code: Code) -> Code {
    Code { message, ..code }
}

const THROTTLED: &str = "throttled";
const NO_ANSWER: &str = "no-answer";
const FORBIDDEN: &str = "forbidden";
const CONTENDED: &str = "contended";
const REFUSED: &str = "refused";
const NOT_FOUND: &str = "not-found";
const ALREADY: &str = "already-so";
const UNKNOWN: &str = "unknown-error";
const PARTIAL: &str = "partial";

/// All of them.
pub const CODES: &[Code] = &[
    // Too many calls.
    any("Throttling", 400, THROTTLED, Again),
    any("ThrottlingException", 400, THROTTLED, Again),
    any("ThrottledException", 400, THROTTLED, Again),
    any("RequestThrottled", 400, THROTTLED, Again),
    any("RequestThrottledException", 400, THROTTLED, Again),
    any("TooManyRequestsException", 429, THROTTLED, Again),
    any("RequestLimitExceeded", 503, THROTTLED, Again),
    of(&[Ec2], any("EC2ThrottledException", 503, THROTTLED, Again)),
    any("SlowDown", 503, THROTTLED, Again),
    any("ServiceUnavailable", 503, THROTTLED, Again),
    of(&[Ec2], any("Unavailable", 503, THROTTLED, Again)),
    any("", 429, THROTTLED, Again),
    any("", 503, THROTTLED, Again),
    // AWS's own trouble.
    any("InternalFailure", 500, NO_ANSWER, Again),
    any("InternalError", 500, NO_ANSWER, Again),
    any("InternalServerError", 500, NO_ANSWER, Again),
    any("", 500, NO_ANSWER, Again),
    any("", 502, NO_ANSWER, Again),
    any("", 504, NO_ANSWER, Again),
    of(&[Ecs], any("ServerException", 500, NO_ANSWER, Again)),
    of(&[Iam], any("ServiceFailure", 500, NO_ANSWER, Again)),
    on(&[Iam], &["SimulatePrincipalPolicy"], any("PolicyEvaluation", 500, NO_ANSWER, Again)),
    of(&[Events], any("InternalException", 500, NO_ANSWER, Again)),
    of(&[Logs], any("ServiceUnavailableException", 500, NO_ANSWER, Again)),
    on(
        &[AutoScaling],
        &["UpdateAutoScalingGroup"],
        any("ServiceLinkedRoleFailure", 500, NO_ANSWER, Again),
    ),
    // Credentials and clocks, which others put right.
    any("ExpiredToken", 403, NO_ANSWER, Again),
    any("ExpiredTokenException", 400, NO_ANSWER, Again),
    any("RequestExpired", 400, NO_ANSWER, Again),
    any("RequestTimeTooSkewed", 403, NO_ANSWER, Again),
    any("RequestTimeout", 400, NO_ANSWER, Again),
    says(
        "Signature expired: 20260304T050607Z",
        any("SignatureDoesNotMatch", 403, NO_ANSWER, Again),
    ),
    says(
        "Signature not yet current: 20260304T050607Z",
        any("InvalidSignatureException", 403, NO_ANSWER, Again),
    ),
    // What a person must allow.
    of(QUERY, any("AccessDenied", 403, FORBIDDEN, Never)),
    of(JSON, any("AccessDeniedException", 400, FORBIDDEN, Never)),
    of(&[Ec2], any("UnauthorizedOperation", 403, FORBIDDEN, Never)),
    of(&[Ec2], any("AuthFailure", 401, FORBIDDEN, Never)),
    of(&[Ec2], any("Blocked", 403, FORBIDDEN, Never)),
    any("OptInRequired", 403, FORBIDDEN, Never),
    any("InvalidClientTokenId", 403, FORBIDDEN, Never),
    any("UnrecognizedClientException", 400, FORBIDDEN, Never),
    any("MissingAuthenticationToken", 403, FORBIDDEN, Never),
    any("IncompleteSignature", 400, FORBIDDEN, Never),
    any("NotAuthorized", 400, FORBIDDEN, Never),
    any("SignatureDoesNotMatch", 403, FORBIDDEN, Never),
    any("InvalidSignatureException", 400, FORBIDDEN, Never),
    // Something else is at it.
    of(&[AutoScaling], any("ResourceContention", 500, CONTENDED, Again)),
    on(
        &[AutoScaling],
        &["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "UpdateAutoScalingGroup"],
        any("ScalingActivityInProgress", 400, CONTENDED, Again),
    ),
    on(
        &[AutoScaling],
        &["CreateOrUpdateTags", "DeleteTags"],
        any("ResourceInUse", 400, CONTENDED, Again),
    ),
    of(&[Iam], any("ConcurrentModification", 409, CONTENDED, Again)),
    of(&[Iam], any("EntityTemporarilyUnmodifiable", 409, CONTENDED, Again)),
    on(
        &[Ecs],
        &["PutClusterCapacityProviders"],
        any("UpdateInProgressException", 400, CONTENDED, Again),
    ),
    on(
        &[Ecs],
        &["PutClusterCapacityProviders"],
        any("ResourceInUseException", 400, CONTENDED, Again),
    ),
    // What is not there.
    of(&[Ecs], any("ClusterNotFoundException", 400, NOT_FOUND, Never)),
    on(&[Ecs], &["ListTasks"], any("ServiceNotFoundException", 400, NOT_FOUND, Never)),
    on(&[Ecs], &["GetTaskProtection"], any("ResourceNotFoundException", 400, NOT_FOUND, Never)),
    of(&[Logs], any("ResourceNotFoundException", 400, NOT_FOUND, Never)),
    of(&[Iam], any("NoSuchEntity", 404, NOT_FOUND, Never)),
    of(&[Ec2], any("InvalidInstanceID.NotFound", 400, NOT_FOUND, Never)),
    on(
        &[Ec2],
        &["DescribeLaunchTemplateVersions"],
        any("InvalidLaunchTemplateId.NotFound", 400, NOT_FOUND, Never),
    ),
    on(
        &[Ec2],
        &["DescribeLaunchTemplateVersions"],
        any("InvalidLaunchTemplateName.NotFoundException", 400, NOT_FOUND, Never),
    ),
    on(
        &[Ecs],
        READS_HOST,
        says(
            "The referenced container instance was not found.",
            any("InvalidParameterException", 400, NOT_FOUND, Never),
        ),
    ),
    // What is so already.
    on(
        &[AutoScaling],
        &["CompleteLifecycleAction", "RecordLifecycleActionHeartbeat"],
        says(
            "No active Lifecycle Action found with instance ID i-0123456789abcdef0",
            any("ValidationError", 400, ALREADY, Moot),
        ),
    ),
    on(
        &[Ecs],
        ON_HOST,
        says(
            "The referenced container instance was not found.",
            any("InvalidParameterException", 400, ALREADY, Moot),
        ),
    ),
    on(
        &[Ecs],
        ON_HOST,
        says("Container instance 0a1b is inactive.", any("ClientException", 400, ALREADY, Moot)),
    ),
    on(
        &[Ecs],
        &["DeleteAttributes", "PutAttributes"],
        any("TargetNotFoundException", 400, ALREADY, Moot),
    ),
    on(
        &[Iam],
        &["CreateServiceLinkedRole"],
        says(
            "Service role name AWSServiceRoleForECS has been taken in this account",
            any("InvalidInput", 400, ALREADY, Moot),
        ),
    ),
    // What AWS does not do.
    of(QUERY, any("ValidationError", 400, REFUSED, Never)),
    on(
        &[CloudFormation],
        &[],
        says("Stack with id x does not exist", any("ValidationError", 400, REFUSED, Never)),
    ),
    of(JSON, any("ValidationException", 400, REFUSED, Never)),
    of(&[Ecs, Logs], any("InvalidParameterException", 400, REFUSED, Never)),
    of(&[Ec2, Iam], any("InvalidParameterValue", 400, REFUSED, Never)),
    any("InvalidParameterCombination", 400, REFUSED, Never),
    any("MissingParameter", 400, REFUSED, Never),
    any("InvalidAction", 400, REFUSED, Never),
    any("MissingAction", 403, REFUSED, Never),
    any("MalformedQueryString", 404, REFUSED, Never),
    of(JSON, any("UnknownOperationException", 400, REFUSED, Never)),
    of(JSON, any("SerializationException", 400, REFUSED, Never)),
    of(&[Ec2], any("InvalidInstanceID.Malformed", 400, REFUSED, Never)),
    of(&[Ec2], any("InvalidFilter", 400, REFUSED, Never)),
    of(&[Ec2], any("UnsupportedOperation", 400, REFUSED, Never)),
    of(&[Ecs], any("ClientException", 400, REFUSED, Never)),
    of(&[Ecs], any("UnsupportedFeatureException", 400, REFUSED, Never)),
    on(&[Ecs], &["PutAttributes"], any("AttributeLimitExceededException", 400, REFUSED, Never)),
    of(&[AutoScaling], any("LimitExceeded", 400, REFUSED, Never)),
    on(&[AutoScaling], &["CreateOrUpdateTags"], any("AlreadyExists", 400, REFUSED, Never)),
    of(&[Iam], any("LimitExceeded", 409, REFUSED, Never)),
    of(&[Iam], any("MalformedPolicyDocument", 400, REFUSED, Never)),
    of(&[Iam], any("DeleteConflict", 409, REFUSED, Never)),
    of(&[Iam], any("EntityAlreadyExists", 409, REFUSED, Never)),
    of(&[Iam], any("InvalidInput", 400, REFUSED, Never)),
    of(&[Iam], any("UnmodifiableEntity", 400, REFUSED, Never)),
    of(&[Iam], any("PolicyNotAttachable", 400, REFUSED, Never)),
    // A page that is there no more is looked for from the first one on.
    of(&[AutoScaling], any("InvalidNextToken", 400, PARTIAL, Again)),
    // What nobody knows is no reason to act.
    any("BrandNewException", 400, UNKNOWN, Again),
    any("BrandNewException", 500, NO_ANSWER, Again),
    any("", 400, UNKNOWN, Again),
    any("", 403, UNKNOWN, Again),
];
