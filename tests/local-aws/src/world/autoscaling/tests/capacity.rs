use crate::world::trial::Trial;
use serde_json::{Value, json};

fn activities(trial: &mut Trial) -> Vec<Value> {
    let answer = trial.asg("DescribeScalingActivities", &json!({"AutoScalingGroupName": "web"}));
    answer["Activities"].as_array().unwrap().clone()
}

fn failed(trial: &mut Trial) -> usize {
    activities(trial).iter().filter(|one| one["StatusCode"] == "Failed").count()
}

#[test]
fn a_type_without_capacity_fails_in_every_zone_and_is_tried_again_each_minute() {
    let mut trial = Trial::with_group(2, &json!({}));
    trial.world.no_capacity("m7g.large", true);
    trial.pass(30);
    let said = activities(&mut trial);
    assert_eq!(said.len(), 2, "one for each zone");
    let why = "We currently do not have sufficient m7g.large capacity in the Availability Zone you \
               requested (us-west-2b). Our system will be working on provisioning additional \
               capacity. Launching EC2 instance failed.";
    let one = &said[0];
    assert_eq!((&one["StatusCode"], &one["StatusMessage"]), (&json!("Failed"), &json!(why)));
    assert_eq!(one["Description"], format!("Launching a new EC2 instance.  Status Reason: {why}"));
    assert_eq!((&one["Progress"], one["EndTime"].is_string()), (&json!(100), true));
    let group = trial.world.autoscaling.group("web").unwrap();
    assert_eq!((group.size.desired, group.members.len()), (2, 0));
    // What else happens to the group does not make it try earlier.
    let size = json!({"AutoScalingGroupName": "web", "DesiredCapacity": "3"});
    trial.asg("SetDesiredCapacity", &size);
    trial.pass(29);
    assert_eq!(failed(&mut trial), 2);
    trial.pass(600);
    assert_eq!(failed(&mut trial), 22);
    trial.world.no_capacity("m7g.large", false);
    trial.pass(90);
    assert_eq!((trial.states(), failed(&mut trial)), (vec!["InService".to_owned(); 3], 22));
}

#[test]
fn a_failed_launch_is_said_without_an_instance() {
    let mut trial = Trial::with_group(1, &json!({"AvailabilityZones": ["us-west-2a"]}));
    trial.world.no_capacity("us-west-2a", true);
    trial.pass(30);
    let said = trial.events("EC2 Instance Launch Unsuccessful");
    assert_eq!(said.len(), 1);
    let (detail, resources) = (&said[0]["detail"], said[0]["resources"].as_array().unwrap());
    assert_eq!((&detail["StatusCode"], &detail["EC2InstanceId"]), (&json!("Failed"), &json!("")));
    assert_eq!(detail["Details"]["Availability Zone"], "us-west-2a");
    assert!(detail.get("Description").is_none());
    assert_eq!(resources.len(), 1, "only the group");
    let why = detail["StatusMessage"].as_str().unwrap();
    let elsewhere = "You can currently get m7g.large capacity by not specifying an Availability \
                     Zone in your request or choosing us-west-2b, us-west-2c. Launching";
    assert!(why.contains(elsewhere), "{why}");
}

#[test]
fn where_one_zone_has_no_capacity_the_others_take_the_launches() {
    let mut trial = Trial::with_group(4, &json!({}));
    trial.world.no_capacity("us-west-2a", true);
    trial.pass(30);
    let group = trial.world.autoscaling.group("web").unwrap();
    assert_eq!(group.members.len(), 4);
    assert!(group.members.values().all(|member| member.zone == "us-west-2b"));
    assert_eq!(failed(&mut trial), 1, "the zone is left alone after the first");
}

#[test]
fn a_mixed_group_launches_the_types_of_which_there_is_capacity() {
    let policy = json!({"MixedInstancesPolicy": {"LaunchTemplate": {
        "LaunchTemplateSpecification": {"LaunchTemplateName": "host"},
        "Overrides": [{"InstanceType": "m7g.large"}, {"InstanceType": "c7g.xlarge"}],
    }}});
    let mut trial = Trial::with_mixed_group(3, &policy);
    trial.world.no_capacity("m7g.large", true);
    trial.pass(30);
    assert_eq!(failed(&mut trial), 0);
    let group = trial.world.autoscaling.group("web").unwrap();
    let types: Vec<_> = group.members.values().map(|one| one.instance_type.as_str()).collect();
    assert_eq!(types, ["c7g.xlarge"; 3]);
    trial.world.no_capacity("c7g.xlarge", true);
    let size = json!({"AutoScalingGroupName": "web", "DesiredCapacity": "4"});
    trial.asg("SetDesiredCapacity", &size);
    trial.pass(10);
    assert_eq!((trial.members().len(), failed(&mut trial)), (3, 2));
}
