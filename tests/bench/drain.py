"""What the functions are measured beside: a drain hook in Python with boto3, with the decisions of the public ones (the CDK's
drain hook and the reference of AWS's blog): find the registration page by page, set it DRAINING, and let the host go once no task
is on it; until then come back. Those wait in the function or send themselves a message; this one only answers.

As on Lambda, the clients are made at init.
"""

import boto3

CLUSTER = "prod"

ecs = boto3.client("ecs")
autoscaling = boto3.client("autoscaling")


def registration(host):
    for page in ecs.get_paginator("list_container_instances").paginate(cluster=CLUSTER):
        arns = page["containerInstanceArns"]
        if not arns:
            continue
        described = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)
        for one in described["containerInstances"]:
            if one["ec2InstanceId"] == host:
                return one
    return None


def handler(event, context):
    detail = event["detail"]
    one = registration(detail["EC2InstanceId"])
    if one is not None:
        arn = one["containerInstanceArn"]
        if one["status"] != "DRAINING":
            ecs.update_container_instances_state(
                cluster=CLUSTER, containerInstances=[arn], status="DRAINING"
            )
        if ecs.list_tasks(cluster=CLUSTER, containerInstance=arn)["taskArns"]:
            return {"again": True}
    autoscaling.complete_lifecycle_action(
        LifecycleHookName=detail["LifecycleHookName"],
        AutoScalingGroupName=detail["AutoScalingGroupName"],
        LifecycleActionResult="CONTINUE",
        InstanceId=detail["EC2InstanceId"],
    )
    return {"again": False}
