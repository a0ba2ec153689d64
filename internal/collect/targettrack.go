package collect

import (
	"context"
	"net/netip"
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

// targetSteps read the network interfaces of the targets.
func (s *survey) targetSteps() []step {
	var byAddress, byInstance answer[[]path.NetworkInterface]
	readInterfaces := func() []read {
		s.takeTargets()
		addresses, instances := s.targetIDs()
		q := question{path.TargetInterfacesPart, "ec2:DescribeNetworkInterfaces", ""}
		var reads []read
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
		return reads
	}
	takeInterfaces := func() []read {
		for _, a := range []answer[[]path.NetworkInterface]{byAddress, byInstance} {
			if note(s, a) {
				s.blocked(a.gap(a.err), behind(path.TargetInterfacesPart)...)
			}
		}
		s.locate(byAddress.value, byInstance.value)
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

// targetIDs returns the addresses and the instances that are targets.
func (s *survey) targetIDs() (addresses, instances []string) {
	for _, g := range s.out.TargetGroups {
		for _, t := range g.Targets {
			switch {
			case t.Addr.IsValid():
				addresses = append(addresses, t.ID)
			case g.TargetType == "instance":
				instances = append(instances, t.ID)
			}
		}
	}
	return unique(addresses), unique(instances)
}

// locate gives each target the interface that it is reached at, where the target group's VPC
// has one. The same address may be taken in another VPC.
func (s *survey) locate(byAddress, byInstance []path.NetworkInterface) {
	at, of := map[netip.Addr][]path.NetworkInterface{}, map[string][]path.NetworkInterface{}
	for _, i := range byAddress {
		for _, a := range i.Addrs {
			at[a] = append(at[a], i)
		}
	}
	for _, i := range byInstance {
		of[i.Instance] = append(of[i.Instance], i)
	}
	for _, g := range s.out.TargetGroups {
		for n := range g.Targets {
			t := &g.Targets[n]
			for _, i := range at[t.Addr] {
				if i.VPC == g.VPC {
					t.Interface = i.ID
					s.add([]path.NetworkInterface{i})
				}
			}
			for _, i := range of[t.ID] {
				if len(i.Addrs) > 0 {
					t.Interface, t.Addr = i.ID, i.Addrs[0]
					s.add([]path.NetworkInterface{i})
				}
			}
		}
	}
}
