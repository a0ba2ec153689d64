"""botocore's service models, by the names under which requests are signed.

Nothing here knows the product or its simulator: what is right on the wire comes from these
models alone.
"""

import functools
import re

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize

# SigV4's service name to the name of botocore's folder.
FOLDERS = {
    "cloudtrail": "cloudtrail",
    "dynamodb": "dynamodb",
    "ec2": "ec2",
    "elasticloadbalancing": "elbv2",
    "events": "events",
    "kms": "kms",
    "lambda": "lambda",
    "monitoring": "cloudwatch",
    "route53": "route53",
    "sns": "sns",
    "sqs": "sqs",
    "sts": "sts",
}


@functools.cache
def _description(folder):
    return botocore.loaders.Loader().load_service_model(folder, "service-2")


@functools.cache
def service(signed):
    """Return the model of the service that is signed for by this name, or None."""
    folder = FOLDERS.get(signed)
    return folder and botocore.model.ServiceModel(_description(folder), folder)


def service_fault(signed, shape):
    """Say whether an error is the service's own fault, which botocore's classes leave out."""
    return bool(_description(FOLDERS[signed])["shapes"][shape.name].get("fault"))


@functools.cache
def operation(signed, name):
    """Return the model of one operation, or None where service or operation is unknown."""
    model = service(signed)
    if model is None or name not in model.operation_names:
        return None
    return model.operation_model(name)


CBOR = "smithy-rpc-v2-cbor"


def protocol(model):
    """Return the protocol in which the Go SDK speaks to a service: CBOR where AWS offers it,
    which botocore's clients choose last.
    """
    return CBOR if CBOR in model.metadata.get("protocols", ()) else model.resolved_protocol


def typed(model):
    """Say whether bodies of the service's protocol hold typed members, and errors a __type."""
    return protocol(model) in ("json", CBOR)


@functools.cache
def parser(signed):
    """Return botocore's own parser of a service's answers."""
    return botocore.parsers.create_parser(protocol(service(signed)))


@functools.cache
def serializer(signed):
    """Return botocore's own serializer of a service's requests, without its validation."""
    return botocore.serialize.create_serializer(
        protocol(service(signed)), include_validation=False
    )


# What Java's and ECMAScript's patterns say and Python's cannot, in Python's words. The
# property classes for letters and numbers stand together in AWS's models, with an underscore
# beside them, and so are what Python calls \w.
_SEPARATORS = r"\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIALECT = (
    (r"\p{L}\p{Z}\p{N}_", r"\w" + _SEPARATORS),
    (r"\p{Print}", r"[\x20-\x7e]"),
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff"),
)


@functools.cache
def pattern(text):
    """Return a model's pattern compiled, or None where Python cannot read it.

    A pattern may match anywhere unless it anchors itself, and its $ is the very end:
    https://smithy.io/2.0/spec/constraint-traits.html#pattern-trait
    """
    for theirs, ours in _DIALECT:
        text = text.replace(theirs, ours)
    if text.endswith("$") and not text.endswith(r"\$"):
        text = text[:-1] + r"\Z"
    try:
        return re.compile(text)
    except re.error:
        return None
