package check

import (
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// targetNetworkACLReply is the way back: network ACLs are stateless, and Elastic Load
// Balancing sends from any of the ports 1024-65535.
var targetNetworkACLReply = Check{
	ID:      "target.network-acl-reply",
	Title:   "The network ACLs let the targets' replies through to the load balancer's ephemeral ports",
	Fails:   "the network ACL of a target's subnet (outbound) or of a node's subnet (inbound) denies some of the ports 1024-65535",
	Why:     "The proxy answers and its answers are dropped at the border of a subnet: connections time out though the requests arrive. Where only a part of the ephemeral ports is let back some connections work and others do not.",
	Console: "Amazon VPC console, Network ACLs: choose the network ACL, Outbound rules (of a target's subnet) or Inbound rules (of a node's subnet) tab, Edit rules, Add new rule: a rule number below the one that denies, type Custom TCP, the missing ports, the address at the other end, Allow, Save changes.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports",
	Needs:   acrossSubnets(path.NetworkACLsPart),
	Applies: onPath,
	Run: throughACLs(true, func(missing flow.Set) string {
		return "network ACL blocks proxy replies to NLB on " + ports(missing)
	}),
}
