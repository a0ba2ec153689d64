package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

const vpc1 = path.ARN("arn:aws:ec2:us-west-2:111122223333:vpc/vpc-1")

// vpcRows are what every check of the load balancer's VPC shares.
func vpcRows(rows map[string]row) map[string]row { return loadBalancerRows(rows) }

func TestVpcDns(t *testing.T) {
	dns := func(support, hostnames bool) pathtest.Edit {
		return pathtest.EditVPC(func(v *path.VPC) { v.DNSSupport, v.DNSHostnames = support, hostnames })
	}
	judges(t, vpcDns, vpcRows(map[string]row{
		"both enabled":            {edit: pathtest.Unchanged, want: Pass, subject: vpc1},
		"no DNS hostnames":        {edit: dns(true, false), want: Fail, warning: true, seen: "DNS resolution enabled, DNS hostnames disabled", headline: "DNS settings of the VPC are off", subject: vpc1},
		"no DNS resolution":       {edit: dns(false, true), want: Fail, warning: true, seen: "DNS resolution disabled, DNS hostnames enabled"},
		"neither":                 {edit: dns(false, false), want: Fail, warning: true},
		"of a failed create":      {edit: pathtest.All(dns(true, false), pathtest.FailedCreate), want: Fail, warning: true},
		"attributes not read":     {edit: pathtest.Blind(path.VPCAttributesPart), want: Unknown, seen: "ec2:DescribeVpcAttribute"},
		"another VPC only":        {edit: pathtest.EditVPC(func(v *path.VPC) { v.ID = "vpc-2" }), want: Unknown, seen: "not among those that were read"},
		"a peered VPC without it": {edit: func(s *path.Snapshot) { s.VPCs = append(s.VPCs, path.VPC{ID: "vpc-2"}) }, want: Pass, subject: vpc1},
	}))
}
