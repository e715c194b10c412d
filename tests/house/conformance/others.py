"""The same scenes on AWSs that are not ours: the answers, without what is of no meaning, field by field.

Each difference stands in `differences.toml`, argued. One that is not listed fails, and so does a listed one that is gone.
"""

import datetime
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

TABLE = Path(__file__).with_name("differences.toml")

# What stands for an id: its form is kept, its letters are not.
FORMS = [
    (re.compile(r"\b(i|r|lt|sg|subnet|vpc)-[0-9a-f]{8,17}\b"), r"\1-ID"),
    (re.compile(r"\b(AROA|AIPA|ANPA|AIDA)[A-Z0-9]{12,}"), r"\1ID"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "HEX"),
    (re.compile(r"ecs-svc/[0-9a-f]+"), "ecs-svc/NUMBER"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "TIME"),
]
KEYS = ("RoleName", "PolicyName", "InstanceProfileName", "AutoScalingGroupName", "LifecycleHookName", "Key", "key", "name",
        "serviceName", "clusterName", "InstanceType", "EvalActionName", "taskDefinitionArn", "arn")


# Members that are ids of a form of AWS's own.
IDS = ("PolicyId", "InstanceProfileId", "RoleId")


def identity(text):
    return text if text.endswith("ID") else "an id of another form"


def plain(value):
    if isinstance(value, dict):
        return {name: identity(plain(one)) if name in IDS else plain(one) for name, one in value.items()}
    if isinstance(value, list):
        items = [plain(one) for one in value]
        return items if any(isinstance(one, dict) for one in items) else sorted(items, key=str)
    if isinstance(value, datetime.datetime):
        return "TIME"
    if isinstance(value, str):
        for form, word in FORMS:
            value = form.sub(word, value)
    return value


def shown(value):
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 80 else f"{text[:77]}…"


def keyed(items):
    """The items of a list by their names, where they have such; else by their places."""
    names = [tuple(one.get(key) for key in KEYS) if isinstance(one, dict) else () for one in items]
    if items and all(any(name) for name in names) and len(set(names)) == len(names):
        return dict(zip(names, items))
    return dict(enumerate(items))


def walk(ours, theirs, path, found):
    """Collects the differences; returns how many scalars are alike."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        alike = 0
        for name in ours | theirs:
            inner = f"{path}.{name}".lstrip(".")
            if name not in theirs:
                found.add(f"{inner}: only ours")
            elif name not in ours:
                found.add(f"{inner}: only theirs")
            else:
                alike += walk(ours[name], theirs[name], inner, found)
        return alike
    if isinstance(ours, list) and isinstance(theirs, list):
        if not any(isinstance(one, dict) for one in ours + theirs):
            if ours != theirs:
                found.add(f"{path}: {shown(ours)} / {shown(theirs)}")
            return int(ours == theirs)
        one, other, alike = keyed(ours), keyed(theirs), 0
        for name in one | other:
            if name not in other:
                found.add(f"{path}[]: an item only ours")
            elif name not in one:
                found.add(f"{path}[]: an item only theirs")
            else:
                alike += walk(one[name], other[name], f"{path}[]", found)
        return alike
    if ours != theirs:
        found.add(f"{path}: {shown(ours)} / {shown(theirs)}")
    return int(ours == theirs)


def differ(where, ours, theirs):
    """How many fields of two answers are alike, and the differences."""
    if "Error" in ours or "Error" in theirs:
        said = [one.get("Error", "answered") for one in (ours, theirs)]
        if said[0] != said[1]:
            return 0, {f"{where}: is {said[0]} / {said[1]}"}
    found = set()
    alike = walk(plain(ours), plain(theirs), "", found)
    return alike, {f"{where}: {one}" for one in found}


def compared(ours, theirs):
    """Of two accounts on which the same was played: answers compared, fields alike, and each difference with its count."""
    fields, found = 0, Counter()
    calls = [call for call in ours.told if call in theirs.told]
    for call in calls:
        where = call.split(": ", 1)[1].rsplit(" ", 1)[0]
        alike, differences = differ(where, ours.told[call], theirs.told[call])
        fields += alike
        found.update(differences)
    return len(calls), fields, found


def bait(ours, theirs):
    """Whether a planted difference goes unseen."""
    _, _, before = compared(ours, theirs)
    call = next(call for call, answer in ours.told.items() if "Role" in answer and "Role" in theirs.told.get(call, {}))
    kept = ours.told[call]
    ours.told[call] = {**kept, "Role": {**kept["Role"], "Path": "/planted/"}}
    _, _, after = compared(ours, theirs)
    ours.told[call] = kept
    return not set(after) - set(before)


def table():
    return tomllib.loads(TABLE.read_text())["difference"]


def argued(judge, found):
    """What is not in the table, what is there and did not appear, and how many each reason argues."""
    listed, reasons = set(), Counter()
    for entry in table():
        if entry["judge"] == judge:
            listed |= set(entry["of"])
            reasons[entry["right"]] += len(entry["of"])
    return sorted(set(found) - listed), sorted(listed - set(found)), reasons
