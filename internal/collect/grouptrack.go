package collect

import (
	"context"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// groupSteps read the security groups of load balancers and targets, everything that carries
// one, and the prefix lists and peering connections that a rule of them names.
func (s *survey) groupSteps() []step {
	var (
		groups  answer[[]path.SecurityGroup]
		members answer[[]path.NetworkInterface]
	)
	readGroups := func() []read {
		ofBalancers, ofTargets := s.groupIDs()
		ids := unique(append(ofBalancers, ofTargets...))
		s.noteNoVPCs()
		reads := s.routeNames() // of targets whose interfaces were found just now
		if len(ids) == 0 {
			s.noteNoGroups()
			return reads
		}
		return append(reads,
			ask(s.Reader, &groups, question{path.SecurityGroupsPart, "ec2:DescribeSecurityGroups", ""},
				func(ctx context.Context) ([]path.SecurityGroup, error) { return s.securityGroups(ctx, ids) }),
			ask(s.Reader, &members, question{path.GroupMembersPart, "ec2:DescribeNetworkInterfaces", ""},
				func(ctx context.Context) ([]path.NetworkInterface, error) {
					return s.interfaces(ctx, filter("group-id", as[string](ids)...))
				}))
	}
	takeGroups := func() []read {
		s.takeNames()
		reads := s.routeNames() // of a peered VPC
		if !groups.asked {
			return reads
		}
		if !note(s, members) {
			s.add(members.value)
		}
		if note(s, groups) {
			s.blocked(groups.gap(groups.err), path.PrefixListsPart)
			return reads
		}
		s.out.SecurityGroups = groups.value
		s.noteAbsentGroups(groups.question)
		return append(reads, s.askNames(s.ruleNames())...)
	}
	return []step{readGroups, takeGroups}
}

// groupIDs returns the groups that load balancers and targets carry. A node carries its load
// balancer's, which counts where the load balancer could not be described.
func (s *survey) groupIDs() (ofBalancers, ofTargets []path.SecurityGroupID) {
	for _, lb := range s.out.LoadBalancers {
		ofBalancers = append(ofBalancers, lb.SecurityGroups...)
		for _, n := range lb.Nodes {
			ofBalancers = append(ofBalancers, s.found[n].SecurityGroups...)
		}
	}
	for _, g := range s.out.TargetGroups {
		for _, t := range g.Targets {
			ofTargets = append(ofTargets, s.found[t.Interface].SecurityGroups...)
		}
	}
	return unique(ofBalancers), unique(ofTargets)
}

// noteNoGroups adds a gap where no group is known because what carries them was not read.
func (s *survey) noteNoGroups() {
	if _, already := s.out.Gap(path.SecurityGroupsPart); already {
		return
	}
	if g, ok := s.out.Gap(path.LoadBalancerPart, path.TargetGroupsPart, path.TargetHealthPart, path.TargetInterfacesPart); ok {
		s.blocked(g, path.SecurityGroupsPart)
	}
}

// noteAbsentGroups adds a gap for each group that an interface carries and AWS does not show,
// as another account's in a shared VPC.
func (s *survey) noteAbsentGroups(q question) {
	seen := make(map[path.SecurityGroupID]bool, len(s.out.SecurityGroups))
	for _, g := range s.out.SecurityGroups {
		seen[g.ID] = true
	}
	ofBalancers, ofTargets := s.groupIDs()
	for _, want := range unique(append(ofBalancers, ofTargets...)) {
		if !seen[want] {
			q.on = path.ARN(want)
			s.gap(q.notVisible("an interface on the path carries the security group, but this account does not see it"))
		}
	}
}

// ruleNames returns the prefix lists and peering connections that matter: those that a load
// balancer's group names in any rule, and a target's group for what comes in. What leaves a
// target are answers, which security groups always let out.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
func (s *survey) ruleNames() (lists []path.PrefixListID, peerings []namedPeering) {
	ofBalancers, _ := s.groupIDs()
	for _, g := range s.out.SecurityGroups {
		relevant := slices.Clone(g.Ingress)
		if slices.Contains(ofBalancers, g.ID) {
			relevant = append(relevant, g.Egress...)
		}
		for _, r := range relevant {
			if r.PrefixList != "" {
				lists = append(lists, r.PrefixList)
			}
			if r.Peering != "" {
				peerings = append(peerings, namedPeering{r.Peering, r.PeeringStatus != "deleted"})
			}
		}
	}
	return lists, peerings
}
