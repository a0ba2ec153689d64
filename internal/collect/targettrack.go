package collect

import (
	"context"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// aboutGroup is what is asked of one target group.
type aboutGroup struct {
	arn        path.ARN
	targets    answer[[]path.Target]
	attributes answer[map[string]string]
}

// targetReads asks for the targets of the groups behind 443, and takeTargets takes them up.
func (s *survey) targetReads() step {
	return func() []read {
		var reads []read
		for _, g := range s.out.TargetGroups {
			a := &aboutGroup{arn: g.ARN}
			s.groups = append(s.groups, a)
			reads = append(reads,
				ask(s.Reader, &a.targets, question{path.TargetHealthPart, "elasticloadbalancing:DescribeTargetHealth", a.arn},
					func(ctx context.Context) ([]path.Target, error) { return s.targets(ctx, a.arn) }),
				ask(s.Reader, &a.attributes, question{path.TargetGroupsPart, "elasticloadbalancing:DescribeTargetGroupAttributes", a.arn},
					func(ctx context.Context) (map[string]string, error) { return s.attributes(ctx, a.arn) }))
		}
		return reads
	}
}

// targetSteps read the network interfaces of the targets, and what the routes towards them
// name.
func (s *survey) targetSteps() []step {
	var byAddress, byInstance, ofBalancers answer[[]path.NetworkInterface]
	readInterfaces := func() []read {
		s.takeTargets()
		addresses, instances, balancers := s.targetIDs()
		q := question{path.TargetInterfacesPart, "ec2:DescribeNetworkInterfaces", ""}
		reads := s.routeNames()
		if len(addresses) > 0 {
			reads = append(reads, ask(s.Reader, &byAddress, q, func(ctx context.Context) ([]path.NetworkInterface, error) {
				return s.interfaces(ctx, filter("addresses.private-ip-address", addresses...))
			}))
		}
		if len(instances) > 0 {
			reads = append(reads, ask(s.Reader, &byInstance, q, func(ctx context.Context) ([]path.NetworkInterface, error) {
				return s.primaryInterfaces(ctx, instances)
			}))
		}
		if len(balancers) > 0 {
			reads = append(reads, ask(s.Reader, &ofBalancers, q, func(ctx context.Context) ([]path.NetworkInterface, error) {
				return s.nodesByDescription(ctx, balancers)
			}))
		}
		return reads
	}
	takeInterfaces := func() []read {
		s.takeNames()
		for _, a := range []answer[[]path.NetworkInterface]{byAddress, byInstance, ofBalancers} {
			if note(s, a) {
				s.blocked(a.gap(a.err), behind(path.TargetInterfacesPart)...)
			}
		}
		s.locate(byAddress, byInstance, ofBalancers)
		return nil
	}
	return []step{readInterfaces, takeInterfaces}
}

// takeTargets gives each target group its targets and attributes.
func (s *survey) takeTargets() {
	for _, a := range s.groups {
		i := slices.IndexFunc(s.out.TargetGroups, func(g path.TargetGroup) bool { return g.ARN == a.arn })
		g := &s.out.TargetGroups[i]
		g.Targets = a.targets.value
		if note(s, a.targets) {
			s.blocked(a.targets.gap(a.targets.err), behind(path.TargetHealthPart)...)
		}
		if !note(s, a.attributes) {
			withAttributes(g, a.attributes.value)
		}
	}
}

// targetIDs returns the addresses, the instances and the Application Load Balancers that are
// targets.
func (s *survey) targetIDs() (addresses, instances []string, balancers []path.ARN) {
	for _, g := range s.out.TargetGroups {
		for _, t := range g.Targets {
			switch {
			case t.Addr.IsValid():
				addresses = append(addresses, t.ID)
			case g.TargetType == "instance":
				instances = append(instances, t.ID)
			case g.TargetType == "alb":
				balancers = append(balancers, path.ARN(t.ID))
			}
		}
	}
	return unique(addresses), unique(instances), unique(balancers)
}
