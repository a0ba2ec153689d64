package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// A world is what a plan is made from.
type world struct {
	s      path.Snapshot
	causes []check.Finding
	policy plan.Policy
}

// worlds draws snapshots with any faults, findings that fit them or do not, and policies.
func worlds(t *rapid.T) world {
	edits := []pathtest.Edit{
		pathtest.RevokeIngress(pathtest.ProxyGroup, 443),
		pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.7/32"),
		pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443),
		pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Default = true }),
		pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Tags = nil }),
		pathtest.OtherInterface("eni-other", "10.0.1.70", pathtest.ProxyGroup),
		pathtest.RemovePrincipal, pathtest.RequireAcceptance, pathtest.Enforce, pathtest.DeleteListener,
		pathtest.Connection("vpce-1", "777788889999", "pendingAcceptance"),
		pathtest.PrivateDnsState("failed"), pathtest.RecordMissing, pathtest.NoResolver,
		pathtest.All(pathtest.RecordMissing, pathtest.Stored(`"vpce:another"`, `"v=spf1 -all"`)), pathtest.State("FAILED", "NETWORK_ERRORS"), pathtest.State("DISCONNECTED", ""),
		pathtest.Service(func(e *path.EndpointService) { e.Zones, e.ZoneIDs, e.Tags = nil, nil, nil }),
		pathtest.KeepTargets(0), pathtest.Gap(path.GroupMembersPart, path.AccessDenied),
		pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443)),
		pathtest.Entries(pathtest.NetworkACL, true), pathtest.OwnACL(pathtest.SubnetB, "acl-b"),
		pathtest.AddEntry(pathtest.NetworkACL, pathtest.ACLEntry(2, false, false, "10.0.0.0/8", 400, 40000)),
		pathtest.AddRoute(pathtest.RouteTable, pathtest.Blackhole("10.0.2.0/24", "eni-gone")), pathtest.Peered,
	}
	w := world{s: pathtest.Healthy()}
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(edits)-1), 0, 6, rapid.ID).Draw(t, "edits") {
		edits[i](&w.s)
	}
	if rapid.Bool().Draw(t, "nothing below the key store") {
		pathtest.NoService(&w.s)
	}
	for _, f := range check.Run(check.Catalogue(), w.s) {
		if f.Verdict == check.Fail && rapid.Bool().Draw(t, "found") {
			w.causes = append(w.causes, f)
		}
	}
	w.causes = append(w.causes, rapid.SliceOfN(findings(), 0, 4).Draw(t, "strange findings")...)
	w.policy = policies().Draw(t, "policy")
	return w
}

func findings() *rapid.Generator[check.Finding] {
	return rapid.Custom(func(t *rapid.T) check.Finding {
		return check.Finding{
			Check:    rapid.SampledFrom(plan.Remedied()).Draw(t, "check"),
			Verdict:  rapid.SampledFrom([]check.Verdict{check.Fail, check.Fail, check.Unknown}).Draw(t, "verdict"),
			Subject:  rapid.SampledFrom([]path.ARN{pathtest.TargetGroupARN, pathtest.LoadBalancerARN, pathtest.ListenerARN, pathtest.ServiceARN, "x"}).Draw(t, "subject"),
			Group:    rapid.SampledFrom([]path.SecurityGroupID{pathtest.ProxyGroup, pathtest.LoadBalancerGroup, "sg-unknown", ""}).Draw(t, "group"),
			Missing:  flow.Of(rapid.SliceOfN(boxes(), 0, 3).Draw(t, "missing")...),
			Evidence: check.Evidence{Expected: "something", Seen: "something else"},
		}
	})
}

func boxes() *rapid.Generator[flow.Box] {
	prefixes := rapid.Map(rapid.SampledFrom([]string{
		"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.1.7/32", "10.0.2.7/32", "10.0.1.9/32", "10.0.0.0/8", "::/0", "fd00::7/128",
	}), netip.MustParsePrefix)
	return rapid.Custom(func(t *rapid.T) flow.Box {
		return flow.Box{
			Protocol: rapid.SampledFrom([]flow.Protocol{flow.TCP, flow.TCP, 17}).Draw(t, "protocol"),
			Src:      prefixes.Draw(t, "src"), Dst: prefixes.Draw(t, "dst"),
			Ports: rapid.SampledFrom([]flow.PortRange{flow.Port(443), flow.Port(8443), flow.AllPorts}).Draw(t, "ports"),
		}
	})
}

func policies() *rapid.Generator[plan.Policy] {
	return rapid.Custom(func(t *rapid.T) plan.Policy {
		p := plan.Policy{
			OptInKey:   rapid.SampledFrom([]string{pathtest.TagKey, pathtest.TagKey, ""}).Draw(t, "key"),
			OptInValue: pathtest.TagValue,
			Attempted:  rapid.Bool().Draw(t, "attempted"),
		}
		if rapid.Bool().Draw(t, "due") {
			p.Reconnect = &plan.Reconnect{
				Code:       rapid.SampledFrom([]string{"NETWORK_ERRORS", "INVALID_CREDENTIALS"}).Draw(t, "code"),
				CauseFound: rapid.Bool().Draw(t, "cause"), BlindToday: rapid.Bool().Draw(t, "blind"),
				Held: rapid.Bool().Draw(t, "held"), Disconnected: rapid.Bool().Draw(t, "disconnected"),
			}
		}
		return p
	})
}

