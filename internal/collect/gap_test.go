package collect_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// told is what matters of a gap.
type told struct {
	Part   path.Part
	Action string
	Cause  path.Cause
}

func gaps(s path.Snapshot) []told {
	var out []told
	for _, g := range s.Gaps {
		out = append(out, told{g.Part, g.Action, g.Cause})
	}
	return out
}

// behindOf returns the gap of a refused read, and one for each part that it hides.
func behindOf(part path.Part, action string, hidden ...path.Part) []told {
	out := []told{{part, action, path.AccessDenied}}
	for _, p := range hidden {
		out = append(out, told{p, action, path.Unreadable})
	}
	return out
}

var fromBalancer = []path.Part{
	path.LoadBalancerPart, path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart,
	path.TargetInterfacesPart, path.GroupMembersPart, path.SecurityGroupsPart,
	path.VPCsPart, path.VPCAttributesPart, path.SubnetsPart, path.NetworkACLsPart, path.RouteTablesPart,
}

// Each read is refused in turn: its own part is a gap that names the action, and so is what
// is found through it, and nothing else.
func TestARefusedReadIsAGap(t *testing.T) {
	t.Parallel()
	const elb = "elasticloadbalancing:"
	fromService := append([]path.Part{path.ServicePermissionsPart, path.ConnectionsPart}, fromBalancer...)
	tests := map[string][]told{
		"kms:DescribeCustomKeyStores":                  behindOf(path.KeyStorePart, "kms:DescribeCustomKeyStores", append(append([]path.Part{path.ServicePart}, fromService...), path.CanaryPart)...),
		"ec2:DescribeVpcEndpointServiceConfigurations": behindOf(path.ServicePart, "ec2:DescribeVpcEndpointServiceConfigurations", fromService...),
		"ec2:DescribeVpcEndpointServicePermissions":    behindOf(path.ServicePermissionsPart, "ec2:DescribeVpcEndpointServicePermissions"),
		"ec2:DescribeVpcEndpointConnections":           behindOf(path.ConnectionsPart, "ec2:DescribeVpcEndpointConnections"),
		elb + "DescribeLoadBalancers":                  behindOf(path.LoadBalancerPart, elb+"DescribeLoadBalancers"),
		elb + "DescribeLoadBalancerAttributes":         behindOf(path.LoadBalancerPart, elb+"DescribeLoadBalancerAttributes"),
		elb + "DescribeListeners":                      behindOf(path.ListenersPart, elb+"DescribeListeners", path.TargetGroupsPart, path.TargetHealthPart, path.TargetInterfacesPart, path.GroupMembersPart),
		elb + "DescribeTargetGroups":                   behindOf(path.TargetGroupsPart, elb+"DescribeTargetGroups", path.TargetHealthPart, path.TargetInterfacesPart, path.GroupMembersPart),
		elb + "DescribeTargetGroupAttributes":          behindOf(path.TargetGroupsPart, elb+"DescribeTargetGroupAttributes"),
		elb + "DescribeTargetHealth":                   behindOf(path.TargetHealthPart, elb+"DescribeTargetHealth", path.TargetInterfacesPart, path.GroupMembersPart),
		"ec2:DescribeSecurityGroups":                   behindOf(path.SecurityGroupsPart, "ec2:DescribeSecurityGroups", path.PrefixListsPart),
		"ec2:DescribeNetworkInterfaces": {
			{path.NodesPart, "ec2:DescribeNetworkInterfaces", path.AccessDenied},
			{path.TargetInterfacesPart, "ec2:DescribeNetworkInterfaces", path.AccessDenied},
			// Refused itself, and hidden by the targets' interfaces: two reasons, two gaps.
			{path.GroupMembersPart, "ec2:DescribeNetworkInterfaces", path.AccessDenied},
			{path.GroupMembersPart, "ec2:DescribeNetworkInterfaces", path.Unreadable},
		},
		"ec2:DescribeVpcs":             behindOf(path.VPCsPart, "ec2:DescribeVpcs"),
		"ec2:DescribeVpcAttribute":     behindOf(path.VPCAttributesPart, "ec2:DescribeVpcAttribute"),
		"ec2:DescribeSubnets":          behindOf(path.SubnetsPart, "ec2:DescribeSubnets"),
		"ec2:DescribeNetworkAcls":      behindOf(path.NetworkACLsPart, "ec2:DescribeNetworkAcls"),
		"ec2:DescribeRouteTables":      behindOf(path.RouteTablesPart, "ec2:DescribeRouteTables"),
		"cloudtrail:DescribeTrails":    behindOf(path.TrailsPart, "cloudtrail:DescribeTrails"),
		"cloudtrail:GetTrailStatus":    behindOf(path.TrailsPart, "cloudtrail:GetTrailStatus"),
		"cloudtrail:GetEventSelectors": behindOf(path.TrailsPart, "cloudtrail:GetEventSelectors"),
		"cloudwatch:DescribeAlarms":    behindOf(path.AlarmsPart, "cloudwatch:DescribeAlarms"),
		"kms:DescribeKey":              behindOf(path.CanaryPart, "kms:DescribeKey"),
		"kms:Encrypt":                  behindOf(path.CanaryPart, "kms:Encrypt"),
	}
	for action, want := range tests {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.denied[action] = true
			got := s.look(t)
			if d := cmp.Diff(want, gaps(got)); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
			for _, g := range got.Gaps {
				if !strings.Contains(g.Message, "not authorized to perform: "+action) || strings.Contains(g.Message, "Encoded") {
					t.Errorf("message of %s: got %q, want AWS's sentence without its encoded part", g.Part, g.Message)
				}
			}
		})
	}
}

