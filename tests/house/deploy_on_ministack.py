"""Deploys template.yaml with `sam deploy` onto ministack, which enforces the functions' own roles, and has its
CloudFormation create, change and delete a stack with `Custom::ClusterRoles`.

Arguments: the folder with the functions' binaries, SAM's program, ministack's program. The binaries are those that all
other tests run; `cargo xtask package` has `sam build` make the ones that ship.

What ministack gets wrong, and what is done about it here, never in the product:
- it binds every interface unless it is told not to;
- functions inherit its whole environment, so it is started with almost none;
- it holds IAM's roles against `role/NAME` whatever their path, and its instance profiles against `*`: the function's own
  policy is widened by that much, and by nothing else: its actions and its conditions stay;
- it does not know the condition key iam:AWSServiceName, and names service-linked roles in its own way: they are there before,
  as in most accounts, under AWS's names;
- it takes no alarm on a query of metrics: here they are alarms on the metric that they ask for;
- it reaches a function's answer at its own origin over plain http, which the functions take because they are told an
  endpoint, as everywhere where AWS is not the real one.
"""

import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "123456789012", "us-west-2"
MACHINE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
LINKED = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}
ROLES = {
    "Resources": {
        "Roles": {
            "Type": "Custom::ClusterRoles",
            "Properties": {
                "ServiceToken": None,
                "ServiceTimeout": 120,
                "ClusterName": "blue",
                "TaskRoles": {"Worker": {"s3": {"read": ["in"]}}},
            },
        }
    },
    "Outputs": {"Role": {"Value": {"Fn::GetAtt": ["Roles", "EC2RoleArn"]}}},
}


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def built(binaries, folder):
    """What `sam build` leaves: a folder with `bootstrap` for each function, and the template that names them."""
    text = (ROOT / "template.yaml").read_text()
    names = re.findall(r"CodeUri: functions/([a-z-]+)/", text)
    assert len(names) == 7, names
    for name in names:
        (folder / name).mkdir()
        shutil.copy2(binaries / name, folder / name / "bootstrap")
    # What the template's metadata names.
    for name in ("LICENSE", "README.md"):
        shutil.copy2(ROOT / name, folder / name)
    template = folder / "template.yaml"
    query = r"Metrics:\n +- Id: \w+\n +Expression: SELECT \w+\((\w+)\) FROM .*\n +Period: (\d+)\n +ReturnData: true\n"
    plain = r"Namespace: Muster\n      MetricName: \1\n      Statistic: Sum\n      Period: \2\n"
    text, queries = re.subn(query, plain, text)
    assert queries == 3 and "FROM SCHEMA" not in text, queries
    template.write_text(text.replace("CodeUri: functions/", f"CodeUri: {folder}/"))
    return template


class Account:
    """ministack, and what is asked of it."""

    def __init__(self, program, folder):
        port = free_port()
        # The name that it hands out in a ResponseURL.
        self.url = f"http://localhost:{port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }
        server = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AUTH": "true",
            "AWS_ENDPOINT_URL": self.url,
        }
        self.log = open(folder / "ministack.log", "w+")
        self.process = subprocess.Popen(
            [program], env=server, cwd=folder, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )
        self.s3, self.stacks, self.iam, self.functions = (
            self.client(name) for name in ("s3", "cloudformation", "iam", "lambda")
        )
        self.wait_for(self.s3.list_buckets)

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def wait_for(self, answers):
        for _ in range(300):
            assert self.process.poll() is None, "ministack ended"
            try:
                return answers()
            except EndpointConnectionError:
                time.sleep(0.1)
        raise AssertionError("ministack does not answer")

    def close(self):
        # Its functions are processes of its own.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def wait(self, name):
        """The status in which a stack comes to rest, and why the last thing in it failed."""
        for _ in range(600):
            try:
                (stack,) = self.stacks.describe_stacks(StackName=name)["Stacks"]
            except ClientError:
                return "DELETE_COMPLETE", ""
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(0.2)
        events = self.stacks.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        why = [one.get("ResourceStatusReason", "") for one in events if one["ResourceStatus"].endswith("_FAILED")]
        return stack["StackStatus"], " / ".join(why)

    def outputs(self, name):
        (stack,) = self.stacks.describe_stacks(StackName=name)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def roles(self):
        return {one["RoleName"]: one for one in self.iam.list_roles(PathPrefix="/muster/")["Roles"]}


