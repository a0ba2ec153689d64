"""Compares structures: what the model's reading says, what botocore's parser says, and what
the Go SDK was given or made of it (in the form that canon_test.go writes).
"""

import base64
import datetime

from findings import shorten

MISSING = object()


def parsed(shape, ours, theirs, path, found):
    """Hold a strict reading against what botocore's own parser made of the same bytes."""
    kind = shape.type_name
    if kind == "structure":
        for name in sorted(set(ours) | set(theirs)):
            if name not in ours or name not in theirs:
                where = "the strict reading" if name in ours else "botocore"
                found.wrong(f"{path}.{name}", f"is there for {where} alone")
                continue
            parsed(shape.members[name], ours[name], theirs[name], f"{path}.{name}", found)
    elif kind == "list" and len(ours) == len(theirs):
        for one, other in zip(ours, theirs):
            parsed(shape.member, one, other, path + "[]", found)
    elif kind == "map" and set(ours) == set(theirs):
        for key, one in ours.items():
            parsed(shape.value, one, theirs[key], path + "{}", found)
    elif not _equal(kind, ours, theirs):
        found.wrong(path, f"is {shorten(ours)}, and botocore makes {shorten(theirs)} of it")


def _equal(kind, ours, theirs):
    if kind == "timestamp":
        return abs(ours - theirs) < datetime.timedelta(milliseconds=1)
    return type(ours) is type(theirs) and ours == theirs


def sdk(shape, ours, theirs, path, found):
    """Hold a strict reading against the Go SDK's structure."""
    found.count("compared")
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, ours, theirs, path, found)
    elif kind == "list" and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs):
            sdk(shape.member, one, other, path + "[]", found)
    elif kind == "map" and isinstance(theirs, dict) and set(ours) == set(theirs):
        for key, one in ours.items():
            sdk(shape.value, one, theirs[key], path + "{}", found)
    elif _go(kind, ours) != theirs or isinstance(theirs, bool) != (kind == "boolean"):
        found.wrong(path, f"is {shorten(ours)}, and the Go SDK has {shorten(theirs)}")


def _go(kind, value):
    """Return a scalar as canon_test.go writes it."""
    if kind == "timestamp":
        milliseconds = f"{value.microsecond // 1000:03d}"
        return {"$time": value.strftime("%Y-%m-%dT%H:%M:%S.") + milliseconds + "Z"}
    if kind == "blob":
        return {"$blob": base64.b64encode(value).decode("ascii")}
    return value


def _structure(shape, ours, theirs, path, found):
    if not isinstance(theirs, dict):
        found.wrong(path, f"is a structure, and the Go SDK has {shorten(theirs)}")
        return
    if "$union" in theirs:
        theirs = {theirs["$union"]: theirs["value"]}
    spelled = {name[0].upper() + name[1:]: name for name in shape.members}
    for key in sorted(set(theirs) - set(spelled)):
        found.wrong(f"{path}.{key}", f"the Go SDK has it, and {shape.name} has no such member")
    for key, name in spelled.items():
        one, other = ours.get(name, MISSING), theirs.get(key, MISSING)
        if isinstance(other, dict) and "$zero" in other:
            other = MISSING if one is MISSING else other["$zero"]
        if one is MISSING and other is MISSING:
            continue
        if one is MISSING or other is MISSING:
            where = "on the wire" if other is MISSING else "for the Go SDK"
            found.wrong(f"{path}.{name}", f"is there {where} alone")
            continue
        sdk(shape.members[name], one, other, f"{path}.{name}", found)
