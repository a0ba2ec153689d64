package check

import (
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// targetNetworkACLRequest gives one finding a network ACL: its Missing are the flows that the
// network ACL keeps out, whether as they leave the nodes' subnet or as they enter the target's.
var targetNetworkACLRequest = Check{
	ID:      "target.network-acl-request",
	Title:   "The network ACLs let the load balancer's traffic and health checks through to the targets",
	Fails:   "the network ACL of a node's subnet (outbound) or of a target's subnet (inbound) denies the traffic or health-check port",
	Why:     "Requests and health checks are dropped at the border of a subnet: they time out, and targets turn unhealthy within a few health checks. A network ACL is stateless, so every request feels it at once.",
	Console: "Amazon VPC console, Network ACLs: choose the network ACL, Inbound rules or Outbound rules tab, Edit rules, Add new rule for each missing flow: a rule number below the one that denies, type Custom TCP, the port, the address at the other end, Allow, Save changes.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
	Needs:   acrossSubnets(path.NetworkACLsPart),
	Applies: onPath,
	Run: throughACLs(false, func(missing flow.Set) string {
		return "network ACL blocks NLB to proxy on " + ports(missing)
	}),
}
