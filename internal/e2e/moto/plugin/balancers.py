"""Network Load Balancers: their nodes' interfaces, enforcement on PrivateLink, target health.

moto keeps load balancers, listeners, target groups and targets. It makes no network interface
for a node, knows no EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic, and calls every
registered target healthy. Health is decided here by walking packets from node to target.
"""

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeLoadBalancer, FakeTargetGroup
from moto.elbv2.responses import ELBV2Response

import packets
from clock import Time
from world import Here, ec2, elbv2

ENFORCES = "enforce_security_group_inbound_rules_on_private_link_traffic"
TEXTS = {
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
}


class Health:
    """What the health checks of one target have found."""

    def __init__(self):
        self.state, self.reason, self.passes, self.fails = "initial", "Elb.InitialHealthChecking", 0, 0

    def count(self, lost, group):
        """Counts one check. A new target serves after its first pass.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
        """
        if lost:
            self.passes, self.fails = 0, self.fails + 1
            if self.fails >= int(group.unhealthy_threshold_count):
                self.state, self.reason = "unhealthy", "Target.FailedHealthChecks"
            return
        self.passes, self.fails = self.passes + 1, 0
        if self.state == "initial" or self.passes >= int(group.healthy_threshold_count):
            self.state, self.reason = "healthy", None


def install():
    """Adds all of this to moto."""
    setattr(FakeLoadBalancer, ENFORCES, None)
    _nodes()
    _enforcement()
    _health()


def _nodes():
    create, subnets = ELBv2Backend.create_load_balancer, ELBv2Backend.set_subnets
    groups, delete = ELBv2Backend.set_security_groups, ELBv2Backend.delete_load_balancer

    def create_load_balancer(self, *args, **kwargs):
        balancer = create(self, *args, **kwargs)
        if balancer.type == "network":
            _rename(self, balancer)
            setattr(balancer, ENFORCES, "on" if balancer.security_groups else None)
            _place_nodes(balancer)
        return balancer

    def set_subnets(self, arn, *args, **kwargs):
        made = subnets(self, arn, *args, **kwargs)
        _place_nodes(self.load_balancers[arn])
        return made

    def set_security_groups(self, arn, sec_groups):
        groups(self, arn, sec_groups)
        for node in Here.world.nodes.get(arn, {}).values():
            node._group_set = [ec2().get_security_group_from_id(g) for g in sec_groups]

    def delete_load_balancer(self, arn):
        for node in Here.world.nodes.pop(arn, {}).values():
            ec2().delete_network_interface(node.id)
        delete(self, arn)

    ELBv2Backend.create_load_balancer = create_load_balancer
    ELBv2Backend.set_subnets = set_subnets
    ELBv2Backend.set_security_groups = set_security_groups
    ELBv2Backend.delete_load_balancer = delete_load_balancer


def _rename(backend, balancer):
    """The ARN of a Network Load Balancer says net; moto's says app of every load balancer.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    """
    old, balancer.arn = balancer.arn, balancer.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
    backend.load_balancers[balancer.arn] = backend.load_balancers.pop(old)


def _place_nodes(balancer):
    """One network interface for each enabled subnet, with the load balancer's groups.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html
    """
    nodes = Here.world.nodes.setdefault(balancer.arn, {})
    wanted = {s.id: s for s in balancer.subnets}
    for subnet in [s for s in nodes if s not in wanted]:
        ec2().delete_network_interface(nodes.pop(subnet).id)
    for subnet in [s for s in wanted if s not in nodes]:
        address = ".".join(wanted[subnet].cidr_block.split(".")[:3]) + ".7"
        name = balancer.arn.split(":loadbalancer/")[1]
        node = ec2().create_network_interface(wanted[subnet], address, description=f"ELB {name}")
        node._group_set = [ec2().get_security_group_from_id(g) for g in balancer.security_groups or []]
        node.interface_type, node.requester_managed = "network_load_balancer", True
        node.status = "in-use"
        nodes[subnet] = node


