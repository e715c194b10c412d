"""The Lambda Runtime API of the local AWS beside that of AWS's own Runtime Interface Emulator: one runtime, driven by both with
the same events, tells what it is given; one of the functions as they ship, driven by both, what it answers.
"""

import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter

from stage import SHIPPED, free_port

# A runtime that answers what it was given; or, when it is told to, an error, nothing at all, or an answer to another's id.
RUNTIME = """#!{python}
import http.client, json, os
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
def ask(method, path, body=None, headers={{}}):
    connection = http.client.HTTPConnection(api)
    connection.request(method, "/2018-06-01/runtime" + path, body, headers)
    response = connection.getresponse()
    return response, response.read()
before = None
while True:
    response, body = ask("GET", "/invocation/next")
    headers = {{name.lower(): value for name, value in response.getheaders()}}
    request = headers["lambda-runtime-aws-request-id"]
    event = json.loads(body or "null")
    if isinstance(event, dict) and "say" in event:
        print(event["say"], flush=True)
    told = event.get("do") if isinstance(event, dict) else None
    if told == "exit":
        raise SystemExit(3)
    path, answer = f"/invocation/{{request}}/response", {{"status": response.status, "headers": headers, "bytes": len(body)}}
    kind = {{}}
    if told == "tell":
        answer["before"] = before
        answer["environment"] = dict(os.environ)
    elif told == "fail":
        path, answer = f"/invocation/{{request}}/error", {{"errorType": "Bad", "errorMessage": "no good"}}
        kind = {{"Lambda-Runtime-Function-Error-Type": "Bad"}}
    elif told == "stranger":
        other, said = ask("POST", "/invocation/00000000-0000-4000-8000-000000000000/response", "1")
        answer = {{"status": other.status, "said": json.loads(said), "type": other.getheader("Content-Type")}}
    elif told == "large":
        answer = "x" * event["bytes"]
    response, said = ask("POST", path, json.dumps(answer), kind)
    before = {{"path": path.split("/")[-1], "status": response.status, "said": json.loads(said),
              "type": response.getheader("Content-Type")}}
"""

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
EVENTS = [
    ("an event", {"a": 1}),
    ("no event", None),
    ("what is told first", {"do": "tell"}),
    ("an error of the function", {"do": "fail"}),
    ("after an error", {"do": "tell"}),
    ("an answer to another's request", {"do": "stranger"}),
    ("a payload of 1 MB", {"a": "x" * 1_000_000}),
    ("an answer of 1 MB", {"do": "large", "bytes": 1_000_000}),
    ("a process that exits", {"do": "exit"}),
    ("after an exit", {"a": 2}),
]
# Where the two differ, and who is right. "AWS" is the Lambda developer guide: "Using the Lambda runtime API", "Using Lambda
# environment variables", and the API reference of Invoke.
CONSTANT = "the emulator has constants here, for it knows no such setting"
DIFFERENCES = {
    "headers.lambda-runtime-trace-id: only the local AWS": (
        "local", "AWS gives `Lambda-Runtime-Trace-Id` with every event; the emulator does not make one"),
    "headers.content-length: only the local AWS": ("both", "how a large body is framed is HTTP's matter"),
    "headers.transfer-encoding: only the emulator": ("both", "how a large body is framed is HTTP's matter"),
    "no event: payload.bytes: differ 2 / 0": ("local", "an Invoke without a payload gives the function `{}`"),
    "headers.content-length: differ \"2\" / \"0\"": ("local", "an Invoke without a payload gives the function `{}`"),
    "an error of the function: error: differ \"Unhandled\" / null": (
        "local", "AWS says `X-Amz-Function-Error`; the emulator leaves it out"),
    "a process that exits: error: differ \"Unhandled\" / null": (
        "local", "AWS says `X-Amz-Function-Error`; the emulator leaves it out"),
    "a process that exits: status: differ 200 / 502": (
        "local", "an Invoke whose function fails is answered 200 and says so in a header"),
    **{f"environment.{name}: only the emulator": ("both", "not among AWS's documented variables") for name in (
        "AWS_LAMBDA_FUNCTION_TIMEOUT", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN")},
    **{f"environment.{name}: only the local AWS": ("local", "one of AWS's documented variables") for name in (
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "AWS_REGION", "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT", "LANG", "TZ", "_HANDLER")},
    **{f"environment.{name}: differ": ("local", CONSTANT) for name in (
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME")},
    "environment.AWS_LAMBDA_RUNTIME_API: differ": ("both", "each has a port of its own"),
}


def emulator(packages):
    machine = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    (found,) = packages.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    return found


class Emulator:
    """The emulator with one function."""

    def __init__(self, program, bootstrap, environment, log):
        self.port, api = free_port(), free_port()
        given = {"AWS_LAMBDA_FUNCTION_NAME": "muster-Echo", "AWS_LAMBDA_FUNCTION_TIMEOUT": "20", **environment}
        arguments = ["--runtime-interface-emulator-address", f"127.0.0.1:{self.port}"]
        # Both addresses, always: without them it listens on every interface.
        arguments += ["--runtime-api-address", f"127.0.0.1:{api}", bootstrap]
        self.log = open(log, "w")
        self.process = subprocess.Popen(
            [program, *arguments],
            env={"PATH": "/usr/bin:/bin", **given},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations"

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def invoke(url, event):
    """Status, error header and payload; the payload as it is where it is no JSON."""
    body = b"" if event is None else json.dumps(event).encode()
    for _ in range(100):
        try:
            request = urllib.request.Request(url, body, {"X-Amzn-Trace-Id": TRACE}, method="POST")
            try:
                response = urllib.request.urlopen(request, timeout=60)
            except urllib.error.HTTPError as error:
                response = error
            text = response.read().decode()
            break
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.1)
    else:
        raise AssertionError(f"{url} does not answer")
    try:
        payload = json.loads(text)
    except ValueError:
        payload = text
    return {"status": response.status, "error": response.headers.get("X-Amz-Function-Error"), "payload": payload}


def plain(value, name=""):
    """Ids, times and lengths of no meaning as words; each must have its form."""
    if isinstance(value, dict):
        return {key: plain(one, key) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    forms = {
        "lambda-runtime-aws-request-id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "lambda-runtime-deadline-ms": r"\d{13}",
        "lambda-runtime-trace-id": r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]",
        "lambda-runtime-invoked-function-arn": r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:muster-Echo",
        "date": r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
    }
    if name in forms:
        return f"<{name}>" if re.fullmatch(forms[name], value) else value
    if name == "errorMessage":
        return re.sub(r"RequestId: [0-9a-f-]{36}", "RequestId: <id>", value)
    return value if len(value) < 200 else f"<{len(value)} characters>"


def flat(value, path=""):
    if isinstance(value, dict) and value:
        found = {}
        for name, one in value.items():
            found |= flat(one, f"{path}.{name}".lstrip("."))
        return found
    return {path: json.dumps(value)}


# Of the environment only what tells the function of itself.
ENVIRONMENT = ("AWS_LAMBDA_", "_HANDLER", "LAMBDA_", "AWS_REGION", "TZ", "LANG")


def compared(ours, theirs):
    """What is alike, and the differences by their words, with how often each was seen."""
    alike, differences = 0, Counter()
    for (name, our), their in zip(ours, theirs):
        one, other = flat(plain(our)), flat(plain(their))
        for path in sorted(one | other):
            if "environment" in path and not any(f"environment.{it}" in path for it in ENVIRONMENT):
                continue
            # Headers and environment are the same whatever the event is.
            general = "headers." in path or "environment." in path
            where = path.removeprefix("payload.") if general else f"{name}: {path}"
            if one.get(path) == other.get(path):
                alike += 1
            elif path not in other:
                differences[f"{where}: only the local AWS"] += 1
            elif path not in one:
                differences[f"{where}: only the emulator"] += 1
            else:
                values = "" if "environment." in path else f" {one[path]} / {other[path]}"
                differences[f"{where}: differ{values}"] += 1
    return alike, differences


def runtime(folder, functions):
    """The folder with the runtime as the binary of the function `echo`, and with those that ship."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "echo"
    program.write_text(RUNTIME.format(python=os.path.realpath(sys.executable)))
    program.chmod(0o755)
    for binary in SHIPPED.values():
        (folder / binary).symlink_to((functions / binary).resolve())
    return folder


def both(program, account, binaries, folder):
    """What the runtime is given and what comes back, by the local AWS and by the emulator."""
    local = f"{account.url}/2015-03-31/functions/Echo/invocations"
    ours = [(name, invoke(local, event)) for name, event in EVENTS]
    beside = Emulator(program, binaries / "echo", {}, folder / "rie.log")
    try:
        return ours, [invoke(beside.url, event) for _, event in EVENTS]
    finally:
        beside.close()
