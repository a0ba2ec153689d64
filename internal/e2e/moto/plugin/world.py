"""What the plug-in knows beside moto: all of it begins anew with each reset."""

from moto.cloudtrail.models import cloudtrail_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.events.models import events_backends
from moto.kms.models import kms_backends
from moto.sqs.models import sqs_backends

ACCOUNT = "123456789012"  # moto's own
REGION = "eu-central-1"
KMS_ACCOUNT = "999988887777"  # owns KMS's interface endpoints; AWS does not publish the number
KMS_ADDRESS = "100.64.17.21"  # from which KMS calls, in its own VPC


class World:
    """The plug-in's state."""

    def __init__(self):
        self.stores = {}  # custom key stores by ID
        self.keys = {}  # key ID: (key store ID, external key ID)
        self.connections = {}  # endpoint service ID: [Connection]
        self.nodes = {}  # load balancer ARN: {subnet ID: network interface}
        self.health = {}  # (target group ARN, target ID): Health
        self.proxies = {}  # address: Proxy
        self.history = []  # CloudTrail's event history
        self.issued = 0

    def new_id(self, prefix):
        """The next ID of a kind, in AWS's form."""
        self.issued += 1
        return f"{prefix}-{self.issued:017x}"


class Here:
    """Where the present world is found."""

    world = World()


class Proxy:
    """What listens at an address: an external key store proxy's process."""

    def __init__(self, ports, answer=""):
        self.ports, self.answer = set(ports), answer


def ec2():
    """moto's EC2."""
    return ec2_backends[ACCOUNT][REGION]


def elbv2():
    """moto's Elastic Load Balancing."""
    return elbv2_backends[ACCOUNT][REGION]


def kms():
    """moto's KMS."""
    return kms_backends[ACCOUNT][REGION]


def events():
    """moto's EventBridge."""
    return events_backends[ACCOUNT][REGION]


def sqs():
    """moto's SQS."""
    return sqs_backends[ACCOUNT][REGION]


def trails():
    """moto's CloudTrail."""
    return cloudtrail_backends[ACCOUNT][REGION]
