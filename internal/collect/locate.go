package collect

import (
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// located is what was found of targets' interfaces.
type located struct {
	at map[netip.Addr][]path.NetworkInterface // by address
	of map[string][]path.NetworkInterface     // by instance, or by the description of a load balancer's
}

// locate gives each target the interface that it is reached at. An address lies in the target
// group's VPC, else in a VPC to which a route of the load balancer leads over a peering
// connection; the same address may be taken in other VPCs.
func (s *survey) locate(byAddress, byInstance, ofBalancers answer[[]path.NetworkInterface]) {
	found := located{map[netip.Addr][]path.NetworkInterface{}, map[string][]path.NetworkInterface{}}
	for _, i := range byAddress.value {
		for _, a := range i.Addrs {
			found.at[a] = append(found.at[a], i)
		}
	}
	for _, i := range byInstance.value {
		found.of[i.Instance] = append(found.of[i.Instance], i)
	}
	for _, i := range ofBalancers.value {
		found.of[i.Description] = append(found.of[i.Description], i)
	}
	for n := range s.out.TargetGroups {
		g := &s.out.TargetGroups[n]
		var targets []path.Target
		for _, t := range g.Targets {
			switch {
			case t.Addr.IsValid():
				targets = append(targets, s.atAddress(*g, t, found, byAddress))
			case g.TargetType == "alb":
				targets = append(targets, s.balancerNodes(t, found, ofBalancers)...)
			default:
				targets = append(targets, s.instance(t, found, byInstance))
			}
		}
		g.Targets = targets
	}
}

// atAddress locates a target that is an address.
func (s *survey) atAddress(g path.TargetGroup, t path.Target, found located, a answer[[]path.NetworkInterface]) path.Target {
	vpcs := []path.VPCID{g.VPC}
	if !s.within(g.VPC, t.Addr) {
		vpcs = append(vpcs, s.peersTowards(g, t.Addr)...)
	}
	for _, vpc := range vpcs {
		for _, i := range found.at[t.Addr] {
			if i.VPC == vpc {
				t.Interface = i.ID
				s.add([]path.NetworkInterface{i})
				s.readVPCs([]path.VPCID{vpc})
				return t
			}
		}
	}
	q := a.question
	q.on = path.ARN(t.ID)
	switch owner := s.elsewhere[g.VPC]; {
	case a.err != nil:
	case owner != "" && s.within(g.VPC, t.Addr):
		s.gap(q.notVisible("the target lies in a VPC of account " + owner + ", which alone sees everything in it"))
	case len(found.at[t.Addr]) > 0:
		// Another VPC has the address. Whether the load balancer's traffic goes there, its
		// routes tell.
		if g, ok := s.out.Gap(path.RouteTablesPart, path.PeeringsPart, path.PrefixListsPart); ok {
			s.blocked(g, append([]path.Part{path.TargetInterfacesPart}, behind(path.TargetInterfacesPart)...)...)
		}
	}
	return t
}

// within reports whether an address lies in a VPC as far as its ranges are known.
func (s *survey) within(vpc path.VPCID, addr netip.Addr) bool {
	return slices.ContainsFunc(s.out.VPCs, func(v path.VPC) bool {
		return v.ID == vpc && slices.ContainsFunc(v.CIDRs, func(p netip.Prefix) bool { return p.Contains(addr) })
	})
}

// instance locates a target that is an instance: at the primary address of its first
// interface. Of a terminated one nothing is left, and it is unused.
func (s *survey) instance(t path.Target, found located, a answer[[]path.NetworkInterface]) path.Target {
	for _, i := range found.of[t.ID] {
		if len(i.Addrs) > 0 {
			t.Interface, t.Addr = i.ID, i.Addrs[0]
			s.add([]path.NetworkInterface{i})
			s.readVPCs([]path.VPCID{i.VPC})
			return t
		}
	}
	if a.err == nil && t.State != "unused" {
		q := a.question
		q.on = path.ARN(t.ID)
		s.gap(q.notVisible("no network interface of the instance was found"))
	}
	return t
}

// balancerNodes locates a target that is an Application Load Balancer: it is reached at each
// of its own nodes, and so is a target for each.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
func (s *survey) balancerNodes(t path.Target, found located, a answer[[]path.NetworkInterface]) []path.Target {
	var targets []path.Target
	for _, i := range found.of[nodeDescription(path.ARN(t.ID))] {
		if len(i.Addrs) == 0 {
			continue
		}
		node := t
		node.Interface, node.Addr = i.ID, i.Addrs[0]
		s.add([]path.NetworkInterface{i})
		s.readVPCs([]path.VPCID{i.VPC})
		targets = append(targets, node)
	}
	if len(targets) > 0 {
		return targets
	}
	if a.err == nil && t.State != "unused" {
		q := a.question
		q.on = path.ARN(t.ID)
		s.gap(q.notVisible("no network interface of the load balancer was found"))
	}
	return []path.Target{t}
}
