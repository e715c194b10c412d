"""The scenes that only the local AWS can play: hosts that join, work, are held, fail and go."""

import json

from pathlib import Path

from script import group

EVENTS = Path(__file__).resolve().parents[2] / "events"
WEB = {"AutoScalingGroupName": "web"}


def members(account, name="web", state=None):
    asked = account.call("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=[name])
    found = asked["AutoScalingGroups"][0]["Instances"]
    return [one["InstanceId"] for one in found if state in (None, one["LifecycleState"])]


def registrations(account, **more):
    return account.call("ecs", "ListContainerInstances", cluster="blue", **more)["containerInstanceArns"]


def hosts(account):
    ec2, ecs, asg = (account.service(name) for name in ("ec2", "ecs", "autoscaling"))
    asg("SetDesiredCapacity", **WEB, DesiredCapacity=3, HonorCooldown=False)
    asg("DescribeScalingActivities", **WEB)
    account.world("pass", seconds=20)
    ec2("DescribeInstances", Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])
    account.world("pass", seconds=100)
    ids = members(account, state="InService")
    assert len(ids) == 3, ids
    ec2("DescribeInstances", InstanceIds=ids)
    ec2("DescribeInstanceStatus", InstanceIds=ids)
    ec2("DescribeInstanceStatus", IncludeAllInstances=True)
    ec2("DescribeInstances", "InvalidParameterValue", Filters=[{"Name": "color", "Values": ["blue"]}])
    ec2("DescribeInstanceAttribute", InstanceId=ids[0], Attribute="userData")
    ec2("DescribeInstanceAttribute", "InvalidInstanceID.NotFound", InstanceId="i-0123456789abcdef0", Attribute="userData")
    ec2("GetConsoleOutput", InstanceId=ids[0], Latest=True)
    ec2("GetConsoleOutput", "InvalidInstanceID.NotFound", InstanceId="i-0123456789abcdef0")
    asg("DescribeAutoScalingInstances", InstanceIds=ids)
    asg("DescribeScalingActivities", **WEB)
    asg("SetInstanceProtection", **WEB, InstanceIds=ids[:1], ProtectedFromScaleIn=True)
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["web"])
    asg("SetInstanceProtection", **WEB, InstanceIds=ids[:1], ProtectedFromScaleIn=False)
    arns = registrations(account)
    assert len(arns) == 3, arns
    include = ["TAGS", "CONTAINER_INSTANCE_HEALTH"]
    ecs("DescribeContainerInstances", cluster="blue", containerInstances=[*arns, "nothing"], include=include)
    ecs("DescribeContainerInstances", "ClusterNotFoundException", cluster="nothing", containerInstances=arns)
    ecs("ListContainerInstances", cluster="blue", filter=f"ec2InstanceId in ['{ids[0]}','{ids[1]}']")
    ecs("ListContainerInstances", "InvalidParameterException", cluster="blue", filter="ec2InstanceId ~~ 3")
    ecs("TagResource", resourceArn=arns[0], tags=[{"key": "a", "value": "b"}])
    ecs("ListTagsForResource", resourceArn=arns[0])


def attributes(account):
    ecs = account.service("ecs")
    arn = registrations(account)[0]
    mark = {"name": "muster.draining", "value": "terminate", "targetId": arn}
    ecs("PutAttributes", cluster="blue", attributes=[mark])
    ecs("PutAttributes", "TargetNotFoundException", cluster="blue",
        attributes=[{**mark, "targetId": arn[:-4] + "0000"}])
    asked = {"cluster": "blue", "targetType": "container-instance"}
    ecs("ListAttributes", **asked, attributeName="muster.draining")
    ecs("ListAttributes", **asked)
    ecs("ListAttributes", "ClusterNotFoundException", **{**asked, "cluster": "nothing"})
    ecs("DeleteAttributes", cluster="blue", attributes=[mark])
    ecs("DeleteAttributes", "TargetNotFoundException", cluster="blue",
        attributes=[{**mark, "targetId": arn[:-4] + "0000"}])
    document = json.dumps({"instanceId": "i-0123456789abcdef0", "region": "us-west-2"})
    ecs("RegisterContainerInstance", cluster="one", instanceIdentityDocument=document, totalResources=[
        {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 4096},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
    ], versionInfo={"agentVersion": "1.105.1"}, tags=[{"key": "a", "value": "b"}])
    ecs("RegisterContainerInstance", "ClusterNotFoundException", cluster="nothing", instanceIdentityDocument=document)
    (one,) = account.call("ecs", "ListContainerInstances", cluster="one")["containerInstanceArns"]
    ecs("DeregisterContainerInstance", cluster="one", containerInstance=one)
    ecs("DeregisterContainerInstance", "InvalidParameterException", cluster="one", containerInstance=one)


