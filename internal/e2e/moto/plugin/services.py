"""Endpoint services: connections, private DNS verification, and what KMS asks of them.

moto keeps endpoint services and their allow lists. It says "verified" of every private DNS
name, has no StartVpcEndpointServicePrivateDnsVerification, and no connections.
"""

from moto.core.responses import ActionResult
from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration, VPCServiceConfigurationBackend
from moto.ec2.responses import EC2Response
from moto.route53.models import route53_backends

import gate
from clock import Time
from world import ACCOUNT, KMS_ACCOUNT, REGION, Here, ec2, elbv2

VERIFICATION = 90  # seconds that AWS takes to look; it promises no figure


class Connection:
    """An interface endpoint of KMS's."""

    def __init__(self, service):
        self.id = Here.world.new_id("vpce")
        self.state = "pendingAcceptance" if service.acceptance_required else "available"
        self.created = Time.utcnow()
        self.zones = sorted(set(service.availability_zones))

    def described(self, service):
        """As DescribeVpcEndpointConnections has it."""
        return {"ServiceId": service.id, "VpcEndpointId": self.id, "VpcEndpointOwner": KMS_ACCOUNT,
                "VpcEndpointState": self.state, "CreationTimestamp": self.created,
                "NetworkLoadBalancerArns": service.network_load_balancer_arns}


def install():
    """Adds all of this to moto."""
    VPCServiceConfiguration.supported_ip_address_types = ["ipv4"]
    _verification()
    _connections()
    gate.ours("ec2", "StartVpcEndpointServicePrivateDnsVerification", "DescribeVpcEndpointConnections",
              "AcceptVpcEndpointConnections", "RejectVpcEndpointConnections")


def _verification():
    create = VPCServiceConfiguration.__init__
    modify = VPCServiceConfigurationBackend.modify_vpc_endpoint_service_configuration

    def created(self, *args, **kwargs):
        create(self, *args, **kwargs)
        _name(self)

    def configuration(self):
        if not self.private_dns_name:
            return {}
        return {"State": self.dns_state, "Type": "TXT", "Value": self.dns_value, "Name": self.dns_record}

    def modified(self, service_id, **kwargs):
        modify(self, service_id, **kwargs)
        service = self.configurations[service_id]
        if kwargs.get("private_dns_name") is not None:
            _name(service)
        # The call also takes up the zones that its load balancers have by now.
        arns = service.network_load_balancer_arns
        service.availability_zones = [s.availability_zone for a in arns for s in elbv2().load_balancers[a].subnets]

    def start(self):
        service = self.ec2_backend.describe_vpc_endpoint_service_configurations([self._get_param("ServiceId")])[0]
        service.dns_state = "pendingVerification"
        Time.clock.after(VERIFICATION, lambda: _look(service))
        return ActionResult({"ReturnValue": True})

    VPCServiceConfiguration.__init__ = created
    VPCServiceConfiguration.private_dns_name_configuration = property(configuration)
    VPCServiceConfigurationBackend.modify_vpc_endpoint_service_configuration = modified
    EC2Response.start_vpc_endpoint_service_private_dns_verification = start


def _name(service):
    """A new private DNS name has to be verified anew, by a record that AWS makes up.

    https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
    """
    service.dns_state = "pendingVerification"
    service.dns_record = "_" + Here.world.new_id("name").replace("-", "")
    service.dns_value = "vpce:" + Here.world.new_id("Value").replace("-", "")


def _look(service):
    """Looks for the TXT record in the public zones of moto's Route 53: at the domain's ancestors."""
    labels = (service.private_dns_name or "").split(".")
    wanted = {".".join([service.dns_record, *labels[n:]]) for n in range(len(labels) - 1)}
    service.dns_state = "failed"
    for zone in route53_backends[ACCOUNT]["aws"].zones.values():
        if zone.private_zone:
            continue
        for record in zone.rrsets:
            values = [(v["Value"] if isinstance(v, dict) else v).strip('"') for v in record.records]
            if record.type == "TXT" and record.name.rstrip(".") in wanted and service.dns_value in values:
                service.dns_state = "verified"


def _connections():
    def describe(self):
        wanted = self._filters_from_querystring().get("service-id", list(self.ec2_backend.configurations))
        services = [s for s in self.ec2_backend.configurations.values() if s.id in wanted]
        return ActionResult({"VpcEndpointConnections": [c.described(s) for s in services for c in of(s)]})

    def answer(state):
        def answered(self):
            service = self.ec2_backend.describe_vpc_endpoint_service_configurations([self._get_param("ServiceId")])[0]
            for connection in of(service):
                if connection.id in self._get_param("VpcEndpointIds", []):
                    connection.state = state
            return ActionResult({"Unsuccessful": []})
        return answered

    EC2Response.describe_vpc_endpoint_connections = describe
    EC2Response.accept_vpc_endpoint_connections = answer("available")
    EC2Response.reject_vpc_endpoint_connections = answer("rejected")


def of(service):
    """The connections of an endpoint service."""
    return Here.world.connections.setdefault(service.id, [])


def named(name):
    """The endpoint service with a name, or None."""
    return next((s for s in ec2().configurations.values() if s.service_name == name), None)


def admits_kms(service):
    """Whether KMS is on the allow list."""
    return f"cks.kms.{REGION}.amazonaws.com" in service.principals or "*" in service.principals


def fault(name, uri):
    """Why KMS cannot use an endpoint service: a kind of error and a sentence; None where it can.

    https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
    """
    service = named(name)
    if service is None or not admits_kms(service):
        return "NotFound", f"The VPC endpoint service {name} was not found, or does not allow AWS KMS."
    zones = {s.availability_zone for a in service.network_load_balancer_arns for s in elbv2().load_balancers[a].subnets}
    reasons = [
        (service.service_state != "Available", f"its state is {service.service_state}"),
        (service.service_type != [{"ServiceType": "Interface"}], "it is not of type Interface"),
        (min(len(zones), len(set(service.availability_zones))) < 2, "it has fewer than two Availability Zones"),
        (service.acceptance_required, "it requires acceptance"),
        (not service.private_dns_name, "it has no private DNS name"),
        (service.dns_state != "verified", "the domain of its private DNS name is not verified"),
        (uri != f"https://{service.private_dns_name}", "its private DNS name is not the proxy URI endpoint"),
    ]
    for wrong, why in reasons:
        if wrong:
            return "InvalidConfiguration", f"The VPC endpoint service {name} cannot be used: {why}."
    return None
