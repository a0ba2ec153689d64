package soak

import (
	"fmt"
	"net/netip"
	"slices"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// A scene is a random world with one path in it.
type scene struct {
	*network.World
	home, peer, third *network.VPC // the load balancer's; one peered with it; one peered with that
	lb                *network.LoadBalancer
	tg                *network.TargetGroup
	service           *network.EndpointService
	store             *network.KeyStore
}

// zoneNames are the zones of the scenes, with their IDs.
var zoneNames = [...][2]string{{"eu-central-1a", "euc1-az2"}, {"eu-central-1b", "euc1-az3"}, {"eu-central-1c", "euc1-az1"}}

// worlds draws scenes.
func worlds() *rapid.Generator[*scene] {
	return rapid.Custom(func(t *rapid.T) *scene {
		d := &draft{T: t, scene: &scene{World: networktest.NewWorld()}}
		d.drawVPCs()
		d.drawLists()
		d.drawGroups()
		d.drawBalancer()
		d.drawTargets()
		d.drawRules()
		d.drawACLs()
		d.drawTables()
		d.finish()
		return d.scene
	})
}

// A draft is a scene in the making.
type draft struct {
	*rapid.T
	*scene
	nodes, places []*network.Subnet        // of load balancer nodes; where targets may be
	groups        []*network.SecurityGroup // of home
	far           []*network.SecurityGroup // of peer
	lists         []string
}

// yes is true n times in of.
func (d *draft) yes(n, of int, what string) bool { return rapid.IntRange(1, of).Draw(d.T, what) <= n }

func pick[V any](d *draft, what string, from ...V) V { return rapid.SampledFrom(from).Draw(d.T, what) }

func (d *draft) drawVPCs() {
	d.home, d.peer, d.third = d.AddVPC("10.0.0.0/16"), d.AddVPC("10.1.0.0/16"), d.AddVPC("10.2.0.0/16")
	if d.yes(1, 4, "a second range") {
		d.home.CIDRs = append(d.home.CIDRs, netip.MustParsePrefix("100.64.0.0/24"))
		table := d.mainTable(d.home)
		table.Routes = append(table.Routes, network.Route{CIDR: d.home.CIDRs[1], Target: "local"})
	}
	d.AddPeering(d.home.ID, d.peer.ID).Status = pick(d, "peering", "active", "active", "active", "pending-acceptance", "deleted")
	d.AddPeering(d.third.ID, d.peer.ID)
	if d.yes(1, 4, "third is peered") {
		d.AddPeering(d.third.ID, d.home.ID)
	}
	zones := rapid.IntRange(1, len(zoneNames)).Draw(d.T, "zones")
	for i, z := range zoneNames {
		if i < zones {
			d.nodes = append(d.nodes, d.AddSubnet(d.home.ID, fmt.Sprintf("10.0.%d.0/24", i+1), z[0], z[1]))
		}
		d.places = append(d.places, d.AddSubnet(d.home.ID, fmt.Sprintf("10.0.%d.0/24", i+11), z[0], z[1]))
	}
	d.places = append(d.places, d.nodes[0],
		d.AddSubnet(d.peer.ID, "10.1.11.0/24", zoneNames[0][0], zoneNames[0][1]), d.AddSubnet(d.peer.ID, "10.1.12.0/24", zoneNames[1][0], zoneNames[1][1]),
		d.AddSubnet(d.third.ID, "10.2.11.0/24", zoneNames[0][0], zoneNames[0][1]))
}

func (d *draft) drawLists() {
	for i := range rapid.IntRange(0, 2).Draw(d.T, "lists") {
		list := &network.PrefixList{ID: d.NewID("pl"), Name: fmt.Sprintf("list-%d", i), Owner: d.Account, Max: 5, Tags: map[string]string{}}
		for range rapid.IntRange(0, 3).Draw(d.T, "entries") {
			e := network.PrefixListEntry{CIDR: d.prefix()}
			if !slices.Contains(list.Entries, e) {
				list.Entries = append(list.Entries, e)
			}
		}
		d.PrefixLists[list.ID], d.lists = list, append(d.lists, list.ID)
	}
}

func (d *draft) drawGroups() {
	for i := range 4 {
		d.groups = append(d.groups, d.AddSecurityGroup(d.home.ID, fmt.Sprintf("home-%d", i), "home"))
	}
	for i := range 2 {
		d.far = append(d.far, d.AddSecurityGroup(d.peer.ID, fmt.Sprintf("peer-%d", i), "peer"))
	}
	for _, g := range append(d.groups, d.far...) {
		d.Revoke(g, func(network.Rule) bool { return true })
		d.Settle(g)
	}
	// Others that carry a group, on the path's subnets.
	d.AddInterface(d.nodes[0].ID, "10.0.1.200", "other application", d.groups[rapid.IntRange(0, 3).Draw(d.T, "group of another")].ID)
	d.AddInterface(d.places[0].ID, "10.0.11.200", "other application", d.groups[rapid.IntRange(0, 3).Draw(d.T, "group of another")].ID)
}

// some returns one to three of groups, in their order.
func (d *draft) some(groups []*network.SecurityGroup) []string {
	var ids []string
	first := rapid.IntRange(0, len(groups)-1).Draw(d.T, "first group")
	for i := range rapid.IntRange(1, 3).Draw(d.T, "groups") {
		if first+i < len(groups) {
			ids = append(ids, groups[first+i].ID)
		}
	}
	return ids
}

func (d *draft) drawBalancer() {
	nodes := map[string]string{}
	for i, s := range d.nodes {
		nodes[s.ID] = fmt.Sprintf("10.0.%d.7", i+1)
	}
	var groups []string
	if d.yes(4, 5, "load balancer has groups") {
		groups = d.some(d.groups)
	}
	d.lb = d.AddLoadBalancer("soak", nodes, groups...)
	if len(groups) > 0 {
		d.lb.Enforce = pick(d, "enforcement", "on", "off")
	}
	d.lb.CrossZone = rapid.Bool().Draw(d.T, "cross-zone")
	for i, z := range d.lb.Zones {
		if d.yes(1, 3, "second address") {
			node := d.Interfaces[z.Node]
			node.Addrs = append(node.Addrs, netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", i+1, pick(d, "address", 6, 8, 99))))
		}
	}
}

// finish puts the endpoint service and a key store in front, and settles everything.
func (d *draft) finish() {
	for _, g := range d.SecurityGroups {
		d.Settle(g)
	}
	d.service = d.AddService(d.lb)
	d.service.Principals = []string{d.KMSPrincipal()}
	d.SetPrivateDNS(d.service, "soak.xks.example.com")
	d.service.PrivateDNS.State = "verified"
	d.store = d.AddKeyStore("soak", d.service)
	d.Attach(d.store)
	d.SettleHealth(d.tg)
}

func (s *scene) mainTable(v *network.VPC) *network.RouteTable {
	for _, rt := range s.RouteTables {
		if rt.VPC == v.ID && rt.Main {
			return rt
		}
	}
	return nil
}
