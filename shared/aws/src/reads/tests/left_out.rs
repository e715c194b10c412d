//! What AWS must send and did not: the SDK puts an empty list, text or flag in its place, which must not be taken for AWS's.

use super::answers::groups;
use crate::config::Aws;
use crate::testing::{CLUSTER, HOST, Reply, aws};
use domain::{Fault, GroupName};
use ports::{Ask, Gauge, LookRoles, Providers, Reads, Stacks};
use std::fmt::Debug;

fn group() -> GroupName {
    "web-hosts".parse().unwrap()
}

fn saying(body: impl Into<String>) -> Aws {
    let body = body.into();
    aws(move |_, _| Reply::ok(body.clone())).0
}

fn partial<T: Debug>(told: &Result<T, Fault>) {
    assert!(matches!(told, Err(Fault::Partial { .. } | Fault::NoAnswer { .. })), "{told:?}");
}

// Checks S21.
#[tokio::test]
async fn an_answer_without_its_list_is_no_empty_list_and_a_tag_without_a_key_is_no_tag() {
    let whole = groups("muster:cluster", "", &[HOST]);
    assert!(saying(whole.clone()).group(&group()).await.unwrap().is_some());
    let empty = "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult/>\
                 </DescribeAutoScalingGroupsResponse>";
    partial(&saying(empty).group(&group()).await);
    partial(&saying(empty).groups(&[], None).await);
    partial(&saying(groups("", "", &[HOST])).group(&group()).await);
    let nameless = whole.replace("<AutoScalingGroupName>web-hosts</AutoScalingGroupName>", "");
    partial(&saying(nameless).types_of(&group()).await);
}

// Checks S21.
#[tokio::test]
async fn a_hook_without_a_name_or_with_an_unknown_default_is_no_hook_that_abandons() {
    let hooks = |name: &str, default: &str| {
        saying(format!(
            "<DescribeLifecycleHooksResponse><DescribeLifecycleHooksResult><LifecycleHooks><member>\
             <LifecycleHookName>{name}</LifecycleHookName><HeartbeatTimeout>900</HeartbeatTimeout>\
             <GlobalTimeout>90000</GlobalTimeout><DefaultResult>{default}</DefaultResult></member>\
             </LifecycleHooks></DescribeLifecycleHooksResult></DescribeLifecycleHooksResponse>"
        ))
    };
    for (default, continues) in [("CONTINUE", true), ("ABANDON", false)] {
        let told = hooks("muster-terminate", default).hooks(&group()).await.unwrap();
        assert_eq!(told.terminate.map(|hook| hook.continues), Some(continues));
    }
    for (name, default) in [("", "CONTINUE"), ("muster-terminate", ""), ("muster-terminate", "X")] {
        partial(&hooks(name, default).hooks(&group()).await);
    }
}

#[tokio::test]
async fn a_launch_template_without_id_and_name_is_not_asked_for() {
    let template =
        "<LaunchTemplate><Version>1</Version></LaunchTemplate></member></AutoScalingGroups>";
    let body = groups("muster:cluster", "", &[]).replace("</member></AutoScalingGroups>", template);
    partial(&saying(body).types_of(&group()).await);
}

// Checks S21: a check that fails, nobody knows since when, does not fail for long.
#[tokio::test]
async fn a_check_that_fails_without_a_time_fails_since_now() {
    let aws = saying(format!(
        "<DescribeInstanceStatusResponse><instanceStatusSet><item><instanceId>{HOST}</instanceId>\
         <systemStatus><status>impaired</status></systemStatus></item></instanceStatusSet>\
         </DescribeInstanceStatusResponse>"
    ));
    let page = aws.troubled(Ask::SystemStatus, None).await.unwrap();
    assert_eq!(page.items[0].impaired_since, Some(aws.now()));
}

// Checks S21.
#[tokio::test]
async fn a_task_whose_protection_expires_is_protected_although_the_flag_is_left_out() {
    let aws = saying(r#"{"protectedTasks":[{"taskArn":"a","expirationDate":1772600767}]}"#);
    let told = aws.protected(&CLUSTER.parse().unwrap(), &["a".to_owned()]).await;
    assert_eq!(told, Ok(vec!["a".to_owned()]));
}

// Checks S21.
#[tokio::test]
async fn a_provider_whose_group_cannot_be_read_is_none_of_aws_own() {
    let attached = |provider: &str, share: &str| {
        let (provider, share) = (provider.to_owned(), share.to_owned());
        aws(move |operation, _| {
            Reply::ok(match operation {
                "DescribeClusters" => format!(
                    r#"{{"clusters":[{{"clusterName":"{CLUSTER}","status":"ACTIVE","capacityProviders":["ours"],
                    "defaultCapacityProviderStrategy":[{share}]}}],"failures":[]}}"#
                ),
                _ => format!(r#"{{"capacityProviders":[{{"name":"ours"{provider}}}]}}"#),
            })
        })
        .0
    };
    let cluster = CLUSTER.parse().unwrap();
    let told = attached("", "").attached(&cluster).await.unwrap().unwrap();
    assert_eq!(told.providers[0].group, None);
    partial(&attached(r#","autoScalingGroupProvider":{}"#, "").attached(&cluster).await);
    partial(&attached("", r#"{"weight":1}"#).attached(&cluster).await);
}

// Checks S30.
#[tokio::test]
async fn a_stack_without_a_status_or_in_an_unknown_one_is_in_none() {
    let stack = |status: &str| {
        saying(format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>a</StackName>\
             <StackId>id</StackId>{status}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        ))
    };
    let told = stack("<StackStatus>DELETE_IN_PROGRESS</StackStatus>").stack_status("id").await;
    assert_eq!(told, Ok(Some("DELETE_IN_PROGRESS".to_owned())));
    for status in ["", "<StackStatus/>", "<StackStatus>FLUX</StackStatus>"] {
        partial(&stack(status).stack_status("id").await);
    }
}

// Checks S21.
#[tokio::test]
async fn a_user_of_a_profile_without_an_id_is_no_user_without_a_name() {
    let body = "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId/></item>\
                </instancesSet></item></reservationSet></DescribeInstancesResponse>";
    partial(&saying(body).users("arn").await);
}
