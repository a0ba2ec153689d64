package soak

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// A trial is one scene on trial.
type trial struct {
	*scene
	snapshot path.Snapshot
	legs     []leg
	dice     *rand.Rand
	packets  int              // tried so far
	said     [unclear + 1]int // of packets on the whole way, before anything is added
	faults   []string

	out     []passage
	in      []passage
	borders map[border]crossing
	roads   map[road]carriage
	unseen  []reach.Unseen
}

// A passage is a hop past security groups, with what is missing of it.
type passage struct {
	reach.Hop
	missing []flow.Box
}

// A crossing is a hop through a network ACL, and a carriage one by a route table, with what is
// missing of it.
type (
	crossing struct {
		reach.ACLHop
		missing []flow.Box
	}
	carriage struct {
		reach.RouteHop
		missing []flow.Box
	}
)

// newTrial asks the product about a scene.
func newTrial(s *scene, seed uint64) *trial {
	t := &trial{scene: s, snapshot: s.snapshot(), dice: rand.New(rand.NewPCG(seed, 1))}
	t.legs = s.legs((&translation{scene: s}).located)
	for _, h := range reach.LoadBalancerEgress(t.snapshot) {
		t.out = append(t.out, passage{h, h.Missing().Boxes()})
	}
	for _, h := range reach.LoadBalancerToTargets(t.snapshot) {
		t.in = append(t.in, passage{h, h.Missing().Boxes()})
	}
	acls, farACLs := reach.NetworkACLs(t.snapshot, reach.EachWay)
	tables, farTables := reach.Routes(t.snapshot, reach.Anywhere)
	t.borders, t.roads, t.unseen = map[border]crossing{}, map[road]carriage{}, append(farACLs, farTables...)
	for _, h := range acls {
		t.borders[border{h.ACL, h.Egress, h.Reply}] = crossing{h, h.Missing().Boxes()}
	}
	for _, h := range tables {
		t.roads[road{h.Table, h.Reply, h.Outside}] = carriage{h, h.Missing().Boxes()}
	}
	return t
}

