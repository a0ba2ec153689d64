"""A strict reading of awsJson bodies: what the model does not know is wrong, not ignored.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import base64
import binascii
import datetime
import decimal
import json

from findings import shorten

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
WIDTHS = {"integer": 31, "long": 63}


def parse(body, found):
    """Return the JSON of a body with exact numbers, or None where it is none."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            found.wrong("", "a JSON object names a member twice")
        return dict(pairs)

    try:
        tree = json.loads(
            body.decode("utf-8"), parse_float=decimal.Decimal, object_pairs_hook=unique
        )
    except (UnicodeDecodeError, ValueError) as mistake:
        found.wrong("", f"the body is no JSON: {mistake}")
        return None
    if not isinstance(tree, dict):
        found.wrong("", "the body is no JSON object")
        return None
    return tree


def decode(shape, raw, path, found):
    """Return raw as botocore would hold it; what does not fit is told and left out (None)."""
    if raw is None:
        found.wrong(path, "null is sent where the member should be left out")
        return None
    reader = _READERS.get(shape.type_name)
    if reader is None:
        found.wrong(path, f"the validator knows no type {shape.type_name}")
        return None
    return reader(shape, raw, path, found)


def _misfit(shape, raw, path, found):
    found.wrong(path, f"{shorten(raw)} is no {shape.type_name}")


def _structure(shape, raw, path, found):
    if not isinstance(raw, dict):
        return _misfit(shape, raw, path, found)
    known = {m.serialization.get("name", name): name for name, m in shape.members.items()}
    out = {}
    for key, value in raw.items():
        if key not in known:
            found.wrong(f"{path}.{key}", f"{shape.name} has no such member")
            continue
        decoded = decode(shape.members[known[key]], value, f"{path}.{key}", found)
        if decoded is not None:
            out[known[key]] = decoded
    return out


def _list(shape, raw, path, found):
    if not isinstance(raw, list):
        return _misfit(shape, raw, path, found)
    decoded = [decode(shape.member, element, path + "[]", found) for element in raw]
    return [element for element in decoded if element is not None]


def _map(shape, raw, path, found):
    if not isinstance(raw, dict):
        return _misfit(shape, raw, path, found)
    out = {}
    for key, value in raw.items():
        decoded = decode(shape.value, value, path + "{}", found)
        if decoded is not None:
            out[key] = decoded
    return out


def _string(shape, raw, path, found):
    return raw if isinstance(raw, str) else _misfit(shape, raw, path, found)


def _boolean(shape, raw, path, found):
    return raw if isinstance(raw, bool) else _misfit(shape, raw, path, found)


def _integer(shape, raw, path, found):
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    bound = 1 << WIDTHS[shape.type_name]
    if not whole or not -bound <= raw < bound:
        return _misfit(shape, raw, path, found)
    return raw


def _float(shape, raw, path, found):
    if isinstance(raw, bool) or not isinstance(raw, (int, decimal.Decimal)):
        return _misfit(shape, raw, path, found)
    return float(raw)


def _timestamp(shape, raw, path, found):
    """Epoch seconds as a number, with at most the milliseconds that AWS keeps."""
    number = isinstance(raw, (int, decimal.Decimal)) and not isinstance(raw, bool)
    if not number or shape.serialization.get("timestampFormat") not in (None, "unixTimestamp"):
        return _misfit(shape, raw, path, found)
    milliseconds = decimal.Decimal(raw) * 1000
    if milliseconds != milliseconds.to_integral_value():
        return _misfit(shape, raw, path, found)
    return EPOCH + datetime.timedelta(milliseconds=int(milliseconds))


def _blob(shape, raw, path, found):
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return _misfit(shape, raw, path, found)


_READERS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "timestamp": _timestamp,
    "blob": _blob,
}
