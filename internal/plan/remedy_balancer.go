package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func (m maker) inactiveLoadBalancer(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "wait until the load balancer is active, or replace it where it failed",
			[]string{"aws", "elbv2", "describe-load-balancers", "--load-balancer-arns", string(f.Subject), "--query", "LoadBalancers[].State"})
	})
}

func (m maker) noListener(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		tg := m.targetGroup(f.Subject)
		return instruct(f.Subject, "create a TCP listener on port 443 that forwards to the proxy's target group",
			[]string{"aws", "elbv2", "create-listener", "--load-balancer-arn", string(f.Subject), "--protocol", "TCP", "--port", "443",
				"--default-actions", "Type=forward,TargetGroupArn=" + string(tg)})
	})
}

// noForward fills the empty target group that the listener forwards to, or names one.
func (m maker) noForward(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		lb, l := m.listener(f.Subject)
		for _, arn := range l.TargetGroups {
			if tg, ok := m.groupOf(arn); ok && !slices.ContainsFunc(tg.Targets, staying) {
				return register(tg.ARN, tg.Port)
			}
		}
		return forward(f.Subject, m.targetGroup(lb.ARN))
	})
}

func staying(t path.Target) bool { return !strings.EqualFold(t.State, "draining") }

func (m maker) listener(arn path.ARN) (path.LoadBalancer, path.Listener) {
	for _, lb := range m.LoadBalancers {
		for _, l := range lb.Listeners {
			if l.ARN == arn {
				return lb, l
			}
		}
	}
	return path.LoadBalancer{}, path.Listener{}
}

func forward(listener, tg path.ARN) Step {
	return instruct(listener, "make the listener on port 443 forward to the proxy's target group",
		[]string{"aws", "elbv2", "modify-listener", "--listener-arn", string(listener), "--default-actions", "Type=forward,TargetGroupArn=" + string(tg)})
}

func (m maker) noTargets(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		tg, _ := m.groupOf(f.Subject)
		return register(f.Subject, tg.Port)
	})
}

func register(tg path.ARN, port int) Step {
	if port == 0 {
		port = 443
	}
	return instruct(tg, "register the proxies in the target group, in two Availability Zones",
		[]string{"aws", "elbv2", "register-targets", "--target-group-arn", string(tg), "--targets", "Id=<proxy-address>,Port=" + strconv.Itoa(port)})
}

// unhealthy is planned only where nothing on the path explains it: the proxy then does.
func (m maker) unhealthy(found []check.Finding) []Step {
	var subjects []path.ARN
	for _, f := range found {
		subjects = append(subjects, f.Subject)
	}
	var steps []Step
	for _, arn := range slices.Compact(subjects) {
		step := instruct(arn, "look at the proxies themselves (process, port, certificate): "+m.groupsExplain()+" why their health checks fail")
		if strings.Contains(string(arn), ":targetgroup/") {
			step = instruct(arn, step.Action.Summary(), []string{"aws", "elbv2", "describe-target-health", "--target-group-arn", string(arn)})
		}
		steps = append(steps, step)
	}
	return steps
}

// groupsExplain says what is known of the network as a reason where none is found.
func (m maker) groupsExplain() string {
	if _, blind := m.Gap(path.NodesPart, path.TargetInterfacesPart, path.SecurityGroupsPart, path.PrefixListsPart,
		path.SubnetsPart, path.NetworkACLsPart, path.RouteTablesPart); blind {
		return "not everything about security groups, network ACLs and routes could be read, and nothing that was read explains"
	}
	return "no security group, network ACL or route explains"
}

// targetGroup returns the one target group of a load balancer, or a placeholder.
func (m maker) targetGroup(lb path.ARN) path.ARN {
	var found []path.ARN
	for _, tg := range m.TargetGroups {
		if len(tg.LoadBalancers) == 0 || slices.Contains(tg.LoadBalancers, lb) {
			found = append(found, tg.ARN)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return "<target-group-arn>"
}

func (m maker) groupOf(arn path.ARN) (path.TargetGroup, bool) {
	for _, tg := range m.TargetGroups {
		if tg.ARN == arn {
			return tg, true
		}
	}
	return path.TargetGroup{}, false
}

// each returns a step for each finding.
func each(found []check.Finding, step func(check.Finding) Step) []Step {
	steps := make([]Step, len(found))
	for i, f := range found {
		steps[i] = step(f)
	}
	return steps
}