func (t *trial) fault(format string, args ...any) {
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

// agree compares what the algebra says of a packet with what the walk does with it.
func (t *trial) agree(where any, missing bool, p network.Packet, dropped error) {
	t.packets++
	if missing != (dropped != nil) {
		t.fault("%+v: %v: missing %t, but the walk: %v", where, p, missing, dropped)
	}
}

// requires compares what a hop requires with the flows that the load balancer sends.
func (t *trial) requires(where any, got flow.Set, want []flow.Box) {
	if set := flow.Of(want...); !got.Equal(set) {
		t.fault("%+v requires %v, want %v", where, got, set)
	}
}

// hops tries every leg at every hop.
func (t *trial) hops() {
	t.outbound()
	t.inbound()
	t.lists()
	t.routes()
	t.blind()
}

// blind holds what is said not to be seen against what cannot be: the far side of targets that
// are in nobody's sight.
func (t *trial) blind() {
	outside := map[string]bool{}
	for _, l := range t.legs {
		if l.to == nil {
			outside["subnet of target "+l.target.ID] = true
		}
	}
	for _, u := range t.unseen {
		for _, what := range u.What {
			if !outside[what] {
				t.fault("not seen, but can be: %s", what)
			}
		}
	}
}

func (t *trial) outbound() {
	if len(t.lb.Groups) == 0 || len(t.legs) == 0 {
		if len(t.out) > 0 {
			t.fault("%d hops out of a load balancer without groups or targets", len(t.out))
		}
		return
	}
	if len(t.out) != 1 {
		t.fault("%d hops out of the load balancer, want 1", len(t.out))
		return
	}
	h := t.out[0]
	var want []flow.Box
	for _, l := range t.legs {
		want = append(want, l.request())
		p := t.packet(l, 40000)
		dropped := t.Leaves(l.node, p)
		if dropped == nil && l.to == nil && len(h.RulesUnread) > 0 {
			continue // let out by a reference to a group that is in nobody's sight, and said to be
		}
		t.agree("out of the load balancer", has(h.missing, p), p, dropped)
	}
	t.requires("out of the load balancer", h.Required, want)
	t.readAll("out of the load balancer", h.Hop)
}

// readAll holds what is said not to be known of a hop against what cannot be: who carries a
// group of a peered VPC of which nothing is on the path.
func (t *trial) readAll(where string, h reach.Hop) {
	if len(h.EndsUnseen) > 0 {
		t.fault("%s: not seen %v", where, h.EndsUnseen)
	}
	for _, what := range h.RulesUnread {
		id := path.SecurityGroupID(strings.TrimPrefix(what, "security group "))
		known := slices.ContainsFunc(t.snapshot.SecurityGroups, func(g path.SecurityGroup) bool { return g.ID == id })
		if g := t.SecurityGroups[string(id)]; g == nil || g.VPC == t.home.ID || known {
			t.fault("%s: %s was read", where, what)
		}
	}
}

// entranceOf finds the hop into a leg's target.
func (t *trial) entranceOf(l leg) (passage, bool) {
	purpose := reach.Traffic
	if l.health {
		purpose = reach.HealthChecks
	}
	i := slices.IndexFunc(t.in, func(h passage) bool {
		return h.Interface == path.InterfaceID(l.to.ID) && h.Purpose == purpose && strings.HasSuffix(h.Name, fmt.Sprintf("%s:%d", l.target.ID, l.target.Port))
	})
	if i < 0 {
		return passage{}, false
	}
	return t.in[i], true
}

func (t *trial) inbound() {
	required, hops := map[string][]flow.Box{}, map[string]passage{}
	for _, l := range t.legs {
		if l.to == nil || len(l.to.Groups) == 0 {
			continue
		}
		h, ok := t.entranceOf(l)
		if !ok {
			t.fault("no hop into %s", l.dst)
			continue
		}
		key := fmt.Sprint(h.Interface, h.Name, h.Purpose)
		required[key], hops[key] = append(required[key], l.request()), h
		p := t.packet(l, 40000)
		t.agree("into the target", has(h.missing, p), p, t.Enters(l.to, p))
	}
	for key, want := range required {
		t.requires(key, hops[key].Required, want)
		t.readAll(key, hops[key].Hop)
	}
	if len(hops) != len(t.in) {
		t.fault("%d hops into targets, want %d", len(t.in), len(hops))
	}
}

// A border is one direction of a network ACL for requests or replies.
type border struct {
	acl           path.NetworkACLID
	egress, reply bool
}

// lists tries the network ACLs: one leg crosses four borders, two where nobody sees the far
// side, none within a subnet.
func (t *trial) lists() {
	required := map[border][]flow.Box{}
	cross := func(s *network.Subnet, egress, reply bool, b flow.Box, p network.Packet) {
		key := border{path.NetworkACLID(s.ACL), egress, reply}
		required[key] = append(required[key], b)
		drop := t.EntersSubnet
		if egress {
			drop = t.LeavesSubnet
		}
		missing := t.borders[key].missing
		for _, port := range t.portsToTry(s, missing, b.Ports) {
			p.Dst = netip.AddrPortFrom(p.Dst.Addr(), port)
			t.agree(key, has(missing, p), p, drop(s, p))
		}
	}
	for _, l := range t.legs {
		near := t.Subnets[l.node.Subnet]
		p := t.packet(l, 40000)
		if l.to != nil && l.to.Subnet == near.ID {
			continue
		}
		cross(near, true, false, l.request(), p)
		cross(near, false, true, l.reply(), p.Reply())
		if l.to != nil {
			far := t.Subnets[l.to.Subnet]
			cross(far, false, false, l.request(), p)
			cross(far, true, true, l.reply(), p.Reply())
		}
	}
	for key, want := range required {
		t.requires(key, t.borders[key].Required, want)
	}
	if len(required) != len(t.borders) {
		t.fault("%d hops through network ACLs, want %d", len(t.borders), len(required))
	}
}

// portsToTry returns ports in a range: its ends, both sides of each edge of a network ACL's
// entries and of what is missing, and some by chance.
func (t *trial) portsToTry(s *network.Subnet, missing []flow.Box, within flow.PortRange) []uint16 {
	if within.From == within.To {
		return []uint16{within.From}
	}
	tries := []int{int(within.From), int(within.To)}
	for _, e := range t.ACLs[s.ACL].Entries {
		tries = append(tries, e.FromPort-1, e.FromPort, e.ToPort, e.ToPort+1)
	}
	for _, b := range missing {
		tries = append(tries, int(b.Ports.From)-1, int(b.Ports.From), int(b.Ports.To), int(b.Ports.To)+1)
	}
	for range 2 {
		tries = append(tries, t.dice.IntN(1<<16))
	}
	slices.Sort(tries)
	var ports []uint16
	for _, port := range slices.Compact(tries) {
		if int(within.From) <= port && port <= int(within.To) {
			ports = append(ports, uint16(port))
		}
	}
	return ports
}
