package check

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestAHealthyPathPasses(t *testing.T) {
	t.Parallel()
	for _, f := range Run(Catalogue(), pathtest.Healthy()) {
		want := Pass
		if f.Check == "caller.permission" || f.Check == "target.on-premises-reachable" {
			want = NotApplicable // nobody was denied anything; all targets are in the VPC
		}
		if f.Verdict != want {
			t.Errorf("%s is %v, want %v: %+v", f.Check, f.Verdict, want, f.Evidence)
		}
		complete(t, f)
	}
}

// A verdict depends on nothing but what the check needs: a part that is gone turns the
// checks that need it unknown, and changes no other finding.
func TestBlindingAPartTurnsWhatNeedsItUnknown(t *testing.T) {
	t.Parallel()
	worlds := map[string]pathtest.Edit{
		"healthy":        pathtest.Unchanged,
		"groups blocked": pathtest.All(pathtest.Enforce, pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443)),
		"network closed": pathtest.All(pathtest.Entries(pathtest.NetworkACL, true), pathtest.AddRoute(pathtest.RouteTable, pathtest.Blackhole("10.0.2.0/24", "eni-gone"))),
		"misconfigured": pathtest.All(pathtest.RemovePrincipal, pathtest.RequireAcceptance, pathtest.PrivateDnsState("failed"),
			pathtest.State("FAILED", "NETWORK_ERRORS"), pathtest.Targets("unhealthy", "Target.Timeout")),
	}
	for world, edit := range worlds {
		seeing := byCheck(Run(Catalogue(), pathtest.With(edit)))
		for _, part := range pathtest.Parts() {
			t.Run(world+", blind to "+string(part), func(t *testing.T) {
				t.Parallel()
				blind := byCheck(Run(Catalogue(), pathtest.With(edit, pathtest.Blind(part))))
				for _, c := range Catalogue() {
					got := blind[c.ID]
					switch {
					case c.ID == "diagnosis.visibility": // what it is about
						if got[0].Verdict != Fail {
							t.Errorf("%s is %v, want fail", c.ID, got[0].Verdict)
						}
					case slices.Contains(c.Needs, part):
						if len(got) != 1 || got[0].Verdict != Unknown || got[0].Evidence.Gap == nil || got[0].Evidence.Gap.Part != part {
							t.Errorf("%s is %+v, want one unknown with the gap", c.ID, got)
						}
					default:
						if diff := cmp.Diff(seeing[c.ID], got); diff != "" {
							t.Errorf("%s does not need %s, yet changed (-seeing +blind):\n%s", c.ID, part, diff)
						}
					}
				}
			})
		}
	}
}

func byCheck(findings []Finding) map[ID][]Finding {
	of := make(map[ID][]Finding)
	for _, f := range findings {
		of[f.Check] = append(of[f.Check], f)
	}
	return of
}

func TestEveryPartIsNeededOrTold(t *testing.T) {
	t.Parallel()
	// They say whom a fix would open as well, and where the record could be put: not what is missing.
	notNeeded := []path.Part{path.GroupMembersPart, path.HostedZonePart}
	for _, part := range pathtest.Parts() {
		needed := slices.ContainsFunc(Catalogue(), func(c Check) bool { return slices.Contains(c.Needs, part) })
		if needed == slices.Contains(notNeeded, part) {
			t.Errorf("%s: needed %v", part, needed)
		}
	}
}

