"""Scalars as the query protocols write them, in forms and in XML alike."""

import base64
import binascii
import datetime
import re

from findings import shorten

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?Z\Z")
_WIDTHS = {"integer": 31, "long": 63}


def scalar(shape, text, path, found):
    """Return what text says by the shape's type, or None, told, where it says nothing.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    """
    value = _read(shape, text)
    if value is None:
        found.wrong(path, f"{shorten(text)} is no {shape.type_name}")
    return value


def _read(shape, text):
    kind = shape.type_name
    if kind == "string":
        return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    if kind in _WIDTHS:
        bound = 1 << _WIDTHS[kind]
        return int(text) if _INTEGER.match(text) and -bound <= int(text) < bound else None
    if kind in ("float", "double"):
        return float(text) if _FLOAT.match(text) else None
    if kind == "timestamp":
        return _time(shape, text)
    if kind == "blob":
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
    return None


def _time(shape, text):
    """ISO 8601 in UTC with a Z, which is what these protocols have unless a member says else."""
    matched = _TIME.match(text)
    if matched is None or shape.serialization.get("timestampFormat") not in (None, "iso8601"):
        return None
    try:
        moment = datetime.datetime.strptime(matched[1], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    milliseconds = int((matched[2] or "0").ljust(3, "0"))
    return moment.replace(tzinfo=datetime.timezone.utc, microsecond=milliseconds * 1000)
