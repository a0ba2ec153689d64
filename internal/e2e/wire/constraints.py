"""The constraints that a model puts on a decoded structure: required members, enums, lengths,
ranges and patterns. botocore itself checks few of them for requests and none for answers.
"""

import models
from findings import shorten

# Unions that botocore's models call structures.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
UNIONS = {"AttributeValue"}


def check(shape, value, path, found):
    """Hold a decoded value against the constraints of its shape and of those below it."""
    found.count("members")
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, value, path, found)
    elif kind == "list":
        _size("length", shape, len(value), path, found)
        for element in value:
            check(shape.member, element, path + "[]", found)
    elif kind == "map":
        _size("length", shape, len(value), path, found)
        for key, element in value.items():
            check(shape.key, key, path + "{key}", found)
            check(shape.value, element, path + "{}", found)
    elif kind == "string":
        _string(shape, value, path, found)
    elif kind == "blob":
        _size("length", shape, len(value), path, found)
    elif kind in ("integer", "long", "float", "double"):
        _size("range", shape, value, path, found)


def _structure(shape, value, path, found):
    for name in shape.required_members:
        found.count("required")
        if name not in value:
            found.wrong(f"{path}.{name}", "required member is missing")
    if shape.is_tagged_union or shape.name in UNIONS:
        found.count("union")
        if len(value) != 1:
            found.wrong(path, f"a union has exactly one member, not {sorted(value)}")
    for name, member in value.items():
        check(shape.members[name], member, f"{path}.{name}", found)


def _string(shape, value, path, found):
    _size("length", shape, len(value), path, found)
    if shape.enum:
        found.count("enum")
        if value not in shape.enum:
            found.wrong(path, f"{value!r} is not in the enum {shape.name}")
    text = shape.metadata.get("pattern")
    if text is None:
        return
    found.count("pattern")
    compiled = models.pattern(text)
    if compiled is None:
        found.unreadable.add(f"{shape.name} {text}")
    elif compiled.search(value) is None:
        found.wrong(path, f"{shorten(value)} does not match {text} of {shape.name}")


def _size(kind, shape, size, path, found):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is None and most is None:
        return
    found.count(kind)
    if least is not None and size < least:
        found.wrong(path, f"{kind} {size} is below {least} of {shape.name}")
    if most is not None and size > most:
        found.wrong(path, f"{kind} {size} is above {most} of {shape.name}")
