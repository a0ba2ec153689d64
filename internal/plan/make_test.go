package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

const (
	admits     check.ID = "target.security-group-admits"
	egress     check.ID = "load-balancer.egress-to-targets"
	principal  check.ID = "endpoint-service.kms-principal-allowed"
	verified   check.ID = "endpoint-service.private-dns-verified"
	state      check.ID = "key-store.connection-state"
	acceptance check.ID = "endpoint-service.acceptance-not-required"
	pending    check.ID = "endpoint-service.no-pending-connection"
	zones      check.ID = "endpoint-service.two-zones"
	enforced   check.ID = "load-balancer.privatelink-enforcement"
)

func TestEveryCheckHasARemedyEntry(t *testing.T) {
	t.Parallel()
	entries := map[check.ID]bool{}
	for _, id := range plan.Remedied() {
		if entries[id] {
			t.Errorf("%s has two entries", id)
		}
		entries[id] = true
		if _, ok := check.Lookup(id); !ok {
			t.Errorf("there is an entry for %s, which no check has", id)
		}
	}
	for _, c := range check.Catalogue() {
		if !entries[c.ID] {
			t.Errorf("%s has no entry", c.ID)
		}
	}
}

// Each class is one edit away from the automatic one.
func TestClasses(t *testing.T) {
	t.Parallel()
	closed := pathtest.RevokeIngress(pathtest.ProxyGroup, 443)
	shut := pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443)
	untagged := pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Tags = nil })
	unowned := pathtest.Service(func(e *path.EndpointService) { e.Owned, e.Owner = false, pathtest.OtherAccount })
	untaggedService := pathtest.Service(func(e *path.EndpointService) { e.Tags = nil })
	failed := pathtest.PrivateDnsState("failed")
	attempted := func(p *plan.Policy) { p.Attempted = true }
	tests := map[string]struct {
		check  check.ID
		edit   pathtest.Edit
		policy func(*plan.Policy)
		class  plan.Class
		why    string
	}{
		"a rule for the path's own targets":    {check: admits, edit: closed, class: plan.Automatic},
		"the group is on one other interface":  {admits, pathtest.All(closed, pathtest.OtherInterface("eni-1", "10.0.1.70", pathtest.ProxyGroup)), nil, plan.Approval, "1 other network interface carries the group"},
		"the group is on three others":         {admits, pathtest.All(closed, pathtest.OtherInterface("eni-1", "10.0.1.70", pathtest.ProxyGroup), pathtest.OtherInterface("eni-2", "10.0.1.71", pathtest.ProxyGroup), pathtest.OtherInterface("eni-3", "10.0.1.72", pathtest.ProxyGroup)), nil, plan.Approval, "3 other network interfaces carry the group"},
		"the group is on a node of the path":   {admits, pathtest.All(closed, pathtest.Interface(pathtest.NodeA, func(n *path.NetworkInterface) { n.SecurityGroups = append(n.SecurityGroups, pathtest.ProxyGroup) })), nil, plan.Approval, "1 other network interface carries the group"},
		"the group is a default group":         {admits, pathtest.All(closed, pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Default = true })), nil, plan.Approval, "it is its VPC's default security group"},
		"the members could not be read":        {admits, pathtest.All(closed, pathtest.Gap(path.GroupMembersPart, path.AccessDenied)), nil, plan.Approval, "which other network interfaces carry the group could not be read"},
		"no member was seen":                   {admits, pathtest.All(closed, func(s *path.Snapshot) { s.Interfaces = nil }), nil, plan.Approval, "which other network interfaces carry the group could not be read"},
		"the group is not opted in":            {admits, pathtest.All(closed, untagged), nil, plan.Approval, "the resource does not carry the opt-in tag xks-remediator=enabled"},
		"the group is shared and not opted in": {admits, pathtest.All(closed, untagged, pathtest.OtherInterface("eni-1", "10.0.1.70", pathtest.ProxyGroup)), nil, plan.Approval, "1 other network interface carries the group; the resource does not carry the opt-in tag xks-remediator=enabled"},
		"no opt-in tag is configured":          {admits, closed, func(p *plan.Policy) { p.OptInKey = "" }, plan.Approval, "no opt-in tag is configured"},
		"a rule for the path's own nodes":      {check: egress, edit: shut, class: plan.Automatic},
		"the nodes' group is on a target": {egress, pathtest.All(shut, pathtest.Interface("eni-10.0.1.9", func(n *path.NetworkInterface) {
			n.SecurityGroups = append(n.SecurityGroups, pathtest.LoadBalancerGroup)
		})), nil, plan.Approval, "1 other network interface carries the group"},

		"the principal after an attempt":         {principal, pathtest.RemovePrincipal, attempted, plan.Automatic, ""},
		"the principal without an attempt":       {principal, pathtest.RemovePrincipal, nil, plan.Approval, "it serves new connections only, and no create or connect attempt has failed"},
		"the principal, not opted in":            {principal, pathtest.All(pathtest.RemovePrincipal, untaggedService), attempted, plan.Approval, "the resource does not carry the opt-in tag xks-remediator=enabled"},
		"the principal, neither":                 {principal, pathtest.All(pathtest.RemovePrincipal, untaggedService), nil, plan.Approval, "it serves new connections only, and no create or connect attempt has failed; the resource does not carry the opt-in tag xks-remediator=enabled"},
		"verification failed":                    {check: verified, edit: failed, class: plan.Automatic},
		"verification pending":                   {check: verified, edit: pathtest.PrivateDnsState("pendingVerification"), class: plan.Automatic},
		"verification failed, not opted in":      {verified, pathtest.All(failed, untaggedService), nil, plan.Approval, "the resource does not carry the opt-in tag xks-remediator=enabled"},
		"acceptance required":                    {acceptance, pathtest.RequireAcceptance, attempted, plan.Approval, "every allowed principal could then connect without anybody's acceptance"},
		"a pending connection":                   {pending, pathtest.Connection("vpce-1", "777788889999", "pendingAcceptance"), attempted, plan.Approval, "that the connection is KMS's is inferred: AWS does not publish KMS's account"},
		"one zone of the service":                {zones, pathtest.Service(func(e *path.EndpointService) { e.Zones, e.ZoneIDs = e.Zones[:1], e.ZoneIDs[:1] }), nil, plan.Approval, "it cannot be taken back while VPC endpoints are connected"},
		"another account's service, acceptance":  {acceptance, pathtest.All(pathtest.RequireAcceptance, unowned), nil, plan.Manual, "the endpoint service belongs to another account"},
		"another account's service, verifying":   {verified, pathtest.All(failed, unowned), nil, plan.Manual, "the endpoint service belongs to another account"},
		"enforcement, the load balancer's group": {enforced, pathtest.Enforce, nil, plan.Approval, "it lifts the load balancer's inbound rules for everything that comes over PrivateLink"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := pathtest.With(tt.edit), tagged()
			if tt.policy != nil {
				tt.policy(&p)
			}
			steps := plan.Make(found(t, s, tt.check), s, p).Steps
			if len(steps) == 0 {
				t.Fatal("nothing is planned")
			}
			last := steps[len(steps)-1]
			if last.Class != tt.class || last.Why != tt.why {
				t.Errorf("got %v because %q; want %v because %q", last.Class, last.Why, tt.class, tt.why)
			}
		})
	}
}

