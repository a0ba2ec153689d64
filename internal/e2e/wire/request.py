"""Judges one request: its envelope, its parameters, and that they are what the Go SDK was
given and what botocore itself would have sent for them.
"""

import json
import re

from botocore.validate import ParamValidator

import compare
import constraints
import models
import rawcbor
import rawform
import rawjson
import rest
from findings import shorten

_FORM = re.compile(r"application/x-www-form-urlencoded(; charset=utf-8)?\Z", re.IGNORECASE)


def judge(exchange, operation, found):
    """Return the request's parameters as the model reads them, or None where it cannot."""
    found.count("requests")
    if exchange.method != operation.http.get("method", "POST"):
        found.wrong("", f"the method is {exchange.method}")
    _envelope(exchange, operation, found)
    if models.protocol(operation.service_model).startswith("rest-"):
        parameters, raw = rest.read(exchange, operation, found), None
    elif exchange.path != _path(operation):
        return found.wrong("", f"the path is {exchange.path}")
    elif models.typed(operation.service_model):
        parameters, raw = _from_json(exchange, operation, found)
    else:
        parameters, raw = _from_form(exchange, operation, found)
    shape = operation.input_shape
    if parameters is None or shape is None:
        return parameters
    constraints.check(shape, parameters, "", found)
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        found.wrong("", f"botocore refuses it: {report.generate_report()}")
    _again(exchange, operation, parameters, raw, found)
    if exchange.sdk is not None:
        compare.sdk(shape, parameters, exchange.sdk["input"], "", found)
    return parameters


def _path(operation):
    """Return the path of a request: in CBOR's protocol it names service and operation."""
    model = operation.service_model
    if models.protocol(model) == models.CBOR:
        return f"/service/{model.metadata['targetPrefix']}/operation/{operation.name}"
    return operation.http.get("requestUri", "/")


def _envelope(exchange, operation, found):
    """Hold the headers that every request has against SigV4's and the SDKs' rules.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    signed = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=\w+/(\d{8})/[a-z0-9-]+/([a-z0-9-]+)/aws4_request, "
        r"SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}",
        exchange.header("Authorization"),
    )
    if signed is None:
        found.wrong("Authorization", "is no SigV4 signature")
        return
    day, service, headers = signed[1], signed[2], signed[3].split(";")
    if service != operation.service_model.signing_name:
        found.wrong("Authorization", f"signs for {service}")
    if not re.fullmatch(day + r"T\d{6}Z", exchange.header("X-Amz-Date")):
        found.wrong("X-Amz-Date", "is not the signature's date in ISO 8601 basic format")
    sent = [name.lower() for name in exchange.headers if name.lower().startswith("x-amz-")]
    missing = {"host", *sent} - set(headers)
    if missing or headers != sorted(headers):
        found.wrong("Authorization", f"signs {headers}; {sorted(missing)} are missing")
    if exchange.header("Content-Length") not in ("", str(len(exchange.body))):
        found.wrong("Content-Length", "is not the body's length")


def _from_json(exchange, operation, found):
    metadata = operation.service_model.metadata
    wanted = models.serializer(exchange.service).serialize_to_request({}, operation)["headers"]
    for name, value in wanted.items():
        if exchange.header(name) != value:
            found.wrong(name, f"is {exchange.header(name)!r}, not {value!r}")
    compatible = "awsQueryCompatible" in metadata
    if (exchange.header("x-amzn-query-mode") == "true") != compatible:
        found.wrong("x-amzn-query-mode", "is for query-compatible services, and for those alone")
    cbor = models.protocol(operation.service_model) == models.CBOR
    tree = (rawcbor if cbor else rawjson).parse(exchange.body, found)
    if tree is None:
        return None, None
    if operation.input_shape is None:
        return ({}, {}) if not tree else found.wrong("", "the operation takes no parameters")
    return rawjson.decode(operation.input_shape, tree, "", found), tree


def _from_form(exchange, operation, found):
    if not _FORM.match(exchange.header("Content-Type")):
        found.wrong("Content-Type", f"is {exchange.header('Content-Type')!r}")
    form = rawform.parse(exchange.body, found)
    if form is None:
        return None, None
    whole = dict(form)
    for name, value in (
        ("Action", operation.name),
        ("Version", operation.service_model.api_version),
    ):
        if form.pop(name, None) != value:
            found.wrong(name, f"is not {value}")
    if operation.input_shape is None:
        for name in form:
            found.wrong(name, "the operation takes no parameters")
        return {}, whole
    ec2 = models.protocol(operation.service_model) == "ec2"
    return rawform.decode(operation.input_shape, form, ec2, found), whole


def _again(exchange, operation, parameters, raw, found):
    """Have botocore serialize what was read, which must give what was sent."""
    found.count("serialized again")
    if models.protocol(operation.service_model).startswith("rest-"):
        return rest.again(exchange, operation, parameters, found)
    body = models.serializer(exchange.service).serialize_to_request(parameters, operation)["body"]
    if models.protocol(operation.service_model) == models.CBOR:
        theirs, ours = rawcbor.parse(body, found), raw
    elif models.protocol(operation.service_model) == "json":
        theirs, ours = json.loads(body), json.loads(exchange.body)
    else:
        theirs, ours = {name: str(value) for name, value in body.items()}, raw
    for name in sorted(set(theirs) | set(ours)):
        if theirs.get(name) != ours.get(name):
            found.wrong(name, f"is {shorten(ours.get(name))}, and botocore sends {shorten(theirs.get(name))}")
