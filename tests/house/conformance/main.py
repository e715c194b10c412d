"""Holds the local AWS against AWS's own models, against two AWSs of others and against Lambda's own emulator, and prints
what came of it as Markdown.

`main.py JUDGED FUNCTIONS WORK [--sam FOLDER] [--ministack FOLDER] [--exchanges FOLDER]...`: the example `judged` of
tests/local-aws, the folder of the functions' binaries, a folder to work in, the environments of SAM and ministack, and folders of
exchanges that other runs of the local AWS kept. `--unlisted` prints the differences that no table argues.
"""

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import exchanges
import functions
import offered
import others
import own
import paging
import rie
import script
from stage import SHIPPED, Local, Ministack, Moto

# What the models say and AWS does not do; an excuse that excuses nothing fails.
EXCUSES = {
    "'MidTerminatingLifecycleAction' is none of ScalingActivityStatusCode's values": (
        "AWS gives this status while a terminate hook holds an instance, and its model has never had it: captured events of "
        "Auto Scaling's notifications show it"),
    "'available' is none of State's values": (
        "AWS writes the states of VPC endpoints in lower case, as the API reference's samples do; the model writes them `Available`"),
    "'Policy' is none of PermissionsBoundaryAttachmentType's values": (
        "GetRole answers `Policy`, as `aws iam get-role` shows; the model says `PermissionsBoundaryPolicy`"),
}


FUNCTIONS = (*SHIPPED.values(), "cluster-roles", "cluster-teardown")


class Bad(Exception):
    """What must hold does not."""


def table(heads, rows):
    lines = [heads, ["-" if not isinstance(rows[0][at], int) else "-:" for at in range(len(heads))] if rows else ["-"] * len(heads)]
    return "\n".join(f"| {' | '.join(str(cell) for cell in row)} |" for row in [*lines, *rows]) + "\n"


def progress(told):
    print(f"[{time.strftime('%M:%S')}] {told}", file=sys.stderr, flush=True)


def play(account, scenes):
    for scene in scenes:
        account.scene = scene.__name__
        scene(account)


def split(faults):
    """Faults, and how often each excuse excused one."""
    excused, left = Counter(), []
    for fault, count in sorted(faults.items()):
        excuse = next((words for words in EXCUSES if words in fault), None)
        if excuse:
            excused[excuse] += count
        else:
            left.append(f"{fault} (seen {count} times)")
    return excused, left


BAITS = [
    ("a member that AWS does not know", "ecs", "DescribeClusters", '"clusterName"', '"clusterNom"'),
    ("a text where a number belongs", "ecs", "DescribeClusters", '"runningTasksCount":', '"runningTasksCount":"x","pendingTasksCount":'),
    ("a status that is none", "autoscaling", "DescribeAutoScalingGroups", ">InService<", ">OutOfOrder<"),
    ("a time in another form", "iam", "ListRoles", "<CreateDate>2", "<CreateDate>on 2"),
    ("a list of other elements", "ec2", "DescribeInstances", "<item>", "<thing>"),
    ("a result in another wrapper", "iam", "ListRoles", "ListRolesResult", "ListRolesAnswer"),
    ("a required member left out", "iam", "ListRoles", "<RoleName>", "<RoleNombre>"),
    ("another namespace", "autoscaling", "DescribeAutoScalingInstances", "doc/2011-01-01", "doc/1999-01-01"),
]


