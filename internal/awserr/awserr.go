// Package awserr says what an AWS error means to this product: refused by IAM, throttled,
// absent, passing, lost on the way. An error is judged by its code, its HTTP status and its
// type, never by its text, which AWS may change. The package decides nothing and calls
// nothing.
package awserr

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// Code returns the AWS error code that err carries ("ThrottlingException",
// "InvalidGroup.NotFound"), or "" where no service answered with one. The prefix that EC2's
// documentation prints before its codes is left out.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func Code(err error) string {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() == unknown {
		return ""
	}
	return strings.TrimPrefix(api.ErrorCode(), "Client.")
}

// unknown is the code that the SDK makes up where a response has none.
const unknown = "UnknownError"

// Message returns AWS's own sentence, or err's text where no service answered with one.
// It is for people: nothing may be decided by it. A nil err has none.
func Message(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorMessage() != "" {
		return api.ErrorMessage()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// IsDenied reports whether IAM, or a resource's policy, refused the call. Each service has
// its own code for it.
func IsDenied(err error) bool {
	switch Code(err) {
	case "AccessDenied", "AccessDeniedException", // most services
		"UnauthorizedOperation",                       // EC2
		"AuthorizationError",                          // SNS
		"KMSAccessDenied", "KMSAccessDeniedException": // SNS and SQS, for the key of a topic or queue
		return true
	}
	_, denied := errors.AsType[*Denied](err)
	return denied
}

// IsAbsent reports whether the thing that the call names does not exist, or does not exist
// for this account.
func IsAbsent(err error) bool {
	switch code := Code(err); code {
	case "NotFoundException", "NotFound", "ResourceNotFoundException", // KMS; SNS; DynamoDB, EventBridge
		"CustomKeyStoreNotFoundException",
		"InvalidServiceName", // DescribeVpcEndpointServices
		"LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound", "SubnetNotFound",
		"TrailNotFoundException",
		"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
		"NoSuchHostedZone":
		return true
	default:
		// EC2 has a code of this form for each kind of resource, and more come.
		return strings.HasPrefix(code, "Invalid") && strings.HasSuffix(code, ".NotFound")
	}
}

// A Denied is a call that IAM refused, with the action that is missing.
type Denied struct {
	Action string // IAM action: "ec2:DescribeSecurityGroups"
	On     string // ARN or ID of what it was to act on; empty where the action has no resource
	Err    error  // AWS's answer
}

// Error says what is missing, and then what AWS answered.
func (d *Denied) Error() string {
	on := ""
	if d.On != "" {
		on = " on " + d.On
	}
	return d.Action + on + " is not allowed: " + d.Err.Error()
}

// Unwrap returns AWS's answer.
func (d *Denied) Unwrap() error { return d.Err }

// WithAction returns err as a *Denied that names the IAM action, where IAM refused the call;
// any other err, and nil, come back as they are.
func WithAction(err error, action, on string) error {
	if !IsDenied(err) {
		return err
	}
	if _, named := errors.AsType[*Denied](err); named {
		return err
	}
	return &Denied{Action: action, On: on, Err: err}
}
