package redact_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/redact"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

var options = redact.Options{Key: [32]byte{1, 2, 3}, OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue}

// A said is what the product says of a snapshot, but for whose it is.
type said struct {
	Check    check.ID
	Verdict  check.Verdict
	Warning  bool
	Subject  string
	Group    string
	Gap      string
	Required string
}

func says(f check.Finding, as func(string) string, prefix func(netip.Prefix) netip.Prefix) said {
	s := said{Check: f.Check, Verdict: f.Verdict, Warning: f.Warning, Subject: as(string(f.Subject)), Group: as(string(f.Group))}
	if g := f.Evidence.Gap; g != nil {
		s.Gap = fmt.Sprint(g.Part, g.Action, g.Cause)
	}
	boxes := f.Missing.Boxes()
	for i := range boxes {
		boxes[i].Src, boxes[i].Dst = prefix(boxes[i].Src), prefix(boxes[i].Dst)
	}
	s.Required = flow.Of(boxes...).String()
	return s
}

func same(v string) string             { return v }
func asIs(p netip.Prefix) netip.Prefix { return p }
func subject(r *redact.Redactor) func(string) string {
	return func(v string) string { return r.Value(v) }
}

// unchanged reports where the diagnosis of a redacted snapshot is not that of the original
// with everything in it replaced.
func unchanged(t interface {
	Helper()
	Errorf(string, ...any)
}, s path.Snapshot) {
	t.Helper()
	r := redact.New(s, options)
	redacted := r.Snapshot()
	before, after := check.Run(check.Catalogue(), s), check.Run(check.Catalogue(), redacted)
	compare := func(what string, a, b []check.Finding) {
		var want, got []said
		for _, f := range a {
			want = append(want, says(f, subject(r), r.Prefix))
		}
		for _, f := range b {
			got = append(got, says(f, same, asIs))
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-original +redacted):\n%s", what, diff)
		}
	}
	compare("findings", before, after)
	ranked, again := symptom.Rank(symptom.Observed(s), before), symptom.Rank(symptom.Observed(redacted), after)
	compare("causes", ranked.Causes, again.Causes)
	compare("risks", ranked.Risks, again.Risks)
	compare("unread", ranked.Unread, again.Unread)
	if diff := gocmp.Diff(kinds(symptom.Observed(s)), kinds(symptom.Observed(redacted))); diff != "" {
		t.Errorf("symptoms (-original +redacted):\n%s", diff)
	}
	policy := plan.Policy{OptInKey: redact.Tag, OptInValue: redact.Value, Attempted: true}
	if diff := gocmp.Diff(steps(plan.Make(before, s, policy)), steps(plan.Make(after, redacted, policy))); diff != "" {
		t.Errorf("plan (-original +redacted):\n%s", diff)
	}
}

func kinds(all []symptom.Symptom) []string {
	var out []string
	for _, s := range all {
		out = append(out, fmt.Sprint(s.Kind, s.Class, s.Code, s.ID))
	}
	return out
}

func steps(p plan.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, fmt.Sprint(s.Check, s.Class, s.Action.Kind(), len(s.Action.Commands())))
	}
	slices.Sort(out) // of one check they are sorted by names
	return out
}

// whoseIs puts into a snapshot all that could tell whose it is, in texts too.
func whoseIs(s *path.Snapshot) {
	s.Interfaces[0].Description = "Amazon EKS acme-cluster of Jane Doe"
	s.SecurityGroups[1].Ingress[0].Description = "ticket ACME-4711"
	s.SecurityGroups[1].Tags["acme:team"] = "jane.doe@acme.example.net"
	s.Trails[0].Why = "trail management-events excludes kms.amazonaws.com in 111122223333"
	s.TargetGroups[0].Targets[0].Description = "Health checks failed with 10.0.1.9:443 of payments-hsm"
	s.Gaps = append(s.Gaps, path.Gap{Part: path.TrailsPart, Action: "cloudtrail:DescribeTrails", Cause: path.AccessDenied,
		Message: "User: arn:aws:sts::111122223333:assumed-role/acme-reader/jane.doe is not authorized to perform: cloudtrail:DescribeTrails on resource: " +
			"arn:aws:cloudtrail:us-west-2:111122223333:trail/management-events (Request ID: 8f2a5a3e-1111-2222-3333-444455556666) for vpce-svc-0123456789abcdef0, 10.0.2.7 and payments-hsm-old"})
	s.Denied = &path.DeniedCall{Principal: "arn:aws:iam::111122223333:user/team-a/jane", Operation: "ConnectCustomKeyStore", Action: "kms:ConnectCustomKeyStore",
		Message: "User: arn:aws:iam::111122223333:user/team-a/jane is not authorized; see https://wiki.acme.example.net/xks or +1 (555) 111122223333"}
	s.Service.Principals = append(s.Service.Principals, path.AllowedPrincipal{Type: "Account", Principal: "arn:aws:iam::444455556666:root"})
	s.PrefixLists = []path.PrefixList{{ID: "pl-0a1b2c3d4e5f60718", Entries: []netip.Prefix{netip.MustParsePrefix("52.94.0.0/22"), netip.MustParsePrefix("2600:1f18:abc::/48")}}}
	s.KeyStore.UriPath = "/acme-prefix/kms/xks/v1"
}

