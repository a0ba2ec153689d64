package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// letIn opens the targets' security groups for what is missing.
func (m maker) letIn(found []check.Finding) []Step {
	return m.open(found, m.targets(), func(id path.SecurityGroupID, missing flow.Set) (Action, []path.Rule) {
		a := AuthorizeIngress{Group: id, Missing: missing, Carriers: carrying(m.Snapshot, id)}
		return a, a.Rules()
	})
}

// letOut opens the load balancers' security groups for what is missing.
func (m maker) letOut(found []check.Finding) []Step {
	return m.open(found, m.nodes(), func(id path.SecurityGroupID, missing flow.Set) (Action, []path.Rule) {
		a := AuthorizeEgress{Group: id, Missing: missing, Carriers: carrying(m.Snapshot, id)}
		return a, a.Rules()
	})
}

// open returns a step for each group that the findings name, with all that it lacks.
func (m maker) open(found []check.Finding, own []path.InterfaceID, action func(path.SecurityGroupID, flow.Set) (Action, []path.Rule)) []Step {
	missing := map[path.SecurityGroupID]flow.Set{}
	var groups []path.SecurityGroupID
	var steps []Step
	for _, f := range found {
		if f.Group == "" || f.Missing.IsZero() {
			steps = append(steps, instruct(f.Subject, "let through what is missing: "+lacks(f)))
			continue
		}
		if _, seen := missing[f.Group]; !seen {
			groups = append(groups, f.Group)
		}
		missing[f.Group] = missing[f.Group].Union(f.Missing)
	}
	for _, id := range groups {
		a, rules := action(id, missing[id])
		if Narrow(rules) != nil {
			steps = append(steps, instruct(path.ARN(id), "narrow down what the load balancer's nodes need: the product adds no rule as wide as "+missing[id].String()))
			continue
		}
		if why := m.shared(id, own); why != "" {
			steps = append(steps, approval(join(why, m.optedOut(a)), a))
			continue
		}
		steps = append(steps, m.automatic(a))
	}
	return steps
}

func lacks(f check.Finding) string {
	if f.Missing.IsZero() {
		return f.Evidence.Expected
	}
	return f.Missing.String()
}

// shared returns why a rule in a group would open more than the path, or "".
func (m maker) shared(id path.SecurityGroupID, own []path.InterfaceID) string {
	var why []string
	others := 0
	carriers := carrying(m.Snapshot, id)
	for _, i := range carriers {
		if !slices.Contains(own, i) {
			others++
		}
	}
	switch _, gap := m.Gap(path.GroupMembersPart); {
	case others == 1:
		why = append(why, "1 other network interface carries the group")
	case others > 1:
		why = append(why, fmt.Sprintf("%d other network interfaces carry the group", others))
	case gap || len(carriers) == 0:
		why = append(why, "which other network interfaces carry the group could not be read")
	}
	if g, ok := group(m.Snapshot, id); ok && g.Default {
		why = append(why, "it is its VPC's default security group")
	}
	return join(why...)
}

func join(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(c string) bool { return c == "" }), "; ")
}

// targets returns the network interfaces of the path's targets.
func (m maker) targets() []path.InterfaceID {
	var own []path.InterfaceID
	for _, tg := range m.TargetGroups {
		for _, t := range tg.Targets {
			if t.Interface != "" {
				own = append(own, t.Interface)
			}
		}
	}
	return own
}

// nodes returns the network interfaces of the path's load balancers.
func (m maker) nodes() []path.InterfaceID {
	var own []path.InterfaceID
	for _, lb := range m.LoadBalancers {
		own = append(own, lb.Nodes...)
	}
	return own
}

// enforced switches enforcement off, after the targets admit the nodes' addresses: a rule
// that names the load balancer's group serves PrivateLink traffic only while it is on.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#target-security-groups
func (m maker) enforced(found []check.Finding) []Step {
	var steps []Step
	for _, f := range found {
		i := slices.IndexFunc(m.LoadBalancers, func(lb path.LoadBalancer) bool { return lb.ARN == f.Subject })
		if i < 0 {
			steps = append(steps, instruct(f.Subject, "stop enforcing security group inbound rules on PrivateLink traffic"))
			continue
		}
		for _, step := range m.letIn(m.afterEnforcement(i)) {
			if step.Class == Automatic {
				step.Class, step.Why = Approval, "it is needed only once enforcement is off"
			}
			steps = append(steps, step)
		}
		steps = append(steps, approval(
			"it lifts the load balancer's inbound rules for everything that comes over PrivateLink",
			EnforcementOff{LoadBalancer: f.Subject, Groups: slices.Clone(m.LoadBalancers[i].SecurityGroups)}))
	}
	return steps
}

// afterEnforcement returns what the targets' groups would no longer admit once load
// balancer i does not enforce its own.
func (m maker) afterEnforcement(i int) []check.Finding {
	off := m.Snapshot
	off.LoadBalancers = slices.Clone(off.LoadBalancers)
	off.LoadBalancers[i].Enforcement = "off"
	missing := map[path.InterfaceID]flow.Set{}
	for _, hop := range reach.LoadBalancerToTargets(m.Snapshot) {
		missing[hop.Interface] = missing[hop.Interface].Union(hop.Missing())
	}
	var found []check.Finding
	for _, hop := range reach.LoadBalancerToTargets(off) {
		if lost := hop.Missing().Minus(missing[hop.Interface]); !lost.IsZero() {
			found = append(found, check.Finding{Subject: path.ARN(hop.Interface), Missing: lost, Group: m.choose(hop.Groups)})
		}
	}
	return found
}

// choose returns the group of an interface that a rule opens least with.
func (m maker) choose(groups []path.SecurityGroupID) path.SecurityGroupID {
	own := m.targets()
	for _, id := range groups {
		if m.shared(id, own) == "" {
			return id
		}
	}
	if len(groups) == 0 {
		return ""
	}
	return groups[0]
}