def tasks(account):
    ecs = account.service("ecs")
    arns = registrations(account)
    small = [{"name": "main", "image": "nginx", "memory": 64, "cpu": 10}]
    ecs("RegisterTaskDefinition", family="job", containerDefinitions=small)
    ran = ecs("RunTask", cluster="blue", taskDefinition="job", count=2, startedBy="script",
              tags=[{"key": "a", "value": "b"}], enableECSManagedTags=True)
    assert len(ran["tasks"]) == 2, ran
    ecs("StartTask", cluster="blue", taskDefinition="job", containerInstances=[arns[0], "nothing"])
    ecs("StartTask", "ClusterNotFoundException", cluster="nothing", taskDefinition="job", containerInstances=arns[:1])
    account.world("pass", seconds=60)
    found = ecs("ListTasks", cluster="blue")["taskArns"]
    ecs("ListTasks", cluster="blue", containerInstance=arns[0])
    ecs("ListTasks", cluster="blue", startedBy="script", desiredStatus="RUNNING")
    ecs("DescribeTasks", cluster="blue", tasks=found, include=["TAGS"])
    ecs("ListTasks", cluster="blue", serviceName="web")
    ecs("DescribeServices", cluster="blue", services=["web"], include=["TAGS"])
    served = ecs("ListTasks", cluster="blue", serviceName="web")["taskArns"]
    ecs("UpdateTaskProtection", cluster="blue", tasks=served, protectionEnabled=True, expiresInMinutes=60)
    ecs("UpdateTaskProtection", "ClusterNotFoundException", cluster="nothing", tasks=served, protectionEnabled=True)
    ecs("GetTaskProtection", cluster="blue", tasks=[*served, ran["tasks"][0]["taskArn"]])
    ecs("GetTaskProtection", "ClusterNotFoundException", cluster="nothing", tasks=served)
    ecs("UpdateTaskProtection", cluster="blue", tasks=served, protectionEnabled=False)
    job = ran["tasks"][0]["taskArn"]
    ecs("StopTask", cluster="blue", task=job, reason="enough")
    ecs("StopTask", "InvalidParameterException", cluster="blue", task="0123456789abcdef0123456789abcdef")
    ecs("ListTasks", cluster="blue", desiredStatus="STOPPED")
    account.world("pass", seconds=90)
    ecs("DescribeTasks", cluster="blue", tasks=[job])
    state = {"cluster": "blue", "containerInstances": arns[:1], "status": "DRAINING"}
    ecs("UpdateContainerInstancesState", **state)
    ecs("UpdateContainerInstancesState", "ClusterNotFoundException", **{**state, "cluster": "nothing"})
    ecs("ListContainerInstances", cluster="blue", status="DRAINING")
    ecs("DescribeContainerInstances", cluster="blue", containerInstances=arns[:1])
    ecs("UpdateContainerInstancesState", **{**state, "status": "ACTIVE"})
    ecs("DescribeClusters", clusters=["blue"], include=["STATISTICS"])


