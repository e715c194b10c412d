use crate::world::trial::Trial;
use serde_json::{Value, json};

/// A policy of two types with these weights, or without weights.
fn policy(weights: Option<[&str; 2]>) -> Value {
    let weight = |at: usize| weights.map(|weights| weights[at]);
    let mut overrides = json!([
        {"InstanceType": "m7g.large", "WeightedCapacity": weight(0)},
        {"InstanceType": "m7g.xlarge", "WeightedCapacity": weight(1)},
    ]);
    if weights.is_none() {
        for one in overrides.as_array_mut().unwrap() {
            one.as_object_mut().unwrap().remove("WeightedCapacity");
        }
    }
    let specification = json!({"LaunchTemplateName": "host", "Version": "$Latest"});
    json!({"MixedInstancesPolicy": {
        "LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": overrides},
        "InstancesDistribution": {"OnDemandBaseCapacity": "1"},
    }})
}

fn group(trial: &mut Trial) -> Value {
    trial.asg("DescribeAutoScalingGroups", &json!({}))["AutoScalingGroups"][0].clone()
}

fn types(trial: &mut Trial) -> Vec<String> {
    let group = group(trial);
    let all = group["Instances"].as_array().unwrap().iter();
    let mut types: Vec<String> =
        all.map(|one| one["InstanceType"].as_str().unwrap().to_owned()).collect();
    types.sort();
    types
}

fn resize(trial: &mut Trial, desired: u32) {
    let size = json!({"AutoScalingGroupName": "web", "DesiredCapacity": desired.to_string()});
    trial.asg("SetDesiredCapacity", &size);
    trial.pass(60);
}

#[test]
fn the_types_are_launched_in_turn_and_the_policy_is_described() {
    let mut trial = Trial::with_mixed_group(4, &policy(None));
    trial.pass(30);
    assert_eq!(types(&mut trial), ["m7g.large", "m7g.large", "m7g.xlarge", "m7g.xlarge"]);
    let group = group(&mut trial);
    assert!(group["LaunchTemplate"].is_null());
    let policy = &group["MixedInstancesPolicy"];
    let template = &policy["LaunchTemplate"];
    assert_eq!(template["LaunchTemplateSpecification"]["Version"], "$Latest");
    assert_eq!(template["Overrides"][1]["InstanceType"], "m7g.xlarge");
    let distribution = &policy["InstancesDistribution"];
    assert_eq!(distribution["OnDemandBaseCapacity"], "1");
    assert_eq!(distribution["OnDemandAllocationStrategy"], "prioritized");
    for instance in group["Instances"].as_array().unwrap() {
        assert_eq!(instance["LaunchTemplate"]["LaunchTemplateName"], "host");
        assert!(instance["AvailabilityZone"].as_str().unwrap().starts_with("us-west-2"));
        let id = instance["InstanceId"].as_str().unwrap();
        let real = &trial.world.ec2.instance(id).unwrap().instance_type;
        assert_eq!(instance["InstanceType"], real.as_str());
    }
}

#[test]
fn weights_are_what_the_desired_capacity_counts() {
    let mut trial = Trial::with_mixed_group(3, &policy(Some(["1", "2"])));
    trial.pass(30);
    assert_eq!(types(&mut trial), ["m7g.large", "m7g.xlarge"]);
    // The small type's turn leaves one unit to be had, and the next goes beyond: then a small one is too many.
    resize(&mut trial, 5);
    assert_eq!(types(&mut trial), ["m7g.large", "m7g.xlarge", "m7g.xlarge"]);
    assert_eq!(trial.world.autoscaling.group("web").unwrap().capacity(), 5);
}

#[test]
fn scaling_in_takes_no_more_than_the_surplus_and_a_decrement_is_the_weight() {
    let mut trial = Trial::with_mixed_group(6, &policy(Some(["1", "2"])));
    trial.pass(30);
    assert_eq!(trial.members().len(), 4);
    resize(&mut trial, 5);
    assert_eq!(types(&mut trial), ["m7g.large", "m7g.xlarge", "m7g.xlarge"]);
    let group = trial.world.autoscaling.group("web").unwrap();
    let large = group.members.values().find(|one| one.units() == 2).unwrap().id.clone();
    let input = json!({"InstanceId": large, "ShouldDecrementDesiredCapacity": "true"});
    trial.asg("TerminateInstanceInAutoScalingGroup", &input);
    trial.pass(60);
    assert_eq!(trial.world.autoscaling.group("web").unwrap().size.desired, 3);
    assert_eq!(types(&mut trial), ["m7g.large", "m7g.xlarge"]);
}

#[test]
fn an_update_goes_from_a_template_to_a_policy_and_back() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.pass(30);
    let mut input = policy(None);
    input["AutoScalingGroupName"] = json!("web");
    trial.asg("UpdateAutoScalingGroup", &input);
    assert!(group(&mut trial)["LaunchTemplate"].is_null());
    let part = json!({
        "AutoScalingGroupName": "web",
        "MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": "2"}},
    });
    trial.asg("UpdateAutoScalingGroup", &part);
    let policy = group(&mut trial)["MixedInstancesPolicy"].clone();
    assert_eq!(policy["InstancesDistribution"]["OnDemandBaseCapacity"], "2");
    assert_eq!(policy["LaunchTemplate"]["Overrides"].as_array().unwrap().len(), 2);
    let back = json!({
        "AutoScalingGroupName": "web",
        "LaunchTemplate": {"LaunchTemplateName": "host"},
    });
    trial.asg("UpdateAutoScalingGroup", &back);
    let group = group(&mut trial);
    assert!(group["MixedInstancesPolicy"].is_null());
    assert_eq!(group["LaunchTemplate"]["LaunchTemplateName"], "host");
}

#[test]
fn a_policy_that_cannot_be_is_refused() {
    let mut trial = Trial::with_group(0, &json!({}));
    let mut both = policy(None);
    both["LaunchTemplate"] = json!({"LaunchTemplateName": "host"});
    let mut half = policy(Some(["1", "2"]));
    let overrides = &mut half["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"];
    overrides[0].as_object_mut().unwrap().remove("WeightedCapacity");
    let nothing = json!({"MixedInstancesPolicy": {}});
    for mut input in [both, half, nothing] {
        input["AutoScalingGroupName"] = json!("web");
        let error = trial.asg_error("UpdateAutoScalingGroup", &input);
        assert_eq!(error.code, "ValidationError", "{input}");
    }
}

#[test]
fn hosts_beyond_the_base_are_spot_in_part() {
    let mut mixed = policy(None);
    mixed["MixedInstancesPolicy"]["InstancesDistribution"] = json!({
        "OnDemandBaseCapacity": "1", "OnDemandPercentageAboveBaseCapacity": "50",
    });
    let mut trial = Trial::with_mixed_group(1, &mixed);
    let mut spots = Vec::new();
    for desired in 1..=5 {
        resize(&mut trial, desired);
        spots.push(trial.world.ec2.instances().filter(|one| one.spot).count());
    }
    assert_eq!(spots, [0, 0, 1, 1, 2]);
}