// found returns what the check finds, or a fail of it where what it needs was not read: the
// plan must not lean on the check.
func found(t *testing.T, s path.Snapshot, id check.ID) []check.Finding {
	t.Helper()
	if _, gap := s.Gap(path.GroupMembersPart); gap || s.Interfaces == nil {
		s.Gaps, s.Interfaces = nil, pathtest.Healthy().Interfaces
	}
	if s.Service != nil && !s.Service.Owned {
		return []check.Finding{{Check: id, Subject: pathtest.ServiceARN, Verdict: check.Fail}}
	}
	return fails(t, s, id)
}

func TestARuleIsExactlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.0/24"))
	p := plan.Make(fails(t, s, admits), s, tagged())
	want := []string{"authorize-ingress automatic"}
	if diff := cmp.Diff(want, shape(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	a := p.Steps[0].Action.(plan.AuthorizeIngress)
	if got := a.Summary(); got != "allow tcp 443 from 10.0.2.7/32 in security group sg-proxy" {
		t.Errorf("got %s, want a rule for the one node that is shut out", got)
	}
	if diff := cmp.Diff([]path.InterfaceID{"eni-10.0.1.10", "eni-10.0.1.9", "eni-10.0.2.10", "eni-10.0.2.9"}, a.Carriers); diff != "" {
		t.Errorf("carriers (-want +got):\n%s", diff)
	}
	if p.Steps[0].ID != "1-authorize-ingress" || p.Steps[0].Check != admits {
		t.Errorf("got step %q for %q", p.Steps[0].ID, p.Steps[0].Check)
	}
}

func TestNoRuleIsPlannedForTheWholeWorld(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Ingress(pathtest.ProxyGroup))
	f := fail(admits, pathtest.TargetGroupARN)
	f.Group, f.Missing = pathtest.ProxyGroup, tcp("0.0.0.0/0", "10.0.1.9/32", 443)
	p := plan.Make([]check.Finding{f}, s, tagged())
	if diff := cmp.Diff([]string{"instruct manual"}, shape(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if len(p.Steps[0].Action.Commands()) != 0 {
		t.Errorf("got commands %v, want none", p.Steps[0].Action.Commands())
	}
}

func TestFindingsOfOneGroupAreOneRule(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Ingress(pathtest.ProxyGroup))
	one, two := fail(admits, "arn:tg-1"), fail(admits, "arn:tg-2")
	one.Group, one.Missing = pathtest.ProxyGroup, tcp("10.0.1.7/32", "10.0.1.9/32", 443)
	two.Group, two.Missing = pathtest.ProxyGroup, tcp("10.0.2.7/32", "10.0.2.9/32", 443)
	p := plan.Make([]check.Finding{two, one}, s, tagged())
	if len(p.Steps) != 1 || p.Steps[0].Action.Summary() != "allow tcp 443 from 10.0.1.7/32, 10.0.2.7/32 in security group sg-proxy" {
		t.Errorf("got %s", toJSON(t, p))
	}
}

// A reference to the load balancer's group admits PrivateLink traffic only while
// enforcement is on: the nodes' addresses must be admitted before it goes off.
func TestTargetsAdmitAddressesBeforeEnforcementGoesOff(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Enforce, pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443)))
	p := plan.Make(fails(t, s, enforced), s, tagged())
	want := []string{"authorize-ingress approval", "enforcement-off approval"}
	if diff := cmp.Diff(want, shape(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if got := p.Steps[0]; got.Why != "it is needed only once enforcement is off" ||
		got.Action.Summary() != "allow tcp 443 from 10.0.1.7/32, 10.0.2.7/32 in security group sg-proxy" {
		t.Errorf("got %s because %s", got.Action.Summary(), got.Why)
	}
	if got := plan.Shell(p.Steps[1].Action.Commands()[0]); !strings.Contains(got, "--security-groups sg-nlb --enforce") {
		t.Errorf("got %s, want the present groups in it", got)
	}
	if s.LoadBalancers[0].Enforcement != "on" {
		t.Error("planning changed the snapshot")
	}
}

func TestNoAddressRuleIsPlannedWhereTheTargetsAdmitTheNodesAnyway(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Enforce)
	p := plan.Make(fails(t, s, enforced), s, tagged())
	if diff := cmp.Diff([]string{"enforcement-off approval"}, shape(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnotherAccountsServiceIsForItsOwner(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.CrossAccount)
	p := plan.Make([]check.Finding{fail(principal, pathtest.ServiceARN)}, s, plan.Policy{OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue, Attempted: true})
	if diff := cmp.Diff([]string{"instruct manual", "instruct manual"}, shape(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for i, who := range []string{pathtest.Principal, "arn:aws:iam::111122223333:root"} {
		a := p.Steps[i].Action
		if want := "ask the endpoint service's owner (account 444455556666) to do this: allow principal " + who; !strings.HasPrefix(a.Summary(), want) {
			t.Errorf("got %q, want it to begin with %q", a.Summary(), want)
		}
		if got := plan.Shell(a.Commands()[0]); !strings.HasSuffix(got, "--add-allowed-principals "+who) {
			t.Errorf("got command %s", got)
		}
	}
}

func TestConsequencesAreNotPlannedBesideTheirCause(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.Targets("unhealthy", "Target.FailedHealthChecks"))
	both := fails(t, s, admits, "target-group.healthy")
	if diff := cmp.Diff([]string{"authorize-ingress automatic"}, shape(plan.Make(both, s, tagged()))); diff != "" {
		t.Errorf("both (-want +got):\n%s", diff)
	}
	alone := fails(t, s, "target-group.healthy")
	if diff := cmp.Diff([]string{"instruct manual"}, shape(plan.Make(alone, s, tagged()))); diff != "" {
		t.Errorf("alone (-want +got):\n%s", diff)
	}
}

func TestNothingIsPlannedForWhatDoesNotFail(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.RequireAcceptance)
	for _, v := range []check.Verdict{check.Unknown, check.NotApplicable, check.Pass} {
		f := fail(acceptance, pathtest.ServiceARN)
		f.Verdict = v
		if p := plan.Make([]check.Finding{f}, s, tagged()); len(p.Steps) != 0 {
			t.Errorf("%v: got %v, want nothing", v, shape(p))
		}
	}
}

func TestTheOrderOfFindingsMakesNoDifference(t *testing.T) {
	t.Parallel()
	inGroup := func(id path.SecurityGroupID) check.Finding {
		f := fail(admits, "arn:tg")
		f.Group, f.Missing = id, tcp("10.0.1.7/32", "10.0.1.9/32", 443)
		return f
	}
	inNone := func(port uint16) check.Finding {
		f := fail(admits, "arn:tg")
		f.Missing = tcp("10.0.1.7/32", "10.0.1.9/32", port)
		return f
	}
	tests := map[string][2]check.Finding{
		"two resources":    {fail("load-balancer.active", "arn:lb-1"), fail("load-balancer.active", "arn:lb-2")},
		"two groups":       {inGroup(pathtest.LoadBalancerGroup), inGroup(pathtest.ProxyGroup)},
		"two missing sets": {inNone(443), inNone(8443)},
	}
	for name, pair := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(pathtest.Ingress(pathtest.ProxyGroup))
			one := plan.Make([]check.Finding{pair[0], pair[1]}, s, tagged())
			two := plan.Make([]check.Finding{pair[1], pair[0]}, s, tagged())
			if len(one.Steps) != 2 {
				t.Fatalf("got %v, want two steps", shape(one))
			}
			if diff := cmp.Diff(toJSON(t, one), toJSON(t, two)); diff != "" {
				t.Errorf("(-in order +the other way round):\n%s", diff)
			}
			if thrice := plan.Make([]check.Finding{pair[0], pair[1], pair[0]}, s, tagged()); len(thrice.Steps) != 2 {
				t.Errorf("one found twice: got %v, want two steps", shape(thrice))
			}
		})
	}
}

