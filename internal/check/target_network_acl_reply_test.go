package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetNetworkACLReply(t *testing.T) {
	const (
		acl   = pathtest.NetworkACLARN
		reply = "tcp 10.0.2.9/32 → 10.0.1.7/32 :"
	)
	allow := func(egress bool, from, to int) pathtest.Edit {
		cidr := map[bool]string{true: "10.0.1.0/24", false: "10.0.2.0/24"}[egress]
		return pathtest.All(oneWay, pathtest.Entries(pathtest.NetworkACL, egress, pathtest.ACLEntry(100, egress, true, cidr, from, to)))
	}
	judges(t, targetNetworkACLReply, loadBalancerRows(map[string]row{
		"the default network ACL allows everything": {edit: pathtest.Unchanged, want: Pass, subject: acl},
		"just the ephemeral ports":                  {edit: pathtest.All(allow(true, 1024, 65535), allow(false, 1024, 65535)), want: Pass},
		"Linux's ephemeral ports leave the target's subnet": {
			edit: allow(true, 32768, 60999), want: Fail, subject: acl, headline: "network ACL blocks proxy replies to NLB on 1024-32767...",
			missing: reply + "1024-32767, " + reply + "61000-65535", seen: "no outbound rule allows tcp 1024-32767, 61000-65535 from 10.0.2.9/32 to 10.0.1.7/32",
		},
		"no more than they come back to the node's": {
			edit: allow(false, 32768, 60999), want: Fail, missing: reply + "1024-32767, " + reply + "61000-65535", seen: "no inbound rule allows tcp 1024-32767",
		},
		"one port short": {edit: allow(true, 1025, 65535), want: Fail, missing: reply + "1024", headline: "replies to NLB on 1024"},
		"an entry denies a part": {
			edit: pathtest.All(oneWay, denyEntry(true, 90, "10.0.1.0/24", 3389, 3389)), want: Fail, missing: reply + "3389",
			seen: "outbound rule 90 (deny tcp 3389 to 10.0.1.0/24) denies tcp 3389 from 10.0.2.9/32 to 10.0.1.7/32",
		},
		"the request is another check's": {edit: pathtest.All(oneWay, denyEntry(true, 90, "10.0.2.0/24", 443, 443)), want: Pass},
		"within one subnet there is none": {
			edit: pathtest.All(allow(true, 1, 1), pathtest.Interface("eni-10.0.2.9", func(n *path.NetworkInterface) { n.Subnet = pathtest.SubnetA })), want: NotApplicable,
		},
		"ACLs may not be read": {edit: pathtest.Blind(path.NetworkACLsPart), want: Unknown, seen: "ec2:DescribeNetworkAcls"},
	}))
}
