package plan_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// tagged is a policy under which everything on the healthy path is opted in.
func tagged() plan.Policy {
	return plan.Policy{OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue}
}

// fails returns what the checks with these IDs find wrong with s.
func fails(t testing.TB, s path.Snapshot, ids ...check.ID) []check.Finding {
	t.Helper()
	var found []check.Finding
	for _, f := range check.Run(check.Catalogue(), s) {
		if f.Verdict == check.Fail && slices.Contains(ids, f.Check) {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		t.Fatalf("none of %v fails: the edit breaks nothing", ids)
	}
	return found
}

// fail is a finding that no check made.
func fail(id check.ID, subject path.ARN) check.Finding {
	return check.Finding{Check: id, Subject: subject, Verdict: check.Fail, Evidence: check.Evidence{Expected: "it works", Seen: "it does not"}}
}

// tcp is the set of one TCP flow.
func tcp(src, dst string, port uint16) flow.Set {
	return flow.Of(flow.Box{Protocol: flow.TCP, Src: netip.MustParsePrefix(src), Dst: netip.MustParsePrefix(dst), Ports: flow.Port(port)})
}

// sample is one action of every kind.
func samples() []plan.Action {
	missing := tcp("10.0.1.7/32", "10.0.1.9/32", 443)
	carriers := []path.InterfaceID{"eni-10.0.1.9"}
	groups := []path.SecurityGroupID{"sg-1", "sg-2"}
	return []plan.Action{
		plan.AuthorizeIngress{Group: "sg-1", Missing: missing, Carriers: carriers},
		plan.RevokeIngress{Group: "sg-1", Missing: missing, Carriers: carriers, RuleIDs: []path.SecurityGroupRule{"sgr-1", "sgr-2"}},
		plan.AuthorizeEgress{Group: "sg-1", Missing: missing, Carriers: carriers},
		plan.RevokeEgress{Group: "sg-1", Missing: missing, Carriers: carriers},
		plan.AddPrincipal{Service: "vpce-svc-1", Principal: pathtest.Principal},
		plan.RemovePrincipal{Service: "vpce-svc-1", Principal: pathtest.Principal},
		plan.RestartVerification{Service: "vpce-svc-1"},
		plan.DisconnectKeyStore{KeyStore: "cks-1", Code: "INTERNAL_ERROR"},
		plan.ConnectKeyStore{KeyStore: "cks-1"},
		plan.AcceptConnections{Service: "vpce-svc-1", Endpoints: []string{"vpce-1", "vpce-2"}},
		plan.SetAcceptanceOff{Service: "vpce-svc-1"},
		plan.SetAcceptanceOn{Service: "vpce-svc-1"},
		plan.RefreshZones{Service: "vpce-svc-1"},
		plan.UpsertTXT{Zone: "Z1", Name: "_a.example.com", Value: "vpce:New", Kept: []string{`"vpce:Old"`}, TTL: 300},
		plan.RestoreTXT{Zone: "Z1", Name: "_a.example.com", Value: "vpce:New", TTL: 1800},
		plan.SetSubnets{LoadBalancer: "arn:lb", Present: []path.Zone{{Name: "us-west-2a", Subnet: "subnet-a"}}, Subnet: "subnet-b", Zone: "us-west-2b"},
		plan.EnforcementOff{LoadBalancer: "arn:lb", Groups: groups},
		plan.EnforcementOn{LoadBalancer: "arn:lb", Groups: groups},
		plan.CreateNetworkACLEntry{ACL: "acl-1", Egress: true, Number: 89, CIDR: netip.MustParsePrefix("10.0.2.9/32"), Ports: flow.Port(443), Subnets: []path.SubnetID{"subnet-a"}},
		plan.DeleteNetworkACLEntry{ACL: "acl-1", Number: 110, CIDR: netip.MustParsePrefix("fd00::9/128"), Ports: flow.PortRange{From: 1024, To: 65535}},
		plan.CrossZoneOn{LoadBalancer: "arn:lb"},
		plan.CrossZoneOff{LoadBalancer: "arn:lb"},
		plan.EnableVpcDns{VPC: "vpc-1", Support: true, Hostnames: true},
		plan.DisableVpcDns{VPC: "vpc-1", Hostnames: true},
		plan.Instruct{On: "cks-1", Text: "look at the proxy", Type: [][]string{{"dig", "+short", "TXT", "_a.example.com"}}},
	}
}

// prefixes compares netip's values as values.
func prefixes() cmp.Option { return cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{}) }

func toJSON(t testing.TB, v any) string {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("marshalling %#v: %v", v, err)
	}
	return string(body)
}

// shape returns "kind class" of each step.
func shape(p plan.Plan) []string {
	var all []string
	for _, s := range p.Steps {
		all = append(all, string(s.Action.Kind())+" "+s.Class.String())
	}
	return all
}