func TestOnlyAStrangersConnectionIsAccepted(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Connection("vpce-kms", "777788889999", "pendingAcceptance"), pathtest.Connection("vpce-own", pathtest.Account, "pendingAcceptance"))
	p := plan.Make(fails(t, s, pending), s, tagged())
	if got := p.Steps[0].Action.(plan.AcceptConnections).Endpoints; len(got) != 1 || got[0] != "vpce-kms" {
		t.Errorf("got %v, want KMS's alone: this account's own endpoint waits for somebody else", got)
	}
}

func TestTheOwnerIsWhomTheKeyStoreNames(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.CrossAccount, pathtest.Service(func(e *path.EndpointService) { e.Owner = "" }))
	p := plan.Make([]check.Finding{fail(acceptance, pathtest.ServiceARN)}, s, tagged())
	if got := p.Steps[0].Action.Summary(); !strings.Contains(got, "(account 444455556666)") {
		t.Errorf("got %q", got)
	}
}

// What is missing already, and what enforcement off would take away besides, are two steps.
func TestWhatEnforcementOffTakesAwayIsNotPlannedTwice(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Enforce, pathtest.HealthCheckPort("8443"),
		pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443)))
	p := plan.Make(fails(t, s, admits, enforced), s, tagged())
	var got []string
	for _, step := range p.Steps[:len(p.Steps)-1] {
		got = append(got, step.Action.Summary())
	}
	want := []string{
		"allow tcp 8443 from 10.0.1.7/32, 10.0.2.7/32 in security group sg-proxy",
		"allow tcp 443 from 10.0.1.7/32, 10.0.2.7/32 in security group sg-proxy",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Before zones are crossed the groups let through what they then must: the load balancer's
// first, then the targets'. The setting that decides is the one that is changed.
func TestGroupsAreOpenedBeforeZonesAreCrossed(t *testing.T) {
	t.Parallel()
	const bare check.ID = "load-balancer.zone-without-healthy-target"
	down := pathtest.All(pathtest.CrossZone(false), pathtest.Target("10.0.2.9", "unhealthy", ""), pathtest.Target("10.0.2.10", "unhealthy", ""))
	own := pathtest.All(
		pathtest.AddGroup("sg-b", pathtest.TCP("10.0.2.0/24", 443)), pathtest.NarrowIngress(pathtest.ProxyGroup, "10.0.1.0/24"),
		pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.SecurityGroups = []path.SecurityGroupID{"sg-b"} }),
		pathtest.Interface("eni-10.0.2.10", func(n *path.NetworkInterface) { n.SecurityGroups = []path.SecurityGroupID{"sg-b"} }),
	)
	decides := pathtest.TargetGroup(func(g *path.TargetGroup) { g.CrossZone = "false" })
	const lb = "turn cross-zone load balancing on for " + string(pathtest.LoadBalancerARN) + ", so that healthy targets of any zone serve every zone"
	tests := map[string]struct {
		edit pathtest.Edit
		want []string
	}{
		"all is open":              {down, []string{lb}},
		"the target group decides": {pathtest.All(down, decides), []string{strings.Replace(lb, string(pathtest.LoadBalancerARN), string(pathtest.TargetGroupARN), 1)}},
		"each zone's proxies admit their own node": {pathtest.All(down, own), []string{
			"allow tcp 443 from 10.0.2.7/32 in security group sg-proxy", "allow tcp 443 from 10.0.1.7/32 in security group sg-b", lb}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			var got []string
			for _, step := range plan.Make(fails(t, s, bare), s, tagged()).Steps {
				if got = append(got, step.Action.Summary()); step.Class != plan.Approval {
					t.Errorf("%s is %v, want it to be approved", step.Action.Summary(), step.Class)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
