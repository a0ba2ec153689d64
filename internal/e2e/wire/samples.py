"""Right exchanges, written by hand from AWS's API references, one for each protocol and more
where a service adds something. selftest.py spoils each in many ways.
"""

import base64
import hashlib
import struct
import zlib

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260302/eu-central-1/{service}/aws4_request, "
    "SignedHeaders={headers}, Signature=" + "0" * 64
)
MD5 = hashlib.md5(b"hello").hexdigest()


def line(service, operation, body, answer, given, made, target=None, version=None, more=None):
    """Return an exchange as record_test.go writes it, but with its bodies as text."""
    headers = {
        "Amz-Sdk-Invocation-Id": "1",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Amz-Date": "20260302T030000Z",
    }
    signed = "content-type;host;x-amz-date"
    answered = {"Content-Type": "text/xml;charset=UTF-8", "X-Amzn-Requestid": "r-1"}
    if target:
        headers["X-Amz-Target"] = f"{target}.{operation}"
        headers["Content-Type"] = answered["Content-Type"] = f"application/x-amz-json-{version}"
        signed += ";x-amz-target"
    if service == "sqs":
        headers["X-Amzn-Query-Mode"] = "true"
    headers["Authorization"] = SIGNED.format(service=service, headers=signed)
    headers.update(more or {})
    sdk = {"service": service, "operation": operation, "input": given, "output": made, "error": None}
    return {
        "run": "sample", "service": service, "operation": operation, "method": "POST", "path": "/",
        "header": headers, "body": body, "status": 200, "answered": answered, "answer": answer, "sdk": sdk,
    }


def failed(sample, status, answer, code, message, kind="GenericAPIError", members=None, fault="client"):
    """Return a sample with an error for its answer."""
    sample["status"], sample["answer"], sample["sdk"]["output"] = status, answer, None
    sample["sdk"]["error"] = {
        "code": code, "message": message, "type": kind, "members": members, "fault": fault, "text": code,
    }
    return sample


def encrypt():
    """JSON: blobs, a map, an enum, lengths and a pattern."""
    context = {"order": "12"}
    return line(
        "kms", "Encrypt",
        '{"KeyId":"k-1","Plaintext":"aGVsbG8=","EncryptionContext":{"order":"12"}}',
        '{"KeyId":"arn:k-1","CiphertextBlob":"AAE=","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}',
        {"KeyId": "k-1", "Plaintext": {"$blob": "aGVsbG8="}, "EncryptionContext": context,
         "EncryptionAlgorithm": {"$zero": ""}},
        {"KeyId": "arn:k-1", "CiphertextBlob": {"$blob": "AAE="}, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        target="TrentService", version="1.1",
    )


def stores():
    """JSON: a list, a timestamp, a boolean, a pattern and a range."""
    return line(
        "kms", "DescribeCustomKeyStores", '{"Limit":5}',
        '{"CustomKeyStores":[{"CustomKeyStoreId":"cks-1234567890abcdef0","CreationDate":1772420400.5,'
        '"CloudHsmClusterId":"cluster-abcdefg2345","ConnectionState":"CONNECTED"}],"Truncated":false}',
        {"Limit": 5},
        {"CustomKeyStores": [{"CustomKeyStoreId": "cks-1234567890abcdef0", "ConnectionState": "CONNECTED",
                              "CreationDate": {"$time": "2026-03-02T03:00:00.500Z"},
                              "CloudHsmClusterId": "cluster-abcdefg2345"}], "Truncated": {"$zero": False}},
        target="TrentService", version="1.1",
    )


def refused_create():
    """JSON: a modelled error."""
    sample = line(
        "kms", "ConnectCustomKeyStore", '{"CustomKeyStoreId":"cks-1234567890abcdef0"}', "",
        {"CustomKeyStoreId": "cks-1234567890abcdef0"}, None, target="TrentService", version="1.1",
    )
    return failed(
        sample, 400, '{"__type":"CustomKeyStoreNotFoundException","message":"none"}',
        "CustomKeyStoreNotFoundException", "none", "CustomKeyStoreNotFoundException", {"Message": "none"},
    )


def groups():
    """EC2: flattened lists in, sets out, a number."""
    return line(
        "ec2", "DescribeSecurityGroups",
        "Action=DescribeSecurityGroups&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.1.Value.2=vpc-2"
        "&MaxResults=5&Version=2016-11-15",
        '<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId>'
        "<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions><item><ipProtocol>tcp</ipProtocol>"
        "<fromPort>443</fromPort></item></ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>",
        {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]}], "MaxResults": 5},
        {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443}]}]},
    )


