//! The looks, with real clients and real wire formats, on an AWS that answers as the test says.

mod answers;
#[cfg(feature = "iam")]
mod left_out;
mod net;

use crate::testing::{CLUSTER, HOST, OTHER, Reply, Wire, arn, aws};
use answers::{
    NO_MACHINES, but, described, groups, host, listed, machines, registration, seats, sighting,
    usual,
};
use domain::host::{Lifecycle, MachineState};
use domain::told::Slice;
use domain::{ClusterName, Fault, HostView, InstanceId, Seen};
use jiff::Timestamp;
use ports::{Gauge, Groups, Reads, Session, look};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[tokio::test]
async fn one_look_shows_a_host_from_all_sides() {
    let (aws, wire) = aws(usual);
    let sighting = sighting(&aws).await;
    let view = sighting.host;
    assert_eq!(view.cluster.as_ref().map(ToString::to_string).as_deref(), Some(CLUSTER));
    assert_eq!(view.lifecycle(), Some(&Lifecycle::TerminatingWait));
    let machine = view.machine.known().unwrap();
    assert!(machine.spot && machine.state == MachineState::Running);
    assert_eq!(machine.launched_at, Some("2026-03-04T05:00:00Z".parse().unwrap()));
    assert_eq!(sighting.group.unwrap().max, 9);

    let one = &view.registrations.known().unwrap()[0];
    assert!(one.agent_connected && one.marks.draining.is_some());
    assert_eq!((one.registered.amount.cpu, one.registered.amount.memory), (2048, 4096));
    assert_eq!(one.registered.ports, [22, 51678]);
    let tasks = one.tasks.as_ref().unwrap().known().unwrap();
    let names: Vec<&str> = tasks.left.iter().map(|task| task.arn.as_str()).collect();
    assert_eq!(names, ["t1", "t3"], "what is told to stop and has not stopped yet counts");
    assert_eq!(wire.operations().len(), 8);
}

#[tokio::test]
async fn the_calls_are_counted_by_their_iam_names_and_from_the_beginning_of_each_invocation() {
    let (aws, _) = aws(usual);
    host(&aws).await;
    assert_eq!(aws.calls().get("ecs:ListTasks"), Some(&2));
    assert_eq!(aws.calls().get("autoscaling:DescribeAutoScalingInstances"), Some(&1));
    assert_eq!(aws.calls().get("ec2:DescribeInstances"), Some(&1));
    assert_eq!(aws.calls().values().sum::<u32>(), 8);
    aws.begin(Instant::now() + Duration::from_mins(1));
    assert!(aws.calls().is_empty());
}

#[tokio::test]
async fn attempts_are_counted_and_few() {
    let throttled = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    let (aws, wire) = but("ListContainerInstances", Reply::Http(400, throttled.to_owned()));
    let view = host(&aws).await;
    assert!(matches!(view.registrations, Seen::Unknown(Fault::Throttled { .. })));
    assert_eq!(wire.asked("ListContainerInstances").len(), 3);
    assert_eq!(aws.calls().get("ecs:ListContainerInstances"), Some(&3));
}

// Checks S24.
#[tokio::test]
async fn a_storm_of_throttling_is_not_fed() {
    let throttled = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    let (aws, wire) = aws(move |_, _| Reply::Http(400, throttled.to_owned()));
    let cluster: ClusterName = CLUSTER.parse().unwrap();
    for _ in 0..100 {
        assert!(aws.registration_arns(&cluster, None, None).await.is_err());
    }
    let attempts = wire.operations().len();
    assert!((101..=126).contains(&attempts), "{attempts} attempts of 100 calls");
    aws.begin(Instant::now() + Duration::from_mins(1));
    let before = wire.operations().len();
    assert!(aws.registration_arns(&cluster, None, None).await.is_err());
    assert_eq!(wire.operations().len() - before, 3, "another invocation has its own budget");
}

#[tokio::test]
async fn now_is_what_aws_says_and_never_goes_back() {
    let (aws, wire) = aws(usual);
    host(&aws).await;
    let first: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
    assert_eq!(aws.now(), first);
    wire.set_date("Wed, 04 Mar 2026 06:00:00 GMT");
    host(&aws).await;
    assert_eq!(aws.now(), "2026-03-04T06:00:00Z".parse().unwrap());
    for past_or_odd in ["Wed, 04 Mar 2026 05:00:00 GMT", "yesterday"] {
        wire.set_date(past_or_odd);
        host(&aws).await;
        assert_eq!(aws.now(), "2026-03-04T06:00:00Z".parse().unwrap());
    }
}

