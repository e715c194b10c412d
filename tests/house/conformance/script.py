"""The script: what an account is asked, scene by scene. Each answer must be as the script says; what it is like in detail the
models judge. The scenes of `ALIKE` are played on other people's AWS too, and their answers compared.
"""

import json

SLR = "/aws-service-role/ecs.amazonaws.com/"
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


# The types of instances that the local AWS knows.
TYPES = [
    *("c7g.large", "c7g.xlarge", "c7i.large", "m6g.large", "m7g.large", "m7g.medium", "m7g.xlarge", "m7i.large", "m7i.xlarge"),
    *("r7g.large", "r7i.large", "t3.large", "t3.medium", "t3.micro", "t3.small", "t4g.medium", "t4g.small"),
]


def trust(service="ec2.amazonaws.com"):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def permits(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def tags(**all_of_them):
    return [{"Key": key, "Value": value} for key, value in all_of_them.items()]


def roles(account):
    iam = account.service("iam")
    made = {"RoleName": "host", "Path": "/muster/", "AssumeRolePolicyDocument": trust()}
    iam("CreateRole", **made, Description="Hosts", MaxSessionDuration=7200, Tags=tags(team="blue"))
    iam("CreateRole", "EntityAlreadyExists", **made)
    iam("CreateRole", "MalformedPolicyDocument", RoleName="bad", AssumeRolePolicyDocument="{")
    iam("CreateRole", "ValidationError", RoleName="bad name!", AssumeRolePolicyDocument=trust())
    iam("GetRole", RoleName="host")
    iam("GetRole", "NoSuchEntity", RoleName="nobody")
    iam("UpdateRole", RoleName="host", Description="All hosts", MaxSessionDuration=3600)
    iam("UpdateRole", "NoSuchEntity", RoleName="nobody", Description="x")
    iam("UpdateAssumeRolePolicy", RoleName="host", PolicyDocument=trust("ecs-tasks.amazonaws.com"))
    iam("UpdateAssumeRolePolicy", "MalformedPolicyDocument", RoleName="host", PolicyDocument="[]")
    iam("UpdateAssumeRolePolicy", "NoSuchEntity", RoleName="nobody", PolicyDocument=trust())
    iam("GetRole", RoleName="host")
    for name in ("a", "b", "c"):
        iam("CreateRole", RoleName=f"page-{name}", Path="/pages/", AssumeRolePolicyDocument=trust())
    iam("ListRoles", PathPrefix="/pages/")
    iam("ListRoles", "ValidationError", PathPrefix="/pages/", MaxItems=0)
    iam("TagRole", RoleName="host", Tags=tags(team="red", cost="1"))
    iam("TagRole", "NoSuchEntity", RoleName="nobody", Tags=tags(a="b"))
    iam("ListRoleTags", RoleName="host")
    iam("ListRoleTags", "NoSuchEntity", RoleName="nobody")
    iam("UntagRole", RoleName="host", TagKeys=["cost"])
    iam("UntagRole", "NoSuchEntity", RoleName="nobody", TagKeys=["a"])
    iam("ListRoleTags", RoleName="host")


def policies(account):
    iam = account.service("iam")
    arn = iam("CreatePolicy", PolicyName="edge", PolicyDocument=permits("ecs:*"), Description="x")
    arn = arn.get("Policy", {}).get("Arn", "none")
    iam("CreatePolicy", "EntityAlreadyExists", PolicyName="edge", PolicyDocument=permits("ecs:*"))
    iam("CreatePolicy", "MalformedPolicyDocument", PolicyName="worse", PolicyDocument="no")
    iam("GetPolicy", PolicyArn=arn)
    iam("GetPolicy", PolicyArn=MANAGED)
    iam("GetPolicy", "NoSuchEntity", PolicyArn=f"{arn}-not")
    iam("PutRolePolicy", RoleName="host", PolicyName="inline", PolicyDocument=permits("ecs:Poll"))
    iam("PutRolePolicy", "MalformedPolicyDocument", RoleName="host", PolicyName="x", PolicyDocument="}")
    iam("PutRolePolicy", "NoSuchEntity", RoleName="nobody", PolicyName="x", PolicyDocument=permits("ecs:Poll"))
    iam("GetRolePolicy", RoleName="host", PolicyName="inline")
    iam("GetRolePolicy", "NoSuchEntity", RoleName="host", PolicyName="other")
    iam("ListRolePolicies", RoleName="host")
    iam("ListRolePolicies", "NoSuchEntity", RoleName="nobody")
    iam("AttachRolePolicy", RoleName="host", PolicyArn=MANAGED)
    iam("AttachRolePolicy", RoleName="host", PolicyArn=arn)
    iam("AttachRolePolicy", "NoSuchEntity", RoleName="nobody", PolicyArn=MANAGED)
    iam("AttachRolePolicy", "NoSuchEntity", RoleName="host", PolicyArn=f"{arn}-not")
    iam("ListAttachedRolePolicies", RoleName="host")
    iam("ListAttachedRolePolicies", "NoSuchEntity", RoleName="nobody")
    iam("GetPolicy", PolicyArn=arn)
    iam("DeletePolicy", "DeleteConflict", PolicyArn=arn)
    iam("DeleteRole", "DeleteConflict", RoleName="host")
    iam("PutRolePermissionsBoundary", RoleName="host", PermissionsBoundary=arn)
    iam("PutRolePermissionsBoundary", "NoSuchEntity", RoleName="nobody", PermissionsBoundary=arn)
    iam("GetRole", RoleName="host")
    iam("DeleteRolePermissionsBoundary", RoleName="host")
    iam("DeleteRolePermissionsBoundary", "NoSuchEntity", RoleName="nobody")
    source = f"arn:aws:iam::{account.key}:role/muster/host"
    asked = {"PolicySourceArn": source, "ActionNames": ["ecs:Poll", "s3:GetObject"]}
    iam("SimulatePrincipalPolicy", **asked)
    iam("SimulatePrincipalPolicy", "NoSuchEntity", **{**asked, "PolicySourceArn": f"{source}-not"})
    iam("DetachRolePolicy", RoleName="host", PolicyArn=arn)
    iam("DetachRolePolicy", "NoSuchEntity", RoleName="host", PolicyArn=arn)
    iam("DetachRolePolicy", RoleName="host", PolicyArn=MANAGED)
    iam("DeletePolicy", PolicyArn=arn)
    iam("DeletePolicy", "NoSuchEntity", PolicyArn=arn)
    iam("DeleteRolePolicy", RoleName="host", PolicyName="inline")
    iam("DeleteRolePolicy", "NoSuchEntity", RoleName="host", PolicyName="inline")


def profiles(account):
    iam = account.service("iam")
    iam("CreateInstanceProfile", InstanceProfileName="host", Path="/muster/", Tags=tags(team="blue"))
    iam("CreateInstanceProfile", "EntityAlreadyExists", InstanceProfileName="host")
    iam("AddRoleToInstanceProfile", InstanceProfileName="host", RoleName="host")
    iam("AddRoleToInstanceProfile", "LimitExceeded", InstanceProfileName="host", RoleName="page-a")
    iam("AddRoleToInstanceProfile", "NoSuchEntity", InstanceProfileName="none", RoleName="host")
    iam("GetInstanceProfile", InstanceProfileName="host")
    iam("GetInstanceProfile", "NoSuchEntity", InstanceProfileName="none")
    iam("ListInstanceProfiles", PathPrefix="/muster/")
    iam("ListInstanceProfiles", "ValidationError", PathPrefix="/muster/", MaxItems=0)
    iam("ListInstanceProfilesForRole", RoleName="host")
    iam("ListInstanceProfilesForRole", "NoSuchEntity", RoleName="nobody")
    iam("TagInstanceProfile", InstanceProfileName="host", Tags=tags(team="red", cost="1"))
    iam("TagInstanceProfile", "NoSuchEntity", InstanceProfileName="none", Tags=tags(a="b"))
    iam("ListInstanceProfileTags", InstanceProfileName="host")
    iam("ListInstanceProfileTags", "NoSuchEntity", InstanceProfileName="none")
    iam("UntagInstanceProfile", InstanceProfileName="host", TagKeys=["cost"])
    iam("UntagInstanceProfile", "NoSuchEntity", InstanceProfileName="none", TagKeys=["a"])
    iam("DeleteInstanceProfile", "DeleteConflict", InstanceProfileName="host")
    iam("DeleteRole", "DeleteConflict", RoleName="host")
    iam("RemoveRoleFromInstanceProfile", InstanceProfileName="host", RoleName="host")
    iam("RemoveRoleFromInstanceProfile", "NoSuchEntity", InstanceProfileName="host", RoleName="host")
    iam("DeleteInstanceProfile", InstanceProfileName="host")
    iam("DeleteInstanceProfile", "NoSuchEntity", InstanceProfileName="host")
    iam("DeleteRole", RoleName="host")
    iam("DeleteRole", "NoSuchEntity", RoleName="host")
    iam("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com")
    iam("CreateServiceLinkedRole", "InvalidInput", AWSServiceName="ecs.amazonaws.com")
    iam("GetRole", RoleName="AWSServiceRoleForECS")
    iam("DeleteRole", "UnmodifiableEntity", RoleName="AWSServiceRoleForECS")


def definitions(account):
    ecs = account.service("ecs")
    main = {"name": "main", "image": "nginx", "memory": 64, "cpu": 10, "essential": True}
    main["portMappings"] = [{"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}]
    main["environment"] = [{"name": "A", "value": "b"}]
    made = {"family": "web", "containerDefinitions": [main]}
    ecs("RegisterTaskDefinition", **made, tags=[{"key": "a", "value": "b"}], networkMode="bridge")
    ecs("RegisterTaskDefinition", **made)
    ecs("RegisterTaskDefinition", "ClientException", family="web", containerDefinitions=[])
    ecs("DescribeTaskDefinition", taskDefinition="web:1", include=["TAGS"])
    ecs("DescribeTaskDefinition", taskDefinition="web")
    ecs("DescribeTaskDefinition", "ClientException", taskDefinition="nothing")
    ecs("ListTaskDefinitions")
    ecs("ListTaskDefinitions", familyPrefix="web", sort="DESC")
    ecs("ListTaskDefinitions", "InvalidParameterException", nextToken="nonsense")
    ecs("DeregisterTaskDefinition", taskDefinition="web:1")
    ecs("DeregisterTaskDefinition", "ClientException", taskDefinition="web:9")
    ecs("ListTaskDefinitions", status="INACTIVE")


def clusters(account):
    ecs = account.service("ecs")
    settings = [{"name": "containerInsights", "value": "enabled"}]
    ecs("CreateCluster", clusterName="blue", settings=settings, tags=[{"key": "team", "value": "blue"}])
    ecs("CreateCluster", clusterName="blue")
    ecs("CreateCluster", "InvalidParameterException", clusterName="not a name!")
    for name in ("one", "two"):
        ecs("CreateCluster", clusterName=name)
    ecs("ListClusters")
    ecs("ListClusters", "InvalidParameterException", nextToken="nonsense")
    include = ["SETTINGS", "STATISTICS", "TAGS", "CONFIGURATIONS", "ATTACHMENTS"]
    ecs("DescribeClusters", clusters=["blue", "nothing"], include=include)
    ecs("DescribeClusters", "InvalidParameterException", clusters=[f"c{number}" for number in range(101)])
    off = [{"name": "containerInsights", "value": "disabled"}]
    ecs("UpdateClusterSettings", cluster="one", settings=off)
    ecs("UpdateClusterSettings", "ClusterNotFoundException", cluster="nothing", settings=off)
    arn = f"arn:aws:ecs:us-west-2:{account.key}:cluster/blue"
    ecs("TagResource", resourceArn=arn, tags=[{"key": "cost", "value": "1"}])
    ecs("TagResource", "InvalidParameterException", resourceArn="nonsense", tags=[{"key": "a", "value": "1"}])
    ecs("ListTagsForResource", resourceArn=arn)
    ecs("ListTagsForResource", "InvalidParameterException", resourceArn="nonsense")
    ecs("UntagResource", resourceArn=arn, tagKeys=["cost"])
    ecs("UntagResource", "InvalidParameterException", resourceArn="nonsense", tagKeys=["cost"])
    ecs("ListTagsForResource", resourceArn=arn)
    ecs("ListContainerInstances", cluster="blue")
    ecs("ListContainerInstances", "ClusterNotFoundException", cluster="nothing")
    ecs("ListTasks", cluster="blue")
    ecs("ListTasks", "ClusterNotFoundException", cluster="nothing")
    ecs("DeleteCluster", cluster="two")
    ecs("DeleteCluster", "ClusterNotFoundException", cluster="nothing")


def services(account):
    ecs = account.service("ecs")
    made = {"cluster": "blue", "serviceName": "web", "taskDefinition": "web:2"}
    spread = [{"type": "spread", "field": "instanceId"}]
    ecs("CreateService", **made, desiredCount=2, placementStrategy=spread)
    ecs("CreateService", "ClusterNotFoundException", **{**made, "cluster": "nothing"}, desiredCount=1)
    daemon = {"cluster": "blue", "serviceName": "agent", "taskDefinition": "web:2"}
    ecs("CreateService", **daemon, schedulingStrategy="DAEMON")
    ecs("DescribeServices", cluster="blue", services=["web", "nothing"], include=["TAGS"])
    ecs("DescribeServices", "ClusterNotFoundException", cluster="nothing", services=["web"])
    ecs("ListServices", cluster="blue")
    ecs("ListServices", "ClusterNotFoundException", cluster="nothing")
    ecs("UpdateService", cluster="blue", service="web", desiredCount=1)
    ecs("UpdateService", "ServiceNotFoundException", cluster="blue", service="nothing", desiredCount=1)
    ecs("DescribeServices", cluster="blue", services=["web"])
    ecs("DeleteService", cluster="blue", service="agent", force=True)
    ecs("DeleteService", "ServiceNotFoundException", cluster="blue", service="nothing")
    ecs("RunTask", "InvalidParameterException", cluster="blue", taskDefinition="web:2", count=1)
    ecs("RunTask", "ClusterNotFoundException", cluster="nothing", taskDefinition="web:2")
    ecs("DescribeTasks", cluster="blue", tasks=["0123456789abcdef0123456789abcdef"])
    ecs("DescribeTasks", "ClusterNotFoundException", cluster="nothing", tasks=["a"])


def templates(account):
    ec2 = account.service("ec2")
    data = {"InstanceType": "m7g.large", "ImageId": "ami-0123456789abcdef0"}
    data["SecurityGroupIds"] = ["sg-0123456789abcdef0"]
    data["UserData"] = "IyEvYmluL2Jhc2gKZWNobyBFQ1NfQ0xVU1RFUj1ibHVlID4+IC9ldGMvZWNzL2Vjcy5jb25maWcK"
    made = ec2("CreateLaunchTemplate", LaunchTemplateName="host", LaunchTemplateData=data)
    made = made.get("LaunchTemplate", {}).get("LaunchTemplateId", "none")
    ec2("CreateLaunchTemplate", "InvalidLaunchTemplateName.AlreadyExistsException",
        LaunchTemplateName="host", LaunchTemplateData=data)
    ec2("CreateLaunchTemplateVersion", LaunchTemplateId=made, LaunchTemplateData={**data, "InstanceType": "m7g.xlarge"})
    ec2("CreateLaunchTemplateVersion", "InvalidLaunchTemplateId.NotFound",
        LaunchTemplateId="lt-0123456789abcdef0", LaunchTemplateData=data)
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateId=made, Versions=["$Latest"])
    ec2("DescribeLaunchTemplateVersions", "InvalidLaunchTemplateId.VersionNotFound", LaunchTemplateId=made, Versions=["9"])
    ec2("DescribeInstanceTypes", InstanceTypes=TYPES)
    ec2("DescribeInstanceTypes", "InvalidInstanceType", InstanceTypes=["m0.nothing"])
    nobody = ["i-0123456789abcdef0"]
    for operation in ("DescribeInstances", "DescribeInstanceStatus", "TerminateInstances", "StopInstances",
                      "StartInstances"):
        ec2(operation, "InvalidInstanceID.NotFound", InstanceIds=nobody)
    ec2("DescribeInstances", "InvalidInstanceID.Malformed", InstanceIds=["web"])
    ec2("DescribeInstances")
    ec2("DescribeInstanceStatus")
    gone = ec2("CreateLaunchTemplate", LaunchTemplateName="gone", LaunchTemplateData=data)
    gone = gone.get("LaunchTemplate", {}).get("LaunchTemplateId", "none")
    ec2("DeleteLaunchTemplate", LaunchTemplateId=gone)
    ec2("DeleteLaunchTemplate", "InvalidLaunchTemplateId.NotFound", LaunchTemplateId="lt-0123456789abcdef0")


def group(name, least=0, most=6, **more):
    return {
        "AutoScalingGroupName": name,
        "MinSize": least,
        "MaxSize": most,
        "AvailabilityZones": ["us-west-2a", "us-west-2b"],
        "LaunchTemplate": {"LaunchTemplateName": "host", "Version": "$Latest"},
        **more,
    }


def tag(key, value, name="web"):
    return {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": key, "Value": value, "PropagateAtLaunch": False}


def groups(account):
    asg = account.service("autoscaling")
    web = {"AutoScalingGroupName": "web"}
    none = {"AutoScalingGroupName": "none"}
    asg("CreateAutoScalingGroup", **group("web", Tags=[tag("muster:cluster", "blue")]))
    asg("CreateAutoScalingGroup", "AlreadyExists", **group("web"))
    asg("CreateAutoScalingGroup", "ValidationError", **group("worse", 3, 1))
    for name in ("one", "two"):
        asg("CreateAutoScalingGroup", **group(name))
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["web", "none"])
    asg("DescribeAutoScalingGroups", "InvalidNextToken", NextToken="nonsense")
    asg("UpdateAutoScalingGroup", **web, MaxSize=5, DefaultCooldown=60, HealthCheckGracePeriod=30)
    asg("UpdateAutoScalingGroup", "ValidationError", **none, MaxSize=5)
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["web"])
    asg("CreateOrUpdateTags", Tags=[tag("a", "1"), tag("b", "2")])
    asg("CreateOrUpdateTags", "ValidationError", Tags=[tag("a", "1", "none")])
    asg("DescribeTags", Filters=[{"Name": "auto-scaling-group", "Values": ["web"]}])
    asg("DescribeTags", "InvalidNextToken", NextToken="nonsense")
    asg("DeleteTags", Tags=[tag("b", "2")])
    asg("DeleteTags", "ValidationError", Tags=[tag("a", "1", "none")])
    asg("DescribeTags", Filters=[{"Name": "key", "Values": ["a", "b"]}])
    asg("SuspendProcesses", **web, ScalingProcesses=["AZRebalance"])
    asg("SuspendProcesses", "ValidationError", **none, ScalingProcesses=["AZRebalance"])
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["web"])
    asg("ResumeProcesses", **web, ScalingProcesses=["AZRebalance"])
    asg("ResumeProcesses", "ValidationError", **none, ScalingProcesses=["AZRebalance"])
    asg("SetDesiredCapacity", "ValidationError", **web, DesiredCapacity=99)
    asg("SetDesiredCapacity", "ValidationError", **none, DesiredCapacity=1)
    asg("DescribeAutoScalingInstances")
    asg("DescribeAutoScalingInstances", "InvalidNextToken", NextToken="nonsense")
    asg("DescribeScalingActivities", AutoScalingGroupName="one")
    asg("DescribeScalingActivities", "InvalidNextToken", NextToken="nonsense")
    asg("DescribeWarmPool", **web)
    asg("DescribeWarmPool", "ValidationError", **none)
    asg("DescribeInstanceRefreshes", **web)
    asg("DescribeInstanceRefreshes", "ValidationError", **none)


