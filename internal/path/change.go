package path

import "time"

// A Change is a call in CloudTrail's event history that changed a resource, or tried to.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
type Change struct {
	Operation string    `json:"operation"`           // RevokeSecurityGroupIngress
	Actor     string    `json:"actor,omitempty"`     // ARN of the caller; its name where the record has no ARN
	InvokedBy string    `json:"invokedBy,omitempty"` // the AWS service that called for them, as cloudformation.amazonaws.com
	At        time.Time `json:"at"`
	Code      string    `json:"code,omitempty"` // AWS error code; empty where it succeeded
	Event     string    `json:"event,omitempty"`
}
