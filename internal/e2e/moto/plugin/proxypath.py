"""One request of KMS's to an external key store proxy, along moto's load balancer and VPC."""

import itertools

import balancers
import packets
import services
from world import KMS_ADDRESS, Here, elbv2

# What an answer of a proxy becomes: KMSInvalidStateException's text, ConnectionErrorCode, and
# the exception of Create and Update.
# https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
REFUSALS = {
    "unreachable": (
        "AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is "
        "active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct "
        "in your external key store.", "XKS_PROXY_NOT_REACHABLE", "XksProxyUriUnreachableException"),
    "refuses-credential": (
        "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the "
        "credentials for your external key store and update if necessary.", "INVALID_CREDENTIALS",
        "XksProxyIncorrectAuthenticationCredentialException"),
    "bad-tls": (
        "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including "
        "its certificate.", "XKS_PROXY_INVALID_TLS_CONFIGURATION", "XksProxyInvalidConfigurationException"),
    "slow": (
        "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If "
        "you see this error repeatedly, report it to your external key store proxy administrator.", "XKS_PROXY_TIMED_OUT",
        "XksProxyUriUnreachableException"),
}
PORTS = (1024, 32768, 65535)  # the edges and the middle of the range from which a node sends


def request(store):
    """Sends a request to a key store's proxy; returns the name of a refusal, "" for success.

    KMS tries once more after a network timeout.
    https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html
    """
    if store.connectivity == "PUBLIC_ENDPOINT":
        return _at(store.uri.removeprefix("https://"), 443)
    ways = _ways(store)
    for _ in range(min(2, len(ways))):
        way = ways[next(store.turn) % len(ways)]
        try:
            return _walk(*way, PORTS[next(store.turn) % len(PORTS)])
        except packets.Lost:
            continue
    return "unreachable"


def judge(store):
    """What is wrong with any way that a request can take; for the test, which wants all to work."""
    if store.connectivity == "PUBLIC_ENDPOINT":
        return request(store)
    ways = _ways(store)
    for way, port in itertools.product(ways, PORTS):
        try:
            refusal = _walk(*way, port)
        except packets.Lost as lost:
            return str(lost)
        if refusal:
            return refusal
    return "" if ways else "there is no way to the proxy"


def _at(address, port):
    proxy = Here.world.proxies.get(address)
    return "unreachable" if proxy is None or port not in proxy.ports else proxy.answer


def _walk(balancer, node, target, spoilt, port):
    enforced = getattr(balancer, balancers.ENFORCES) == "on"
    if enforced:
        packets.enters(node, KMS_ADDRESS, 443)
    packets.send(node, target["Id"], int(target["Port"]), port, enforced)
    refusal = _at(target["Id"], int(target["Port"]))
    if refusal == "unreachable":
        raise packets.Lost(f"nothing listens on {target['Id']}")
    return spoilt or refusal


def _spoilt(group):
    """What KMS hears where proxy protocol puts a header before its TLS, which the proxy does not understand.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    return "bad-tls" if str(group.attributes.get("proxy_protocol_v2.enabled")).lower() == "true" else ""


def _ways(store):
    """Each node that KMS's endpoint may reach, with each target that the node may choose."""
    service = services.named(store.service)
    connection = next((c for c in services.of(service) if c.id == store.endpoint), None) if service else None
    if connection is None or connection.state != "available":
        return []
    ways = []
    for arn in service.network_load_balancer_arns:
        balancer = elbv2().load_balancers.get(arn)
        if balancer is not None and balancer.state == "active":
            ways += _through(balancer, connection.zones)
    return ways


def _through(balancer, zones):
    ways = []
    for listener in balancer.listeners.values():
        if int(listener.port) != 443 or listener.protocol not in ("TCP", "TLS"):
            continue
        for group in (elbv2().target_groups[a] for a in balancers.forwards(listener)):
            in_zone = {}
            for node in Here.world.nodes[balancer.arn].values():
                in_zone[node] = [t for t in group.targets.values() if balancers.reaches(balancer, group, node, t)]
            for node, chosen in _chosen(group, in_zone).items():
                if node.availability_zone in zones:
                    ways += [(balancer, node, t, _spoilt(group)) for t in chosen]
    return ways


def _chosen(group, in_zone):
    """Zones without a healthy target leave DNS; where none has one, all take requests (fail open).

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
    """
    healthy = {}
    for node, targets in in_zone.items():
        good = [t for t in targets if balancers.health_of(group, t["Id"])[0] == "healthy"]
        if good:
            healthy[node] = good
    return healthy or in_zone
