"""Differences from botocore's models that AWS itself has, each with the reason and the page
that states it. Every one has to be needed by some exchange: the run fails otherwise.
"""

import re

# Name: (service, operation, side, path, text), patterns that have to match wholly.
EXCUSES = {
    # The reference's examples of answers end the namespace with a slash; the model does not.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointConnections.html
    "EC2's namespace ends with a slash": (
        "ec2",
        ".*",
        "answer",
        "xmlns",
        r"is 'http://ec2\.amazonaws\.com/doc/2016-11-15/', not '.*/doc/2016-11-15'",
    ),
    # The model's enum has capitals; the reference's examples and the values of the filter
    # vpc-endpoint-state do not, and no client minds.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointConnections.html
    "EC2 spells endpoint states with a small letter": (
        "ec2",
        "DescribeVpcEndpointConnections",
        "answer",
        r"\.VpcEndpointConnections\[\]\.VpcEndpointState",
        "'(available|pendingAcceptance|rejected)' is not in the enum State",
    ),
    # The reference says that these return true; the model has no output, so that no client of
    # an SDK sees it. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
    "EC2 returns true where the model has no output": (
        "ec2",
        "(Create|Delete)(Tags|NetworkAclEntry)|(Replace|Delete)Route|ModifyVpcAttribute",
        "answer",
        "",
        r"<\w+Response> holds \['requestId', 'return'\], not \['requestId'\]",
    ),
    # The Go SDK's target is the service shape's name and the operation's, as the protocol says;
    # botocore's has a package before it. Both are AWS's own clients, and AWS takes both.
    # https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#protocol-behaviors
    "CloudTrail's target is shorter in the Go SDK": (
        "cloudtrail",
        "(DescribeTrails|GetEventSelectors|GetTrailStatus|LookupEvents)",
        "request",
        "X-Amz-Target",
        r"is '(CloudTrail_20131101\.\w+)', not 'com\.amazonaws\.cloudtrail\.v20131101\.\1'",
    ),
    # The model has a string, and the Go SDK a number: what is on the wire is the same.
    # https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html
    "Route 53's MaxItems is a number in the Go SDK": (
        "route53",
        "List\\w+",
        "request|answer",
        r"\.MaxItems",
        r"is '(\d+)', and the Go SDK has \1",
    ),
    # An answer names a resource with its kind before the ID, and a request without: the SDKs cut
    # it off. https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
    "Route 53's IDs lose their kind on the way back": (
        "route53",
        "GetChange",
        "request",
        r"\.Id",
        r"is '(\w+)', and the Go SDK has '/change/\1'",
    ),
    # KMS does not say what is wrong with a ciphertext: the body holds __type alone, as in
    # https://github.com/aws/aws-nitro-enclaves-sdk-c/issues/68
    "KMS says nothing beside InvalidCiphertextException": (
        "kms",
        "Decrypt",
        "answer",
        r"InvalidCiphertextException\.message",
        "the error says nothing",
    ),
}

_COMPILED = {
    name: tuple(re.compile(pattern, re.DOTALL) for pattern in excuse)
    for name, excuse in EXCUSES.items()
}


def find(*finding):
    """Return the name of the exception that covers a finding, or None."""
    for name, patterns in _COMPILED.items():
        if all(p.fullmatch(text) for p, text in zip(patterns, finding)):
            return name
    return None
