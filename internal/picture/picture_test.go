package picture_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/picture"
)

func draw(s path.Snapshot, o picture.Options, causes ...check.ID) string {
	return drawOf(check.Catalogue(), s, o, causes...)
}

// painted are the checks of the golden pictures, so that a new check changes none of them.
func painted(t *testing.T) []check.Check {
	t.Helper()
	var checks []check.Check
	for _, id := range []check.ID{
		"key-store.exists", "key-store.connection-state", "key-store.answers", "key-store.uri-endpoint-matches-private-dns-name",
		"endpoint-service.exists", "endpoint-service.available", "endpoint-service.kms-principal-allowed", "endpoint-service.acceptance-not-required",
		"endpoint-service.no-pending-connection", "endpoint-service.private-dns-verified", "endpoint-service.two-zones", "load-balancer.active",
		"load-balancer.listener-443", "load-balancer.listener-forwards", "load-balancer.privatelink-enforcement", "load-balancer.egress-to-targets",
		"target-group.registered", "target-group.healthy", "target.security-group-admits", "caller.permission", "trail.records-kms", "diagnosis.visibility",
	} {
		c, ok := check.Lookup(id)
		if !ok {
			t.Fatalf("%s is gone", id)
		}
		checks = append(checks, c)
	}
	return checks
}

func drawOf(checks []check.Check, s path.Snapshot, o picture.Options, causes ...check.ID) string {
	findings := check.Run(checks, s)
	var explain []check.Finding
	for _, f := range findings {
		if f.Verdict == check.Fail && slices.Contains(causes, f.Check) {
			explain = append(explain, f)
		}
	}
	p := picture.NewPage(o)
	p.Draw(s, findings, explain)
	return p.String()
}

// register puts n targets in the target group, the last two of them unhealthy.
func register(n int) pathtest.Edit {
	return pathtest.TargetGroup(func(g *path.TargetGroup) {
		like, addr := g.Targets[0], netip.MustParseAddr("10.0.16.1")
		g.Targets = nil
		for i := range n {
			like.ID, like.Addr, like.Interface = addr.String(), addr, path.InterfaceID(fmt.Sprintf("eni-%d", i))
			if i >= n-2 {
				like.State, like.Reason = "unhealthy", "Target.Timeout"
			}
			g.Targets = append(g.Targets, like)
			addr = addr.Next()
		}
	})
}

// twice puts a second load balancer with a target group of its own on the path.
func twice(s *path.Snapshot) {
	lb, g := s.LoadBalancers[0], s.TargetGroups[0]
	lb.ARN, lb.Name, lb.State, lb.SecurityGroups, lb.Nodes = lb.ARN+"2", "xks-second", "provisioning", nil, nil
	g.ARN, g.Name, g.LoadBalancers, g.Targets = g.ARN+"2", "xks-second", []path.ARN{lb.ARN}, nil
	l := lb.Listeners[0]
	l.ARN, l.TargetGroups = l.ARN+"2", []path.ARN{g.ARN}
	lb.Listeners = []path.Listener{l}
	s.LoadBalancers, s.TargetGroups = append(s.LoadBalancers, lb), append(s.TargetGroups, g)
	s.Service.LoadBalancers = append(s.Service.LoadBalancers, lb.ARN)
}

var closed = pathtest.All(pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.Targets("unhealthy", "Target.Timeout"), pathtest.RemovePrincipal)

func TestPictures(t *testing.T) {
	t.Parallel()
	wide := picture.Options{Width: 80}
	tests := map[string]struct {
		edit    pathtest.Edit
		options picture.Options
	}{
		"healthy-60":      {pathtest.Unchanged, picture.Options{Width: 60}},
		"healthy-80":      {pathtest.Unchanged, wide},
		"closed-40":       {closed, picture.Options{Width: 40}},
		"closed-60":       {closed, picture.Options{Width: 60}},
		"closed-80":       {closed, wide},
		"closed-120":      {closed, picture.Options{Width: 120}},
		"closed-colour":   {closed, picture.Options{Width: 80, Color: true}},
		"closed-ascii":    {closed, picture.Options{Width: 80, ASCII: true}},
		"folded":          {register(500), wide},
		"two-balancers":   {twice, wide},
		"public-endpoint": {pathtest.PublicEndpoint, wide},
		"no-key-store":    {pathtest.NoKeyStore, wide},
		"failed-create":   {pathtest.All(pathtest.FailedCreate, pathtest.RequireAcceptance), wide},
		"cross-account":   {pathtest.CrossAccount, wide},
		"blind":           {pathtest.All(pathtest.Blind(path.LoadBalancerPart), pathtest.Blind(path.SecurityGroupsPart)), wide},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := drawOf(painted(t), pathtest.With(tt.edit), tt.options, "target.security-group-admits", "target-group.healthy")
			golden.Equal(t, filepath.Join("testdata", name+".txt"), []byte(got))
		})
	}
}

func TestEveryCheckHasAPlace(t *testing.T) {
	t.Parallel()
	for _, c := range check.Catalogue() {
		if picture.PlaceOf(c.ID) == picture.Elsewhere {
			t.Errorf("%s has no place in the picture: add to rules in place.go where IDs that begin as it does are drawn", c.ID)
		}
	}
}

