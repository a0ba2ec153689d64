package collect

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// aboutVPCs is what is asked of the VPCs of one part of the path.
type aboutVPCs struct {
	vpcs       answer[[]seenVPC]
	attributes []*aboutVPC
	subnets    answer[[]path.Subnet]
	acls       answer[[]path.NetworkACL]
	tables     answer[[]path.RouteTable]
}

// aboutVPC is what is asked of one VPC, one call each.
type aboutVPC struct {
	id                 path.VPCID
	support, hostnames answer[bool]
}

// balancerVPCs returns the VPCs of load balancers and target groups. A node tells its load
// balancer's where the load balancer could not be described.
func (s *survey) balancerVPCs() []path.VPCID {
	var ids []path.VPCID
	for _, lb := range s.out.LoadBalancers {
		ids = append(ids, lb.VPC)
		for _, n := range lb.Nodes {
			ids = append(ids, s.found[n].VPC)
		}
	}
	for _, g := range s.out.TargetGroups {
		ids = append(ids, g.VPC)
	}
	return unique(slices.DeleteFunc(ids, func(v path.VPCID) bool { return v == "" }))
}

// readVPCs begins to read VPCs of which nothing has been read yet.
func (s *survey) readVPCs(ids []path.VPCID) {
	ids = slices.DeleteFunc(unique(ids), func(v path.VPCID) bool { return s.vpcsAsked[v] })
	if len(ids) == 0 {
		return
	}
	if s.vpcsAsked == nil {
		s.vpcsAsked = map[path.VPCID]bool{}
	}
	for _, v := range ids {
		s.vpcsAsked[v] = true
	}
	s.begin(s.vpcTrack(ids))
}

// vpcTrack reads everything of VPCs that decides what passes between their subnets, in one
// round: all subnets, network ACLs and route tables of a VPC come in one call each.
func (s *survey) vpcTrack(ids []path.VPCID) track {
	a := &aboutVPCs{}
	readAll := func() []read {
		reads := []read{
			ask(s.Reader, &a.vpcs, question{path.VPCsPart, "ec2:DescribeVpcs", ""},
				func(ctx context.Context) ([]seenVPC, error) { return s.vpcs(ctx, ids) }),
			ask(s.Reader, &a.subnets, question{path.SubnetsPart, "ec2:DescribeSubnets", ""},
				func(ctx context.Context) ([]path.Subnet, error) { return s.subnets(ctx, ids) }),
			ask(s.Reader, &a.acls, question{path.NetworkACLsPart, "ec2:DescribeNetworkAcls", ""},
				func(ctx context.Context) ([]path.NetworkACL, error) { return s.networkACLs(ctx, ids) }),
			ask(s.Reader, &a.tables, question{path.RouteTablesPart, "ec2:DescribeRouteTables", ""},
				func(ctx context.Context) ([]path.RouteTable, error) { return s.routeTables(ctx, ids) }),
		}
		for _, v := range ids {
			one := &aboutVPC{id: v}
			a.attributes = append(a.attributes, one)
			reads = append(reads, s.askVPC(one)...)
		}
		return reads
	}
	take := func() []read {
		s.takeVPCs(a)
		return nil
	}
	return track{readAll, take}
}

func (s *survey) askVPC(v *aboutVPC) []read {
	q := question{path.VPCAttributesPart, "ec2:DescribeVpcAttribute", s.vpcARN(v.id)}
	return []read{
		ask(s.Reader, &v.support, q, func(ctx context.Context) (bool, error) {
			return s.vpcAttribute(ctx, v.id, types.VpcAttributeNameEnableDnsSupport)
		}),
		ask(s.Reader, &v.hostnames, q, func(ctx context.Context) (bool, error) {
			return s.vpcAttribute(ctx, v.id, types.VpcAttributeNameEnableDnsHostnames)
		}),
	}
}

