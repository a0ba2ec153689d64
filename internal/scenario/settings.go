package scenario

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

const (
	serviceRegion    = "key-store.endpoint-service-region"
	serviceExclusive = "key-store.endpoint-service-exclusive"
	allowList        = "endpoint-service.allow-list-narrow"
	ipv4             = "endpoint-service.ipv4"
	internal         = "load-balancer.internal"
	protocol         = "target-group.protocol"
	alarms           = "alarm.coverage"
	bareZone         = "load-balancer.zone-without-healthy-target"
)

// settings are faults of what the key store, the endpoint service and the load balancer are
// set to.
func settings() []Scenario {
	return []Scenario{
		told(Creating, "endpoint-service-in-another-region", Scenario{
			Title: "A key store is created with the name of an endpoint service of another Region.", Break: ServiceElsewhere,
		}, refused(serviceRegion, exists)),
		told(Creating, "endpoint-service-in-use", Scenario{
			Title: "A key store is created on an endpoint service that another key store uses.", Break: ServiceInUse,
		}, End{Causes: []string{serviceExclusive}, State: "needs-person"}),
		told(Creating, "endpoint-service-in-use-elsewhere", Scenario{
			Title: "A key store is created on an endpoint service that a key store of another account uses.", Break: ServiceInUseElsewhere,
		}, refused(serviceExclusive)),
		risk("anybody-may-connect", "The allow list admits everybody, and nobody need accept.", EverybodyAllowed, allowList),
		risk("no-ipv4", "The endpoint service supports IPv6 alone; what is connected goes on working.", IPv6Only, ipv4),
		told(Connecting, "no-ipv4", Scenario{Title: "A key store is connected while the endpoint service supports IPv6 alone.", Break: IPv6Only}, waits(ipv4)),
		told(Creating, "no-ipv4", Scenario{Title: "A key store is created on an endpoint service that supports IPv6 alone.", Break: IPv6Only}, refused(ipv4)),
		told(Running, "key-store-without-alarms", Scenario{
			Title: "Nobody is told by an alarm when the certificate runs out, the proxy errs or a key manager goes down.", Break: AlarmsDeleted,
		}, End{Risks: []string{alarms}, State: "open", Encrypts: true}),
		risk("load-balancer-internet-facing", "The load balancer has public addresses.", InternetFacing, internal),
		told(Running, "plaintext-to-the-proxy", Scenario{Title: "The listener ends TLS and sends plaintext to the proxies.", Break: Plaintext}, waits(protocol)),
		told(Connecting, "plaintext-to-the-proxy", Scenario{Title: "A key store is connected while the listener sends plaintext to the proxies.", Break: Plaintext}, waits(protocol)),
		told(Running, "proxy-protocol-v2", Scenario{Title: "Proxy protocol v2 puts a header before TLS, which the proxies do not understand.", Break: ProxyProtocol}, waits(protocol)),
		risk("zone-without-healthy-target", "The proxies of one zone are down; requests take the other.", OneZonesProxiesDown, bareZone),
		told(Running, "zone-without-healthy-target-is-asked", Scenario{
			Title: "The proxies of one zone are down, and KMS goes on asking there. The other zone's proxies admit their own zone's node alone.",
			Break: Both(GroupPerZone, OneZonesProxiesDown, EveryZoneAsked), Play: everyWay,
		}, waits(bareZone)),
		told(Connecting, "proxy-protocol-v2", Scenario{Title: "A key store is connected while proxy protocol v2 breaks TLS.", Break: ProxyProtocol}, waits(protocol)),
	}
}

// EverybodyAllowed puts everybody on the allow list in the place of KMS.
func EverybodyAllowed(_ *network.World, r *network.Reference) { r.Service.Principals = []string{"*"} }

// IPv6Only takes IPv4 from what the endpoint service supports.
func IPv6Only(_ *network.World, r *network.Reference) { r.Service.AddressTypes = []string{"ipv6"} }

// AlarmsDeleted deletes all three alarms on what AWS KMS measures of key stores.
func AlarmsDeleted(w *network.World, r *network.Reference) {
	for _, a := range r.Alarms {
		delete(w.Alarms, a.Name)
	}
}

// InternetFacing gives the load balancer public addresses.
func InternetFacing(_ *network.World, r *network.Reference) { r.Balancer.Scheme = "internet-facing" }

// Plaintext makes the listener end TLS in front of a TCP target group.
func Plaintext(_ *network.World, r *network.Reference) { r.Listener.Protocol = "TLS" }

// ProxyProtocol turns proxy protocol v2 on.
func ProxyProtocol(_ *network.World, r *network.Reference) { r.TargetGroup.ProxyProtocolV2 = true }

// ServiceElsewhere has whoever creates a key store name an endpoint service of another Region.
func ServiceElsewhere(w *network.World, r *network.Reference) {
	other := *r.Service
	other.ID = w.NewID("vpce-svc")
	other.Name = strings.Replace(strings.Replace(r.Service.Name, r.Service.ID, other.ID, 1), w.Region, "eu-west-1", 1)
	r.Service = &other
}

// ServiceInUse puts another key store of the account on the endpoint service.
func ServiceInUse(w *network.World, r *network.Reference) { w.AddKeyStore("orders-hsm", r.Service) }

// ServiceInUseElsewhere puts a key store of another account on the endpoint service.
func ServiceInUseElsewhere(w *network.World, r *network.Reference) {
	ks := w.AddKeyStore("orders-hsm", r.Service)
	delete(w.KeyStores, ks.ID)
	w.Elsewhere = append(w.Elsewhere, ks)
}

// OneZonesProxiesDown stops the proxies of the second zone, and has health checks notice.
func OneZonesProxiesDown(w *network.World, r *network.Reference) {
	for _, t := range r.Targets {
		if t.Subnet == r.ProxySubnets[1].ID {
			w.Proxies[t.Primary()].Ports = nil
		}
	}
	w.SettleHealth(r.TargetGroup)
}

// EveryZoneAsked has KMS ask zones that have left DNS, too.
func EveryZoneAsked(w *network.World, _ *network.Reference) { w.AsksEveryZone = true }

// GroupPerZone gives the proxies of each zone a security group that admits the node of that
// zone alone, which is enough while zones are not crossed.
func GroupPerZone(w *network.World, r *network.Reference) {
	second := w.AddSecurityGroup(r.VPC.ID, "payments-hsm-proxy-b", "XKS proxies of the second zone")
	w.Authorize(second, false, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: r.NodeSubnets[1].CIDR})
	w.Settle(second)
	w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return !rule.Egress && rule.CIDR == r.NodeSubnets[1].CIDR })
	for _, t := range r.Targets {
		if t.Subnet == r.ProxySubnets[1].ID {
			t.Groups = []string{second.ID}
		}
	}
}

// everyWay has the workload call until a request has taken each way that there is.
func everyWay(s *Stage) {
	for range 4 {
		_ = s.Workload.Decrypt(s.Ref.Workload.ID)
	}
}