class Own:
    """The policy of a function's own role that lets it make roles."""

    def __init__(self, account, function):
        self.iam = account.iam
        configuration = account.functions.get_function_configuration(FunctionName=function)
        self.role = configuration["Role"].rsplit("/", 1)[-1]
        for name in self.iam.list_role_policies(RoleName=self.role)["PolicyNames"]:
            document = self.iam.get_role_policy(RoleName=self.role, PolicyName=name)["PolicyDocument"]
            if "iam:CreateRole" in json.dumps(document):
                self.name, self.document = name, document

    def put(self, document):
        self.document = document
        self.iam.put_role_policy(RoleName=self.role, PolicyName=self.name, PolicyDocument=json.dumps(document))

    def widened(self):
        text = json.dumps(self.document)
        assert ":role/muster/*" in text and ":instance-profile/muster/*" in text, text
        text = text.replace(":role/muster/*", ":role/*")
        return json.loads(re.sub(r'"arn:[^"]*:instance-profile/[^"]*"', '"*"', text))


def run(sam, environment, *arguments):
    done = subprocess.run(
        [sam, *arguments],
        env={**environment, "SAM_CLI_TELEMETRY": "0"},
        cwd=environment["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"sam {arguments[0]}:\n{done.stdout[-4000:]}"
    return done.stdout


def deploy(sam, account, template):
    run(sam, account.environment, "validate", "--lint", "--template-file", str(ROOT / "template.yaml"))
    account.s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    began = time.monotonic()
    run(
        sam,
        account.environment,
        "deploy",
        *("--template-file", str(template), "--stack-name", "muster", "--s3-bucket", "artifacts"),
        *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--region", REGION),
        *("--parameter-overrides", f"Architecture={MACHINE}", "RolesSettleSeconds=0"),
    )
    print(f"sam deploy took {time.monotonic() - began:.1f} s")
    told = account.outputs("muster")
    assert told["ClusterRolesArn"] and told["ClusterTeardownArn"], told
    return told["ClusterRolesArn"]


def body(token, **properties):
    template = json.loads(json.dumps(ROLES))
    template["Resources"]["Roles"]["Properties"].update(ServiceToken=token, **properties)
    return json.dumps(template)


def story(account, token):
    stacks, own = account.stacks, Own(account, token)
    own.put(own.widened())
    for service, name in LINKED.items():
        path = f"/aws-service-role/{service}/"
        account.iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(service)))
    # Create: the roles are there, and the template can point at them.
    stacks.create_stack(StackName="blue", TemplateBody=body(token))
    assert account.wait("blue") == ("CREATE_COMPLETE", ""), account.wait("blue")
    made = account.roles()
    assert len(made) == 5 and all(name.startswith("blue-") for name in made), made.keys()
    assert account.outputs("blue")["Role"] in {role["Arn"] for role in made.values()}

    # Update: another prefix is a replacement.
    stacks.update_stack(StackName="blue", TemplateBody=body(token, NamePrefix="green"))
    status, why = account.wait("blue")
    assert status == "UPDATE_COMPLETE", (status, why)
    # ministack may report an update's end before the old ones' delete is done, as CloudFormation does.
    for _ in range(100):
        if len(account.roles()) == 5:
            break
        time.sleep(0.2)
    assert {name.split("-")[0] for name in account.roles()} == {"green"}, account.roles().keys()

    # The function's own role limits it: without the right to make roles, a stack fails, is told why, and leaves nothing.
    whole = own.document
    own.put({**whole, "Statement": [one for one in whole["Statement"] if one["Sid"] != "MakeAndRemoveRoles"]})
    stacks.create_stack(StackName="red", TemplateBody=body(token, ClusterName="red"))
    status, why = account.wait("red")
    assert status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"), (status, why)
    assert "iam:CreateRole" in why, why
    assert not [name for name in account.roles() if name.startswith("red-")]
    own.put(whole)

    # Delete: nothing of it is left.
    stacks.delete_stack(StackName="blue")
    status, why = account.wait("blue")
    assert status == "DELETE_COMPLETE", (status, why)
    assert account.roles() == {}


def main():
    binaries, sam, ministack = Path(sys.argv[1]), *sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        template = built(binaries, folder)
        account = Account(ministack, folder)
        try:
            story(account, deploy(sam, account, template))
        except BaseException:
            account.log.seek(0)
            sys.stderr.write(account.log.read()[-6000:])
            raise
        finally:
            account.close()
    print("a stack was created, changed, refused and deleted under the functions' own roles")


main()
