"""One of the functions as they ship, driven by the local AWS and by Lambda's own emulator with the same events."""

import json
import os
from pathlib import Path

from rie import Emulator, invoke, plain
from stage import REGION

EVENTS = Path(__file__).resolve().parents[2] / "events"
SAMPLES = [
    "asg-terminate-lifecycle-action.json",
    "ecs-container-instance-draining.json",
    "ec2-spot-interruption-warning.json",
    "health-ec2-instance-retirement-scheduled.json",
    "asg-hook-direct-body-test-notification.json",
    "scheduler-default-payload.json",
]
ODD = [{"a": 1}, [], "text", {"detail-type": "x", "source": "y", "detail": {"pad": "x" * 1_000_000}}]


def alike(program, account, binaries, folder, problems):
    """How many events it answers alike; what differs is a problem."""
    events = [(name, json.loads((EVENTS / name).read_text())) for name in SAMPLES]
    events += [(json.dumps(event)[:40], event) for event in ODD]
    local = f"{account.url}/2015-03-31/functions/Drainer/invocations"
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "muster-Drainer",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "ASIA-host-drainer",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": account.url,
    }
    ours = [invoke(local, event) for _, event in events]
    beside = Emulator(program, os.path.realpath(binaries / "host-drainer"), environment, folder / "rie-drainer.log")
    try:
        theirs = [invoke(beside.url, event) for _, event in events]
    finally:
        beside.close()
    same = 0
    for (name, _), one, other in zip(events, ours, theirs):
        if plain(one["payload"]) == plain(other["payload"]):
            same += 1
        else:
            problems.append(f"{name}: the function answers {one['payload']} here and {other['payload']} in the emulator")
    return same
