package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// applied is the smallest model of AWS: s with a carried out. It does not look at what the
// action says of itself, only at what its call does.
func applied(s path.Snapshot, a plan.Action) path.Snapshot {
	var next path.Snapshot
	if err := json.Unmarshal(must(json.Marshal(s)), &next); err != nil {
		panic(err)
	}
	switch a := a.(type) {
	case plan.AuthorizeIngress:
		g := groupOf(next, a.Group)
		g.Ingress = append(g.Ingress, a.Rules()...)
	case plan.RevokeIngress:
		g := groupOf(next, a.Group)
		g.Ingress = without(g.Ingress, a.Rules())
	case plan.AuthorizeEgress:
		g := groupOf(next, a.Group)
		g.Egress = append(g.Egress, a.Rules()...)
	case plan.RevokeEgress:
		g := groupOf(next, a.Group)
		g.Egress = without(g.Egress, a.Rules())
	case plan.AddPrincipal:
		next.Service.Principals = append(next.Service.Principals, path.AllowedPrincipal{Type: "Service", Principal: a.Principal})
	case plan.RemovePrincipal:
		next.Service.Principals = slices.DeleteFunc(next.Service.Principals, func(p path.AllowedPrincipal) bool { return p.Principal == a.Principal })
	case plan.RestartVerification:
		next.Service.PrivateDnsState = "verified"
	case plan.DisconnectKeyStore:
		next.KeyStore.ConnectionState, next.KeyStore.ConnectionErrorCode = "DISCONNECTING", ""
	case plan.ConnectKeyStore:
		next.KeyStore.ConnectionState = "CONNECTING"
	case plan.AcceptConnections:
		for i, c := range next.Service.Connections {
			if slices.Contains(a.Endpoints, c.EndpointID) {
				next.Service.Connections[i].State = "available"
			}
		}
	case plan.SetAcceptanceOff:
		next.Service.AcceptanceRequired = false
	case plan.SetAcceptanceOn:
		next.Service.AcceptanceRequired = true
	case plan.RefreshZones:
		next.Service.Zones = []string{"us-west-2a", "us-west-2b"}
	case plan.UpsertTXT:
		setTXT(&next, a.Zone, path.TXTRecord{Name: a.Name, TTL: a.TTL, Values: append(slices.Clone(a.Kept), `"`+a.Value+`"`)})
	case plan.RestoreTXT:
		setTXT(&next, a.Zone, path.TXTRecord{Name: a.Name, TTL: a.TTL, Values: a.Kept})
	case plan.SetSubnets:
		next.LoadBalancers[0].Zones = append(next.LoadBalancers[0].Zones, path.Zone{Name: a.Zone, Subnet: a.Subnet})
	case plan.CrossZoneOn:
		crossed(&next, a.LoadBalancer, a.TargetGroup, true)
	case plan.CrossZoneOff:
		crossed(&next, a.LoadBalancer, a.TargetGroup, false)
	case plan.EnableVpcDns:
		resolves(&next, a.VPC, a.Support, a.Hostnames, true)
	case plan.DisableVpcDns:
		resolves(&next, a.VPC, a.Support, a.Hostnames, false)
	case plan.EnforcementOff:
		next.LoadBalancers[0].Enforcement = "off"
	case plan.EnforcementOn:
		next.LoadBalancers[0].Enforcement = "on"
	case plan.CreateNetworkACLEntry:
		acl := aclOf(next, a.ACL)
		acl.Entries = append(acl.Entries, a.Entry())
	case plan.DeleteNetworkACLEntry:
		acl := aclOf(next, a.ACL)
		acl.Entries = slices.DeleteFunc(acl.Entries, func(e path.NetworkACLEntry) bool { return e.Number == a.Number && e.Egress == a.Egress })
	}
	return next
}

func crossed(s *path.Snapshot, lb, tg path.ARN, on bool) {
	for i := range s.LoadBalancers {
		if s.LoadBalancers[i].ARN == lb {
			s.LoadBalancers[i].CrossZone = on
		}
	}
	for i := range s.TargetGroups {
		if s.TargetGroups[i].ARN == tg {
			s.TargetGroups[i].CrossZone = fmt.Sprint(on)
		}
	}
}

func resolves(s *path.Snapshot, vpc path.VPCID, support, hostnames, on bool) {
	for i := range s.VPCs {
		if s.VPCs[i].ID != vpc {
			continue
		}
		if support {
			s.VPCs[i].DNSSupport = on
		}
		if hostnames {
			s.VPCs[i].DNSHostnames = on
		}
	}
}

func groupOf(s path.Snapshot, id path.SecurityGroupID) *path.SecurityGroup {
	i := slices.IndexFunc(s.SecurityGroups, func(g path.SecurityGroup) bool { return g.ID == id })
	return &s.SecurityGroups[i]
}

func without(rules, gone []path.Rule) []path.Rule {
	return slices.DeleteFunc(rules, func(r path.Rule) bool { return slices.Contains(gone, r) })
}

func aclOf(s path.Snapshot, id path.NetworkACLID) *path.NetworkACL {
	i := slices.IndexFunc(s.NetworkACLs, func(a path.NetworkACL) bool { return a.ID == id })
	return &s.NetworkACLs[i]
}

// setTXT replaces a record set as a whole, as Route 53 does.
func setTXT(s *path.Snapshot, zone string, set path.TXTRecord) {
	for i, z := range s.HostedZones {
		if z.ID != zone {
			continue
		}
		at := slices.IndexFunc(z.Records, func(r path.TXTRecord) bool { return r.Name == set.Name })
		switch {
		case at < 0:
			s.HostedZones[i].Records = append(z.Records, set)
		case len(set.Values) == 0:
			s.HostedZones[i].Records = slices.Delete(z.Records, at, at+1)
		default:
			s.HostedZones[i].Records[at] = set
		}
		if len(s.HostedZones[i].Records) == 0 {
			s.HostedZones[i].Records = nil
		}
	}
}