// randomSnapshot bends a healthy path in random ways, impossible ones too.
func randomSnapshot(t *rapid.T) path.Snapshot {
	edits := []pathtest.Edit{
		pathtest.NoKeyStore, pathtest.PublicEndpoint, pathtest.FailedCreate, pathtest.NoService, pathtest.CrossAccount, pathtest.RemovePrincipal,
		pathtest.RequireAcceptance, pathtest.Enforce, pathtest.DeleteListener, pathtest.KeepTargets(0), pathtest.NoCanary, aboutAccount,
		pathtest.CrossZone(false), pathtest.Carry(), pathtest.Carry("sg-hidden", "sg-proxy"), pathtest.PrivateDnsName(""), pathtest.CloudHSM,
		pathtest.Allow("All", "*"), pathtest.Connection("vpce-1", "777788889999", "PENDINGACCEPTANCE"), pathtest.HealthCheckPort("none"),
		pathtest.Ingress(pathtest.ProxyGroup, path.Rule{Protocol: "tcp", FromPort: 9, ToPort: -70000}, path.Rule{}, pathtest.TCPList("pl-1", 443)),
		pathtest.Canary("KMSInvalidStateException", "The external key store proxy …"), pathtest.Denied("", "", "", ""),
		func(s *path.Snapshot) { *s = path.Snapshot{} },
		func(s *path.Snapshot) { s.KeyStore = nil },
		func(s *path.Snapshot) { s.LoadBalancers = append(s.LoadBalancers, path.LoadBalancer{}) },
		func(s *path.Snapshot) { s.Interfaces = append(s.Interfaces, path.NetworkInterface{ID: "eni-x"}) },
		func(s *path.Snapshot) {
			s.TargetGroups = append(s.TargetGroups, path.TargetGroup{Targets: []path.Target{{}}})
		},
		func(s *path.Snapshot) { s.Trails = nil },
		pathtest.NoAlarms, pathtest.Alarm(pathtest.ErrorsAlarm, pathtest.Silence),
		func(s *path.Snapshot) {
			s.Alarms = append(s.Alarms, path.Alarm{}, path.Alarm{Watches: []path.Watch{{}}})
		},
		pathtest.Entries(pathtest.NetworkACL, true, pathtest.ACLEntry(9, true, true, "::/0", 70000, -5), path.NetworkACLEntry{}), pathtest.Peered,
		pathtest.Outside(pathtest.OnPremises), pathtest.AddRoute(pathtest.RouteTable, path.Route{}, pathtest.Route("::/0", "pcx-2"), path.Route{PrefixList: "pl-2"}),
		pathtest.Targets(rapid.String().Draw(t, "state"), rapid.String().Draw(t, "reason")),
		pathtest.State(rapid.String().Draw(t, "connection state"), rapid.String().Draw(t, "code")),
	}
	for _, part := range pathtest.Parts() {
		edits = append(edits, pathtest.Blind(part), pathtest.Gap(part, path.Throttled))
	}
	s := pathtest.Healthy()
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(edits)-1), 0, 6).Draw(t, "edits") {
		apply(edits[i], &s)
	}
	return s
}

// apply leaves out an edit of something that an earlier one took away.
func apply(edit pathtest.Edit, s *path.Snapshot) {
	defer func() { _ = recover() }()
	edit(s)
}

func TestNoCheckBreaksAndNoneIsSilent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := randomSnapshot(t)
		findings := byCheck(Run(Catalogue(), s))
		for _, c := range Catalogue() {
			if len(findings[c.ID]) == 0 {
				t.Errorf("%s says nothing", c.ID)
			}
			for _, f := range findings[c.ID] {
				if f.Evidence.Bug != "" {
					t.Errorf("%s broke: %s", c.ID, f.Evidence.Bug)
				}
				complete(t, f)
				if !f.Missing.IsZero() && f.Group == "" && f.Subject == "" {
					t.Errorf("%s names nothing to add the missing flows to", c.ID)
				}
			}
			if _, gap := s.Gap(c.Needs...); gap {
				for _, f := range findings[c.ID] {
					if f.Verdict == Pass || f.Verdict == Fail {
						t.Errorf("%s is %v though a part that it needs was not read", c.ID, f.Verdict)
					}
				}
			}
		}
	})
}

func TestRunChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := randomSnapshot(t)
		before, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		first := Run(Catalogue(), s)
		after, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(before), string(after)); diff != "" {
			t.Errorf("Run changed the snapshot (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(first, Run(Catalogue(), s)); diff != "" {
			t.Errorf("the same snapshot, other findings (-first +second):\n%s", diff)
		}
	})
}

func TestFindingsSurviveJSON(t *testing.T) {
	t.Parallel()
	want := Run(Catalogue(), pathtest.With(pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.Blind(path.TrailsPart)))
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []Finding
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// Nothing is admitted to any target, which costs the most: the path with 500 targets, as many
// as a load balancer takes in a zone, is to take a hundred times what one with five does.
func BenchmarkRun(b *testing.B) {
	for _, targets := range []int{5, 500} {
		b.Run(fmt.Sprintf("%d targets", targets), func(b *testing.B) {
			s := pathtest.With(pathtest.RevokeIngress(pathtest.ProxyGroup, 443), registering(targets))
			for b.Loop() {
				Run(Catalogue(), s)
			}
		})
	}
}

// registering puts n targets, each at an address of its own, in the place of those that are there.
func registering(n int) pathtest.Edit {
	return func(s *path.Snapshot) {
		group, first := &s.TargetGroups[0], s.TargetGroups[0].Targets[0]
		group.Targets = nil
		addr := netip.MustParseAddr("10.0.16.1")
		for i := range n {
			first.ID, first.Addr, first.Interface = addr.String(), addr, path.InterfaceID(fmt.Sprintf("eni-%d", i))
			group.Targets = append(group.Targets, first)
			s.Interfaces = append(s.Interfaces, path.NetworkInterface{
				ID: first.Interface, Type: "interface", Zone: first.Zone, Addrs: []netip.Addr{addr}, SecurityGroups: []path.SecurityGroupID{pathtest.ProxyGroup},
			})
			addr = addr.Next().Next()
		}
	}
}
