"""Holds the plug-in's KMS against botocore's own model of KMS: parameters, answers, errors."""

import json

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from moto.core.exceptions import JsonRESTError

MODEL = ServiceModel(Loader().load_service_model("kms", "service-2"), "kms")

# https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
COMMON = {"ValidationException", "AccessDeniedException", "ThrottlingException"}


class KMSError(JsonRESTError):
    """An exception of KMS's, with the status that its model gives it."""

    def __init__(self, operation, code, message):
        known = {s.name for s in MODEL.operation_model(operation).error_shapes} | COMMON
        if code not in known:
            raise AssertionError(f"{operation} has no {code} in KMS's model")
        status = 400 if code in COMMON else MODEL.shape_for(code).metadata.get("error", {}).get("httpStatusCode", 400)
        self.code = status
        super().__init__(code, message)
        self.code = status
        self.description = json.dumps({"__type": code, "message": message})


def asked(operation, params):
    """Validates a request's parameters, enums included, as KMS does before anything else."""
    shape = MODEL.operation_model(operation).input_shape
    report = ParamValidator().validate(params, shape).generate_report() or _enums(params, shape)
    if report:
        raise KMSError(operation, "ValidationException", report)
    return params


def answered(operation, answer):
    """Validates an answer: one that KMS's model does not know is a bug of the plug-in."""
    shape = MODEL.operation_model(operation).output_shape
    if shape is not None:
        report = ParamValidator().validate(answer, shape).generate_report() or _enums(answer, shape)
        unknown = set(answer) - set(shape.members)
        if report or unknown:
            raise AssertionError(f"{operation} answered what KMS's model does not know: {report} {unknown}")
    return json.dumps(answer)


def _enums(value, shape):
    if shape.type_name == "structure":
        found = [_enums(v, shape.members[k]) for k, v in value.items() if k in shape.members]
        return "; ".join(f for f in found if f)
    if shape.type_name == "list":
        return "; ".join(f for f in (_enums(v, shape.member) for v in value) if f)
    allowed = getattr(shape, "enum", None)
    return f"{value!r} is none of {allowed}" if allowed and value not in allowed else ""
