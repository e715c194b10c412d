"""Has parliament and policy-sentry judge policy documents that are kept as JSON files: those of the roles that Muster makes,
and those of its functions' own roles, as expand.py writes them.

Each file holds roles by name, and for each its documents by name ("trust" is judged by the tests: neither tool reads
it). A finding that is not excused fails; so does an excuse that excuses nothing, and a bait that passes.
"""

import json
import sys

import parliament
from policy_sentry.querying.actions import get_action_data

MAKES_ROLES = (
    "iam:addroletoinstanceprofile iam:createinstanceprofile iam:createrole iam:createservicelinkedrole "
    "iam:deleteinstanceprofile iam:deleterole iam:deleterolepolicy iam:detachrolepolicy iam:passrole "
    "iam:putrolepermissionsboundary iam:putrolepolicy iam:removerolefrominstanceprofile iam:updateassumerolepolicy "
    "iam:updaterole"
)

# (what is found, role, the actions that are blamed): why it is so.
EXCUSED = {
    ("CREDENTIALS_EXPOSURE", "EC2Role", "ecr:getauthorizationtoken"): "no image is pulled without it",
    ("CREDENTIALS_EXPOSURE", "ECSTaskExecutionRole", "ecr:getauthorizationtoken"): "no image is pulled without it",
    ("RESOURCE_MISMATCH", "ECSRole", "elasticloadbalancing:ModifyRule"): (
        "the rules of application load balancers are meant, no others: AWS's own policy says so too"
    ),
    ("RESOURCE_MISMATCH", "ECSRole", "ec2:CreateVolume"): (
        "the call names a volume and a snapshot; only the volume has the tags of the condition, so each has a statement"
    ),
    ("RESOURCE_MISMATCH", "ECSRole", "ec2:AttachVolume"): (
        "the call names a volume and an instance; only the volume has the tags of the condition"
    ),
    ("RESOURCE_MISMATCH", "ECSRole", "ec2:AttachVolume ec2:DetachVolume"): (
        "the call names a volume and an instance; only the volume has the tags of the condition"
    ),
    ("PERMISSIONS_MANAGEMENT_ACTIONS", "ClusterRolesRole", MAKES_ROLES): (
        "it makes roles: under one path, inside the boundary where one is told, and passes them to EC2 alone"
    ),
    ("PERMISSIONS_MANAGEMENT_ACTIONS", "ClusterRolesRole", "iam:deleterolepermissionsboundary"): (
        "granted only where no boundary is told, for roles under one path"
    ),
}

# What a judge must find, and in which statement.
BAIT = [
    ("parliament", "RESOURCE_STAR", "ecs:DeregisterContainerInstance", "*"),
    ("parliament", "UNKNOWN_ACTION", "ecs:NoSuchAction", "*"),
    ("parliament", "RESOURCE_MISMATCH", "s3:GetObject", "arn:aws:s3:::bucket"),
    ("parliament", "PERMISSIONS_MANAGEMENT_ACTIONS", "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/muster/*"),
    ("policy-sentry", "NEEDLESS_STAR", "ecs:DeregisterContainerInstance", "*"),
    ("policy-sentry", "UNKNOWN_ACTION", "ecs:NoSuchAction", "*"),
]


def listed(value):
    return value if isinstance(value, list) else [value]


def by_parliament(document):
    """What parliament finds, each with the actions that it blames."""
    policy = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True)
    for finding in policy.findings:
        detail, location = finding.detail, finding.location
        if isinstance(detail, list) and detail and isinstance(detail[0], dict):
            blamed = sorted({item["action"] for item in detail})
        elif isinstance(location, dict) and "actions" in location:
            blamed = sorted(location["actions"])
        else:
            blamed = [json.dumps(detail)]
        yield finding.issue, " ".join(blamed)


def by_sentry(document):
    """Actions that are unknown, and those on every resource that could be on some."""
    for statement in listed(document["Statement"]):
        everywhere = "*" in listed(statement["Resource"])
        for action in listed(statement["Action"]):
            service, name = action.split(":")
            rows = (get_action_data(service, name) or {}).get(service, [])
            if not rows:
                yield "UNKNOWN_ACTION", action
            elif everywhere and all(row["resource_arn_format"] != "*" for row in rows):
                yield "NEEDLESS_STAR", action


JUDGES = {"parliament": by_parliament, "policy-sentry": by_sentry}


def main(files):
    judged, excused, faults = 0, set(), []
    for name, issue, action, resource in BAIT:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        found = JUDGES[name]({"Version": "2012-10-17", "Statement": [statement]})
        if issue not in {one for one, _ in found}:
            faults.append(f"{name} does not find {issue} in the bait {statement}")
    for file in files:
        with open(file, encoding="utf-8") as text:
            roles = json.load(text)
        for role, documents in roles.items():
            for which, document in documents.items():
                if which == "trust":
                    continue
                judged += 1
                for name, judge in JUDGES.items():
                    for issue, blamed in judge(document):
                        if (issue, role, blamed) in EXCUSED:
                            excused.add((issue, role, blamed))
                        else:
                            faults.append(f"{file}: {role}: {which}: {name}: {issue}: {blamed}")
    faults += [f"excused, but not found any more: {key}" for key in EXCUSED.keys() - excused]
    for fault in faults:
        print(fault)
    print(f"{judged} documents judged by {' and '.join(JUDGES)}: {len(faults)} faults, {len(excused)} excused")
    return 1 if faults or judged == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