def refused_groups():
    """EC2: an error, which no model has."""
    answer = (
        "<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>none</Message></Error></Errors>"
        "<RequestID>r-1</RequestID></Response>"
    )
    return failed(groups(), 400, answer, "InvalidGroup.NotFound", "none", fault="unknown")


def balancers():
    """Query: a list with members in, a list, a timestamp and an enum out."""
    return line(
        "elasticloadbalancing", "DescribeLoadBalancers",
        "Action=DescribeLoadBalancers&Names.member.1=a&Names.member.2=b&Version=2015-12-01",
        '<DescribeLoadBalancersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">'
        "<DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerName>a</LoadBalancerName>"
        "<CreatedTime>2026-03-02T03:00:00.000Z</CreatedTime><Scheme>internal</Scheme></member></LoadBalancers>"
        "</DescribeLoadBalancersResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
        "</DescribeLoadBalancersResponse>",
        {"Names": ["a", "b"]},
        {"LoadBalancers": [{"LoadBalancerName": "a", "Scheme": "internal",
                            "CreatedTime": {"$time": "2026-03-02T03:00:00.000Z"}}]},
    )


def refused_balancers():
    """Query: a modelled error, with a status of its own."""
    answer = (
        '<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type>'
        "<Code>LoadBalancerNotFound</Code><Message>none</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
    )
    return failed(
        balancers(), 400, answer, "LoadBalancerNotFound", "none", "LoadBalancerNotFoundException", {"Message": "none"}
    )


def alarms():
    """CBOR: a map of no stated length in, a list, a float, a boolean and a tagged timestamp out."""
    sample = line(
        "monitoring", "DescribeAlarms", b"\xbf\x6aMaxRecords\x05\xff",
        b"\xa1\x6cMetricAlarms\x81\xa4\x69AlarmName\x61a\x69Threshold\xfb" + struct.pack(">d", 2.5)
        + b"\x6eActionsEnabled\xf5\x75StateUpdatedTimestamp\xc1\xfb" + struct.pack(">d", 1772420400.5),
        {"MaxRecords": 5},
        {"MetricAlarms": [{"AlarmName": "a", "Threshold": 2.5, "ActionsEnabled": True,
                           "StateUpdatedTimestamp": {"$time": "2026-03-02T03:00:00.500Z"}}]},
        more={"Content-Type": "application/cbor", "Accept": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor",
              "X-Amzn-Query-Mode": "true"},
    )
    sample["header"]["Authorization"] = SIGNED.format(service="monitoring", headers="content-type;host;x-amz-date;x-amzn-query-mode")
    sample["answered"].update({"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"})
    sample["path"] = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
    return sample


def refused_alarms():
    """CBOR: a modelled error, with the code that the query protocol has."""
    sample = failed(
        alarms(), 400, b"\xa2\x66__type\x78\x29com.amazonaws.cloudwatch#InvalidNextToken\x67message\x64none",
        "InvalidNextToken", "none", "InvalidNextToken", {"Message": "none"},
    )
    sample["answered"]["X-Amzn-Query-Error"] = "InvalidNextToken;Sender"
    return sample


