"""Spoils right exchanges and fails where the validator does not say so: one that flags nothing
proves nothing.

Prints "<samples> right and <spoiled> spoiled exchanges", or what went unseen, and exits 1.
"""

import sys

import validate
from findings import Findings
from samples import SAMPLES, packed


def text(part, old, new):
    """Spoil a body by other words."""

    def spoil(sample):
        if old not in sample[part]:
            raise ValueError(f"{old!r} does not stand in {part}")
        sample[part] = sample[part].replace(old, new, 1)

    return spoil


def header(part, name, value):
    """Spoil a header; None takes it away."""

    def spoil(sample):
        if value is None:
            del sample[part][name]
        else:
            sample[part][name] = value

    return spoil


def put(*path_and_value):
    """Spoil any other part, by its path."""
    *path, last, value = path_and_value

    def spoil(sample):
        for name in path:
            sample = sample[name]
        sample[last] = value

    return spoil


BODY, ANSWER = "body", "answer"

# Sample, what is done to it, and words of the violation that has to be told.
SPOILED = [
    # The envelope of a request.
    ("encrypt", put("method", "GET"), "the method is GET"),
    ("encrypt", put("path", "/x"), "the path is /x"),
    ("encrypt", put("operation", "Decrypt"), "the simulator takes it for Decrypt"),
    ("encrypt", header("header", "Content-Type", "application/json"), "Content-Type: is 'application/json'"),
    ("encrypt", header("header", "X-Amz-Target", "Trent.Encrypt"), "X-Amz-Target: is 'Trent.Encrypt'"),
    ("encrypt", header("header", "X-Amz-Target", "TrentService.Encode"), "no such operation"),
    ("encrypt", header("header", "Authorization", "Basic x"), "no SigV4 signature"),
    ("encrypt", header("header", "X-Amz-Date", "20260303T030000Z"), "not the signature's date"),
    ("encrypt", header("header", "X-Amz-Security-Token", "t"), "['x-amz-security-token'] are missing"),
    ("encrypt", header("header", "Content-Length", "3"), "not the body's length"),
    ("encrypt", header("header", "X-Amzn-Query-Mode", "true"), "for query-compatible services"),
    ("send", header("header", "X-Amzn-Query-Mode", None), "for query-compatible services"),
    ("groups", header("header", "Content-Type", "text/plain"), "Content-Type: is 'text/plain'"),
    ("groups", text(BODY, "2016-11-15", "2014-11-15"), "Version: is not 2016-11-15"),
    # The parameters of a request.
    ("encrypt", text(BODY, '"KeyId":"k-1",', ""), ".KeyId: required member is missing"),
    ("encrypt", text(BODY, "KeyId", "KeyID"), ".KeyID: EncryptRequest has no such member"),
    ("encrypt", text(BODY, '"k-1"', "7"), ".KeyId: 7 is no string"),
    ("encrypt", text(BODY, '"k-1"', "null"), "null is sent"),
    ("encrypt", text(BODY, '"k-1"', '""'), "length 0 is below 1 of KeyIdType"),
    ("encrypt", text(BODY, '"k-1"', '"' + "k" * 2049 + '"'), "length 2049 is above 2048"),
    ("encrypt", text(BODY, "aGVsbG8=", "aGVsbG8"), "is no blob"),
    ("encrypt", text(BODY, '{"order":"12"}', '["order"]'), "is no map"),
    ("encrypt", text(BODY, '"KeyId"', '"KeyId":"k-2","KeyId"'), "names a member twice"),
    ("encrypt", text(BODY, "}", "", ), "the body is no JSON"),
    ("encrypt", text(BODY, '"KeyId"', '"EncryptionAlgorithm":"ROT13","KeyId"'), "'ROT13' is not in the enum"),
    ("encrypt", text(BODY, '"KeyId"', '"DryRun":"true","KeyId"'), ".DryRun: 'true' is no boolean"),
    ("stores", text(BODY, "5", "5.5"), ".Limit: Decimal('5.5') is no integer"),
    ("stores", text(BODY, "5", "1001"), "range 1001 is above 1000"),
    ("stores", text(BODY, "5", "0"), "range 0 is below 1"),
    ("get", text(BODY, '{"S":"a"}', '{"S":"a","N":"5"}'), "a union has exactly one member"),
    ("groups", text(BODY, "Filter.1.Name", "Filter.1.name"), ".name: Filter has no such member"),
    ("groups", text(BODY, "Filter.1.Value.2", "Filter.1.Value.3"), "elements are numbered"),
    ("groups", text(BODY, "Filter.1.Value.2", "Filter.1.Value.member.2"), "elements are numbered"),
    ("groups", text(BODY, "MaxResults=5", "MaxResults=05"), "'05' is no integer"),
    ("groups", text(BODY, "MaxResults=5", "MaxResults=4"), "range 4 is below 5"),
    ("groups", text(BODY, "MaxResults=5", "DryRun=True"), "'True' is no boolean"),
    ("groups", text(BODY, "MaxResults=5", "MaxResults.1=5"), "a integer has members"),
    ("groups", text(BODY, "MaxResults=5", "MaxResults=5&MaxResults=6"), "names a parameter twice"),
    ("balancers", text(BODY, "Names.member.1", "Names.1"), "where member should be"),
    ("publish", text(BODY, "entry.1.Name", "entry.1.key"), "a map's entry has the members"),
    ("publish", text(BODY, "Message=hello", "Subject=hello"), ".Message: required member is missing"),
    ("invoke", put("method", "GET"), "no such operation"),
    ("invoke", put("path", "/2015-03-31/functions/look%3A1/invocation"), "no such operation"),
    ("invoke", put("path", "/2015-03-31/functions/look:1/invocations"), "the path is"),
    ("invoke", put("path", "/2015-03-31/functions/look%3A1/invocations?version=1"), "no such parameter in the querystring"),
    ("invoke", put("path", "/2015-03-31/functions/look%3A2/invocations"), ".FunctionName: is 'look:2'"),
    ("invoke", header("header", "X-Amz-Invocation-Type", "Later"), "'Later' is not in the enum"),
    ("invoke", header("header", "X-Amz-Log-Type", "Tail"), ".LogType: is 'Tail'"),
    ("invoke", header("header", "Content-Type", "application/json"), "not 'application/octet-stream'"),
    ("invoke", text(BODY, "1", "2"), ".Payload: is b"),
    # What the SDK was given, and what botocore would have sent.
    ("encrypt", put("sdk", "input", "KeyId", "k-2"), "is 'k-1', and the Go SDK has 'k-2'"),
    ("encrypt", put("sdk", "input", "DryRun", True), ".DryRun: is there for the Go SDK alone"),
    ("encrypt", put("sdk", "input", "Novelty", "x"), "EncryptRequest has no such member"),
    ("encrypt", put("sdk", "operation", "Decrypt"), "the Go SDK called Decrypt"),
    ("groups", put("sdk", "input", "MaxResults", None), "is 5, and the Go SDK has None"),
    ("get", put("sdk", "input", "Key", "pk", "$union", "N"), "is there on the wire alone"),
    ("send", put("sdk", "input", "DelaySeconds", 5), ".DelaySeconds: is there for the Go SDK alone"),
    # The envelope of an answer.
    ("encrypt", put("status", 201), "the status is 201"),
    ("encrypt", header("answered", "Content-Type", "application/json"), "Content-Type: is 'application/json'"),
    ("encrypt", header("answered", "X-Amzn-Requestid", None), "x-amzn-requestid: is missing"),
    ("groups", header("answered", "X-Amzn-Requestid", "r-2"), "RequestId: is not that of the header"),
    ("get", header("answered", "X-Amz-Crc32", "1"), "not the body's checksum"),
    ("get", header("answered", "X-Amz-Crc32", None), "not the body's checksum"),
    ("send", text(BODY, "hello", "Hello"), "not the digest of what was sent"),
    ("groups", text(ANSWER, "http://ec2.", "https://ec2."), "xmlns: is"),
    ("groups", text(ANSWER, "<item>", '<item x="1">'), "has attributes"),
    ("publish", text(ANSWER, "<ResponseMetadata>", "<Metadata>"), "the body is no XML"),
    ("publish", text(ANSWER, "<RequestId>r-1</RequestId>", ""), "holds [], not ['RequestId']"),
    # The members of an answer.
    ("encrypt", text(ANSWER, "CiphertextBlob", "Ciphertext"), "EncryptResponse has no such member"),
    ("encrypt", text(ANSWER, "SYMMETRIC_DEFAULT", "ROT13"), "'ROT13' is not in the enum"),
    ("encrypt", text(ANSWER, "AAE=", "A~E="), "is no blob"),
    ("stores", text(ANSWER, "1772420400.5", '"2026-03-02T03:00:00Z"'), "is no timestamp"),
    ("stores", text(ANSWER, "1772420400.5", "1772420400.50001"), "is no timestamp"),
    ("stores", text(ANSWER, "false", '"false"'), "is no boolean"),
    ("stores", text(ANSWER, "cluster-abcdefg2345", "cluster-0123456789a"), "does not match cluster-"),
    ("groups", lambda s: s.update(answer=s[ANSWER].replace("groupId>", "GroupId>")), ".GroupId: SecurityGroup has no such member"),
    ("groups", text(ANSWER, "<groupId>sg-1</groupId>", "<groupId>sg-1</groupId>" * 2), "stands twice"),
    ("groups", text(ANSWER, "443", "https"), "'https' is no integer"),
    ("groups", text(ANSWER, "<item><ip", "<item>x<ip"), "text between its children"),
    ("balancers", text(ANSWER, "03:00:00.000Z", "03:00:00.000"), "is no timestamp"),
    ("balancers", text(ANSWER, "internal", "private"), "'private' is not in the enum"),
    ("balancers", lambda s: s.update(answer=s[ANSWER].replace("member>", "item>")), "not <member>"),
    ("invoke", header("answered", "Content-Type", "text/plain"), "Content-Type: is 'text/plain'"),
    ("invoke", header("answered", "X-Amz-Function-Err", "Unhandled"), "InvocationResponse has no such header"),
    ("invoke", header("answered", "X-Amz-Executed-Version", "latest"), "does not match"),
    ("invoke", text(ANSWER, "nodes", "Nodes"), ".Payload: is b"),
    # What the SDK made of an answer.
    ("encrypt", put("sdk", "output", "KeyId", "k-2"), "is 'arn:k-1', and the Go SDK has 'k-2'"),
    ("encrypt", put("sdk", "output", "CiphertextBlob", {"$blob": "AAA="}), ".CiphertextBlob: is"),
    ("stores", put("sdk", "output", "Truncated", {"$zero": 0}), ".Truncated: is False"),
    ("stores", put("sdk", "output", "CustomKeyStores", []), ".CustomKeyStores: is"),
    ("stores", put("sdk", "output", "CustomKeyStores", 0, "CreationDate", "$time", "2026-03-02T03:00:00.000Z"), "is datetime"),
    ("groups", put("sdk", "output", "SecurityGroups", 0, {}), ".GroupId: is there on the wire alone"),
    ("encrypt", put("sdk", "error", {"text": "deserialization failed"}), "the Go SDK has the error"),
    ("lost", put("sdk", "error", None), "the answer is lost, and the Go SDK has one"),
    ("invoke", put("sdk", "output", "FunctionError", "Unhandled"), ".FunctionError: is there for the Go SDK alone"),
    ("invoke", put("sdk", "output", "StatusCode", 202), ".StatusCode: is 200"),
    # Errors.
    ("refused_invoke", header("answered", "X-Amzn-Errortype", None), "'' is no shape's name"),
    ("refused_invoke", header("answered", "X-Amzn-Errortype", "FunctionNotFoundException"), "is no error of this operation"),
    ("refused_invoke", text(ANSWER, "Message", "message"), ".message: ResourceNotFoundException has no such member"),
    ("refused_invoke", put("status", 400), "has the status 400"),
    ("refused_invoke", put("sdk", "error", "members", {"Type": "Service", "Message": "none"}), ".Type: is 'User'"),
    # CBOR, in and out.
    ("alarms", put("path", "/service/Granite/operation/DescribeAlarms"), "the path is"),
    ("alarms", text(BODY, b"\x05", b"\x18\x65"), "range 101 is above 100"),
    ("alarms", text(BODY, b"\x05", b"\x615"), ".MaxRecords: '5' is no integer"),
    ("alarms", text(BODY, b"MaxRecords", b"MaxRecordz"), ".MaxRecordz: DescribeAlarmsInput has no such member"),
    ("alarms", text(BODY, b"\xff", b""), "the body is no CBOR"),
    ("alarms", text(ANSWER, b"\xc1", b"\xc2"), "no member has the tag 2"),
    ("alarms", text(ANSWER, b"\xf5", b"\x01"), ".ActionsEnabled: 1 is no boolean"),
    ("alarms", text(ANSWER, b"\x81", b"\x82"), "the body is no CBOR"),
    ("alarms", header("answered", "Smithy-Protocol", None), "smithy-protocol: is not rpc-v2-cbor"),
    ("alarms", put("sdk", "output", "MetricAlarms", 0, "Threshold", 2.0), ".Threshold: is 2.5"),
    ("refused_alarms", header("answered", "X-Amzn-Query-Error", None), "x-amzn-query-error: is ''"),
    ("refused_alarms", text(ANSWER, b"InvalidNextToken", b"InvalidNextTokem"), "is no error of this operation"),
    ("refused_create", text(ANSWER, "NotFound", "NotFond"), "is no error of this operation"),
    ("refused_create", text(ANSWER, "CustomKeyStoreNotFound", "XksKeyNotFound"), "is no error of this operation"),
    ("refused_create", text(ANSWER, "__type", "type"), "the error has no __type"),
    ("refused_create", text(ANSWER, '"none"', '""'), "the error says nothing"),
    ("refused_create", text(ANSWER, '"message"', '"why":"x","message"'), ".why: "),
    ("refused_create", put("status", 500), "has the status 500"),
    ("refused_create", put("sdk", "error", "code", "Other"), "the Go SDK has ('Other'"),
    ("refused_create", put("sdk", "error", "type", "GenericAPIError"), "the Go SDK has no type for it"),
    ("refused_create", put("sdk", "error", "fault", "server"), "is the client's fault"),
    ("refused_create", put("sdk", "error", None), "the Go SDK has an output"),
    ("refused_groups", text(ANSWER, "InvalidGroup.NotFound", "InvalidGroup.Nil"), "is no error of this operation"),
    ("refused_groups", text(ANSWER, "RequestID", "RequestId"), "the body is no XML"),
    ("refused_groups", put("status", 404), "has the status 404"),
    ("refused_balancers", put("status", 404), "has the status 404"),
    ("refused_balancers", text(ANSWER, "Sender", "Receiver"), "Type: is Receiver"),
    ("refused_send", header("answered", "X-Amzn-Query-Error", None), "x-amzn-query-error: is ''"),
    ("refused_send", header("answered", "X-Amzn-Query-Error", "QueueDoesNotExist;Sender"), "is QueueDoesNotExist for"),
    ("refused_create", header("answered", "X-Amzn-Query-Error", "X;Sender"), "is for query-compatible services"),
]


def violations(sample):
    """Return what the validator says of a sample."""
    found = Findings()
    validate.guarded(validate.Exchange(packed(sample)), found)
    return list(found.violations)


def main():
    """Judge all samples, right and spoiled."""
    unseen = [
        f"{name} is right, and the validator says {told}"
        for name, make in SAMPLES.items()
        if (told := violations(make()))
    ]
    for name, spoil, words in SPOILED:
        sample = SAMPLES[name]()
        spoil(sample)
        told = violations(sample)
        if not any(words in one for one in told):
            unseen.append(f"{name}: wanted {words!r}, and the validator says {told}")
    if unseen:
        sys.exit("\n".join(unseen))
    print(f"{len(SAMPLES)} right and {len(SPOILED)} spoiled exchanges")


if __name__ == "__main__":
    main()
