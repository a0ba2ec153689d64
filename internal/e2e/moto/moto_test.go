//go:build e2e

package moto

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// servers is how many of moto's servers run at a time.
const servers = 2

// TestSomebodyElsesAWS plays scenarios from event to message, and holds what came of each
// against the same end as the simulator's rehearsal does.
func TestSomebodyElsesAWS(t *testing.T) {
	free := make(chan *account, servers)
	for range servers {
		free <- start(t)
	}
	var sum totals
	t.Run("stories", func(t *testing.T) {
		each := func(name string, do func(*testing.T, *account) *run) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				a := <-free
				defer func() { free <- a }()
				r := do(t, a)
				r.sound()
				sum.add(r)
			})
		}
		for _, s := range stories(t) {
			for _, mode := range modes(s) {
				each(s.Name+"/"+mode, func(t *testing.T, a *account) *run { return ends(t, a, s, mode, s.End(mode)) })
			}
		}
		for name, end := range typedEnds() {
			each(name+"/typed", func(t *testing.T, a *account) *run { return typed(t, a, name, end) })
		}
		each("alarm", alarm)
		each("tick", tick)
	})
	version := strings.TrimSpace(e2e.Run(t, nil, e2e.Tool(t, "python"), "-c", "import moto; print(moto.__version__)"))
	e2e.Report(t, "moto", "%d scenarios in %d runs (modes observe, approve, auto, and commands typed), %d events to %d messages; "+
		"%d AWS calls of the product: %d answered by moto %s, %d by the plug-in",
		len(sum.scenarios), sum.runs, sum.events, sum.messages, sum.moto+sum.plugin, sum.moto, version, sum.plugin)
}

// modes are those in which a story is played: approve where it differs from observe in what
// is asked for.
func modes(s story) []string {
	if strings.HasPrefix(s.Name, "running/target-security-group-without-443") || s.Name == "creating/kms-principal-missing" {
		return []string{"observe", "approve", "auto"}
	}
	return []string{"observe", "auto"}
}

// ends plays a story and holds it against how it must end.
func ends(t *testing.T, a *account, s story, mode string, end scenario.End) *run {
	r := play(t, a, s, mode)
	if err := r.outcome().Check(end); err != nil {
		t.Error(err)
	}
	return r
}

// TestEveryScenarioIsToldOrSaidWhyNot fails where a scenario is added and forgotten here.
func TestEveryScenarioIsToldOrSaidWhyNot(t *testing.T) {
	missing := untold()
	for _, s := range stories(t) {
		if why, ok := missing[s.Name]; ok {
			t.Errorf("%s is told, and said to be impossible: %s", s.Name, why)
		}
		missing[s.Name] = "told"
	}
	for _, name := range scenario.Names() {
		if missing[name] == "" {
			t.Errorf("%s is not told", name)
		}
	}
}

// totals are what all runs came to.
type totals struct {
	mu                     sync.Mutex
	scenarios              map[string]bool
	runs, events, messages int
	moto, plugin           int // calls of the product
}

func (s *totals) add(r *run) {
	calls, _ := r.calls()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scenarios == nil {
		s.scenarios = map[string]bool{}
	}
	s.scenarios[r.story.Name] = true
	s.runs++
	s.events += len(r.events)
	s.messages += len(r.messages)
	for _, c := range calls {
		switch {
		case !product(c):
		case c.Plugin:
			s.plugin++
		default:
			s.moto++
		}
	}
}

// sound is what must hold of every run, however it ends: each event that somebody is to be
// told of reached on-call through SNS, once; no invocation failed; nothing lies in a
// dead-letter queue; moto answered every call; in no mode but auto did the product write; and
// what must not travel did not.
func (r *run) sound() {
	r.t.Helper()
	r.messages = r.inbox()
	var subjects, got []string
	for _, e := range r.events {
		if m, told := notice.For(e); told {
			subjects = append(subjects, m.Subject)
		}
	}
	for _, m := range r.messages {
		got = append(got, m.Subject)
	}
	slices.Sort(subjects)
	slices.Sort(got)
	if !slices.Equal(subjects, got) {
		r.t.Errorf("on-call received the messages\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(subjects, "\n"))
	}
	for _, err := range r.lost {
		r.t.Errorf("an invocation ended with an error: %v", err)
	}
	for _, name := range r.deadLetters() {
		r.t.Errorf("messages lie in %s", name)
	}
	calls, _ := r.calls()
	for _, c := range calls {
		if c.Broken {
			r.t.Errorf("moto could not answer %s %s: %s", c.Service, c.Operation, c.Code)
		}
		if r.mode != "auto" && product(c) && c.Code == "" && writes(c) && c.Operation != "Encrypt" {
			r.t.Errorf("the product called %s in mode %s", c.Operation, r.mode)
		}
	}
	r.discreet()
}

// discreet fails where a secret of a request is in a message, an event or a log line.
func (r *run) discreet() {
	r.t.Helper()
	said := []string{r.log.String(), r.raw.String()}
	for _, m := range r.messages {
		said = append(said, m.Subject, m.Message)
	}
	for _, secret := range []string{rehearse.PlantedContext, rehearse.PlantedSecret, rehearse.PlantedPlaintext} {
		if slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, secret) }) {
			r.t.Errorf("%q got out", secret)
		}
	}
}

