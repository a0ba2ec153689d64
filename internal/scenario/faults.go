package scenario

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// A Fault breaks one thing on the path. Faults compose.
type Fault func(*network.World, *network.Reference)

// Both breaks several things at once.
func Both(faults ...Fault) Fault {
	return func(w *network.World, r *network.Reference) {
		for _, f := range faults {
			f(w, r)
		}
	}
}

// TargetGroupClosed takes a port's rules away from the targets' security group.
func TargetGroupClosed(port int) Fault {
	return func(w *network.World, r *network.Reference) {
		w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return !rule.Egress && rule.FromPort == port })
	}
}

// EgressClosed takes the load balancer's outbound rules away.
func EgressClosed(w *network.World, r *network.Reference) {
	w.Revoke(r.BalancerGroup, func(rule network.Rule) bool { return rule.Egress })
}

// EnforcementClosed enforces the load balancer's inbound rules, of which there are none, on
// PrivateLink traffic.
func EnforcementClosed(w *network.World, r *network.Reference) {
	r.Balancer.Enforce = "on"
	w.Revoke(r.BalancerGroup, func(rule network.Rule) bool { return !rule.Egress })
}

// PrincipalMissing takes KMS off the allow list.
func PrincipalMissing(_ *network.World, r *network.Reference) { r.Service.Principals = nil }

// AcceptanceRequired makes new connections wait for acceptance.
func AcceptanceRequired(_ *network.World, r *network.Reference) { r.Service.Acceptance = true }

// ConnectionPending leaves an earlier connection of KMS's waiting.
func ConnectionPending(w *network.World, r *network.Reference) {
	r.Service.Acceptance = true
	r.Service.Connections = append(r.Service.Connections, &network.Connection{
		EndpointID: w.NewID("vpce"), Owner: w.KMSAccount, State: "pendingAcceptance",
		Created: w.Clock.Now(), Zones: slices.Clone(r.Service.Zones),
	})
}

// ServiceDeleted takes the endpoint service away.
func ServiceDeleted(w *network.World, r *network.Reference) { w.DeleteService(r.Service) }

// VerificationFailed leaves the private DNS name unverified though the record is public now.
func VerificationFailed(_ *network.World, r *network.Reference) {
	r.Service.PrivateDNS.State = "failed"
}

// RecordMissing leaves the private DNS name unverified, and its record unpublished.
func RecordMissing(w *network.World, r *network.Reference) {
	r.Service.PrivateDNS.State = "failed"
	clear(w.TXT)
}

// RecordRemoved takes the record out of public DNS after the private DNS name was verified.
func RecordRemoved(w *network.World, _ *network.Reference) { clear(w.TXT) }

// recordName is where AWS looks for the record first.
func recordName(r *network.Reference) string {
	return r.Service.PrivateDNS.RecordName + ".xks.example.com"
}

// HostedZone makes Route 53 in this account serve the domain; the record is not in the zone,
// and another service's stands where it belongs.
func HostedZone(w *network.World, r *network.Reference) {
	w.AddHostedZone("example.com", false).Put(network.RecordSet{Name: recordName(r), Type: "TXT", TTL: 300, Values: []string{`"vpce:AnotherServiceOfOurs1"`}})
}

// RecordInLowerCase publishes the record as a provider does that knows no capitals.
func RecordInLowerCase(w *network.World, r *network.Reference) {
	RecordMissing(w, r)
	w.TXT[recordName(r)] = []string{strings.ToLower(r.Service.PrivateDNS.RecordValue)}
}

// RecordInPrivateZone has the record in a private hosted zone, where nobody outside sees it.
func RecordInPrivateZone(w *network.World, r *network.Reference) {
	RecordMissing(w, r)
	w.AddHostedZone("example.com", true).Put(network.RecordSet{
		Name: recordName(r), Type: "TXT", TTL: 300, Values: []string{`"` + r.Service.PrivateDNS.RecordValue + `"`}})
}

// StaleResolver has the record published by now, and a resolver still say that it is not.
func StaleResolver(w *network.World, r *network.Reference) {
	VerificationFailed(w, r)
	for name := range w.TXT {
		w.Cached[name] = network.CachedAnswer{Until: w.Clock.Now().Add(time.Hour)}
	}
}

// NameMismatch gives the endpoint service another private DNS name than the key store's.
func NameMismatch(w *network.World, r *network.Reference) {
	r.Service.PrivateDNS.Name = "other.xks.example.com"
	w.TXT[r.Service.PrivateDNS.RecordName+".other.xks.example.com"] = []string{r.Service.PrivateDNS.RecordValue}
}

// OneZone leaves the service and its load balancer one Availability Zone.
func OneZone(w *network.World, r *network.Reference) {
	for _, z := range r.Balancer.Zones[1:] {
		delete(w.Interfaces, z.Node)
	}
	r.Balancer.Zones = r.Balancer.Zones[:1]
	r.Service.Zones = r.Service.Zones[:1]
}

// BalancerOneZone takes a subnet from the load balancer; the endpoint service is not told.
func BalancerOneZone(w *network.World, r *network.Reference) {
	for _, z := range r.Balancer.Zones[1:] {
		delete(w.Interfaces, z.Node)
	}
	r.Balancer.Zones = r.Balancer.Zones[:1]
}

// SubnetsPublic gives the main route table, which serves every subnet of the VPC, a route to
// an internet gateway.
func SubnetsPublic(w *network.World, r *network.Reference) {
	main := w.RouteTableOf(r.NodeSubnets[0])
	main.Routes = append(main.Routes, network.Route{CIDR: netip.MustParsePrefix("0.0.0.0/0"), Target: w.NewID("igw")})
}

// DNSOff disables DNS hostnames in the VPC.
func DNSOff(_ *network.World, r *network.Reference) { r.VPC.DNSHostnames = false }

// ListenerDeleted takes the listener on 443 away.
func ListenerDeleted(w *network.World, r *network.Reference) { delete(w.Listeners, r.Listener.ARN) }

// TargetGroupEmpty deregisters every target.
func TargetGroupEmpty(_ *network.World, r *network.Reference) { r.TargetGroup.Targets = nil }

// ProxiesDown stops the proxies' processes.
func ProxiesDown(w *network.World, r *network.Reference) {
	for _, t := range r.Targets {
		w.Proxies[t.Primary()].Ports = nil
	}
}

// ProxyAnswers makes every proxy answer in one way.
func ProxyAnswers(a network.Answer) Fault {
	return func(w *network.World, r *network.Reference) {
		for _, t := range r.Targets {
			w.Proxies[t.Primary()].Answer = a
		}
	}
}

// ProxyShows gives every proxy a face.
func ProxyShows(f network.Face) Fault {
	return func(w *network.World, r *network.Reference) {
		for _, t := range r.Targets {
			w.Proxies[t.Primary()].Face = f
		}
	}
}

// Untagged takes the opt-in tag off the targets' security group.
func Untagged(_ *network.World, r *network.Reference) { clear(r.ProxyGroup.Tags) }
