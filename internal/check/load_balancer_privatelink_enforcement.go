package check

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// loadBalancerPrivatelinkEnforcement cannot compute what is missing: the source that the
// rules see is an address of KMS's own VPC, and AWS does not publish those. So nothing
// admitted on 443 is a fail, everything a pass, and anything in between unknown.
var loadBalancerPrivatelinkEnforcement = Check{
	ID:      "load-balancer.privatelink-enforcement",
	Title:   "The load balancer's security groups do not block PrivateLink traffic on 443",
	Fails:   "inbound rules are enforced on PrivateLink traffic and admit nothing on 443",
	Why:     "All that KMS sends arrives over PrivateLink: with no inbound rule for 443 every request is dropped, while health checks go on and every target looks healthy.",
	Console: "Amazon EC2 console, Load Balancers: choose the load balancer, Security tab, Edit, clear Enforce inbound rules on PrivateLink traffic, Save changes. First let the targets' security groups admit the addresses of the load balancer.",
	Source:  "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
	Needs:   []path.Part{path.LoadBalancerPart, path.SecurityGroupsPart, path.PrefixListsPart},
	Applies: onPath,
	Run: ofLoadBalancers(func(s path.Snapshot, lb path.LoadBalancer) []Finding {
		const expected = "inbound rules not enforced on PrivateLink traffic, or 443 admitted from KMS"
		switch {
		case len(lb.SecurityGroups) == 0:
			return one(pass(lb.ARN, expected, "the load balancer has no security groups"))
		case !reach.Enforces(lb):
			return one(pass(lb.ARN, expected, "enforcement on PrivateLink traffic is off"))
		}
		return one(judgeEnforcement(s, lb, expected))
	}),
}

func judgeEnforcement(s path.Snapshot, lb path.LoadBalancer, expected string) Finding {
	dst := netip.AddrFrom4([4]byte{}) // the node; which one makes no difference to a group
	allowed, unread := reach.IngressFromAnywhere(s, lb.SecurityGroups, dst)
	anywhere := flow.Of(flow.Box{
		Protocol: flow.TCP, Src: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Dst: flow.Host(dst), Ports: flow.Port(reach.Port),
	})
	admitted := allowed.Intersect(anywhere)
	groups := groupNames(lb.SecurityGroups)
	switch {
	case admitted.Contains(anywhere):
		return pass(lb.ARN, expected, fmt.Sprintf("enforcement is on, and %s admits 443 from everywhere", groups))
	case len(unread) > 0:
		return unknown(lb.ARN, expected, "enforcement is on, and not read: "+strings.Join(unread, ", "))
	case admitted.IsZero():
		return fail(lb.ARN, expected, fmt.Sprintf("enforcement is on, and %s admits nothing on 443", groups),
			"NLB security groups block PrivateLink traffic on 443")
	}
	return unknown(lb.ARN, expected, fmt.Sprintf("enforcement is on, and %s admits 443 from some addresses; KMS's are not published", groups))
}

func groupNames(ids []path.SecurityGroupID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return strings.Join(names, ", ")
}
