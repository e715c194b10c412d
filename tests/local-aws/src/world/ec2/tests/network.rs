use super::hosts;
use crate::world::Service;
use crate::world::ec2::Boot;
use crate::world::trial::Trial;
use serde_json::{Value, json};

fn filtered(name: &str, value: &str) -> Value {
    json!({"Filter": [{"Name": name, "Value": [value]}]})
}

fn described(trial: &mut Trial, id: &str) -> Value {
    let answer = trial.ec2("DescribeInstances", &json!({"InstanceId": [id]}));
    answer["reservationSet"][0]["instancesSet"][0].clone()
}

/// The route tables of a subnet: its own, or else the main one.
fn routes(trial: &mut Trial, subnet: &str) -> Vec<Value> {
    let own = trial.ec2("DescribeRouteTables", &filtered("association.subnet-id", subnet));
    let mut tables = own["routeTableSet"].as_array().unwrap().clone();
    if tables.is_empty() {
        let main = trial.ec2("DescribeRouteTables", &filtered("association.main", "true"));
        tables.clone_from(main["routeTableSet"].as_array().unwrap());
    }
    assert_eq!(tables.len(), 1);
    tables[0]["routeSet"].as_array().unwrap().clone()
}

fn has_way_out(routes: &[Value]) -> bool {
    routes.iter().any(|route| route["destinationCidrBlock"] == "0.0.0.0/0")
}

fn egress(trial: &mut Trial, group: &Value) -> usize {
    let answer = trial.ec2("DescribeSecurityGroups", &json!({"GroupId": [group]}));
    answer["securityGroupInfo"][0]["ipPermissionsEgress"].as_array().unwrap().len()
}

/// Base64 without its padding, back to text.
fn decoded(text: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = text.trim_end_matches('=').chars().fold(String::new(), |bits, letter| {
        bits + &format!("{:06b}", letters.find(letter).unwrap())
    });
    let bytes = bits.as_bytes().chunks_exact(8);
    let bytes = bytes.map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2));
    String::from_utf8(bytes.collect::<Result<_, _>>().unwrap()).unwrap()
}

fn user_data(trial: &mut Trial, id: &str) -> String {
    let input = json!({"InstanceId": id, "Attribute": "userData"});
    let answer = trial.ec2("DescribeInstanceAttribute", &input);
    decoded(answer["userData"]["value"].as_str().unwrap())
}

fn console(trial: &mut Trial, id: &str) -> String {
    let answer = trial.ec2("GetConsoleOutput", &json!({"InstanceId": id}));
    decoded(answer["output"].as_str().unwrap())
}

/// A host of the cluster `red` that boots as planned, two minutes later; nobody replaces it.
fn booted(boot: Boot) -> (Trial, String) {
    let mut trial = Trial::new();
    let cluster = json!({"clusterName": "red"});
    trial.world.call(Service::Ecs, "CreateCluster", &cluster).unwrap();
    trial.world.plan_next_boot("web", boot);
    let group = json!({
        "AutoScalingGroupName": "web",
        "MinSize": "1",
        "MaxSize": "1",
        "AvailabilityZones": ["us-west-2a"],
        "LaunchTemplate": {"LaunchTemplateName": "host"},
        "Tags": [{"Key": "muster:cluster", "Value": "red"}],
    });
    trial.asg("CreateAutoScalingGroup", &group);
    trial.pass(120);
    let id = trial.members()[0].0.clone();
    (trial, id)
}

fn joined(trial: &Trial) -> bool {
    trial.world.ecs.container_instances().iter().any(|instance| instance.agent_connected)
}

#[test]
fn a_host_says_where_it_is_and_its_network_is_healthy() {
    let (mut trial, hosts) = hosts(1);
    let host = described(&mut trial, &hosts[0]);
    assert!(host["vpcId"].as_str().unwrap().starts_with("vpc-"));
    assert!(host["iamInstanceProfile"]["arn"].as_str().unwrap().ends_with("/ecsInstanceRole"));
    assert!(host.get("spotInstanceRequestId").unwrap().is_null());
    assert!(has_way_out(&routes(&mut trial, host["subnetId"].as_str().unwrap())));
    assert_eq!(egress(&mut trial, &host["groupSet"][0]["groupId"]), 1);
    let input = filtered("vpc-id", host["vpcId"].as_str().unwrap());
    assert_eq!(trial.ec2("DescribeVpcEndpoints", &input)["vpcEndpointSet"], json!([]));
    assert_eq!(
        trial.ec2("DescribeRouteTables", &input)["routeTableSet"][0]["vpcId"],
        host["vpcId"]
    );
    trial.ec2("TerminateInstances", &json!({"InstanceId": hosts}));
    trial.pass(60);
    let gone = described(&mut trial, &hosts[0]);
    assert_eq!((&gone["vpcId"], &gone["groupSet"]), (&Value::Null, &json!([])));
}

#[test]
fn a_healthy_host_names_its_cluster_and_its_console_says_nothing_of_the_agent() {
    let (mut trial, id) = booted(Boot::Joins {
        cluster: "red".to_owned(),
        after: jiff::SignedDuration::from_secs(30),
    });
    assert!(joined(&trial));
    let expected = "#!/bin/bash\necho ECS_CLUSTER=red >> /etc/ecs/ecs.config\n";
    assert_eq!(user_data(&mut trial, &id), expected);
    let console = console(&mut trial, &id);
    assert!(console.contains("Started ecs.service") && !console.contains("status=5"), "{console}");
}

#[test]
fn a_host_without_a_profile_never_joins() {
    let (mut trial, id) = booted(Boot::NoProfile);
    assert!(!joined(&trial));
    assert!(described(&mut trial, &id)["iamInstanceProfile"].is_null());
}

