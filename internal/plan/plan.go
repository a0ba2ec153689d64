// Package plan turns findings and policy into ordered actions. An action is data: it
// enters a journal, a digest and a message, and holds no client and no closure. What
// apply does is described entirely by the plan, not by the mode in which it was made.
package plan

import (
	"errors"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A Class is how dangerous an action is, and so who may decide on it. The zero Class is
// Manual: what nobody classified is never done by itself.
type Class uint8

const (
	Manual    Class = iota // only a person does it
	Approval               // wider effect or no inverse: a person decides
	Automatic              // additive, narrow, no interruption
)

var classes = [...]string{"manual", "approval", "automatic"}

// String returns "manual", "approval" or "automatic".
func (c Class) String() string { return classes[c] }

// A Mode is what the product may do by itself. The zero Mode is Observe.
type Mode uint8

const (
	Observe Mode = iota // report
	Approve             // every action waits for a person
	Auto                // the automatic class runs
)

// String returns "observe", "approve" or "auto".
func (m Mode) String() string { return [...]string{"observe", "approve", "auto"}[m] }

var (
	// ErrAlreadyHolds says that what an action is to bring about is so already.
	ErrAlreadyHolds = errors.New("already holds")
	// ErrStale says that the world is no longer what the action was planned for: plan again.
	ErrStale = errors.New("no longer as planned")
	// ErrNotYet says that AWS is still on its way to the state that an action needs: look
	// again later.
	ErrNotYet = errors.New("not yet")
	// ErrNotOptedIn says that the resource does not carry the opt-in tag.
	ErrNotOptedIn = errors.New("resource does not carry the opt-in tag")
)

// An Action is one change of one resource.
type Action interface {
	Kind() Kind
	// Resource is the ARN or ID of what it changes.
	Resource() path.ARN
	// Summary is a clause: "allow tcp 443 from 10.0.1.7/32 in security group sg-1".
	Summary() string
	// Commands are the AWS CLI commands that a person types instead, each an argument
	// list; none where no command exists, and then Summary says what to do.
	Commands() [][]string
	// Inverse returns the action that undoes it, or nil and the reason why there is none.
	Inverse() (Action, string)
	// Precondition returns nil where the action is to be done just as planned,
	// ErrAlreadyHolds where it need not be, ErrNotYet where it must wait and ErrStale where
	// it must be planned again; each may be wrapped with what was seen. Now holds at least
	// the parts that the action changes.
	Precondition(now path.Snapshot) error
}

// A Step is an action in a plan.
type Step struct {
	ID     string   // "1-authorize-ingress": unique in its plan, the same for the same plan
	Check  check.ID // whose finding calls for it
	Class  Class
	Why    string // why the class is not automatic: "2 other network interfaces carry the group"
	Action Action
}

// A Plan is what would mend the causes, in the order in which it must be done.
type Plan struct {
	Digest string `json:"digest"` // of the causes: sorted (check, ARN, missing set), no readings
	Steps  []Step `json:"steps,omitempty"`
}

// Automatic returns the steps that remediate may apply by itself, in order.
func (p Plan) Automatic() []Step { return p.of(Automatic) }

func (p Plan) of(c Class) []Step {
	var steps []Step
	for _, s := range p.Steps {
		if s.Class == c {
			steps = append(steps, s)
		}
	}
	return steps
}

// A Policy is what a plan depends on beside the findings.
type Policy struct {
	OptInKey, OptInValue string // tag that a resource must carry to be written to
	// Attempted says that a create or a connect attempt failed: only then is the KMS
	// principal added without approval.
	Attempted bool
	// Said are the rows of KMS's messages in the incident's latest symptoms: "M5". What they
	// ask for is planned where nothing else is.
	Said []string
	// Unread are the checks that could explain the symptom and could not be judged: what only
	// another account sees is asked of it.
	Unread []check.Finding
	// Reconnect says what the incident knows of a reconnect; nil means that none is due.
	Reconnect *Reconnect
}

// A Reconnect is what the incident knows when the key store may have to be reconnected.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#fix-xks-connection
type Reconnect struct {
	Code         string // ConnectionErrorCode, read twice at least 60 s apart
	CauseFound   bool   // a cause of this incident was found and is mended
	BlindToday   bool   // a reconnect without a cause was done within the last day
	Held         bool   // somebody else touched the key store since the failure
	Disconnected bool   // this incident's own Disconnect was answered 200: only Connect is left
	// Unjudged are the checks of what a new connection needs that could not be judged: then
	// whether it can succeed is for a person to say.
	Unjudged []check.ID
}
