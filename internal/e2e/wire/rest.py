"""restXml, which Route 53 alone speaks here: what method, path, query and XML body of a request
say, and that botocore would have sent the same.

https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
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
    return out


def _body(raw, operation, found):
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
