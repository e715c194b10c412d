"""Has checkov judge the expanded template and the stacks of infra/.

Arguments: checkov's program, a folder for the bait, the templates. checkov's exit code alone proves nothing (a file that it
cannot read passes), so what it counted is looked at. A finding that is not excused fails; so does an excuse that excuses
nothing, and a bait that passes.
"""

import json
import subprocess
import sys
from pathlib import Path

# (check, the resources' type): why it is so.
EXCUSED = {
    ("CKV_AWS_116", "AWS::Lambda::Function"): (
        "each function has an on-failure destination, which also keeps the answer and the number of tries"
    ),
    ("CKV_AWS_117", "AWS::Lambda::Function"): (
        "nothing that they reach is in a VPC; one would add a way for a custom resource to hang"
    ),
    ("CKV_AWS_173", "AWS::Lambda::Function"): "no secret is in a variable; a key of one's own would only add a cost",
    ("CKV_AWS_27", "AWS::SQS::Queue"): "SqsManagedSseEnabled encrypts them; checkov knows KMS keys alone",
    ("CKV_AWS_158", "AWS::Logs::LogGroup"): "records hold no secrets, and CloudWatch Logs encrypts with its own key",
}
# Fewer checks than these would mean that checkov did not read what it was given.
LEAST = 100

# Anybody may take this role, and it may do anything.
MUST_FIND = {"CKV_AWS_60", "CKV_AWS_62", "CKV_AWS_107", "CKV_AWS_108", "CKV_AWS_109", "CKV_AWS_110", "CKV_AWS_111"}
BAIT = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
                    ],
                },
                "Policies": [
                    {
                        "PolicyName": "all",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
                        },
                    }
                ],
            },
        }
    }
}


def judged(checkov, template):
    """What checkov passed, and what it found: the check with the resource."""
    arguments = ["--framework", "cloudformation", "--skip-download", "--compact", "--quiet", "-o", "json"]
    done = subprocess.run([checkov, "-f", template, *arguments], stdout=subprocess.PIPE, check=False)
    told = json.loads(done.stdout)
    # Of a template without anything to check it tells the counts alone.
    summary = told.get("summary", told)
    assert summary["parsing_errors"] == 0, f"{template}: {summary}"
    found = told.get("results", {}).get("failed_checks", [])
    failed = [(one["check_id"], one["resource"], one["check_name"]) for one in found]
    return summary["passed"], failed


def main(checkov, folder, *templates):
    bait = Path(folder) / "bait.json"
    bait.write_text(json.dumps(BAIT), encoding="utf-8")
    faults, excused, passed = [], set(), 0
    missed = MUST_FIND - {check for check, _, _ in judged(checkov, bait)[1]}
    faults += [f"checkov does not find {check} in the bait" for check in sorted(missed)]
    for template in templates:
        counted, found = judged(checkov, template)
        passed += counted
        for check, resource, name in found:
            key = (check, resource.rsplit(".", 1)[0])
            if key in EXCUSED:
                excused.add(key)
            else:
                faults.append(f"{template}: {resource}: {check}: {name}")
    if passed < LEAST:
        faults.append(f"only {passed} checks were made")
    faults += [f"excused, but not found any more: {key}" for key in EXCUSED.keys() - excused]
    for fault in faults:
        print(fault)
    print(f"{passed} checks passed by checkov: {len(faults)} faults, {len(excused)} excused")
    return 1 if faults else 0


sys.exit(main(*sys.argv[1:]))
