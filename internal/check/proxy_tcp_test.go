package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

const name = path.ARN(pathtest.DnsName)

// proxyRows are what every check of the proxy shares.
func proxyRows(rows map[string]row) map[string]row {
	rows["no probe is deployed"] = row{edit: pathtest.NoProbe, want: NotApplicable, seen: "ProbeSubnetIds"}
	rows["the probe may not be invoked"] = row{edit: pathtest.Blind(path.ProbePart), want: Unknown, seen: "lambda:InvokeFunction"}
	rows["the probe says nothing"] = row{edit: func(s *path.Snapshot) { s.Probe.Nodes = nil }, want: Unknown, seen: "judged nothing"}
	return onPathRows(rows)
}

func TestProxyTCP(t *testing.T) {
	every := func(fault path.ProbeFault) pathtest.Edit { return pathtest.Probed(pathtest.Unconnected(fault)) }
	lost := pathtest.All(every(path.ProbeTimedOut))
	open := pathtest.Ingress(pathtest.LoadBalancerGroup, pathtest.TCP("0.0.0.0/0", 443))
	noGroups := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.SecurityGroups, lb.Enforcement = nil, "" })
	preserved := func(s *path.Snapshot) { s.TargetGroups[0].PreserveClientIP = true }
	const dropped = "packets to the proxy on 443 are dropped"
	judges(t, proxyTCP, proxyRows(map[string]row{
		"every node connects":                          {edit: pathtest.Unchanged, want: Pass, seen: "10.0.1.7, 10.0.2.7: connected in 2 ms", subject: name},
		"nothing listens":                              {edit: every(path.ProbeRefused), want: Fail, seen: "10.0.1.7, 10.0.2.7: connection refused", headline: "refused", subject: name},
		"one node refuses":                             {edit: pathtest.ProbedAt(1, pathtest.Unconnected(path.ProbeRefused)), want: Fail, seen: "10.0.1.7: connected in 2 ms; 10.0.2.7: connection refused"},
		"reset":                                        {edit: every(path.ProbeReset), want: Fail, headline: "reset"},
		"silence, and nothing admits the probe":        {edit: lost, want: Unknown, seen: "perhaps the probe's alone"},
		"silence, and some are admitted":               {edit: pathtest.All(lost, pathtest.Ingress(pathtest.LoadBalancerGroup, pathtest.TCP("10.0.0.0/8", 443))), want: Unknown, seen: "perhaps the probe's alone"},
		"silence, and a group is admitted":             {edit: pathtest.All(lost, pathtest.Ingress(pathtest.LoadBalancerGroup, pathtest.TCPGroup("sg-probe", 443))), want: Unknown},
		"silence, and everybody is admitted":           {edit: pathtest.All(lost, open), want: Fail, seen: "timed out", headline: dropped},
		"silence, and the load balancer has no groups": {edit: pathtest.All(lost, noGroups), want: Fail, headline: dropped},
		"silence at one node alone":                    {edit: pathtest.ProbedAt(0, pathtest.Unconnected(path.ProbeTimedOut)), want: Fail, seen: "10.0.1.7: timed out", headline: dropped},
		"silence, and targets see the client":          {edit: pathtest.All(lost, open, preserved), want: Unknown, seen: "preserves client IP"},
		"the probe's network knows no way":             {edit: every(path.ProbeUnreachable), want: Unknown, seen: "says nothing of AWS KMS's"},
		"anything else":                                {edit: every(path.ProbeOther), want: Unknown, seen: "dial tcp4"},
		"the groups may not be read":                   {edit: pathtest.All(lost, pathtest.Blind(path.SecurityGroupsPart)), want: Unknown, seen: "security-groups"},
	}))
}
