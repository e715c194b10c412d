//! Nothing of user data or console output gets out.

use super::*;

const CANARY: &str = "sesame-open-7351";

/// All that can leave: the facts and their faults, the findings, in every form.
async fn all_that_leaves(user_data: Reply, console: Reply) -> (Facts, String) {
    let (aws, _) = but(&[("DescribeInstanceAttribute", user_data), ("GetConsoleOutput", console)]);
    let seen = facts(&aws).await;
    let diagnosis = judge(&CLUSTER.parse().unwrap(), &seen);
    let told = format!("{seen:?} {diagnosis:?} {diagnosis} {aws:?}");
    let faults: Vec<String> = [
        seen.user_data.known().err().map(ToString::to_string),
        seen.console.known().err().map(ToString::to_string),
    ]
    .into_iter()
    .flatten()
    .collect();
    (seen, told + &faults.join(" "))
}

// Checks S36.
#[tokio::test]
async fn neither_user_data_nor_console_text_leaves_the_examination() {
    let secret = format!(
        "#!/bin/bash\nexport DB_PASSWORD={CANARY}\nECS_CLUSTER=wbe; echo {CANARY} # {CANARY}\n"
    );
    let printed = format!(
        "{CANARY}\necs.service: Main process exited, code=exited, status=5/{CANARY}\n\
         No space left on device: {CANARY}\n"
    );
    let (seen, told) =
        all_that_leaves(Reply::ok(encoded(&secret)), Reply::ok(console(&printed))).await;
    // It was read: the test would see a leak.
    assert_eq!(seen.user_data, Seen::Known(UserData::Names("wbe".parse().unwrap())));
    let signs = [ConsoleSign::DiskFull, ConsoleSign::AgentGaveUp];
    assert_eq!(seen.console, Seen::Known(signs.into()));
    assert!(!told.contains(CANARY), "{told}");
    assert!(!told.contains(&base64::encode(&secret)[..24]), "{told}");
}

// Checks S36.
#[tokio::test]
async fn what_cannot_be_read_is_not_told_either() {
    let riddle = encoded(&format!("ECS_CLUSTER=${{{CANARY}}}"));
    let no_base64 = user_data(&format!("<value>%{CANARY}%</value>"));
    let odd_console = console("x").replace("<output>", &format!("<output>%{CANARY}%"));
    let cut = encoded(CANARY).replace("</DescribeInstanceAttributeResponse>", CANARY);
    let error = format!("<html>{CANARY}</html>");
    for (user_data, console, unclear) in [
        (Reply::ok(riddle), Reply::ok(odd_console.clone()), true),
        (Reply::ok(no_base64), Reply::ok(odd_console), true),
        (Reply::ok(cut), Reply::ok(format!("<GetConsoleOutputResponse>{CANARY}")), false),
        (Reply::Http(500, error.clone()), Reply::Http(500, error), false),
        (Reply::ok(CANARY), Reply::ok(CANARY), false),
    ] {
        let (seen, told) = all_that_leaves(user_data, console).await;
        assert_eq!(seen.user_data == Seen::Known(UserData::Unclear), unclear, "{told}");
        assert!(unclear || seen.user_data.known().is_err(), "{told}");
        assert!(seen.console.known().is_err(), "{told}");
        assert!(!told.contains(CANARY), "{told}");
        assert!(!told.contains(&base64::encode(CANARY)), "{told}");
    }
}

#[tokio::test]
async fn no_user_data_and_no_console_output_yet_are_told_apart_from_unread() {
    let empty = format!(
        "<GetConsoleOutputResponse><instanceId>{HOST}</instanceId></GetConsoleOutputResponse>"
    );
    let (seen, told) = all_that_leaves(Reply::ok(user_data("")), Reply::ok(empty)).await;
    assert_eq!(seen.user_data, Seen::Known(UserData::NoUserData));
    assert!(told.contains("there is no console output yet"), "{told}");
}
