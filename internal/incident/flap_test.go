package incident_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

var sick = pathtest.Targets("unhealthy", "Target.FailedHealthChecks")

// TestWhatFlapsSlowlyIsNotToldEachTime: requests fail throughout, and what explains them or keeps
// it from being read comes and goes within minutes.
func TestWhatFlapsSlowlyIsNotToldEachTime(t *testing.T) {
	t.Parallel()
	for title, tt := range map[string]struct {
		edit pathtest.Edit
		on   func(minute int) bool
	}{
		"a cause":                      {closed, func(m int) bool { return m/5%2 == 0 }},
		"the targets' health":          {sick, func(m int) bool { return m/5%2 == 0 }},
		"a read, in five looks of six": {pathtest.Gap(path.SecurityGroupsPart, path.Throttled), func(m int) bool { return m%6 != 5 }},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.mode = plan.Observe
			for minute := range 120 {
				s.decrypt(unreach)
				edits := []pathtest.Edit{pathtest.NoCanary}
				if tt.on(minute) {
					edits = append(edits, tt.edit)
				}
				s.look(edits...).after(time.Minute)
			}
			// Once each for at most three states: waiting, needs a person, unexplained.
			if got := s.messages(); len(got) > 3 {
				t.Errorf("%d messages in two hours: %v", len(got), got)
			}
		})
	}
}

// replaced puts the targets at other addresses, as a service does with containers that are
// unhealthy.
func replaced(i int) pathtest.Edit {
	return func(s *path.Snapshot) {
		g := &s.TargetGroups[0]
		for j := range g.Targets {
			old := netip.MustParseAddr(g.Targets[j].ID)
			addr := netip.AddrFrom4([4]byte{10, 0, byte(1 + j/2), byte(20 + (i*2+j%2)%200)})
			g.Targets[j].ID, g.Targets[j].Addr = addr.String(), addr
			for k := range s.Interfaces {
				if slices.Contains(s.Interfaces[k].Addrs, old) {
					s.Interfaces[k].Addrs = []netip.Addr{addr}
				}
			}
		}
	}
}

func TestTargetsThatAreReplacedAreNoNews(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	for i := range 2 * 24 * 12 {
		s.after(5*time.Minute).look(closed, pathtest.NoCanary, replaced(i))
	}
	// Reminders come after 4, 12 and 28 hours.
	if got := s.messages(); len(got) != 4 {
		t.Errorf("%d messages in 48 hours, want one and three reminders: %v", len(got), got)
	}
	if n := len(s.rec.Incident.Told); n != 1 {
		t.Errorf("%d causes are remembered as told, of one", n)
	}
}

// TestANodeThatIsShutOutLaterIsNews: of a missing set the sources count.
func TestANodeThatIsShutOutLaterIsNews(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	oneNode := pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.7/32")
	s.look(oneNode, pathtest.NoCanary)
	before := len(s.messages())
	s.after(time.Minute).look(oneNode, pathtest.NoCanary)
	if got := s.messages()[before:]; len(got) != 0 {
		t.Errorf("told %v of what was told", got)
	}
	s.after(time.Minute).look(closed, pathtest.NoCanary)
	if got := s.messages()[before:]; len(got) != 1 {
		t.Errorf("told %v, want that the other node is shut out too", got)
	}
}

// TestWhatIsLeftOfAnEscalatedIncidentIsTold: the product has stopped, a person mends the cause, and
// then something else is to be done.
func TestWhatIsLeftOfAnEscalatedIncidentIsTold(t *testing.T) {
	t.Parallel()
	failed := pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE")
	for title, tt := range map[string]struct{ first, then []pathtest.Edit }{
		"the proxies":   {[]pathtest.Edit{closed, sick, pathtest.NoCanary}, []pathtest.Edit{sick, pathtest.NoCanary}},
		"the reconnect": {[]pathtest.Edit{closed, failed, pathtest.NoCanary}, []pathtest.Edit{failed, pathtest.NoCanary}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.decrypt(unreach)
			s.look(tt.first...).want(lifecycle.Open)
			s.after(2 * time.Second).apply(incident.Applied)
			s.after(5 * time.Minute).look(tt.first...).want(lifecycle.Escalated) // somebody undid it
			before := len(s.messages())
			for range 30 {
				s.after(time.Minute).look(tt.then...)
			}
			if got := s.messages()[before:]; len(got) != 1 || got[0] != "Incident Escalated/escalated" {
				t.Errorf("told %v, want what is left, once", got)
			}
			for _, step := range s.rec.Incident.Plan.Steps {
				if step.Class == plan.Automatic {
					t.Errorf("%s stands as the product's, which has stopped", step.ID)
				}
			}
		})
	}
}