def _enforcement():
    inner = ELBV2Response.set_security_groups

    def set_security_groups(self):
        answer = inner(self)
        asked = self._get_param("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
        if asked:
            setattr(elbv2().load_balancers[self._get_param("LoadBalancerArn")], ENFORCES, asked)
        return answer

    ELBV2Response.set_security_groups = set_security_groups


def _health():
    inner, create = FakeTargetGroup.health_for, ELBv2Backend.create_target_group

    def health_for(self, target, ec2_backend):
        registered = self.targets.get(target["Id"])
        if registered is None:
            return inner(self, target, ec2_backend)
        state, reason = health_of(self, target["Id"])
        return FakeHealthStatus(registered["Id"], registered["Port"], self.health_check_port, state, reason, TEXTS.get(reason))

    def create_target_group(self, name, **kwargs):
        group = create(self, name, **kwargs)
        _check_later(group)
        return group

    FakeTargetGroup.health_for = health_for
    ELBv2Backend.create_target_group = create_target_group


def health_of(group, target):
    """A target's state, and why it is not healthy; unused where no node may send to it."""
    if not _used(group, group.targets[target]):
        return "unused", "Target.NotInUse"
    found = Here.world.health.setdefault((group.arn, target), Health())
    return found.state, found.reason


def _used(group, target):
    nodes = [(b, n) for b, _ in listeners_of(group) for n in Here.world.nodes.get(b.arn, {}).values()]
    return any(reaches(b, group, n, target) for b, n in nodes)


def listeners_of(group):
    """The load balancers and listeners that forward to a target group."""
    return [(b, x) for b in elbv2().load_balancers.values() for x in b.listeners.values() if group.arn in forwards(x)]


def forwards(listener):
    """The target groups to which a listener sends traffic."""
    arns = []
    for action in listener.default_actions:
        data = action.data
        if data.get("TargetGroupArn"):
            arns.append(data["TargetGroupArn"])
        weighted = (data.get("ForwardConfig") or {}).get("TargetGroups", [])
        arns += [g["TargetGroupArn"] for g in weighted if int(g.get("Weight", 1)) > 0]
    return arns


def _check_later(group):
    def check():
        if group.arn not in elbv2().target_groups:
            return
        checked = {(group.arn, t) for t in group.targets}
        for gone in [k for k in Here.world.health if k[0] == group.arn and k not in checked]:
            del Here.world.health[gone]
        for target in group.targets.values():
            if _used(group, target):
                Here.world.health.setdefault((group.arn, target["Id"]), Health()).count(_probe(group, target), group)
        _check_later(group)

    Time.clock.after(int(group.health_check_interval_seconds), check)


def _probe(group, target):
    """Checks a target from every node that may send to it; says what lost the check, if anything.

    Health checks obey the nodes' outbound rules, not the inbound ones.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    port = int(target["Port"] if group.health_check_port == "traffic-port" else group.health_check_port)
    for balancer, _ in listeners_of(group):
        for node in Here.world.nodes.get(balancer.arn, {}).values():
            if not reaches(balancer, group, node, target):
                continue
            try:
                packets.send(node, target["Id"], port, 32768, True)
            except packets.Lost as lost:
                return str(lost)
            proxy = Here.world.proxies.get(target["Id"])
            if proxy is None or port not in proxy.ports:
                return f"nothing listens on {target['Id']}:{port}"
    return None


def reaches(balancer, group, node, target):
    """Whether the node of a zone may send to a target: in its zone, or in any with cross-zone.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    crosses = group.attributes.get("load_balancing.cross_zone.enabled")
    if crosses == "use_load_balancer_configuration":
        crosses = balancer.attrs.get("load_balancing.cross_zone.enabled")
    if str(crosses).lower() == "true":
        return True
    at = packets.interface_at(node.vpc_id, target["Id"])
    return at is None or at.availability_zone == node.availability_zone
