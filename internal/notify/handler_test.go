package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/notify"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// memory is a Told that fails where it is told to.
type memory struct {
	told        map[string]bool
	busy        map[string]bool
	unreachable bool
	unmarkable  bool
}

func (m *memory) Claim(_ context.Context, incident string, sequence int, _ string, now, until time.Time) (claimed, told bool, err error) {
	key := fmt.Sprint(incident, sequence)
	switch {
	case m.unreachable:
		return false, false, errors.New("table is out of reach")
	case !until.After(now):
		return false, false, errors.New("a claim that never holds")
	}
	return !m.told[key] && !m.busy[key], m.told[key], nil
}

func (m *memory) Mark(_ context.Context, incident string, sequence int, _ time.Time) error {
	if m.unreachable || m.unmarkable {
		return errors.New("table is out of reach")
	}
	m.told[fmt.Sprint(incident, sequence)] = true
	return nil
}

// paper is a Publisher that keeps what it gets, and refuses what on-call is not to get.
type paper struct {
	published []notice.Message
	refuses   string // a part of the subject
}

func (p *paper) Publish(_ context.Context, m notice.Message) error {
	if p.refuses != "" && strings.Contains(m.Subject, p.refuses) {
		return errors.New("SNS is out of order")
	}
	p.published = append(p.published, m)
	return nil
}

// counts are the metrics that were written.
type counts map[string]float64

func (c counts) Count(name string, value float64, _ map[string]string) { c[name] += value }

// A bench is a handler and what it writes to.
type bench struct {
	*notify.Handler
	told  *memory
	paper *paper
	counts
	log bytes.Buffer
}

func newBench() *bench {
	b := &bench{told: &memory{told: map[string]bool{}, busy: map[string]bool{}}, paper: &paper{}, counts: counts{}}
	b.Handler = &notify.Handler{
		Told: b.told, Publisher: b.paper, Metrics: b.counts, Log: slog.New(slog.NewJSONHandler(&b.log, nil)),
		Now: func() time.Time { return start }, NewID: func() string { return "token" },
	}
	return b
}

// handle gives the handler a batch of bodies, "m1", "m2" and so on, and returns which of
// them come back.
func (b *bench) handle(t *testing.T, bodies ...[]byte) []string {
	t.Helper()
	answer, err := b.Handle(t.Context(), batchOf(bodies...))
	if err != nil {
		t.Fatal(err)
	}
	return ids(answer)
}

func batchOf(bodies ...[]byte) events.SQSEvent {
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: fmt.Sprint("m", i+1), Body: string(body)})
	}
	return batch
}

func ids(answer events.SQSEventResponse) []string {
	var all []string
	for _, f := range answer.BatchItemFailures {
		all = append(all, f.ItemIdentifier)
	}
	return all
}

// lines returns the log, line by line.
func (b *bench) lines(t *testing.T) []map[string]any {
	t.Helper()
	return logged(t, b.log.String())
}

func logged(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("not JSON: %s", line)
		}
		all = append(all, l)
	}
	return all
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../events/lifecycle/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestEveryEventThatIsToldBecomesOneMessage(t *testing.T) {
	t.Parallel()
	for _, typ := range lifecycle.Types() {
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			b := newBench()
			body := sample(t, strings.ReplaceAll(strings.ToLower(string(typ)), " ", "-"))
			for range 3 { // and its repeats none
				if back := b.handle(t, body, body); len(back) != 0 {
					t.Fatalf("%v come back", back)
				}
			}
			e, err := lifecycle.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			var want []notice.Message
			if m, ok := notice.For(e); ok {
				want = append(want, m)
			}
			if diff := cmp.Diff(want, b.paper.published); diff != "" {
				t.Errorf("(-want +published):\n%s", diff)
			}
			if got := b.counts["MessagesPublished"]; got != float64(len(want)) {
				t.Errorf("%v counted as published", got)
			}
		})
	}
}

func TestOnlyWhatFailedComesBack(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.paper.refuses = "fix failed"
	back := b.handle(t, sample(t, "fix-applied"), []byte("hello"), sample(t, "fix-failed"), sample(t, "incident-opened"), sample(t, "incident-resolved"))
	if !slices.Equal(back, []string{"m3"}) {
		t.Errorf("%v come back, want m3", back)
	}
	var subjects []string
	for _, m := range b.paper.published {
		subjects = append(subjects, m.Subject)
	}
	want := []string{
		"[XKS] payments-hsm fix applied: security group blocks NLB to proxy on 443",
		"[XKS] payments-hsm resolved: security group blocks NLB to proxy on 443",
	}
	if diff := cmp.Diff(want, subjects); diff != "" {
		t.Errorf("(-want +published):\n%s", diff)
	}
	b.paper.refuses = ""
	if back := b.handle(t, sample(t, "fix-failed")); len(back) != 0 || len(b.paper.published) != 3 {
		t.Errorf("after SNS recovered %v come back, %d published", back, len(b.paper.published))
	}
}

