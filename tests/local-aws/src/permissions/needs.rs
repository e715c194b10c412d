//! What a caller must be allowed for a call: actions, resources and the values of condition keys, as the *Service
//! Authorization Reference* lists them.

use super::evaluate::Context;
use crate::world::{World, input};
use serde_json::Value;

/// An action on a resource that a caller must be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
}

/// A call of a service, as it signs itself (`iam`, `ecs`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) input: &'a Value,
}

/// All that a call needs.
pub(crate) fn needs(world: &World, call: Call<'_>) -> Vec<Need> {
    match call.service {
        "autoscaling" => of_groups(world, call),
        "cloudformation" => {
            let named = |name: &str| {
                let full = name.starts_with("arn:");
                if full { name.to_owned() } else { arn(world, call, &format!("stack/{name}/*")) }
            };
            each(call, texts(call.input, "StackName").map(named))
        }
        "ec2" => match call.operation {
            "DescribeInstanceAttribute" | "GetConsoleOutput" => {
                let ids = texts(call.input, "InstanceId");
                each(call, ids.map(|id| arn(world, call, &format!("instance/{id}"))))
            }
            _ => each(call, any()),
        },
        "ecs" => of_clusters(world, call),
        "events" => of_buses(world, call),
        "iam" => of_identities(world, call),
        // Nobody needs a permission to ask who he is.
        "sts" if call.operation == "GetCallerIdentity" => Vec::new(),
        _ => each(call, any()),
    }
}

fn any() -> impl Iterator<Item = String> {
    std::iter::once("*".to_owned())
}

fn each(call: Call<'_>, resources: impl Iterator<Item = String>) -> Vec<Need> {
    let action = format!("{}:{}", call.service, call.operation);
    let need = |resource| Need { action: action.clone(), resource, context: Context::new() };
    resources.map(need).collect()
}

/// An ARN of the world's region and account.
fn arn(world: &World, call: Call<'_>, resource: &str) -> String {
    let (region, account) = (world.core.region(), world.core.account());
    let region = if call.service == "iam" { "" } else { region };
    format!("arn:aws:{}:{region}:{account}:{resource}", call.service)
}

/// The value of a member, or its values.
fn texts<'a>(input: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    let member = input::member(input, name);
    super::many(member).iter().filter_map(Value::as_str)
}

fn tag_keys(input: &Value) -> Vec<String> {
    let tags = super::many(input::member(input, "Tags")).iter();
    tags.filter_map(|tag| Some(tag.get("Key")?.as_str()?.to_owned())).collect()
}

fn of_groups(world: &World, call: Call<'_>) -> Vec<Need> {
    if call.operation.starts_with("Describe") {
        return each(call, any());
    }
    let tags = super::many(input::member(call.input, "Tags")).iter();
    let tagged = tags.filter_map(|tag| tag.get("ResourceId")?.as_str()).map(str::to_owned);
    let of_instance = |id: &str| world.autoscaling.group_of(id);
    let named: Vec<String> = match texts(call.input, "AutoScalingGroupName").next() {
        Some(name) => vec![name.to_owned()],
        None => tagged.chain(texts(call.input, "InstanceId").filter_map(of_instance)).collect(),
    };
    let mut needs = Vec::new();
    for name in named {
        let group = world.autoscaling.group(&name);
        let of_name =
            || arn(world, call, &format!("autoScalingGroup:*:autoScalingGroupName/{name}"));
        let resource = group.map_or_else(of_name, |group| group.arn.clone());
        let mut context = Context::new();
        for (key, tag) in group.into_iter().flat_map(|group| &group.tags) {
            context.insert(format!("aws:ResourceTag/{key}"), vec![tag.value.clone()]);
        }
        let keys = tag_keys(call.input);
        if !keys.is_empty() {
            context.insert("aws:TagKeys".to_owned(), keys);
        }
        for size in ["MinSize", "MaxSize"] {
            if let Some(given) = input::member(call.input, size) {
                let given = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
                context.insert(format!("autoscaling:{size}"), vec![given]);
            }
        }
        needs.extend(
            each(call, std::iter::once(resource))
                .into_iter()
                .map(|need| Need { context: context.clone(), ..need }),
        );
    }
    if needs.is_empty() {
        each(call, std::iter::once(arn(world, call, "autoScalingGroup:*")))
    } else {
        needs
    }
}

