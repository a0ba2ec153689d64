package incident_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

const slow = "The external key store proxy did not respond to the request in the time allotted. Retry the request."

func TestADeletedKeyStoreClosesItsIncident(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	s.after(10*time.Minute).look(pathtest.NoKeyStore, pathtest.NoCanary).want("none")
	if s.ended[0].State != lifecycle.Closed {
		t.Errorf("ended %s, want closed: %s", s.ended[0].State, s.ended[0].Reason)
	}
}

func TestAKeyStoreThatCannotBeReadClosesNothing(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary)
	s.after(10*time.Minute).look(closed, pathtest.NoCanary, pathtest.Blind(path.KeyStorePart))
	if s.rec.Incident == nil {
		t.Errorf("ended %s: %s", s.ended[0].State, s.ended[0].Reason)
	}
}

func TestACauseThatCannotBeJudgedAnyMoreIsNotGone(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt("AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request.")
	s.look(closed, pathtest.NoCanary).want(lifecycle.Open)
	s.after(2 * time.Second).apply(incident.Applied)
	for range 5 {
		s.after(5*time.Minute).look(pathtest.NoService, pathtest.NoCanary)
	}
	if s.rec.Incident == nil {
		t.Errorf("ended %s while its endpoint service is gone: %+v", s.ended[0].State, s.ended[0].Proof)
	}
}

func TestACanaryThatFailsOutweighsTheState(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, pathtest.NoCanary, pathtest.State("CONNECTING", ""))
	s.after(5*time.Minute).look(closed, pathtest.Canary("KMSInvalidStateException", unreach))
	if s.rec.Incident == nil {
		t.Errorf("ended %s while the canary fails: %+v", s.ended[0].State, s.ended[0].Proof)
	}
}

func TestAnUnexplainedIncidentThatNothingFeedsIsClosedAfterADay(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(pathtest.NoCanary).want(lifecycle.Unexplained)
	s.after(23 * time.Hour).look(pathtest.NoCanary).want(lifecycle.Unexplained)
	s.after(2 * time.Hour).look(pathtest.NoCanary).want("none")
	if s.ended[0].State != lifecycle.Closed {
		t.Errorf("ended %s, want closed: nothing proves that it is resolved", s.ended[0].State)
	}
	s.after(time.Hour).decrypt(unreach)
	s.look(pathtest.NoCanary).want(lifecycle.Unexplained)
	if got := s.messages(); got[len(got)-1] != "Diagnosis Completed/unexplained" {
		t.Errorf("the next outage was not told: %v", got)
	}
}

func TestARepetitionCountsInWhateverOrderItArrives(t *testing.T) {
	t.Parallel()
	for name, minutes := range map[string][]float64{
		"the second event arrives first":          {2, 0},
		"the first event was too long ago":        {0, 0.8, 10.5},
		"a row of events that began too long ago": {0, 11, 12.5},
		"three events, the earliest arrives last": {2, 2.3, 0},
	} {
		s := begin(t)
		start := s.now
		for _, m := range minutes {
			s.now = start.Add(time.Duration(m * float64(time.Minute)))
			s.decrypt(slow)
			s.look(pathtest.NoCanary)
		}
		if s.state() != lifecycle.Unexplained {
			t.Errorf("%s: no incident was opened", name)
		}
	}
}

func TestAFlappingIncidentDoesNotGrow(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	for i := range 200 {
		edits := []pathtest.Edit{pathtest.NoCanary}
		if i%2 == 0 {
			edits = append(edits, closed)
		}
		s.after(10 * time.Second).look(edits...)
		if i%3 == 0 {
			s.decrypt(unreach)
		}
	}
	if in := s.rec.Incident; in != nil && len(in.Told) > 4 {
		t.Errorf("%d causes are remembered as told, of one cause", len(in.Told))
	}
}

func TestAFlappingRiskIsToldOnceADay(t *testing.T) {
	t.Parallel()
	s := begin(t)
	for range 10 {
		s.after(5*time.Minute).look(pathtest.NoCanary, pathtest.RemovePrincipal)
		s.after(5 * time.Minute).look(pathtest.NoCanary)
	}
	if got := s.messages(); len(got) != 2 {
		t.Errorf("%d messages of one flapping risk, want that it is there and that it is gone: %v", len(got), got)
	}
	s.after(25*time.Hour).look(pathtest.NoCanary, pathtest.RemovePrincipal)
	if got := s.messages(); len(got) != 3 {
		t.Errorf("the risk was not told again the day after: %v", got)
	}
}

func TestSessionsOfOneRoleAreOnePrincipal(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.rec.Subject = path.Subject{Kind: path.AccountSubject, ID: "111122223333"}
	for i := range 20 {
		l := incident.Look{Snapshot: path.Snapshot{Account: "111122223333"}, Now: s.now, Rules: s.rules(), NewID: func() string { return fmt.Sprint("N", i) }}
		s.rec.Denied(signal.Signal{Kind: signal.AccessDenied, At: s.now, Operation: "ConnectCustomKeyStore", Actor: fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/Deploy/session-%d", i)}, nil, l)
	}
	if n := len(s.rec.Outbox); n != 1 {
		t.Errorf("%d notices of one role that lacks one permission", n)
	}
}

func TestAPersonReadsWhatTheConnectionErrorCodeAsksFor(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.look(pathtest.NoCanary, pathtest.State("FAILED", "INVALID_CREDENTIALS")).want(lifecycle.Unexplained)
	all := ""
	for _, e := range s.told {
		for _, a := range e.Plan {
			all += strings.Join(a.Commands, "\n")
		}
	}
	if !strings.Contains(all, "--xks-proxy-authentication-credential") {
		t.Errorf("the commands are %q, want the one that gives KMS the proxy's credential", all)
	}
}

// A message is typed word for word: a second disconnect would cut off the key store that the
// first round has just connected.
func TestAPersonIsToldToDisconnectOnce(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]lifecycle.State{
		"INVALID_CREDENTIALS":                 lifecycle.Unexplained,
		"XKS_PROXY_INVALID_TLS_CONFIGURATION": lifecycle.NeedsPerson,
	} {
		s := begin(t)
		for range 4 { // the second reading of FAILED comes after a minute, and reminders later
			s.look(pathtest.NoCanary, pathtest.State("FAILED", code)).want(want).after(3 * time.Hour)
		}
		reminders := 0
		for _, e := range s.told {
			var all []string
			for _, a := range e.Plan {
				all = append(all, a.Commands...)
			}
			if n := strings.Count(strings.Join(all, "\n"), "disconnect-custom-key-store"); e.Plan != nil && n != 1 {
				t.Errorf("%s: %q disconnects %d times: %q", code, e.Type, n, all)
			}
			if e.Type == lifecycle.IncidentReminder {
				reminders++
			}
		}
		if reminders == 0 {
			t.Errorf("%s: nobody was reminded, so that the second reading was never told", code)
		}
	}
}

// TestOneAnswerProvesNothingWhileACauseStands: a network ACL that lets a part of the reply ports
// through answers now and then.
func TestOneAnswerProvesNothingWhileACauseStands(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	for range 10 {
		s.after(time.Minute).look(closed).want(lifecycle.NeedsPerson) // the canary of every look is answered
	}
	s.after(time.Minute).look()
	if len(s.ended) != 1 || s.ended[0].Proof == nil || s.ended[0].Proof.Kind != "kms-answered" {
		t.Errorf("ended %+v, want that the canary proves it once the cause is gone", s.ended)
	}
}
