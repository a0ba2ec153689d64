package incident_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// A chance is a random life of one key store: symptoms, looks at paths broken in random
// ways, repairs that end in random ways, and people who interfere.
type chance struct {
	story
	sequences map[string]map[int]bool
}

func (c *chance) edits(t *rapid.T) []pathtest.Edit {
	edits := []pathtest.Edit{pathtest.NoCanary}
	states := [][2]string{
		{"CONNECTED", ""}, {"CONNECTED", ""}, {"FAILED", "XKS_PROXY_NOT_REACHABLE"}, {"FAILED", "INVALID_CREDENTIALS"},
		{"CONNECTING", ""}, {"DISCONNECTED", ""}, {"DISCONNECTING", ""},
	}
	state := rapid.SampledFrom(states).Draw(t, "state")
	edits = append(edits, pathtest.State(state[0], state[1]))
	faults := map[string]pathtest.Edit{
		"group": closed, "principal": pathtest.RemovePrincipal, "acceptance": pathtest.RequireAcceptance,
		"dns": pathtest.PrivateDnsState("failed"), "listener": pathtest.DeleteListener,
		"targets": pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), "service": pathtest.NoService,
	}
	for _, name := range []string{"group", "principal", "acceptance", "dns", "listener", "targets", "service"} {
		if rapid.IntRange(0, 5).Draw(t, name) == 0 {
			edits = append(edits, faults[name])
		}
	}
	return edits
}

// apply is a run of remediate whose every step ends at random, or that dies on the way.
func (c *chance) remediate(t *rapid.T) {
	in := c.rec.Incident
	if in == nil || c.rec.Lock(incident.Order{Incident: in.ID, Digest: in.Plan.Digest}, "token", c.now, c.now.Add(90*time.Second)) != nil {
		return
	}
	steps, _ := c.rec.Todo()
	for _, step := range steps {
		held := c.rec.Held()
		err := c.rec.Intend("token", step, c.rules(), c.now)
		kind := step.Action.Kind()
		if err == nil && held && (kind == plan.KindConnectKeyStore || kind == plan.KindDisconnectKeyStore) {
			t.Fatalf("%s was intended under hold", kind)
		}
		if err == nil && kind == plan.KindConnectKeyStore && !ownDisconnect(in) {
			t.Fatal("a Connect was intended without an own Disconnect that was answered 200")
		}
		if err == nil && kind == plan.KindDisconnectKeyStore && c.rec.Facts.State != "FAILED" {
			t.Fatalf("a Disconnect was intended of a key store that is %s", c.rec.Facts.State)
		}
		if err != nil || rapid.IntRange(0, 4).Draw(t, "dies") == 0 {
			return // the lease runs out
		}
		status := rapid.SampledFrom([]incident.Status{incident.Applied, incident.Applied, incident.Skipped, incident.Failed, incident.Lost}).Draw(t, "status")
		c.rec.Note(step, status, "", nil, c.now)
	}
	c.rec.Finish("token", c.rules(), "111122223333", "eu-central-1", c.now)
	c.send()
}

// ownDisconnect reads the journal independently of the product's own reading of it.
func ownDisconnect(in *incident.Incident) bool {
	applied := 0
	for _, e := range in.Journal {
		if e.Step.Action.Kind() == plan.KindDisconnectKeyStore && e.Status == incident.Applied {
			applied++
		}
	}
	return applied > 0
}

func (c *chance) act(t *rapid.T) {
	c.after(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1:
		c.decrypt(unreach)
	case 2:
		operation := rapid.SampledFrom([]string{"ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore"}).Draw(t, "operation")
		c.call(operation, rapid.SampledFrom([]string{"", "CustomKeyStoreInvalidStateException"}).Draw(t, "code"))
	case 3, 4, 5:
		c.remediate(t)
	default:
		c.look(c.edits(t)...)
	}
}

// invariant holds after every step, whatever happened.
func (c *chance) invariant(t *rapid.T) {
	in := c.rec.Incident
	if in != nil {
		writes := 0
		for _, e := range in.Journal {
			if e.Status != incident.Skipped {
				writes++
			}
		}
		if in.Writes > c.rules().Writes {
			t.Fatalf("%d writes in an incident, at most %d are allowed", in.Writes, c.rules().Writes)
		}
		if in.State == lifecycle.Resolved || in.State == lifecycle.Closed {
			t.Fatalf("an open incident is %s", in.State)
		}
		moving := in.State == lifecycle.Open || in.State == lifecycle.Waiting
		if n := len(c.looks); moving && (n == 0 || c.looks[n-1].Generation != c.rec.Generation || c.looks[n-1].Incident != in.ID) {
			t.Fatalf("an incident is %s and no look is on its way", in.State)
		}
	}
	for _, e := range c.told {
		if err := e.Validate(); err != nil {
			t.Fatalf("an event is none that a reader could use: %v", err)
		}
		if e.State == lifecycle.Resolved && e.Type == lifecycle.IncidentResolved && e.Proof == nil {
			t.Fatal("resolved without a proof")
		}
		if c.sequences[e.Incident] == nil {
			c.sequences[e.Incident] = map[int]bool{}
		}
		if c.sequences[e.Incident][e.Sequence] {
			t.Fatalf("event %d of %s was put twice", e.Sequence, e.Incident)
		}
		c.sequences[e.Incident][e.Sequence] = true
	}
	c.told = nil
	again := c.rec.Clone()
	if fmt.Sprintf("%+v", again.Incident) == "" {
		t.Fatal("a record does not survive being stored")
	}
	c.rec = again // every step goes through what the table stores
}

func TestNoLifeBreaksASafetyRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := &chance{story: *begin(t), sequences: map[string]map[int]bool{}}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			c.act(rt)
			c.invariant(rt)
		}
	})
}
