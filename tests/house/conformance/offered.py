"""What the local AWS offers, found by asking for every operation that AWS has."""

import json
import urllib.error
import urllib.request

from exchanges import REFUSED
from models import SERVICES, elements, model

SIGNED = "AWS4-HMAC-SHA256 Credential=123456789012/20260304/us-west-2/{}/aws4_request, SignedHeaders=host, Signature=0"


def code(url, service, operation):
    """The error's code of a request without parameters, with no client between; nothing if it is answered."""
    metadata = model(service).metadata
    headers = {"Authorization": SIGNED.format(service)}
    if metadata["protocol"] == "json":
        headers["X-Amz-Target"] = f"{metadata['targetPrefix']}.{operation}"
        headers["Content-Type"] = "application/x-amz-json-" + metadata["jsonVersion"]
        body = "{}"
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = f"Action={operation}&Version={metadata['apiVersion']}"
    request = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request):
            return None
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        if metadata["protocol"] == "json":
            return json.loads(text)["__type"]
        root, _ = elements(text)
        return root.find(".//Code").text


def operations(url):
    """By service: the operations of AWS that are not unknown here. They are asked with nothing."""
    found = {}
    for service in SERVICES:
        found[service] = [name for name in model(service).operation_names if code(url, service, name) not in REFUSED]
    return found
