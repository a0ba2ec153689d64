package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

const (
	admits    = "target.security-group-admits"
	egress    = "load-balancer.egress-to-targets"
	healthy   = "target-group.healthy"
	ingressOp = "AuthorizeSecurityGroupIngress"
	egressOp  = "AuthorizeSecurityGroupEgress"
)

// groups are the faults of security groups.
func groups() []Scenario {
	return []Scenario{
		told(Running, "healthy", Scenario{Title: "Nothing is wrong.", Canary: true}, End{Encrypts: true}),
		told(Connecting, "healthy", Scenario{Title: "A new key store is connected and nothing is wrong."}, End{Encrypts: true}),
		fixed(Running, "target-security-group-without-443", Scenario{
			Title: "The proxies' security group loses 443.", Break: TargetGroupClosed(443), Canary: true,
		}, End{Causes: []string{admits}, Writes: []string{ingressOp}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		fixed(Running, "target-security-group-without-443-and-no-canary", Scenario{
			Title: "The proxies' security group loses 443, and no canary key proves the fix.", Break: TargetGroupClosed(443), Variant: true,
		}, End{Causes: []string{admits}, Writes: []string{ingressOp}, State: "resolved", Proof: "cause-gone", Encrypts: true}),
		fixed(Connecting, "target-security-group-without-443", Scenario{
			Title: "A key store is connected while the proxies' security group lacks 443; it is mended before the attempt ends.", Break: TargetGroupClosed(443),
		}, End{Causes: []string{admits, healthy}, Writes: []string{ingressOp}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		fixed(Connecting, "failed-for-want-of-443", Scenario{
			Title: "A key store is FAILED because the proxies' security group lacks 443.", Build: network.Options{State: network.Failed}, Break: TargetGroupClosed(443), Watch: 40 * minute, Variant: true,
		}, End{Causes: []string{admits, healthy}, Writes: []string{ingressOp, disconnect, connect}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		told(Running, "shared-target-security-group", Scenario{
			Title: "The proxies' security group loses 443, and other network interfaces carry it too.",
			Build: network.Options{SharedGroup: 3}, Break: TargetGroupClosed(443), Variant: true,
		}, waits(admits)),
		fixed(Running, "health-check-port-blocked", Scenario{
			Title: "The health check port is closed: every target is unhealthy, and the load balancer fails open.",
			Build: network.Options{HealthPort: 8443}, Break: TargetGroupClosed(8443),
		}, End{Causes: []string{admits, healthy}, Writes: []string{ingressOp}, State: "resolved", Proof: "cause-gone", Encrypts: true}).
			also("observe", End{Causes: []string{admits, healthy}, State: "needs-person", Encrypts: true}).
			also("approve", End{Causes: []string{admits, healthy}, State: "needs-person", Encrypts: true}),
		fixed(Running, "load-balancer-egress-missing", Scenario{
			Title: "The load balancer's security group lets nothing out.", Break: EgressClosed, Canary: true,
		}, End{Causes: []string{egress}, Writes: []string{egressOp}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		fixed(Connecting, "load-balancer-egress-missing", Scenario{
			Title: "A key store is connected while the load balancer lets nothing out.", Break: EgressClosed,
		}, End{Causes: []string{egress, healthy}, Writes: []string{egressOp}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		fixed(Running, "two-faults-at-once", Scenario{
			Title: "The targets' group loses 443 and the load balancer's lets nothing out.", Break: Both(TargetGroupClosed(443), EgressClosed), Canary: true, Variant: true,
		}, End{Causes: []string{admits, egress}, Writes: []string{egressOp, ingressOp}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		told(Running, "privatelink-enforcement-blocks", Scenario{
			Title: "Inbound rules are enforced on PrivateLink traffic and admit nothing on 443.", Break: EnforcementClosed,
		}, waits("load-balancer.privatelink-enforcement")),
		told(Connecting, "privatelink-enforcement-blocks", Scenario{
			Title: "A key store is connected while inbound rules, enforced on PrivateLink traffic, admit nothing.", Break: EnforcementClosed,
		}, waits("load-balancer.privatelink-enforcement")),
	}
}

// also gives one mode an end of its own.
func (s Scenario) also(mode string, e End) Scenario {
	if s.Ends == nil {
		s.Ends = map[string]End{}
	}
	s.Ends[mode] = e
	return s
}
