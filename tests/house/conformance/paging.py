"""botocore's waiters and paginators, which are those of the AWS CLI too, on the local AWS.

A waiter's delay passes in the world, not on the wall. A paginator's pages, however small, must hold all that the unpaged answer
holds, once; so must those that begin anew at a token.
"""

import json
import types

import botocore.session
import botocore.waiter
from botocore import xform_name
from botocore.exceptions import DataNotFoundError, WaiterError

from own import members, registrations
from script import group, permits, tags, trust

SESSION = botocore.session.get_session()


def prepare(account):
    """Three of everything that is listed."""
    iam, ecs, ec2, asg = (account.service(name) for name in ("iam", "ecs", "ec2", "autoscaling"))
    three = ("a", "b", "c")
    many = tags(a="1", b="2", c="3")
    for name in three:
        iam("CreateRole", RoleName=name, Path="/page/", AssumeRolePolicyDocument=trust(), Tags=many)
    for name in three:
        iam("PutRolePolicy", RoleName="a", PolicyName=name, PolicyDocument=permits("ecs:Poll"))
        arn = iam("CreatePolicy", PolicyName=name, PolicyDocument=permits("ecs:Poll"))["Policy"]["Arn"]
        iam("AttachRolePolicy", RoleName="a", PolicyArn=arn)
        iam("CreateInstanceProfile", InstanceProfileName=name, Path="/page/", Tags=many)
        iam("AddRoleToInstanceProfile", InstanceProfileName=name, RoleName="a")
        ecs("CreateCluster", clusterName="blue" if name == "a" else name)
        account.world("endpoint", service=f"service-{name}")
    data = {"InstanceType": "m7g.large", "ImageId": "ami-0123456789abcdef0"}
    for number, name in enumerate(("host", "other", "third")):
        own = {**data, "SecurityGroupIds": [f"sg-{number:017x}"]}
        own["UserData"] = "IyEvYmluL2Jhc2gKZWNobyBFQ1NfQ0xVU1RFUj1ibHVlID4+IC9ldGMvZWNzL2Vjcy5jb25maWcK"
        made = ec2("CreateLaunchTemplate", LaunchTemplateName=name, LaunchTemplateData=own)
        for _ in range(2):
            account.call("ec2", "CreateLaunchTemplateVersion", LaunchTemplateData=own,
                         LaunchTemplateId=made["LaunchTemplate"]["LaunchTemplateId"])
    marks = [{"ResourceType": "auto-scaling-group", "ResourceId": "web", "Key": key, "Value": "x", "PropagateAtLaunch": False}
             for key in three]
    asg("CreateAutoScalingGroup", **group("web", 3, Tags=marks))
    asg("PutWarmPool", AutoScalingGroupName="web", MinSize=3, PoolState="Running")
    for name, count in (("other", 1), ("third", 3)):
        made = group(name, count)
        made["LaunchTemplate"]["LaunchTemplateName"] = name
        if name == "third":
            template = {"LaunchTemplateSpecification": made.pop("LaunchTemplate")}
            spread = {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 0}
            made["MixedInstancesPolicy"] = {"LaunchTemplate": template, "InstancesDistribution": spread}
        asg("CreateAutoScalingGroup", **made)
    account.world("pass", seconds=300)
    small = [{"name": "main", "image": "nginx", "memory": 64}]
    for name in three:
        ecs("RegisterTaskDefinition", family=name, containerDefinitions=small)
        ecs("CreateService", cluster="blue", serviceName=name, taskDefinition=name, desiredCount=1)
    ecs("RunTask", cluster="blue", taskDefinition="a", count=2)
    for arn in registrations(account)[:3]:
        ecs("PutAttributes", cluster="blue", attributes=[{"name": "mark", "value": "x", "targetId": arn}])
    for subnet in ("subnet-0000000000000000a", "subnet-0000000000000000b"):
        account.world("cut", subnet=subnet)
    for word in three:
        account.client("lambda").invoke(FunctionName="Echo", Payload=json.dumps({"say": f"line {word}"}))
    account.world("pass", seconds=60)


