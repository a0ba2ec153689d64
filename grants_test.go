package xksremediator_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// unused are the grants that no rehearsal uses, each with the reason why it is there all
// the same.
var unused = map[string]string{
	"DiagnoseFunction logs:CreateLogStream":            "Lambda writes the log, and the simulator takes it from standard output",
	"DiagnoseFunction logs:PutLogEvents":               "the same",
	"RemediateFunction logs:CreateLogStream":           "the same",
	"RemediateFunction logs:PutLogEvents":              "the same",
	"NotifyFunction logs:CreateLogStream":              "the same",
	"NotifyFunction logs:PutLogEvents":                 "the same",
	"NotifyFunction kms:GenerateDataKey":               "SNS calls it for the publisher, and simulated topics are not encrypted",
	"NotifyFunction kms:Decrypt":                       "the same",
	"DiagnoseFunction ec2:GetManagedPrefixListEntries": "only a rule that names a prefix list calls for it: no fault is made with one, and collect's own tests are",
}

// A ledger adds up, over many rehearsals, what each function was given and what it used.
type ledger struct {
	mu            sync.Mutex
	granted, used map[string]bool
}

func (l *ledger) add(sim *awssim.Sim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for logicalID := range configs {
		for _, g := range sim.IAM.Granted(logicalID) {
			l.granted[named(g)] = true
		}
		for _, g := range sim.IAM.Used(logicalID) {
			l.used[named(g)] = true
		}
	}
}

func named(g engine.Grant) string { return fmt.Sprintf("%s %s", g.Principal, g.Action) }

// Every grant is used in some rehearsal: one that is not could be left out of the template.
// That none is missing is seen by each rehearsal's own end.
func TestEveryGrantIsUsedByTheCodeThatHasIt(t *testing.T) {
	t.Parallel()
	total := &ledger{granted: make(map[string]bool), used: make(map[string]bool)}
	t.Run("rehearsals", func(t *testing.T) {
		for _, s := range scenario.All() {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				var sim *awssim.Sim
				_, err := rehearse.Run(t.Context(), rehearse.Options{Scenario: s, Mode: "auto", Template: xksremediator.Template(),
					Prepare: func(started *awssim.Sim, _ *awssim.Stack) { sim = started }})
				if err != nil {
					t.Fatal(err)
				}
				total.add(sim)
			})
		}
	})
	for _, grant := range slices.Sorted(maps.Keys(total.granted)) {
		reason, excused := unused[grant]
		switch {
		case !total.used[grant] && !excused:
			t.Errorf("%s is granted, and no rehearsal uses it", grant)
		case total.used[grant] && excused:
			t.Errorf("%s is used after all: the list says %q", grant, reason)
		}
	}
	for grant := range unused {
		if !total.granted[grant] {
			t.Errorf("%s is on the list of unused grants, and nobody has it", grant)
		}
	}
}
