package network

import (
	"net/netip"
	"slices"
)

// SetSubnets gives a load balancer a node in each of the subnets and in no other. A subnet
// that it has already keeps its node. An endpoint service in front of it is not told.
func (w *World) SetSubnets(lb *LoadBalancer, subnets []string) {
	lb.Zones = slices.DeleteFunc(lb.Zones, func(z BalancerZone) bool {
		if slices.Contains(subnets, z.Subnet) {
			return false
		}
		delete(w.Interfaces, z.Node)
		return true
	})
	for _, id := range subnets {
		if !slices.ContainsFunc(lb.Zones, func(z BalancerZone) bool { return z.Subnet == id }) {
			w.EnableZone(lb, id, w.freeAddress(id).String())
		}
	}
}

// reserved is how many addresses at the start of each subnet are AWS's own.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
const reserved = 4

// freeAddress returns the lowest address of a subnet that no interface has.
func (w *World) freeAddress(subnet string) netip.Addr {
	s := w.Subnets[subnet]
	addr := s.CIDR.Addr()
	for range reserved {
		addr = addr.Next()
	}
	for w.InterfaceAt(s.VPC, addr) != nil {
		addr = addr.Next()
	}
	return addr
}