def baits(path):
    """Each judge is shown what it must find fault with."""
    kept = {}
    with open(path) as lines:
        for line in lines:
            one = json.loads(line)
            if one["status"] == 200:
                kept.setdefault((one["service"], one["operation"]), []).append(one)
    for what, service, operation, good, bad in BAITS:
        fitting = [one for one in kept.get((service, operation), []) if good in one["response"]]
        if not fitting:
            raise Bad(f"there is no {service}.{operation} to spoil with {what}")

        def spoil(one):
            text = one["response"].replace(good, bad)
            return {"response": text.replace("</item>", "</thing>") if bad == "<thing>" else
                    text.replace("</RoleName>", "</RoleNombre>") if bad == "<RoleNombre>" else text}

        if not exchanges.bait(fitting[0], spoil):
            raise Bad(f"the judge of answers is blind to {what}")
    error = {"service": "iam", "operation": "GetRole", "status": 404, "request": "", "response": (
        "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>x</Message></Error><RequestId>r</RequestId>"
        "</ErrorResponse>")}
    for what, spoil in [("an error's status", {"status": 400}),
                        ("an error's code", {"response": error["response"].replace("NoSuchEntity", "NoSuchThing")})]:
        if not exchanges.bait(error, lambda one: spoil) or exchanges.bait(error, lambda one: {}):
            raise Bad(f"the judge of answers is blind to {what}")
    return len(BAITS) + 2


def models(local, offered_here, folders, problems):
    judge = exchanges.Judge()
    judge.read(local.exchanges())
    for fault in local.faults:
        judge.faults[fault] += 1
    seen = Counter(judge.successes), Counter(judge.errors)
    for folder in folders:
        for path in sorted(Path(folder).glob("*.jsonl")):
            judge.read(path)
    excused, faults = split(judge.faults)
    problems += faults
    problems += [f"the excuse '{words}' excuses nothing" for words in EXCUSES if not excused[words]]
    rows = []
    for service, names in offered_here.items():
        both = 0
        for name in names:
            where = f"{service}.{name}"
            if not seen[0][where]:
                problems.append(f"{where} is offered, and no success of it was judged")
            elif not seen[1][where]:
                problems.append(f"{where} is offered, and no error of it was judged")
            else:
                both += 1
        answers = sum(count for where, count in judge.successes.items() if where.startswith(f"{service}."))
        errors = sum(count for where, count in judge.errors.items() if where.startswith(f"{service}."))
        here = sum(fault.startswith(f"{service}.") for fault in faults)
        rows.append([service, len(names), both, answers, errors, judge.requests[service], judge.fields[service], here])
    total = ["in all", *(sum(row[at] for row in rows) for at in range(1, len(rows[0])))]
    found = baits(local.exchanges())
    heads = ["service", "operations", "seen both ways", "answers", "errors", "requests", "fields", "faults"]
    print(table(heads, [*rows, total]))
    shipped = {name: count for name, count in judge.callers.items() if name in FUNCTIONS}
    if not shipped:
        problems.append("no call of a function as it ships was judged")
    print(f"{local.left_out} calls were made without a member that AWS demands: {len(local.faults)} were taken. {sum(shipped.values())} "
          f"of the calls are those of {len(shipped)} functions as they ship. The judge found {found} of {found} baits.\n")
    for words in EXCUSES:
        print(f"* Excused {excused[words]} times, {words}: {EXCUSES[words]}.")
    print()


def pages(local, offered_here, problems):
    rows = []
    for service, asked in paging.PAGED.items():
        for operation, parameters in asked.items():
            try:
                rows.append([f"{service}.{operation}", paging.page(local, service, operation, parameters)])
            except AssertionError as error:
                problems.append(f"paging {service}.{operation}: {error}")
        paged = paging.paginators(service)
        for name in offered_here[service]:
            if name in paged and name not in asked:
                problems.append(f"{service}.{name} pages, and no paginator was tried")
    print(f"botocore's paginators, with pages of one and two and from token to token: {len(rows)} operations, "
          f"{sum(row[1] for row in rows)} items; each union is the unpaged answer, with nothing twice.\n")
    if paging.bait(local):
        problems.append("the judge of pages is blind to a lost item")
    waited = []
    tried = Counter()
    for service, waiter, asked, before in paging.waits(local):
        seconds = paging.wait(local, service, waiter, asked, before)
        tried[service, waiter] += 1
        if seconds is None:
            problems.append(f"the waiter {service} {waiter} gives up")
        else:
            waited.append([f"{service} {waiter}", seconds])
    for service in paging.PAGED:
        for waiter in paging.offered_waiters(service, offered_here[service]):
            if not tried[service, waiter]:
                problems.append(f"the waiter {service} {waiter} was not tried")
    gave_up = []
    for service, waiter, asked, before in paging.hopeless(local):
        if paging.wait(local, service, waiter, asked, before) is not None:
            problems.append(f"the waiter {service} {waiter} sees what is not there")
        gave_up.append(f"{service} {waiter}")
    print(table(["waiter", "seconds of the world"], waited))
    print(f"{len(gave_up)} that wait for what cannot come give up, as they must: {', '.join(gave_up)}.\n")


