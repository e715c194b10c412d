"""Has the `cluster-roles` binary make, change, rename and delete roles in moto's IAM, over the wire.

The binary is the one that ships; it is spoken to through the Lambda Runtime API, and what it did is looked at with
boto3. Neither the IAM nor the client is ours.
"""

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Before moto is imported: it reads this once.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from moto.cloudformation.models import cloudformation_backends  # noqa: E402
from moto.iam.models import IAMBackend  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

ACCOUNT, REGION, STACK = "123456789012", "us-west-2", "prod"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:cluster-roles"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}

# moto derives other names than AWS gives ("AWSServiceRoleForecs"), so it is told AWS's.
LINKED = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}


def linked(self, service_name, description, suffix):
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service_name}, "Action": "sts:AssumeRole"}],
    }
    path = f"/aws-service-role/{service_name}/"
    return self.create_role(LINKED[service_name], json.dumps(trust), path, None, description, [], "3600", linked_service=service_name)


IAMBackend.create_service_linked_role = linked
logging.getLogger("werkzeug").setLevel(logging.ERROR)


class RuntimeApi(BaseHTTPRequestHandler):
    """The Lambda Runtime API, for one process."""

    events, results = queue.Queue(), queue.Queue()

    def do_GET(self):
        request_id, payload = self.events.get()
        body = json.dumps(payload).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.results.put((self.path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Stage:
    """moto, the binary, and what both are asked."""

    def __init__(self, binary):
        self.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.moto.start()
        self.url = "http://{}:{}".format(*self.moto.get_host_and_port())
        self.iam, self.s3, self.stacks = (self.client(name) for name in ("iam", "s3", "cloudformation"))
        self.s3.create_bucket(Bucket="answers", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.stack = self.stacks.create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))["StackId"]
        self.api = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        environment = {
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:{}".format(self.api.server_address[1]),
            "AWS_LAMBDA_FUNCTION_NAME": "cluster-roles",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": self.url,
            "MUSTER_ROLES_SETTLE_SECONDS": "0",
        }
        self.process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, text=True)
        self.told = []
        threading.Thread(target=lambda: self.told.extend(self.process.stdout), daemon=True).start()

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, **KEYS)

    def close(self):
        self.process.kill()
        self.api.shutdown()
        self.moto.stop()

    def status(self, status):
        """moto's stacks are complete at once; while a custom resource is asked, a real one is in progress."""
        (stack,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        stack.status = status

    def ask(self, kind, properties, physical_id=None, old=None):
        """What CloudFormation would be answered."""
        self.status({"Create": "CREATE", "Update": "UPDATE", "Delete": "DELETE"}[kind] + "_IN_PROGRESS")
        key = str(uuid.uuid4())
        request = {
            "RequestType": kind,
            "RequestId": key,
            "StackId": self.stack,
            "LogicalResourceId": "Roles",
            "ResourceType": "Custom::ClusterRoles",
            "ResponseURL": f"{self.url}/answers/{key}?X-Amz-Signature=sesame",
            "ServiceToken": FUNCTION,
            "ResourceProperties": {"ServiceToken": FUNCTION, **properties},
        }
        if physical_id:
            request["PhysicalResourceId"] = physical_id
        if old:
            request["OldResourceProperties"] = {"ServiceToken": FUNCTION, **old}
        RuntimeApi.events.put((key, request))
        path, body = RuntimeApi.results.get(timeout=60)
        assert path.endswith("/response"), f"{kind}: {path} {body!r} {self.told}"
        answer = json.loads(self.s3.get_object(Bucket="answers", Key=key)["Body"].read())
        assert answer["RequestId"] == key and answer["StackId"] == self.stack, answer
        return answer

    def made(self, kind, properties, physical_id=None, old=None):
        answer = self.ask(kind, properties, physical_id, old)
        assert answer["Status"] == "SUCCESS", answer
        return answer["PhysicalResourceId"], answer.get("Data", {})

    def roles(self):
        """Our roles by name, as boto3 sees them."""
        found = {}
        for role in self.iam.list_roles(PathPrefix="/muster/")["Roles"]:
            name = role["RoleName"]
            policies = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
            full = self.iam.get_role(RoleName=name)["Role"]
            found[name] = {
                "trust": role["AssumeRolePolicyDocument"],
                "tags": {tag["Key"]: tag["Value"] for tag in full.get("Tags", [])},
                "policies": {
                    policy: self.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                    for policy in policies
                },
                "attached": self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            }
        return found

    def profiles(self):
        profiles = self.iam.list_instance_profiles(PathPrefix="/muster/")["InstanceProfiles"]
        return {it["InstanceProfileName"]: [role["RoleName"] for role in it["Roles"]] for it in profiles}


def actions(role):
    statements = [one for policy in role["policies"].values() for one in policy["Statement"]]
    return {action for one in statements for action in one["Action"]}


def story(stage):
    asked = {
        "ClusterName": "blue",
        "TaskExecution": {"Secrets": ["prod/db"]},
        "TaskRoles": {"Worker": {"s3": {"read": ["in"]}}},
    }

    # Create: every role, tagged; the profile carries the hosts' role; AWS's own roles are there.
    first, data = stage.made("Create", asked)
    roles = stage.roles()
    words = ["AutoScalingRole", "EC2Role", "ECSRole", "ECSTaskExecutionRole", "Task-Worker"]
    named = {word: next(name for name in roles if f"-{word}-" in name) for word in words}
    assert sorted(named.values()) == sorted(roles), roles.keys()
    for role in roles.values():
        assert role["tags"]["muster:stack"] == stage.stack and role["tags"]["muster:resource"] == "Roles", role
    assert stage.profiles() == {named["EC2Role"]: [named["EC2Role"]]}
    assert set(data["ServiceLinkedRolesMade"].split(",")) == set(LINKED.values()), data
    assert data["EC2RoleArn"].endswith(named["EC2Role"]), data
    assert "s3:GetObject" in actions(roles[named["Task-Worker"]])
    for name in LINKED.values():
        stage.iam.get_role(RoleName=name)

    # The same again, and the same as an Update: nothing differs.
    assert stage.made("Update", asked, first, asked)[0] == first
    assert stage.roles() == roles

    # Update: only what is asked for differs, and drift is repaired.
    stage.iam.delete_role_policy(RoleName=named["ECSRole"], PolicyName="manage")
    more = {**asked, "SessionManager": "true"}
    assert stage.made("Update", more, first, asked)[0] == first
    changed = stage.roles()
    assert [name for name in roles if changed[name] != roles[name]] == [named["EC2Role"]]
    assert "ssmmessages:OpenDataChannel" in actions(changed[named["EC2Role"]])

    # What another attached goes with the role; what has our kind of name but not our mark stays.
    managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    stage.iam.attach_role_policy(RoleName=named["EC2Role"], PolicyArn=managed)
    trust = json.dumps(roles[named["ECSRole"]]["trust"])
    foreign = named["ECSRole"].replace("blue-", "blue-other-")
    stage.iam.create_role(RoleName=foreign, Path="/muster/", AssumeRolePolicyDocument=trust)

    # Rename: a replacement beside the old ones, then the old ones go.
    renamed = {**more, "NamePrefix": "green"}
    second, _ = stage.made("Update", renamed, first, more)
    assert second != first and len(stage.roles()) == 2 * len(words) + 1
    assert stage.made("Delete", more, first)[0] == first
    left = stage.roles()
    assert all(name.startswith("green-") or name == foreign for name in left), left.keys()
    assert len(left) == len(words) + 1 and list(stage.profiles()) == [name for name in left if "-EC2Role-" in name]

    # A name that is taken by another is refused, and the other left alone.
    stage.made("Delete", renamed, second)
    assert list(stage.roles()) == [foreign] and stage.profiles() == {}
    stage.iam.create_role(RoleName=named["EC2Role"], Path="/muster/", AssumeRolePolicyDocument=trust)
    before = stage.roles()
    refused = stage.ask("Create", asked)
    assert refused["Status"] == "FAILED" and named["EC2Role"] in refused["Reason"], refused
    assert stage.roles() == before
    stage.made("Delete", asked, refused["PhysicalResourceId"])
    assert stage.roles() == before

    # An id that was never ours: success, and nothing touched; twice is like once.
    for physical_id in ("muster-roles:refused", "2024/01/01/[$LATEST]abc", first, first):
        stage.made("Delete", asked, physical_id)
    assert stage.roles() == before
    try:
        stage.iam.get_role(RoleName="AWSServiceRoleForECS")
    except ClientError as gone:
        raise AssertionError("AWS's own role was deleted") from gone

    # A mistake is told by its name; nothing is begun.
    typo = stage.ask("Create", {"ClusterNam": "blue"})
    assert typo["Status"] == "FAILED" and "ClusterNam" in typo["Reason"], typo
    assert "sesame" not in "".join(stage.told) and urllib.parse.quote(stage.url) not in "".join(stage.told)


def main(binary):
    stage = Stage(binary)
    try:
        story(stage)
    except BaseException:
        print("".join(stage.told[-3:]), file=sys.stderr)
        raise
    finally:
        stage.close()
    print(f"{len(stage.told)} lines of records; create, update, drift, rename, refusal and delete leave moto as they should")


if __name__ == "__main__":
    main(sys.argv[1])
