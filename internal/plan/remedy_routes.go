package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// reroute tells a person which routes are missing or lead nowhere.
func (m maker) reroute(found []check.Finding) []Step {
	hops, _ := reach.Routes(m.Snapshot, reach.Anywhere)
	var steps []Step
	for _, f := range found {
		var mine []Step
		for _, h := range hops {
			if path.ARN(h.Table) != f.Subject {
				continue
			}
			for _, l := range h.Losses {
				if f.Missing.Contains(l.Flows) {
					mine = append(mine, m.route(h, l))
				}
			}
		}
		if len(mine) == 0 {
			mine = []Step{instruct(f.Subject, "give a route to what is not carried: "+lacks(f))}
		}
		steps = append(steps, mine...)
	}
	return steps
}

func (m maker) route(h reach.RouteHop, l reach.Loss) Step {
	on := path.ARN(h.Table)
	if l.Destination.IsValid() {
		to := l.Destination.String()
		if l.Route.PrefixList != "" {
			to = string(l.Route.PrefixList)
		}
		target := m.via(h.Table, l.Flows)
		if target == nil {
			target = placeholder(l.Route.Target)
		}
		return instruct(on, fmt.Sprintf("give the route of %s to %s a target that leads there, or delete it where a wider one does: %s is none (%s)", h.Table, to, l.Route.Target, l.Why),
			append([]string{"aws", "ec2", "replace-route", "--route-table-id", string(h.Table), destination(l.Route.PrefixList, l.Destination), to}, target...))
	}
	target := m.via(h.Table, l.Flows)
	if target == nil {
		target = placeholder("")
	}
	var commands [][]string
	for _, p := range m.destinations(l.Flows) {
		commands = append(commands, append([]string{"aws", "ec2", "create-route", "--route-table-id", string(h.Table), destination("", p), p.String()}, target...))
	}
	return instruct(on, fmt.Sprintf("add to %s a route for %s", h.Table, l.Flows), commands...)
}

func destination(list path.PrefixListID, p netip.Prefix) string {
	switch {
	case list != "":
		return "--destination-prefix-list-id"
	case p.Addr().Is6():
		return "--destination-ipv6-cidr-block"
	}
	return "--destination-cidr-block"
}

// destinations returns the subnets to which flows go, and the addresses that are in none on show.
func (m maker) destinations(flows flow.Set) []netip.Prefix {
	var all []netip.Prefix
	for _, b := range flows.Boxes() {
		p := b.Dst
		for _, s := range m.Subnets {
			if s.CIDR.Bits() <= p.Bits() && s.CIDR.Contains(p.Addr()) {
				p = s.CIDR
			}
		}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// via returns the option that names an active VPC peering connection between the VPC of a
// table and that to which flows go; nil where there is none.
func (m maker) via(id path.RouteTableID, flows flow.Set) []string {
	i := slices.IndexFunc(m.RouteTables, func(t path.RouteTable) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	vpc, dst := m.RouteTables[i].VPC, flows.Boxes()[0].Dst.Addr()
	for _, p := range m.Peerings {
		far := p.Accepter
		switch vpc {
		case p.Requester.VPC:
		case p.Accepter.VPC:
			far = p.Requester
		default:
			continue
		}
		if p.Status == "active" && slices.ContainsFunc(far.CIDRs, func(r netip.Prefix) bool { return r.Contains(dst) }) {
			return []string{"--vpc-peering-connection-id", string(p.ID)}
		}
	}
	return nil
}

// placeholder returns the option for a target of the kind that a route had.
func placeholder(gone string) []string {
	options := [][3]string{
		{"eni-", "--network-interface-id", "<network-interface-id>"}, {"nat-", "--nat-gateway-id", "<nat-gateway-id>"},
		{"pcx-", "--vpc-peering-connection-id", "<vpc-peering-connection-id>"}, {"vpce-", "--vpc-endpoint-id", "<vpc-endpoint-id>"},
		{"vgw-", "--gateway-id", "<virtual-private-gateway-id>"}, {"tgw-", "--transit-gateway-id", "<transit-gateway-id>"},
	}
	for _, o := range options {
		if strings.HasPrefix(gone, o[0]) {
			return o[1:]
		}
	}
	return []string{"--transit-gateway-id", "<transit-gateway-id>"}
}
