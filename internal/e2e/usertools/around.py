"""Walk from a key store to its proxies with boto3, as a script of somebody's own would.

Every step takes what the step before it names; nothing else is known. Expected values are
those of the path that `xksctl simulate running/healthy` documents: 10.0.0.0/16, two
Availability Zones, four proxies.
"""

from account import Account


def key_store(account):
    """Find the key store, and KMS's own view of it."""
    kms = account.client("kms")
    (store,) = kms.describe_custom_key_stores()["CustomKeyStores"]
    account.want("state", store["ConnectionState"], "CONNECTED")
    keys = kms.list_keys()["Keys"]
    account.want("keys", len(keys), 2)
    for key in keys:
        data = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        account.want("key's store", data["CustomKeyStoreId"], store["CustomKeyStoreId"])
        sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"order", EncryptionContext={"a": "b"})
        opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"})
        account.want("decrypted", opened["Plaintext"], b"order")
        made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
        account.want("data key", len(made["Plaintext"]), 32)
        bare = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], KeySpec="AES_256")
        account.want("data key without plaintext", "Plaintext" in bare, False)
    return store


def endpoint_service(account, store):
    """Find the endpoint service that the key store names, and who may use it."""
    ec2 = account.client("ec2")
    name = store["XksProxyConfiguration"]["VpcEndpointServiceName"]
    service_id = name.rsplit(".", 1)[1]
    (service,) = ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service_id])["ServiceConfigurations"]
    account.want("service", service["ServiceName"], name)
    account.want("private DNS name", "https://" + service["PrivateDnsName"], store["XksProxyConfiguration"]["UriEndpoint"])
    allowed = ec2.describe_vpc_endpoint_service_permissions(ServiceId=service_id)["AllowedPrincipals"]
    account.want("principals", [p["Principal"] for p in allowed], ["cks.kms.eu-central-1.amazonaws.com"])
    account.want("kind of principal", allowed[0]["PrincipalType"], "Service")
    (connection,) = ec2.describe_vpc_endpoint_connections(
        Filters=[{"Name": "service-id", "Values": [service_id]}])["VpcEndpointConnections"]
    account.want("connection", connection["VpcEndpointState"], "available")
    details = ec2.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"]
    account.want("seen by its users", details[0]["AvailabilityZones"], service["AvailabilityZones"])
    return service


def balancer(account, service):
    """Find the load balancer and the targets behind it."""
    elb = account.client("elbv2")
    (arn,) = service["NetworkLoadBalancerArns"]
    (found,) = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    account.want("load balancer", found["State"]["Code"], "active")
    account.want("its zones", [z["ZoneName"] for z in found["AvailabilityZones"]], service["AvailabilityZones"])
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    account.want("attributes", len({a["Key"] for a in attributes}), len(attributes))
    (listener,) = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    account.want("listener", (listener["Protocol"], listener["Port"]), ("TCP", 443))
    (rule,) = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    group_arn = rule["Actions"][0]["TargetGroupArn"]
    account.want("forwards to", listener["DefaultActions"][0]["TargetGroupArn"], group_arn)
    (group,) = elb.describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"]
    account.want("group is of", group["LoadBalancerArns"], [arn])
    elb.describe_target_group_attributes(TargetGroupArn=group_arn)
    tags = elb.describe_tags(ResourceArns=[arn, group_arn])["TagDescriptions"]
    account.want("tagged", [t["ResourceArn"] for t in tags], [arn, group_arn])
    health = elb.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
    account.want("health", {h["TargetHealth"]["State"] for h in health}, {"healthy"})
    return found, [h["Target"]["Id"] for h in health]


def interfaces(account, found, addresses):
    """Find the interfaces of the nodes and of the proxies, and what guards them."""
    ec2 = account.client("ec2")
    nodes = ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": ["ELB net/" + found["LoadBalancerName"] + "/*"]}])["NetworkInterfaces"]
    account.want("nodes' subnets", sorted(n["SubnetId"] for n in nodes), sorted(z["SubnetId"] for z in found["AvailabilityZones"]))
    account.want("nodes' groups", {g["GroupId"] for n in nodes for g in n["Groups"]}, set(found["SecurityGroups"]))
    proxies = ec2.describe_network_interfaces(
        Filters=[{"Name": "addresses.private-ip-address", "Values": addresses}])["NetworkInterfaces"]
    account.want("proxies", sorted(p["PrivateIpAddress"] for p in proxies), sorted(addresses))
    for interface in nodes + proxies:
        guards(account, interface)


def guards(account, interface):
    """Look at the groups, the network ACL and the routes of one interface."""
    ec2 = account.client("ec2")
    groups = ec2.describe_security_groups(GroupIds=[g["GroupId"] for g in interface["Groups"]])["SecurityGroups"]
    for group in groups:
        rules = ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])["SecurityGroupRules"]
        shown = sum(len(p["IpRanges"]) + len(p["UserIdGroupPairs"])
                    for p in group["IpPermissions"] + group["IpPermissionsEgress"])
        account.want("rules of " + group["GroupId"], len(rules), shown)
    (subnet,) = ec2.describe_subnets(SubnetIds=[interface["SubnetId"]])["Subnets"]
    account.want("subnet's zone", subnet["AvailabilityZone"], interface["AvailabilityZone"])
    of_subnet = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
    (acl,) = ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"]
    account.want("network ACL's VPC", acl["VpcId"], subnet["VpcId"])
    own = ec2.describe_route_tables(Filters=of_subnet)["RouteTables"]
    (main,) = ec2.describe_route_tables(Filters=[
        {"Name": "vpc-id", "Values": [subnet["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}])["RouteTables"]
    account.want("routes", (own or [main])[0]["Routes"][0]["GatewayId"], "local")
    (vpc,) = ec2.describe_vpcs(VpcIds=[subnet["VpcId"]])["Vpcs"]
    account.want("VPC", vpc["CidrBlock"], "10.0.0.0/16")
    dns = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
    account.want("DNS", dns["EnableDnsHostnames"]["Value"], True)


def main():
    account = Account()
    account.want("account", account.client("sts").get_caller_identity()["Account"], "111122223333")
    store = key_store(account)
    found, addresses = balancer(account, endpoint_service(account, store))
    account.want("targets", len(addresses), 4)
    interfaces(account, found, addresses)
    trail = account.client("cloudtrail")
    (named,) = trail.describe_trails()["trailList"]
    account.want("logging", trail.get_trail_status(Name=named["TrailARN"])["IsLogging"], True)
    alarms = account.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    queries = [q["Expression"] for alarm in alarms["MetricAlarms"] for q in alarm["Metrics"]]
    account.want("alarms on key stores", [q.count("AWS/KMS") for q in queries], [1, 1, 1])
    account.report()


if __name__ == "__main__":
    main()
