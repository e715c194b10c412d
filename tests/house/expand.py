"""Expands SAM templates into plain CloudFormation, as the service would, without asking AWS.

Arguments: pairs of a template and the file for its expansion.
"""

import json
import sys

import cfnlint.decode
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class ManagedPolicies:
    """The policies that SAM knows by name: an account would be asked."""

    def load(self):
        arn = "arn:aws:iam::aws:policy"
        return {"AWSLambdaBasicExecutionRole": f"{arn}/service-role/AWSLambdaBasicExecutionRole"}


def plain(value):
    """Without the marks of places that cfn-lint's reader leaves."""
    return json.loads(json.dumps(value))


def main():
    arguments = sys.argv[1:]
    for source, expanded in zip(arguments[::2], arguments[1::2]):
        template, problems = cfnlint.decode.decode(source)
        assert not problems, problems
        template = plain(template)
        # Of functions that are not packaged yet, SAM wants to know where they will be.
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "function.zip"}
        values = {name: one["Default"] for name, one in template.get("Parameters", {}).items() if "Default" in one}
        try:
            result = transform(template, values, ManagedPolicies())
        except InvalidDocumentException as error:
            raise SystemExit(f"{source}: {[cause.message for cause in error.causes]}")
        with open(expanded, "w") as file:
            json.dump(result, file, indent=1)


main()
