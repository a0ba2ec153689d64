//go:build e2e

package runtime_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

const (
	diagnose  = "DiagnoseFunction"
	remediate = "RemediateFunction"
	notify    = "NotifyFunction"
)

// batches sends each function what Lambda may deliver, sound and broken.
func (s *suite) batches(t *testing.T) {
	t.Parallel()
	t.Run("no SQS event", s.noSQSEvent)
	t.Run("messages that are malformed", s.malformed)
	t.Run("ten messages", s.tenMessages)
	t.Run("a large message", s.largeMessage)
}

// noSQSEvent sends payloads that no queue delivers. What is no JSON object fails the
// invocation, so that a person sees it; a batch of nothing is done.
func (s *suite) noSQSEvent(t *testing.T) {
	t.Parallel()
	d := s.deploy(t, newWorld(t, awssim.Options{}, network.Options{}).sim, nil, 0)
	payloads := []struct {
		name, payload string
		fails         bool
	}{
		{"an empty batch", `{"Records":[]}`, false},
		{"no records", `{}`, false},
		{"null", `null`, false},
		{"another service's event", `{"version":"0","source":"aws.s3","detail":{}}`, false},
		{"a list", `[]`, true},
		{"a string", `"Records"`, true},
		{"records that are no list", `{"Records":{"messageId":"a"}}`, true},
		{"a body that is no text", `{"Records":[{"messageId":"a","body":{}}]}`, true},
		{"no JSON", `Records: []`, true},
		{"JSON cut short", `{"Records":[{"messageId":"a","body":"x`, true},
	}
	for function, e := range d.Emulators {
		for _, p := range payloads {
			s.cases.Add(1)
			answer, err := e.Invoke(t.Context(), []byte(p.payload))
			if err != nil {
				t.Fatal(err)
			}
			failed, err := answer.Failed()
			if (err != nil) != p.fails || len(failed) > 0 {
				t.Errorf("%s, %s: answered %d %s; want a failure: %t", function, p.name, answer.Status, answer.Body, p.fails)
			}
			if answer.Status != http.StatusOK || p.fails && !strings.Contains(string(answer.Body), "errorType") {
				t.Errorf("%s, %s: answered %d %s; want status 200 and, for a failure, its type", function, p.name, answer.Status, answer.Body)
			}
		}
		if got := len(said(t, e, "the Lambda runtime client says", 6)); got != 6 {
			t.Errorf("%s: %d log lines of failed invocations, want 6", function, got)
		}
		if strings.Count(e.Own(), "INIT START") != 1 {
			t.Errorf("%s did not live through bad events:\n%s", function, e.Own())
		}
	}
}

// malformed sends every bad sample in batches of ten; each is acknowledged, and logged with
// the message's ID.
func (s *suite) malformed(t *testing.T) {
	t.Parallel()
	bodies := bad(t)
	d := s.deploy(t, newWorld(t, awssim.Options{}, network.Options{}).sim, nil, 0)
	for function, e := range d.Emulators {
		s.cases.Add(1)
		sameIDs(t, answered(t, e, delivery(t, someQueue, bodies...)), nil)
		lines := said(t, e, "event not understood, acknowledged", len(bodies))
		if len(lines) != len(bodies) {
			t.Errorf("%s: %d log lines for %d malformed messages", function, len(lines), len(bodies))
			continue
		}
		for i, line := range lines {
			if line["message"] != message(i) || line["reason"] == "" || line["level"] != "ERROR" {
				t.Errorf("%s: logged %v for %s; want its ID and the reason", function, line, message(i))
			}
		}
	}
}

// bad returns the bodies of the malformed samples, which are malformed to every function.
func bad(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(e2e.Root(), "internal", "signal", "testdata", "bad", "*.json"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d bad samples (%v)", len(files), err)
	}
	var bodies []string
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	return bodies
}

// tenMessages has one batch of every kind of signal, some of them twice, at an outage: it is
// one incident, and all are acknowledged.
func (s *suite) tenMessages(t *testing.T) {
	t.Parallel()
	s.cases.Add(1)
	w := newWorld(t, awssim.Options{}, network.Options{})
	w.breaks(scenario.ListenerDeleted)
	d := s.deploy(t, w.sim, map[string]string{"Mode": "observe"}, 0)
	id := w.ref.KeyStore.ID
	var bodies []string
	for _, name := range []string{"decrypt-failed.json", "tick.json", "alarm-metric.json", "decrypt-failed.json", "generate-data-key-by-service.json",
		"alarm-insights-all-key-stores.json", "connect-denied.json", "update-failed.json", "tick.json"} {
		bodies = append(bodies, sample(t, name, id))
	}
	bodies = append(bodies, lookAt(id))
	sameIDs(t, answered(t, d.Emulators[diagnose], delivery(t, someQueue, bodies...)), nil)
	opened := map[string]bool{}
	for _, e := range w.events(d) {
		if e.Type == lifecycle.DiagnosisCompleted && e.Subject.ID == id {
			opened[e.Incident] = true
		}
	}
	if len(opened) != 1 {
		t.Errorf("%d incidents of %s from one batch, want 1", len(opened), id)
	}
}

// largeMessage has a signal of nearly SQS's old limit, 256 KB, whose size is in a field that
// nobody reads.
func (s *suite) largeMessage(t *testing.T) {
	t.Parallel()
	s.cases.Add(1)
	w := newWorld(t, awssim.Options{}, network.Options{})
	w.breaks(scenario.ListenerDeleted)
	d := s.deploy(t, w.sim, map[string]string{"Mode": "observe"}, 0)
	large := strings.Replace(sample(t, "decrypt-failed.json", w.ref.KeyStore.ID), "PLANTED-CIPHERTEXT", strings.Repeat("PLANTED-", 31<<10), 1)
	if len(large) < 240<<10 {
		t.Fatalf("the message has %d bytes only", len(large))
	}
	sameIDs(t, answered(t, d.Emulators[diagnose], delivery(t, someQueue, large)), nil)
	orders := w.diagnosed(t, d, 1)
	// The event that follows is read by the other two, in the same size.
	padded := strings.Replace(orders[0], `"detail":{`, fmt.Sprintf(`"detail":{"later":%q,`, strings.Repeat("x", 200<<10)), 1)
	if len(padded) < 200<<10 {
		t.Fatalf("the event has %d bytes only", len(padded))
	}
	sameIDs(t, answered(t, d.Emulators[remediate], delivery(t, someQueue, padded)), nil)
	sameIDs(t, answered(t, d.Emulators[notify], delivery(t, someQueue, padded)), nil)
	if got := len(w.sim.Published()); got != 1 {
		t.Errorf("%d messages were published, want 1", got)
	}
	said(t, d.Emulators[remediate], "event dropped", 1) // it asks for nothing automatic
}

// diagnosed returns the events Diagnosis Completed as EventBridge hands them on.
func (w *world) diagnosed(t *testing.T, d *rie.Deployment, want int) []string {
	t.Helper()
	var bodies []string
	for _, e := range w.put(d) {
		if e.DetailType == string(lifecycle.DiagnosisCompleted) {
			bodies = append(bodies, envelope(t, e))
		}
	}
	if len(bodies) != want {
		t.Fatalf("%d diagnoses on the bus, want %d", len(bodies), want)
	}
	return bodies
}