def held(account):
    asg = account.service("autoscaling")
    one = members(account)[0]
    asg("TerminateInstanceInAutoScalingGroup", InstanceId=one, ShouldDecrementDesiredCapacity=False)
    account.world("pass", seconds=30)
    asg("DescribeAutoScalingInstances", InstanceIds=[one])
    action = {**WEB, "LifecycleHookName": "leave", "InstanceId": one}
    asg("RecordLifecycleActionHeartbeat", **action)
    asg("CompleteLifecycleAction", **action, LifecycleActionResult="CONTINUE")
    asg("CompleteLifecycleAction", "ValidationError", **action, LifecycleActionResult="CONTINUE")
    account.world("pass", seconds=240)
    account.call("ec2", "DescribeInstances", InstanceIds=[one])
    asg("DescribeScalingActivities", **WEB)
    stand, sick = members(account, state="InService")[:2]
    moved = {**WEB, "InstanceIds": [stand]}
    asg("EnterStandby", **moved, ShouldDecrementDesiredCapacity=True)
    account.world("pass", seconds=10)
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["web"])
    asg("ExitStandby", **moved)
    account.world("pass", seconds=30)
    asg("SetInstanceHealth", InstanceId=sick, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    account.world("pass", seconds=60)
    asg("DescribeScalingActivities", **WEB)
    asg("CompleteLifecycleAction", **{**action, "InstanceId": sick}, LifecycleActionResult="CONTINUE")
    account.world("pass", seconds=200)


def pools(account):
    asg, ec2 = account.service("autoscaling"), account.service("ec2")
    policy = {"ReuseOnScaleIn": True}
    asg("PutWarmPool", **WEB, MinSize=1, PoolState="Stopped", InstanceReusePolicy=policy)
    asg("PutWarmPool", "ValidationError", AutoScalingGroupName="none", MinSize=1)
    account.world("pass", seconds=240)
    asg("DescribeWarmPool", **WEB)
    asg("DescribeScalingActivities", **WEB)
    asg("DeleteWarmPool", **WEB, ForceDelete=True)
    asg("DeleteWarmPool", "ValidationError", AutoScalingGroupName="none")
    account.world("pass", seconds=300)
    asg("StartInstanceRefresh", **WEB)
    asg("StartInstanceRefresh", "InstanceRefreshInProgress", **WEB)
    asg("DescribeInstanceRefreshes", **WEB)
    asg("CancelInstanceRefresh", **WEB)
    asg("CancelInstanceRefresh", "ActiveInstanceRefreshNotFound", **WEB)
    asg("DescribeInstanceRefreshes", **WEB)
    mixed = group("mixed", desired := 1, 3, DesiredCapacity=desired)
    template = {"LaunchTemplateSpecification": mixed.pop("LaunchTemplate"), "Overrides": [{"InstanceType": "m7g.large"}]}
    spread = {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 0, "SpotAllocationStrategy": "price-capacity-optimized"}
    mixed["MixedInstancesPolicy"] = {"LaunchTemplate": template, "InstancesDistribution": spread}
    asg("CreateAutoScalingGroup", **mixed)
    account.world("pass", seconds=120)
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["mixed"])
    (spot,) = members(account, "mixed")
    ec2("DescribeSpotInstanceRequests")
    account.world("warn", instance=spot)
    ec2("DescribeSpotInstanceRequests", Filters=[{"Name": "status-code", "Values": ["marked-for-termination"]}])
    ec2("DescribeSpotInstanceRequests", "InvalidSpotInstanceRequestID.NotFound", SpotInstanceRequestIds=["sir-0"])
    account.world("pass", seconds=300)
    ec2("DescribeInstances", InstanceIds=[spot])
    ec2("DescribeSpotInstanceRequests")


