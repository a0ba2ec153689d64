package reach

import (
	"net/netip"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// ephemeral are the ports from which Elastic Load Balancing sends its requests, and to which
// the replies go: whichever it picks, the reply must come back.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports
var ephemeral = flow.PortRange{From: 1024, To: 65535}

// A place is where an end of a flow is. A subnet or a VPC that is not known is empty.
type place struct {
	vpc    path.VPCID
	subnet path.SubnetID
	known  bool // it is a network interface of the snapshot, or an address in a VPC of it
}

// A trip is a request from a node's address to a target, and the reply to it.
type trip struct {
	group    path.ARN // of the target group
	target   string   // ID
	src, dst netip.Addr
	from, to place
	ports    []uint16 // of traffic and health checks
}

// requests returns the flows of the request.
func (t trip) requests() []flow.Box {
	boxes := make([]flow.Box, len(t.ports))
	for i, p := range t.ports {
		boxes[i] = flow.Box{Protocol: flow.TCP, Src: flow.Host(t.src), Dst: flow.Host(t.dst), Ports: flow.Port(p)}
	}
	return boxes
}

// reply returns the flows of the reply: network ACLs are stateless and hold it against their
// entries too, which look at the port that it goes to.
func (t trip) reply() flow.Box {
	return flow.Box{Protocol: flow.TCP, Src: flow.Host(t.dst), Dst: flow.Host(t.src), Ports: ephemeral}
}

// trips returns every way of a request from a node of a load balancer to a target in use,
// and per target group what of its ends was not seen.
func (v *view) trips() (all []trip, unseen unseenOf) {
	ground := v.ground()
	for _, f := range Forwards(v.Snapshot) {
		s := v.sender(f)
		for _, t := range f.TargetGroup.Targets {
			if !serving(t) {
				continue
			}
			n := v.interfaces[t.Interface]
			dst, ok := addrOf(t, n)
			if !ok {
				unseen.add(f.TargetGroup.ARN, false, "target "+t.ID)
				continue
			}
			from := s.to(zoneOf(t, n))
			way := trip{group: f.TargetGroup.ARN, target: t.ID, dst: plain(dst), to: ground.of(f.LoadBalancer.VPC, n, dst), ports: portsOf(f.TargetGroup, t)}
			for _, what := range from.unseen {
				unseen.add(f.TargetGroup.ARN, !way.to.known, what)
			}
			for i, src := range from.addrs {
				if src.Is4() != way.dst.Is4() {
					continue
				}
				way.src, way.from = src, place{from.nodes[i].VPC, from.nodes[i].Subnet, true}
				all = append(all, way)
			}
		}
	}
	return all, unseen
}

// The ground is which addresses belong to which subnet and VPC.
type ground struct {
	*view
	vpcs     map[path.VPCID]*path.VPC
	peerings map[path.PeeringID]*path.Peering
}

func (v *view) ground() ground {
	g := ground{v, make(map[path.VPCID]*path.VPC, len(v.VPCs)), make(map[path.PeeringID]*path.Peering, len(v.Peerings))}
	for i := range v.VPCs {
		g.vpcs[v.VPCs[i].ID] = &v.VPCs[i]
	}
	for i := range v.Peerings {
		p := &v.Peerings[i]
		g.peerings[p.ID] = p
	}
	return g
}

// of returns where a target of a load balancer in vpc is, which has the interface n or, with
// none, the address addr alone, which may be in the VPC. That it is in the ranges of a peered
// VPC says nothing: a route may lead elsewhere, where the same address is taken too.
func (g ground) of(vpc path.VPCID, n *path.NetworkInterface, addr netip.Addr) place {
	if n != nil {
		return place{n.VPC, n.Subnet, true}
	}
	return g.in(vpc, plain(addr))
}

// in returns the place of an address in a VPC that the snapshot shows, if it is in there.
func (g ground) in(vpc path.VPCID, addr netip.Addr) place {
	for _, s := range g.Subnets {
		if s.VPC == vpc && s.CIDR.Contains(addr) {
			return place{vpc, s.ID, true}
		}
	}
	if g.within(vpc, addr) {
		return place{vpc: vpc, known: true}
	}
	return place{}
}

// within reports whether an address is in a VPC's ranges.
func (g ground) within(vpc path.VPCID, addr netip.Addr) bool {
	v, ok := g.vpcs[vpc]
	return ok && holds(v.CIDRs, addr)
}

func holds(ranges []netip.Prefix, addr netip.Addr) bool {
	for _, p := range ranges {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// Unseen is what of the ways to a target group's targets the snapshot does not show.
type Unseen struct {
	TargetGroup path.ARN
	Outside     bool     // the targets are in no VPC that the snapshot shows
	What        []string // "network ACL of subnet-1", each once
}

type unseenOf struct {
	list []Unseen
	at   map[unseenKey]int
	has  map[unseenKey]map[string]bool
}

type unseenKey struct {
	group   path.ARN
	outside bool
}

func (u *unseenOf) add(tg path.ARN, outside bool, what string) {
	key := unseenKey{tg, outside}
	i, known := u.at[key]
	if !known {
		if u.at == nil {
			u.at, u.has = make(map[unseenKey]int), make(map[unseenKey]map[string]bool)
		}
		i = len(u.list)
		u.at[key], u.has[key], u.list = i, make(map[string]bool), append(u.list, Unseen{TargetGroup: tg, Outside: outside})
	}
	if !u.has[key][what] {
		u.has[key][what] = true
		u.list[i].What = append(u.list[i].What, what)
	}
}
