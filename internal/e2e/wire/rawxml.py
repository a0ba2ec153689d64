"""A strict reading of the query protocols' XML answers: every element has to be one that the
model knows, once, in its place.
"""

import xml.etree.ElementTree

import rawtext


def parse(body, namespace, found):
    """Return the root, and its elements, without the namespace, which all have to be in."""
    try:
        root = xml.etree.ElementTree.fromstring(body)
    except xml.etree.ElementTree.ParseError as mistake:
        found.wrong("", f"the body is no XML: {mistake}")
        return None
    prefix = root.tag[: root.tag.find("}") + 1]
    if prefix.strip("{}") != namespace:
        found.wrong("xmlns", f"is {prefix.strip('{}')!r}, not {namespace!r}")
    for element in root.iter():
        if not element.tag.startswith(prefix) or element.attrib:
            found.wrong("xmlns", f"<{element.tag}> is not of {prefix!r}, or has attributes")
        element.tag = element.tag.rpartition("}")[2]
    return root


def members(element, expected, path, found):
    """Return an element's children by name; they have to be these, each once."""
    if element is None:
        return {}  # told where it is missing
    _no_text(element, path, found)
    names = [child.tag for child in element]
    if sorted(names) != sorted(expected):
        found.wrong(path, f"<{element.tag}> holds {names}, not {sorted(expected)}")
    return {child.tag: child for child in element}


def decode(shape, element, path, found, but=()):
    """Return what an element says by the model; children named in but are the envelope's."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, element, path, found, but)
    if kind == "list":
        return _list(shape, element, path, found)
    if kind == "map":
        return _map(shape, element, path, found)
    if len(element):
        found.wrong(path, f"a {kind} has children")
        return None
    return rawtext.scalar(shape, element.text or "", path, found)


def _no_text(element, path, found):
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        found.wrong(path, f"<{element.tag}> has text between its children")


def _structure(shape, element, path, found, but):
    _no_text(element, path, found)
    known = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    out = {}
    for child in element:
        if child.tag in but:
            continue
        if child.tag not in known:
            found.wrong(f"{path}.{child.tag}", f"{shape.name} has no such member")
            continue
        name = known[child.tag]
        if name in out:
            found.wrong(f"{path}.{child.tag}", "stands twice")
        decoded = decode(shape.members[name], child, f"{path}.{name}", found)
        if decoded is not None:
            out[name] = decoded
    return out


def _list(shape, element, path, found):
    _no_text(element, path, found)
    name = shape.member.serialization.get("name", "member")
    out = []
    for child in element:
        if child.tag != name:
            found.wrong(path, f"an element of the list is <{child.tag}>, not <{name}>")
            continue
        decoded = decode(shape.member, child, path + "[]", found)
        if decoded is not None:
            out.append(decoded)
    return out


def _map(shape, element, path, found):
    _no_text(element, path, found)
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    out = {}
    for entry in element:
        if entry.tag != "entry":
            found.wrong(path, f"an element of the map is <{entry.tag}>, not <entry>")
            continue
        parts = members(entry, [key_name, value_name], path, found)
        if key_name in parts and value_name in parts:
            key = decode(shape.key, parts[key_name], path + "{key}", found)
            out[key] = decode(shape.value, parts[value_name], path + "{}", found)
    return out
