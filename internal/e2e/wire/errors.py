"""Which error codes a service may answer beside those that its model lists for an operation,
and with which HTTP status.
"""

import models

# What any operation of a JSON service may answer. AWS's own pages differ from service to service
# in whether a refusal is 400 or 403, and its clients judge by the code alone.
# https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_JSON = {
    "AccessDeniedException": {400, 403},
    "InvalidSignatureException": {400, 403},
    "ThrottlingException": {400},
    "UnrecognizedClientException": {400, 403},
    "ValidationException": {400},
}

# What any operation of a query service may answer.
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_QUERY = {
    "AccessDenied": {403},
    "InvalidClientTokenId": {403},
    "SignatureDoesNotMatch": {403},
    "Throttling": {400},
    "ValidationError": {400},
}

COMMON = {
    "cloudtrail": _JSON,
    "dynamodb": _JSON,
    "elasticloadbalancing": _QUERY,
    "events": _JSON,
    "kms": _JSON,
    # https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
    "lambda": {
        "AccessDeniedException": {403},
        "InvalidSignatureException": {403},
        "UnrecognizedClientException": {403},
    },
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
    "monitoring": {
        **_JSON,
        "InvalidParameterCombinationException": {400},
        "InvalidParameterValueException": {400},
        "MissingRequiredParameterException": {400},
    },
    # https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html
    "route53": _QUERY,
    "sns": _QUERY,
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    "sqs": {**_JSON, "InvalidParameterValue": {400}, "MissingParameter": {400}},
    "sts": _QUERY,
}

# EC2 models no errors at all: its codes stand in the user's reference. Client errors are 4xx
# there and server errors 5xx.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
EC2 = {
    "AuthFailure": {401},
    "DryRunOperation": {412},
    "InvalidGroup.NotFound": {400},
    "InvalidID": {400},
    "InvalidNetworkAclEntry.NotFound": {400},
    "InvalidNetworkAclID.NotFound": {400},
    "InvalidNextToken": {400},
    "InvalidParameter": {400},
    "InvalidParameterCombination": {400},
    "InvalidParameterValue": {400},
    "InvalidPermission.Duplicate": {400},
    "InvalidPermission.Malformed": {400},
    "InvalidPermission.NotFound": {400},
    "InvalidPrefixListID.NotFound": {400},
    "InvalidRoute.NotFound": {400},
    "InvalidSecurityGroupRuleId.NotFound": {400},
    "InvalidServiceName": {400},
    "InvalidVpcEndpointServiceId.NotFound": {400},
    "InvalidVpcID.NotFound": {400},
    "InvalidVpcPeeringConnectionID.NotFound": {400},
    "MissingParameter": {400},
    "NetworkAclEntryAlreadyExists": {400},
    "RequestLimitExceeded": {503},
    "RouteAlreadyExists": {400},
    "RulesPerSecurityGroupLimitExceeded": {400},
    "UnauthorizedOperation": {403},
}

# The codes that the query clients of SQS and CloudWatch knew, where they differ from the shapes' names.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
OLD_CODES = {
    "AccessDeniedException": "AccessDenied",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "InvalidParameterCombinationException": "InvalidParameterCombination",
    "InvalidParameterValueException": "InvalidParameterValue",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingRequiredParameterException": "MissingParameter",
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "ThrottlingException": "Throttling",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
    "ValidationException": "ValidationError",
}


def allowed(service, operation, code):
    """Return (statuses, shape) of an error code; shape is None where it is not modelled, and
    statuses None where the operation must not answer with it.
    """
    for shape in operation.error_shapes:
        if code == shape.error_code:
            return _statuses(service, shape), shape
    if service == "ec2":
        return EC2.get(code), None
    return COMMON.get(service, {}).get(code), None


def _statuses(service, shape):
    """Return the modelled status, or, where the model has none, those of whose fault it is."""
    modelled = shape.metadata.get("error", {}).get("httpStatusCode")
    if modelled is not None:
        return {modelled}
    return set(range(500, 600)) if models.service_fault(service, shape) else set(range(400, 500))