fn of_clusters(world: &World, call: Call<'_>) -> Vec<Need> {
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let cluster = texts(call.input, "cluster").next().map_or_else(|| "default".to_owned(), last);
    let within = |kind: &str, member: &str| -> Vec<String> {
        let ids = texts(call.input, member).map(last);
        ids.map(|id| arn(world, call, &format!("{kind}/{cluster}/{id}"))).collect()
    };
    let resources = match call.operation {
        "ListContainerInstances"
        | "DeregisterContainerInstance"
        | "PutClusterCapacityProviders" => {
            vec![arn(world, call, &format!("cluster/{cluster}"))]
        }
        "DescribeClusters" => {
            let names = texts(call.input, "clusters").map(last);
            names.map(|name| arn(world, call, &format!("cluster/{name}"))).collect()
        }
        "DescribeCapacityProviders" => {
            let names = texts(call.input, "capacityProviders").map(last);
            names.map(|name| arn(world, call, &format!("capacity-provider/{name}"))).collect()
        }
        "DescribeContainerInstances" | "UpdateContainerInstancesState" => {
            within("container-instance", "containerInstances")
        }
        "ListTasks" => match within("container-instance", "containerInstance") {
            none if none.is_empty() => {
                vec![arn(world, call, &format!("container-instance/{cluster}/*"))]
            }
            one => one,
        },
        "PutAttributes" | "DeleteAttributes" => {
            let all = super::many(input::member(call.input, "attributes")).iter();
            let ids = all.filter_map(|one| one.get("targetId")?.as_str()).map(last);
            ids.map(|id| arn(world, call, &format!("container-instance/{cluster}/{id}"))).collect()
        }
        "DescribeTasks" | "GetTaskProtection" => within("task", "tasks"),
        "StopTask" => within("task", "task"),
        "DescribeServices" => within("service", "services"),
        _ => vec!["*".to_owned()],
    };
    // Whoever names nothing asks about all.
    let resources = if resources.is_empty() { vec!["*".to_owned()] } else { resources };
    each(call, resources.into_iter())
}

fn of_buses(world: &World, call: Call<'_>) -> Vec<Need> {
    let entries = super::many(input::member(call.input, "Entries")).iter();
    let mut needs = Vec::new();
    for entry in entries {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let bus = text("EventBusName").unwrap_or("default");
        let bus = bus.rsplit('/').next().unwrap_or_default();
        let resource = arn(world, call, &format!("event-bus/{bus}"));
        let source = text("Source").unwrap_or_default().to_owned();
        let context = Context::from([("events:source".to_owned(), vec![source])]);
        needs.push(Need { action: "events:PutEvents".to_owned(), resource, context });
    }
    needs
}

fn of_identities(world: &World, call: Call<'_>) -> Vec<Need> {
    let one = |name: &str| texts(call.input, name).next();
    let (role, profile) = (one("RoleName"), one("InstanceProfileName"));
    let path = one("Path").unwrap_or("/");
    let known_role = role.and_then(|name| world.iam.role(name));
    let role_arn = role.map(|name| {
        let made = || arn(world, call, &format!("role{path}{name}"));
        known_role.map_or_else(made, |role| role.arn.clone())
    });
    let profile_arn = profile.map(|name| {
        let known = world.iam.profile(name).map(|profile| profile.arn.clone());
        known.unwrap_or_else(|| arn(world, call, &format!("instance-profile{path}{name}")))
    });
    let mut context = Context::new();
    let boundary = one("PermissionsBoundary").map(str::to_owned);
    let boundary = boundary.or_else(|| known_role.and_then(|role| role.boundary.clone()));
    context.extend(boundary.map(|arn| ("iam:PermissionsBoundary".to_owned(), vec![arn])));
    let keys = tag_keys(call.input);
    if !keys.is_empty() {
        context.insert("aws:TagKeys".to_owned(), keys);
    }
    let service = one("AWSServiceName").map(str::to_owned);
    context.extend(service.clone().map(|name| ("iam:AWSServiceName".to_owned(), vec![name])));
    let need = |operation: &str, resource: Option<String>| Need {
        action: format!("iam:{operation}"),
        resource: resource.unwrap_or_else(|| "*".to_owned()),
        context: context.clone(),
    };
    let operation = call.operation;
    let tags = context.contains_key("aws:TagKeys");
    match operation {
        "ListRoles" | "ListInstanceProfiles" => vec![need(operation, None)],
        "CreateServiceLinkedRole" => {
            let name = service.unwrap_or_default();
            vec![need(
                operation,
                Some(arn(world, call, &format!("role/aws-service-role/{name}/*"))),
            )]
        }
        "SimulatePrincipalPolicy" => {
            vec![need(operation, one("PolicySourceArn").map(str::to_owned))]
        }
        "AddRoleToInstanceProfile" => {
            let mut pass = need("PassRole", role_arn);
            let to_ec2 = vec!["ec2.amazonaws.com".to_owned()];
            pass.context.insert("iam:PassedToService".to_owned(), to_ec2);
            vec![need(operation, profile_arn), pass]
        }
        "CreateRole" if tags => vec![need(operation, role_arn.clone()), need("TagRole", role_arn)],
        "CreateInstanceProfile" if tags => {
            vec![need(operation, profile_arn.clone()), need("TagInstanceProfile", profile_arn)]
        }
        _ => vec![need(operation, profile_arn.or(role_arn))],
    }
}
