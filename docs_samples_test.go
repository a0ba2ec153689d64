package xksremediator_test

import (
	"net/netip"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// broken holds, for each check, what makes it fail on the healthy path of pathtest: its page
// in docs/checks shows the finding that it then makes and the plan that mends it.
func broken() map[check.ID]pathtest.Edit {
	return map[check.ID]pathtest.Edit{
		"key-store.exists":                                pathtest.NoKeyStore,
		"key-store.connection-state":                      pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE"),
		"key-store.answers":                               pathtest.Canary("KMSInvalidStateException", "KMS cannot communicate with the external key store proxy."),
		"key-store.uri-endpoint-matches-private-dns-name": pathtest.PrivateDnsName("other.xks.example.com"),
		"key-store.endpoint-service-region": pathtest.KeyStore(func(k *path.KeyStore) {
			k.ServiceName = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
		}),
		"key-store.endpoint-service-exclusive": func(s *path.Snapshot) {
			s.KeyStores = append(s.KeyStores, path.KeyStore{
				ID: "cks-0bbbbbbbbbbbbbbbb", Name: "orders-hsm", External: true, ServiceName: pathtest.ServiceName, UriEndpoint: "https://" + pathtest.DnsName,
			})
		},

		"endpoint-service.exists":                        pathtest.NoService,
		"endpoint-service.available":                     pathtest.Service(func(e *path.EndpointService) { e.State = "Failed" }),
		"endpoint-service.network-load-balancer":         pathtest.Service(func(e *path.EndpointService) { e.LoadBalancers = nil }),
		"endpoint-service.kms-principal-allowed":         pathtest.All(pathtest.FailedCreate, pathtest.RemovePrincipal),
		"endpoint-service.allow-list-narrow":             pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("All", "*")),
		"endpoint-service.ipv4":                          pathtest.Service(func(e *path.EndpointService) { e.AddressTypes = []string{"ipv6"} }),
		"endpoint-service.acceptance-not-required":       pathtest.RequireAcceptance,
		"endpoint-service.no-pending-connection":         pathtest.Connection("vpce-0bbbbbbbbbbbbbbbb", "777788889999", "pendingAcceptance"),
		"endpoint-service.private-dns-name":              pathtest.PrivateDnsName(""),
		"endpoint-service.private-dns-verified":          pathtest.PrivateDnsState("failed"),
		"endpoint-service.verification-record-published": pathtest.All(pathtest.PrivateDnsState("failed"), pathtest.RecordMissing),
		"endpoint-service.two-zones":                     pathtest.Service(func(e *path.EndpointService) { e.Zones, e.ZoneIDs = e.Zones[:1], e.ZoneIDs[:1] }),

		"load-balancer.active":                  pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.State = "failed" }),
		"load-balancer.internal":                pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Scheme = "internet-facing" }),
		"load-balancer.two-zones":               pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones = lb.Zones[:1] }),
		"load-balancer.listener-443":            pathtest.DeleteListener,
		"load-balancer.listener-forwards":       pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].TargetGroups = nil }),
		"load-balancer.privatelink-enforcement": pathtest.Enforce,
		"load-balancer.egress-to-targets":       pathtest.RevokeEgress(pathtest.LoadBalancerGroup, 443),

		"load-balancer.zone-without-healthy-target": pathtest.All(pathtest.CrossZone(false),
			pathtest.Target("10.0.2.9", "unhealthy", "Target.FailedHealthChecks"), pathtest.Target("10.0.2.10", "unhealthy", "Target.FailedHealthChecks")),

		"target-group.protocol": pathtest.All(
			pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Protocol = "TLS" }),
			pathtest.TargetGroup(func(g *path.TargetGroup) { g.ProxyProtocolV2 = true }),
		),
		"target-group.registered":      pathtest.KeepTargets(0),
		"target-group.healthy":         pathtest.Targets("unhealthy", "Target.FailedHealthChecks"),
		"target.security-group-admits": pathtest.RevokeIngress(pathtest.ProxyGroup, 443),
		"target.network-acl-request": pathtest.All(pathtest.KeepTargets(1), pathtest.OwnACL(pathtest.SubnetB, "acl-2"),
			pathtest.AddEntry("acl-2", pathtest.ACLEntry(90, true, false, "10.0.1.0/24", 443, 443))),
		"target.network-acl-reply": pathtest.All(pathtest.KeepTargets(1), pathtest.OwnACL(pathtest.SubnetB, "acl-2"),
			pathtest.Entries("acl-2", false, pathtest.ACLEntry(100, false, true, "10.0.1.0/24", 32768, 60999))),
		"target.route":                 pathtest.All(pathtest.KeepTargets(1), pathtest.Peered, dropRoute(pathtest.PeerTable)),
		"target.on-premises-reachable": pathtest.Outside(pathtest.OnPremises),

		"proxy.tcp": pathtest.Probed(pathtest.Unconnected(path.ProbeRefused)),
		"proxy.tls-version": pathtest.Probed(func(n *path.ProbedNode) {
			pathtest.Unshaken(path.ProbeOldTLS)(n)
			n.TLS.Offered = []string{"1.1"}
		}),
		"proxy.certificate-name": pathtest.Certificate(func(c *path.ProbedCertificate) {
			c.CommonName, c.Names = "proxy.example.com", []string{"proxy.example.com"}
		}),
		"proxy.certificate-dates": pathtest.Certificate(func(c *path.ProbedCertificate) { c.NotAfter = pathtest.Taken().Add(-time.Hour) }),
		"proxy.certificate-chain": pathtest.Probed(func(n *path.ProbedNode) {
			n.TLS.Chain, n.TLS.Trust = n.TLS.Chain[:1], path.IncompleteChain
			n.TLS.Why = "CN=Public Issuing CA, which issued CN=" + pathtest.DnsName + ", was not sent and is no public root"
		}),
		"proxy.answers": pathtest.Answered(path.ProbedAnswer{Status: 404, Server: "nginx"}),
		"proxy.latency": pathtest.Probed(func(n *path.ProbedNode) { n.Answer.Took = 400 * time.Millisecond }),
		"vpc.dns":       pathtest.EditVPC(func(v *path.VPC) { v.DNSHostnames = false }),
		"vpc.private-subnets-in-two-zones": func(s *path.Snapshot) {
			s.RouteTables[0].Routes = append(s.RouteTables[0].Routes, path.Route{CIDR: netip.MustParsePrefix("0.0.0.0/0"), Target: "igw-0123456789abcdef0", State: "active"})
		},
		"caller.permission": pathtest.Denied("arn:aws:iam::111122223333:role/operator", "ConnectCustomKeyStore", "kms:ConnectCustomKeyStore",
			"User: arn:aws:iam::111122223333:role/operator is not authorized to perform: kms:ConnectCustomKeyStore"),
		"trail.records-kms": pathtest.Trail(func(t *path.Trail) {
			t.RecordsReads, t.RecordsWrites, t.Why = false, false, "excludes kms.amazonaws.com"
		}),
		"alarm.coverage":       pathtest.All(pathtest.NoAlarms, pathtest.AddAlarm(pathtest.ErrorsAlarm, path.ErrorsMetric, pathtest.Silence)),
		"diagnosis.visibility": pathtest.Blind(path.SecurityGroupsPart),
	}
}

// dropRoute leaves a route table its local route alone.
func dropRoute(id path.RouteTableID) pathtest.Edit {
	return func(s *path.Snapshot) {
		for i := range s.RouteTables {
			if s.RouteTables[i].ID == id {
				s.RouteTables[i].Routes = s.RouteTables[i].Routes[:1]
			}
		}
	}
}
