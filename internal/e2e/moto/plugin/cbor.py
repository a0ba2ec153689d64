"""CloudWatch's newest protocol, which moto does not speak: a request in CBOR is handed to moto
as one in JSON, and moto's answer goes back in CBOR.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import io
import json
import struct

from botocore.parsers import create_parser
from moto.iam.access_control import IAMRequestBase

PROTOCOL = "rpc-v2-cbor"
_TARGET = "GraniteServiceVersion20100801"


def install():
    """Has moto's IAM judge what was translated.

    The signature is of the CBOR, and taken as it is. Requests are signed for "monitoring", and
    the actions are those of "cloudwatch":
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    """
    inner, permitted = IAMRequestBase.check_signature, IAMRequestBase.check_action_permitted

    def check_action_permitted(self, resource):
        self._action = self._action.replace("monitoring:", "cloudwatch:")
        permitted(self, resource)

    IAMRequestBase.check_action_permitted = check_action_permitted

    def check_signature(self):
        if self._headers.get("Smithy-Protocol") != PROTOCOL:
            inner(self)

    IAMRequestBase.check_signature = check_signature


class Translator:
    """A WSGI application before moto's."""

    def __init__(self, inner):
        self.inner = inner

    def __call__(self, environ, start_response):
        if environ.get("HTTP_SMITHY_PROTOCOL") != PROTOCOL:
            return self.inner(environ, start_response)
        told = []
        answer = b"".join(self.inner(_in_json(environ), lambda status, headers, *_: told.extend((status, headers))))
        body = _encode(json.loads(answer or b"{}"))
        status, headers = told
        kept = [(name, value) for name, value in headers if name.lower() not in ("content-type", "content-length")]
        start_response(status, kept + [
            ("Content-Type", "application/cbor"), ("Content-Length", str(len(body))), ("Smithy-Protocol", PROTOCOL)])
        return [body]


def _in_json(environ):
    parser = create_parser("smithy-rpc-v2-cbor")
    sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    asked = parser.parse_data_item(parser.get_peekable_stream_from_bytes(sent)) if sent else {}
    body = json.dumps(asked).encode()
    operation = environ["PATH_INFO"].rpartition("/operation/")[2]
    return {
        **environ, "PATH_INFO": "/", "RAW_URI": "/", "REQUEST_URI": "/", "HTTP_X_AMZ_TARGET": f"{_TARGET}.{operation}",
        "CONTENT_TYPE": "application/x-amz-json-1.0", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}


def _head(major, number):
    for code, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << 8 * struct.calcsize(form):
            return bytes([major << 5 | code]) + struct.pack(form, number)
    raise ValueError(number)


def _encode(value, name=""):
    """A value of JSON in CBOR; a member that is named as one is a time in epoch seconds."""
    if name.endswith("Timestamp") and value is not None:
        return b"\xc1\xfb" + struct.pack(">d", value)
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(_encode(element) for element in value)
    present = {key: element for key, element in value.items() if element is not None}
    return _head(5, len(present)) + b"".join(_encode(key) + _encode(element, key) for key, element in present.items())
