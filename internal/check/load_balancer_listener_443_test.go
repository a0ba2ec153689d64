package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerListener443(t *testing.T) {
	listener := func(protocol string, port int) pathtest.Edit {
		return pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Protocol, lb.Listeners[0].Port = protocol, port })
	}
	const headline = "load balancer has no listener on 443"
	judges(t, loadBalancerListener443, loadBalancerRows(map[string]row{
		"TCP on 443":                {edit: pathtest.Unchanged, want: Pass, subject: pathtest.LoadBalancerARN},
		"TLS on 443":                {edit: listener("TLS", 443), want: Pass},
		"it was deleted":            {edit: pathtest.DeleteListener, want: Fail, seen: "none", headline: headline, subject: pathtest.LoadBalancerARN},
		"TCP on 8443":               {edit: listener("TCP", 8443), want: Fail, seen: "TCP:8443", headline: headline},
		"UDP on 443":                {edit: listener("UDP", 443), want: Fail, seen: "UDP:443"},
		"TCP_UDP on 443":            {edit: listener("TCP_UDP", 443), want: Fail},
		"listeners may not be read": {edit: pathtest.Blind(path.ListenersPart), want: Unknown},
	}))
}
