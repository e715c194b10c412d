use crate::world::Service;
use crate::world::trial::{Trial, assert_shaped_like};
use serde_json::{Value, json};

const LAUNCH: &str = "EC2 Instance-launch Lifecycle Action";
const TERMINATE: &str = "EC2 Instance-terminate Lifecycle Action";

fn group(more: &Value) -> Value {
    let mut input = json!({"AutoScalingGroupName": "web"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn complete(trial: &mut Trial, hook: &str, id: &str, result: &str) {
    let action = json!({
        "LifecycleHookName": hook, "InstanceId": id, "LifecycleActionResult": result,
    });
    trial.asg("CompleteLifecycleAction", &group(&action));
}

fn set_desired(trial: &mut Trial, desired: u32) {
    trial.asg("SetDesiredCapacity", &group(&json!({"DesiredCapacity": desired.to_string()})));
}

/// An empty group with a launching hook, and a pool of one as `more` says, whose instance is held.
fn pool(more: &Value) -> (Trial, String) {
    let mut trial = Trial::with_group(0, &json!({}));
    let metadata = json!({"NotificationMetadata": "additional-info"});
    trial.hook("join", false, &metadata);
    let mut input = group(&json!({"MinSize": "1", "MaxGroupPreparedCapacity": "0"}));
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    trial.asg("PutWarmPool", &input);
    trial.pass(20);
    let waiting = trial.in_state("Warmed:Pending:Wait");
    assert_eq!(waiting.len(), 1);
    (trial, waiting[0].clone())
}

/// A pool of one whose instance has come to rest.
fn warmed(more: &Value) -> (Trial, String) {
    let (mut trial, id) = pool(more);
    complete(&mut trial, "join", &id, "CONTINUE");
    trial.pass(30);
    (trial, id)
}

fn ec2_state(trial: &Trial, id: &str) -> String {
    trial.world.ec2.instance(id).unwrap().state.to_string()
}

/// `Origin` and `Destination` of the actions of a kind, in order.
fn ways(trial: &mut Trial, detail_type: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let events = trial.events(detail_type).into_iter();
    events
        .map(|one| (text(&one["detail"]["Origin"]), text(&one["detail"]["Destination"])))
        .collect()
}

fn way(origin: &str, destination: &str) -> (String, String) {
    (origin.to_owned(), destination.to_owned())
}

#[test]
fn an_instance_goes_into_the_pool_by_way_of_the_hooks_and_is_stopped_there() {
    let (mut trial, id) = pool(&json!({}));
    let events = trial.events(LAUNCH);
    assert_eq!(events.len(), 1);
    assert_shaped_like(&events[0], "asg-warmpool-launch-ec2-to-warmpool.json");
    assert_eq!(ways(&mut trial, LAUNCH), [way("EC2", "WarmPool")]);
    complete(&mut trial, "join", &id, "CONTINUE");
    assert_eq!(trial.states(), ["Warmed:Pending:Proceed"]);
    trial.pass(30);
    assert_eq!(trial.states(), ["Warmed:Stopped"]);
    assert_eq!(ec2_state(&trial, &id), "stopped");
    let ended = ways(&mut trial, "EC2 Instance Launch Successful");
    assert_eq!(ended, [way("EC2", "WarmPool")]);
    trial.pass(600);
    assert_eq!(trial.states(), ["Warmed:Stopped"], "a stopped one is not unhealthy there");
}

#[test]
fn the_pool_is_described_beside_the_group_and_not_in_it() {
    let (mut trial, id) = warmed(&json!({}));
    let pool = trial.asg("DescribeWarmPool", &group(&json!({})));
    assert_eq!(pool["Instances"][0]["InstanceId"], json!(id));
    assert_eq!(pool["Instances"][0]["LifecycleState"], "Warmed:Stopped");
    let configuration = &pool["WarmPoolConfiguration"];
    assert_eq!(
        (&configuration["PoolState"], &configuration["MinSize"]),
        (&json!("Stopped"), &json!(1))
    );
    assert_eq!(configuration["InstanceReusePolicy"], json!({"ReuseOnScaleIn": false}));
    let instances = trial.asg("DescribeAutoScalingInstances", &json!({"InstanceIds": [id]}));
    assert_eq!(instances["AutoScalingInstances"][0]["LifecycleState"], "Warmed:Stopped");
    let groups = trial.asg("DescribeAutoScalingGroups", &json!({}));
    let found = &groups["AutoScalingGroups"][0];
    assert_eq!((&found["Instances"], &found["WarmPoolSize"]), (&json!([]), &json!(1)));
}

#[test]
fn a_scale_out_takes_from_the_pool_and_the_hooks_hold_a_second_time() {
    let (mut trial, id) = warmed(&json!({}));
    set_desired(&mut trial, 1);
    trial.pass(5);
    assert_eq!(trial.in_state("Pending"), std::slice::from_ref(&id));
    trial.pass(15);
    assert_eq!(trial.in_state("Pending:Wait"), std::slice::from_ref(&id));
    let wanted =
        [way("EC2", "WarmPool"), way("WarmPool", "AutoScalingGroup"), way("EC2", "WarmPool")];
    assert_eq!(ways(&mut trial, LAUNCH), wanted, "the pool is filled again");
    let events = trial.events(LAUNCH);
    assert_shaped_like(&events[1], "asg-warmpool-launch-warmpool-to-asg.json");
    assert_eq!(events[1]["detail"]["EC2InstanceId"], json!(id));
    complete(&mut trial, "join", &id, "CONTINUE");
    trial.pass(5);
    assert_eq!(trial.in_state("InService"), [id]);
}

#[test]
fn a_running_pool_gives_its_instances_at_once() {
    let (mut trial, id) = warmed(&json!({"PoolState": "Running"}));
    assert_eq!(trial.states(), ["Warmed:Running"]);
    assert_eq!(ec2_state(&trial, &id), "running");
    set_desired(&mut trial, 1);
    trial.pass(2);
    assert_eq!(trial.in_state("Pending:Wait"), [id]);
}

#[test]
fn scaling_in_puts_an_instance_back_if_the_pool_reuses_and_has_room() {
    // The third pool was filled again when the instance left it.
    for (reuses, min, returns) in [(true, "0", true), (false, "0", false), (true, "1", false)] {
        let policy = json!({"ReuseOnScaleIn": reuses.to_string()});
        let size = json!({
            "InstanceReusePolicy": policy, "MinSize": min, "MaxGroupPreparedCapacity": "1",
        });
        let (mut trial, id) = warmed(&size);
        trial.hook("drain", true, &json!({"NotificationMetadata": "additional-info"}));
        set_desired(&mut trial, 1);
        trial.pass(20);
        complete(&mut trial, "join", &id, "CONTINUE");
        trial.pass(5);
        set_desired(&mut trial, 0);
        trial.pass(5);
        if !returns {
            assert_eq!(trial.in_state("Terminating:Wait"), [id]);
            continue;
        }
        assert!(trial.in_state("Warmed:Pending:Wait").contains(&id));
        let events = trial.events(TERMINATE);
        assert_shaped_like(&events[0], "asg-warmpool-terminate-asg-to-warmpool.json");
        assert_eq!(ways(&mut trial, TERMINATE), [way("AutoScalingGroup", "WarmPool")]);
        complete(&mut trial, "drain", &id, "CONTINUE");
        trial.pass(30);
        assert_eq!(trial.in_state("Warmed:Stopped"), std::slice::from_ref(&id));
        assert_eq!(ec2_state(&trial, &id), "stopped");
        let ended = ways(&mut trial, "EC2 Instance Terminate Successful");
        assert_eq!(ended, [way("AutoScalingGroup", "WarmPool")]);
    }
}

#[test]
fn an_abandoned_instance_never_comes_into_the_pool_and_another_does() {
    let (mut trial, id) = pool(&json!({}));
    complete(&mut trial, "join", &id, "ABANDON");
    trial.pass(60);
    assert!(trial.members().iter().all(|(other, _)| *other != id));
    assert_eq!(ec2_state(&trial, &id), "terminated");
    assert_eq!(trial.states(), ["Warmed:Pending:Wait"]);
}

#[test]
fn an_agent_registers_only_when_its_host_leaves_the_pool() {
    for state in ["Stopped", "Running"] {
        let mut trial =
            Trial::with_group(0, &json!({"Tags": [{"Key": "muster:cluster", "Value": "red"}]}));
        let cluster = json!({"clusterName": "red"});
        trial.world.call(Service::Ecs, "CreateCluster", &cluster).unwrap();
        let pool = json!({"MinSize": "1", "MaxGroupPreparedCapacity": "0", "PoolState": state});
        trial.asg("PutWarmPool", &group(&pool));
        trial.pass(120);
        assert_eq!(trial.states(), [format!("Warmed:{state}")]);
        assert!(trial.world.ecs.container_instances().is_empty(), "{state}");
        let id = trial.members()[0].0.clone();
        set_desired(&mut trial, 1);
        trial.pass(120);
        let registered = trial.world.ecs.container_instances();
        assert_eq!(registered.len(), 1, "{state}");
        assert_eq!(registered[0].ec2_instance_id, id);
        assert!(registered[0].agent_connected);
    }
}

#[test]
fn the_pool_holds_what_the_group_may_still_grow_by() {
    let mut trial = Trial::with_group(2, &json!({}));
    trial.asg("PutWarmPool", &group(&json!({})));
    trial.pass(60);
    let pool = trial.in_state("Warmed:Stopped");
    assert_eq!(pool.len(), 4, "six at most, two in service");
    let zone = |id: &String| trial.world.ec2.instance(id).unwrap().zone.clone();
    assert_eq!(pool.iter().filter(|id| zone(id) == "us-west-2a").count(), 2);
    trial.asg("PutWarmPool", &group(&json!({"MaxGroupPreparedCapacity": "3"})));
    trial.pass(60);
    assert_eq!(trial.states(), ["InService", "InService", "Warmed:Stopped"]);
}

#[test]
fn a_deleted_pool_goes_with_its_instances_by_force_past_the_hooks() {
    for force in [false, true] {
        let (mut trial, id) = warmed(&json!({}));
        trial.hook("drain", true, &json!({}));
        trial.asg("DeleteWarmPool", &group(&json!({"ForceDelete": force.to_string()})));
        trial.pass(60);
        if !force {
            assert_eq!(trial.states(), ["Warmed:Terminating:Wait"]);
            let pool = trial.asg("DescribeWarmPool", &group(&json!({})));
            assert_eq!(pool["WarmPoolConfiguration"]["Status"], "PendingDelete");
            complete(&mut trial, "drain", &id, "CONTINUE");
            trial.pass(60);
        }
        assert!(trial.members().is_empty());
        assert_eq!(ec2_state(&trial, &id), "terminated");
        assert_eq!(trial.asg("DescribeWarmPool", &group(&json!({}))), json!({"Instances": []}));
        assert_eq!(trial.asg_error("DeleteWarmPool", &group(&json!({}))).code, "ValidationError");
    }
}

#[test]
fn what_a_pool_does_not_take_is_refused() {
    let (mut trial, id) = warmed(&json!({}));
    let terminate = json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": "false"});
    let error = trial.asg_error("TerminateInstanceInAutoScalingGroup", &terminate);
    assert_eq!(error.code, "ValidationError");
    for more in [json!({"PoolState": "Hibernated"}), json!({"MinSize": "-1"})] {
        assert_eq!(trial.asg_error("PutWarmPool", &group(&more)).code, "ValidationError");
    }
    trial.ec2("TerminateInstances", &json!({"InstanceId": [id]}));
    trial.pass(90);
    assert_eq!(trial.states(), ["Warmed:Pending:Wait"], "one that is gone is replaced");
}
