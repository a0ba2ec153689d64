"""Deploys a plain CloudFormation template and reads the stack back through the services' APIs.

Usage: stack.py create NAME BUCKET, with {"template": …, "parameters": …} as JSON on standard input,
and stack.py delete NAME. Both print, as JSON, what the services say is there afterwards: for each
logical ID its type, what Ref and Fn::GetAtt return of it, and its properties in CloudFormation's
spelling. Where the AWS endpoint and the credentials are, boto3 reads from the environment.
"""

import json
import sys

import boto3

from readback import Account


def create(cloudformation, name, bucket):
    """Creates the stack as `sam deploy` does: from a template in S3, its capability acknowledged."""
    given = json.load(sys.stdin)
    boto3.client("s3").put_object(Bucket=bucket, Key=name, Body=json.dumps(given["template"]).encode())
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=f"https://{bucket}.s3.amazonaws.com/{name}",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(given["parameters"].items())],
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name)


def describe(cloudformation, name):
    """Returns the stack as the services know it."""
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    # moto lists what a false condition leaves out too, without a type and an ID.
    listed = [
        r
        for r in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        if r.get("ResourceType") and r.get("PhysicalResourceId")
    ]
    account = Account([r["PhysicalResourceId"] for r in listed if r["ResourceType"] == "AWS::Events::EventBus"])
    return {
        "id": stack["StackId"],
        "outputs": {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
        "resources": {
            r["LogicalResourceId"]: {
                "type": r["ResourceType"],
                "ref": r["PhysicalResourceId"],
                **account.read(r["ResourceType"], r["PhysicalResourceId"]),
            }
            for r in listed
        },
    }


def left():
    """Returns what is there of each kind that a stack may leave behind."""
    listings = {
        "AWS::DynamoDB::Table": boto3.client("dynamodb").list_tables()["TableNames"],
        "AWS::SQS::Queue": boto3.client("sqs").list_queues().get("QueueUrls", []),
        "AWS::SNS::Topic": [t["TopicArn"] for t in boto3.client("sns").list_topics()["Topics"]],
        "AWS::Lambda::Function": [f["FunctionName"] for f in boto3.client("lambda").list_functions()["Functions"]],
        "AWS::Lambda::EventSourceMapping": [
            m["UUID"] for m in boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        ],
        "AWS::IAM::Role": [r["RoleName"] for r in boto3.client("iam").list_roles()["Roles"]],
        "AWS::Logs::LogGroup": [g["logGroupName"] for g in boto3.client("logs").describe_log_groups()["logGroups"]],
        "AWS::CloudWatch::Alarm": [
            a["AlarmName"] for a in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ],
        "AWS::Events::Rule": [r["Name"] for r in boto3.client("events").list_rules()["Rules"]],
        "AWS::Events::EventBus": [b["Name"] for b in boto3.client("events").list_event_buses()["EventBuses"]],
    }
    return {"left": {kind: sorted(names) for kind, names in listings.items()}}


def main():
    command, name = sys.argv[1], sys.argv[2]
    cloudformation = boto3.client("cloudformation")
    if command == "create":
        create(cloudformation, name, sys.argv[3])
        found = describe(cloudformation, name)
    elif command == "delete":
        cloudformation.delete_stack(StackName=name)
        found = left()
    else:
        raise SystemExit(f"{command} is neither create nor delete")
    json.dump(found, sys.stdout, default=str)


if __name__ == "__main__":
    main()
