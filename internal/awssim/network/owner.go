package network

import "strings"

// OfOwner returns the world as the account that owns the path sees it: the same VPC, load
// balancer and endpoint services under its own number. What happens in one happens in both.
// It is w itself where this account owns the path.
func (w *World) OfOwner() *World {
	if w.PathOwner == "" {
		return w
	}
	view := *w
	view.Account = w.PathOwner
	return &view
}

// OfConsumer returns the world as this account sees it where another owns the path: nothing
// of the VPC and of the load balancer, but the endpoint services, which tell the owner apart
// themselves. It is w itself where this account owns the path.
func (w *World) OfConsumer() *World {
	if w.PathOwner == "" {
		return w
	}
	empty := NewWorld(w.Clock, w.Region, w.Account)
	view := *w
	view.VPCs, view.Subnets, view.Interfaces, view.SecurityGroups = empty.VPCs, empty.Subnets, empty.Interfaces, empty.SecurityGroups
	view.ACLs, view.RouteTables, view.Peerings, view.PrefixLists = empty.ACLs, empty.RouteTables, empty.Peerings, empty.PrefixLists
	view.Instances, view.LoadBalancers, view.Listeners, view.TargetGroups = empty.Instances, empty.LoadBalancers, empty.Listeners, empty.TargetGroups
	return &view
}

// Admits reports whether an endpoint service may be found by an account: it is its own, or
// its allow list names the account or one of its principals, or everybody.
// https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
func (s *EndpointService) Admits(account string) bool {
	if s.Owner == account {
		return true
	}
	for _, p := range s.Principals {
		if p == "*" || strings.HasPrefix(p, "arn:aws:iam::"+account+":") {
			return true
		}
	}
	return false
}

// AccountPrincipal is the principal with which an allow list names a whole account.
func AccountPrincipal(account string) string { return "arn:aws:iam::" + account + ":root" }
