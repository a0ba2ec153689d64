"""Walks one packet through moto's VPC: security groups, network ACLs, routes.

moto keeps these objects and lets nothing pass through them. Each rule here is from the VPC
User Guide; nothing is taken from the product's own judgement, which works on sets of flows.
"""

import ipaddress

from world import ec2


class Lost(Exception):
    """A packet was dropped; the text says by what."""


def send(node, address, port, source_port, named):
    """Sends a TCP packet from an interface to an address, and the reply back.

    named says whether the receiver's rules may know the sender by its security groups; else
    they know its address alone (PrivateLink traffic through a load balancer that does not
    enforce its rules on it).
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html
    """
    source = node.private_ip_address
    target = interface_at(node.vpc_id, address)
    _admitted(node, True, address, port, target, f"{node.id} lets no packet out")
    _routed(node.subnet, address)
    if target is None:
        raise Lost(f"no network interface has {address}")
    _crosses(node.subnet, target.subnet, source, address, port)
    _admitted(target, False, source, port, node if named else None, f"{target.id} lets no packet in")
    _routed(target.subnet, source)
    _crosses(target.subnet, node.subnet, address, source, source_port)


def enters(interface, source, port):
    """Holds a packet from outside the VPC against an interface's inbound rules."""
    _admitted(interface, False, source, port, None, f"{interface.id} lets no packet in")


def interface_at(vpc, address):
    """The network interface of a VPC that has a private address."""
    for found in ec2().enis.values():
        if found.vpc_id == vpc and address in [a["PrivateIpAddress"] for a in found.private_ip_addresses]:
            return found
    return None


def _admitted(interface, egress, peer, port, peer_interface, otherwise):
    """Any rule of any group that the interface carries may admit the packet.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    groups = list(interface.group_set)
    if not groups:
        return  # only a load balancer's node can be without
    peers = [g.id for g in peer_interface.group_set] if peer_interface else []
    for group in groups:
        for rule in group.egress_rules if egress else group.ingress_rules:
            if _covers(rule, port) and _names(rule, peer, peers):
                return
    raise Lost(f"{otherwise} (port {port}, other end {peer})")


def _covers(rule, port):
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and int(rule.from_port) <= port <= int(rule.to_port)


def _names(rule, peer, peer_groups):
    if rule.source_group:
        return rule.source_group.get("GroupId") in peer_groups
    if rule.prefix_list_id:
        listed = ec2().managed_prefix_lists[rule.prefix_list_id]
        return any(_in(peer, e["Cidr"]) for e in listed.entries[listed.version])
    return bool(rule.cidr_ipv4) and _in(peer, rule.cidr_ipv4)


def _in(address, block):
    return ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False)


def _crosses(near, far, source, destination, port):
    """A packet meets network ACLs where it leaves a subnet and where it enters another.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
    """
    if near.id == far.id:
        return
    if not _acl_allows(near, True, destination, port):
        raise Lost(f"the network ACL of {near.id} lets no packet out to {destination}")
    if not _acl_allows(far, False, source, port):
        raise Lost(f"the network ACL of {far.id} lets no packet in from {source}")


def _acl_allows(subnet, egress, peer, port):
    for acl in ec2().network_acls.values():
        if subnet.id in [a.subnet_id for a in acl.associations]:
            break
    else:
        return False
    for entry in sorted(acl.network_acl_entries, key=lambda e: int(e.rule_number)):
        if _is_true(entry.egress) == egress and entry.cidr_block and _in(peer, entry.cidr_block):
            if str(entry.protocol) == "-1" or str(entry.protocol) == "6" and _spans(entry, port):
                return entry.rule_action == "allow"
    return False


def _spans(entry, port):
    return entry.port_range_from is None or int(entry.port_range_from) <= port <= int(entry.port_range_to)


def _is_true(value):
    return str(value).lower() == "true"


def _routed(subnet, address):
    """The most specific route of the subnet's table decides; without any the packet is lost.

    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
    """
    best, bits = None, -1
    for route in _table(subnet).routes:
        if route.destination_cidr_block and _in(address, route.destination_cidr_block):
            size = ipaddress.ip_network(route.destination_cidr_block).prefixlen
            if size > bits:
                best, bits = route, size
    if best is None:
        raise Lost(f"no route from {subnet.id} to {address}")
    if best.state == "blackhole":
        raise Lost(f"the route from {subnet.id} to {address} is a blackhole")


def _table(subnet):
    tables = [t for t in ec2().route_tables.values() if t.vpc_id == subnet.vpc_id]
    for table in tables:
        if any(a.get("SubnetId") == subnet.id for a in table.associations):
            return table
    return next(t for t in tables if t.main_association_id)
