//! What a group launches, and what that offers.

use super::complete::listed;
use crate::config::Aws;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplate, LaunchTemplateSpecification};
use aws_sdk_ec2::types::{
    GpuInfo, InstanceType as Name, InstanceTypeInfo, MemoryInfo, NetworkInfo, VCpuInfo,
};
use domain::pack::Amount;
use domain::{Fault, GroupName};
use ports::InstanceType;

const GROUPS: &str = "autoscaling:DescribeAutoScalingGroups";
const TEMPLATES: &str = "ec2:DescribeLaunchTemplateVersions";
const TYPES: &str = "ec2:DescribeInstanceTypes";

impl Aws {
    /// The types that a group launches: those that its mixed-instances policy names, or that of its launch template.
    pub(super) async fn types_of_group(&self, name: &GroupName) -> Result<Vec<String>, Fault> {
        let sending = self
            .autoscaling
            .describe_auto_scaling_groups()
            .auto_scaling_group_names(name.as_str())
            .send();
        let answer = self.send(GROUPS, sending).await?;
        let groups = listed(GROUPS, "AutoScalingGroups", answer.auto_scaling_groups)?;
        if groups.iter().any(|one| one.auto_scaling_group_name().is_none_or(str::is_empty)) {
            let told = "AutoScalingGroupName is missing".to_owned();
            return Err(Fault::Partial { call: GROUPS.to_owned(), told });
        }
        let Some(group) =
            groups.iter().find(|one| one.auto_scaling_group_name() == Some(name.as_str()))
        else {
            return Ok(Vec::new());
        };
        let named = overrides(group);
        match template(group) {
            Some(template) if named.is_empty() => {
                Ok(self.type_of_template(template).await?.into_iter().collect())
            }
            _ => Ok(named),
        }
    }

    async fn type_of_template(
        &self,
        template: &LaunchTemplateSpecification,
    ) -> Result<Option<String>, Fault> {
        let told = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let id = told(template.launch_template_id());
        let name = told(template.launch_template_name()).filter(|_| id.is_none());
        if id.is_none() && name.is_none() {
            // EC2 would refuse to look for it, as if a person had to change something.
            let told = "the launch template has neither an id nor a name".to_owned();
            return Err(Fault::Partial { call: GROUPS.to_owned(), told });
        }
        let sending = self
            .ec2
            .describe_launch_template_versions()
            .set_launch_template_id(id)
            .set_launch_template_name(name)
            .versions(told(template.version()).unwrap_or_else(|| "$Default".to_owned()))
            .send();
        let answer = self.send(TEMPLATES, sending).await?;
        let versions =
            listed(TEMPLATES, "launchTemplateVersions", answer.launch_template_versions)?;
        let data = versions.first().and_then(|version| version.launch_template_data());
        // A template may name no type; one of which nothing is said may.
        let data = data.ok_or_else(|| Fault::Partial {
            call: TEMPLATES.to_owned(),
            told: "launchTemplateData is missing".to_owned(),
        })?;
        let name = data.instance_type().map(Name::as_str);
        Ok(name.filter(|name| !name.is_empty()).map(str::to_owned))
    }

    pub(super) async fn described_types(
        &self,
        names: &[String],
    ) -> Result<Vec<InstanceType>, Fault> {
        let names = names.iter().map(|name| Name::from(name.as_str())).collect();
        let sending = self.ec2.describe_instance_types().set_instance_types(Some(names)).send();
        let answer = self.send(TYPES, sending).await?;
        let all = listed(TYPES, "instanceTypeSet", answer.instance_types)?;
        all.iter().map(read).collect()
    }
}

fn template(group: &AutoScalingGroup) -> Option<&LaunchTemplateSpecification> {
    let mixed =
        || group.mixed_instances_policy()?.launch_template()?.launch_template_specification();
    group.launch_template().or_else(mixed)
}

fn overrides(group: &AutoScalingGroup) -> Vec<String> {
    let template = group.mixed_instances_policy().and_then(|policy| policy.launch_template());
    let all = template.map(LaunchTemplate::overrides).unwrap_or_default();
    all.iter().filter_map(|one| Some(one.instance_type()?.to_owned())).collect()
}

fn read(info: &InstanceTypeInfo) -> Result<InstanceType, Fault> {
    let missing = |field: &str| Fault::Partial {
        call: TYPES.to_owned(),
        told: format!("{field} is missing or out of range"),
    };
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let name = info.instance_type().filter(|name| !name.as_str().is_empty());
    let name = name.ok_or_else(|| missing("instanceType"))?;
    let cpus = number(info.v_cpu_info().and_then(VCpuInfo::default_v_cpus));
    let memory = info.memory_info().and_then(MemoryInfo::size_in_mib);
    let memory = memory.and_then(|size| u32::try_from(size).ok());
    let network = number(info.network_info().and_then(NetworkInfo::maximum_network_interfaces));
    let gpus = info.gpu_info().map(GpuInfo::gpus).unwrap_or_default();
    let gpus = gpus.iter().filter_map(|gpu| number(gpu.count())).fold(0, u32::saturating_add);
    Ok(InstanceType {
        name: name.as_str().to_owned(),
        amount: Amount {
            cpu: cpus.ok_or_else(|| missing("vCpuInfo"))?.saturating_mul(1_024),
            memory: memory.ok_or_else(|| missing("memoryInfo"))?,
            gpus,
            // One is the host's own.
            interfaces: network.ok_or_else(|| missing("networkInfo"))?.saturating_sub(1),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_autoscaling::types::{LaunchTemplateOverrides, MixedInstancesPolicy};
    use aws_sdk_ec2::types::GpuDeviceInfo;

    #[test]
    fn a_type_offers_what_ec2_says_less_the_hosts_own_interface() {
        let info = InstanceTypeInfo::builder()
            .instance_type("g5.xlarge".into())
            .v_cpu_info(VCpuInfo::builder().default_v_cpus(4).build())
            .memory_info(MemoryInfo::builder().size_in_mib(16_384).build())
            .network_info(NetworkInfo::builder().maximum_network_interfaces(4).build())
            .gpu_info(GpuInfo::builder().gpus(GpuDeviceInfo::builder().count(1).build()).build());
        let told = read(&info.build()).unwrap();
        assert_eq!(told.name, "g5.xlarge");
        assert_eq!(told.amount, Amount { cpu: 4_096, memory: 16_384, gpus: 1, interfaces: 3 });
        // Checks S21.
        let bare = InstanceTypeInfo::builder().instance_type("g5.xlarge".into()).build();
        assert!(matches!(read(&bare), Err(Fault::Partial { .. })));
    }

    #[test]
    fn a_mixed_group_launches_the_types_that_it_names() {
        let of = |name: &str| LaunchTemplateOverrides::builder().instance_type(name).build();
        let template =
            LaunchTemplate::builder().overrides(of("m7g.large")).overrides(of("m7g.xlarge"));
        let policy = MixedInstancesPolicy::builder().launch_template(template.build());
        let group = AutoScalingGroup::builder().mixed_instances_policy(policy.build()).build();
        assert_eq!(overrides(&group), ["m7g.large", "m7g.xlarge"]);
        assert!(template_is_absent(&group));
    }

    fn template_is_absent(group: &AutoScalingGroup) -> bool {
        super::template(group).is_none()
    }
}
