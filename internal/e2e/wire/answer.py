"""Judges one answer: its envelope, its members, what botocore's parser makes of them and what
the Go SDK has made of them.
"""

import hashlib
import io
import re
import zlib

import compare
import constraints
import errors
import models
import rawcbor
import rawjson
import rawxml
import rest
from findings import shorten


def judge(exchange, operation, parameters, found):
    """Judge what came back for a request with these parameters."""
    sdk = exchange.sdk
    if exchange.status == 0:
        found.count("answers lost")
        if sdk is not None and (sdk["error"] is None or sdk["error"]["code"]):
            found.wrong("", "the answer is lost, and the Go SDK has one")
        return
    found.count("answers")
    _envelope(exchange, operation, found)
    if exchange.status >= 300:
        found.count("errors")
        _error(exchange, operation, found)
        return
    if exchange.status != operation.http.get("responseCode", 200):
        found.wrong("", f"the status is {exchange.status}")
    output = _read(exchange, operation, found)
    if output is None:
        return
    if sdk is not None and sdk["error"] is not None:
        found.wrong("", f"the Go SDK has the error {sdk['error']['text']}")
        return
    shape = operation.output_shape
    if shape is None:
        return
    constraints.check(shape, output, "", found)
    compare.parsed(shape, output, _botocore(exchange, operation, found), "", found)
    if sdk is not None:
        compare.sdk(shape, output, sdk["output"], "", found)
    if exchange.service == "sqs":
        _digests(operation, parameters or {}, output, found)


def _envelope(exchange, operation, found):
    metadata = operation.service_model.metadata
    content = "text/xml;charset=UTF-8"
    if models.protocol(operation.service_model) == "json":
        content = "application/x-amz-json-" + metadata["jsonVersion"]
    elif operation.service_model.resolved_protocol == "rest-json":
        content = "application/json"
    elif models.protocol(operation.service_model) == models.CBOR:
        content = "application/cbor"
        if exchange.answered("smithy-protocol") != "rpc-v2-cbor":
            found.wrong("smithy-protocol", "is not rpc-v2-cbor")
    if exchange.answered("Content-Type") != content:
        found.wrong("Content-Type", f"is {exchange.answered('Content-Type')!r}, not {content!r}")
    if not exchange.answered("x-amzn-requestid"):
        found.wrong("x-amzn-requestid", "is missing")
    crc = exchange.answered("x-amz-crc32")
    if exchange.service == "dynamodb" or crc:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
        found.count("checksums")
        if crc != str(zlib.crc32(exchange.answer)):
            found.wrong("x-amz-crc32", "is not the body's checksum")


def _botocore(exchange, operation, found):
    """Return what botocore's parser makes of the answer, without its metadata."""
    shape, response = operation.output_shape, exchange.response()
    if operation.has_streaming_output:  # its parser takes the body unread, as its client does
        response["body"] = io.BytesIO(exchange.answer)
    parsed = models.parser(exchange.service).parse(response, shape)
    if operation.has_streaming_output:
        parsed[shape.serialization["payload"]] = parsed[shape.serialization["payload"]].read()
    found.count("parsed by botocore")
    metadata = parsed.pop("ResponseMetadata", {})
    if metadata.get("RequestId") != exchange.answered("x-amzn-requestid"):
        found.wrong("RequestId", "is not that of the header for botocore")
    return parsed


def _read(exchange, operation, found):
    """Return the strict reading of a successful answer, or None where there is none."""
    shape, protocol = operation.output_shape, models.protocol(operation.service_model)
    if models.typed(operation.service_model):
        tree = _typed(exchange, operation, found)
        if tree is None or shape is None:
            return tree if not tree else found.wrong("", f"there is no output, and {sorted(tree)}")
        return rawjson.decode(shape, tree, "", found)
    if protocol == "rest-json":
        return rest.answered(exchange, shape, found)
    root = rawxml.parse(exchange.answer, operation.metadata.get("xmlNamespace", rest.NAMESPACE), found)
    if root is None:
        return None
    if root.tag != operation.name + "Response":
        found.wrong("", f"the root is <{root.tag}>")
    if protocol == "rest-xml":  # the header alone has the request's ID
        return rawxml.decode(shape, root, "", found)
    request_id, wrapper = "requestId", root
    if protocol == "query":
        wanted = [operation.name + "Result", "ResponseMetadata"]
        parts = rawxml.members(root, wanted if shape is not None else wanted[1:], "", found)
        metadata = rawxml.members(parts.get("ResponseMetadata"), ["RequestId"], "", found)
        request_id, wrapper = metadata.get("RequestId"), parts.get(wanted[0])
    else:
        request_id = root.find("requestId")
    if request_id is None or request_id.text != exchange.answered("x-amzn-requestid"):
        found.wrong("RequestId", "is not that of the header")
    if shape is None and protocol == "ec2":
        rawxml.members(root, ["requestId"], "", found)
    if shape is None or wrapper is None:
        return {}
    return rawxml.decode(shape, wrapper, "", found, but=("requestId",) if protocol == "ec2" else ())


