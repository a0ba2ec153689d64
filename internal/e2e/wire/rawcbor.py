"""A strict reading of CBOR bodies into what rawjson.py reads of JSON: floats as exact numbers,
blobs as base64, times as epoch seconds.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
https://www.rfc-editor.org/rfc/rfc8949.html
"""

import base64
import decimal
import struct

EPOCH_TAG = 1
OPEN, BREAK = 31, 0xFF
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True, 22: None}


def parse(body, found):
    """Return what a body holds, or None where it is no map in CBOR."""
    try:
        tree, end = _item(body, 0)
        if end != len(body):
            raise ValueError(f"{len(body) - end} bytes come after it")
    except (IndexError, KeyError, ValueError, struct.error) as mistake:
        found.wrong("", f"the body is no CBOR: {mistake}")
        return None
    if not isinstance(tree, dict):
        found.wrong("", "the body is no CBOR map")
        return None
    return tree


def _item(body, at):
    """Return one data item and where the next begins."""
    major, low = body[at] >> 5, body[at] & 31
    if major == 7:
        return _simple(body, at + 1, low)
    if low == OPEN and major in (4, 5):
        return (_list if major == 4 else _map)(body, at + 1, None)
    argument, at = _argument(body, at + 1, low)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major in (2, 3):
        text = body[at:at + argument]
        if len(text) != argument:
            raise ValueError("a text is cut off")
        return (base64.b64encode(text).decode() if major == 2 else text.decode("utf-8")), at + argument
    if major == 4:
        return _list(body, at, argument)
    if major == 5:
        return _map(body, at, argument)
    return _tagged(body, at, argument)


def _argument(body, at, low):
    if low < 24:
        return low, at
    size = {24: 1, 25: 2, 26: 4, 27: 8}[low]
    if at + size > len(body):
        raise ValueError("a number is cut off")
    return int.from_bytes(body[at:at + size], "big"), at + size


def _simple(body, at, low):
    if low in _FLOATS:
        size = struct.calcsize(_FLOATS[low])
        (number,) = struct.unpack(_FLOATS[low], body[at:at + size])
        return decimal.Decimal(repr(number)), at + size
    return _SIMPLE[low], at


def _more(body, at, length, taken):
    """Say whether an element follows, and where: one of no stated length ends with a break."""
    if length is None:
        return (False, at + 1) if body[at] == BREAK else (True, at)
    return taken < length, at


def _list(body, at, length):
    out = []
    more, at = _more(body, at, length, 0)
    while more:
        element, at = _item(body, at)
        out.append(element)
        more, at = _more(body, at, length, len(out))
    return out, at


def _map(body, at, length):
    out = {}
    more, at = _more(body, at, length, 0)
    while more:
        key, at = _item(body, at)
        if not isinstance(key, str) or key in out:
            raise ValueError(f"a map has the key {key!r}, which is no text or stands twice")
        out[key], at = _item(body, at)
        more, at = _more(body, at, length, len(out))
    return out, at


def _tagged(body, at, tag):
    if tag != EPOCH_TAG:
        raise ValueError(f"no member has the tag {tag}")
    return _item(body, at)
