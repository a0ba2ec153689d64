package plan

import "github.com/xks-remediator/xks-remediator/internal/check"

// A remedy says what a failing check calls for.
type remedy struct {
	check check.ID
	// steps returns what to do about the fails of check, in order; none where other
	// remedies do it.
	steps  func(maker, []check.Finding) []Step
	last   bool // a consequence: planned only where nothing else is
	always bool // asked also without a finding
}

// remedies returns one entry for each check, in an order that works: first what must be
// there, then the network from the load balancer on, then what new connections need, and
// the reconnect after all. Within the network, rules come before the enforcement that they
// replace.
func remedies() []remedy {
	return []remedy{
		{check: "caller.permission", steps: maker.permission},
		{check: "key-store.exists", steps: maker.missingKeyStore},
		{check: "key-store.endpoint-service-region", steps: maker.serviceElsewhere},
		{check: "endpoint-service.exists", steps: maker.missingService},
		{check: "endpoint-service.available", steps: maker.unavailableService},
		{check: "endpoint-service.network-load-balancer", steps: maker.otherService},

		{check: "load-balancer.active", steps: maker.inactiveLoadBalancer},
		{check: "load-balancer.egress-to-targets", steps: maker.letOut},
		{check: "target.security-group-admits", steps: maker.letIn},
		{check: "load-balancer.privatelink-enforcement", steps: maker.enforced},
		{check: "target.network-acl-request", steps: maker.letAcross},
		{check: "target.network-acl-reply", steps: maker.letBack},
		{check: "target.route", steps: maker.reroute},
		{check: "target.on-premises-reachable", steps: maker.reroute},
		{check: "load-balancer.listener-443", steps: maker.noListener},
		{check: "load-balancer.listener-forwards", steps: maker.noForward},
		{check: "target-group.protocol", steps: maker.otherProtocol},
		{check: "target-group.registered", steps: maker.noTargets},

		{check: "proxy.tls-version", steps: maker.noHandshake},
		{check: "proxy.certificate-name", steps: maker.otherCertificateName},
		{check: "proxy.certificate-dates", steps: maker.expired},
		{check: "proxy.certificate-chain", steps: maker.brokenChain},
		{check: "proxy.answers", steps: maker.otherAnswer},
		{check: "proxy.latency", steps: maker.slow},

		{check: "vpc.private-subnets-in-two-zones", steps: maker.noPrivateSubnets},
		{check: "load-balancer.two-zones", steps: maker.oneBalancerZone},
		{check: "endpoint-service.two-zones", steps: maker.oneZone},
		{check: "endpoint-service.ipv4", steps: maker.noIPv4},
		{check: "endpoint-service.private-dns-name", steps: maker.noPrivateDNSName},
		{check: "endpoint-service.verification-record-published", steps: maker.unpublished},
		{check: "endpoint-service.private-dns-verified", steps: maker.unverified},
		{check: "key-store.endpoint-service-exclusive", steps: maker.sharedService},
		{check: "endpoint-service.kms-principal-allowed", steps: maker.principal},
		{check: "endpoint-service.acceptance-not-required", steps: maker.acceptance},
		{check: "endpoint-service.no-pending-connection", steps: maker.pending},
		// KMS refuses the update while anything of the endpoint service is not as it must be.
		{check: "key-store.uri-endpoint-matches-private-dns-name", steps: maker.otherName},

		{check: "endpoint-service.allow-list-narrow", steps: maker.everybodyAllowed},
		{check: "load-balancer.internal", steps: maker.internetFacing},
		{check: "vpc.dns", steps: maker.vpcDns},
		{check: "trail.records-kms", steps: maker.trail},
		{check: "alarm.coverage", steps: maker.alarms},
		{check: "diagnosis.visibility", steps: maker.visibility},
		{check: "load-balancer.zone-without-healthy-target", steps: maker.crossZones, last: true},
		{check: "target-group.healthy", steps: maker.unhealthy, last: true},
		{check: "proxy.tcp", steps: maker.unconnected, last: true},
		{check: "key-store.connection-state", steps: maker.connection, always: true},
		{check: "key-store.answers", steps: maker.behindProxy, last: true, always: true},
	}
}

// Remedied returns the checks that have an entry, in the order in which they are mended.
func Remedied() []check.ID {
	var ids []check.ID
	for _, r := range remedies() {
		ids = append(ids, r.check)
	}
	return ids
}
