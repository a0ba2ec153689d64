package collect

import (
	"context"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// aboutBalancer is what is asked of one load balancer.
type aboutBalancer struct {
	arn       path.ARN
	crossZone answer[bool]
	listeners answer[[]path.Listener]
	groups    answer[[]path.TargetGroup]
}

// balancerSteps read the service's load balancers, their nodes, and the target groups behind
// their listeners on 443.
func (s *survey) balancerSteps() []step {
	var (
		described answer[[]path.LoadBalancer]
		nodes     answer[[]path.NetworkInterface]
		others    answer[[]path.NetworkInterface]
		about     []*aboutBalancer
	)
	readBalancers := func() []read {
		if s.out.Service == nil || len(s.out.Service.LoadBalancers) == 0 {
			return nil
		}
		arns := s.out.Service.LoadBalancers
		reads := []read{
			ask(s.Reader, &described, question{path.LoadBalancerPart, "elasticloadbalancing:DescribeLoadBalancers", ""},
				func(ctx context.Context) ([]path.LoadBalancer, error) { return s.loadBalancers(ctx, arns) }),
			ask(s.Reader, &nodes, nodeQuestion(""),
				func(ctx context.Context) ([]path.NetworkInterface, error) { return s.nodesByDescription(ctx, arns) }),
		}
		for _, arn := range arns {
			about = append(about, &aboutBalancer{arn: arn})
			reads = append(reads, s.askBalancer(about[len(about)-1])...)
		}
		return reads
	}
	takeBalancers := func() []read {
		if !described.asked {
			return nil
		}
		s.takeBalancers(described, about)
		unread := note(s, nodes)
		s.add(nodes.value)
		missing := s.assignNodes(nodes.value, byDescription)
		s.readVPCs(s.balancerVPCs())
		if !unread && len(missing) > 0 {
			return []read{ask(s.Reader, &others, nodeQuestion(""),
				func(ctx context.Context) ([]path.NetworkInterface, error) { return s.nodesBySubnet(ctx, missing) })}
		}
		s.startProbe()
		return nil
	}
	takeOthers := func() []read {
		if others.asked && !note(s, others) {
			s.assignNodes(others.value, bySubnet)
			s.noteNodes()
		}
		if others.asked {
			s.startProbe()
		}
		return nil
	}
	// The reads of the next part need nothing of the second look for nodes: they share its round.
	return []step{readBalancers, both(takeBalancers, s.targetReads()), takeOthers}
}

// both joins two steps into one round.
func both(a, b step) step {
	return func() []read { return append(a(), b()...) }
}

func (s *survey) askBalancer(b *aboutBalancer) []read {
	return []read{
		ask(s.Reader, &b.crossZone, question{path.LoadBalancerPart, "elasticloadbalancing:DescribeLoadBalancerAttributes", b.arn},
			func(ctx context.Context) (bool, error) { return s.crossZone(ctx, b.arn) }),
		ask(s.Reader, &b.listeners, question{path.ListenersPart, "elasticloadbalancing:DescribeListeners", b.arn},
			func(ctx context.Context) ([]path.Listener, error) { return s.listeners(ctx, b.arn) }),
		ask(s.Reader, &b.groups, question{path.TargetGroupsPart, "elasticloadbalancing:DescribeTargetGroups", b.arn},
			func(ctx context.Context) ([]path.TargetGroup, error) { return s.targetGroups(ctx, b.arn) }),
	}
}

// takeBalancers puts together what was read of each load balancer. Where the load balancers
// themselves could not be described, their listeners and targets still tell something.
func (s *survey) takeBalancers(described answer[[]path.LoadBalancer], about []*aboutBalancer) {
	refused := note(s, described)
	for _, b := range about {
		i := slices.IndexFunc(described.value, func(lb path.LoadBalancer) bool { return lb.ARN == b.arn })
		lb := named(b.arn)
		switch {
		case i >= 0:
			lb = described.value[i]
		case !refused:
			continue // no such load balancer, and so nothing of it
		}
		if !awserr.IsAbsent(b.crossZone.err) && !note(s, b.crossZone) {
			lb.CrossZone = b.crossZone.value
		}
		if note(s, b.listeners) {
			s.blocked(b.listeners.gap(b.listeners.err), behind(path.ListenersPart)...)
		}
		lb.Listeners = b.listeners.value
		if note(s, b.groups) {
			s.blocked(b.groups.gap(b.groups.err), behind(path.TargetGroupsPart)...)
		}
		s.out.LoadBalancers = append(s.out.LoadBalancers, lb)
		s.takeTargetGroups(lb, b.groups.value)
	}
}

// takeTargetGroups keeps the groups behind the load balancer's listeners on 443: AWS KMS
// speaks to no other port.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func (s *survey) takeTargetGroups(lb path.LoadBalancer, groups []path.TargetGroup) {
	for _, g := range groups {
		behind443 := slices.ContainsFunc(lb.Listeners, func(l path.Listener) bool {
			return l.Port == 443 && slices.Contains(l.TargetGroups, g.ARN)
		})
		known := slices.ContainsFunc(s.out.TargetGroups, func(other path.TargetGroup) bool { return other.ARN == g.ARN })
		if behind443 && !known {
			s.out.TargetGroups = append(s.out.TargetGroups, g)
		}
	}
}