func TestAPlaceFollowsFromTheBeginningOfAnID(t *testing.T) {
	t.Parallel()
	tests := map[check.ID]picture.Place{
		"key-store.exists": picture.KeyStore, "endpoint-service.two-zones": picture.EndpointService,
		"endpoint-service.private-dns-verified": picture.PrivateDNS, "endpoint-service.verification-record-published": picture.PrivateDNS,
		"load-balancer.active": picture.LoadBalancer, "load-balancer.listener-443": picture.Listener, "target-group.healthy": picture.TargetGroup,
		"target.route": picture.Targets, "proxy.tcp": picture.Proxy, "vpc.dns": picture.VPC, "caller.permission": picture.Caller,
		"trail.records-kms": picture.Trail, "alarm.coverage": picture.Alarms, "diagnosis.visibility": picture.Sight, "moon.phase": picture.Elsewhere,
	}
	for id, want := range tests {
		if got := picture.PlaceOf(id); got != want {
			t.Errorf("%s is at %s, want %s", id, got, want)
		}
	}
}

// edits are what random paths are made of.
func edits() []pathtest.Edit {
	all := []pathtest.Edit{
		closed, twice, register(3), register(500), pathtest.PublicEndpoint, pathtest.NoKeyStore, pathtest.CloudHSM, pathtest.CrossAccount,
		pathtest.FailedCreate, pathtest.RequireAcceptance, pathtest.DeleteListener, pathtest.KeepTargets(0), pathtest.NoService, pathtest.Enforce,
		pathtest.State("FAILED", "NETWORK_ERRORS"), pathtest.PrivateDnsName("x"), pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443),
		pathtest.Canary("KMSInvalidStateException", "words\x1b[2J\nof \u202eAWS"), pathtest.Denied("arn:aws:iam::111122223333:role/x", "Op", "kms:Op", "no"),
		func(s *path.Snapshot) { s.LoadBalancers, s.TargetGroups = nil, nil },
		func(s *path.Snapshot) { *s = path.Snapshot{} },
	}
	for _, part := range pathtest.Parts() {
		all = append(all, pathtest.Blind(part))
	}
	return all
}

func randomSnapshot(t *rapid.T) path.Snapshot {
	all, s := edits(), pathtest.Healthy()
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, 4).Draw(t, "edits") {
		func() {
			defer func() { _ = recover() }() // an edit of what an earlier one took away
			all[i](&s)
		}()
	}
	return s
}

func TestNoLineIsWiderThanThePageAndNoFailIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := randomSnapshot(t)
		o := picture.Options{Width: rapid.IntRange(40, 200).Draw(t, "width"), Color: rapid.Bool().Draw(t, "color"), ASCII: rapid.Bool().Draw(t, "ascii")}
		text := draw(s, o)
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if w := lipgloss.Width(line); w > o.Width {
				t.Errorf("a line of %d columns on a page of %d: %q", w, o.Width, line)
			}
			if strings.Contains(line, "[2J") && strings.Contains(line, "\x1b[2J") || strings.ContainsRune(line, '\u202e') {
				t.Errorf("a control sequence came through: %q", line)
			}
			for _, r := range line {
				if o.ASCII && r > 127 {
					t.Errorf("not ASCII: %q", line)
				}
			}
		}
		o.Color = false
		if p := draw(s, o); len(strings.Fields(p)) > 0 {
			words := slices.DeleteFunc(strings.Fields(p), func(w string) bool { return w == "│" || w == "|" })
			for _, f := range check.Run(check.Catalogue(), s) {
				if n := appears(words, f); f.Verdict == check.Fail && n == 0 {
					t.Errorf("%s of %s is nowhere", f.Check, f.Subject)
				}
			}
		}
	})
}

// appears counts the words that name a finding's check; a long ID may be broken at its dot.
func appears(words []string, f check.Finding) int {
	text, n := strings.Join(words, ""), 0
	for range strings.SplitSeq(text, string(f.Check)) {
		n++
	}
	return n - 1
}

// Every finding is at one place and no other, however many resources there are.
func TestEveryFindingIsDrawnOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := randomSnapshot(t)
		fails := make(map[string]int)
		for _, f := range check.Run(check.Catalogue(), s) {
			if f.Verdict == check.Fail {
				fails[string(f.Check)]++
			}
		}
		var drawn = make(map[string]int)
		for line := range strings.Lines(draw(s, picture.Options{Width: 200})) {
			for id := range fails {
				if strings.Contains(line, " "+id+":") && !strings.Contains(line, "?") {
					drawn[id]++
				}
			}
		}
		for id, n := range fails {
			if drawn[id] != n {
				t.Errorf("%s fails %d times and is drawn %d times", id, n, drawn[id])
			}
		}
	})
}

func TestAnIDIsKeptWhole(t *testing.T) {
	t.Parallel()
	for width := picture.Narrowest; width <= picture.Widest; width++ {
		text := draw(pathtest.With(closed), picture.Options{Width: width})
		for _, id := range []string{string(pathtest.KeyStoreID), string(pathtest.ServiceID), "10.0.1.10:443", "target.security-group-admits", "10.0.2.10/32"} {
			if !strings.Contains(text, id) {
				t.Errorf("at %d columns %s is broken:\n%s", width, id, text)
			}
		}
	}
}
