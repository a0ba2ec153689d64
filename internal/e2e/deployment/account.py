"""Serves an AWS account by moto, whose CloudFormation is told what its services know already.

moto's services hold queue policies, alarms, subscriptions and the rest; its CloudFormation
does not hand all of that on. Here it does: the resource types that it lacks are added, each one
call on moto's own service, and the mends of mend() follow. Nothing here knows the template under test.
Every addition is named in MENDS, which `account.py --mends` prints for the report.
Usage: account.py PORT
"""

import json
import sys

from moto.awslambda import models as awslambda
from moto.cloudformation import parsing
from moto.cloudwatch import models as cloudwatch
from moto.core.common_models import CloudFormationModel
from moto.dynamodb import models as dynamodb
from moto.dynamodb.models.table import Table
from moto.events import models as events
from moto.iam import models as iam
from moto.kms import models as kms
from moto.logs import models as logs
from moto.server import main as serve
from moto.sns import models as sns
from moto.sqs import models as sqs


class Added:
    """What the added types have in common: an ID, and no attribute and no update."""

    def __init__(self, physical_resource_id, forget=None):
        self.physical_resource_id = physical_resource_id
        self._forget = forget

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return False

    def is_created(self):
        return True

    def delete(self, account_id, region_name):
        """Ends the resource; a policy ends with what it is attached to."""
        if self._forget:
            self._forget()


class QueuePolicy(Added, CloudFormationModel):
    __module__ = sqs.__name__  # moto files its models by it

    @staticmethod
    def cloudformation_type():
        return "AWS::SQS::QueuePolicy"

    @classmethod
    def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **_):
        properties = resource["Properties"]
        backend = sqs.sqs_backends[account_id][region_name]
        policy = json.dumps(properties["PolicyDocument"])
        for url in properties["Queues"]:
            backend.set_queue_attributes(url.split("/")[-1], {"Policy": policy})
        return cls(name)


class TopicPolicy(Added, CloudFormationModel):
    __module__ = sns.__name__

    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::TopicPolicy"

    @classmethod
    def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **_):
        properties = resource["Properties"]
        backend = sns.sns_backends[account_id][region_name]
        policy = json.dumps(properties["PolicyDocument"])
        for arn in properties["Topics"]:
            backend.get_topic(arn).policy = policy
        return cls(name)


class Subscription(Added, CloudFormationModel):
    __module__ = sns.__name__

    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::Subscription"

    @classmethod
    def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **_):
        properties = resource["Properties"]
        backend = sns.sns_backends[account_id][region_name]
        made = backend.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
        return cls(made.arn, lambda: backend.unsubscribe(made.arn))


class EventBusPolicy(Added, CloudFormationModel):
    __module__ = events.__name__

    @staticmethod
    def cloudformation_type():
        return "AWS::Events::EventBusPolicy"

    @classmethod
    def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **_):
        properties = resource["Properties"]
        backend = events.events_backends[account_id][region_name]
        # The statement's Sid is the resource's StatementId.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html
        statement = {"Sid": properties["StatementId"], **properties["Statement"]}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        backend.put_permission(properties["EventBusName"], None, None, None, None, json.dumps(document))
        return cls(name)


class Alarm(Added, CloudFormationModel):
    """An alarm; its properties are the parameters of moto's call in another spelling."""

    __module__ = cloudwatch.__name__
    SPELLING = {
        "Namespace": "namespace", "MetricName": "metric_name", "Statistic": "statistic", "Period": "period",
        "ComparisonOperator": "comparison_operator", "EvaluationPeriods": "evaluation_periods", "Threshold": "threshold",
        "AlarmDescription": "description", "AlarmActions": "alarm_actions", "Dimensions": "dimensions", "TreatMissingData": "treat_missing_data",
    }

    @staticmethod
    def cloudformation_type():
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **_):
        given = {cls.SPELLING[key]: value for key, value in resource["Properties"].items()}  # another is an error
        backend = cloudwatch.cloudwatch_backends[account_id][region_name]
        backend.put_metric_alarm(**{"name": name, "dimensions": [], **given})
        return cls(name, lambda: backend.delete_alarms([name]))


def after_creation(kind, then):
    """Has then(resource, properties, account, Region) follow each creation of a type of moto's own."""
    create = kind.create_from_cloudformation_json

    def created(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = create(resource_name, cloudformation_json, account_id, region_name, **kwargs)
        then(made, cloudformation_json["Properties"], account_id, region_name)
        return made

    kind.create_from_cloudformation_json = classmethod(created)


def mend_table(table, properties, account_id, region_name):
    backend = dynamodb.dynamodb_backends[account_id][region_name]
    if "TimeToLiveSpecification" in properties:
        backend.update_time_to_live(table.name, properties["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in properties:
        backend.update_continuous_backups(table.name, properties["PointInTimeRecoverySpecification"])


def mend_function(function, properties, account_id, region_name):
    function.architectures = properties.get("Architectures", ["x86_64"])


def mend_key(key, properties, account_id, region_name):
    key.policy = json.dumps(properties["KeyPolicy"])  # moto's KMS keeps text, as its API takes


def mend_role(role, properties, account_id, region_name):
    for policy in properties.get("Policies", []):  # as text, as the API of moto's IAM takes it
        document = policy["PolicyDocument"]
        role.put_policy(policy["PolicyName"], document if isinstance(document, str) else json.dumps(document))


def mend_bus(bus, properties, account_id, region_name):
    bus.description = properties.get("Description")


def mend_log_group_arn():
    """Ends a log group's Arn with :* as CloudFormation does, which is how a policy names its streams.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
    """
    attribute = logs.LogGroup.get_cfn_attribute
    logs.LogGroup.get_cfn_attribute = lambda group, name: attribute(group, name) + (":*" if name == "Arn" else "")


def mend_lists():
    """Takes what AWS::NoValue stands for out of lists, where moto leaves a null.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
    """
    clean = parsing.clean_json

    def cleaned(value, resources):
        if isinstance(value, list):
            return [element for element in clean(value, resources) if element is not None]
        return clean(value, resources)

    parsing.clean_json = cleaned


MENDS = (
    "AWS::Events::EventBus Ref and Description",
    "AWS::DynamoDB::Table TimeToLiveSpecification and PointInTimeRecoverySpecification",
    "AWS::Lambda::Function Architectures",
    "AWS::IAM::Role Policies and AWS::KMS::Key KeyPolicy as text",
    "AWS::Logs::LogGroup Arn",
    "AWS::NoValue in lists",
)


def mend():
    # Ref of a bus is its name.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
    events.EventBus.physical_resource_id = property(lambda bus: bus.name)
    after_creation(events.EventBus, mend_bus)
    after_creation(iam.Role, mend_role)
    after_creation(kms.Key, mend_key)
    after_creation(Table, mend_table)
    after_creation(awslambda.LambdaFunction, mend_function)
    mend_log_group_arn()
    mend_lists()


def main():
    if sys.argv[1] == "--mends":
        json.dump({"types": [c.cloudformation_type() for c in Added.__subclasses__()], "mends": MENDS}, sys.stdout)
        return
    mend()
    serve(["-H", "127.0.0.1", "-p", sys.argv[1]])


if __name__ == "__main__":
    main()
