package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// targetGroupProtocol is about what arrives at the proxy: KMS's TLS, as KMS sent it or
// encrypted anew. That the proxy is made for something else is believed where healthy targets
// prove it: those that answer HTTP health checks on the port of their traffic.
var targetGroupProtocol = Check{
	ID:      "target-group.protocol",
	Title:   "The target group hands TLS to the proxy, unchanged",
	Fails:   "its protocol is neither TCP nor TLS, a TLS listener forwards to it in plaintext (TCP), or proxy protocol v2 is on",
	Why:     "Every request: what arrives at the proxy is not the TLS that it waits for. A TLS listener in front of a TCP target group sends plaintext, and proxy protocol v2 puts a header before the TLS handshake. TCP health checks go on passing.",
	Console: "Amazon EC2 console. Target Groups: choose the group, Attributes tab, Edit, and turn Proxy protocol v2 off. Load Balancers: choose the load balancer, Listeners tab, the listener on 443, Edit listener, and set the protocol to TCP, so that the proxy's own certificate is seen. The protocol of a target group cannot be changed: create another one with protocol TCP, and forward to it.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.ListenersPart, path.TargetGroupsPart, path.TargetHealthPart},
	Applies: onPath,
	Run: func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		ways := reach.Forwards(s)
		if len(ways) == 0 {
			return one(notApplicable(serviceARN(s), "no target group is behind a listener on 443"))
		}
		var findings []Finding
		for _, way := range ways {
			findings = append(findings, judgeProtocol(way.Listener, way.TargetGroup))
		}
		return findings
	},
}

func judgeProtocol(l path.Listener, g path.TargetGroup) Finding {
	const expected = "protocol TCP or TLS, encrypted to the targets, proxy protocol v2 off"
	seen := "protocol " + orUnset(g.Protocol) + " behind a " + orUnset(l.Protocol) + " listener"
	if g.ProxyProtocolV2 {
		seen += ", proxy protocol v2 on"
	}
	switch {
	case fold(g.Protocol, "TCP_UDP"):
		f := fail(g.ARN, expected, seen, "target group's protocol is TCP_UDP: TCP is enough")
		f.Warning = true
		return f
	case !fold(g.Protocol, "TCP") && !fold(g.Protocol, "TLS"):
		return fail(g.ARN, expected, seen, "target group's protocol is "+orUnset(g.Protocol))
	case g.ProxyProtocolV2 && !Understands(g, "HTTP", "HTTPS"):
		return fail(g.ARN, expected, seen, "proxy protocol v2 breaks TLS to the proxy")
	case Plaintext(l, g) && !Understands(g, "HTTP"):
		return fail(g.ARN, expected, seen, "TLS listener sends plaintext to the proxy")
	}
	return pass(g.ARN, expected, seen)
}

// Plaintext reports whether a listener that ends TLS sends plaintext to a target group.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-tls-listener.html
func Plaintext(l path.Listener, g path.TargetGroup) bool {
	return fold(l.Protocol, "TLS") && fold(g.Protocol, "TCP")
}

// Understands reports whether a target proves, by passing health checks of one of protocols
// on the port of its traffic, that it understands what it is sent there. Proxy protocol v2
// puts its header before health checks too.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func Understands(g path.TargetGroup, protocols ...string) bool {
	onTraffic := fold(g.HealthCheck.Port, "traffic-port") || g.HealthCheck.Port == strconv.Itoa(g.Port)
	return g.HealthCheck.Enabled && onTraffic && slices.Contains(protocols, strings.ToUpper(g.HealthCheck.Protocol)) && healthOf(g).healthy > 0
}