ROLE = {"RoleName": "a"}
# By operation: what it is asked. Those that page and are offered must all be here.
PAGED = {
    "iam": {
        "ListRoles": {"PathPrefix": "/page/"},
        "ListRolePolicies": ROLE,
        "ListAttachedRolePolicies": ROLE,
        "ListRoleTags": ROLE,
        "ListInstanceProfiles": {},
        "ListInstanceProfilesForRole": ROLE,
        "ListInstanceProfileTags": {"InstanceProfileName": "a"},
        "SimulatePrincipalPolicy": {
            "PolicySourceArn": "arn:aws:iam::123456789012:role/page/a",
            "ActionNames": ["ecs:Poll", "ecs:RunTask", "s3:GetObject"],
        },
    },
    "ecs": {
        "ListClusters": {},
        "ListContainerInstances": {"cluster": "blue"},
        "ListServices": {"cluster": "blue"},
        "ListTasks": {"cluster": "blue"},
        "ListTaskDefinitions": {},
        "ListAttributes": {"cluster": "blue", "targetType": "container-instance", "attributeName": "mark"},
    },
    "ec2": {
        "DescribeInstances": {},
        "DescribeInstanceStatus": {},
        "DescribeInstanceTypes": {},
        "DescribeLaunchTemplateVersions": {"LaunchTemplateName": "host"},
        "DescribeRouteTables": {},
        "DescribeSecurityGroups": {},
        "DescribeSpotInstanceRequests": {},
        "DescribeVpcEndpoints": {},
    },
    "autoscaling": {
        "DescribeAutoScalingGroups": {},
        "DescribeAutoScalingInstances": {},
        "DescribeScalingActivities": {"AutoScalingGroupName": "web"},
        "DescribeTags": {},
        "DescribeWarmPool": {"AutoScalingGroupName": "web"},
    },
    "logs": {"FilterLogEvents": {"logGroupName": "muster-Logs"}},
    "cloudformation": {"DescribeStacks": {"StackName": "muster"}},
}
# Operations that page and of which there is only one thing, so that one page is all.
ONE = {"cloudformation.DescribeStacks", "ec2.DescribeRouteTables"}


def paginators(service):
    return SESSION.get_paginator_model(service)._paginator_config


def page(account, service, operation, asked):
    """How many items, and how many pages of one; or what is wrong."""
    client = account.client(service)
    model = SESSION.get_service_model(service).operation_model(operation)
    name = next(one for one, other in client.meta.method_to_api_mapping.items() if other == operation)
    told = paginators(service)[operation]
    key = told["result_key"][0] if isinstance(told["result_key"], list) else told["result_key"]
    paginator = client.get_paginator(name)

    def items(**config):
        return paginator.paginate(**asked, PaginationConfig=config).build_full_result()

    def words(answer):
        return [json.dumps(one, sort_keys=True, default=str) for one in answer.get(key, [])]

    limit = told.get("limit_key")
    plain = getattr(client, name)(**asked)
    token = told["output_token"]
    if isinstance(token, str) and "." not in token and "||" not in token and plain.get(token):
        raise AssertionError("the unpaged answer is a page")
    whole = words(plain)
    sizes = [1, 2] if limit else [None]
    # Some services do not take so small pages.
    least = (model.input_shape.members[limit].metadata.get("min") or 1) if limit else 1
    for size in (max(size, least) for size in sizes if size) if limit else sizes:
        paged = words(items(PageSize=size) if size else items())
        if sorted(paged) != sorted(whole):
            raise AssertionError(f"pages of {size} hold {len(paged)} items, {len(set(paged))} of them different, not {len(whole)}")
    # In three goes, each from the token of the one before.
    found, start = [], None
    for _ in range(len(whole) + 1):
        answer = items(MaxItems=2, StartingToken=start, **({"PageSize": max(2, least)} if limit else {}))
        found += words(answer)
        start = answer.get("NextToken")
        if not start:
            break
    if sorted(found) != sorted(whole):
        raise AssertionError(f"from token to token there are {len(found)} items, not {len(whole)}")
    if len(whole) < 3 and f"{service}.{operation}" not in ONE:
        raise AssertionError(f"there are only {len(whole)} items")
    return len(whole)


def bait(account):
    """Whether an item that gets lost between two pages goes unseen."""
    events = account.client("iam").meta.events

    def lose(parsed, **_):
        if parsed.get("IsTruncated"):
            parsed["PolicyNames"] = parsed["PolicyNames"][1:]

    events.register("after-call.iam.ListRolePolicies", lose)
    try:
        page(account, "iam", "ListRolePolicies", ROLE)
    except AssertionError:
        return False
    finally:
        events.unregister("after-call.iam.ListRolePolicies", lose)
    return True