def _typed(exchange, operation, found):
    cbor = models.protocol(operation.service_model) == models.CBOR
    return (rawcbor if cbor else rawjson).parse(exchange.answer, found)


def _digests(operation, parameters, output, found):
    """Hold SQS's MD5s against the bodies that were sent.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    sent = {None: parameters} if operation.name == "SendMessage" else {}
    made = {None: output} if operation.name == "SendMessage" else {}
    if operation.name == "SendMessageBatch":
        sent = {entry["Id"]: entry for entry in parameters.get("Entries", [])}
        made = {entry["Id"]: entry for entry in output.get("Successful", [])}
        answered = [e["Id"] for e in output.get("Successful", []) + output.get("Failed", [])]
        if sorted(answered) != sorted(sent):
            found.wrong("", f"the entries {sorted(sent)} are answered as {sorted(answered)}")
    for entry, message in made.items():
        found.count("checksums")
        body = sent.get(entry, {}).get("MessageBody", "")
        if message.get("MD5OfMessageBody") != hashlib.md5(body.encode("utf-8")).hexdigest():
            found.wrong("MD5OfMessageBody", "is not the digest of what was sent")


def _error(exchange, operation, found):
    envelope = {"json": _json_error, models.CBOR: _json_error, "rest-json": _rest_json_error}.get(
        models.protocol(operation.service_model), _xml_error
    )
    code, message, members = envelope(exchange, operation, found)
    if code is None:
        return
    found.codes.add(f"{exchange.service} {code}")
    statuses, shape = errors.allowed(exchange.service, operation, code)
    if statuses is None:
        found.wrong(code, "is no error of this operation, and none that every operation may have")
    elif exchange.status not in statuses:
        found.wrong(code, f"has the status {exchange.status}")
    modelled = _members(exchange, operation, shape, members, found)
    found.count("errors modelled" if shape is not None else "errors common")
    theirs = models.parser(exchange.service).parse(exchange.response(), operation.output_shape)
    found.count("parsed by botocore")
    wire = _query_code(exchange, operation, shape, code, found)
    if (theirs["Error"]["Code"], theirs["Error"].get("Message", "")) != (wire, message):
        found.wrong(code, f"botocore makes {theirs['Error']} of it")
    if exchange.sdk is not None:
        _sdk_error(exchange, wire, message, shape, modelled, found)


def _json_error(exchange, operation, found):
    tree = _typed(exchange, operation, found)
    if tree is None or not isinstance(tree.get("__type"), str):
        found.wrong("", "the error has no __type")
        return None, None, None
    kind = tree.pop("__type")
    if not re.fullmatch(r"([A-Za-z0-9_.]+#)?[A-Za-z0-9.]+", kind):
        found.wrong("__type", f"{kind!r} is no shape's name")
    code, message = kind.rpartition("#")[2], tree.get("message", tree.get("Message", ""))
    if not isinstance(message, str) or not message:
        found.wrong(code + ".message", "the error says nothing")
    return code, message, tree


def _rest_json_error(exchange, operation, found):
    """A header names the error; its members are the body.

    https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
    """
    code, tree = exchange.answered("x-amzn-errortype"), rawjson.parse(exchange.answer, found)
    if tree is None or not re.fullmatch(r"[A-Za-z0-9]+", code):
        found.wrong("x-amzn-errortype", f"{code!r} is no shape's name")
        return None, None, None
    message = tree.get("message", tree.get("Message", ""))
    if not isinstance(message, str) or not message:
        found.wrong(code + ".message", "the error says nothing")
    return code, message, tree


def _xml_error(exchange, operation, found):
    ec2 = exchange.service == "ec2"
    if ec2:
        root = rawxml.parse(exchange.answer, "", found)
        names, inner, request_id = ["Errors", "RequestID"], ["Code", "Message"], "RequestID"
    else:
        root = rawxml.parse(exchange.answer, operation.metadata.get("xmlNamespace", rest.NAMESPACE), found)
        names, inner, request_id = ["Error", "RequestId"], ["Type", "Code", "Message"], "RequestId"
    if root is None:
        return None, None, None
    if root.tag != ("Response" if ec2 else "ErrorResponse"):
        found.wrong("", f"the root is <{root.tag}>")
    parts = rawxml.members(root, names, "", found)
    if ec2:
        parts.update(rawxml.members(parts.get("Errors"), ["Error"], "", found))
    said = {name: "" for name in inner}
    for name, child in rawxml.members(parts.get("Error"), inner, "", found).items():
        said[name] = child.text or ""
    if request_id in parts and parts[request_id].text != exchange.answered("x-amzn-requestid"):
        found.wrong("RequestId", "is not that of the header")
    if not ec2 and said["Type"] != ("Sender" if exchange.status < 500 else "Receiver"):
        found.wrong("Type", f"is {said['Type']} with the status {exchange.status}")
    if not said["Message"]:
        found.wrong("Message", "the error says nothing")
    return said["Code"], said["Message"], {}


def _members(exchange, operation, shape, members, found):
    """Return the members of a modelled error as its model reads them."""
    if shape is None or not (models.typed(operation.service_model) or models.protocol(operation.service_model) == "rest-json"):
        for name in sorted(set(members) - {"message", "Message"}):
            found.wrong(name, "the error has a member, and no model")
        return {}
    if not any(name.lower() == "message" for name in shape.members):
        # The protocol's own member, which the models of some services leave out.
        members = {name: value for name, value in members.items() if name != "message"}
    decoded = rawjson.decode(shape, members, "", found)
    constraints.check(shape, decoded, "", found)
    theirs = models.parser(exchange.service).parse(exchange.response(), shape)
    compare.parsed(shape, decoded, {k: v for k, v in theirs.items() if k in shape.members}, "", found)
    return decoded


def _query_code(exchange, operation, shape, code, found):
    """Return the code that clients see, which for query-compatible services a header says.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
    """
    header = exchange.answered("x-amzn-query-error")
    if "awsQueryCompatible" not in operation.service_model.metadata:
        if header:
            found.wrong("x-amzn-query-error", "is for query-compatible services")
        return code
    fault = "Sender" if exchange.status < 500 else "Receiver"
    old, _, whose = header.partition(";")
    if not old or whose != fault:
        found.wrong("x-amzn-query-error", f"is {header!r} for {code} with {exchange.status}")
        return code
    if old != errors.OLD_CODES.get(code, code):
        found.wrong("x-amzn-query-error", f"is {old} for {code}")
    return old


def _sdk_error(exchange, code, message, shape, members, found):
    theirs = exchange.sdk["error"]
    if theirs is None:
        found.wrong(code, "the Go SDK has an output")
        return
    if (theirs["code"], theirs["message"]) != (code, message):
        found.wrong(code, f"the Go SDK has {shorten((theirs['code'], theirs['message']))}")
    if shape is None or theirs["type"] == "GenericAPIError":
        if shape is not None:
            found.wrong(code, "is modelled, and the Go SDK has no type for it")
        return
    if theirs["type"].lower() != shape.name.lower():
        found.wrong(code, f"the Go SDK has the type {theirs['type']}")
    fault = "server" if models.service_fault(exchange.service, shape) else "client"
    if theirs["fault"] != fault:
        found.wrong(code, f"is the {fault}'s fault, and the Go SDK says {theirs['fault']}")
    given = {k: v for k, v in theirs["members"].items() if k.lower() != "message"}
    ours = {k: v for k, v in members.items() if k.lower() != "message"}
    compare.sdk(shape, ours, given, "", found)