// typedEnds are the scenarios whose message's own commands, typed by a person in observe mode
// into AWS's CLI, must mend the fault.
func typedEnds() map[string]scenario.End {
	answered := scenario.End{State: "resolved", Proof: "kms-answered", Encrypts: true}
	gone := scenario.End{State: "resolved", Proof: "cause-gone", Encrypts: true}
	absent := scenario.End{State: "resolved", Proof: "cause-gone", Absent: true}
	return map[string]scenario.End{
		"running/target-security-group-without-443": answered,
		"running/load-balancer-egress-missing":      answered,
		"running/two-faults-at-once":                answered,
		"running/shared-target-security-group":      gone,
		"running/privatelink-enforcement-blocks":    gone,
		"creating/kms-principal-missing":            absent,
		"creating/private-dns-unverified":           absent,
		"creating/two-faults-at-once":               absent,
	}
}

// typed waits until a message asks for a person, and types what stands in it, word for word.
func typed(t *testing.T, a *account, name string, end scenario.End) *run {
	all := stories(t)
	s := all[slices.IndexFunc(all, func(s story) bool { return s.Name == name })]
	s.play = func(r *run, stage *scenario.Stage) {
		if !stage.Until(func() bool { return r.told() == "needs-person" }, 10*minute) {
			t.Error("nobody was asked to type anything")
			return
		}
		said := r.inbox()
		body, _, _ := strings.Cut(said[len(said)-1].Message, "LATER, TO TAKE BACK")
		lines := 0
		for line := range strings.Lines(body) {
			if !strings.HasPrefix(line, "aws ") {
				continue
			}
			lines++
			if err := r.typed(strings.TrimSpace(line)); err != nil {
				t.Error(err)
			}
		}
		if lines == 0 {
			t.Errorf("no command stands in\n%s", body)
		}
		r.messages = said
	}
	r := play(t, a, s, "observe")
	out := r.outcome()
	if out.Writes != nil {
		t.Errorf("the product wrote in observe mode: %v", out.Writes)
	}
	end.Causes = out.Causes // they are the scenario's, which its own run judges
	if err := out.Check(end); err != nil {
		t.Error(err)
	}
	return r
}

// alarm wakes the product by a CloudWatch alarm alone: no call of KMS's has failed.
func alarm(t *testing.T, a *account) *run {
	s := told(t, "running/target-security-group-without-443", closed)
	r := prepare(t, a, s, "auto")
	r.fault()
	r.began = r.time
	r.people("alarm", nil, nil)
	r.until(r.began.Add(minute), never)
	r.mended(r.story.End("auto").Causes)
	return r
}

// tick wakes the product by its schedule alone.
func tick(t *testing.T, a *account) *run {
	s := told(t, "running/target-security-group-without-443", closed)
	r := prepare(t, a, s, "auto")
	r.fault()
	r.began = r.time
	r.until(r.began.Add(6*minute), never)                                      // the schedule is every five minutes
	r.mended([]string{"target.security-group-admits", "target-group.healthy"}) // by then the checks have failed
	return r
}

// mended fails unless an incident was opened, its causes found, and resolved with a proof.
func (r *run) mended(causes []string) {
	r.t.Helper()
	end := r.story.End("auto")
	end.Causes = causes
	if err := r.outcome().Check(end); err != nil {
		r.t.Error(err)
	}
	if len(r.events) == 0 || r.events[0].Type != lifecycle.IncidentOpened {
		r.t.Errorf("the first of %d events opens no incident", len(r.events))
	}
}
