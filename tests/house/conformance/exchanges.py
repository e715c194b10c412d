"""Judges what went over the wire: each request and each answer, as the local AWS kept them.

A fault is a line `service.Operation: where: what`. What the model does not say is said here: the errors that AWS documents for
all operations of a service.
"""

import json
from collections import Counter
from xml.etree.ElementTree import ParseError

from models import SERVICES, Walk, elements, model, tree_of

# "Common Error Types" of each service's API reference, as the local AWS uses them; for EC2, whose model has no errors, the user
# guide's "Error codes for the Amazon EC2 API". The codes of IAM, Auto Scaling, CloudFormation and STS that are short
# (Throttling, AccessDenied) are those that the services give; the reference names them with `Exception` at the end.
QUERY = {
    "AccessDenied": 403,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "MissingParameter": 400,
    "Throttling": 400,
    "ValidationError": 400,
}
JSON = {
    "AccessDeniedException": 400,
    "SerializationException": 400,
    "ThrottlingException": 400,
    "UnknownOperationException": 400,
    "ValidationException": 400,
}
EC2 = {
    "IncorrectInstanceState": 400,
    "InternalError": 500,
    "InvalidAction": 400,
    "InvalidGroup.NotFound": 400,
    "InvalidGroupId.Malformed": 400,
    "InvalidInstanceID.Malformed": 400,
    "InvalidInstanceID.NotFound": 400,
    "InvalidInstanceType": 400,
    "InvalidLaunchTemplateId.Malformed": 400,
    "InvalidLaunchTemplateId.NotFound": 400,
    "InvalidLaunchTemplateId.VersionNotFound": 400,
    "InvalidLaunchTemplateName.AlreadyExistsException": 400,
    "InvalidLaunchTemplateName.MalformedException": 400,
    "InvalidLaunchTemplateName.NotFoundException": 400,
    "InvalidNextToken": 400,
    "InvalidParameter": 400,
    "InvalidParameterCombination": 400,
    "InvalidParameterValue": 400,
    "InvalidRouteTableID.NotFound": 400,
    "InvalidSpotInstanceRequestID.NotFound": 400,
    "InvalidVpcEndpointId.NotFound": 400,
    "MissingParameter": 400,
    "RequestLimitExceeded": 503,
    "UnauthorizedOperation": 403,
    "UnknownParameter": 400,
    "UnsupportedOperation": 400,
}
COMMON = {"json": JSON, "query": QUERY, "ec2": EC2}
# What a service gives beside its model: a boundary that is not there is "Scope ARN: … does not exist or is not attachable".
BESIDE = {"iam.CreateRole": {"NoSuchEntity": 404}}
# What nobody asks AWS: the tests ask it on purpose, to see it refused.
REFUSED = ("InvalidAction", "UnknownOperationException")


