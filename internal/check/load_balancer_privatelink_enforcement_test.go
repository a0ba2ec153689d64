package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestLoadBalancerPrivatelinkEnforcement(t *testing.T) {
	enforced := func(rules ...path.Rule) pathtest.Edit {
		return pathtest.All(pathtest.Enforce, pathtest.Ingress(pathtest.LoadBalancerGroup, rules...))
	}
	noGroups := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.SecurityGroups, lb.Enforcement = nil, "" })
	unsaid := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Enforcement = "" })
	const headline = "NLB security groups block PrivateLink traffic on 443"
	judges(t, loadBalancerPrivatelinkEnforcement, loadBalancerRows(map[string]row{
		"off":                                     {edit: pathtest.Unchanged, want: Pass, seen: "off", subject: pathtest.LoadBalancerARN},
		"no groups":                               {edit: noGroups, want: Pass, seen: "no security groups"},
		"on, and nothing is admitted":             {edit: enforced(), want: Fail, seen: "sg-nlb", headline: headline, subject: pathtest.LoadBalancerARN},
		"not said, which is on":                   {edit: unsaid, want: Fail, headline: headline},
		"on, and another port is admitted":        {edit: enforced(pathtest.TCP("0.0.0.0/0", 444)), want: Fail},
		"on, and IPv6 alone is admitted":          {edit: enforced(pathtest.TCP("::/0", 443)), want: Fail},
		"on, and a group is admitted":             {edit: enforced(pathtest.TCPGroup(pathtest.ProxyGroup, 443)), want: Fail},
		"on, and everybody is admitted":           {edit: enforced(pathtest.TCP("0.0.0.0/0", 443)), want: Pass, seen: "from everywhere"},
		"on, and two halves of everybody are":     {edit: enforced(pathtest.TCP("0.0.0.0/1", 443), pathtest.TCP("128.0.0.0/1", 443)), want: Pass},
		"on, and some are admitted":               {edit: enforced(pathtest.TCP("10.0.0.0/8", 443)), want: Unknown, seen: "not published"},
		"on, and all but one half are admitted":   {edit: enforced(pathtest.TCP("0.0.0.0/1", 443)), want: Unknown},
		"on, and a prefix list was not read":      {edit: enforced(pathtest.TCPList("pl-hidden", 443)), want: Unknown, seen: "pl-hidden"},
		"on, everybody and a list that is unread": {edit: enforced(pathtest.TCPList("pl-hidden", 443), pathtest.TCP("0.0.0.0/0", 443)), want: Pass},
		"on, and the group may not be read":       {edit: pathtest.All(pathtest.Enforce, pathtest.Blind(path.SecurityGroupsPart)), want: Unknown},
	}))
}