#[tokio::test]
async fn no_call_is_made_when_the_time_is_used_up() {
    let (aws, wire) = aws(usual);
    aws.begin(Instant::now() + Duration::from_millis(100));
    let view = host(&aws).await;
    assert!(matches!(view.seat, Seen::Unknown(Fault::OutOfTime { .. })));
    assert!(matches!(view.machine, Seen::Unknown(Fault::OutOfTime { .. })));
    assert!(matches!(view.registrations, Seen::Unknown(Fault::OutOfTime { .. })));
    assert_eq!(wire.operations(), [""; 0]);
}

// Checks S1: an emulator, or a typing error, must not make us take another host's registration.
#[tokio::test]
async fn a_registration_of_another_host_is_dropped_even_if_the_filter_is_ignored() {
    let (aws, wire) = aws(|operation, body| match operation {
        "ListContainerInstances" => Reply::ok(listed(&["one", "two"])),
        "DescribeContainerInstances" => Reply::ok(described(&[
            registration("one", OTHER, "DRAINING", true),
            registration("two", HOST, "ACTIVE", true),
        ])),
        _ => usual(operation, body),
    });
    let view = host(&aws).await;
    let found = view.registrations.known().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].arn.as_str(), arn("two"));
    assert!(wire.asked("ListContainerInstances")[0].contains(&format!("ec2InstanceId == {HOST}")));
    assert!(wire.asked("ListTasks").is_empty(), "nobody asks about another host's tasks");
}

