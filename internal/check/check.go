// Package check is the catalogue of everything on the path that can be wrong, one file a
// check, and the runner. A check is a pure function of a snapshot: no client, no clock.
package check

import (
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// An ID is a check's stable public name: "endpoint-service.kms-principal-allowed".
type ID string

// A Verdict is what a check says of one subject. The zero Verdict is Unknown:
// a finding that nobody filled in can never read as a pass.
type Verdict uint8

const (
	Unknown       Verdict = iota // a part could not be read; Evidence.Gap says why
	NotApplicable                // nothing here to judge; Evidence.Seen says why: no pass either
	Fail
	Pass
)

// String returns "unknown", "not applicable", "fail" or "pass".
func (v Verdict) String() string {
	return [...]string{"unknown", "not applicable", "fail", "pass"}[v]
}

// A Check is one requirement of the path.
type Check struct {
	ID    ID
	Title string // the requirement as a sentence: "The KMS service principal is allowed"
	Fails string // when it fails, a clause for docs and the CLI: "the KMS principal is not on the allow list"
	// Why says what breaks where it fails, and when: with every request, or with new
	// connections only; sentences for docs/checks.
	Why string
	// Console says how a person mends it, in the words of the AWS console; sentences.
	Console string
	Source  string      // the AWS page that states it
	Needs   []path.Part // parts that must have been read; else the runner answers Unknown
	// Applies returns why the check has nothing to judge, or "" where it has. It is asked
	// before Needs. Nil means always.
	Applies func(path.Snapshot) string
	// Run judges. It must return at least one finding and may return one a resource.
	Run func(path.Snapshot) []Finding
}

// A Finding is a check's verdict on one resource.
type Finding struct {
	Check    ID       `json:"check"`
	Subject  path.ARN `json:"subject"` // the resource to look at
	Verdict  Verdict  `json:"verdict"`
	Warning  bool     `json:"warning,omitempty"` // a fail that can break nothing by itself: never more than a risk
	Evidence Evidence `json:"evidence"`
	Missing  flow.Set `json:"missing,omitzero"` // for reachability: exactly what is not let through
	// Headline is what is wrong in at most 60 ASCII characters, for a subject line:
	// "security group blocks NLB to proxy on 443". Of a fail only.
	Headline string `json:"headline,omitempty"`
	// Group is the security group to which Missing is to be added, where there is one.
	Group path.SecurityGroupID `json:"group,omitempty"`
}

// Evidence is what was expected and what was seen, in the console's words.
type Evidence struct {
	Expected string    `json:"expected,omitempty"`
	Seen     string    `json:"seen,omitempty"`
	Gap      *path.Gap `json:"gap,omitempty"`   // of Unknown: the read that gave no answer
	Waits    bool      `json:"waits,omitempty"` // of Unknown: AWS itself does not know yet, and will in some minutes
	Bug      string    `json:"bug,omitempty"`   // of Unknown: the check itself broke. Ours to mend: raise an alarm
}