// Every name, ID, account, address and domain of the snapshot above, written down by hand.
func originals() []string {
	return []string{
		"111122223333", "444455556666", "777788889999", "cks-1234567890abcdef0", "payments-hsm", "1234567890abcdef0",
		"vpce-svc-0123456789abcdef0", "0123456789abcdef", "myproxy-private", "xks.example", "example.com", "6e86v84tqgqubxbwii1m", "l6p0ERxlTt45jevFwOCp",
		"vpce-0aaaaaaaaaaaaaaaa", "xks-nlb", "xks-proxy", "net/xks/", "sg-nlb", "sg-proxy", "eni-node-a", "subnet-a", "vpc-1", "acl-1", "rtb-1",
		"10.0.1.", "10.0.2.", "10.0.0.0", "management-events", "1234abcd-12ab-34cd-56ef-1234567890ab",
		"acme", "ACME", "Jane", "jane", "doe", "4711", "cluster", "8f2a5a3e", "team-a", "wiki", "52.94.0", "2600:1f18:abc", "pl-0a1b2c3d4e5f60718",
	}
}

func TestNothingOfTheOriginalIsLeft(t *testing.T) {
	t.Parallel()
	for seed := range byte(50) {
		o := options
		o.Key[31] = seed
		data, err := json.Marshal(redact.New(pathtest.With(whoseIs), o).Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		for _, original := range originals() {
			if strings.Contains(string(data), original) {
				t.Errorf("%q is left in\n%s", original, data)
			}
		}
	}
}

func TestWhatIsAWSsIsKept(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(redact.New(pathtest.With(whoseIs), options).Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{
		"us-west-2a", "usw2-az1", "cks.kms.us-west-2.amazonaws.com", "com.amazonaws.vpce.us-west-2.vpce-svc-", "0.0.0.0/0", "CONNECTED",
		"VPC_ENDPOINT_SERVICE", "/kms/xks/v1", "cloudtrail:DescribeTrails", "is not authorized to perform", "kms.amazonaws.com", "vpce:",
		`"xks-remediator":"enabled"`, "arn:aws:elasticloadbalancing:us-west-2:", ":loadbalancer/net/", `:root`,
	} {
		if !strings.Contains(string(data), kept) {
			t.Errorf("%q is gone from\n%s", kept, data)
		}
	}
}

func edits(t *rapid.T) []pathtest.Edit {
	all := []pathtest.Edit{
		whoseIs, pathtest.NoKeyStore, pathtest.PublicEndpoint, pathtest.FailedCreate, pathtest.NoService, pathtest.CrossAccount, pathtest.RemovePrincipal,
		pathtest.RequireAcceptance, pathtest.Enforce, pathtest.DeleteListener, pathtest.KeepTargets(0), pathtest.NoCanary, pathtest.CloudHSM,
		pathtest.CrossZone(false), pathtest.Carry("sg-hidden", "sg-proxy"), pathtest.PrivateDnsName("Other.Example.ORG"), pathtest.PrivateDnsName("proxy.corp"),
		pathtest.PrivateDnsState("failed"), pathtest.State("FAILED", "NETWORK_ERRORS"), pathtest.State("FAILED", "XKS_PROXY_TIMED_OUT"),
		pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443), pathtest.Targets("unhealthy", "Target.Timeout"),
		pathtest.HealthCheckPort("8080"), pathtest.Connection("vpce-0bbbbbbbbbbbbbbbb", "777788889999", "pendingAcceptance"), pathtest.Peered,
		pathtest.Denied("arn:aws:iam::111122223333:role/x", "CreateCustomKeyStore", "kms:CreateCustomKeyStore", "denied"),
		pathtest.Canary("KMSInvalidStateException", "KMS cannot communicate with the external key store proxy."),
		pathtest.OtherInterface("eni-x", "10.0.1.20", pathtest.ProxyGroup), pathtest.OwnACL(pathtest.SubnetA, "acl-2"), pathtest.Outside("192.168.7.7"),
		pathtest.AddRoute(pathtest.RouteTable, pathtest.Route("10.0.1.9/32", "eni-10.0.1.9"), pathtest.Blackhole("10.0.2.0/25", "tgw-1")),
		pathtest.AddEntry(pathtest.NetworkACL, pathtest.ACLEntry(90, true, false, "10.0.1.8/29", 443, 443)),
		pathtest.AddEntry(pathtest.NetworkACL, pathtest.ACLEntry(80, false, false, "10.0.0.0/23", 1024, 65535)),
		pathtest.KeyStore(func(k *path.KeyStore) { k.Name = word(t) }),
		pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Name = word(t) }),
		pathtest.KeyStore(func(k *path.KeyStore) { k.UriEndpoint = "https://Proxy.Example.co.uk" }),
		func(s *path.Snapshot) { *s = path.Snapshot{} },
		pathtest.Ingress(pathtest.ProxyGroup, rules(t)...), pathtest.Egress(pathtest.LoadBalancerGroup, rules(t)...),
	}
	for _, part := range pathtest.Parts() {
		all = append(all, pathtest.Blind(part), pathtest.Gap(part, path.Throttled))
	}
	return all
}

