//! The examination, with real clients and real wire formats, on an AWS that answers as the test says.

mod network;
mod places;
mod secrets;

use crate::config::Aws;
use crate::testing::{CLUSTER, HOST, Reply, Wire, arn, aws};
use aws_smithy_types::base64;
use domain::diagnosis::{
    AGENT_NEEDS, ConsoleSign, DefaultRoute, Egress, Endpoint, EndpointService, Facts, StatusChecks,
    UserData, judge,
};
use domain::host::{MachineState, RegistrationStatus};
use domain::{Fault, Seen};
use ports::{Examine, Session};

fn instances(changes: &str) -> String {
    format!(
        "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>\
         <instanceId>{HOST}</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
         <launchTime>2026-03-04T05:00:00.000Z</launchTime>{changes}\
         </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )
}

const MADE_OF: &str = "<subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>\
    <iamInstanceProfile><arn>arn:aws:iam::111122223333:instance-profile/ecs/web-hosts</arn><id>AIPA</id>\
    </iamInstanceProfile><groupSet><item><groupId>sg-1</groupId></item></groupSet>";

fn checks(system: &str, instance: &str) -> String {
    format!(
        "<DescribeInstanceStatusResponse><instanceStatusSet><item><instanceId>{HOST}</instanceId>\
         <systemStatus><status>{system}</status></systemStatus>\
         <instanceStatus><status>{instance}</status></instanceStatus>\
         </item></instanceStatusSet></DescribeInstanceStatusResponse>"
    )
}

fn profile(role: &str) -> String {
    format!(
        "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile>\
         <Path>/ecs/</Path><InstanceProfileName>web-hosts</InstanceProfileName>\
         <InstanceProfileId>AIPA</InstanceProfileId><CreateDate>2026-03-04T05:00:00Z</CreateDate>\
         <Arn>arn:aws:iam::111122223333:instance-profile/ecs/web-hosts</Arn><Roles>{role}</Roles>\
         </InstanceProfile></GetInstanceProfileResult></GetInstanceProfileResponse>"
    )
}

const ROLE: &str = "<member><Path>/ecs/</Path><RoleName>web-role</RoleName><RoleId>AROA</RoleId>\
    <Arn>arn:aws:iam::111122223333:role/ecs/web-role</Arn><CreateDate>2026-03-04T05:00:00Z</CreateDate></member>";

/// What IAM answers about the actions in a request: refused where `refused` says so.
fn simulation(body: &str, refused: impl Fn(&str) -> bool, more: &str) -> String {
    let asked = AGENT_NEEDS.into_iter().filter(|action| {
        body.split('&').any(|pair| pair.ends_with(&format!("={}", action.replace(':', "%3A"))))
    });
    let result = |action: &str| {
        let decision = if refused(action) { "implicitDeny" } else { "allowed" };
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>{more}</member>"
        )
    };
    let results: String = asked.map(result).collect();
    format!(
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>\
         <EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>\
         </SimulatePrincipalPolicyResponse>"
    )
}

fn routes(routes: &str) -> String {
    format!(
        "<DescribeRouteTablesResponse><routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet>\
         <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId>\
         <state>active</state></item>{routes}</routeSet></item></routeTableSet></DescribeRouteTablesResponse>"
    )
}

const NO_TABLES: &str =
    "<DescribeRouteTablesResponse><routeTableSet/></DescribeRouteTablesResponse>";

fn to_anywhere(target: &str, state: &str) -> String {
    format!(
        "<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>{target}<state>{state}</state></item>"
    )
}

fn endpoint(service: &str, state: &str) -> String {
    format!(
        "<item><vpcEndpointType>Interface</vpcEndpointType><state>{state}</state>\
         <serviceName>com.amazonaws.eu-west-1.{service}</serviceName>\
         <privateDnsEnabled>true</privateDnsEnabled></item>"
    )
}

fn endpoints(items: &str) -> String {
    format!(
        "<DescribeVpcEndpointsResponse><vpcEndpointSet>{items}</vpcEndpointSet></DescribeVpcEndpointsResponse>"
    )
}

fn groups(rules: &str) -> String {
    format!(
        "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>\
         <ipPermissionsEgress>{rules}</ipPermissionsEgress></item></securityGroupInfo>\
         </DescribeSecurityGroupsResponse>"
    )
}

fn rule(protocol: &str, ports: (u16, u16), to: &str) -> String {
    let (from, last) = ports;
    format!(
        "<item><ipProtocol>{protocol}</ipProtocol><fromPort>{from}</fromPort><toPort>{last}</toPort>{to}</item>"
    )
}

const ALL: &str = "<ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>";

fn user_data(value: &str) -> String {
    format!(
        "<DescribeInstanceAttributeResponse><instanceId>{HOST}</instanceId><userData>{value}</userData>\
         </DescribeInstanceAttributeResponse>"
    )
}

fn encoded(text: &str) -> String {
    user_data(&format!("<value>{}</value>", base64::encode(text)))
}

