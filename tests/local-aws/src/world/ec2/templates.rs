//! Launch templates. Whatever version is asked for, a launch is of the latest.

use super::{Ec2, LaunchTemplate};
use crate::base64;
use crate::world::input::{self, Paging};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a template may say; image, metadata options and volumes change nothing here.
const DATA: [&str; 7] = [
    "BlockDeviceMapping",
    "IamInstanceProfile",
    "ImageId",
    "InstanceType",
    "MetadataOptions",
    "SecurityGroupId",
    "UserData",
];

const PAGING: Paging = Paging {
    size: "MaxResults",
    token: "NextToken",
    usual: 200,
    most: 200,
    refusal: "InvalidNextToken",
};

/// A template that was made by a request.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    name: String,
    /// The first version is the default one.
    all: Vec<LaunchTemplate>,
    /// The client tokens of the requests that made it and its versions, with what each was answered.
    tokens: BTreeMap<String, Value>,
}

/// `CreateLaunchTemplate`.
pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["LaunchTemplateName", "LaunchTemplateData", "ClientToken"])?;
    let name = input::text(input, "LaunchTemplateName")?;
    let mut again = world.ec2.versions.values().filter(|known| known.name == name);
    if let Some(answer) = again.find_map(|known| known.answered(input)) {
        return Ok(answer);
    }
    if world.ec2.versions.values().any(|known| known.name == name) {
        let text = "Launch template name already in use.";
        return Err(ApiError::client("InvalidLaunchTemplateName.AlreadyExistsException", text));
    }
    let template = read(input)?;
    let id = format!("lt-{}", world.core.hex(17));
    let versions = Versions { name: name.to_owned(), all: Vec::new(), tokens: BTreeMap::new() };
    world.ec2.versions.insert(id.clone(), versions);
    keep(&mut world.ec2, &id, &template)?;
    let made = shown(&world.ec2, &id)?;
    Ok(world.ec2.answer(&id, input, json!({"launchTemplate": made})))
}

/// `CreateLaunchTemplateVersion`.
pub(super) fn create_version(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["LaunchTemplateId", "LaunchTemplateData", "ClientToken"])?;
    let id = input::text(input, "LaunchTemplateId")?;
    let template = read(input)?;
    let known = world.ec2.versions.get_mut(id).ok_or_else(|| unknown(id))?;
    if let Some(answer) = known.answered(input) {
        return Ok(answer);
    }
    keep(&mut world.ec2, id, &template)?;
    let latest = world.ec2.versions.get(id).map_or(0, |known| known.all.len());
    let version = described(world.ec2.versions.get(id).map(|known| (id, known)), latest, &template);
    Ok(world.ec2.answer(id, input, json!({"launchTemplateVersion": version})))
}

/// `DeleteLaunchTemplate`.
pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["LaunchTemplateId"])?;
    let id = input::text(input, "LaunchTemplateId")?;
    let gone = world.ec2.versions.remove(id).ok_or_else(|| unknown(id))?;
    world.ec2.templates.retain(|key, _| key != id && *key != gone.name);
    Ok(json!({"launchTemplate": {"launchTemplateId": id, "launchTemplateName": gone.name}}))
}

fn unknown(id: &str) -> ApiError {
    let text = format!("The specified launch template, with template ID {id}, does not exist.");
    ApiError::client("InvalidLaunchTemplateId.NotFound", text)
}

impl Versions {
    /// What the same request was answered before: requests with the same client token are one.
    fn answered(&self, input: &Value) -> Option<Value> {
        self.tokens.get(input.get("ClientToken")?.as_str()?).cloned()
    }
}

impl Ec2 {
    /// Keeps the answer for the case that the request comes again.
    fn answer(&mut self, id: &str, input: &Value, answer: Value) -> Value {
        let token = input.get("ClientToken").and_then(Value::as_str);
        if let (Some(versions), Some(token)) = (self.versions.get_mut(id), token) {
            versions.tokens.insert(token.to_owned(), answer.clone());
        }
        answer
    }
}

fn keep(ec2: &mut Ec2, id: &str, template: &LaunchTemplate) -> Result<(), ApiError> {
    let known = ec2.versions.get_mut(id).ok_or_else(|| unknown(id))?;
    known.all.push(template.clone());
    for key in [id, &known.name] {
        ec2.templates.insert(key.to_owned(), template.clone());
    }
    Ok(())
}

fn shown(ec2: &Ec2, id: &str) -> Answer {
    let versions = ec2.versions.get(id).ok_or_else(|| unknown(id))?;
    Ok(json!({
        "launchTemplateId": id, "launchTemplateName": versions.name, "defaultVersionNumber": 1,
        "latestVersionNumber": versions.all.len(),
    }))
}

