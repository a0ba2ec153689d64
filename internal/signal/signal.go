// Package signal turns any event that can wake the product into a Signal. It copies
// allow-listed fields only: encryption contexts, ciphertext and credentials stay behind.
// A signal carries no verdict; it only says that a subject deserves a look, and why.
package signal

import (
	"regexp"
	"time"
)

// A Kind is what sort of event a signal came from.
type Kind string

const (
	CallFailed     Kind = "call-failed"      // a KMS call on a key store failed: Code and Message say how
	AccessDenied   Kind = "access-denied"    // a key-store call was refused by IAM: a notice
	KeyStoreChange Kind = "key-store-change" // a Connect, Disconnect or Update by somebody else; Code is empty where it succeeded
	Tick           Kind = "tick"             // the schedule: look at everything
	Alarm          Kind = "alarm"            // a CloudWatch alarm on a KMS external-key-store metric changed to ALARM
	Recheck        Kind = "recheck"          // a delayed look that the product sent to itself
)

// A Signal is an event that can wake the product, parsed.
type Signal struct {
	ID        string    `json:"id"` // the event's own ID: CloudTrail's eventID, or EventBridge's
	Kind      Kind      `json:"kind"`
	At        time.Time `json:"at"` // when what it tells of happened; of a Recheck, when it was sent
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region,omitempty"`
	Operation string    `json:"operation,omitempty"` // KMS operation: Decrypt, ConnectCustomKeyStore, …
	Code      string    `json:"code,omitempty"`      // AWS error code; empty on success
	Message   string    `json:"message,omitempty"`   // KMS's own sentence (of an Alarm CloudWatch's), printable, at most 1,024 bytes
	Actor     string    `json:"actor,omitempty"`     // ARN of the caller, or the AWS service that called
	Key       string    `json:"key,omitempty"`       // ARN of the KMS key

	KeyStoreID   string `json:"keyStoreId,omitempty"`  // cks-…; empty where the event names none
	KeyAccount   string `json:"keyAccount,omitempty"`  // account that owns Key, where the event says so
	ServiceName  string `json:"serviceName,omitempty"` // com.amazonaws.vpce.<region>.vpce-svc-… that a Create or Update named
	ServiceOwner string `json:"serviceOwner,omitempty"`
	UriEndpoint  string `json:"uriEndpoint,omitempty"` // that a Create or Update named
	StoreName    string `json:"storeName,omitempty"`   // that a Create or Update named

	AlarmName string `json:"alarmName,omitempty"` // of an Alarm

	Subject    string    `json:"subject,omitempty"`    // of a Recheck: "key-store/cks-1"
	Incident   string    `json:"incident,omitempty"`   // of a Recheck
	Generation int64     `json:"generation,omitempty"` // of a Recheck; a stale one is dropped
	Due        time.Time `json:"due,omitzero"`         // of a Recheck: not to be looked at before; send it on if it comes earlier
}

// Change reports whether s tells that somebody else called Connect, Disconnect or Update on
// a key store, whatever came of it: a failed or refused call shows as well that a person or
// a pipeline is at work there. Calls by the product's own roles are dropped by Parse.
func (s Signal) Change() bool {
	switch s.Kind {
	case CallFailed, AccessDenied, KeyStoreChange:
		return s.Operation == connectStore || s.Operation == disconnectStore || s.Operation == updateStore
	default:
		return false
	}
}

// DeniedAction returns the IAM action that an AccessDenied says is missing: the one that
// AWS's sentence names ("… is not authorized to perform: ec2:DescribeVpcEndpointServices …"),
// else the action of the operation itself. It is empty for any other kind.
func (s Signal) DeniedAction() string {
	if s.Kind != AccessDenied {
		return ""
	}
	if m := performed.FindStringSubmatch(s.Message); m != nil {
		return m[1]
	}
	return "kms:" + s.Operation
}

// performed finds the action in AWS's sentence on a refused call.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var performed = regexp.MustCompile(`(?i)perform:?\s+([a-z0-9-]+:[A-Za-z0-9]+)`)

// A Dropped says that an event is understood and needs nothing: acknowledge it.
type Dropped struct {
	ID     string // the event's own ID, where it has one
	Reason string // a clause for the log: "call by the product's own role"
}

func (d *Dropped) Error() string { return "event " + d.ID + " dropped: " + d.Reason }

// A Malformed says that an event cannot be understood, now or later: log, count and
// acknowledge it.
type Malformed struct {
	ID     string
	Reason string
}

func (m *Malformed) Error() string { return "event " + m.ID + " not understood: " + m.Reason }

// A Self is who the product is, so that its own calls are told from others'.
type Self struct {
	Account string
	Region  string
	Roles   []string // ARNs of the product's roles
}
