package incident_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// silent is a path whose probe gets no answer, for a reason that may be the probe's alone.
var silent = pathtest.Probed(pathtest.Unconnected(path.ProbeTimedOut))

func TestAReadThatStaysAwayIsToldToAPersonOnce(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	for range 100 {
		s.after(5*time.Minute).look(pathtest.NoCanary, pathtest.Gap(path.SecurityGroupsPart, path.Throttled))
		s.decrypt(unreach)
	}
	s.want(lifecycle.NeedsPerson)
	reminders, others := 0, []string{}
	for _, m := range s.messages() {
		if m == "Incident Reminder/needs-person" {
			reminders++
		} else {
			others = append(others, m)
		}
	}
	if len(others) != 2 || others[0] != "Diagnosis Completed/waiting" || others[1] != "Diagnosis Completed/needs-person" {
		t.Errorf("told %v, want once that reads are tried again and once that a person must look", others)
	}
	// 100 looks are 500 minutes. The person is told after the fourth; a reminder follows after 4
	// hours, the next 8 hours later.
	if reminders != 1 {
		t.Errorf("%d reminders in 500 minutes, want 1", reminders)
	}
}

func TestAReadThatComesAndGoesIsNotTold(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	for range 50 {
		s.after(time.Minute).look(pathtest.NoCanary)
		s.decrypt(unreach)
		s.after(time.Minute).look(pathtest.NoCanary, pathtest.Gap(path.SecurityGroupsPart, path.Throttled))
	}
	if got := s.messages(); len(got) != 1 || got[0] != "Diagnosis Completed/unexplained" {
		t.Errorf("told %v, want once that nothing explains the failure", got)
	}
}

// TestWhatCannotBeJudgedIsNotWaitedFor: all was read, so that looking again does not help.
func TestWhatCannotBeJudgedIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	s.look(pathtest.NoCanary, silent).want(lifecycle.NeedsPerson)
	for range 20 {
		s.after(5*time.Minute).look(pathtest.NoCanary, silent).want(lifecycle.NeedsPerson)
	}
	if got := s.messages(); len(got) != 1 {
		t.Errorf("told %v of one thing", got)
	}
}

func TestAFlappingCauseIsNotToldEachTime(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	for range 30 {
		s.after(time.Minute).look(closed, pathtest.NoCanary)
		s.decrypt(unreach)
		s.after(time.Minute).look(pathtest.NoCanary)
		s.decrypt(unreach)
	}
	if got := s.messages(); len(got) != 1 || got[0] != "Diagnosis Completed/needs-person" {
		t.Errorf("told %v of one cause that comes and goes", got)
	}
}

// TestWhatKMSSaysNextIsToldToo: the proxy has two faults, and KMS speaks of the second one once
// the first is mended.
func TestWhatKMSSaysNextIsToldToo(t *testing.T) {
	t.Parallel()
	const (
		credential = "AWS KMS rejected the request because it could not authenticate to the external key store proxy. Update the credentials for the external key store proxy and try again."
		unhealthy  = "AWS KMS rejected the request because the external key store proxy is in an unhealthy state."
	)
	s := begin(t)
	for _, message := range []string{credential, unhealthy, credential} {
		for range 3 {
			s.decrypt(message)
			s.after(time.Second).look(pathtest.NoCanary).want(lifecycle.Unexplained)
			s.after(5 * time.Minute)
		}
	}
	var asked []string
	for _, e := range s.told {
		if e.Type == lifecycle.DiagnosisCompleted && len(e.Plan) == 1 {
			asked = append(asked, e.Plan[0].Summary)
		}
	}
	if len(asked) != 2 || !strings.Contains(asked[0], "credential") || !strings.Contains(asked[1], "its health") {
		t.Errorf("asked for %q, want the credential and then the proxy's health, each once", asked)
	}
}

// TestHealthThatLagsIsNotPutDownToTheProxies: a person mended what kept health checks out, and the
// next ones are yet to come.
func TestHealthThatLagsIsNotPutDownToTheProxies(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	unhealthy := pathtest.Targets("unhealthy", "Target.FailedHealthChecks")
	s.decrypt(unreach)
	s.look(closed, unhealthy, pathtest.NoCanary).want(lifecycle.NeedsPerson)
	before := len(s.messages())
	// pathtest's health checks come every 30 s and five make a target healthy: 150 s, and a minute.
	for range 13 {
		s.after(15*time.Second).look(unhealthy, pathtest.NoCanary)
	}
	if got := s.messages()[before:]; len(got) != 0 {
		t.Errorf("told %v in 180 s after the cause went", got)
	}
	s.after(time.Minute).look(unhealthy, pathtest.NoCanary).want(lifecycle.NeedsPerson)
	if got := s.messages()[before:]; len(got) != 1 {
		t.Errorf("told %v once health checks had their time, want the proxies as the step that is left", got)
	}
}

// TestAReconnectThatCannotBeJudgedIsAPersons: nobody is left with a FAILED key store and no command.
func TestAReconnectThatCannotBeJudgedIsAPersons(t *testing.T) {
	t.Parallel()
	s := begin(t)
	for range 5 {
		s.look(pathtest.NoCanary, silent, pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")).after(time.Minute)
	}
	s.want(lifecycle.NeedsPerson)
	steps := s.rec.Incident.Plan.Steps
	if len(steps) != 1 || steps[0].Class != plan.Manual || steps[0].Action.Kind() != plan.KindDisconnectKeyStore || !strings.Contains(steps[0].Why, "proxy.tcp") {
		t.Errorf("planned %+v, want a reconnect by hand and that proxy.tcp was not judged", steps)
	}
}
