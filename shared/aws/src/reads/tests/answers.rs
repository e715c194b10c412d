//! Answers as AWS puts them, and an AWS that gives them.

use crate::config::Aws;
use crate::testing::{HOST, Reply, Wire, arn, aws};
use domain::HostView;
use ports::{Sighting, look};

pub(super) fn seats(host: &str) -> String {
    format!(
        "<DescribeAutoScalingInstancesResponse><DescribeAutoScalingInstancesResult>\
         <AutoScalingInstances>{host}</AutoScalingInstances>\
         </DescribeAutoScalingInstancesResult></DescribeAutoScalingInstancesResponse>"
    )
}

pub(super) fn seat(id: &str) -> String {
    format!(
        "<member><InstanceId>{id}</InstanceId><AutoScalingGroupName>web-hosts</AutoScalingGroupName>\
         <AvailabilityZone>eu-west-1a</AvailabilityZone><LifecycleState>Terminating:Wait</LifecycleState>\
         <HealthStatus>HEALTHY</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>"
    )
}

pub(super) fn groups(tag: &str, next: &str, hosts: &[&str]) -> String {
    let host = |id: &&str| {
        format!(
            "<member><InstanceId>{id}</InstanceId><LifecycleState>InService</LifecycleState>\
             <HealthStatus>Healthy</HealthStatus><AvailabilityZone>eu-west-1a</AvailabilityZone>\
             <ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>"
        )
    };
    let hosts: String = hosts.iter().map(host).collect();
    format!(
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>\
         <AutoScalingGroupName>web-hosts</AutoScalingGroupName><MinSize>0</MinSize><MaxSize>9</MaxSize>\
         <DesiredCapacity>2</DesiredCapacity><SuspendedProcesses/><Tags><member><Key>{tag}</Key><Value>web</Value></member></Tags>\
         <Instances>{hosts}</Instances></member></AutoScalingGroups>{next}\
         </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
    )
}

pub(super) fn machines(id: &str, state: &str) -> String {
    format!(
        "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>{id}</instanceId>\
         <instanceState><code>0</code><name>{state}</name></instanceState>\
         <launchTime>2026-03-04T05:00:00.000Z</launchTime><instanceLifecycle>spot</instanceLifecycle>\
         <tagSet><item><key>aws:autoscaling:groupName</key><value>web-hosts</value></item></tagSet>\
         </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )
}

pub(super) const NO_MACHINES: &str =
    "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";

pub(super) fn registration(name: &str, host: &str, status: &str, connected: bool) -> String {
    format!(
        r#"{{"containerInstanceArn":"{}","ec2InstanceId":"{host}","status":"{status}",
        "agentConnected":{connected},"runningTasksCount":0,"pendingTasksCount":0,
        "registeredResources":[{{"name":"CPU","integerValue":2048}},{{"name":"MEMORY","integerValue":4096}},
        {{"name":"PORTS","stringSetValue":["22","51678"]}}],"remainingResources":[],
        "attributes":[{{"name":"muster.draining","value":"2026-03-04T05:06:07Z spot"}}]}}"#,
        arn(name)
    )
}

pub(super) fn described(registrations: &[String]) -> String {
    format!(r#"{{"containerInstances":[{}],"failures":[]}}"#, registrations.join(","))
}

pub(super) fn listed(names: &[&str]) -> String {
    let arns: Vec<String> = names.iter().map(|name| format!("\"{}\"", arn(name))).collect();
    format!(r#"{{"containerInstanceArns":[{}]}}"#, arns.join(","))
}

/// A host that its group terminates: registered, connected, DRAINING, with one task that is told to stop.
pub(super) fn usual(operation: &str, body: &str) -> Reply {
    Reply::ok(match operation {
        "DescribeAutoScalingInstances" => seats(&seat(HOST)),
        "DescribeAutoScalingGroups" => groups("muster:cluster", "", &[]),
        "DescribeInstances" => machines(HOST, "running"),
        "ListContainerInstances" => listed(&["one"]),
        "DescribeContainerInstances" => described(&[registration("one", HOST, "DRAINING", true)]),
        "ListTasks" if body.contains("RUNNING") => r#"{"taskArns":["t1"]}"#.to_owned(),
        "ListTasks" => r#"{"taskArns":["t2","t3"]}"#.to_owned(),
        "DescribeTasks" => r#"{"failures":[],"tasks":[
            {"taskArn":"t1","lastStatus":"RUNNING","group":"service:web"},
            {"taskArn":"t2","lastStatus":"STOPPED","group":"service:web"},
            {"taskArn":"t3","lastStatus":"DEACTIVATING","group":"family:batch"}]}"#
            .to_owned(),
        other => return Reply::Http(500, format!("{other} is not expected")),
    })
}

/// The usual answers, but for one operation.
pub(super) fn but(operation: &'static str, reply: Reply) -> (Aws, Wire) {
    aws(move |asked, body| if asked == operation { reply.clone() } else { usual(asked, body) })
}

pub(super) async fn sighting(aws: &Aws) -> Sighting {
    look::host(aws, &HOST.parse().unwrap(), false, None).await
}

pub(super) async fn host(aws: &Aws) -> HostView {
    sighting(aws).await.host
}
