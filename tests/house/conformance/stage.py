"""The accounts on which the script is played: the local AWS, in which time passes when it is told to, and those of others."""

import json
import os
import signal
import socket
import subprocess
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

ACCOUNT, REGION = "123456789012", "us-west-2"
GROUP = "muster-Logs"
TEMPLATE = """
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: functions/echo/, Timeout: 20 }
{functions}Outputs:
  LogGroupName: { Value: {group} }
"""
# The functions as they ship, by their names in the template.
SHIPPED = {
    "Verifier": "agent-verifier",
    "Drainer": "host-drainer",
    "Deregisterer": "host-deregisterer",
    "Adjuster": "capacity-adjuster",
    "Reconciler": "reconciler",
}
FUNCTION = """  {name}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/{binary}/
      Timeout: 60
      Policies: [{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: '*', Resource: '*' }] }]
"""


class Unexpected(Exception):
    """A call did not end as the script says that it must."""


class Account:
    """An AWS at an address. What is called is kept, with what was answered."""

    strict = False

    def __init__(self, name, url, key=ACCOUNT):
        self.name, self.url, self.key = name, url, key
        self.clients, self.told, self.scene, self.seen = {}, {}, "", {}

    def client(self, service, key=None, **config):
        key = key or self.key
        if (service, key) not in self.clients:
            options = Config(retries={"total_max_attempts": 1}, parameter_validation=False, **config)
            self.clients[service, key] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=key,
                aws_secret_access_key="test",
                config=options,
            )
        return self.clients[service, key]

    def call(self, service, operation, refused=None, /, **parameters):
        """An answer; nothing where it was refused. `refused` is the code with which it must be."""
        client = self.client(service)
        if self.strict and not refused:
            self.demand(client, service, operation, parameters)
        try:
            answer = client._make_api_call(operation, parameters)
            answer.pop("ResponseMetadata")
        except ClientError as error:
            answer = {"Error": error.response["Error"]["Code"]}
            answer["Status"] = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if self.strict and answer["Error"] != refused:
                raise Unexpected(f"{service}.{operation} {parameters}: {error}") from error
        except ResponseParserError as error:
            if self.strict:
                raise Unexpected(f"{service}.{operation} {parameters}: {error!r}") from error
            answer = {"Error": "an answer that cannot be read"}
        else:
            if self.strict and refused:
                raise Unexpected(f"{service}.{operation} {parameters}: is not refused with {refused}")
        number = self.seen[self.scene, service, operation] = self.seen.get((self.scene, service, operation), 0) + 1
        self.told[f"{self.scene}: {service}.{operation} {number}"] = answer
        return {} if "Error" in answer else answer

    def demand(self, client, service, operation, parameters):
        """Only of the local AWS is it asked."""

    def world(self, what, **more):
        """Only the local AWS can be told this."""

    def service(self, name):
        return lambda operation, refused=None, /, **parameters: self.call(name, operation, refused, **parameters)


class Local(Account):
    """The local AWS, in a process of its own."""

    strict = True

    def __init__(self, program, folder, binaries):
        folder.mkdir(parents=True, exist_ok=True)
        template = folder / "template.yaml"
        shipped = (FUNCTION.replace("{name}", name).replace("{binary}", binary) for name, binary in SHIPPED.items())
        template.write_text(TEMPLATE.replace("{functions}", "".join(shipped)).replace("{group}", GROUP))
        environment = {**os.environ, "LOCAL_AWS_EXCHANGES": str(folder)}
        self.process = subprocess.Popen(
            [program, template, binaries], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.folder, self.demanded, self.left_out, self.faults = folder, set(), 0, []
        super().__init__("the local AWS", self.process.stdout.readline().strip())

    def demand(self, client, service, operation, parameters):
        """Before an operation's first call: the same call without each member that AWS demands must be refused."""
        if (service, operation) in self.demanded:
            return
        self.demanded.add((service, operation))
        shape = client.meta.service_model.operation_model(operation).input_shape
        for member in shape.required_members if shape else ():
            self.left_out += 1
            try:
                client._make_api_call(operation, {name: one for name, one in parameters.items() if name != member})
            except ClientError:
                continue
            self.faults.append(f"{service}.{operation}: is taken without {member}, which AWS demands")

    def world(self, what, **more):
        self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        if told is not None:
            raise Unexpected(f"{what} {more}: {told}")

    def exchanges(self):
        return self.folder / f"{self.process.pid}.jsonl"

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


class Moto(Account):
    """moto, in this process."""

    def __init__(self):
        import logging

        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        super().__init__("moto", "http://{}:{}".format(*self.server.get_host_and_port()))

    def close(self):
        self.server.stop()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Ministack(Account):
    """ministack, told not to listen on every interface, and given none of this environment."""

    def __init__(self, program, folder):
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
        }
        self.log = open(folder / "ministack.log", "w")
        self.process = subprocess.Popen(
            [program], env=environment, cwd=folder, stdout=self.log, stderr=self.log, start_new_session=True
        )
        super().__init__("ministack", f"http://127.0.0.1:{port}")
        for _ in range(300):
            try:
                self.client("sts").get_caller_identity()
                return
            except EndpointConnectionError:
                time.sleep(0.1)
        raise Unexpected("ministack does not answer")

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
