//! `DescribeLaunchTemplateVersions`: each template has one version here.

use super::Ec2;
use crate::world::input;
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

/// `DescribeLaunchTemplateVersions`. A template that nobody described is the usual one, as for a launch.
pub(super) fn versions(ec2: &Ec2, input: &Value) -> Answer {
    let known = ["LaunchTemplateId", "LaunchTemplateName", "LaunchTemplateVersion", "MaxResults"];
    input::only(input, &known)?;
    let id = input::opt_text(input, "LaunchTemplateId")?;
    let name = input::opt_text(input, "LaunchTemplateName")?;
    let Some(key) = id.or(name).filter(|_| id.is_none() || name.is_none()) else {
        let text = "Either a launch template ID or a launch template name must be specified, but not both.";
        return Err(ApiError::client("InvalidParameterCombination", text));
    };
    let asked = input::texts(input, "LaunchTemplateVersion")?;
    if let Some(other) = asked.iter().find(|it| !["$Latest", "$Default", "1"].contains(it)) {
        let text = format!(
            "Could not find the specified version {other} for the launch template with ID {key}."
        );
        return Err(ApiError::client("InvalidLaunchTemplateId.VersionNotFound", text));
    }
    let template = ec2.template(key);
    let version = json!({
        "launchTemplateId": id.unwrap_or("lt-0123456789abcdef0"),
        "launchTemplateName": name.unwrap_or("usual"),
        "versionNumber": 1,
        "defaultVersion": true,
        "launchTemplateData": {
            "instanceType": template.instance_type,
            "imageId": "ami-0123456789abcdef0",
        },
    });
    Ok(json!({"launchTemplateVersionSet": [version]}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::ec2::LaunchTemplate;

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
}