func (s *survey) takeVPCs(a *aboutVPCs) {
	refused := note(s, a.vpcs)
	for _, about := range a.attributes {
		i := slices.IndexFunc(a.vpcs.value, func(v seenVPC) bool { return v.ID == about.id })
		vpc := path.VPC{ID: about.id}
		switch {
		case i >= 0:
			vpc = a.vpcs.value[i].VPC
			s.shared(about.id, a.vpcs.value[i].owner)
		case !refused:
			q := a.vpcs.question
			q.on = s.vpcARN(about.id)
			s.gap(q.notVisible("the path runs through the VPC, but this account does not see it"))
		}
		note(s, about.support)
		note(s, about.hostnames)
		vpc.DNSSupport, vpc.DNSHostnames = about.support.value, about.hostnames.value
		if i >= 0 || refused {
			s.out.VPCs = append(s.out.VPCs, vpc)
		}
	}
	if !note(s, a.subnets) {
		s.out.Subnets = append(s.out.Subnets, a.subnets.value...)
	}
	if !note(s, a.acls) {
		s.out.NetworkACLs = append(s.out.NetworkACLs, a.acls.value...)
	}
	if !note(s, a.tables) {
		s.out.RouteTables = append(s.out.RouteTables, a.tables.value...)
	}
}

// shared remembers a VPC that is another account's.
func (s *survey) shared(vpc path.VPCID, owner string) {
	if owner == "" || owner == s.account {
		return
	}
	if s.elsewhere == nil {
		s.elsewhere = map[path.VPCID]string{}
	}
	s.elsewhere[vpc] = owner
}

// noteNoVPCs adds a gap for each part of a VPC where no VPC is known because what would name
// it was not read.
func (s *survey) noteNoVPCs() {
	g, ok := s.out.Gap(path.LoadBalancerPart, path.TargetGroupsPart)
	if !ok || len(s.vpcsAsked) > 0 {
		return
	}
	for _, p := range vpcParts() {
		if _, already := s.out.Gap(p); !already {
			s.blocked(g, p)
		}
	}
}

// noteUnseen adds a gap for each subnet on the path that AWS did not show, or of which it did
// not show the network ACL or route table: every subnet has one of each. Such may be another
// account's, in a shared VPC.
func (s *survey) noteUnseen() {
	for _, subnet := range s.pathSubnets() {
		if _, ok := s.subnet(subnet); !ok {
			s.noteHidden(question{path.SubnetsPart, "ec2:DescribeSubnets", path.ARN(subnet)}, "the path runs through the subnet, but this account does not see it")
		}
		if !slices.ContainsFunc(s.out.NetworkACLs, func(a path.NetworkACL) bool { return slices.Contains(a.Subnets, subnet) }) {
			s.noteHidden(question{path.NetworkACLsPart, "ec2:DescribeNetworkAcls", path.ARN(subnet)}, "this account does not see the network ACL of the subnet")
		}
		if _, ok := s.tableOf(subnet); !ok {
			s.noteHidden(question{path.RouteTablesPart, "ec2:DescribeRouteTables", path.ARN(subnet)}, "this account does not see the route table of the subnet")
		}
	}
}

// noteHidden adds a gap for what is not visible, unless the part was not read at all.
func (s *survey) noteHidden(q question, message string) {
	if !slices.ContainsFunc(s.out.Gaps, func(g path.Gap) bool { return g.Part == q.part && g.Cause != path.NotVisible }) {
		s.gap(q.notVisible(message))
	}
}

// pathSubnets returns the subnets of the load balancers' nodes and of the targets.
func (s *survey) pathSubnets() []path.SubnetID {
	if len(s.vpcsAsked) == 0 {
		return nil
	}
	var ids []path.SubnetID
	for _, lb := range s.out.LoadBalancers {
		for _, z := range lb.Zones {
			ids = append(ids, z.Subnet)
		}
		for _, n := range lb.Nodes {
			ids = append(ids, s.found[n].Subnet)
		}
	}
	for _, g := range s.out.TargetGroups {
		for _, t := range g.Targets {
			ids = append(ids, s.found[t.Interface].Subnet)
		}
	}
	return unique(slices.DeleteFunc(ids, func(i path.SubnetID) bool { return i == "" }))
}

// inOrderOfID sorts what is read of VPCs in several rounds.
func (s *survey) inOrderOfID() {
	slices.SortFunc(s.out.VPCs, func(a, b path.VPC) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.out.Subnets, func(a, b path.Subnet) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.out.NetworkACLs, func(a, b path.NetworkACL) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.out.RouteTables, func(a, b path.RouteTable) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.out.PrefixLists, func(a, b path.PrefixList) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.out.Peerings, func(a, b path.Peering) int { return cmp.Compare(a.ID, b.ID) })
}
