"""Deploys template.yaml as a user's `sam deploy` does, into moto's CloudFormation.

AWS's own SAM translator turns the template into CloudFormation's resources; what they become
(queues, rules, buses, table, topics, roles, functions) is moto's.
"""

import json
import os

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

REGION = "eu-central-1"
BUCKET = "artifacts"


class _NoManagedPolicies:
    """The template names no managed policy."""

    def load(self):
        """Returns none."""
        return {}


def transformed(path):
    """The template as CloudFormation takes it, without the SAM transform."""
    with open(path, encoding="utf-8") as f:
        template = yaml_parse(f.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/function.zip"
    template["Globals"]["Function"].pop("CodeUri", None)
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)  # the translator asks for it there
    return transform(template, {}, _NoManagedPolicies())


def deploy(session, template, parameters, stack="xks-remediator"):
    """Creates the stack, and returns what the functions of it are started with."""
    cloudformation = session.client("cloudformation")
    s3 = session.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": session.region_name})
    s3.put_object(Bucket=BUCKET, Key="function.zip", Body=b"not run by moto")
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())
    cloudformation.create_stack(
        StackName=stack, Capabilities=["CAPABILITY_IAM"],
        TemplateURL=f"https://{BUCKET}.s3.amazonaws.com/template.json",
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    made = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    if made["StackStatus"] != "CREATE_COMPLETE":
        raise RuntimeError(f"the stack is {made['StackStatus']}: {made.get('StackStatusReason')}")
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    physical = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources if "PhysicalResourceId" in r}
    return {"functions": _functions(session, physical), "resources": physical}


def _functions(session, physical):
    """Reads each function's environment, role and event sources back from moto."""
    awslambda, sqs, sts = session.client("lambda"), session.client("sqs"), session.client("sts")
    functions = {}
    for logical in ("DiagnoseFunction", "RemediateFunction", "NotifyFunction"):
        made = awslambda.get_function_configuration(FunctionName=physical[logical])
        sources = []
        for m in awslambda.list_event_source_mappings(FunctionName=physical[logical])["EventSourceMappings"]:
            name = m["EventSourceArn"].split(":")[-1]
            sources.append({"arn": m["EventSourceArn"], "batch": m["BatchSize"],
                            "url": sqs.get_queue_url(QueueName=name)["QueueUrl"]})
        functions[logical] = {
            "env": made["Environment"]["Variables"], "sources": sources,
            "credentials": _session_of(sts, made["Role"]),
        }
    return functions


def _session_of(sts, role):
    """Assumes a function's role, as Lambda does before it starts one."""
    made = sts.assume_role(RoleArn=role, RoleSessionName="function")["Credentials"]
    return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"]}


def session(endpoint, key_id="AKIAADMINISTRATOR000", secret="secret", token=None):
    """A boto3 session whose clients call one endpoint."""
    made = boto3.Session(key_id, secret, token, region_name=REGION)
    plain = made.client
    made.client = lambda service, **more: plain(service, endpoint_url=endpoint, **more)
    return made
