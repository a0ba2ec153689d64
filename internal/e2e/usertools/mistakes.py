"""Make with boto3 the mistakes that people make, and compare each answer's code with the one
that AWS documents.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
"""

from account import Account

NLB = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/nobody/0123456789abcdef"
LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/net/nobody/0123456789abcdef/0123456789abcdef"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/nobody/0123456789abcdef"
NOWHERE = "0123456789abcdef9"
UNKNOWN = [
    ("InvalidVpcID.NotFound", "ec2", "describe_vpcs", {"VpcIds": ["vpc-" + NOWHERE]}),
    ("InvalidSubnetID.NotFound", "ec2", "describe_subnets", {"SubnetIds": ["subnet-" + NOWHERE]}),
    ("InvalidGroup.NotFound", "ec2", "describe_security_groups", {"GroupIds": ["sg-" + NOWHERE]}),
    ("InvalidNetworkInterfaceID.NotFound", "ec2", "describe_network_interfaces", {"NetworkInterfaceIds": ["eni-" + NOWHERE]}),
    ("InvalidNetworkAclID.NotFound", "ec2", "describe_network_acls", {"NetworkAclIds": ["acl-" + NOWHERE]}),
    ("InvalidRouteTableID.NotFound", "ec2", "describe_route_tables", {"RouteTableIds": ["rtb-" + NOWHERE]}),
    ("InvalidPrefixListID.NotFound", "ec2", "get_managed_prefix_list_entries", {"PrefixListId": "pl-" + NOWHERE}),
    ("InvalidInstanceID.NotFound", "ec2", "describe_instances", {"InstanceIds": ["i-" + NOWHERE]}),
    ("InvalidVpcEndpointServiceId.NotFound", "ec2", "describe_vpc_endpoint_service_permissions", {"ServiceId": "vpce-svc-" + NOWHERE}),
    ("InvalidGroupId.Malformed", "ec2", "describe_security_groups", {"GroupIds": ["group-1"]}),
    ("LoadBalancerNotFound", "elbv2", "describe_load_balancers", {"LoadBalancerArns": [NLB]}),
    ("LoadBalancerNotFound", "elbv2", "describe_load_balancers", {"Names": ["nobody"]}),
    ("LoadBalancerNotFound", "elbv2", "set_security_groups", {"LoadBalancerArn": NLB, "SecurityGroups": ["sg-" + NOWHERE]}),
    ("LoadBalancerNotFound", "elbv2", "set_subnets", {"LoadBalancerArn": NLB, "Subnets": ["subnet-" + NOWHERE]}),
    ("ListenerNotFound", "elbv2", "delete_listener", {"ListenerArn": LISTENER}),
    ("TargetGroupNotFound", "elbv2", "describe_target_health", {"TargetGroupArn": GROUP}),
    ("TargetGroupNotFound", "elbv2", "register_targets", {"TargetGroupArn": GROUP, "Targets": [{"Id": "10.0.0.1"}]}),
    ("CustomKeyStoreNotFoundException", "kms", "describe_custom_key_stores", {"CustomKeyStoreId": "cks-" + NOWHERE}),
    ("CustomKeyStoreNotFoundException", "kms", "connect_custom_key_store", {"CustomKeyStoreId": "cks-" + NOWHERE}),
    ("NotFoundException", "kms", "describe_key", {"KeyId": "11111111-2222-4333-8444-555555555555"}),
    ("NotFoundException", "kms", "encrypt", {"KeyId": "11111111-2222-4333-8444-555555555555", "Plaintext": b"x"}),
    ("TrailNotFoundException", "cloudtrail", "get_trail_status", {"Name": "nobody"}),
    ("ResourceNotFound", "cloudwatch", "delete_alarms", {"AlarmNames": ["nobody"]}),
    ("ResourceNotFoundException", "dynamodb", "describe_table", {"TableName": "nobody"}),
    ("ResourceNotFoundException", "events", "describe_rule", {"Name": "nobody"}),
    ("NotFound", "sns", "get_topic_attributes", {"TopicArn": "arn:aws:sns:eu-central-1:111122223333:nobody"}),
    ("AWS.SimpleQueueService.NonExistentQueue", "sqs", "get_queue_url", {"QueueName": "nobody"}),
    ("ResourceNotFoundException", "sqs", "start_message_move_task", {"SourceArn": "arn:aws:sqs:eu-central-1:111122223333:nobody"}),
]
PARAMETERS = [
    ("InvalidParameterValue", "ec2", "describe_subnets", {"Filters": [{"Name": "nonsense", "Values": ["1"]}]}),
    ("InvalidParameterValue", "ec2", "describe_vpcs", {"MaxResults": 1001}),
    ("InvalidNextToken", "ec2", "describe_vpcs", {"NextToken": "nonsense"}),
    ("DryRunOperation", "ec2", "describe_vpcs", {"DryRun": True}),
    ("ValidationError", "elbv2", "describe_load_balancers", {"LoadBalancerArns": ["nonsense"]}),
    ("InvalidLookupAttributesException", "cloudtrail", "lookup_events", {"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "Username", "AttributeValue": "b"}]}),
    ("InvalidNextToken", "cloudwatch", "describe_alarms", {"NextToken": "nonsense"}),
    ("InvalidParameterCombination", "cloudwatch", "describe_alarms", {"AlarmNames": ["a"], "AlarmNamePrefix": "a"}),
    ("InvalidMarkerException", "kms", "list_keys", {"Marker": "nonsense"}),
    ("InvalidCiphertextException", "kms", "decrypt", {"CiphertextBlob": b"nonsense"}),
]


def made_twice(account):
    """Do what is done already, and undo what is not there."""
    ec2 = account.client("ec2")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["*-proxy"]}])["SecurityGroups"][0]
    same = {"GroupId": group["GroupId"], "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "IpRanges": [{"CidrIp": "10.9.0.0/24"}]}]}
    account.refused("InvalidPermission.NotFound", "ec2", "revoke_security_group_ingress", **same)
    ec2.authorize_security_group_ingress(**same)
    account.refused("InvalidPermission.Duplicate", "ec2", "authorize_security_group_ingress", **same)
    ec2.revoke_security_group_ingress(**same)
    wrong = {"GroupId": group["GroupId"], "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.9.0.0/33"}]}]}
    account.refused("InvalidParameterValue", "ec2", "authorize_security_group_ingress", **wrong)
    elb = account.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    (group,) = elb.describe_target_groups()["TargetGroups"]
    account.refused("DuplicateListener", "elbv2", "create_listener", LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="TCP", Port=443,
                    DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}])
    account.refused("SubnetNotFound", "elbv2", "set_subnets", LoadBalancerArn=balancer["LoadBalancerArn"], Subnets=["subnet-" + NOWHERE])