def machines(account):
    ec2 = account.service("ec2")
    one, other = members(account, state="InService")[:2]
    account.world("impair", instance=one)
    account.world("schedule", instance=one, code="instance-retirement", at="2026-04-01T00:00:00Z")
    ec2("DescribeInstanceStatus", Filters=[{"Name": "event.code", "Values": ["instance-retirement"]}])
    account.world("cancel", instance=one, code="instance-retirement")
    ec2("DescribeInstanceStatus", InstanceIds=[one])
    account.call("autoscaling", "SuspendProcesses", **WEB)
    ec2("StopInstances", InstanceIds=[other])
    ec2("DescribeInstances", InstanceIds=[other])
    account.world("pass", seconds=120)
    ec2("DescribeInstances", InstanceIds=[other])
    account.call("ecs", "DescribeContainerInstances", cluster="blue", containerInstances=registrations(account))
    ec2("StartInstances", InstanceIds=[other])
    account.world("pass", seconds=120)
    ec2("TerminateInstances", InstanceIds=[other])
    account.world("pass", seconds=240)
    ec2("StartInstances", "IncorrectInstanceState", InstanceIds=[other])
    ec2("StopInstances", "IncorrectInstanceState", InstanceIds=[other])
    account.call("autoscaling", "ResumeProcesses", **WEB)
    account.world("lose", instance=one)
    account.call("ecs", "DescribeContainerInstances", cluster="blue", containerInstances=registrations(account))
    account.world("endpoint", service="ecs")
    ec2("DescribeRouteTables")
    ec2("DescribeRouteTables", "InvalidRouteTableID.NotFound", RouteTableIds=["rtb-00000000000000000"])
    ec2("DescribeVpcEndpoints")
    ec2("DescribeVpcEndpoints", "InvalidVpcEndpointId.NotFound", VpcEndpointIds=["vpce-0123456789abcdef0"])
    ec2("DescribeSecurityGroups")
    ec2("DescribeSecurityGroups", "InvalidGroup.NotFound", GroupIds=["sg-00000000000000000"])