// Nothing of a canary is hidden where none is configured.
func TestUnreadKeyStoresHideNoCanaryThatThereIsNot(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.denied["kms:DescribeCustomKeyStores"] = true
	got := s.look(t, func(o *collect.Options) { o.CanaryKeys = nil })
	if gap, hidden := got.Gap(path.CanaryPart); hidden {
		t.Errorf("got %+v, want no gap", gap)
	}
}

// Every action that a healthy snapshot calls is in the table above.
func TestEveryReadIsRefusedInATest(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.look(t)
	seen := map[string]bool{}
	for _, c := range s.Server.Calls() {
		seen[c.Action] = true
		if !c.ReadOnly {
			t.Errorf("%s is no read", c.Action)
		}
	}
	if len(seen) != 23 {
		t.Errorf("a snapshot calls %d actions, and 23 are refused in TestARefusedReadIsAGap: %v", len(seen), seen)
	}
}

func TestRefusedLoadBalancersStillShowWhatIsBehindThem(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.denied["elasticloadbalancing:DescribeLoadBalancers"] = true
	got := s.look(t)
	want := s.healthy()
	lb := &want.LoadBalancers[0]
	*lb = path.LoadBalancer{ARN: lb.ARN, Name: lb.Name, Listeners: lb.Listeners, Nodes: lb.Nodes}
	want.Gaps, want.Stats = got.Gaps, got.Stats
	if d := difference(want, got); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

// Without a group on the load balancer, the targets' are all there are: hidden with them.
func TestGroupsThatNobodyCanNameAreAGap(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{NoGroups: true})
	const action = "elasticloadbalancing:DescribeTargetHealth"
	s.denied[action] = true
	want := behindOf(path.TargetHealthPart, action, path.TargetInterfacesPart, path.GroupMembersPart, path.SecurityGroupsPart)
	if d := cmp.Diff(want, gaps(s.look(t))); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

func TestEverythingRefusedIsOnlyGaps(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.Server.SetIntercept(func(*engine.Call) *engine.Fault {
		return &engine.Fault{Error: &engine.Error{Code: "AccessDeniedException", Message: "no"}}
	})
	got := s.look(t)
	parts := map[path.Part]bool{}
	for _, g := range got.Gaps {
		parts[g.Part] = true
	}
	for _, p := range append([]path.Part{path.KeyStorePart, path.ServicePart, path.ServicePermissionsPart, path.ConnectionsPart, path.TrailsPart, path.AlarmsPart, path.CanaryPart}, fromBalancer...) {
		if !parts[p] {
			t.Errorf("no gap for %s", p)
		}
	}
	if got.KeyStore != nil || got.Service != nil || got.Stats.Rounds != 1 {
		t.Errorf("got %+v, want nothing after one round", got)
	}
}

func TestTheCauseOfAGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   engine.Error
		cause path.Cause
	}{
		"throttled":      {engine.Error{Code: "RequestLimitExceeded", Status: 503, Message: "Request limit exceeded."}, path.Throttled},
		"refused":        {engine.Error{Code: "UnauthorizedOperation", Status: 403, Message: "You are not authorized."}, path.AccessDenied},
		"AWS's failure":  {engine.Error{Code: "InternalError", Status: 500, Message: "An internal error has occurred."}, path.Unreadable},
		"bad parameters": {engine.Error{Code: "InvalidParameterValue", Message: "Bad filter."}, path.Unreadable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.fail("DescribeSecurityGroups", tt.err)
			g, ok := s.look(t).Gap(path.SecurityGroupsPart)
			want := path.Gap{Part: path.SecurityGroupsPart, Action: "ec2:DescribeSecurityGroups", Cause: tt.cause, Message: tt.err.Message}
			if !ok || g != want {
				t.Errorf("got %+v, want %+v", g, want)
			}
		})
	}
}

func TestAReadThatTakesTooLongIsAGap(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.Server.SetLatency(time.Minute)
	began := time.Now()
	got := s.look(t, func(o *collect.Options) { o.ReadTimeout = 30 * time.Millisecond })
	if g, _ := got.Gap(path.KeyStorePart); g.Cause != path.TimedOut {
		t.Errorf("got %+v, want a timeout", g)
	}
	if g, _ := got.Gap(path.LoadBalancerPart); g.Cause != path.Unreadable {
		t.Errorf("got %+v, want unreadable behind the key store", g)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAGapOfTheKeyStoresIsHandedOn(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.denied["kms:DescribeCustomKeyStores"] = true
	r := s.reader()
	stores, gap := r.KeyStores(t.Context())
	if gap == nil || stores != nil {
		t.Fatalf("got %v, %v; want a gap", stores, gap)
	}
	s.Server.Reset()
	got := r.Snapshot(t.Context(), s.subject(), path.Requested{}, stores, gap)
	if g, _ := got.Gap(path.KeyStorePart); g != *gap {
		t.Errorf("got %+v, want %+v", g, *gap)
	}
	for _, c := range s.Server.Calls() {
		if c.Operation == "DescribeCustomKeyStores" {
			t.Error("the key stores were read again")
		}
	}
}
