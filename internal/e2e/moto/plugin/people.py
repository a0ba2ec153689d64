"""Somebody who uses boto3: builds the path of AWS's guide, breaks it, deploys the product.

Everything here goes over the wire, as anybody's calls do. What of it nobody can do with an
API of AWS's (a proxy's process, waiting) goes through the plug-in.
"""

import deploy
from world import ACCOUNT, Here, Proxy

DOMAIN = "payments-hsm.xks.example.com"
TAG = [{"Key": "xks-remediator", "Value": "enabled"}]
CREDENTIAL = {"AccessKeyId": "ABCDEFGHIJKLMNOPQRST", "RawSecretAccessKey": "planted0secret0access0key0XKS0proxy0credential0"}


class People:
    """The account's administrator."""

    def __init__(self, endpoint, wait):
        self.session, self.endpoint, self.wait, self.clients = deploy.session(endpoint), endpoint, wait, {}
        self.path, self.template = {}, None

    def __getattr__(self, service):
        """A boto3 client by the name of its service."""
        if service not in self.__dict__["clients"]:
            self.clients[service] = self.session.client(service)
        return self.clients[service]

    def do(self, what, asked):
        """Does one thing by its name."""
        return getattr(self, "do_" + what)(**asked) or {}

    def do_build(self, health_port=443, shared=0, zones=2, key_store=True, scheme="internal"):
        """Builds a path, healthy but for its number of zones; returns the IDs of its parts."""
        self.path = {"zones": zones, "scheme": scheme}
        self._vpc()
        self._groups({443, health_port})
        self._balancer(health_port)
        self._targets({443, health_port}, shared)
        self._service()
        self._trail()
        self._alarms()
        if key_store:
            self._key_store()
        self.wait(150)  # five health checks
        return self.path

    def do_deploy(self, template, parameters):
        """Deploys the product; returns its functions and what they need."""
        self.template = self.template or deploy.transformed(template)
        made = deploy.deploy(self.session, self.template, parameters)
        inbox = self.sqs.create_queue(QueueName="on-call")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=made["resources"]["Topic"], Protocol="sqs", Endpoint=arn)
        return {**made, "inbox": inbox}

    def do_stranger(self):
        """A role without any permission; returns its session's credentials."""
        trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
        role = self.iam.create_role(RoleName="intern", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        made = self.sts.assume_role(RoleArn=role, RoleSessionName="intern")["Credentials"]
        return {"id": made["AccessKeyId"], "secret": made["SecretAccessKey"], "token": made["SessionToken"]}

    def do_deny(self, role, action):
        """Refuses an action to a role, with a policy of its own."""
        denied = f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}]}}'
        self.iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=denied)

    def do_fault(self, name, port=443):
        """Breaks one thing."""
        getattr(self, "_" + name)(port) if name == "target_group_closed" else getattr(self, "_" + name)()

    # ---- The healthy path: https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html

    def _vpc(self):
        p = self.path
        p["vpc"] = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=p["vpc"], EnableDnsHostnames={"Value": True})
        zones = ["eu-central-1a", "eu-central-1b"]
        for part, octet in (("node_subnets", 1), ("proxy_subnets", 11)):
            p[part] = [self.ec2.create_subnet(VpcId=p["vpc"], CidrBlock=f"10.0.{octet + n}.0/24", AvailabilityZone=z)
                       ["Subnet"]["SubnetId"] for n, z in enumerate(zones)]

    def _groups(self, ports):
        p = self.path
        for part, name in (("proxy_group", "payments-hsm-proxy"), ("balancer_group", "payments-hsm-nlb")):
            made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=p["vpc"])
            p[part] = made["GroupId"]
            self.ec2.create_tags(Resources=[p[part]], Tags=TAG)
        self.ec2.revoke_security_group_egress(GroupId=p["balancer_group"], IpPermissions=[
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
        for port in sorted(ports):
            self.ec2.authorize_security_group_egress(GroupId=p["balancer_group"], IpPermissions=_tcp(port, 11, "to the XKS proxies"))
            self.ec2.authorize_security_group_ingress(GroupId=p["proxy_group"], IpPermissions=_tcp(port, 1, "from the load balancer"))

    def _balancer(self, health_port):
        p = self.path
        made = self.elbv2.create_load_balancer(Name="xks-nlb", Type="network", Scheme=p["scheme"], Subnets=p["node_subnets"][:p["zones"]],
                                               SecurityGroups=[p["balancer_group"]])["LoadBalancers"][0]
        p["balancer"] = made["LoadBalancerArn"]
        self.elbv2.describe_load_balancers(LoadBalancerArns=[p["balancer"]])
        self.elbv2.set_security_groups(LoadBalancerArn=p["balancer"], SecurityGroups=[p["balancer_group"]],
                                       EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
        port = {} if health_port == 443 else {"HealthCheckPort": str(health_port)}
        made = self.elbv2.create_target_group(Name="payments-hsm", Protocol="TCP", Port=443, VpcId=p["vpc"], TargetType="ip", **port)
        p["target_group"] = made["TargetGroups"][0]["TargetGroupArn"]
        made = self.elbv2.create_listener(LoadBalancerArn=p["balancer"], Protocol="TCP", Port=443, DefaultActions=[
            {"Type": "forward", "TargetGroupArn": p["target_group"]}])
        p["listener"] = made["Listeners"][0]["ListenerArn"]

    def _targets(self, ports, shared):
        p = self.path
        p["targets"] = [f"10.0.{11 + zone}.{20 + n}" for zone in (0, 1) for n in (0, 1)]
        others = [f"10.0.11.{100 + n}" for n in range(shared)]
        for address in p["targets"] + others:
            subnet = p["proxy_subnets"][0 if address.startswith("10.0.11.") else 1]
            self.ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress=address, Groups=[p["proxy_group"]],
                                              Description="XKS proxy" if address in p["targets"] else "billing application")
        for address in p["targets"]:
            Here.world.proxies[address] = Proxy(ports)
        self.elbv2.register_targets(TargetGroupArn=p["target_group"], Targets=[{"Id": a, "Port": 443} for a in p["targets"]])

    def _service(self):
        p = self.path
        made = self.ec2.create_vpc_endpoint_service_configuration(
            NetworkLoadBalancerArns=[p["balancer"]], AcceptanceRequired=False, PrivateDnsName=DOMAIN,
            TagSpecifications=[{"ResourceType": "vpc-endpoint-service", "Tags": TAG}])["ServiceConfiguration"]
        p["service"], p["service_name"] = made["ServiceId"], made["ServiceName"]
        self.ec2.modify_vpc_endpoint_service_permissions(
            ServiceId=p["service"], AddAllowedPrincipals=["cks.kms.eu-central-1.amazonaws.com"])
        p["zone"] = self.route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
        self._verify()

    def _verify(self):
        self._record("UPSERT")
        self._start_verification()

    def _start_verification(self):
        self.ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=self.path["service"])
        self.wait(91)

    def _record(self, action):
        made = self.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[self.path["service"]])["ServiceConfigurations"][0]
        dns = made["PrivateDnsNameConfiguration"]
        record = {"Name": f"{dns['Name']}.{made['PrivateDnsName']}", "Type": "TXT", "TTL": 1800,
                  "ResourceRecords": [{"Value": f'"{dns["Value"]}"'}]}
        self.route53.change_resource_record_sets(HostedZoneId=self.path["zone"], ChangeBatch={
            "Changes": [{"Action": action, "ResourceRecordSet": record}]})

    def _trail(self):
        self.s3.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": deploy.REGION})
        self.cloudtrail.create_trail(Name="management-events", S3BucketName="trail", IsMultiRegionTrail=True)
        self.cloudtrail.put_event_selectors(TrailName="management-events", EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True}])
        self.cloudtrail.start_logging(Name="management-events")

    def _alarms(self):
        for name, query, operator, threshold in (
            ("xks-certificate-expiry", 'SELECT MIN(XksProxyCertificateDaysToExpire) FROM "AWS/KMS"', "LessThanThreshold", 10),
            ("xks-key-managers", """SELECT MAX(XksExternalKeyManagerStates) FROM "AWS/KMS" WHERE XksExternalKeyManagerState != 'Active'""",
             "GreaterThanThreshold", 0),
            ("xks-proxy-errors", 'SELECT SUM(XksProxyErrors) FROM "AWS/KMS"', "GreaterThanThreshold", 5),
        ):
            self.cloudwatch.put_metric_alarm(
                AlarmName=name, ActionsEnabled=True, AlarmActions=[f"arn:aws:sns:{deploy.REGION}:{ACCOUNT}:on-call"],
                Metrics=[{"Id": "q1", "Expression": query, "Period": 300, "ReturnData": True}],
                ComparisonOperator=operator, Threshold=threshold, EvaluationPeriods=1)

    def _key_store(self):
        p = self.path
        p["key_store"] = self._create_key_store("payments-hsm")
        self.kms.connect_custom_key_store(CustomKeyStoreId=p["key_store"])
        self.wait(301)
        for part in ("workload", "canary"):
            p[part] = self.kms.create_key(CustomKeyStoreId=p["key_store"], Origin="EXTERNAL_KEY_STORE",
                                          XksKeyId=f"external-{part}")["KeyMetadata"]["Arn"]

    def _create_key_store(self, name):
        return self.kms.create_custom_key_store(
            CustomKeyStoreName=name, CustomKeyStoreType="EXTERNAL_KEY_STORE",
            XksProxyConnectivity="VPC_ENDPOINT_SERVICE", XksProxyUriEndpoint=f"https://{DOMAIN}", XksProxyUriPath="/kms/xks/v1",
            XksProxyVpcEndpointServiceName=self.path["service_name"], XksProxyAuthenticationCredential=CREDENTIAL)["CustomKeyStoreId"]

    # ---- What somebody breaks.

    def _target_group_closed(self, port):
        self._revoke(self.path["proxy_group"], False, port)

    def _egress_closed(self):
        self._revoke(self.path["balancer_group"], True, None)

    def _nodes_acl_denies_requests(self):
        self._acl("node_subnets", [ALL], [(90, "deny", "10.0.0.0/16", (443, 443)), ALL])

    def _nodes_acl_denies_replies(self):
        self._acl("node_subnets", [(90, "deny", "10.0.0.0/16", (1024, 65535)), ALL], [ALL])

    def _targets_acl_without_requests(self):
        self._acl("proxy_subnets", [(100, "allow", "10.0.0.0/16", (22, 22))], [ALL])

    def _targets_acl_with_narrow_replies(self):
        self._acl("proxy_subnets", [ALL], [(100, "allow", "10.0.0.0/16", (32768, 60999))])

    def _acl(self, part, inbound, outbound):
        """Puts subnets behind a network ACL of their own."""
        acl = self.ec2.create_network_acl(VpcId=self.path["vpc"])["NetworkAcl"]["NetworkAclId"]
        for egress, entries in ((False, inbound), (True, outbound)):
            for number, action, block, ports in entries:
                about = {"Protocol": "6", "PortRange": {"From": ports[0], "To": ports[1]}} if ports else {"Protocol": "-1"}
                self.ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=number, RuleAction=action, Egress=egress, CidrBlock=block, **about)
        subnets = self.path[part]
        found = self.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": subnets}])["NetworkAcls"]
        for association in [a for f in found for a in f["Associations"] if a["SubnetId"] in subnets]:
            self.ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)

    def _revoke(self, group, egress, port):
        rules = self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
        ids = [r["SecurityGroupRuleId"] for r in rules if r["IsEgress"] == egress and port in (None, r.get("FromPort"))]
        call = self.ec2.revoke_security_group_egress if egress else self.ec2.revoke_security_group_ingress
        call(GroupId=group, SecurityGroupRuleIds=ids)

    def _undo(self):
        """Takes away what says that the product made it."""
        group = self.path["proxy_group"]
        rules = self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
        ids = [r["SecurityGroupRuleId"] for r in rules if r.get("Description", "").startswith("xks-remediator")]
        if ids:
            self.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)

    def _enforcement_closed(self):
        self.elbv2.set_security_groups(LoadBalancerArn=self.path["balancer"], SecurityGroups=[self.path["balancer_group"]],
                                       EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="on")

    def _principal_missing(self):
        self.ec2.modify_vpc_endpoint_service_permissions(
            ServiceId=self.path["service"], RemoveAllowedPrincipals=["cks.kms.eu-central-1.amazonaws.com"])

    def _acceptance_required(self):
        self.ec2.modify_vpc_endpoint_service_configuration(ServiceId=self.path["service"], AcceptanceRequired=True)

    def _service_deleted(self):
        service = self.path["service"]
        found = self.ec2.describe_vpc_endpoint_connections(Filters=[{"Name": "service-id", "Values": [service]}])
        ids = [c["VpcEndpointId"] for c in found["VpcEndpointConnections"]]
        if ids:
            self.ec2.reject_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=ids)
        self.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service])

    def _record_missing(self):
        self._record("DELETE")
        self._start_verification()

    def _verification_failed(self):
        self._record_missing()
        self._record("UPSERT")

    def _name_mismatch(self):
        self.ec2.modify_vpc_endpoint_service_configuration(ServiceId=self.path["service"], PrivateDnsName="other.xks.example.com")
        self._verify()

    def _key_store_on_the_service(self):
        self._create_key_store("orders-hsm")

    def _everybody_allowed(self):
        self.ec2.modify_vpc_endpoint_service_permissions(ServiceId=self.path["service"], AddAllowedPrincipals=["*"])
        self._principal_missing()

    def _alarms_deleted(self):
        alarms = self.cloudwatch.describe_alarms()["MetricAlarms"]
        self.cloudwatch.delete_alarms(AlarmNames=[a["AlarmName"] for a in alarms])

    def _trail_deleted(self):
        self.cloudtrail.delete_trail(Name="management-events")

    def _proxy_protocol_on(self):
        self.elbv2.modify_target_group_attributes(TargetGroupArn=self.path["target_group"], Attributes=[
            {"Key": "proxy_protocol_v2.enabled", "Value": "true"}])

    def _listener_deleted(self):
        self.elbv2.delete_listener(ListenerArn=self.path["listener"])

    def _target_group_empty(self):
        self.elbv2.deregister_targets(TargetGroupArn=self.path["target_group"], Targets=[{"Id": a} for a in self.path["targets"]])

    def _untagged(self):
        self.ec2.delete_tags(Resources=[self.path["proxy_group"]], Tags=TAG)

    def _proxies_down(self):
        self._proxies([], "")

    def _one_zones_proxies_down(self):
        for address in self.path["targets"]:
            if address.startswith("10.0.12."):
                Here.world.proxies[address] = Proxy([], "")
        self.wait(91)  # three health checks

    def _proxies_refuse_the_credential(self):
        self._proxies([443], "refuses-credential")

    def _proxies_slow(self):
        self._proxies([443], "slow")

    def _proxies(self, ports, answer):
        for address in self.path["targets"]:
            Here.world.proxies[address] = Proxy(ports, answer)

    def do_cloudhsm(self):
        """Creates a CloudHSM key store; returns its ID."""
        return {"key_store": self.kms.create_custom_key_store(
            CustomKeyStoreName="hsm", CustomKeyStoreType="AWS_CLOUDHSM", CloudHsmClusterId="cluster-1234567890abcdefg",
            TrustAnchorCertificate="certificate", KeyStorePassword="password")["CustomKeyStoreId"]}

    def do_alarm(self):
        """An alarm on a metric of key stores goes to ALARM."""
        self.cloudwatch.put_metric_alarm(
            AlarmName="xks-errors", Namespace="AWS/KMS", MetricName="XksProxyErrors", Statistic="Sum", Period=60,
            Dimensions=[{"Name": "CustomKeyStoreId", "Value": self.path["key_store"]}], EvaluationPeriods=1, Threshold=5,
            ComparisonOperator="GreaterThanThreshold")
        self.cloudwatch.set_alarm_state(AlarmName="xks-errors", StateValue="ALARM", StateReason="too many errors")


ALL = (100, "allow", "0.0.0.0/0", None)  # an entry of a network ACL that allows everything


def _tcp(port, octet, description):
    ranges = [{"CidrIp": f"10.0.{octet + n}.0/24", "Description": description} for n in (0, 1)]
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}]
