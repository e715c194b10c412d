//! The scenes of a custom resource in which the surveyed tools fail: `tests/FAULTS.md` has the rest, row by row.

use crate::cloudformation::{Answer, Stack};
use crate::properties;
use crate::rows::{HOUR, reason};
use domain::Fault;
use std::time::Duration;

#[test]
fn t9_a_create_delivered_three_times_a_foreign_policy_and_a_delete_delivered_twice() {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let request = stack.request("Create", &properties(0), None);
    for _ in 0..3 {
        let (well, record) = stack.invoke(&request, HOUR);
        assert!(well, "{record:?}");
        stack.is_as_asked(&properties(0));
    }
    let Some(Answer::Success { physical_id, .. }) = stack.answer(&request) else {
        panic!("the Create was not answered well");
    };
    let role = Stack::name_of(&properties(0), "EC2Role");
    let policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore".to_owned();
    stack.world.now.borrow_mut().roles.get_mut(&role).unwrap().attached.insert(policy);

    stack.status("DELETE_IN_PROGRESS");
    let request = stack.request("Delete", &properties(0), Some(&physical_id));
    for _ in 0..2 {
        assert!(stack.invoke(&request, HOUR).0);
        stack.nothing_is_left();
    }
    assert!(matches!(stack.answer(&request), Some(Answer::Success { .. })));
}

#[test]
fn t10_the_responder_gets_a_500_and_then_a_403() {
    for (told, tries) in [("HTTP 500", 6), ("HTTP 403", 1)] {
        let mut stack = Stack::new(7, 0);
        stack.status("CREATE_IN_PROGRESS");
        let call = "cloudformation:Response".to_owned();
        let fault = match tries {
            1 => Fault::Refused { call, code: "ResponseURL".to_owned(), told: told.to_owned() },
            _ => Fault::NoAnswer { call, told: told.to_owned() },
        };
        *stack.world.fails.borrow_mut() = Some(("cloudformation:Response", tries, fault));
        let request = stack.request("Create", &properties(0), None);
        let (well, record) = stack.invoke(&request, HOUR);
        // What may pass is tried until it arrives; what is refused ends the invocation, so that Lambda hands it over again.
        assert_eq!(well, tries > 1, "{told}: {record:?}");
        stack.is_as_asked(&properties(0));
        if !well {
            assert!(stack.invoke(&request, HOUR).0);
        }
        assert!(matches!(stack.answer(&request), Some(Answer::Success { .. })), "{told}");
        stack.is_as_asked(&properties(0));
    }
}

#[test]
fn t11_a_handler_that_panics_or_hangs_is_answered_all_the_same() {
    for call in ["iam:GetRole", "iam:CreateRole", "iam:PutRolePolicy", "iam:CreateInstanceProfile"]
    {
        for panics in [true, false] {
            let mut stack = Stack::new(7, 0);
            stack.status("CREATE_IN_PROGRESS");
            stack.world.stops.set(Some((call, panics)));
            let request = stack.request("Create", &properties(0), None);
            // A moment is left beyond what is kept back for the answer.
            let left = if panics { HOUR } else { Duration::from_millis(5_010) };
            let (well, record) = stack.invoke_until(&request, left);
            assert!(well, "{call}: {record:?}");
            let answer = stack.answer(&request).unwrap();
            let word = if panics { "panicked" } else { "time ran out" };
            assert!(reason(&answer).contains(word), "{call}: {answer:?}");

            // What CloudFormation does next: it removes what was begun.
            stack.world.stops.set(None);
            let Answer::Failed { physical_id, .. } = answer else { panic!("{answer:?}") };
            stack.status("ROLLBACK_IN_PROGRESS");
            let gone = stack.ask("Delete", &properties(0), Some(&physical_id));
            assert!(matches!(gone, Answer::Success { .. }), "{gone:?}");
            stack.nothing_is_left();
        }
    }
}
