"""restXml, which Route 53 alone speaks here, and restJson1, which Lambda alone does: what method,
path, query, headers and body of a request say, and that botocore would have sent the same. What
Lambda's Invoke takes and gives is bytes, which no protocol looks into.

https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

import functools
import re
import urllib.parse

import models
import rawtext
import rawxml
from findings import shorten

# botocore's model has the namespace at its input shapes alone.
NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"

# What a payload that is a blob is sent as, where its type is told.
# https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#content-type
BYTES = "application/octet-stream"


@functools.cache
def _pattern(signed, name):
    uri = models.operation(signed, name).http["requestUri"].rstrip("/")
    parts = re.split(r"\{(\w+)\}", uri)
    return re.compile("".join(f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(parts)) + "/?")


def called(signed, method, path):
    """Return the operation that method and path name, or nothing."""
    bare = path.partition("?")[0]
    for name in models.service(signed).operation_names:
        if models.operation(signed, name).http["method"] == method and _pattern(signed, name).fullmatch(bare):
            return name
    return ""


def read(exchange, operation, found):
    """Return the request's parameters, or None where they cannot be read."""
    bare, _, query = exchange.path.partition("?")
    located = {
        (m.serialization.get("location"), m.serialization.get("name", name)): (name, m)
        for name, m in operation.input_shape.members.items()
    }
    said = [("uri", k, v) for k, v in _pattern(exchange.service, operation.name).fullmatch(bare).groupdict().items()]
    said += _headers(operation.input_shape, exchange.header)
    said += [("querystring", k, v) for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))]
    out = {}
    for where, key, text in said:
        if (where, key) not in located:
            found.wrong(key, f"{operation.name} has no such parameter in the {where}")
            continue
        name, shape = located[where, key]
        if name in out:
            found.wrong(name, "stands twice")
        out[name] = rawtext.scalar(shape, urllib.parse.unquote(text) if where == "uri" else text, name, found)
    if exchange.body:
        body = _body(exchange.body, operation, found)
        if body is None:
            return None
        out.update(body)
    if "payload" in operation.input_shape.serialization and exchange.header("Content-Type") not in ("", BYTES):
        found.wrong("Content-Type", f"is {exchange.header('Content-Type')!r}, not {BYTES!r}")
    return out


def _headers(shape, header):
    """Return the members of a shape that stand in headers, with what the headers say."""
    names = [m.serialization["name"] for m in shape.members.values() if m.serialization.get("location") == "header"]
    return [("header", name, header(name)) for name in names if header(name)]


def answered(exchange, shape, found):
    """Return the strict reading of an answer whose body is a payload."""
    out = {shape.serialization["payload"]: exchange.answer}
    for name, member in shape.members.items():
        where = member.serialization.get("location")
        if where == "statusCode":
            out[name] = exchange.status
        elif where == "header" and exchange.answered(member.serialization["name"]):
            out[name] = rawtext.scalar(member, exchange.answered(member.serialization["name"]), name, found)
    known = {name.lower() for _, name, _ in _headers(shape, exchange.answered)}
    for name in exchange.answered_headers:
        if name.lower().startswith("x-amz") and name.lower() not in known | {"x-amzn-requestid"}:
            found.wrong(name, f"{shape.name} has no such header")
    return out


def _body(raw, operation, found):
    payload = operation.input_shape.serialization.get("payload")
    if payload is not None and operation.input_shape.members[payload].type_name == "blob":
        return {payload: raw}
    root = rawxml.parse(raw, NAMESPACE, found)
    if root is None:
        return None
    if root.tag != operation.input_shape.serialization.get("name", operation.name + "Request"):
        found.wrong("", f"the root is <{root.tag}>")
    return rawxml.decode(operation.input_shape, root, "", found)


def again(exchange, operation, parameters, found):
    """Have botocore serialize what was read, which must say what was sent."""
    theirs = models.serializer(exchange.service).serialize_to_request(parameters, operation)
    bare, _, query = exchange.path.partition("?")
    for name, value in theirs["headers"].items():
        if exchange.header(name) != value:
            found.wrong(name, f"is {exchange.header(name)!r}, and botocore sends {value!r}")
    for what, ours, wanted in (
        ("path", bare.rstrip("/"), theirs["url_path"].rstrip("/")),
        ("query", dict(urllib.parse.parse_qsl(query)), {k: str(v) for k, v in theirs["query_string"].items()}),
    ):
        if ours != wanted:
            found.wrong("", f"the {what} is {shorten(ours)}, and botocore sends {shorten(wanted)}")
    if bool(exchange.body) != bool(theirs["body"]):
        found.wrong("", "a body is there for one of the SDKs alone")
    elif theirs["body"] and _body(theirs["body"], operation, found) != _body(exchange.body, operation, found):
        found.wrong("", f"the body is not what botocore sends: {shorten(theirs['body'])}")
