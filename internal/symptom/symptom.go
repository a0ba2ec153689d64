// Package symptom maps what KMS says (error codes, connection error codes, messages) to
// the checks that can explain it, and ranks findings by it.
package symptom

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// A Kind is how a symptom showed.
type Kind string

const (
	KMSMessage      Kind = "kms-message"       // a call on a key of the key store failed
	ConnectionError Kind = "connection-error"  // the key store is FAILED with Code
	ConnectRefused  Kind = "connect-refused"   // ConnectCustomKeyStore itself answered an error
	CreateFailed    Kind = "create-failed"     // CreateCustomKeyStore failed
	UpdateFailed    Kind = "update-failed"     // UpdateCustomKeyStore failed
	NoHealthyTarget Kind = "no-healthy-target" // no target group behind the listener has a healthy target
	CanaryFailed    Kind = "canary-failed"     // an Encrypt with the canary key failed with a message that means the path
	StillConnecting Kind = "still-connecting"  // CONNECTING for over 15 minutes
	AlarmRaised     Kind = "alarm"             // a CloudWatch alarm: worth a look, no symptom by itself
)

// A Class is what an error message is about.
type Class string

const (
	PathClass   Class = "path"             // network, load balancer, targets, endpoint service
	ProxyClass  Class = "behind-the-proxy" // credential, URI path, proxy software, key manager: manual
	CallerClass Class = "caller"           // the caller's own mistake: opens nothing
	SwitchClass Class = "kill-switch"      // the key store is not connected: look at its state
	AWSClass    Class = "aws"              // AWS's own passing failure or throttling: opens nothing
	OtherClass  Class = "other"            // not in the table: look, never healthy
)

// A Symptom is one way in which the subject shows that something is wrong.
type Symptom struct {
	Kind       Kind      `json:"kind"`
	Class      Class     `json:"class"`
	Operation  string    `json:"operation,omitempty"`
	Code       string    `json:"code,omitempty"`
	ID         string    `json:"id,omitempty"`         // row of the message table: M1 … M19
	Text       string    `json:"text,omitempty"`       // KMS's sentence
	IfRepeated bool      `json:"ifRepeated,omitempty"` // opens an incident only when a failing check explains it, or when it comes again
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	Count      int       `json:"count"`
	Event      string    `json:"event,omitempty"` // ID of the event that first told
}

// Key tells whether two symptoms are the same one: kind, code and message row.
func (s Symptom) Key() string { return string(s.Kind) + "|" + s.Code + "|" + s.ID }

// A Ranking is findings set against symptoms.
type Ranking struct {
	Causes   []check.Finding `json:"causes,omitempty"`   // fails that explain a symptom, best first
	Risks    []check.Finding `json:"risks,omitempty"`    // fails that explain none
	Unread   []check.Finding `json:"unread,omitempty"`   // unknowns of checks that could explain one
	RuledOut []check.Finding `json:"ruledOut,omitempty"` // passes of checks that could have explained one
}
