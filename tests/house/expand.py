"""Expands the SAM template into plain CloudFormation, as the service would, without asking AWS.

Arguments: the template; where its expansion goes; where the policies of its roles go, with every reference worked out, in
the form that judge_policies.py reads.
"""

import json
import re
import sys

import cfnlint.decode
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": "us-west-2",
    "AWS::StackName": "muster",
    "AWS::URLSuffix": "amazonaws.com",
}

ARNS = {
    "AWS::Lambda::Function": "arn:aws:lambda:us-west-2:123456789012:function:{}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-west-2:123456789012:{}",
}


class ManagedPolicies:
    """The policies that SAM knows by name: an account would be asked."""

    def load(self):
        arn = "arn:aws:iam::aws:policy"
        return {"AWSLambdaBasicExecutionRole": f"{arn}/service-role/AWSLambdaBasicExecutionRole"}


def expanded(source):
    template, problems = cfnlint.decode.decode(source)
    if problems:
        raise SystemExit(f"{source}: {problems}")
    # Without the marks of places that cfn-lint's reader leaves.
    template = json.loads(json.dumps(template))
    # Of functions that are not packaged yet, SAM wants to know where they will be.
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "function.zip"}
    values = {name: one["Default"] for name, one in template["Parameters"].items() if "Default" in one}
    try:
        return transform(template, values, ManagedPolicies())
    except InvalidDocumentException as error:
        raise SystemExit(f"{source}: {[cause.message for cause in error.causes]}")


class Resolver:
    """References worked out with the parameters' defaults."""

    def __init__(self, template):
        self.conditions, self.resources = template["Conditions"], template["Resources"]
        self.values = {name: one.get("Default") for name, one in template["Parameters"].items()} | PSEUDO

    def resolve(self, value):
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not None]
        if not isinstance(value, dict):
            return value
        if len(value) != 1:
            resolved = {name: self.resolve(one) for name, one in value.items()}
            return {name: one for name, one in resolved.items() if one is not None}
        ((name, argument),) = value.items()
        match name:
            case "Ref":
                return self.values.get(argument, argument)
            case "Fn::If":
                return self.resolve(argument[1] if self.holds({"Condition": argument[0]}) else argument[2])
            case "Fn::GetAtt":
                return ARNS[self.resources[argument[0]]["Type"]].format(argument[0])
            case "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: str(self.values[found[1]]), argument)
        return {name: self.resolve(argument)}

    def holds(self, condition):
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self.holds(self.conditions[argument])
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::Equals":
                return self.resolve(argument[0]) == self.resolve(argument[1])
            case "Fn::And":
                return all(map(self.holds, argument))
            case "Fn::Or":
                return any(map(self.holds, argument))
        raise SystemExit(f"{name} is not known here")


def policies(template):
    resolver, found = Resolver(template), {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            own = resolver.resolve(resource["Properties"].get("Policies", []))
            # The ones that SAM adds have no version, which is the older one; none of them has a variable in it.
            versioned = {"Version": "2012-10-17"}
            found[name] = {one["PolicyName"]: versioned | one["PolicyDocument"] for one in own}
    return found


def main(source, expansion, roles):
    template = expanded(source)
    for path, value in [(expansion, template), (roles, policies(template))]:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)


main(*sys.argv[1:])