/// A version of a template, whose id and name are those of the usual one where nobody made it.
fn described(of: Option<(&str, &Versions)>, number: usize, template: &LaunchTemplate) -> Value {
    let id = of.map_or("lt-0123456789abcdef0", |(id, _)| id);
    json!({
        "launchTemplateId": id,
        "launchTemplateName": of.map_or("usual", |(_, known)| &known.name),
        "versionNumber": number,
        "defaultVersion": number == 1,
        "launchTemplateData": {
            "instanceType": template.instance_type, "imageId": super::launch::USUAL_IMAGE,
        },
    })
}

fn read(input: &Value) -> Result<LaunchTemplate, ApiError> {
    let data = input::member(input, "LaunchTemplateData").ok_or_else(|| {
        let text = "The request must contain the parameter LaunchTemplateData";
        ApiError::client("MissingParameter", text)
    })?;
    input::only(data, &DATA)?;
    let usual = LaunchTemplate::default();
    let profile = input::member(data, "IamInstanceProfile").unwrap_or(&Value::Null);
    input::only(profile, &["Arn"])?;
    let groups: Vec<String> =
        input::texts(data, "SecurityGroupId")?.into_iter().map(str::to_owned).collect();
    let user_data = input::opt_text(data, "UserData")?.unwrap_or_default();
    let user_data = base64::decode(user_data).and_then(|bytes| String::from_utf8(bytes).ok());
    let user_data = user_data.ok_or_else(|| {
        ApiError::client("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
    })?;
    Ok(LaunchTemplate {
        instance_type: input::opt_text(data, "InstanceType")?
            .map_or(usual.instance_type, str::to_owned),
        profile: input::opt_text(profile, "Arn")?.map(str::to_owned),
        security_groups: if groups.is_empty() { usual.security_groups } else { groups },
        user_data: Some(user_data),
        spot: false,
    })
}

/// `DescribeLaunchTemplateVersions`. A template that nobody described is the usual one, as for a launch.
pub(super) fn versions(ec2: &Ec2, input: &Value) -> Answer {
    let known = [
        "LaunchTemplateId",
        "LaunchTemplateName",
        "LaunchTemplateVersion",
        "MaxResults",
        "NextToken",
    ];
    input::only(input, &known)?;
    let id = input::opt_text(input, "LaunchTemplateId")?;
    let name = input::opt_text(input, "LaunchTemplateName")?;
    let Some(key) = id.or(name).filter(|_| id.is_none() || name.is_none()) else {
        let text = "Either a launch template ID or a launch template name must be specified, but not both.";
        return Err(ApiError::client("InvalidParameterCombination", text));
    };
    let asked = input::texts(input, "LaunchTemplateVersion")?;
    let known = ec2.versions.iter().find(|(id, known)| *id == key || known.name == key);
    let known = known.map(|(id, known)| (id.as_str(), known));
    let usual = [ec2.template(key)];
    let all = known.map_or(&usual[..], |(_, known)| &known.all);
    let number = |it: &str| match it {
        "$Latest" => Some(all.len()),
        "$Default" => Some(1),
        other => other.parse().ok().filter(|number| (1..=all.len()).contains(number)),
    };
    if let Some(other) = asked.iter().find(|it| number(it).is_none()) {
        let text = format!(
            "Could not find the specified version {other} for the launch template with ID {key}."
        );
        return Err(ApiError::client("InvalidLaunchTemplateId.VersionNotFound", text));
    }
    let asked: Vec<usize> = asked.iter().filter_map(|it| number(it)).collect();
    let wanted = (1..).zip(all).filter(|(number, _)| asked.is_empty() || asked.contains(number));
    let written = wanted
        .map(|(number, template)| (format!("{number:020}"), described(known, number, template)));
    Ok(PAGING.page(input, written)?.answer("launchTemplateVersionSet", "nextToken"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::trial::Trial;

    #[test]
    fn a_template_has_one_version_and_says_what_it_launches() {
        let mut ec2 = Ec2::default();
        let template = LaunchTemplate { instance_type: "c7g.xlarge".into(), ..Default::default() };
        ec2.templates.insert("lt-1".into(), template);
        let kind = |ec2: &Ec2, input: Value| -> Value {
            versions(ec2, &input).unwrap()["launchTemplateVersionSet"][0]["launchTemplateData"]
                ["instanceType"]
                .clone()
        };
        let asked = json!({"LaunchTemplateId": "lt-1", "LaunchTemplateVersion": ["$Default"]});
        assert_eq!(kind(&ec2, asked), "c7g.xlarge");
        assert_eq!(kind(&ec2, json!({"LaunchTemplateName": "other"})), "m7g.large");
        let none = versions(&ec2, &json!({})).unwrap_err();
        assert_eq!(none.code, "InvalidParameterCombination");
        let late = json!({"LaunchTemplateId": "lt-1", "LaunchTemplateVersion": ["7"]});
        let late = versions(&ec2, &late).unwrap_err();
        assert_eq!(late.code, "InvalidLaunchTemplateId.VersionNotFound");
    }

    fn data(kind: &str, script: &str) -> Value {
        let user_data = base64::encode(script.as_bytes());
        json!({
            "InstanceType": kind, "UserData": user_data, "SecurityGroupId": ["sg-1"],
            "IamInstanceProfile": {"Arn": "arn:of:a:profile"},
        })
    }

    #[test]
    fn hosts_are_what_the_template_of_their_group_says() {
        let mut trial = Trial::new();
        let script = "#!/bin/bash\necho ECS_CLUSTER=blue >> /etc/ecs/ecs.config\n";
        let input =
            json!({"LaunchTemplateName": "host", "LaunchTemplateData": data("m7g.large", script)});
        let made = trial.ec2("CreateLaunchTemplate", &input);
        let id = made["launchTemplate"]["launchTemplateId"].clone();
        let code = "InvalidLaunchTemplateName.AlreadyExistsException";
        assert_eq!(trial.ec2_error("CreateLaunchTemplate", &input).code, code);
        let input =
            json!({"LaunchTemplateId": id, "LaunchTemplateData": data("c7g.large", script)});
        let made = trial.ec2("CreateLaunchTemplateVersion", &input);
        assert_eq!(made["launchTemplateVersion"]["versionNumber"], 2);
        let asked = json!({"LaunchTemplateId": id, "LaunchTemplateVersion": ["2"]});
        let second = trial.ec2("DescribeLaunchTemplateVersions", &asked);
        let kind = "/launchTemplateVersionSet/0/launchTemplateData/instanceType";
        assert_eq!(second.pointer(kind), Some(&json!("c7g.large")));
        let asked = json!({"LaunchTemplateName": "host", "MaxResults": "1"});
        let first = trial.ec2("DescribeLaunchTemplateVersions", &asked);
        assert_eq!(first.pointer(kind), Some(&json!("m7g.large")));
        assert!(first["nextToken"].is_string());

        let group = json!({
            "AutoScalingGroupName": "web", "MinSize": "1", "MaxSize": "1",
            "AvailabilityZones": ["us-west-2a"],
            "LaunchTemplate": {"LaunchTemplateId": id, "Version": "2"},
        });
        trial.asg("CreateAutoScalingGroup", &group);
        trial.pass(30);
        let host = trial.world.ec2.instances().next().unwrap().clone();
        assert_eq!(host.instance_type, "c7g.large");
        assert_eq!(host.user_data_cluster(), Some("blue"));
        assert_eq!(
            (host.profile, host.security_groups),
            (Some("arn:of:a:profile".into()), vec!["sg-1".into()])
        );

        trial.ec2("DeleteLaunchTemplate", &json!({"LaunchTemplateId": id}));
        let code = trial.ec2_error("DeleteLaunchTemplate", &json!({"LaunchTemplateId": id})).code;
        assert_eq!(code, "InvalidLaunchTemplateId.NotFound");
        assert_eq!(trial.world.ec2.template("host"), LaunchTemplate::default());
    }

    #[test]
    fn a_request_that_comes_again_with_its_token_makes_nothing_more() {
        let mut trial = Trial::new();
        let input = json!({
            "LaunchTemplateName": "host", "LaunchTemplateData": data("m7g.large", ""), "ClientToken": "one",
        });
        let made = trial.ec2("CreateLaunchTemplate", &input);
        assert_eq!(trial.ec2("CreateLaunchTemplate", &input), made);
        let input = json!({
            "LaunchTemplateId": made["launchTemplate"]["launchTemplateId"],
            "LaunchTemplateData": data("c7g.large", ""), "ClientToken": "two",
        });
        let version = trial.ec2("CreateLaunchTemplateVersion", &input);
        assert_eq!(version["launchTemplateVersion"]["versionNumber"], 2);
        assert_eq!(trial.ec2("CreateLaunchTemplateVersion", &input), version);
    }

    #[test]
    fn what_a_template_cannot_say_is_refused() {
        let mut trial = Trial::new();
        let mut asked = |data: Value| {
            let input = json!({"LaunchTemplateName": "host", "LaunchTemplateData": data});
            trial.ec2_error("CreateLaunchTemplate", &input).code
        };
        assert_eq!(asked(json!({"UserData": "not base64!"})), "InvalidUserData.Malformed");
        assert_eq!(asked(json!({"KernelId": "aki-1"})), "UnknownParameter");
        assert_eq!(asked(Value::Null), "MissingParameter");
    }
}