def hooks(account):
    asg = account.service("autoscaling")
    leave = {"AutoScalingGroupName": "web", "LifecycleHookName": "leave"}
    terminating = "autoscaling:EC2_INSTANCE_TERMINATING"
    asg("PutLifecycleHook", **leave, LifecycleTransition=terminating, HeartbeatTimeout=300, DefaultResult="CONTINUE")
    asg("PutLifecycleHook", "ValidationError", **{**leave, "AutoScalingGroupName": "none"}, LifecycleTransition=terminating)
    asg("PutLifecycleHook", AutoScalingGroupName="web", LifecycleHookName="join", NotificationMetadata="x",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING")
    asg("DescribeLifecycleHooks", AutoScalingGroupName="web")
    asg("DescribeLifecycleHooks", "ValidationError", AutoScalingGroupName="none")
    asg("DescribeLifecycleHooks", AutoScalingGroupName="web", LifecycleHookNames=["leave"])
    nobody = {**leave, "InstanceId": "i-0123456789abcdef0"}
    asg("CompleteLifecycleAction", "ValidationError", **nobody, LifecycleActionResult="CONTINUE")
    asg("RecordLifecycleActionHeartbeat", "ValidationError", **nobody)
    asg("DeleteLifecycleHook", AutoScalingGroupName="web", LifecycleHookName="join")
    asg("DeleteLifecycleHook", "ValidationError", AutoScalingGroupName="web", LifecycleHookName="join")
    asg("DescribeLifecycleHooks", AutoScalingGroupName="web")
    asg("SetInstanceHealth", "ValidationError", InstanceId="i-0123456789abcdef0", HealthStatus="Unhealthy")
    asg("SetInstanceProtection", "ValidationError", AutoScalingGroupName="web", InstanceIds=["i-0123456789abcdef0"],
        ProtectedFromScaleIn=True)
    asg("TerminateInstanceInAutoScalingGroup", "ValidationError", InstanceId="i-0123456789abcdef0",
        ShouldDecrementDesiredCapacity=True)
    asg("EnterStandby", "ValidationError", AutoScalingGroupName="web", InstanceIds=["i-0123456789abcdef0"],
        ShouldDecrementDesiredCapacity=True)
    asg("ExitStandby", "ValidationError", AutoScalingGroupName="web", InstanceIds=["i-0123456789abcdef0"])
    asg("DeleteAutoScalingGroup", AutoScalingGroupName="two")
    asg("DeleteAutoScalingGroup", "ValidationError", AutoScalingGroupName="none")


def words(account):
    account.call("sts", "GetCallerIdentity")
    events = account.service("events")
    entry = {"Source": "muster", "DetailType": "Sweep Wanted", "Detail": "{}"}
    events("PutEvents", Entries=[entry, {**entry, "Detail": "{"}, {**entry, "Source": "aws.ec2"}])
    events("PutEvents", "ValidationException", Entries=[entry] * 11)


ALIKE = [roles, policies, profiles, definitions, clusters, services, templates, groups, hooks, words]
