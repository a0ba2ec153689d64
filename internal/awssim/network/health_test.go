package network_test

import (
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

func state(w *network.World, r *network.Reference, target int) string {
	s, reason := w.Health(r.TargetGroup, r.TargetGroup.Targets[target])
	if reason == "" {
		return s
	}
	return s + " " + reason
}

func revokeAll(w *network.World, g *network.SecurityGroup) {
	w.Revoke(g, func(network.Rule) bool { return true })
}

// Defaults of https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html:
// every 30 s, 2 failures in a row are unhealthy, 5 passes in a row healthy again.
func TestHealthFollowsTheNetworkAfterThresholdTimesInterval(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	step := func(d time.Duration, want string) {
		t.Helper()
		networktest.Advance(w, d)
		if got := state(w, r, 0); got != want {
			t.Errorf("at %s the target is %q, want %q", w.Clock.Now().Sub(networktest.Start), got, want)
		}
	}
	step(10*time.Minute, "healthy")

	rules := w.Rules(r.ProxyGroup)
	w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return !rule.Egress })
	step(30*time.Second, "healthy")
	step(30*time.Second, "unhealthy Target.FailedHealthChecks")

	for _, rule := range rules {
		if !rule.Egress {
			rule.ID = ""
			w.Authorize(r.ProxyGroup, false, rule)
		}
	}
	step(4*30*time.Second, "unhealthy Target.FailedHealthChecks")
	step(30*time.Second, "healthy")
}

func TestChecksCountOnlyInARow(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	proxy := w.Proxies[r.Targets[0].Primary()]
	checked := func(ports ...int) string {
		proxy.Ports = ports
		networktest.Advance(w, 30*time.Second)
		return state(w, r, 0)
	}
	for range 3 { // one failure at a time is not two in a row
		if got := checked(); got != "healthy" {
			t.Errorf("after a single failure it is %q, want healthy", got)
		}
		checked(443)
	}
	checked()
	checked()
	for range 3 { // nor are four passes five
		for range 4 {
			if got := checked(443); got != "unhealthy Target.FailedHealthChecks" {
				t.Errorf("after fewer than five passes it is %q, want unhealthy", got)
			}
		}
		checked()
	}
}

func TestANewTargetServesAfterItsFirstPass(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	eni := w.AddInterface(r.ProxySubnets[0].ID, "10.0.11.99", "XKS proxy", r.ProxyGroup.ID)
	w.Proxies[eni.Primary()] = &network.Proxy{Ports: []int{443}}
	w.Register(r.TargetGroup, "10.0.11.99", 443, "")
	if got := state(w, r, 4); got != "initial Elb.InitialHealthChecking" {
		t.Errorf("a new target is %q, want initial", got)
	}
	networktest.Advance(w, 30*time.Second)
	if got := state(w, r, 4); got != "healthy" {
		t.Errorf("after one pass it is %q, want healthy", got)
	}
}