#[test]
fn a_host_without_a_route_joins_once_it_has_one() {
    let (mut trial, id) = booted(Boot::NoRoute);
    assert!(!joined(&trial));
    let subnet = described(&mut trial, &id)["subnetId"].as_str().unwrap().to_owned();
    assert!(!has_way_out(&routes(&mut trial, &subnet)));
    assert!(has_way_out(&routes(&mut trial, "subnet-00000000000000000")), "a neighbour's");
    trial.world.restore_route(&subnet);
    trial.pass(60);
    assert!(joined(&trial) && has_way_out(&routes(&mut trial, &subnet)));
}

#[test]
fn endpoints_stand_in_for_a_route() {
    let (mut trial, _) = booted(Boot::NoRoute);
    for service in ["ecs", "ecs-agent"] {
        trial.world.add_vpc_endpoint(service);
    }
    trial.pass(60);
    assert!(!joined(&trial), "telemetry is missing");
    trial.world.add_vpc_endpoint("ecs-telemetry");
    trial.pass(60);
    assert!(joined(&trial));
    let found = trial.ec2("DescribeVpcEndpoints", &json!({}));
    let found = found["vpcEndpointSet"].as_array().unwrap();
    let services: Vec<&Value> = found.iter().map(|endpoint| &endpoint["serviceName"]).collect();
    assert_eq!(services.len(), 3);
    assert!(services.contains(&&json!("com.amazonaws.us-west-2.ecs-agent")));
    let ids: std::collections::BTreeSet<_> =
        found.iter().map(|endpoint| endpoint["vpcEndpointId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn pages_of_one_endpoint_hold_them_all() {
    let mut trial = Trial::new();
    for name in ["service-b", "ecs", "service-a", "sts"] {
        trial.world.add_vpc_endpoint(name);
    }
    let (mut found, mut input) = (Vec::new(), json!({"MaxResults": "1"}));
    loop {
        let page = trial.ec2("DescribeVpcEndpoints", &input);
        found.push(page["vpcEndpointSet"][0]["vpcEndpointId"].to_string());
        if page["nextToken"].is_null() {
            break;
        }
        input["NextToken"] = page["nextToken"].clone();
    }
    assert_eq!((found.len(), found.is_sorted()), (4, true), "{found:?}");
}

#[test]
fn a_host_behind_closed_egress_joins_once_it_is_open() {
    let (mut trial, id) = booted(Boot::EgressClosed);
    assert!(!joined(&trial));
    let group = described(&mut trial, &id)["groupSet"][0]["groupId"].clone();
    assert_eq!(egress(&mut trial, &group), 0);
    trial.world.open_egress(group.as_str().unwrap());
    trial.pass(60);
    assert!(joined(&trial));
    assert_eq!(egress(&mut trial, &group), 1);
}

#[test]
fn hosts_that_come_after_a_cut_do_not_join_and_those_before_stay() {
    let (mut trial, id) = booted(Boot::Joins {
        cluster: "red".to_owned(),
        after: jiff::SignedDuration::from_secs(30),
    });
    let host = described(&mut trial, &id);
    trial.world.cut_route(host["subnetId"].as_str().unwrap());
    trial.world.close_egress(host["groupSet"][0]["groupId"].as_str().unwrap());
    trial.pass(60);
    assert!(joined(&trial));
    trial.ec2("TerminateInstances", &json!({"InstanceId": [id]}));
    trial.pass(200);
    assert!(!joined(&trial));
    assert_eq!(trial.in_state("InService").len(), 1, "the group has another, which is not seen");
}

#[test]
fn user_data_and_console_say_why_a_host_never_joined() {
    for boot in [
        Boot::WrongUserData { cluster: "blue".to_owned() },
        Boot::JoinsElsewhere { cluster: "blue".to_owned() },
    ] {
        let (mut trial, id) = booted(boot);
        assert!(!joined(&trial));
        assert!(user_data(&mut trial, &id).contains("ECS_CLUSTER=blue "));
    }
    let (mut trial, id) = booted(Boot::AgentExits5);
    assert!(!joined(&trial));
    assert!(user_data(&mut trial, &id).contains("ECS_CLUSTER=red "));
    let line = "ecs.service: Main process exited, code=exited, status=5/NOTINSTALLED";
    assert!(console(&mut trial, &id).contains(line));
}

#[test]
fn what_is_unknown_is_refused() {
    let (mut trial, hosts) = hosts(1);
    let group = json!({"GroupId": ["sg-00000000000000001"]});
    assert_eq!(trial.ec2_error("DescribeSecurityGroups", &group).code, "InvalidGroup.NotFound");
    let table = json!({"RouteTableId": ["rtb-1"]});
    let error = trial.ec2_error("DescribeRouteTables", &table);
    assert_eq!(error.code, "InvalidRouteTableID.NotFound");
    let colour = filtered("colour", "red");
    for operation in ["DescribeRouteTables", "DescribeVpcEndpoints", "DescribeSecurityGroups"] {
        assert_eq!(trial.ec2_error(operation, &colour).code, "InvalidParameterValue");
    }
    let nobody = json!({"InstanceId": "i-00000000000000000"});
    assert_eq!(trial.ec2_error("GetConsoleOutput", &nobody).code, "InvalidInstanceID.NotFound");
    let kernel = json!({"InstanceId": hosts[0], "Attribute": "kernel"});
    let error = trial.ec2_error("DescribeInstanceAttribute", &kernel);
    assert_eq!(error.code, "InvalidParameterValue");
}
