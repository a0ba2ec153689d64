package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// letIn opens the targets' security groups for what is missing.
func (m maker) letIn(found []check.Finding) []Step {
	return m.open(found, m.targets, func(id path.SecurityGroupID, missing flow.Set) (Action, []path.Rule) {
		a := AuthorizeIngress{Group: id, Missing: missing, Carriers: m.carrying(id)}
		return a, a.Rules()
	})
}

// letOut opens the load balancers' security groups for what is missing.
func (m maker) letOut(found []check.Finding) []Step {
	return m.open(found, m.nodes, func(id path.SecurityGroupID, missing flow.Set) (Action, []path.Rule) {
		a := AuthorizeEgress{Group: id, Missing: missing, Carriers: m.carrying(id)}
		return a, a.Rules()
	})
}

// open returns a step for each group that the findings name, with all that it lacks.
func (m maker) open(found []check.Finding, own map[path.InterfaceID]bool, action func(path.SecurityGroupID, flow.Set) (Action, []path.Rule)) []Step {
	missing := map[path.SecurityGroupID][]flow.Box{}
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
		missing[f.Group] = append(missing[f.Group], f.Missing.Boxes()...)
	}
	for _, id := range groups {
		lacking := flow.Of(missing[id]...)
		a, rules := action(id, lacking)
		if Narrow(rules) != nil {
			steps = append(steps, instruct(path.ARN(id), "narrow down what the load balancer's nodes need: the product adds no rule as wide as "+lacking.String()))
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
func (m maker) shared(id path.SecurityGroupID, own map[path.InterfaceID]bool) string {
	var why []string
	others := 0
	carriers := m.carrying(id)
	for _, i := range carriers {
		if !own[i] {
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
	if g, ok := m.groups[id]; ok && g.Default {
		why = append(why, "it is its VPC's default security group")
	}
	return join(why...)
}

func join(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(c string) bool { return c == "" }), "; ")
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
	return m.lostIn(off)
}

// choose returns the group of an interface that a rule opens least with.
func (m maker) choose(groups []path.SecurityGroupID) path.SecurityGroupID {
	for _, id := range groups {
		if m.shared(id, m.targets) == "" {
			return id
		}
	}
	if len(groups) == 0 {
		return ""
	}
	return groups[0]
}