// Checks S21.
#[tokio::test]
async fn what_is_left_out_of_an_answer_is_unknown_and_never_absent() {
    let failed = r#"{"containerInstances":[],"failures":[{"arn":"x","reason":"MISSING"}]}"#;
    let lacking: [(&str, &str); 9] = [
        ("DescribeContainerInstances", failed),
        ("DescribeContainerInstances", r#"{"containerInstances":[],"failures":[]}"#),
        ("DescribeContainerInstances", ""),
        ("ListContainerInstances", ""),
        ("ListContainerInstances", "{}"),
        ("ListContainerInstances", r#"{"containerInstanceArns":["#),
        ("ListContainerInstances", "<html>busy</html>"),
        ("DescribeAutoScalingGroups", ""),
        ("DescribeAutoScalingInstances", "<html>busy</html>"),
    ];
    for (operation, body) in lacking {
        let view = host(&but(operation, Reply::ok(body)).0).await;
        assert!(view.registrations.known().is_err(), "{operation} {body}");
    }
    let tasks: [(&str, &str); 4] = [
        ("DescribeTasks", r#"{"tasks":[],"failures":[{"arn":"t1","reason":"MISSING"}]}"#),
        ("DescribeTasks", "{}"),
        ("ListTasks", ""),
        ("ListTasks", r#"{"taskArns":["t1"],"nextToken":"same"}"#),
    ];
    for (operation, body) in tasks {
        let view = host(&but(operation, Reply::ok(body)).0).await;
        let one = &view.registrations.known().unwrap()[0];
        assert!(matches!(one.tasks, Some(Seen::Unknown(_))), "{operation} {body}");
    }
}

// Checks S21.
#[tokio::test]
async fn an_answer_that_is_cut_anywhere_is_unknown() {
    for end in [40, 120, 300, 420] {
        let mut cut = groups("muster:cluster", "", &[HOST]);
        cut.truncate(end);
        let view = host(&but("DescribeAutoScalingGroups", Reply::ok(cut)).0).await;
        assert!(view.seat.known().is_err(), "groups cut at {end}");
        let mut cut = machines(HOST, "running");
        cut.truncate(end - 20);
        let view = host(&but("DescribeInstances", Reply::ok(cut)).0).await;
        assert!(view.machine.known().is_err(), "machines cut at {end}");
    }
}

#[tokio::test]
async fn what_goes_between_the_list_and_the_description_is_read_again() {
    let times = std::sync::atomic::AtomicU32::new(0);
    let (aws, wire) = aws(move |operation, body| match operation {
        "DescribeContainerInstances"
            if times.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 =>
        {
            Reply::ok(r#"{"containerInstances":[],"failures":[{"arn":"x","reason":"MISSING"}]}"#)
        }
        _ => usual(operation, body),
    });
    assert_eq!(host(&aws).await.registrations.known().unwrap().len(), 1);
    assert_eq!(wire.asked("ListContainerInstances").len(), 2);
}

#[tokio::test]
async fn a_host_that_left_its_group_is_known_by_its_tag_and_one_without_our_tag_is_not_ours() {
    let view = host(&but("DescribeAutoScalingInstances", Reply::ok(seats(""))).0).await;
    assert_eq!(view.seat, Seen::Known(None));
    assert!(view.cluster.is_some());

    let (aws, wire) = but("DescribeAutoScalingGroups", Reply::ok(groups("colour", "", &[])));
    let sighting = sighting(&aws).await;
    assert_eq!((sighting.host.cluster, sighting.group), (None, None));
    assert!(wire.asked("ListContainerInstances").is_empty());
}

#[tokio::test]
async fn a_host_that_ec2_does_not_know_is_not_found_and_a_broken_line_is_no_answer() {
    let view = host(&but("DescribeInstances", Reply::ok(NO_MACHINES)).0).await;
    assert_eq!(view.machine.known().unwrap().state, MachineState::NotFound);
    // Another host's state says nothing about this one.
    let other = Reply::ok(machines(OTHER, "terminated"));
    let view = host(&but("DescribeInstances", other).0).await;
    assert_eq!(view.machine.known().unwrap().state, MachineState::NotFound);

    let view = host(&but("DescribeInstances", Reply::Broken).0).await;
    assert!(matches!(view.machine, Seen::Unknown(Fault::NoAnswer { .. })));
}

#[tokio::test]
async fn a_cluster_that_does_not_exist_hides_the_registrations() {
    let gone = r#"{"__type":"ClusterNotFoundException","message":"Cluster not found."}"#;
    let view = host(&but("ListContainerInstances", Reply::Http(400, gone.to_owned())).0).await;
    assert!(matches!(view.registrations, Seen::Unknown(Fault::NotFound { .. })));
}

#[tokio::test]
async fn groups_are_read_to_the_last_page_and_only_tagged_ones_are_ours() {
    let (aws, wire) = aws(|_, body| {
        let first = !body.contains("NextToken");
        let next = if first { "<NextToken>more</NextToken>" } else { "" };
        Reply::ok(groups(if first { "colour" } else { "muster:cluster" }, next, &[HOST]))
    });
    let found = look::groups(&aws, &[]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(wire.operations().len(), 2);
    assert!(wire.asked("DescribeAutoScalingGroups")[0].contains("tag-key"));
}

#[tokio::test]
async fn a_part_of_the_fleet_is_asked_for_by_its_tags_and_what_comes_besides_is_not_of_it() {
    let (aws, wire) = aws(|_, _| Reply::ok(groups("muster:cluster", "", &[HOST])));
    let tags = |value: &str| vec![value.to_owned(), "other".to_owned()];
    let found = look::groups(&aws, &tags(CLUSTER)).await.unwrap();
    assert_eq!(found.len(), 1);
    let asked = &wire.asked("DescribeAutoScalingGroups")[0];
    assert!(asked.contains("Name=tag%3Amuster%3Acluster"), "{asked}");
    assert!(asked.contains("Values.member.1=web") && asked.contains("Values.member.2=other"));
    // Checks S18: an endpoint that ignores the filter does not widen what is swept.
    assert_eq!(look::groups(&aws, &tags("api")).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_host_in_a_warm_pool_is_seen_although_nothing_is_said_of_its_protection() {
    let host = format!(
        "<member><InstanceId>{HOST}</InstanceId><LifecycleState>Warmed:Stopped</LifecycleState>\
         <HealthStatus>Healthy</HealthStatus></member>"
    );
    let (aws, _) = aws(move |_, _| {
        Reply::ok(format!(
            "<DescribeWarmPoolResponse><DescribeWarmPoolResult><Instances>{host}</Instances>\
             </DescribeWarmPoolResult></DescribeWarmPoolResponse>"
        ))
    });
    let page = aws.warm_pool(&"web-hosts".parse().unwrap(), None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(!page.items[0].1.protected);
}

async fn bulk(
    answers: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
) -> (Vec<HostView>, Wire) {
    let (aws, wire) = aws(answers);
    let cluster: ClusterName = CLUSTER.parse().unwrap();
    let mut ours: Groups = look::groups(&aws, &[]).await.unwrap();
    let troubles = Seen::Known(BTreeMap::new());
    let hosts = look::hosts(&aws, &cluster, &mut ours, &troubles, Slice::WHOLE).await;
    (hosts.unwrap(), wire)
}

fn of<'a>(all: &'a [HostView], id: &str) -> &'a HostView {
    let id: InstanceId = id.parse().unwrap();
    all.iter().find(|one| one.instance == id).unwrap()
}

/// Two hosts in service: one settled, the other one's agent lost; and a ghost without a seat.
fn three_hosts(operation: &str, body: &str) -> Reply {
    let settled = registration("one", HOST, "ACTIVE", true).replace("muster.draining", "other");
    Reply::ok(match operation {
        "DescribeAutoScalingGroups" => groups("muster:cluster", "", &[HOST, OTHER]),
        "ListContainerInstances" => listed(&["one", "two", "ghost"]),
        "DescribeContainerInstances" => described(&[
            settled,
            registration("two", OTHER, "ACTIVE", false),
            registration("ghost", "i-0000000000000000c", "ACTIVE", false),
        ]),
        _ => return usual(operation, body),
    })
}

#[tokio::test]
async fn in_bulk_ec2_is_asked_about_the_suspicious_only_and_nothing_is_invented() {
    let (all, wire) = bulk(three_hosts).await;
    assert_eq!(all.len(), 3);
    assert!(matches!(of(&all, HOST).machine, Seen::Unknown(Fault::Partial { .. })));
    assert_eq!(of(&all, OTHER).machine.known().unwrap().state, MachineState::NotFound);
    let ghost = of(&all, "i-0000000000000000c");
    assert_eq!(ghost.seat, Seen::Known(None));
    assert!(ghost.cluster.is_some() && ghost.machine.known().is_ok());

    let asked = &wire.asked("DescribeInstances")[0];
    assert!(asked.contains(OTHER) && asked.contains("Filter.1.Name=instance-id"), "{asked}");
    assert!(!asked.contains(HOST), "{asked}");
    assert_eq!(wire.operations().len(), 4, "{:?}", wire.operations());
}

#[tokio::test]
async fn in_bulk_a_silent_ec2_hides_the_machines_and_not_the_hosts() {
    let (all, _) = bulk(|operation, body| match operation {
        "DescribeInstances" => Reply::Http(503, String::new()),
        _ => three_hosts(operation, body),
    })
    .await;
    assert!(matches!(of(&all, OTHER).machine, Seen::Unknown(Fault::Throttled { .. })));
    assert!(of(&all, OTHER).registrations.known().is_ok());
}

#[tokio::test]
async fn a_revision_is_asked_for_once_and_a_family_every_time() {
    let (aws, wire) =
        aws(|_, _| Reply::ok(r#"{"taskDefinition":{"cpu":"256","memory":"512"}}"#.to_owned()));
    for _ in 0..3 {
        let told = aws.definition("web:1").await.unwrap();
        assert_eq!((told.job.each.cpu, told.job.each.memory), (256, 512));
    }
    assert_eq!(wire.asked("DescribeTaskDefinition").len(), 1);
    for _ in 0..2 {
        aws.definition("web").await.unwrap();
    }
    assert_eq!(wire.asked("DescribeTaskDefinition").len(), 3);
}

// Checks S21: a task of which nothing is told may be protected.
#[tokio::test]
async fn only_what_is_told_to_be_free_is_free() {
    let answer = r#"{"protectedTasks":[
        {"taskArn":"a","protectionEnabled":false},{"taskArn":"b","protectionEnabled":true}],
        "failures":[{"arn":"c","reason":"MISSING"}]}"#;
    let (aws, _) = aws(move |_, _| Reply::ok(answer.to_owned()));
    let asked = ["a", "b", "c"].map(str::to_owned);
    let told = aws.protected(&CLUSTER.parse().unwrap(), &asked).await;
    assert_eq!(told, Ok(vec!["b".to_owned(), "c".to_owned()]));
}