def neighbours(local, accounts, problems, unlisted):
    rows = []
    for account in accounts:
        progress(account.name)
        play(account, script.ALIKE)
        answers, fields, found = others.compared(local, account)
        new, gone, reasons = others.argued(account.name, found)
        problems += [f"{account.name}: a difference that nothing argues: {one}" for one in new]
        problems += [f"{account.name}: a difference is argued that is not there: {one}" for one in gone]
        if unlisted:
            print(json.dumps({"judge": account.name, "of": new}, indent=1, ensure_ascii=False))
        rows.append([account.name, answers, fields, len(found), *(reasons[right] for right in ("local AWS", "both", "they"))])
        if others.bait(local, account):
            raise Bad(f"the judge that compares with {account.name} is blind")
    if rows:
        print(table(["beside", "answers", "fields alike", "differences", "the local AWS is right", "both are", "they are"], rows))


def emulator(program, local, folder, binaries, problems):
    ours, theirs = rie.both(program, local, binaries, folder)
    alike, found = rie.compared(ours, theirs)
    problems += [f"the emulator: a difference that nothing argues: {one}" for one in found if one not in rie.DIFFERENCES]
    problems += [f"the emulator: a difference is argued that is not there: {one}" for one in rie.DIFFERENCES if one not in found]
    spoilt = [(name, {**one, "status": 418}) for name, one in ours]
    if set(rie.compared(spoilt, theirs)[1]) <= set(rie.DIFFERENCES):
        raise Bad("the judge of the Runtime API is blind")
    rights = Counter(right for right, _ in rie.DIFFERENCES.values())
    print(table(["Runtime API, driven by both", "count"], [
        ["events", len(rie.EVENTS)], ["fields alike", alike], ["differences, each argued", len(found)],
        ["of them the local AWS is AWS's way", rights["local"]], ["of them both are", rights["both"]],
        ["events to a function as it ships, answered alike", functions.alike(program, local, binaries, folder, problems)],
    ]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("judged", type=Path)
    parser.add_argument("functions", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sam", type=Path)
    parser.add_argument("--ministack", type=Path)
    parser.add_argument("--exchanges", action="append", default=[])
    parser.add_argument("--unlisted", action="store_true")
    told = parser.parse_args()
    shutil.rmtree(told.work, ignore_errors=True)
    binaries, problems, open_now = rie.runtime(told.work / "bin", told.functions), [], []

    def local(name):
        open_now.append(Local(told.judged, told.work / name, binaries))
        return open_now[-1]

    try:
        progress("what is offered")
        found = offered.operations(local("offered").url)
        progress("the script")
        first = local("script")
        play(first, script.ALIKE + own.OWN)
        progress("the models")
        models(first, found, [*told.exchanges, told.work / "offered"], problems)
        progress("pages and waiters")
        second = local("pages")
        paging.prepare(second)
        pages(second, found, problems)
        accounts = [Moto()]
        open_now.append(accounts[0])
        if told.ministack:
            accounts.append(Ministack(told.ministack / "bin/ministack", told.work))
            open_now.append(accounts[1])
        neighbours(first, accounts, problems, told.unlisted)
        if told.sam:
            progress("Lambda's emulator")
            emulator(rie.emulator(told.sam), second, told.work, binaries, problems)
    finally:
        for one in reversed(open_now):
            one.close()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problems, {len(open_now)} accounts, in {int(time.process_time())} s of CPU", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