/// Folded into lines, as EC2 does.
fn console(text: &str) -> String {
    let output = base64::encode(text);
    let (head, tail) = output.split_at(output.len() / 2);
    format!(
        "<GetConsoleOutputResponse><instanceId>{HOST}</instanceId><output>{head}\n{tail}\n</output>\
         </GetConsoleOutputResponse>"
    )
}

fn registered(status: &str, connected: bool) -> String {
    format!(
        r#"{{"failures":[],"containerInstances":[{{"containerInstanceArn":"{}","ec2InstanceId":"{HOST}",
        "status":"{status}","statusReason":"because","agentConnected":{connected}}}]}}"#,
        arn("one")
    )
}

const NOT_LISTED: &str = r#"{"containerInstanceArns":[]}"#;

fn listed() -> String {
    format!(r#"{{"containerInstanceArns":["{}"]}}"#, arn("one"))
}

fn clusters(names: &[String]) -> String {
    let arn = |name: &String| format!("\"arn:aws:ecs:eu-west-1:111122223333:cluster/{name}\"");
    format!(r#"{{"clusterArns":[{}]}}"#, names.iter().map(arn).collect::<Vec<_>>().join(","))
}

/// A host with all that it needs, that has not registered.
fn usual(operation: &str, body: &str) -> Reply {
    Reply::ok(match operation {
        "DescribeInstances" => instances(MADE_OF),
        "DescribeInstanceStatus" => checks("ok", "ok"),
        "GetInstanceProfile" => profile(ROLE),
        "SimulatePrincipalPolicy" => simulation(body, |_| false, ""),
        "DescribeRouteTables" => {
            routes(&to_anywhere("<natGatewayId>nat-1</natGatewayId>", "active"))
        }
        "DescribeVpcEndpoints" => endpoints(""),
        "DescribeSecurityGroups" => groups(&rule("-1", (0, 0), ALL)),
        "DescribeInstanceAttribute" => encoded("#!/bin/bash\nECS_CLUSTER=web\n"),
        "GetConsoleOutput" => console("boot\nlogin: "),
        "ListContainerInstances" => NOT_LISTED.to_owned(),
        "ListClusters" => clusters(&[CLUSTER.to_owned(), "default".to_owned()]),
        other => return Reply::Http(500, format!("{other} is not expected")),
    })
}

/// The usual answers, but for some operations.
fn but(others: &[(&'static str, Reply)]) -> (Aws, Wire) {
    let others = others.to_vec();
    aws(move |asked, body| {
        let other = others.iter().find(|(operation, _)| *operation == asked);
        other.map_or_else(|| usual(asked, body), |(_, reply)| reply.clone())
    })
}

async fn facts(aws: &Aws) -> Facts {
    aws.facts(&HOST.parse().unwrap(), &CLUSTER.parse().unwrap()).await
}

/// The facts where one operation answers otherwise.
async fn facts_if(operation: &'static str, answer: impl Into<String>) -> Facts {
    facts(&but(&[(operation, Reply::ok(answer))]).0).await
}

fn culprit(facts: &Facts) -> Option<String> {
    let diagnosis = judge(&CLUSTER.parse().unwrap(), facts);
    diagnosis.cause().map(|one| one.check.to_string())
}

#[tokio::test]
async fn all_that_aws_knows_is_read_in_few_calls() {
    let (aws, wire) = aws(usual);
    let facts = facts(&aws).await;
    let instance = facts.instance.known().unwrap().as_ref().unwrap();
    assert_eq!(instance.state, MachineState::Running);
    assert_eq!(instance.launched_at, Some("2026-03-04T05:00:00Z".parse().unwrap()));
    assert_eq!((instance.subnet.as_deref(), instance.public), (Some("subnet-1"), false));
    assert_eq!(instance.security_groups, ["sg-1"]);
    assert_eq!(facts.status_checks, Seen::Known(StatusChecks::Passed));
    assert_eq!(facts.role, Seen::Known(Some("web-role".parse().unwrap())));
    assert_eq!(facts.denied, Seen::Known(Vec::new()));
    assert_eq!(facts.default_route, Seen::Known(DefaultRoute::Nat("nat-1".into())));
    assert_eq!(facts.endpoints, Seen::Known([].into()));
    assert_eq!(facts.egress, Seen::Known(Egress::Open));
    assert_eq!(facts.user_data, Seen::Known(UserData::Names(CLUSTER.parse().unwrap())));
    assert_eq!(facts.elsewhere, Seen::Known(Vec::new()));
    assert_eq!(facts.console, Seen::Known([].into()));
    assert_eq!(facts.registration, Seen::Known(None));
    assert_eq!(culprit(&facts), None);

    assert_eq!(wire.operations().len(), 14);
    assert_eq!(aws.calls().get("iam:SimulatePrincipalPolicy"), Some(&3));
    assert!(wire.asked("GetInstanceProfile")[0].contains("InstanceProfileName=web-hosts"));
    assert!(wire.asked("DescribeRouteTables")[0].contains("association.subnet-id"));
    assert!(wire.asked("GetConsoleOutput")[0].contains("Latest=false"));
    let asked = wire.asked("ListContainerInstances");
    assert!(asked.iter().all(|body| body.contains(&format!("ec2InstanceId == {HOST}"))));
}

#[tokio::test]
async fn iam_is_asked_about_the_resource_that_it_checks_for_each_action() {
    let (aws, wire) = aws(usual);
    facts(&aws).await;
    let asked = wire.asked("SimulatePrincipalPolicy");
    let about = |resource: &str| {
        let is = |body: &&String| body.contains(&format!("ResourceArns.member.1={resource}"));
        asked.iter().find(is).unwrap()
    };
    let place = "arn%3Aaws%3Aecs%3Aeu-west-1%3A111122223333%3A";
    let of_cluster = about(&format!("{place}cluster%2Fweb&"));
    assert!(of_cluster.contains("ecs%3ARegisterContainerInstance"), "{of_cluster}");
    assert!(of_cluster.contains("role%2Fecs%2Fweb-role"));
    assert!(about(&format!("{place}container-instance%2Fweb%2F0000")).contains("ecs%3APoll"));
    let of_all = about("%2A&");
    assert!(of_all.contains("DiscoverPollEndpoint") && !of_all.contains("ecs%3APoll"));
}

#[tokio::test]
async fn what_the_role_may_not_do_is_told() {
    let refusing = |more: &'static str| {
        aws(move |asked, body| match asked {
            "SimulatePrincipalPolicy" => {
                let refused =
                    |action: &str| matches!(action, "ecs:Poll" | "ecs:SubmitTaskStateChange");
                Reply::ok(simulation(body, refused, more))
            }
            _ => usual(asked, body),
        })
    };
    let seen = facts(&refusing("").0).await;
    let denied = ["ecs:SubmitTaskStateChange".to_owned(), "ecs:Poll".to_owned()];
    assert_eq!(seen.denied, Seen::Known(denied.to_vec()));
    assert_eq!(culprit(&seen).as_deref(), Some("role-permissions"));
    // A refusal for want of what only a real request has is no refusal.
    let more = "<MissingContextValues><member>aws:SourceVpc</member></MissingContextValues>";
    let seen = facts(&refusing(more).0).await;
    assert!(matches!(seen.denied, Seen::Unknown(Fault::Partial { .. })));
    // Nor is one that is not in the answer.
    let seen = facts_if("SimulatePrincipalPolicy", simulation("", |_| false, "")).await;
    assert!(matches!(seen.denied, Seen::Unknown(Fault::Partial { .. })));
    assert_eq!(culprit(&seen), None);
}

#[tokio::test]
async fn a_profile_may_be_missing_gone_or_empty() {
    let (aws, wire) = but(&[("DescribeInstances", Reply::ok(instances("<vpcId>vpc-1</vpcId>")))]);
    let seen = facts(&aws).await;
    assert_eq!(culprit(&seen).as_deref(), Some("instance-profile"));
    assert!(wire.asked("GetInstanceProfile").is_empty());

    let gone = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>";
    for reply in [Reply::ok(profile("")), Reply::Http(404, gone.to_owned())] {
        let (aws, wire) = but(&[("GetInstanceProfile", reply)]);
        let seen = facts(&aws).await;
        assert_eq!(seen.role, Seen::Known(None));
        assert_eq!(culprit(&seen).as_deref(), Some("role"));
        assert!(wire.asked("SimulatePrincipalPolicy").is_empty());
    }
}

#[tokio::test]
async fn an_instance_that_is_gone_is_not_asked_for_what_it_was_made_of() {
    let reason =
        "<stateReason><code>Client.InternalError</code><message>no key</message></stateReason>";
    let gone = instances(reason).replace("running", "terminated");
    let none = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";
    for answer in [gone, none.to_owned()] {
        let (aws, wire) = but(&[("DescribeInstances", Reply::ok(answer))]);
        let seen = facts(&aws).await;
        assert_eq!(culprit(&seen).as_deref(), Some("instance-state"));
        for operation in ["GetInstanceProfile", "DescribeRouteTables", "DescribeSecurityGroups"] {
            assert!(wire.asked(operation).is_empty(), "{operation}");
        }
    }
}

#[tokio::test]
async fn status_checks_are_failed_passed_or_undecided() {
    let impaired = StatusChecks::Impaired(vec!["instance".into()]);
    let none =
        "<DescribeInstanceStatusResponse><instanceStatusSet/></DescribeInstanceStatusResponse>";
    for (answer, expected) in [
        (checks("ok", "impaired"), impaired),
        (checks("ok", "initializing"), StatusChecks::Undecided),
        (none.to_owned(), StatusChecks::Undecided),
    ] {
        let seen = facts_if("DescribeInstanceStatus", answer).await;
        assert_eq!(seen.status_checks, Seen::Known(expected));
    }
}