def waits(account):
    """By service and waiter: what is asked, and what is done before, so that it must wait; and whether it is to fail."""
    stack = f"arn:aws:cloudformation:us-west-2:{account.key}:stack/red/11111111-2222-4333-8444-555555555555"

    def becomes(status, end, looks=3):
        return lambda: account.world("stack", id=stack, status=status, next=end, looks=looks)

    def stop():
        account.call("autoscaling", "SuspendProcesses", AutoScalingGroupName="web")
        account.call("ec2", "StopInstances", InstanceIds=one)

    def run():
        return [account.call("ecs", "RunTask", cluster="blue", taskDefinition="a")["tasks"][0]["taskArn"]]

    one = members(account, state="InService")[:1]
    other = members(account, state="InService")[1:2]
    task = run()
    spot = [it["SpotInstanceRequestId"] for it in account.call("ec2", "DescribeSpotInstanceRequests")["SpotInstanceRequests"]]
    named = {"StackName": stack}
    return [
        ("iam", "role_exists", {"RoleName": "late"}, lambda: (
            account.world("late", reads=3),
            account.call("iam", "CreateRole", RoleName="late", AssumeRolePolicyDocument=trust()))),
        ("iam", "instance_profile_exists", {"InstanceProfileName": "late"}, lambda: (
            account.call("iam", "CreateInstanceProfile", InstanceProfileName="late"))),
        ("iam", "policy_exists", {"PolicyArn": f"arn:aws:iam::{account.key}:policy/late"}, lambda: (
            account.call("iam", "CreatePolicy", PolicyName="late", PolicyDocument=permits("ecs:Poll")))),
        ("ec2", "instance_exists", {"InstanceIds": one}, None),
        ("ec2", "instance_status_ok", {"InstanceIds": one}, None),
        ("ec2", "system_status_ok", {"InstanceIds": one}, None),
        ("ec2", "security_group_exists", {"GroupIds": ["sg-00000000000000000"]}, None),
        ("ec2", "spot_instance_request_fulfilled", {"SpotInstanceRequestIds": spot}, None),
        ("ec2", "instance_stopped", {"InstanceIds": one}, stop),
        ("ec2", "instance_running", {"InstanceIds": one},
         lambda: account.call("ec2", "StartInstances", InstanceIds=one)),
        ("ec2", "instance_terminated", {"InstanceIds": other},
         lambda: account.call("ec2", "TerminateInstances", InstanceIds=other)),
        ("ecs", "tasks_running", {"cluster": "blue", "tasks": task}, None),
        ("ecs", "tasks_stopped", {"cluster": "blue", "tasks": task},
         lambda: account.call("ecs", "StopTask", cluster="blue", task=task[0])),
        ("ecs", "services_stable", {"cluster": "blue", "services": ["a"]},
         lambda: account.call("ecs", "UpdateService", cluster="blue", service="a", desiredCount=3)),
        ("ecs", "services_inactive", {"cluster": "blue", "services": ["b"]},
         lambda: account.call("ecs", "DeleteService", cluster="blue", service="b", force=True)),
        ("cloudformation", "stack_exists", {"StackName": "muster"}, None),
        ("cloudformation", "stack_create_complete", named, becomes("CREATE_IN_PROGRESS", "CREATE_COMPLETE")),
        ("cloudformation", "stack_update_complete", named, becomes("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")),
        ("cloudformation", "stack_import_complete", named, becomes("IMPORT_IN_PROGRESS", "IMPORT_COMPLETE")),
        ("cloudformation", "stack_rollback_complete", named,
         becomes("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")),
        ("cloudformation", "stack_delete_complete", named, becomes("DELETE_IN_PROGRESS", "DELETE_COMPLETE")),
    ]


# What a waiter must give up on: it waits for what cannot come any more.
def hopeless(account):
    stack = f"arn:aws:cloudformation:us-west-2:{account.key}:stack/grey/11111111-2222-4333-8444-555555555555"
    gone = account.call("ec2", "DescribeInstances", Filters=[{"Name": "instance-state-name", "Values": ["terminated"]}])
    gone = [one["InstanceId"] for it in gone["Reservations"] for one in it["Instances"]][:1]
    return [
        ("cloudformation", "stack_create_complete", {"StackName": stack},
         lambda: account.world("stack", id=stack, status="CREATE_IN_PROGRESS", next="ROLLBACK_COMPLETE", looks=2)),
        ("ec2", "instance_running", {"InstanceIds": gone}, None),
        ("ecs", "tasks_running", {"cluster": "blue", "tasks": ["0123456789abcdef0123456789abcdef"]}, None),
        ("iam", "role_exists", {"RoleName": "never"}, None),
    ]


class Clock:
    """Stands for `time` in botocore's waiters."""

    def __init__(self, account):
        self.account, self.waited = account, 0

    def sleep(self, seconds):
        self.waited += seconds
        self.account.world("pass", seconds=seconds)


def wait(account, service, waiter, asked, before):
    """How many seconds of the world it waited, or nothing if it gave up."""
    clock = Clock(account)
    real, botocore.waiter.time = botocore.waiter.time, types.SimpleNamespace(sleep=clock.sleep)
    try:
        if before:
            before()
        account.client(service).get_waiter(waiter).wait(**asked)
        return clock.waited
    except WaiterError:
        return None
    finally:
        botocore.waiter.time = real


def offered_waiters(service, offered):
    """The waiters that ask only what is offered."""
    try:
        model = SESSION.get_waiter_model(service)
    except DataNotFoundError:
        # A service without waiters.
        return []
    return [xform_name(name) for name in model.waiter_names if model.get_waiter(name).operation in offered]
