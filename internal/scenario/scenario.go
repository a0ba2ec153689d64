// Package scenario holds the faults of the path by name, each with what should be found,
// done and said. The demo, the tests and a rehearsal before a game day use the same list. It
// knows the simulator and nothing of the product: it is how the product is judged.
package scenario

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// A Phase is what the customer is doing when the fault shows.
type Phase string

const (
	Creating   Phase = "creating"   // CreateCustomKeyStore is called; no key store exists yet
	Connecting Phase = "connecting" // ConnectCustomKeyStore is called on a new key store
	Running    Phase = "running"    // the key store is CONNECTED and a workload uses a key
)

// A Scenario is one or more faults at a phase, what happens meanwhile, and how it must end.
type Scenario struct {
	Name  string // "running/target-security-group-without-443"
	Title string // a sentence
	Phase Phase
	Build network.Options
	// Break makes the faults, after the healthy path stands.
	Break func(*network.World, *network.Reference)
	// Arm sets traps before anything happens: Stage.Before, After, Lose and Deny; nil for none.
	Arm func(*Stage)
	// Play is what people and workloads do after the phase's own first call; nil for nothing.
	Play func(*Stage)
	// Mend undoes Break by hand, where no command of a message can: it is what a person does
	// on a proxy, or with a choice that the product cannot make. Nil where there is no such way.
	Mend Fault
	// Variant says that another scenario breaks the same, or that this one breaks several
	// things: it is left out where faults are combined.
	Variant bool
	// Moves says that the fault puts the proxies elsewhere: two such cannot be on one path.
	Moves bool
	// Canary configures the canary key of the reference path.
	Canary bool
	// OwnerRole has the account that owns the path let the product read it.
	OwnerRole bool
	// Watch is how long the run goes on without an end; 20 minutes where zero.
	Watch time.Duration
	// Ends holds what must come out, by mode; a mode that is absent ends as Otherwise.
	Ends      map[string]End
	Otherwise End
}

// An End is how a run must end.
type End struct {
	Causes   []string // check IDs of the first diagnosis, best first; nil: none explains
	Risks    []string // check IDs told as risks, in any event; nil is not judged
	Writes   []string // customer-resource API calls that succeeded, in order; none where nil
	State    string   // of the last event: open, waiting, needs-person, escalated, unexplained, resolved, closed; "" where nothing is told
	Proof    string   // of a resolution: kms-answered, cause-gone
	Encrypts bool     // whether KMS encrypts with the workload's key at the end
	Absent   bool     // no key store exists at the end
}

// A Stage is where a scenario plays: the simulated world and the people in it. Whoever runs
// a scenario provides it.
type Stage struct {
	Ref      *network.Reference
	World    func(func(*network.World)) // edits the world under its lock
	Person   Caller                     // an administrator
	Workload Caller
	Stranger Caller              // a role without any permission
	Advance  func(time.Duration) // lets time pass, with everything that is due
	// Until lets time pass until done, at most by limit, and says whether it was.
	Until func(done func() bool, limit time.Duration) bool
	Now   func() time.Time
	// Told returns the state of the message that was published last, and the commands that
	// stand in it; "" where none was published.
	Told func() (state string, commands []string)
	// Causes returns the check IDs of the causes in the same message.
	Causes func() []string
	// Steps returns the commands of the same message, by the step that they are of.
	Steps func() [][]string
	// Type types a command of the AWS CLI as Person.
	Type func(line string) error
	// Note says to who watches what is going on.
	Note func(text string)
	// Before edits the world just before the product's next call of an operation runs.
	Before func(operation string, do func(*network.World))
	// After has do called once, when the function that made the product's next call of an
	// operation is through.
	After func(operation string, do func())
	// Lose loses the answer of the product's next successful call of an operation.
	Lose func(operation string)
	// Deny refuses an IAM action to a function by its logical ID from now on.
	Deny func(function, action string)
}

// A Caller makes real API calls as somebody who is not the product.
type Caller interface {
	Create(name string) error                 // on the reference path's endpoint service and private DNS name
	CreatePublic(name, endpoint string) error // with public connectivity, which names no endpoint service
	Connect(keyStoreID string) error
	Disconnect(keyStoreID string) error
	Encrypt(keyID string) error
	Decrypt(keyID string) error
	// DecryptCorrupt sends a ciphertext that the proxy refuses.
	DecryptCorrupt(keyID string) error
	RevokeIngress(groupID, ruleID string) error
}

// End returns how the scenario must end in a mode.
func (s Scenario) End(mode string) End {
	if e, ok := s.Ends[mode]; ok {
		return e
	}
	return s.Otherwise
}

// Limit is how long the run may take.
func (s Scenario) Limit() time.Duration {
	if s.Watch == 0 {
		return 20 * time.Minute
	}
	return s.Watch
}

// Find returns the scenario of a name, with or without its phase.
func Find(name string) (Scenario, bool) {
	for _, s := range All() {
		if s.Name == name || string(s.Phase)+"/"+name == s.Name {
			return s, true
		}
	}
	return Scenario{}, false
}

// in gives a scenario its phase and name.
func in(p Phase, name string, s Scenario) Scenario {
	s.Phase, s.Name = p, string(p)+"/"+name
	return s
}
