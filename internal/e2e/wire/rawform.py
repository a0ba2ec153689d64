"""The inverse of query serialization: a form back into the structure that it was made of,
by the model alone and strictly.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

import urllib.parse

import rawtext


class Node:
    """One name of a form between two dots, with its value and what stands below it."""

    def __init__(self):
        self.value = None
        self.children = {}


def parse(body, found):
    """Return the form's parameters by name, or None where the body is no form."""
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict"
        )
    except (UnicodeDecodeError, ValueError) as mistake:
        found.wrong("", f"the body is no form: {mistake}")
        return None
    form = {}
    for name, value in pairs:
        if name in form:
            found.wrong(name, "the form names a parameter twice")
        form[name] = value
    return form


def decode(shape, form, ec2, found):
    """Return the structure that a form without Action and Version says."""
    root = Node()
    for name, value in form.items():
        at = root
        for part in name.split("."):
            at = at.children.setdefault(part, Node())
        at.value = value
    return _Reader(ec2, found).structure(shape, root, "")


class _Reader:
    def __init__(self, ec2, found):
        self.ec2, self.found = ec2, found

    def name(self, shape, default):
        """Return how a member is spelled in a form."""
        if not self.ec2:
            return shape.serialization.get("name", default)
        if "queryName" in shape.serialization:
            return shape.serialization["queryName"]
        spelled = shape.serialization.get("name", default)
        return spelled[0].upper() + spelled[1:] if "name" in shape.serialization else default

    def member(self, shape, default):
        """A flattened list takes the name of its elements, where they have one."""
        if shape.type_name == "list" and not self.ec2 and shape.serialization.get("flattened"):
            return shape.member.serialization.get("name", self.name(shape, default))
        return self.name(shape, default)

    def value(self, shape, node, path):
        if shape.type_name == "structure":
            return self.structure(shape, node, path)
        if shape.type_name == "list":
            return self.list(shape, node, path)
        if shape.type_name == "map":
            return self.map(shape, node, path)
        if node.children:
            self.found.wrong(path, f"a {shape.type_name} has members: {sorted(node.children)}")
            return None
        return rawtext.scalar(shape, node.value, path, self.found)

    def structure(self, shape, node, path):
        if node.value is not None:
            self.found.wrong(path, "a structure has a value of its own")
        known = {self.member(member, name): name for name, member in shape.members.items()}
        out = {}
        for key, child in node.children.items():
            if key not in known:
                self.found.wrong(f"{path}.{key}", f"{shape.name} has no such member")
                continue
            decoded = self.value(shape.members[known[key]], child, f"{path}.{known[key]}")
            if decoded is not None:
                out[known[key]] = decoded
        return out

    def list(self, shape, node, path):
        if not self.ec2 and node.value == "" and not node.children:
            return []
        if not self.ec2 and not shape.serialization.get("flattened"):
            node = self.wrapped(node, shape.member.serialization.get("name", "member"), path)
        decoded = [self.value(shape.member, one, path + "[]") for one in self.numbered(node, path)]
        return [one for one in decoded if one is not None]

    def map(self, shape, node, path):
        if not shape.serialization.get("flattened"):
            node = self.wrapped(node, "entry", path)
        key_name, value_name = self.name(shape.key, "key"), self.name(shape.value, "value")
        out = {}
        for entry in self.numbered(node, path):
            if set(entry.children) != {key_name, value_name}:
                self.found.wrong(path, f"a map's entry has the members {sorted(entry.children)}")
                continue
            key = self.value(shape.key, entry.children[key_name], path + "{key}")
            value = self.value(shape.value, entry.children[value_name], path + "{}")
            if key is not None and value is not None:
                out[key] = value
        return out

    def wrapped(self, node, name, path):
        """Return the node below node that has to be its only one."""
        if node.value is not None or set(node.children) != {name}:
            self.found.wrong(path, f"has {sorted(node.children)} where {name} should be")
        return node.children.get(name, Node())

    def numbered(self, node, path):
        """Return the children 1, 2, 3 … in order; there must be no others and no gap."""
        wanted = [str(i) for i in range(1, len(node.children) + 1)]
        if node.value is not None or set(node.children) != set(wanted):
            self.found.wrong(path, f"elements are numbered {sorted(node.children)[:9]}")
            return []
        return [node.children[number] for number in wanted]
