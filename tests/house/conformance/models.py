"""Holds a request or a response against the shapes of botocore's service models, member by member.

botocore itself reads leniently: it skips what it does not know and takes what it can. Here nothing is skipped.
"""

import base64
import re
import urllib.parse
import xml.etree.ElementTree as ET
from functools import lru_cache

import botocore.session

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
SESSION = botocore.session.get_session()
# Those that the local AWS has a door for.
SERVICES = ("autoscaling", "cloudformation", "ec2", "ecs", "events", "iam", "logs", "sts")


@lru_cache(None)
def model(service):
    return SESSION.get_service_model(service)


@lru_cache(None)
def pattern(text):
    """Patterns are written for Java; the few that Python does not take are not judged."""
    try:
        return re.compile(text.replace(r"\p{Alnum}", "a-zA-Z0-9").replace(r"\-\-", r"\-"))
    except re.error:
        return None


class Walk:
    """One walk through one message: what was found wrong, and how much was looked at."""

    def __init__(self, protocol, of_request=False):
        self.protocol, self.of_request = protocol, of_request
        self.faults, self.fields = [], 0

    def wrong(self, path, told):
        self.faults.append(f"{path or '(root)'}: {told}")

    def constrained(self, shape, value, path, size):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and size < least:
            self.wrong(path, f"{size} is less than {least}")
        if most is not None and size > most:
            self.wrong(path, f"{size} is more than {most}")
        if isinstance(value, str) and "pattern" in shape.metadata:
            compiled = pattern(shape.metadata["pattern"])
            if compiled and not compiled.fullmatch(value):
                self.wrong(path, f"{value!r} is not of {shape.metadata['pattern']}")

    def scalar(self, shape, value, path):
        """A scalar: native in JSON, a text in the query protocols."""
        self.fields += 1
        kind, text = shape.type_name, isinstance(value, str)
        native = self.protocol == "json"
        if kind in ("string", "character"):
            if not text:
                return self.wrong(path, f"{value!r} is no text")
            if shape.enum and value not in shape.enum:
                return self.wrong(path, f"{value!r} is none of {shape.name}'s values")
            return self.constrained(shape, value, path, len(value))
        if kind == "boolean":
            fine = isinstance(value, bool) if native else value in ("true", "false")
            return None if fine else self.wrong(path, f"{value!r} is neither true nor false")
        if kind in ("integer", "long", "float", "double"):
            whole = kind in ("integer", "long")
            if native:
                fine = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
            else:
                fine = re.fullmatch(r"-?\d+" if whole else r"-?\d+(\.\d+)?([eE]-?\d+)?", value or "")
            if not fine:
                return self.wrong(path, f"{value!r} is no {kind}")
            return self.constrained(shape, None, path, float(value))
        if kind == "timestamp":
            form = shape.serialization.get("timestampFormat", "unixTimestamp" if native else "iso8601")
            if form == "unixTimestamp":
                fine = isinstance(value, (int, float)) and not isinstance(value, bool)
            else:
                fine = text and ISO.fullmatch(value)
            return None if fine else self.wrong(path, f"{value!r} is no time in the form {form}")
        if kind == "blob":
            try:
                base64.b64decode(value, validate=True)
            except (ValueError, TypeError):
                self.wrong(path, f"{value!r} is not base64")
            return None
        return self.wrong(path, f"a {kind} is not judged here")

    def required(self, shape, names, path):
        for name in shape.required_members:
            if name not in names:
                self.wrong(f"{path}.{name}".lstrip("."), "is required and not there")

    # awsJson

    def json(self, shape, value, path=""):
        if value is None:
            return self.wrong(path, "is null: AWS leaves out what is not there")
        kind = shape.type_name
        if kind == "structure":
            if not isinstance(value, dict):
                return self.wrong(path, f"{value!r} is no object")
            known = {one.serialization.get("name", name): (name, one) for name, one in shape.members.items()}
            for name, one in value.items():
                inner = f"{path}.{name}".lstrip(".")
                if name in known:
                    self.json(known[name][1], one, inner)
                else:
                    self.wrong(inner, f"{shape.name} has no such member")
            return self.required(shape, {known[name][0] for name in value if name in known}, path)
        if kind == "list":
            if not isinstance(value, list):
                return self.wrong(path, f"{value!r} is no list")
            for one in value:
                self.json(shape.member, one, f"{path}[]")
            return self.constrained(shape, None, path, len(value))
        if kind == "map":
            if not isinstance(value, dict):
                return self.wrong(path, f"{value!r} is no object")
            for name, one in value.items():
                self.scalar(shape.key, name, f"{path}<key>")
                self.json(shape.value, one, f"{path}{{}}")
            return None
        return self.scalar(shape, value, path)

    # The answers of the query protocols

    def xml(self, shape, node, path=""):
        kind = shape.type_name
        if kind == "structure":
            return self.xml_members(shape, list(node), path, node.text)
        if kind == "list":
            self.bare(node, path)
            name = shape.member.serialization.get("name", "item" if self.protocol == "ec2" else "member")
            for one in node:
                if one.tag != name:
                    self.wrong(f"{path}[]", f"is <{one.tag}>, not <{name}>")
                else:
                    self.xml(shape.member, one, f"{path}[]")
            return self.constrained(shape, None, path, len(node))
        if kind == "map":
            for one in node:
                if one.tag != "entry" or [inner.tag for inner in one] != ["key", "value"]:
                    self.wrong(path, "is no entry of key and value")
                    continue
                self.scalar(shape.key, one[0].text or "", f"{path}<key>")
                self.xml(shape.value, one[1], f"{path}{{}}")
            return None
        if len(node):
            return self.wrong(path, "has elements where a scalar belongs")
        return self.scalar(shape, node.text or "", path)

    def bare(self, node, path):
        if (node.text or "").strip():
            self.wrong(path, f"has the text {node.text.strip()!r}")

    def xml_members(self, shape, nodes, path, text=None):
        if (text or "").strip():
            self.wrong(path, f"has the text {text.strip()!r}")
        known = {one.serialization.get("name", name): (name, one) for name, one in shape.members.items()}
        seen = []
        for node in nodes:
            inner = f"{path}.{node.tag}".lstrip(".")
            if node.tag not in known:
                self.wrong(inner, f"{shape.name} has no such member")
                continue
            name, one = known[node.tag]
            if name in seen and not one.serialization.get("flattened"):
                self.wrong(inner, "is there twice")
            seen.append(name)
            self.xml(one, node, inner)
        self.required(shape, set(seen), path)

    # The requests of the query protocols

    def query(self, shape, tree, path=""):
        kind = shape.type_name
        if kind == "structure":
            if not isinstance(tree, dict):
                # The SDKs write a structure without members as its bare name.
                return None if tree == "" else self.wrong(path, f"{tree!r} is no structure")
            known = {self.key(name, one): (name, one) for name, one in shape.members.items()}
            for name, one in tree.items():
                inner = f"{path}.{name}".lstrip(".")
                if name in known:
                    self.query(known[name][1], one, inner)
                else:
                    self.wrong(inner, f"{shape.name} has no such member")
            return self.required(shape, {known[name][0] for name in tree if name in known}, path)
        if kind == "list":
            if tree == "":
                return None
            if self.protocol == "query" and not shape.serialization.get("flattened"):
                name = shape.member.serialization.get("name", "member")
                if not isinstance(tree, dict) or list(tree) != [name]:
                    return self.wrong(path, f"{tree!r} is no list of {name}")
                tree = tree[name]
            if not isinstance(tree, dict) or sorted(map(str, range(1, len(tree) + 1))) != sorted(tree):
                return self.wrong(path, "is not numbered from 1")
            for one in tree.values():
                self.query(shape.member, one, f"{path}[]")
            return self.constrained(shape, None, path, len(tree))
        if isinstance(tree, dict):
            return self.wrong(path, "has members where a scalar belongs")
        return self.scalar(shape, tree, path)

    def key(self, name, shape):
        if self.protocol == "ec2":
            named = shape.serialization.get("queryName")
            plain = shape.serialization.get("name", name)
            return named or plain[0].upper() + plain[1:]
        if shape.type_name == "list" and shape.serialization.get("flattened"):
            return shape.member.serialization.get("name", name)
        return shape.serialization.get("name", name)


def tree_of(body):
    """`A.member.1.B=x` as a tree, without Action and Version."""
    root = {}
    for name, value in urllib.parse.parse_qsl(body, keep_blank_values=True):
        *steps, last = name.split(".")
        node = root
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = value
    root.pop("Action", None)
    root.pop("Version", None)
    return root


def elements(text):
    """A document without its namespace, and the namespace."""
    root = ET.fromstring(text)
    namespace = root.tag[1:].split("}")[0] if root.tag.startswith("{") else None
    for node in root.iter():
        node.tag = node.tag.split("}")[-1]
    return root, namespace