class Judge:
    """What was judged, by operation, and the faults with how often each was seen."""

    def __init__(self):
        self.faults, self.fields, self.requests = Counter(), Counter(), Counter()
        self.successes, self.errors = Counter(), Counter()
        self.codes, self.callers = {}, Counter()

    def read(self, path):
        with open(path) as lines:
            for line in lines:
                self.judge(json.loads(line))

    def judge(self, one):
        service, name = one["service"], one["operation"]
        where = f"{service}.{name}"
        self.callers[one.get("caller")] += 1
        try:
            if service not in SERVICES:
                raise LookupError(service)
            service_model = model(service)
            operation = service_model.operation_model(name)
        except Exception:
            # A service that is not offered, or an operation that AWS does not have: only a refusal will do.
            if one["status"] < 400:
                self.faults[f"{where}: is answered, and there is no such operation"] += 1
            return
        protocol = service_model.metadata["protocol"]
        succeeded = one["status"] < 300
        if succeeded:
            faults = self.success(protocol, operation, one)
            faults += self.request(protocol, operation, one)
            self.successes[where] += 1
        else:
            faults = self.error(protocol, service_model, operation, one, where)
        for fault in faults:
            self.faults[f"{where}: {fault}"] += 1

    def success(self, protocol, operation, one):
        walk, shape = Walk(protocol), operation.output_shape
        if one["status"] != 200:
            walk.wrong("", f"the status is {one['status']}")
        try:
            if protocol == "json":
                value = json.loads(one["response"])
                if shape is not None:
                    walk.json(shape, value)
                elif value != {}:
                    walk.wrong("", "there is an answer, and the operation has none")
            else:
                self.document(walk, protocol, operation, shape, one)
        except (ValueError, ParseError) as error:
            walk.wrong("", f"cannot be read: {error}")
        self.fields[operation.service_model.service_name] += walk.fields
        return walk.faults

    def document(self, walk, protocol, operation, shape, one):
        root, namespace = elements(one["response"])
        meant = operation.service_model.metadata["xmlNamespace"]
        if namespace.rstrip("/") != meant.rstrip("/"):
            walk.wrong("", f"the namespace is {namespace}, not {meant}")
        if root.tag != f"{operation.name}Response":
            walk.wrong("", f"is <{root.tag}>")
        nodes = list(root)
        if protocol == "ec2":
            metadata = [node for node in nodes if node.tag == "requestId"]
            rest = [node for node in nodes if node.tag != "requestId"]
        else:
            metadata = [node for node in nodes if node.tag == "ResponseMetadata" and node.find("RequestId") is not None]
            rest = [node for node in nodes if node.tag != "ResponseMetadata"]
        if len(metadata) != 1:
            walk.wrong("", "there is no request id")
        if protocol == "query" and shape is not None:
            wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
            if [node.tag for node in rest] != [wrapper]:
                walk.wrong("", f"the result is {[node.tag for node in rest]}, not <{wrapper}>")
                return
            rest = list(rest[0])
        if shape is not None:
            walk.xml_members(shape, rest, "")
        elif rest and protocol == "query":
            walk.wrong("", f"there is <{rest[0].tag}>, and the operation has no result")

    def request(self, protocol, operation, one):
        """Of a request that was taken: that AWS would take it too."""
        walk, shape = Walk(protocol, True), operation.input_shape
        self.requests[operation.service_model.service_name] += 1
        if protocol == "json":
            value = json.loads(one["request"] or "{}")
            if shape is not None:
                walk.json(shape, value)
        elif shape is not None:
            walk.query(shape, tree_of(one["request"]))
        return [f"the request was taken, but {fault}" for fault in walk.faults]

    def error(self, protocol, service_model, operation, one, where):
        walk = Walk(protocol)
        try:
            code = self.code(walk, protocol, service_model, one)
        except (ValueError, ParseError, AttributeError, KeyError) as error:
            return [f"the error cannot be read: {error!r}"]
        modelled = {}
        for shape in operation.error_shapes:
            told = shape.metadata.get("error", {})
            fault = shape.metadata.get("fault") or told.get("fault")
            modelled[told.get("code", shape.name)] = told.get("httpStatusCode", 500 if fault else 400)
        known = COMMON[protocol] | modelled | BESIDE.get(where, {})
        if code not in known:
            walk.wrong("", f"{code} is no error of this operation, nor a common one")
        elif one["status"] != known[code]:
            walk.wrong("", f"{code} has the status {one['status']}, not {known[code]}")
        if code not in REFUSED:
            self.errors[where] += 1
            self.codes.setdefault(where, set()).add(code)
        return walk.faults

    def code(self, walk, protocol, service_model, one):
        self.fields[service_model.service_name] += 2
        if protocol == "json":
            value = json.loads(one["response"])
            for name in set(value) - {"__type", "message", "Message"}:
                modelled = value["__type"] in service_model.shape_names
                members = service_model.shape_for(value["__type"]).members if modelled else {}
                if name not in members:
                    walk.wrong(name, "an error has no such member")
            if not isinstance(value.get("message", value.get("Message")), str):
                walk.wrong("message", "is no text")
            return value["__type"].rsplit("#", 1)[-1]
        root, _ = elements(one["response"])
        if protocol == "ec2":
            wanted, error, request_id = "Response", root.find("Errors/Error"), root.find("RequestID")
            members = ["Code", "Message"]
        else:
            wanted, error, request_id = "ErrorResponse", root.find("Error"), root.find("RequestId")
            members = ["Type", "Code", "Message"]
        if root.tag != wanted or request_id is None or [node.tag for node in error] != members:
            walk.wrong("", "the error has another form")
        if protocol == "query":
            fault = "Sender" if one["status"] < 500 else "Receiver"
            if error.find("Type").text != fault:
                walk.wrong("Type", f"is {error.find('Type').text}, not {fault}")
        return error.find("Code").text


def bait(one, spoil):
    """Whether a spoilt copy of a good exchange is found fault with."""
    judge = Judge()
    judge.judge({**one, **spoil(one)})
    return bool(judge.faults)
