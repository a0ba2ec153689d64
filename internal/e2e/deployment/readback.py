"""Reads what a stack made through each service's own API, in CloudFormation's spelling.

For a resource, Account.read returns its attributes (what Fn::GetAtt gives) and its properties. A
property that an API does not return is not there: nothing is filled in from the template. A
resource-based policy is the property Policy of what it is attached to.
"""

import json

import boto3


def named(source, *names):
    """Returns the members of source with these names, as far as they are there and not empty lists."""
    return {name: source[name] for name in names if source.get(name) not in (None, [])}


def document(text):
    """Returns a policy as an object: some APIs return its text."""
    return json.loads(text) if isinstance(text, str) else text


class Account:
    """The services' clients, and the readers by resource type."""

    def __init__(self, buses):
        self.buses = ["default", *buses]
        self.clients = {}

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = boto3.client(service)
        return self.clients[service]

    def read(self, kind, physical_id):
        """Returns the attributes and properties of one resource; an unknown type is an error."""
        attributes, properties = getattr(self, READERS[kind])(physical_id)
        return {"attributes": attributes, "properties": properties}

    def attached(self, physical_id):
        """Nothing: a policy is read where it is attached."""
        return {}, {}

    def queue(self, url):
        got = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        properties = named(
            got, "DelaySeconds", "KmsMasterKeyId", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds",
            "SqsManagedSseEnabled", "VisibilityTimeout",
        )
        for name in ("Policy", "RedrivePolicy"):
            if got.get(name):
                properties[name] = json.loads(got[name])
        return {"Arn": got["QueueArn"], "QueueName": got["QueueArn"].split(":")[-1], "QueueUrl": url}, properties

    def rule(self, physical_id):
        events = self.client("events")
        name = physical_id.split("|")[-1]
        bus = next(b for b in self.buses if any(r["Name"] == name for r in events.list_rules(EventBusName=b)["Rules"]))
        got = events.describe_rule(Name=name, EventBusName=bus)
        properties = named(got, "Description", "EventBusName", "RoleArn", "ScheduleExpression", "State")
        if got.get("EventPattern"):
            properties["EventPattern"] = json.loads(got["EventPattern"])
        properties["Targets"] = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
        return {"Arn": got["Arn"]}, properties

    def bus(self, name):
        got = self.client("events").describe_event_bus(Name=name)
        properties = named(got, "Name", "Description", "KmsKeyIdentifier")
        if got.get("Policy"):
            properties["Policy"] = json.loads(got["Policy"])
        return {"Arn": got["Arn"], "Name": got["Name"]}, properties

    def table(self, name):
        dynamodb = self.client("dynamodb")
        got = dynamodb.describe_table(TableName=name)["Table"]
        properties = named(got, "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "SSEDescription")
        properties["BillingMode"] = got["BillingModeSummary"]["BillingMode"]
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        properties["TimeToLiveSpecification"] = {
            **named(ttl, "AttributeName"),
            "Enabled": ttl["TimeToLiveStatus"] == "ENABLED",
        }
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        properties["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": status == "ENABLED"}
        return {"Arn": got["TableArn"]}, properties

    def key(self, key_id):
        kms = self.client("kms")
        got = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        properties = {
            "Description": got["Description"],
            "EnableKeyRotation": kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"],
            "KeyPolicy": document(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]),
            **named(got, "KeySpec", "KeyUsage", "MultiRegion", "Origin"),
        }
        return {"Arn": got["Arn"], "KeyId": got["KeyId"]}, properties

    def topic(self, arn):
        got = self.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        properties = {**named(got, "DisplayName", "KmsMasterKeyId"), "Policy": json.loads(got["Policy"])}
        return {"TopicArn": got["TopicArn"], "TopicName": got["TopicArn"].split(":")[-1]}, properties

    def subscription(self, arn):
        got = self.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return {}, named(got, "TopicArn", "Protocol", "Endpoint", "FilterPolicy", "RawMessageDelivery")

    def role(self, name):
        iam = self.client("iam")
        got = iam.get_role(RoleName=name)["Role"]
        inline = [
            {"PolicyName": policy, "PolicyDocument": iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]}
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        managed = [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        properties = {"AssumeRolePolicyDocument": got["AssumeRolePolicyDocument"], "Policies": inline}
        if managed:
            properties["ManagedPolicyArns"] = managed
        return {"Arn": got["Arn"], "RoleId": got["RoleId"]}, properties

    def log_group(self, name):
        groups = self.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        got = next(g for g in groups if g["logGroupName"] == name)
        properties = {"RetentionInDays": got["retentionInDays"]} if "retentionInDays" in got else {}
        return {"Arn": got["arn"]}, {**properties, **({"KmsKeyId": got["kmsKeyId"]} if "kmsKeyId" in got else {})}

    def function(self, name):
        got = self.client("lambda").get_function(FunctionName=name)
        settings = got["Configuration"]
        properties = named(
            settings, "Architectures", "Description", "Environment", "Handler", "LoggingConfig", "MemorySize", "Role",
            "Runtime", "Timeout",
        )
        properties["Code"] = {"Sha256": settings["CodeSha256"]}
        if (settings.get("VpcConfig") or {}).get("SubnetIds"):
            properties["VpcConfig"] = named(settings["VpcConfig"], "SubnetIds", "SecurityGroupIds")
        if got.get("Tags"):
            properties["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(got["Tags"].items())]
        return {"Arn": settings["FunctionArn"]}, properties

    def mapping(self, uuid):
        got = self.client("lambda").get_event_source_mapping(UUID=uuid)
        properties = named(
            got, "BatchSize", "EventSourceArn", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "ScalingConfig",
        )
        properties["FunctionName"] = got["FunctionArn"].split(":")[-1]
        properties["Enabled"] = got["State"] == "Enabled"
        return {"Id": uuid}, properties

    def alarm(self, name):
        got = self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        properties = named(
            got, "ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions",
            "EvaluationPeriods", "InsufficientDataActions", "MetricName", "Namespace", "OKActions", "Period", "Statistic",
            "Threshold", "TreatMissingData",
        )
        return {"Arn": got["AlarmArn"]}, properties


READERS = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::DynamoDB::Table": "table",
    "AWS::Events::EventBus": "bus",
    "AWS::Events::EventBusPolicy": "attached",
    "AWS::Events::Rule": "rule",
    "AWS::IAM::Role": "role",
    "AWS::KMS::Key": "key",
    "AWS::Lambda::EventSourceMapping": "mapping",
    "AWS::Lambda::Function": "function",
    "AWS::Logs::LogGroup": "log_group",
    "AWS::SNS::Subscription": "subscription",
    "AWS::SNS::Topic": "topic",
    "AWS::SNS::TopicPolicy": "attached",
    "AWS::SQS::Queue": "queue",
    "AWS::SQS::QueuePolicy": "attached",
}
