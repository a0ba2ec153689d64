"""CloudTrail's records of calls: the event history, and the events on moto's default bus.

moto keeps trails, their status and selectors, and records nothing. Delivery asks moto's trails
whether they log; the rule's pattern and its target are moto's.
"""

import json
import re
import uuid

from moto.cloudtrail.responses import CloudTrailResponse
from moto.cloudwatch.models import cloudwatch_backends

import gate
from clock import Time
from world import ACCOUNT, REGION, Here, events, trails

RECORDED = {"kms", "ec2", "elbv2"}
SOURCES = {"elbv2": "elasticloadbalancing"}
DELIVERY = 2  # seconds from the call to the bus; AWS promises none
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-management-event-list.html
READS = re.compile(r"^(Describe|Get|List|Encrypt|Decrypt|ReEncrypt|GenerateDataKey|GenerateMac|GenerateRandom)")
ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def install():
    """Listens to all calls, and answers LookupEvents."""
    gate.Gate.listeners += [_record, _alarm]
    CloudTrailResponse.lookup_events = _lookup
    gate.ours("cloudtrail", "LookupEvents")


def _record(call):
    if call.service not in RECORDED:
        return
    record = _record_of(call)
    if not record["readOnly"]:
        Here.world.history.append((call, record))
    if call.service == "kms":
        Time.clock.after(DELIVERY, lambda: deliver(record))


def _record_of(call):
    """As the samples of the KMS Developer Guide.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html
    """
    source = SOURCES.get(call.service, call.service)
    record = {
        "eventVersion": "1.11", "userIdentity": _identity(call), "eventTime": Time.iso(),
        "eventSource": f"{source}.amazonaws.com", "eventName": call.operation, "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.17", "userAgent": "aws-sdk", "requestParameters": _parameters(call),
        "responseElements": None, "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()),
        "readOnly": bool(READS.match(call.operation)), "eventType": "AwsApiCall", "managementEvent": True,
        "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    }
    if call.code:
        # A refusal is AccessDenied in records, and EC2's codes tell whose fault an error is.
        code = "AccessDenied" if call.code == "AccessDeniedException" else call.code
        record["errorCode"] = f"Client.{code}" if call.service == "ec2" else code
        record["errorMessage"] = call.message
    if call.extra:
        record["additionalEventData"] = call.extra
    if call.resources:
        record["resources"] = [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": a} for a in call.resources]
    return record


def _identity(call):
    if ":assumed-role/" not in call.role:
        return {"type": "IAMUser", "arn": call.role, "accountId": ACCOUNT, "userName": call.role.split("/")[-1],
                "accessKeyId": call.key_id}
    role = call.role.split("/")[1]
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "accountId": ACCOUNT, "userName": role}
    return {"type": "AssumedRole", "arn": call.role, "accountId": ACCOUNT, "accessKeyId": call.key_id,
            "sessionContext": {"sessionIssuer": issuer}}


def _parameters(call):
    """In lower camel case, without texts and secrets; an encryption context stands in records."""
    hidden = {"Plaintext", "CiphertextBlob", "Action", "Version"}
    out = {}
    for name, value in call.params.items():
        if name == "XksProxyAuthenticationCredential":
            value = {"accessKeyId": value.get("AccessKeyId"), "rawSecretAccessKey": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        if name not in hidden:
            out[name[:1].lower() + name[1:]] = value
    return out


def _logs(read_only):
    """Whether a trail of moto's records KMS's management events of a kind."""
    for trail in trails().trails.values():
        for selector in trail.event_selectors:
            kind = selector.get("ReadWriteType", "All")
            left_out = selector.get("ExcludeManagementEventSources", [])
            wanted = kind == "All" or kind == ("ReadOnly" if read_only else "WriteOnly")
            if trail.status.is_logging and wanted and "kms.amazonaws.com" not in left_out:
                return True
    return False


def deliver(record):
    """Puts a record on the default bus, where a trail records it.

    Read-only events match only rules in a state of their own.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    if not _logs(record["readOnly"]):
        return
    states = {ALL_EVENTS} if record["readOnly"] else {ALL_EVENTS, "ENABLED"}
    put("aws.kms", "AWS API Call via CloudTrail", record, states=states)


def put(source, kind, detail, resources=(), states=("ENABLED", ALL_EVENTS)):
    """Puts an event of an AWS service on moto's default bus."""
    for rule in list(events().event_buses["default"].rules.values()):
        if rule.state in states:
            rule.send_to_targets({
                "version": "0", "id": str(uuid.uuid4()), "detail-type": kind, "source": source, "account": ACCOUNT,
                "time": Time.now(), "region": REGION, "resources": list(resources), "detail": detail,
                "ingestion-time": Time.now(),
            })


def keep_schedules():
    """Begins the schedules of the default bus: moto keeps their rules and never runs them."""
    for rule in list(events().event_buses["default"].rules.values()):
        found = re.match(r"rate\((\d+) minutes?\)", rule.scheduled_expression or "")
        if found:
            _tick(rule, int(found.group(1)) * 60)


def _tick(rule, seconds):
    def tick():
        rule.send_to_targets({
            "version": "0", "id": str(uuid.uuid4()), "detail-type": "Scheduled Event", "source": "aws.events",
            "account": ACCOUNT, "time": Time.now(), "region": REGION, "resources": [rule.arn], "detail": {},
            "ingestion-time": Time.now(),
        })
        _tick(rule, seconds)

    Time.clock.after(seconds, tick)


def _alarm(call):
    """moto's CloudWatch changes an alarm's state and tells nobody.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    if (call.service, call.operation) != ("cloudwatch", "SetAlarmState") or call.code:
        return
    alarm = next(a for a in cloudwatch_backends[ACCOUNT][REGION].alarms.values() if a.state_value == "ALARM")
    dimensions = {d.name: d.value for d in alarm.dimensions}
    metric = {"namespace": alarm.namespace, "name": alarm.metric_name, "dimensions": dimensions}
    put("aws.cloudwatch", "CloudWatch Alarm State Change", {
        "alarmName": alarm.name,
        "state": {"value": alarm.state_value, "reason": alarm.state_reason, "timestamp": Time.iso()},
        "previousState": {"value": "OK"},
        "configuration": {"metrics": [{"id": "m1", "metricStat": {"metric": metric, "period": 300, "stat": "Sum"}}]},
    }, [alarm.alarm_arn])


def _lookup(_):
    """LookupEvents: by ResourceName or EventName, since a time, newest first."""
    asked = gate.Gate.current.params
    by = asked.get("LookupAttributes", [{}])[0]
    found = []
    for call, record in reversed(Here.world.history):
        fits = {"EventName": record["eventName"] == by.get("AttributeValue"),
                "ResourceName": by.get("AttributeValue") in record["requestParameters"].values()}
        if call.time >= asked.get("StartTime", 0) and fits.get(by.get("AttributeKey"), True):
            found.append({"EventId": record["eventID"], "EventName": record["eventName"], "EventTime": call.time,
                          "EventSource": record["eventSource"], "Username": call.role.split("/")[-1],
                          "ReadOnly": "false", "CloudTrailEvent": json.dumps(record)})
    return json.dumps({"Events": found[:50]})