// TestAnIncidentEndsThoughACauseStands: KMS answers for hours, and what fails is told as a risk.
func TestAnIncidentEndsThoughACauseStands(t *testing.T) {
	t.Parallel()
	refused := pathtest.Probed(pathtest.Unconnected(path.ProbeRefused))
	s := begin(t)
	s.mode = plan.Observe
	s.decrypt(unreach)
	for range 59 {
		s.after(time.Minute).look(refused).want(lifecycle.NeedsPerson)
	}
	for range 5 {
		s.after(time.Minute).look(refused)
	}
	if len(s.ended) != 1 || s.ended[0].Proof == nil || s.ended[0].Proof.Kind != "kms-answered" || !strings.Contains(s.ended[0].Proof.Text, "proxy.tcp") {
		t.Fatalf("ended %+v, want after an hour of answers, with what still fails", s.ended)
	}
	if got := s.messages(); got[len(got)-1] != "Notice Raised/open" {
		t.Errorf("told %v, want at last that the cause is a risk", got)
	}
}

// TestARiskThatCannotBeReadForAWhileIsNotGone and comes back as no news.
func TestARiskThatCannotBeReadForAWhileIsNotGone(t *testing.T) {
	t.Parallel()
	outward := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Scheme = "internet-facing" })
	s := begin(t)
	for range 24 {
		s.after(5*time.Minute).look(outward, pathtest.NoAlarms)
		s.after(5*time.Minute).look(outward, pathtest.NoAlarms, pathtest.Gap(path.AlarmsPart, path.Throttled))
	}
	if got := s.messages(); len(got) != 1 {
		t.Errorf("%d messages of two risks, one of them hard to read: %v", len(got), got)
	}
}

// TestARiskIsGoneThoughAnotherCheckCannotBeJudged as that of an account with too many alarms.
func TestARiskIsGoneThoughAnotherCheckCannotBeJudged(t *testing.T) {
	t.Parallel()
	many := func(s *path.Snapshot) { s.Alarms, s.AlarmsLeft = nil, true }
	s := begin(t)
	s.look(pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Scheme = "internet-facing" }), many)
	s.after(time.Hour).look(many)
	if got := s.messages(); len(got) != 2 || got[1] != "Notice Raised/resolved" {
		t.Errorf("told %v, want the risk and that it is gone", got)
	}
}

// TestWhatKMSSaidIsNotForgottenForAnotherCall: somebody's failed update says nothing of it.
func TestWhatKMSSaidIsNotForgottenForAnotherCall(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt("AWS KMS rejected the request because it could not authenticate to the external key store proxy. Update the credentials for the external key store proxy and try again.")
	s.look(pathtest.NoCanary)
	s.after(5 * time.Minute).updateFailed()
	s.look(pathtest.NoCanary).after(5 * time.Minute).look(pathtest.NoCanary)
	if steps := s.rec.Incident.Plan.Steps; len(steps) != 1 || !strings.Contains(steps[0].Action.Summary(), "credential") {
		t.Errorf("planned %+v, want the credential", steps)
	}
}

// TestABurstOfLooksIsNoPatience: each new message of KMS's brings a look, and the targets wait for
// their first health checks.
func TestABurstOfLooksIsNoPatience(t *testing.T) {
	t.Parallel()
	s := begin(t)
	for range 8 {
		s.decrypt(unreach)
		s.look(pathtest.NoCanary, pathtest.Targets("initial", "Elb.InitialHealthChecking")).want(lifecycle.Waiting)
		s.after(4 * time.Second)
	}
}

// TestAStepThatWasToldWhileWaitingIsAskedForLater: a person was called before, for another step.
func TestAStepThatWasToldWhileWaitingIsAskedForLater(t *testing.T) {
	t.Parallel()
	const tls = "AWS KMS cannot establish a TLS connection to the external key store proxy."
	s := begin(t)
	s.decrypt(unreach)
	s.look(closed, silent, pathtest.NoCanary).want(lifecycle.Open)
	s.after(2 * time.Second).apply(incident.Applied)
	s.after(15*time.Second).look(pathtest.DeleteListener, silent, pathtest.NoCanary).want(lifecycle.NeedsPerson)
	s.decrypt(tls)
	s.after(15*time.Second).look(silent, pathtest.NoCanary).want(lifecycle.Waiting) // the fix of a minute ago settles
	before := len(s.messages())
	for range 10 {
		s.decrypt(tls)
		s.after(time.Minute).look(silent, pathtest.NoCanary)
	}
	s.want(lifecycle.NeedsPerson)
	asked := false
	for _, e := range s.told {
		asked = asked || e.State == lifecycle.NeedsPerson && len(e.Plan) == 1 && strings.Contains(e.Plan[0].Summary, "TLS")
	}
	if got := s.messages()[before:]; !asked {
		t.Errorf("told %v, want that the proxy's TLS is left", got)
	}
}