func TestWhatCannotBeUnderstoodIsLoggedCountedAndAcknowledged(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"text":          "hello",
		"another event": `{"id":"3f2a1c0d","source":"aws.kms","detail":{}}`,
		"no headline":   strings.Replace(string(sample(t, "fix-applied")), "security group blocks NLB to proxy on 443", "", 1),
	}
	for name, body := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench()
			if back := b.handle(t, []byte(body), sample(t, "fix-failed")); len(back) != 0 {
				t.Errorf("%v come back", back)
			}
			if len(b.paper.published) != 1 || b.counts["EventsMalformed"] != 1 {
				t.Errorf("%d published, %v counted as malformed", len(b.paper.published), b.counts["EventsMalformed"])
			}
			line := b.lines(t)[0]
			if line["level"] != "ERROR" || line["message"] != "m1" || line["reason"] == "" || line["reason"] == nil {
				t.Errorf("logged %v", line)
			}
		})
	}
}

func TestAnEventOfANewerVersionComesBack(t *testing.T) {
	t.Parallel()
	b := newBench()
	body := bytes.Replace(sample(t, "fix-applied"), []byte(`"schema": 1`), []byte(`"schema": 2`), 1)
	if back := b.handle(t, body); !slices.Equal(back, []string{"m1"}) {
		t.Errorf("%v come back, want m1", back)
	}
	if b.counts["EventsMalformed"] != 0 {
		t.Error("counted as malformed")
	}
}

func TestWhatSomebodyElseIsTellingComesBack(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.told.busy["01KQRC2TT8YFZMTH8Y8AF1G8GN3"] = true
	if back := b.handle(t, sample(t, "fix-applied")); !slices.Equal(back, []string{"m1"}) || len(b.paper.published) != 0 {
		t.Errorf("%v come back, %d published; want m1 and none", back, len(b.paper.published))
	}
}

func TestATableOutOfReachSilencesNobody(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit func(*memory)
		says string
	}{
		"before the message": {func(m *memory) { m.unreachable = true }, "table out of reach, publishing without it: on-call may be told twice"},
		"after the message":  {func(m *memory) { m.unmarkable = true }, "message published but not marked as told: on-call may be told twice"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench()
			tt.edit(b.told)
			if back := b.handle(t, sample(t, "fix-applied")); len(back) != 0 || len(b.paper.published) != 1 {
				t.Errorf("%v come back, %d published; want none and one", back, len(b.paper.published))
			}
			said := func(l map[string]any) bool { return l["msg"] == tt.says && l["level"] == "WARN" }
			if !slices.ContainsFunc(b.lines(t), said) {
				t.Errorf("the log does not say so: %s", b.log.String())
			}
		})
	}
}

// An operator filters the log by incident, so that a line without one is a line lost; and
// the log holds no event.
func TestEveryLogLineHasItsIncidentAndMessageAndNoBody(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.paper.refuses = "resolved"
	b.handle(t, sample(t, "fix-applied"), sample(t, "incident-opened"), []byte("hello planted-secret"), sample(t, "incident-resolved"))
	b.handle(t, sample(t, "fix-applied"))
	lines := b.lines(t)
	if len(lines) != 5 {
		t.Errorf("%d lines, want one a message", len(lines))
	}
	for _, l := range lines {
		incident, ok := l["incident"].(string)
		if !ok || l["message"] == nil || incident == "" && l["level"] != "ERROR" {
			t.Errorf("line without its incident or message: %v", l)
		}
	}
	if s := b.log.String(); strings.Contains(s, "planted-secret") || strings.Contains(s, "authorize-security-group-ingress") {
		t.Errorf("the log holds a body: %s", s)
	}
}

// Each claim has a token of its own, else two workers would hold the same one.
func TestEveryClaimHasItsOwnToken(t *testing.T) {
	t.Parallel()
	b := newBench()
	var mu sync.Mutex
	var given []string
	b.NewID = func() string {
		mu.Lock()
		defer mu.Unlock()
		given = append(given, fmt.Sprint(len(given)))
		return given[len(given)-1]
	}
	b.handle(t, sample(t, "fix-applied"), sample(t, "incident-resolved"))
	if len(given) != 2 {
		t.Errorf("%d tokens for 2 claims", len(given))
	}
}
