"""Wait with every waiter that botocore has for what is served.

Argument: a file of JSON with "operations", all that are served, and the identifiers of things
in each state that a waiter waits for. The clock of the account runs fast.
"""

import json
import sys

import botocore.exceptions

from account import Account

NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
QUICK = {"Delay": 1, "MaxAttempts": 60}
ONCE = {"Delay": 1, "MaxAttempts": 1}


def waiters(account, operations):
    """Return the waiters that ask one of the served operations."""
    found = set()
    for operation in operations:
        service, name = operation.split(".")
        service = NAMES.get(service, service)
        client = account.client(service)
        for waiter in client.waiter_names:
            if client.get_waiter(waiter).config.operation == name:
                found.add((service, waiter))
    return found


def wait(account, service, waiter, **parameters):
    """Wait, and note a fault where the wait does not end well."""
    try:
        account.client(service).get_waiter(waiter).wait(**parameters, WaiterConfig=QUICK)
    except botocore.exceptions.WaiterError as error:
        account.faults.append(f"{service}.{waiter}: {error}")
    return service, waiter


def in_vain(account, service, waiter, **parameters):
    """Wait for what never comes: the wait ends with an error."""
    try:
        account.client(service).get_waiter(waiter).wait(**parameters, WaiterConfig=ONCE)
    except botocore.exceptions.WaiterError:
        return service, waiter
    account.faults.append(f"{service}.{waiter}({parameters}) ended well")
    return service, waiter


def network(account, told):
    """Wait for what EC2 knows."""
    yield wait(account, "ec2", "vpc_exists", VpcIds=[told["vpc"]])
    yield wait(account, "ec2", "vpc_available", VpcIds=[told["vpc"]])
    yield wait(account, "ec2", "subnet_available", SubnetIds=[told["subnet"]])
    yield wait(account, "ec2", "security_group_exists", GroupIds=[told["group"]])
    for state in ("running", "stopped", "terminated"):
        yield wait(account, "ec2", "instance_exists", InstanceIds=[told[state]])
        yield wait(account, "ec2", "instance_" + state, InstanceIds=[told[state]])
    yield wait(account, "ec2", "vpc_peering_connection_exists", VpcPeeringConnectionIds=[told["peering"]])
    yield wait(account, "ec2", "vpc_peering_connection_deleted", VpcPeeringConnectionIds=[told["gone"]])
    yield in_vain(account, "ec2", "vpc_peering_connection_deleted", VpcPeeringConnectionIds=[told["peering"]])
    yield in_vain(account, "ec2", "instance_running", InstanceIds=[told["terminated"]])
    yield in_vain(account, "ec2", "network_interface_available", NetworkInterfaceIds=[told["interface"]])
    yield in_vain(account, "ec2", "security_group_exists", GroupIds=["sg-0123456789abcdef9"])


def balancers(account, told):
    """Wait for targets to go and to come back, as somebody who replaces a proxy does."""
    elb = account.client("elbv2")
    balancer, group = told["balancer"], told["targets"]
    yield wait(account, "elbv2", "load_balancer_exists", LoadBalancerArns=[balancer])
    yield wait(account, "elbv2", "load_balancer_available", LoadBalancerArns=[balancer])
    yield wait(account, "elbv2", "load_balancers_deleted", Names=["nobody"])
    yield in_vain(account, "elbv2", "load_balancers_deleted", LoadBalancerArns=[balancer])
    target = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["Target"]
    one = {"TargetGroupArn": group, "Targets": [{"Id": target["Id"], "Port": target["Port"]}]}
    elb.deregister_targets(**one)
    (seen,) = elb.describe_target_health(**one)["TargetHealthDescriptions"]
    account.want("a target that is deregistered", seen["TargetHealth"]["State"], "draining")
    yield wait(account, "elbv2", "target_deregistered", **one)
    elb.register_targets(**one)
    (seen,) = elb.describe_target_health(**one)["TargetHealthDescriptions"]
    account.want("a target that is registered", seen["TargetHealth"]["State"], "initial")
    yield wait(account, "elbv2", "target_in_service", **one)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    account = Account()
    waited = list(network(account, told)) + list(balancers(account, told))
    waited.append(wait(account, "cloudwatch", "alarm_exists", AlarmNames=[told["alarm"]]))
    waited.append(wait(account, "cloudwatch", "composite_alarm_exists", AlarmNames=[told["composite"]], AlarmTypes=["CompositeAlarm"]))
    waited.append(in_vain(account, "cloudwatch", "alarm_exists", AlarmNames=["nobody"]))
    waited.append(in_vain(account, "cloudwatch", "log_alarm_exists", AlarmNames=[told["alarm"]], AlarmTypes=["LogAlarm"]))
    waited.append(wait(account, "dynamodb", "table_exists", TableName=told["table"]))
    waited.append(wait(account, "dynamodb", "table_not_exists", TableName="nobody"))
    waited.append(wait(account, "route53", "resource_record_sets_changed", Id=told["change"]))
    account.want("waiters", sorted(set(waited)), sorted(waiters(account, told["operations"])))
    account.report(waiters=len(set(waited)), waits=len(waited))


if __name__ == "__main__":
    main()
