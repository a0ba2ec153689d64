//go:build e2e

package moto

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// outcome is what came of a run, in the words in which a scenario says what must come.
// Whether KMS encrypts is judged by packets alone, along every way that a request can take.
func (r *run) outcome() *rehearse.Result {
	out := &rehearse.Result{Scenario: r.story.Name, Mode: r.mode, Events: r.events}
	for _, e := range r.events {
		out.Take(e)
	}
	calls, stores := r.calls()
	out.Absent = len(stores) == 0
	for _, c := range calls {
		if r.remediates(c) && c.Code == "" && writes(c) {
			out.Writes = append(out.Writes, c.Operation)
		}
	}
	if !out.Absent && r.path.KeyStore != "" {
		var judged struct{ Wrong string }
		r.post("/plugin/judge", map[string]string{"store": r.path.KeyStore}, &judged)
		out.Encrypts = judged.Wrong == ""
	}
	return out
}

// remediates says whether the only writer made a call.
func (r *run) remediates(c call) bool {
	return strings.Contains(c.Role, "assumed-role/"+r.stack.Resources["RemediateRole"]+"/")
}

// product says whether one of the product's functions made a call.
func product(c call) bool { return strings.Contains(c.Role, "assumed-role/xks-remediator-") }

// writes says whether a call changes a customer's resource.
func writes(c call) bool {
	customers := slices.Contains([]string{"ec2", "elbv2", "kms", "route53"}, c.Service)
	return customers && !strings.HasPrefix(c.Operation, "Describe") && !strings.HasPrefix(c.Operation, "Get")
}
