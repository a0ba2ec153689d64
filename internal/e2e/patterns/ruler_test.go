//go:build e2e

// Package patterns compares the simulator's matcher of event patterns with AWS's own, Event
// Ruler: on every rule of template.yaml and on random patterns, over some ten thousand events.
package patterns

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A ruler is a process of Match.java.
type ruler struct {
	in       io.WriteCloser
	out      *bufio.Reader
	complain bytes.Buffer // to be read when the process is gone
	command  *exec.Cmd
}

// fataler is a test, or a rapid one within it.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func startRuler(t *testing.T) *ruler {
	t.Helper()
	java := append(e2e.Java(t), filepath.Join(e2e.Root(), "internal", "e2e", "patterns", "Match.java"))
	r := &ruler{command: exec.Command(java[0], java[1:]...)}
	r.command.Stderr = &r.complain
	in, err := r.command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.in, r.out = in, bufio.NewReader(out)
	if err := r.command.Start(); err != nil {
		t.Fatalf("starting Event Ruler: %v", err)
	}
	t.Cleanup(func() {
		_ = r.in.Close() // it ends with its input
		if err := r.command.Wait(); err != nil {
			t.Errorf("Event Ruler: %v\n%s", err, r.complain.String())
		}
	})
	return r
}

// An answer holds, for each event, the names of the patterns that match: by one machine with
// all of them, and by each alone.
type answer struct {
	Refused map[string]string `json:"refused"`
	Machine [][]string        `json:"machine"`
	Ruler   [][]string        `json:"ruler"`
}

// ask has Event Ruler judge events by patterns, both as text.
func (r *ruler) ask(t fataler, patterns map[string]string, events []string) answer {
	t.Helper()
	request, err := json.Marshal(map[string]any{"patterns": patterns, "events": events})
	if err != nil {
		t.Fatalf("writing the request: %v", err)
	}
	if _, err := r.in.Write(append(request, '\n')); err != nil {
		t.Fatalf("asking Event Ruler: %v", err)
	}
	line, err := r.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("reading Event Ruler's answer to %s: %v", request, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("reading Event Ruler's answer %s: %v", line, err)
	}
	if len(a.Machine) != len(events) || len(a.Ruler) != len(events) {
		t.Fatalf("Event Ruler answered for %d and %d events of %d", len(a.Machine), len(a.Ruler), len(events))
	}
	return a
}

// askInParts asks for many events and returns what the machine says of each.
func (r *ruler) askInParts(t *testing.T, patterns map[string]string, events []string) [][]string {
	t.Helper()
	var all [][]string
	for part := range slices.Chunk(events, 500) {
		a := r.ask(t, patterns, part)
		if len(a.Refused) > 0 {
			t.Fatalf("Event Ruler refuses %v", a.Refused)
		}
		for i := range part {
			if !slices.Equal(a.Machine[i], a.Ruler[i]) {
				t.Errorf("Event Ruler contradicts itself: %v of all rules, %v of each alone: %s", a.Machine[i], a.Ruler[i], part[i])
			}
		}
		all = append(all, a.Machine...)
	}
	return all
}
