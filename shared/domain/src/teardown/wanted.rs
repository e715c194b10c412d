//! Is the stack on its way out, so that its hosts may go?

/// Whether the hosts may be seen out when CloudFormation asks to delete the resource.
///
/// CloudFormation asks so too when an update takes the resource out of a stack, or replaces it, and then the cluster
/// lives on (*Stack status codes* in the CloudFormation user guide). Only a stack that goes as a whole takes its hosts
/// along; a status that nobody knows does not.
#[must_use]
pub fn is_wanted(status: Option<&str>) -> bool {
    matches!(status, Some("DELETE_IN_PROGRESS" | "ROLLBACK_IN_PROGRESS"))
}
