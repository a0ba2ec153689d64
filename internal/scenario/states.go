package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// states are faults of what AWS makes of the endpoint service, the load balancer and the trail,
// and of how the service was built.
func states() []Scenario {
	const (
		available = "endpoint-service.available"
		behind    = "endpoint-service.network-load-balancer"
		named     = "endpoint-service.private-dns-name"
		active    = "load-balancer.active"
		trail     = "trail.records-kms"
	)
	return []Scenario{
		told(Connecting, "endpoint-service-failed", Scenario{
			Title: "A key store is connected while its endpoint service is in state Failed.", Break: ServiceFailed,
		}, waits(available)),
		told(Creating, "endpoint-service-failed", Scenario{
			Title: "A key store is created on an endpoint service in state Failed.", Break: ServiceFailed,
		}, refused(available)),
		told(Creating, "gateway-load-balancer", Scenario{
			Title: "A key store is created on the endpoint service of a Gateway Load Balancer.", Break: GatewayService,
		}, refused(behind)),
		told(Creating, "no-private-dns-name", Scenario{
			Title: "A key store is created on an endpoint service without a private DNS name.", Break: NoPrivateDNS,
		}, refused(named)),
		told(Running, "load-balancer-failed", Scenario{
			Title: "The load balancer is in state failed: AWS could not set it up.", Break: BalancerFailed, Canary: true,
		}, waits(active)),
		told(Running, "trail-deleted", Scenario{ // no fault of the path: with it none wakes the product, and the clock alone has it look
			Title: "No trail records the calls on AWS KMS any more, so that no failure wakes anybody.", Break: TrailDeleted, Variant: true,
		}, End{Risks: []string{trail}, State: "open", Encrypts: true}),
	}
}

// ServiceFailed puts the endpoint service into state Failed.
func ServiceFailed(_ *network.World, r *network.Reference) { r.Service.State = "Failed" }

// GatewayService has the endpoint service stand in front of a Gateway Load Balancer.
func GatewayService(_ *network.World, r *network.Reference) {
	r.Service.Type, r.Service.Balancers = "GatewayLoadBalancer", nil
	r.Service.GatewayBalancers = []string{"arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/gwy/inspection/0123456789abcdef"}
}

// NoPrivateDNS takes the private DNS name off the endpoint service.
func NoPrivateDNS(_ *network.World, r *network.Reference) { r.Service.PrivateDNS = nil }

// BalancerFailed puts the load balancer into state failed.
func BalancerFailed(_ *network.World, r *network.Reference) { r.Balancer.State = "failed" }

// TrailDeleted deletes every trail.
func TrailDeleted(w *network.World, _ *network.Reference) { clear(w.Trails) }