def providers(account):
    ecs = account.service("ecs")
    found = account.call("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=["one"])
    arn = found["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    managed = {"status": "ENABLED", "targetCapacity": 90}
    provider = {"autoScalingGroupArn": arn, "managedScaling": managed, "managedTerminationProtection": "DISABLED"}
    ecs("CreateCapacityProvider", name="own", autoScalingGroupProvider=provider)
    ecs("CreateCapacityProvider", "InvalidParameterException", name="ecs-own", autoScalingGroupProvider=provider)
    strategy = [{"capacityProvider": "own", "weight": 1, "base": 0}]
    ecs("PutClusterCapacityProviders", cluster="one", capacityProviders=["own"], defaultCapacityProviderStrategy=strategy)
    ecs("PutClusterCapacityProviders", "ClusterNotFoundException", cluster="nothing", capacityProviders=[],
        defaultCapacityProviderStrategy=[])
    ecs("DescribeCapacityProviders", capacityProviders=["own", "FARGATE", "nothing"], include=["TAGS"])
    ecs("DescribeCapacityProviders")
    ecs("DescribeClusters", clusters=["one"])
    ecs("DeleteCapacityProvider", capacityProvider="own")
    ecs("PutClusterCapacityProviders", cluster="one", capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs("DeleteCapacityProvider", capacityProvider="own")
    ecs("DeleteCapacityProvider", "InvalidParameterException", capacityProvider="own")


STACK = json.dumps({
    "Resources": {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Definition": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"ContainerDefinitions": [{"Name": "main", "Image": "nginx", "Memory": 64}]},
        },
    },
})


def stacks(account):
    stacks = account.service("cloudformation")
    stacks("DescribeStacks", StackName="muster")
    stacks("DescribeStacks", "ValidationError", StackName="nothing")
    account.world("make", name="green", template=STACK)
    stack = f"arn:aws:cloudformation:us-west-2:{account.key}:stack/red/11111111-2222-4333-8444-555555555555"
    account.world("stack", id=stack, status="DELETE_IN_PROGRESS")
    stacks("DescribeStacks", StackName=stack)
    stacks("DescribeStackResource", StackName=stack, LogicalResourceId="Roles")
    stacks("DescribeStackResource", "ValidationError", StackName="nothing", LogicalResourceId="Roles")


def logs(account):
    logs = account.service("logs")
    account.client("lambda").invoke(FunctionName="Echo", Payload=b'{"say":"decision i-0a"}')
    logs("FilterLogEvents", logGroupName="muster-Logs", filterPattern='decision "i-0a"')
    logs("FilterLogEvents", "ResourceNotFoundException", logGroupName="nothing")
    logs("FilterLogEvents", "InvalidParameterException", logGroupName="muster-Logs", filterPattern="{ $.a = 1 }")


def refused(account):
    """A function whose role allows nothing, and a service that is asked too much."""
    asked = [
        ("ecs", "ListClusters", "AccessDeniedException", "ThrottlingException"),
        ("ecs", "DescribeCapacityProviders", "AccessDeniedException", "ThrottlingException"),
        ("ec2", "DescribeInstances", "UnauthorizedOperation", "RequestLimitExceeded"),
        ("autoscaling", "DescribeAutoScalingGroups", "AccessDenied", "Throttling"),
        ("iam", "ListRoles", "AccessDenied", "Throttling"),
        ("cloudformation", "DescribeStacks", "AccessDenied", "Throttling"),
        ("events", "PutEvents", "AccessDeniedException", "ThrottlingException"),
        ("logs", "FilterLogEvents", "AccessDeniedException", "ThrottlingException"),
        ("sts", "GetCallerIdentity", None, "Throttling"),
    ]
    more = {
        "DescribeStacks": {"StackName": "muster"},
        "PutEvents": {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]},
        "FilterLogEvents": {"logGroupName": "muster-Logs"},
    }
    operator = account.key
    for service, operation, denied, throttled in asked:
        account.key = "ASIA-echo"
        account.call(service, operation, denied, **more.get(operation, {}))
        account.key = operator
        account.world("throttle", service=service, every=1)
        account.call(service, operation, throttled, **more.get(operation, {}))
        account.world("throttle", service=service, every=0)


def ending(account):
    ecs, asg = account.service("ecs"), account.service("autoscaling")
    ecs("DeleteCluster", "ClusterContainsContainerInstancesException", cluster="blue")
    arn = registrations(account)[0]
    ecs("DeregisterContainerInstance", cluster="blue", containerInstance=arn, force=True)
    ecs("DescribeContainerInstances", cluster="blue", containerInstances=[arn])
    asg("DeleteAutoScalingGroup", "ResourceInUse", **WEB)
    asg("DeleteAutoScalingGroup", **WEB, ForceDelete=True)
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["web"])
    account.world("pass", seconds=600)
    ecs("DescribeServices", cluster="blue", services=["web"])
    ecs("DeleteService", cluster="blue", service="web", force=True)
    account.world("pass", seconds=300)


def binaries(account):
    """The functions as they ship, woken by events about what is there: what they ask is judged like all else."""
    web = members(account, state="InService")
    life = {"AutoScalingGroupName": "web", "EC2InstanceId": web[0]}
    join, leave = ({**life, "LifecycleHookName": f"muster-{way}"} for way in ("launch", "terminate"))
    for name, sample, detail in [
        ("Verifier", "asg-launch-lifecycle-action.json", join),
        ("Drainer", "asg-terminate-lifecycle-action.json", leave),
        ("Drainer", "ec2-spot-interruption-warning.json", {"instance-id": web[0]}),
        ("Deregisterer", "ec2-state-change-terminated.json", {"instance-id": web[0]}),
        ("Adjuster", "scheduled-rate-rule.json", {}),
        ("Reconciler", "scheduled-rate-rule.json", {}),
    ]:
        event = json.loads((EVENTS / sample).read_text())
        event |= {"region": "us-west-2", "account": account.key, "detail": {**event["detail"], **detail}}
        account.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))


OWN = [hosts, attributes, tasks, binaries, held, pools, machines, providers, stacks, logs, refused, ending]
