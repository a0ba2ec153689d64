package template

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// awsManaged returns an AWS managed policy by name or ARN, as far as a function needs one.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
func awsManaged(nameOrARN string) (engine.Policy, error) {
	name := nameOf(nameOrARN)
	logs := []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
	var actions []string
	switch name {
	case "AWSLambdaBasicExecutionRole":
		actions = logs
	case "AWSLambdaSQSQueueExecutionRole":
		actions = append([]string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}, logs...)
	case "AWSLambdaVPCAccessExecutionRole":
		actions = slices.Concat(logs, []string{"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
			"ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"})
	case "AWSXRayDaemonWriteAccess":
		actions = []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
			"xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries"}
	default:
		return engine.Policy{}, fmt.Errorf("the managed policy %s is not known", nameOrARN)
	}
	return engine.Policy{Name: name, Statements: []engine.Statement{{Sid: "#1", Actions: actions, Resources: []string{"*"}}}}, nil
}
