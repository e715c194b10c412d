//! How often a host's life wakes a function, and how often the clock does. A wider rule is a change of these figures.
#![expect(clippy::needless_raw_string_hashes, reason = "so `UPDATE_EXPECT=1` writes them")]

use end_to_end::Stage;
use end_to_end::acts::{self, pass};
use end_to_end::life::{live, prepare};
use end_to_end::tally::Tally;
use expect_test::expect;

#[tokio::test(flavor = "multi_thread")]
async fn a_hosts_life_wakes_a_function_only_where_there_may_be_something_to_do() {
    let mut stage = Stage::empty().await;
    prepare(&stage);
    stage.heard();
    live(&stage).await;
    let tally = Tally::of(&stage.heard());
    expect![[r#"
        agent-verifier: 3 wakes, 13 calls
          1 × EC2 Instance-launch Lifecycle Action
          2 × ECS Container Instance State Change
            1 × autoscaling:CompleteLifecycleAction
            2 × autoscaling:DescribeAutoScalingGroups
            4 × autoscaling:DescribeAutoScalingInstances
            2 × ec2:DescribeInstances
            1 × ecs:DescribeContainerInstances
            2 × ecs:ListContainerInstances
            1 × events:PutEvents
        host-deregisterer: 1 wakes, 4 calls
          1 × EC2 Instance State-change Notification
            1 × autoscaling:DescribeAutoScalingGroups
            1 × autoscaling:DescribeAutoScalingInstances
            1 × ec2:DescribeInstances
            1 × ecs:ListContainerInstances
        host-drainer: 2 wakes, 17 calls
          1 × EC2 Instance-terminate Lifecycle Action
          1 × ECS Container Instance State Change
            2 × autoscaling:DescribeAutoScalingGroups
            2 × autoscaling:DescribeAutoScalingInstances
            2 × ec2:DescribeInstances
            2 × ecs:DescribeContainerInstances
            1 × ecs:DescribeTasks
            2 × ecs:ListContainerInstances
            2 × ecs:ListTasks
            2 × ecs:PutAttributes
            1 × ecs:UpdateContainerInstancesState
            1 × events:PutEvents
    "#]]
    .assert_eq(&tally.to_string());
    assert!(tally.registration_events > 20, "{}", tally.registration_events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_of_the_clock_is_two_wakes_whatever_the_number_of_hosts() {
    let mut told = Vec::new();
    for hosts in [1, 10] {
        let mut stage = Stage::empty().await;
        // So that none of them is one too many.
        acts::hosts(&stage, hosts).await;
        pass(&stage, 5).await;
        stage.heard();
        pass(&stage, 1).await;
        for (name, done) in Tally::of(&stage.heard()).by {
            let (woken, ticks, called) = (done.woken(), done.ticks, done.called());
            told.push(format!("{hosts} hosts: {name}: {woken} + {ticks} wakes, {called} calls"));
        }
    }
    expect![[r#"
        1 hosts: capacity-adjuster: 0 + 1 wakes, 5 calls
        1 hosts: reconciler: 0 + 1 wakes, 7 calls
        10 hosts: capacity-adjuster: 0 + 1 wakes, 5 calls
        10 hosts: reconciler: 0 + 1 wakes, 7 calls"#]]
    .assert_eq(&told.join("\n"));
}