// word is a name that also is a word of AWS's sentences.
func word(t *rapid.T) string {
	return rapid.SampledFrom([]string{"proxy", "external", "communicate", "payments", "kms", "default", "xks", "name-0001", "a"}).Draw(t, "name")
}

func rules(t *rapid.T) []path.Rule {
	var out []path.Rule
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		a := rapid.SampledFrom([]string{"10.0.1.7", "10.0.2.7", "10.0.1.9", "10.0.2.10", "10.0.1.8", "8.8.8.8", "192.0.2.1", "172.31.0.1"}).Draw(t, "address")
		p := netip.PrefixFrom(netip.MustParseAddr(a), rapid.IntRange(0, 32).Draw(t, "bits"))
		out = append(out, path.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Prefix: p, Description: "of " + a})
	}
	return out
}

func randomSnapshot(t *rapid.T) path.Snapshot {
	all, s := edits(t), pathtest.Healthy()
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, 6).Draw(t, "edits") {
		func() {
			defer func() { _ = recover() }() // an edit of what an earlier one took away
			all[i](&s)
		}()
	}
	return s
}

func TestTheDiagnosisIsUnchanged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { unchanged(t, randomSnapshot(t)) })
}

func TestTheOriginalIsNotTouchedAndTheSameKeyGivesTheSameFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := randomSnapshot(t)
		before, _ := json.Marshal(s)
		first, _ := json.Marshal(redact.New(s, options).Snapshot())
		second, _ := json.Marshal(redact.New(s, options).Snapshot())
		after, _ := json.Marshal(s)
		if string(before) != string(after) {
			t.Errorf("the original is another one now")
		}
		if string(first) != string(second) {
			t.Errorf("one key, two files")
		}
	})
}

// A prefix holds what it held, the lower address stays the lower one, and reserved ranges
// stay what they are.
func TestAddressesKeepTheirStructure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s path.Snapshot
		list := path.PrefixList{}
		n := rapid.IntRange(1, 30).Draw(t, "prefixes")
		for range n {
			list.Entries = append(list.Entries, randomPrefix(t))
		}
		s.PrefixLists = []path.PrefixList{list}
		o := options
		o.Key[5] = rapid.Byte().Draw(t, "key")
		got := redact.New(s, o).Snapshot().PrefixLists[0].Entries
		for i, p := range list.Entries {
			if got[i].Bits() != p.Bits() || p == p.Masked() && got[i] != got[i].Masked() {
				t.Errorf("%s became %s", p, got[i])
			}
			if got[i].Addr().IsPrivate() != p.Addr().IsPrivate() || got[i].Addr().IsMulticast() != p.Addr().IsMulticast() ||
				got[i].Addr().IsLoopback() != p.Addr().IsLoopback() || got[i].Addr().IsLinkLocalUnicast() != p.Addr().IsLinkLocalUnicast() {
				t.Errorf("%s became %s, which means something else", p, got[i])
			}
			for j, q := range list.Entries {
				if p.Overlaps(q) != got[i].Overlaps(got[j]) || p.Contains(q.Addr()) != got[i].Contains(got[j].Addr()) && q.Bits() >= p.Bits() {
					t.Errorf("%s and %s became %s and %s", p, q, got[i], got[j])
				}
				if a, b := cmp.Compare(0, p.Masked().Addr().Compare(q.Masked().Addr())), cmp.Compare(0, got[i].Masked().Addr().Compare(got[j].Masked().Addr())); a != b && !p.Overlaps(q) {
					t.Errorf("the order of %s and %s is another in %s and %s", p, q, got[i], got[j])
				}
			}
		}
	})
}

func randomPrefix(t *rapid.T) netip.Prefix {
	base := rapid.SampledFrom([]string{"10.0.0.0", "10.0.1.0", "172.16.5.0", "172.32.0.0", "192.168.3.0", "192.167.0.0", "8.8.8.0", "52.94.1.0", "100.64.0.0", "0.0.0.0",
		"169.254.169.0", "127.0.0.0", "224.0.0.0", "2600:1f18::", "2001:db8::", "fd00::", "fe80::", "::", "2a05:d018::"}).Draw(t, "base")
	raw := netip.MustParseAddr(base).AsSlice()
	raw[len(raw)-1], raw[len(raw)-2] = rapid.Byte().Draw(t, "last"), raw[len(raw)-2]^rapid.Byte().Draw(t, "before")&3
	a, _ := netip.AddrFromSlice(raw)
	p := netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
	if rapid.Bool().Draw(t, "masked") {
		return p.Masked()
	}
	return p
}

func newRedacted(s path.Snapshot) path.Snapshot { return redact.New(s, options).Snapshot() }
