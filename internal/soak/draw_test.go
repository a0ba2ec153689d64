package soak

import (
	"fmt"
	"net/netip"
	"strings"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// Addresses near which rules, entries and routes are drawn: of nodes, of targets, of others.
var addresses = []string{
	"10.0.1.7", "10.0.1.6", "10.0.2.7", "10.0.3.7", "10.0.11.20", "10.0.11.21", "10.0.12.20", "10.0.13.22", "10.0.1.20",
	"10.1.11.20", "10.1.12.21", "10.2.11.20", "192.168.7.20", "192.168.7.21", "10.0.1.200", "100.64.17.21",
}

// ports are the edges of what rules and entries are about.
var ports = []int{0, 1, 442, 443, 444, 1023, 1024, 1025, 8080, 8443, 32768, 40000, 60999, 65534, 65535}

// prefix draws one that holds an address of interest, or of IPv6.
func (d *draft) prefix() netip.Prefix {
	if d.yes(1, 12, "IPv6") {
		return netip.MustParsePrefix(pick(d, "IPv6 prefix", "::/0", "2001:db8::/32", "::ffff:0:0/96"))
	}
	return d.prefix4()
}

func (d *draft) prefix4() netip.Prefix {
	addr := netip.MustParseAddr(pick(d, "address", addresses...))
	return netip.PrefixFrom(addr, pick(d, "bits", 32, 32, 31, 30, 28, 24, 24, 23, 20, 16, 8, 0)).Masked()
}

// portRange draws two edges.
func (d *draft) portRange() (from, to int) {
	a, b := pick(d, "from", ports...), pick(d, "to", ports...)
	return min(a, b), max(a, b)
}

// drawTargets registers one to six targets, of one kind.
func (d *draft) drawTargets() {
	d.tg = d.AddTargetGroup("soak", d.home.ID, "TCP", pick(d, "port", 443, 8443))
	d.tg.Check.Port = pick(d, "health port", "traffic-port", "traffic-port", "8080", "443")
	d.tg.Check.Disabled = d.yes(1, 12, "no health checks")
	d.tg.CrossZone = pick(d, "cross-zone of the group", "use_load_balancer_configuration", "true", "false")
	d.tg.PreserveClientIP = d.yes(1, 4, "client IP preservation")
	d.tg.Type = pick(d, "type", "ip", "ip", "ip", "instance", "alb")
	d.AddListener(d.lb, pick(d, "listener", "TCP", "TCP", "TLS"), 443, d.tg)
	if d.tg.Type == "alb" {
		d.drawApplicationBalancer()
		return
	}
	for i := range rapid.IntRange(1, 6).Draw(d.T, "targets") {
		if d.tg.Type == "ip" && d.yes(1, 8, "on premises") {
			d.answerAt(netip.MustParseAddr(fmt.Sprintf("192.168.7.%d", 20+i)))
			d.Register(d.tg, fmt.Sprintf("192.168.7.%d", 20+i), d.tg.Port, "all")
			continue
		}
		places := d.places
		if d.tg.Type == "instance" {
			places = d.places[:4]
		}
		d.drawTarget(i, pick(d, "place", places...))
	}
}

func (d *draft) drawTarget(i int, s *network.Subnet) {
	addr := strings.TrimSuffix(s.CIDR.Addr().String(), "0") + fmt.Sprint(20+i)
	groups := []string(nil)
	switch {
	case s.VPC == d.home.ID:
		groups = d.some(d.groups)
	case s.VPC == d.peer.ID:
		groups = d.some(d.far)
	}
	eni := d.AddInterface(s.ID, addr, "XKS proxy", groups...)
	id := addr
	if d.tg.Type == "instance" {
		instance := &network.Instance{ID: d.NewID("i"), State: "running", VPC: s.VPC, Subnet: s.ID, Tags: map[string]string{}}
		d.Instances[instance.ID], eni.Instance, id = instance, instance.ID, instance.ID
	}
	port := pick(d, "target port", d.tg.Port, d.tg.Port, 8443)
	d.answerAt(eni.Primary())
	d.Register(d.tg, id, port, "")
}

func (d *draft) drawApplicationBalancer() {
	nodes := map[string]string{}
	for i, s := range d.places[:rapid.IntRange(1, 3).Draw(d.T, "zones of the application load balancer")] {
		nodes[s.ID] = fmt.Sprintf("10.0.%d.20", i+11)
	}
	alb := d.AddLoadBalancer("application", nodes, d.some(d.groups)...)
	delete(d.LoadBalancers, alb.ARN)
	alb.Type, alb.ARN = "application", strings.Replace(alb.ARN, "/net/", "/app/", 1)
	d.LoadBalancers[alb.ARN] = alb
	for _, z := range alb.Zones {
		node := d.Interfaces[z.Node]
		node.Type, node.Description = "interface", alb.NodeDescription()
		d.answerAt(node.Primary())
	}
	d.Register(d.tg, alb.ARN, d.tg.Port, "")
}

// answerAt has a proxy answer at an address on every port that a scene uses.
func (d *draft) answerAt(addr netip.Addr) {
	d.Proxies[addr] = &network.Proxy{Ports: []int{443, 8080, 8443}}
}

// drawRules gives each group up to five rules a direction. Half of the groups also hold what
// the path needs, so that not everything is shut.
func (d *draft) drawRules() {
	for _, g := range append(append([]*network.SecurityGroup(nil), d.groups...), d.far...) {
		for _, egress := range []bool{false, true} {
			for range rapid.IntRange(0, 4).Draw(d.T, "rules") {
				d.authorize(g, egress, d.rule())
			}
			if d.yes(1, 2, "sound rules") {
				d.authorize(g, egress, network.Rule{Protocol: "tcp", FromPort: pick(d, "from", 443, 443, 0), ToPort: pick(d, "to", 8443, 8443, 443, 65535), CIDR: netip.MustParsePrefix(pick(d, "wide", "10.0.0.0/8", "0.0.0.0/0", "10.0.0.0/16"))})
			}
		}
	}
}

// authorize adds a rule that is not there: AWS refuses a second one.
func (d *draft) authorize(g *network.SecurityGroup, egress bool, r network.Rule) {
	r.Egress = egress
	if r.Protocol == "-1" {
		r.FromPort, r.ToPort = -1, -1
	}
	for _, had := range d.Rules(g) {
		if had.Same(r) {
			return
		}
	}
	d.Authorize(g, egress, r)
}

func (d *draft) rule() network.Rule {
	r := network.Rule{Protocol: pick(d, "protocol", "tcp", "tcp", "tcp", "tcp", "6", "-1", "udp", "icmp", "50")}
	switch r.Protocol {
	case "tcp", "6", "udp":
		r.FromPort, r.ToPort = d.portRange()
	default:
		r.FromPort, r.ToPort = -1, -1
	}
	switch kind := rapid.IntRange(0, 5).Draw(d.T, "other end"); {
	case kind == 0:
		r.Group = pick(d, "group", append(append([]*network.SecurityGroup(nil), d.groups...), d.far...)...).ID
	case kind == 1 && len(d.lists) > 0:
		r.PrefixList = pick(d, "list", d.lists...)
	default:
		r.CIDR = d.prefix()
	}
	return r
}

// drawACLs gives some subnets a network ACL of their own.
func (d *draft) drawACLs() {
	pools := map[string][]*network.ACL{}
	for _, v := range []*network.VPC{d.home, d.peer} {
		for range rapid.IntRange(0, 3).Draw(d.T, "network ACLs") {
			pools[v.ID] = append(pools[v.ID], d.acl(v.ID))
		}
	}
	for _, id := range network.IDs(d.Subnets) {
		s := d.Subnets[id]
		if pool := pools[s.VPC]; len(pool) > 0 && d.yes(1, 2, "own network ACL") {
			s.ACL = pick(d, "network ACL", pool...).ID
		}
	}
}

func (d *draft) acl(vpc string) *network.ACL {
	acl := d.AddACL(vpc, false)
	for _, egress := range []bool{false, true} {
		for i := range rapid.IntRange(0, 4).Draw(d.T, "entries") {
			acl.Entries = append(acl.Entries, d.entry(100+10*i, egress))
		}
		if d.yes(3, 4, "the rest is allowed") {
			acl.Entries = append(acl.Entries, network.ACLEntry{Number: 1000, Egress: egress, Protocol: -1, Allow: true, CIDR: netip.MustParsePrefix("0.0.0.0/0")})
		}
	}
	if d.yes(1, 3, "entries are listed in another order") {
		acl.Entries = rapid.Permutation(acl.Entries).Draw(d.T, "order")
	}
	return acl
}

func (d *draft) entry(number int, egress bool) network.ACLEntry {
	e := network.ACLEntry{
		Number: number, Egress: egress, Allow: rapid.Bool().Draw(d.T, "allow"), CIDR: d.prefix(),
		Protocol: pick(d, "protocol", network.TCP, network.TCP, network.TCP, -1, network.UDP, network.ICMP),
	}
	if e.Protocol == network.TCP || e.Protocol == network.UDP {
		e.FromPort, e.ToPort = d.portRange()
		e.ToPort = max(e.ToPort, 1) // EC2 takes 0 to 0 for every port
	}
	return e
}

// drawTables adds routes to the main tables and gives some subnets tables of their own.
func (d *draft) drawTables() {
	for _, v := range []*network.VPC{d.home, d.peer, d.third} {
		tables := []*network.RouteTable{d.mainTable(v)}
		for range rapid.IntRange(0, 2).Draw(d.T, "tables") {
			tables = append(tables, d.AddRouteTable(v.ID))
		}
		for _, rt := range tables {
			d.drawRoutes(rt)
		}
		for _, id := range network.IDs(d.Subnets) {
			if s := d.Subnets[id]; s.VPC == v.ID && len(tables) > 1 && d.yes(1, 2, "own table") {
				rt := pick(d, "table", tables[1:]...)
				rt.Subnets = append(rt.Subnets, s.ID)
			}
		}
	}
}

func (d *draft) drawRoutes(rt *network.RouteTable) {
	for _, id := range network.IDs(d.Peerings) {
		p := d.Peerings[id]
		far, status := p.Accepter, p.Status
		if far.VPC == rt.VPC {
			far = p.Requester
		} else if p.Requester.VPC != rt.VPC {
			continue
		}
		if d.yes(4, 5, "route over the peering connection") {
			d.route(rt, network.Route{CIDR: far.CIDRs[0], Target: p.ID, Blackhole: status == "deleted" && d.yes(1, 2, "blackhole")})
		}
	}
	for range rapid.IntRange(0, 3).Draw(d.T, "routes") {
		r := network.Route{CIDR: d.prefix4(), Target: pick(d, "gateway", "vgw-1", "vgw-1", "tgw-1", "nat-1", "igw-1"), Blackhole: d.yes(1, 4, "blackhole")}
		switch {
		case len(d.lists) > 0 && d.yes(1, 5, "to a list"):
			r.CIDR, r.PrefixList = netip.Prefix{}, pick(d, "list", d.lists...)
		case r.Target == "vgw-1":
			r.Propagated = rapid.Bool().Draw(d.T, "propagated")
		}
		d.route(rt, r)
	}
	if d.yes(1, 8, "to an appliance") {
		d.route(rt, network.Route{CIDR: pick(d, "subnet", d.places...).CIDR, Target: "eni-gone", Blackhole: d.yes(3, 4, "blackhole")})
	}
}

// route adds a route that EC2 would take: no second one to the same destination of its kind,
// and within the VPC none but to an appliance.
func (d *draft) route(rt *network.RouteTable, r network.Route) {
	for _, had := range rt.Routes {
		if had.PrefixList == r.PrefixList && had.CIDR == r.CIDR && had.Propagated == r.Propagated {
			return
		}
		inside := had.Target == "local" && r.PrefixList == "" && had.CIDR.Overlaps(r.CIDR) && r.CIDR.Bits() >= had.CIDR.Bits()
		if inside && !strings.HasPrefix(r.Target, "eni-") {
			return
		}
	}
	rt.Routes = append(rt.Routes, r)
}
