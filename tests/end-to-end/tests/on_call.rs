//! `muster` for the people on call: what its commands say and do, by the real binary.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use end_to_end::acts::{
    draining, hosts, ids, marks, pass, registrations, service, standalone, terminate,
};
use end_to_end::{Stage, in_service};
use expect_test::expect_file;
use local_aws::Weather;
use local_aws::world::ecs::agent_lost;
use local_aws::world::{Service, World};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A cluster of three hosts with a service, of which one leaves and one has lost its agent.
async fn troubled() -> (Stage, Vec<String>) {
    let stage = Stage::empty().await;
    stage.aws.world(World::make_instance_role);
    hosts(&stage, 4).await;
    service(&stage, 3);
    pass(&stage, 3).await;
    let all = ids(&stage);
    stage.aws.pause_schedules(true);
    terminate(&stage, &all[0], false);
    stage.until(3, |world| draining(world) == 1).await;
    stage.aws.world(|world| agent_lost(world, &all[1]));
    stage.aws.pause_schedules(false);
    pass(&stage, 2).await;
    (stage, all)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roll_the_plan_and_the_doctor_read_as_reviewed() {
    let (stage, all) = troubled().await;
    let status = stage.muster(&["status"]).await;
    assert_eq!(status.code, 0, "{}", status.err);
    expect_file!["on_call/status.txt"].assert_eq(&status.out);
    let json = stage.muster(&["status", "--json"]).await;
    assert_eq!(json.json().len(), ids(&stage).len() + 1, "each host, and the group");
    let unsettled = stage.muster(&["status", "--unsettled", "--json"]).await;
    assert!(unsettled.json().len() < json.json().len());

    let plan = stage.muster(&["plan"]).await;
    assert_eq!(plan.code, 0, "{}", plan.err);
    expect_file!["on_call/plan.txt"].assert_eq(&plan.out);

    let doctor = stage.muster(&["doctor", &all[1]]).await;
    assert_eq!(doctor.code, 2, "{}", doctor.err);
    expect_file!["on_call/doctor.txt"].assert_eq(&doctor.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roll_costs_a_call_for_a_hundred_hosts_and_the_group() {
    let stage = Stage::with_hosts(3).await;
    let said = stage.muster(&["status"]).await;
    // Settings, groups, registrations, their descriptions, and the account's troubles: Spot, two status checks, plans.
    assert!(said.out.ends_with("\n8 calls\n"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_does_nothing_unless_told_and_then_what_the_reconciler_does() {
    let mut stage = Stage::empty().await;
    hosts(&stage, 3).await;
    let host = ids(&stage).remove(0);
    stage.aws.pause_schedules(true);
    stage.aws.world(|world| agent_lost(world, &host));
    stage.heard();
    for arguments in [vec!["sweep"], vec!["sweep", "--dry-run"]] {
        let said = stage.muster(&arguments).await;
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.out.contains("agent lost since"), "{}", said.out);
        assert!(stage.writes().is_empty() && stage.aws.world(marks).is_empty());
    }
    // With settings that are not the functions' own it would do what they would not.
    let unknown = stage.muster(&["sweep", "--yes", "--stack", "mustard"]).await;
    assert!(unknown.code == 1 && stage.writes().is_empty(), "{}", unknown.err);
    assert!(unknown.err.contains("name it with --stack"), "{}", unknown.err);

    let said = stage.muster(&["sweep", "--yes"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("done"), "{}", said.out);
    assert_eq!(stage.aws.world(marks), ["muster.agent-lost"]);
}

// Checks S5: what a person drains is the person's.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_drained_by_hand_stays_so_and_is_released() {
    let stage = Stage::empty().await;
    hosts(&stage, 3).await;
    let host = ids(&stage).remove(0);
    let dry = stage.muster(&["drain", &host, "--dry-run"]).await;
    assert!(dry.code == 0 && dry.out.contains("would be done"), "{}", dry.out);
    assert_eq!(stage.aws.world(draining), 0);

    let said = stage.muster(&["drain", &host]).await;
    assert!(said.code == 0 && said.out.contains("done"), "{} {}", said.out, said.err);
    pass(&stage, 30).await;
    assert_eq!((stage.aws.world(draining), ids(&stage).len()), (1, 3), "nobody undoes it");
    assert!(stage.aws.world(marks).is_empty(), "it carries no mark of ours");
    let again = stage.muster(&["drain", &host]).await;
    assert!(again.code == 0 && again.out.contains("already so"), "{}", again.out);

    let said = stage.muster(&["release", &host]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(stage.aws.world(draining), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_leaves_is_not_released() {
    let stage = Stage::empty().await;
    hosts(&stage, 1).await;
    standalone(&stage);
    pass(&stage, 2).await;
    let host = ids(&stage).remove(0);
    terminate(&stage, &host, false);
    stage.until(3, |world| draining(world) == 1).await;
    let said = stage.muster(&["release", &host]).await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("its group takes it out of service"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_by_hand_is_set_and_taken_away() {
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    let host = ids(&stage).remove(0);
    let protected = |world: &mut World| {
        let all = end_to_end::instances(world);
        all.iter().filter(|one| one["ProtectedFromScaleIn"] == true).count()
    };
    for (arguments, count) in [(vec!["protect", &host], 1), (vec!["protect", "--off", &host], 0)] {
        let said = stage.muster(&arguments).await;
        assert_eq!(said.code, 0, "{}", said.err);
        assert_eq!(stage.aws.world(protected), count, "{}", said.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_enrolled_after_it_was_shown_and_withdrawn_again() {
    let mut stage = Stage::empty().await;
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    let input = json!({
        "AutoScalingGroupName": "bare", "MinSize": "0", "MaxSize": "4", "DesiredCapacity": "0",
        "AvailabilityZones": ["us-west-2a"],
        "LaunchTemplate": { "LaunchTemplateName": "hosts", "Version": "1" },
    });
    stage.call(Service::AutoScaling, "CreateAutoScalingGroup", &input);
    stage.heard();
    let asked = stage.muster(&["enroll", "bare", "--cluster", "prod"]).await;
    assert_eq!(asked.code, 1);
    expect_file!["on_call/enroll.txt"].assert_eq(&format!("{}{}", asked.out, asked.err));
    let dry = stage.muster(&["enroll", "bare", "--cluster", "prod", "--dry-run"]).await;
    assert_eq!((dry.code, stage.writes()), (0, Vec::new()));

    let done = stage.muster(&["enroll", "bare", "--cluster", "prod", "--yes"]).await;
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(stage.writes(), ["PutLifecycleHook", "PutLifecycleHook", "CreateOrUpdateTags"]);
    let again = stage.muster(&["enroll", "bare", "--cluster", "prod", "--yes"]).await;
    assert_eq!((again.code, stage.writes()), (0, Vec::new()), "{}", again.out);

    let input = json!({ "AutoScalingGroupName": "bare", "DesiredCapacity": "1" });
    stage.call(Service::AutoScaling, "SetDesiredCapacity", &input);
    stage
        .until(5, |world| end_to_end::acts::states(world).contains(&"Pending:Wait".to_owned()))
        .await;
    let held = stage.muster(&["withdraw", "bare", "--yes"]).await;
    assert_eq!(held.code, 1, "AWS would abandon the launch");
    stage.until(10, |world| in_service(world) == 1).await;
    stage.heard();
    let done = stage.muster(&["withdraw", "bare", "--yes"]).await;
    assert_eq!(done.code, 0, "{}", done.err);
    let writes = stage.writes();
    assert_eq!(writes.first().map(String::as_str), Some("DeleteTags"), "first, that nobody acts");
    assert_eq!(writes.iter().filter(|call| *call == "DeleteLifecycleHook").count(), 2);
}

/// Arguments, variables, and what is said.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_with_what_to_do_about_it() {
    let stage = Stage::with_hosts(1).await;
    let cases: [Case<'_>; 8] = [
        (&["status", "--cluster", "prdo"], &[], "did you mean prod?"),
        (&["doctor", "i-00000000"], &[], "is in no group of ours"),
        (&["drain", "web"], &[], "instance id is not i- and 8 or 17 hexadecimal digits"),
        (
            &["enroll", "nothere", "--cluster", "prod"],
            &[],
            "there is no Auto Scaling group nothere",
        ),
        (&["enroll", "web", "--cluster", "other"], &[], "it is under Muster for the cluster prod"),
        (&["status"], &[("AWS_REGION", "")], "no region is named"),
        (&["status"], &[("MUSTER_JOIN_PATIENCE_SECONDS", "5")], "must be"),
        (
            &["status"],
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")],
            "see that the region is right",
        ),
    ];
    for (arguments, variables, expected) in cases {
        let said = stage.muster_with(arguments, variables, "").await;
        assert_ne!(said.code, 0, "{arguments:?}");
        assert!(said.err.contains(expected), "{arguments:?}: {}", said.err);
        assert!(!said.err.contains("a-secret-of-the-person") && !said.err.contains("panicked"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_it_says_where_to_put_them() {
    let stage = Stage::with_hosts(1).await;
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("HOME", "/nowhere")];
    let said = stage.muster_with(&["status"], &none, "").await;
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("no credentials") && said.err.contains("aws sso login"),
        "{}",
        said.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_account_is_told_of() {
    let stage = Stage::with_hosts(1).await;
    stage.aws.throttle("autoscaling", 1);
    let said = stage.muster(&["status"]).await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("was throttled") && said.err.contains("in a minute"), "{}", said.err);
}

/// An AWS that allows nothing.
async fn closed() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 65_536];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_gets_the_statement_that_allows_it() {
    let stage = Stage::empty().await;
    let said = stage.muster_with(&["status"], &[("AWS_ENDPOINT_URL", &closed().await)], "").await;
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("autoscaling:DescribeAutoScalingGroups is not allowed"),
        "{}",
        said.err
    );
    let statement = said.err.lines().last().unwrap().trim();
    let statement: serde_json::Value = serde_json::from_str(statement).unwrap();
    assert_eq!(statement["Action"], "autoscaling:DescribeAutoScalingGroups");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_color_and_no_terminal_mean_no_escapes() {
    let stage = Stage::with_hosts(1).await;
    for variables in [vec![], vec![("NO_COLOR", "1")]] {
        let said = stage.muster_with(&["status"], &variables, "").await;
        assert!(!said.out.contains('\u{1b}'), "{:?}", said.out);
    }
    assert_eq!(stage.aws.world(registrations).len(), 1);
}

/// A cluster of so many hosts, that nobody was told of.
async fn crowd(hosts: usize) -> Stage {
    let stage = Stage::empty().await;
    stage.aws.set_weather(Weather::DropAll);
    stage.aws.pause_schedules(true);
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    let count = hosts.to_string();
    let input = json!({
        "AutoScalingGroupName": "web", "MinSize": "0", "MaxSize": count, "DesiredCapacity": count,
        "AvailabilityZones": ["us-west-2a", "us-west-2b"],
        "LaunchTemplate": { "LaunchTemplateName": "hosts", "Version": "1" },
        "Tags": [{ "Key": "muster:cluster", "Value": "prod", "PropagateAtLaunch": "false" }],
    });
    stage.call(Service::AutoScaling, "CreateAutoScalingGroup", &input);
    stage.until(30, |world| registrations_of(world) == hosts).await;
    pass(&stage, 2).await;
    stage
}

fn registrations_of(world: &mut World) -> usize {
    let shown = world.call(Service::Ecs, "DescribeClusters", &json!({ "clusters": ["prod"] }));
    let count = shown.unwrap()["clusters"][0]["registeredContainerInstancesCount"].as_u64();
    usize::try_from(count.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_is_read_in_two_calls_for_each_hundred_hosts() {
    for hosts in [1_000, 5_000] {
        let stage = crowd(hosts).await;
        let said = stage.muster(&["status"]).await;
        assert_eq!(said.code, 0, "{}", said.err);
        // Registrations are listed and described by the hundred; then the settings, the group, and in four what EC2 says is
        // wrong.
        let calls = hosts / 100 * 2 + 6;
        assert!(said.out.ends_with(&format!("{calls} calls\n")), "{:?}", said.out.lines().last());
        assert!(said.out.contains(&format!("web: {hosts} in service")));
        assert_eq!(said.out.matches("i-").count(), hosts);
        let doctor = stage.muster(&["doctor", "--json"]).await;
        assert_eq!(doctor.json().len(), 1, "its group has no hooks, and no host is blamed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_those_of_the_deployed_functions() {
    let stage = Stage::with(&[("LostPatienceSeconds", "4242")]).await;
    hosts(&stage, 3).await;
    let host = ids(&stage).remove(0);
    stage.aws.world(|world| agent_lost(world, &host));
    pass(&stage, 2).await;
    let said = stage.muster(&["plan", "--json"]).await;
    let hold = &said.json()[0]["hold"];
    let until: jiff::Timestamp = hold["until"].as_str().unwrap().parse().unwrap();
    let now = stage.aws.world(|world| world.core.now());
    assert!(until.duration_since(now).as_secs() > 4_000, "{hold} at {now}: {}", said.err);
    let elsewhere = stage.muster(&["plan", "--stack", "mustard"]).await;
    assert!(elsewhere.err.contains("The settings are the defaults"), "{}", elsewhere.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_other_commands_say_is_as_reviewed() {
    let stage = Stage::empty().await;
    hosts(&stage, 3).await;
    let all = ids(&stage);
    stage.aws.pause_schedules(true);
    stage.aws.world(|world| agent_lost(world, &all[1]));
    let host = all[0].as_str();
    let mut told = String::new();
    for arguments in [
        &["drain", host, "--dry-run"][..],
        &["drain", host],
        &["drain", host],
        &["drain", host, "--json"],
        &["release", host],
        &["protect", host],
        &["protect", "--off", host],
        &["sweep"],
        &["sweep", "--yes"],
        &["doctor", "--cluster", "prod"],
        &["withdraw", "web", "--dry-run"],
    ] {
        let said = stage.muster(arguments).await;
        let line = arguments.join(" ");
        told += ["$ muster ", &line, "\n", &said.out, &said.err].concat().as_str();
        told += ["[", &said.code.to_string(), "]\n\n"].concat().as_str();
    }
    expect_file!["on_call/others.txt"].assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_man_pages_know_every_command() {
    let stage = Stage::empty().await;
    let help = stage.muster(&["--help"]).await.out;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() > 12, "{commands:?}");
    let man = stage.muster(&["man"]).await.out;
    for shell in ["bash", "zsh", "fish"] {
        let completions = stage.muster(&["completions", shell]).await.out;
        for command in &commands {
            assert!(completions.contains(command), "{shell}: {command}");
            assert!(man.contains(&format!("muster\\-{command}(1)")), "{command}");
        }
    }
}