def publish():
    """Query: a map in."""
    return line(
        "sns", "Publish",
        "Action=Publish&Message=hello&MessageAttributes.entry.1.Name=kind"
        "&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=x"
        "&TopicArn=arn%3At&Version=2010-03-31",
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId>'
        "</PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>",
        {"Message": "hello", "TopicArn": "arn:t",
         "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}}},
        {"MessageId": "m-1"},
    )


def send():
    """SQS: a digest of what was sent."""
    return line(
        "sqs", "SendMessage", '{"QueueUrl":"http://q","MessageBody":"hello"}',
        '{"MessageId":"m-1","MD5OfMessageBody":"' + MD5 + '"}',
        {"QueueUrl": "http://q", "MessageBody": "hello", "DelaySeconds": {"$zero": 0}},
        {"MessageId": "m-1", "MD5OfMessageBody": MD5}, target="AmazonSQS", version="1.0",
    )


def refused_send():
    """SQS: a modelled error whose code is that of a header."""
    sample = failed(
        send(), 400, '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}',
        "AWS.SimpleQueueService.NonExistentQueue", "none", "QueueDoesNotExist", {"Message": "none"},
    )
    sample["answered"]["X-Amzn-Query-Error"] = "AWS.SimpleQueueService.NonExistentQueue;Sender"
    return sample


def get():
    """DynamoDB: a union, and a checksum of the answer."""
    key = {"pk": {"$union": "S", "value": "a"}}
    sample = line(
        "dynamodb", "GetItem", '{"TableName":"t","Key":{"pk":{"S":"a"}}}', '{"Item":{"pk":{"S":"a"},"n":{"N":"5"}}}',
        {"TableName": "t", "Key": key}, {"Item": {**key, "n": {"$union": "N", "value": "5"}}},
        target="DynamoDB_20120810", version="1.0",
    )
    sample["answered"]["X-Amz-Crc32"] = str(zlib.crc32(sample["answer"].encode()))
    return sample


def invoke():
    """REST and JSON: a path, a header, and bytes that no protocol looks into."""
    sample = line(
        "lambda", "Invoke", '{"version":1}', '{"nodes":[]}',
        {"FunctionName": "look:1", "InvocationType": "RequestResponse", "LogType": {"$zero": ""},
         "Payload": {"$blob": "eyJ2ZXJzaW9uIjoxfQ=="}},
        {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": {"$blob": "eyJub2RlcyI6W119"}},
        more={"Content-Type": "application/octet-stream", "X-Amz-Invocation-Type": "RequestResponse"},
    )
    sample["path"] = "/2015-03-31/functions/look%3A1/invocations"
    sample["answered"].update({"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"})
    sample["header"]["Authorization"] = SIGNED.format(
        service="lambda", headers="content-type;host;x-amz-date;x-amz-invocation-type"
    )
    return sample


def refused_invoke():
    """REST and JSON: a modelled error, which a header names."""
    sample = failed(
        invoke(), 404, '{"Type":"User","Message":"none"}', "ResourceNotFoundException", "none",
        "ResourceNotFoundException", {"Type": "User", "Message": "none"},
    )
    sample["answered"]["X-Amzn-Errortype"] = "ResourceNotFoundException"
    del sample["answered"]["X-Amz-Executed-Version"]
    return sample


def lost():
    """An answer that nobody got."""
    sample = failed(encrypt(), 0, "", "", "")
    sample["answered"] = None
    return sample


SAMPLES = {
    make.__name__: make
    for make in (encrypt, stores, refused_create, groups, refused_groups, balancers, refused_balancers,
                 alarms, refused_alarms, publish, send, refused_send, get, invoke, refused_invoke, lost)
}


def packed(sample):
    """Return a sample as a line of the file: header values in lists, bodies in base64."""

    def lists(headers):
        return headers and {name: [value] for name, value in headers.items()}

    def coded(text):
        raw = text if isinstance(text, bytes) else text.encode("utf-8")
        return base64.b64encode(raw).decode("ascii")

    return {
        **sample, "header": lists(sample["header"]), "answered": lists(sample["answered"]),
        "body": coded(sample["body"]), "answer": coded(sample["answer"]),
    }
