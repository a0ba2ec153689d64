"""What moto 5.2.5 does otherwise than AWS, mended where the product meets it.

Each function names the gap and the AWS page that says how it is.
"""

import copy
import json

from moto.awslambda.models import LambdaBackend
from moto.cloudformation import parsing
from moto.events.models import EventBus, EventPattern, Rule
from moto.events.utils import EventTemplateParser
from moto.iam.access_control import AssumedRoleAccessKey
from moto.sns.models import SNSBackend


def install():
    """Mends them all."""
    _no_value_is_none()
    _buses_have_names()
    _targets_get_the_whole_event()
    _rules_are_not_all_for_every_event()
    _patterns_look_into_lists()
    _nobody_runs_functions()
    _roles_are_judged_by_their_actions()
    _topics_count_their_subscriptions()


def _no_value_is_none():
    """An item of a list that is AWS::NoValue is left out; moto's stays there as null.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
    """
    inner = parsing.clean_json

    def clean_json(resource_json, resources_map):
        if isinstance(resource_json, list):
            return [v for v in (clean_json(x, resources_map) for x in resource_json) if v is not None]
        return inner(resource_json, resources_map)

    parsing.clean_json = clean_json


def _buses_have_names():
    """Ref of a bus is its name; moto's bus has no physical ID.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
    """
    EventBus.physical_resource_id = property(lambda bus: bus.name)


def _targets_get_the_whole_event():
    """Without an input transformer a target gets the event as it is; moto's leaves out the account.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html
    """
    inner = EventTemplateParser.parse

    def parse(input_template, input_paths_map, event):
        if input_template:
            return inner(input_template, input_paths_map, event)
        whole = copy.deepcopy(dict(event))
        whole.pop("ingestion-time", None)
        return whole

    EventTemplateParser.parse = staticmethod(parse)


def _rules_are_not_all_for_every_event():
    """A disabled rule matches nothing, and a schedule's rule no event; moto's match all.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    inner = Rule.send_to_targets

    def send_to_targets(self, original_event, transform_input=True):
        scheduled = original_event["source"] == "aws.events"
        if self.state == "DISABLED" or bool(self.scheduled_expression) != scheduled:
            return
        inner(self, original_event, transform_input)

    Rule.send_to_targets = send_to_targets


def _patterns_look_into_lists():
    """A pattern matches what is in the objects of a list; moto's looks into no list.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
    """
    def flatten(node, prefix="", result=None):
        result = {} if result is None else result
        for key, value in node.items():
            name = f"{prefix}.{key}" if prefix else key
            if isinstance(value, dict) and value:
                flatten(value, name, result)
            elif isinstance(value, list) and any(isinstance(v, dict) for v in value):
                for item in [flatten(v, name) for v in value if isinstance(v, dict)]:
                    for inner, found in item.items():
                        result.setdefault(inner, []).extend(found if isinstance(found, list) else [found])
            else:
                result[name] = value
        return result

    EventPattern._flatten_dict = staticmethod(flatten)


def _nobody_runs_functions():
    """moto would start Docker for a message in a queue with a function; the test polls instead."""
    LambdaBackend.send_sqs_batch = lambda *_: False


def _roles_are_judged_by_their_actions():
    """moto's IAM judges the actions of a role's policies.

    A role of CloudFormation's has documents that moto's own judgement cannot read, and of most
    calls moto does not know the resource: with an Allow on anything but * it would refuse all of
    them. So it is given the actions alone. Resources and conditions are judged by no one here.
    """
    inner = AssumedRoleAccessKey.collect_policies

    def collect_policies(self):
        return [json.dumps(_actions(p if isinstance(p, dict) else json.loads(p))) for p in inner(self)]

    AssumedRoleAccessKey.collect_policies = collect_policies


def _actions(document):
    statements = document["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    return {"Statement": [{"Effect": s["Effect"], "Action": s["Action"], "Resource": "*"} for s in statements]}


def _topics_count_their_subscriptions():
    """SubscriptionsConfirmed counts them; moto's is 0 always. A queue needs no confirmation.

    https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
    """
    inner = SNSBackend.subscribe

    def subscribe(self, topic_arn, endpoint, protocol):
        made = inner(self, topic_arn, endpoint, protocol)
        self.get_topic(topic_arn).subscriptions_confimed += 1
        return made

    SNSBackend.subscribe = subscribe
