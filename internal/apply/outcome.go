package apply

import (
	"errors"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// An Outcome is what an error of Apply says of the change. The zero Outcome is Unclear:
// what nobody understood may have happened.
type Outcome uint8

const (
	Unclear Outcome = iota // the answer was lost: it may have happened
	Done                   // AWS answered success
	Refused                // it did not happen, and will not
	Later                  // it did not happen, and may after a new look
	Already                // it was so already
)

// String returns "unclear", "done", "refused", "later" or "already".
func (o Outcome) String() string {
	return [...]string{"unclear", "done", "refused", "later", "already"}[o]
}

// OutcomeOf judges an error of Apply. Of a Connect or a Disconnect only Done proves
// anything of the key store's state: the others say that this very call did not change it.
func OutcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, plan.ErrAlreadyHolds):
		return Already
	case errors.Is(err, ErrUnknownOutcome):
		return Unclear
	case errors.Is(err, plan.ErrStale), awserr.IsPassing(err):
		return Later
	}
	return Refused
}

// Passing reports whether an error of Read goes by itself.
func Passing(err error) bool { return awserr.IsPassing(err) }