func TestPlansAreFunctions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		before := fmt.Sprintf("%+v", w) + string(must(json.Marshal(w.s))) + string(must(json.Marshal(w.causes)))
		first := string(must(json.Marshal(plan.Make(w.causes, w.s, w.policy))))
		after := fmt.Sprintf("%+v", w) + string(must(json.Marshal(w.s))) + string(must(json.Marshal(w.causes)))
		if before != after {
			t.Fatalf("planning changed what it was given:\n%s", cmp.Diff(before, after))
		}
		shuffled := rapid.Permutation(w.causes).Draw(t, "another order")
		if second := string(must(json.Marshal(plan.Make(shuffled, w.s, w.policy)))); first != second {
			t.Fatalf("another order gives another plan:\n%s", cmp.Diff(first, second))
		}
		var back plan.Plan
		if err := json.Unmarshal([]byte(first), &back); err != nil {
			t.Fatalf("reading %s: %v", first, err)
		}
		if again := string(must(json.Marshal(back))); again != first {
			t.Fatalf("read back it is another:\n%s", cmp.Diff(first, again))
		}
	})
}

func TestNoActionIsWiderThanWhatIsMissing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		peers := map[string]bool{"10.0.1.7/32": true, "10.0.2.7/32": true} // nodes, for what enforcement off takes away
		var missing flow.Set
		for _, f := range w.causes {
			missing = missing.Union(f.Missing)
		}
		for _, s := range plan.Make(w.causes, w.s, w.policy).Steps {
			for _, c := range s.Action.Commands() {
				if line := plan.Shell(c); strings.Contains(line, "0.0.0.0/0") || strings.Contains(line, "::/0") {
					t.Fatalf("%s opens everything: %s", s.ID, line)
				}
			}
			for _, r := range rulesOf(s.Action) {
				if plan.Narrow([]path.Rule{r}) != nil {
					t.Fatalf("%s adds %v", s.ID, r)
				}
				if !peers[r.Prefix.String()] && !named(missing, r) {
					t.Fatalf("%s adds %v, which is not missing: %v", s.ID, r, missing)
				}
			}
		}
	})
}

// named reports whether every flow of a rule has a missing one behind it, in either
// direction. One rule may cover what several boxes of the missing set do together.
func named(missing flow.Set, r path.Rule) bool {
	far := func(peer netip.Prefix) netip.Prefix {
		if peer.Addr().Is4() {
			return netip.MustParsePrefix("192.0.2.1/32")
		}
		return netip.MustParsePrefix("2001:db8::1/128")
	}
	var peers []flow.Box
	for _, b := range missing.Boxes() {
		for _, peer := range []netip.Prefix{b.Src, b.Dst} {
			peers = append(peers, flow.Box{Protocol: b.Protocol, Src: peer, Dst: far(peer), Ports: b.Ports})
		}
	}
	return flow.Of(peers...).Contains(flow.Of(flow.Box{
		Protocol: flow.TCP, Src: r.Prefix, Dst: far(r.Prefix), Ports: flow.PortRange{From: uint16(r.FromPort), To: uint16(r.ToPort)},
	}))
}

func rulesOf(a plan.Action) []path.Rule {
	switch a := a.(type) {
	case plan.AuthorizeIngress:
		return a.Rules()
	case plan.AuthorizeEgress:
		return a.Rules()
	}
	return nil
}

func TestStepsKeepTheSafetyRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		for i, s := range plan.Make(w.causes, w.s, w.policy).Steps {
			if want := fmt.Sprintf("%d-%s", i+1, s.Action.Kind()); s.ID != want {
				t.Fatalf("step %q, want %q", s.ID, want)
			}
			if inverse, why := s.Action.Inverse(); (inverse == nil) == (why == "") {
				t.Fatalf("%s: inverse %v and reason %q", s.ID, inverse, why)
			}
			switch s.Class {
			case plan.Automatic:
				optedIn := plan.OptedIn(w.s, s.Action, w.policy.OptInKey, w.policy.OptInValue)
				if s.Why != "" || optedIn != nil {
					t.Fatalf("%s is automatic, because %q, opted in: %v", s.ID, s.Why, optedIn)
				}
				if connects(s.Action) && (w.policy.Reconnect.Held || i > 0) {
					t.Fatalf("%s is automatic after %d other steps, held: %v", s.ID, i, w.policy.Reconnect.Held)
				}
			case plan.Approval:
				if s.Why == "" {
					t.Fatalf("%s needs approval and does not say why", s.ID)
				}
			}
			if s.Class == plan.Manual {
				continue
			}
			if err := s.Action.Precondition(w.s); err != nil {
				t.Fatalf("%s: %v on the snapshot that it was planned on", s.ID, err)
			}
			if err := s.Action.Precondition(applied(w.s, s.Action)); !connects(s.Action) && !errors.Is(err, plan.ErrAlreadyHolds) {
				t.Fatalf("%s applied: %v, want %v", s.ID, err, plan.ErrAlreadyHolds)
			} else if err == nil {
				t.Fatalf("%s applied: it would be applied again", s.ID)
			}
		}
	})
}

func connects(a plan.Action) bool {
	return a.Kind() == plan.KindConnectKeyStore || a.Kind() == plan.KindDisconnectKeyStore
}

// The inverse of a rule restores the group exactly.
func TestTheInverseRestoresWhatWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		for _, s := range plan.Make(w.causes, w.s, w.policy).Steps {
			inverse, _ := s.Action.Inverse()
			if s.Class == plan.Manual || inverse == nil {
				continue
			}
			then := applied(w.s, s.Action)
			if err := inverse.Precondition(then); err != nil {
				t.Fatalf("%s: the inverse cannot follow: %v", s.ID, err)
			}
			if diff := cmp.Diff(string(must(json.Marshal(w.s))), string(must(json.Marshal(applied(then, inverse))))); diff != "" {
				t.Fatalf("%s and its inverse (-before +after):\n%s", s.ID, diff)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