def of_the_key_store(account):
    """Ask KMS for what the state of a key store does not allow."""
    kms = account.client("kms")
    (store,) = kms.describe_custom_key_stores()["CustomKeyStores"]
    named = {"CustomKeyStoreId": store["CustomKeyStoreId"]}
    path = store["XksProxyConfiguration"]
    account.refused("CustomKeyStoreInvalidStateException", "kms", "delete_custom_key_store", **named)
    account.refused("CustomKeyStoreInvalidStateException", "kms", "update_custom_key_store", **named, XksProxyUriEndpoint="https://other.example.com")
    account.refused("CustomKeyStoreNameInUseException", "kms", "create_custom_key_store", CustomKeyStoreName=store["CustomKeyStoreName"],
                    CustomKeyStoreType="EXTERNAL_KEY_STORE", XksProxyUriEndpoint=path["UriEndpoint"], XksProxyUriPath=path["UriPath"],
                    XksProxyConnectivity="VPC_ENDPOINT_SERVICE", XksProxyVpcEndpointServiceName=path["VpcEndpointServiceName"],
                    XksProxyAuthenticationCredential={"AccessKeyId": "AKIAXKSPROXYEXAMPLE222", "RawSecretAccessKey": "c2VjcmV0" * 6})
    key = kms.list_keys()["Keys"][0]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    said = account.refused("KMSInvalidStateException", "kms", "decrypt", CiphertextBlob=sealed, EncryptionContext={"a": "c"})
    account.want("what KMS says of another encryption context", "encryption context" in said or "additional authenticated data" in said, True)
    kms.disable_key(KeyId=key)
    account.refused("DisabledException", "kms", "encrypt", KeyId=key, Plaintext=b"x")
    kms.enable_key(KeyId=key)


def main():
    account = Account()
    for code, service, operation, parameters in UNKNOWN + PARAMETERS:
        account.refused(code, service, operation, **parameters)
    made_twice(account)
    of_the_key_store(account)
    account.report()


if __name__ == "__main__":
    main()