// checkedFaults is what a health check makes of each fault after five minutes.
var checkedFaults = map[string]struct {
	options network.Options
	breaks  func(w *network.World, r *network.Reference)
	want    string
}{
	"nothing": {breaks: func(*network.World, *network.Reference) {}, want: "healthy"},
	"the process is down": {breaks: func(w *network.World, r *network.Reference) {
		w.Proxies[r.Targets[0].Primary()].Ports = nil
	}, want: "unhealthy Target.FailedHealthChecks"},
	"the health check's own port is closed in the group": {options: network.Options{HealthPort: 8443}, breaks: func(w *network.World, r *network.Reference) {
		w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return !rule.Egress && rule.FromPort == 8443 })
	}, want: "unhealthy Target.FailedHealthChecks"},
	"only the traffic port is closed": {options: network.Options{HealthPort: 8443}, breaks: func(w *network.World, r *network.Reference) {
		w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return !rule.Egress && rule.FromPort == 443 })
	}, want: "healthy"},
	"the load balancer lets nothing out": {breaks: func(w *network.World, r *network.Reference) {
		w.Revoke(r.BalancerGroup, func(rule network.Rule) bool { return rule.Egress })
	}, want: "unhealthy Target.FailedHealthChecks"},
	"the load balancer lets nothing in": {options: network.Options{Enforce: "on"}, breaks: func(w *network.World, r *network.Reference) {
		w.Revoke(r.BalancerGroup, func(rule network.Rule) bool { return !rule.Egress })
	}, want: "healthy"},
	"the group is referenced though not enforced": {options: network.Options{Enforce: "on"}, breaks: func(_ *network.World, r *network.Reference) {
		r.Balancer.Enforce = "off"
	}, want: "healthy"},
	"an HTTPS check is refused by the proxy": {breaks: func(w *network.World, r *network.Reference) {
		r.TargetGroup.Check.Protocol = "HTTPS"
		w.Proxies[r.Targets[0].Primary()].HealthSaysNo = true
	}, want: "unhealthy Target.ResponseCodeMismatch"},
	"a TCP check does not hear that": {breaks: func(w *network.World, r *network.Reference) {
		w.Proxies[r.Targets[0].Primary()].HealthSaysNo = true
	}, want: "healthy"},
	"an HTTPS check is dropped on the way": {breaks: func(w *network.World, r *network.Reference) {
		r.TargetGroup.Check.Protocol = "HTTPS"
		revokeAll(w, r.ProxyGroup)
	}, want: "unhealthy Target.Timeout"},
	"proxy protocol before an HTTPS check": {breaks: func(_ *network.World, r *network.Reference) {
		r.TargetGroup.Check.Protocol, r.TargetGroup.ProxyProtocolV2 = "HTTPS", true
	}, want: "unhealthy Target.FailedHealthChecks"},
	"no listener": {breaks: func(w *network.World, r *network.Reference) {
		delete(w.Listeners, r.Listener.ARN)
	}, want: "unused Target.NotInUse"},
	"its zone is not enabled": {breaks: func(_ *network.World, r *network.Reference) {
		r.Balancer.Zones = r.Balancer.Zones[1:]
	}, want: "unused Target.NotInUse"},
	"its zone is not enabled but zones are crossed": {options: network.Options{CrossZone: true}, breaks: func(_ *network.World, r *network.Reference) {
		r.Balancer.Zones = r.Balancer.Zones[1:]
	}, want: "healthy"},
	"another zone's node cannot reach it": {breaks: func(w *network.World, r *network.Reference) {
		w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return rule.CIDR == r.NodeSubnets[1].CIDR })
	}, want: "healthy"},
	"another zone's node cannot reach it and zones are crossed": {options: network.Options{CrossZone: true}, breaks: func(w *network.World, r *network.Reference) {
		w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return rule.CIDR == r.NodeSubnets[1].CIDR })
	}, want: "unhealthy Target.FailedHealthChecks"},
	"health checks are off": {breaks: func(_ *network.World, r *network.Reference) {
		r.TargetGroup.Check.Disabled = true
	}, want: "unavailable Target.HealthCheckDisabled"},
}

func TestWhatFailsAHealthCheck(t *testing.T) {
	t.Parallel()
	for name, tt := range checkedFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(tt.options)
			tt.breaks(w, r)
			networktest.Advance(w, 5*time.Minute)
			if got := state(w, r, 0); got != tt.want {
				t.Errorf("the target is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestADeregisteredTargetDrainsThenGoes(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	w.Deregister(r.TargetGroup, r.TargetGroup.Targets[0])
	if got := state(w, r, 0); got != "draining Target.DeregistrationInProgress" {
		t.Errorf("it is %q, want draining", got)
	}
	networktest.Advance(w, 5*time.Minute)
	if n := len(r.TargetGroup.Targets); n != 3 {
		t.Errorf("%d targets are left after the delay, want 3", n)
	}
}

func TestAStoppedInstanceIsUnused(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	w.Instances["i-1"] = &network.Instance{ID: "i-1", State: "running", VPC: r.VPC.ID}
	eni := w.AddInterface(r.ProxySubnets[0].ID, "10.0.11.99", "instance", r.ProxyGroup.ID)
	eni.Instance = "i-1"
	w.Proxies[eni.Primary()] = &network.Proxy{Ports: []int{443}}
	w.Register(r.TargetGroup, "i-1", 443, "")
	networktest.Advance(w, 30*time.Second)
	if got := state(w, r, 4); got != "healthy" {
		t.Errorf("a running instance is %q, want healthy", got)
	}
	w.Instances["i-1"].State = "stopped"
	if got := state(w, r, 4); got != "unused Target.InvalidState" {
		t.Errorf("a stopped instance is %q, want unused", got)
	}
}
