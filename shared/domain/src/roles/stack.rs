//! Does the stack still want what a request asks for?
//!
//! Requests may come late and twice, and a cancelled Create may still run while its Delete is answered. The stack's own
//! status tells what its tags cannot (*Stack status codes* in the CloudFormation user guide).

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make the resource.
    Create,
    /// To change it, or to change it back.
    Update,
}

/// Whether a stack of this status can have sent such a request and still waits for it. A status that nobody knows, and a
/// stack that is not there, does not.
#[must_use]
pub fn awaits(purpose: Purpose, status: Option<&str>) -> bool {
    match status {
        Some("CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "IMPORT_IN_PROGRESS") => true,
        Some("UPDATE_ROLLBACK_IN_PROGRESS") => purpose == Purpose::Update,
        Some(_) | None => false,
    }
}

/// Whether a stack of this status can have sent a Delete and still waits for it: it does so only on its way somewhere. A
/// Delete that is delivered again later must not take away what was made anew meanwhile, and a forged one nothing at all.
/// Of a stack that is not there nothing lives.
#[must_use]
pub fn awaits_deletes(status: Option<&str>) -> bool {
    status.is_none_or(|status| status.ends_with("_IN_PROGRESS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Checks S33: nothing is made for a stack that goes, or went, back.
    #[test]
    fn only_a_stack_that_is_on_its_way_there_wants_it() {
        let there = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS"];
        let back = ["UPDATE_ROLLBACK_IN_PROGRESS"];
        let never = [
            "CREATE_COMPLETE",
            "CREATE_FAILED",
            "DELETE_COMPLETE",
            "DELETE_FAILED",
            "DELETE_IN_PROGRESS",
            "ROLLBACK_COMPLETE",
            "ROLLBACK_FAILED",
            "ROLLBACK_IN_PROGRESS",
            "UPDATE_COMPLETE",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_FAILED",
            "UPDATE_ROLLBACK_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "SOMETHING_NEW",
        ];
        let wants =
            |status| (awaits(Purpose::Create, Some(status)), awaits(Purpose::Update, Some(status)));
        assert!(there.iter().all(|it| wants(it) == (true, true)));
        assert!(back.iter().all(|it| wants(it) == (false, true)));
        assert!(never.iter().all(|it| wants(it) == (false, false)));
        assert!(!awaits(Purpose::Update, None));
    }

    // Checks S30.
    #[test]
    fn only_a_stack_on_its_way_asks_for_deletes() {
        for status in [
            "DELETE_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        ] {
            assert!(awaits_deletes(Some(status)), "{status}");
        }
        for status in ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "DELETE_FAILED"] {
            assert!(!awaits_deletes(Some(status)), "{status}");
        }
        assert!(awaits_deletes(None));
    }
}
