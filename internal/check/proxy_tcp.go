package check

import (
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// proxyTCP is unknown where packets are lost that may be the probe's alone: unlike AWS KMS it
// is held against the load balancer's inbound rules, and where targets see client addresses,
// against theirs with an address that is not a node's.
var proxyTCP = Check{
	ID:      "proxy.tcp",
	Title:   "Every load balancer node connects the probe to a proxy on 443",
	Fails:   "a TCP connection is refused or reset, or gets no answer where nothing but the path can be the reason",
	Why:     "What the probe cannot reach AWS KMS seldom can: requests through that node fail. The probe comes from an address of its own VPC; AWS KMS comes through PrivateLink, whose addresses and kept connections it does not share.",
	Console: "Amazon EC2 console, Target Groups: choose the group, Targets tab, and see whether the proxies are healthy. On a proxy, see whether its process is up and listens on the target's port. To let the probe in: Security Groups, choose the load balancer's group, Inbound rules, add TCP 443 from the probe's group.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.ProbePart, path.LoadBalancerPart, path.TargetGroupsPart, path.SecurityGroupsPart, path.PrefixListsPart},
	Applies: onProbedPath,
	Run:     ofProxy(always("a TCP connection on port 443 through every node"), judgeTCP),
}

func judgeTCP(s path.Snapshot, n path.ProbedNode) look {
	switch n.TCP.Fault {
	case "":
		return fine("connected in " + millis(n.TCP.Took))
	case path.ProbeRefused:
		return wrong("connection refused: nothing listens there", "connections to the proxy on 443 are refused")
	case path.ProbeReset, path.ProbeClosed:
		return wrong("connection reset: "+n.TCP.Detail, "connections to the proxy on 443 are reset")
	case path.ProbeTimedOut:
		return judgeSilence(s)
	case path.ProbeUnreachable:
		return unsure("the probe's own network has no way there, which says nothing of AWS KMS's: " + n.TCP.Detail)
	}
	return unsure("no connection: " + n.TCP.Detail)
}

// judgeSilence is for packets that nothing answered.
func judgeSilence(s path.Snapshot) look {
	const silent = "timed out: packets are dropped by a security group, a network ACL or for want of a route"
	if slices.ContainsFunc(s.TargetGroups, func(g path.TargetGroup) bool { return g.PreserveClientIP }) {
		return unsure(silent + ", perhaps the probe's alone: the target group preserves client IP addresses, so that its targets see the probe's, not a node's")
	}
	if !slices.ContainsFunc(s.Probe.Nodes, func(n path.ProbedNode) bool { return n.TCP.Fault == "" }) && !admitsAnybody(s) {
		return unsure(silent + ", perhaps the probe's alone: inbound rules of the load balancer's security groups hold for it, and not for AWS KMS. Let its security group in on 443")
	}
	return wrong(silent, "packets to the proxy on 443 are dropped")
}

// admitsAnybody reports whether no security group of the load balancers' can be what keeps the
// probe out, whatever its address.
func admitsAnybody(s path.Snapshot) bool {
	dst := netip.AddrFrom4([4]byte{})
	anywhere := flow.Of(flow.Box{
		Protocol: flow.TCP, Src: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Dst: flow.Host(dst), Ports: flow.Port(reach.Port),
	})
	return !slices.ContainsFunc(s.LoadBalancers, func(lb path.LoadBalancer) bool {
		allowed, _ := reach.IngressFromAnywhere(s, lb.SecurityGroups, dst)
		return len(lb.SecurityGroups) > 0 && !allowed.Contains(anywhere)
	})
}
