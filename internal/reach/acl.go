package reach

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// An ACLHop is one direction of a network ACL on the path: what must pass its outbound or
// its inbound entries, as requests of the load balancer or as replies of the targets.
type ACLHop struct {
	ACL      path.NetworkACLID
	Egress   bool            // the outbound entries decide, else the inbound ones
	Reply    bool            // of targets to the nodes' ephemeral ports; else requests
	Subnets  []path.SubnetID // at whose border, in the order of the path
	Required flow.Set
	Denials  []Denial // what is not let through, by the entry that decides, the final denial last
}

// A Denial is what one entry of a network ACL keeps out.
type Denial struct {
	Entry path.NetworkACLEntry // the zero entry where none matches: that denies too
	Flows flow.Set
}

// lastNumber is the highest number that an entry of one's own can have; above it are AWS's
// final denials.
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
const lastNumber = 32766

// Final reports whether no entry of anybody's own decides, but the denial that ends every
// network ACL.
func (d Denial) Final() bool { return d.Entry.Number < 1 || d.Entry.Number > lastNumber }

// Missing is what must pass here and does not. Empty means open.
func (h ACLHop) Missing() flow.Set {
	var boxes []flow.Box
	for _, d := range h.Denials {
		boxes = slices.AppendSeq(boxes, d.Flows.All())
	}
	return flow.Of(boxes...)
}

// Flows are requests, the replies to them, or both.
type Flows uint8

// What of the flows is looked at.
const (
	Requests Flows = 1 << iota
	Replies
	EachWay = Requests | Replies
)

func (f Flows) has(reply bool) bool { return reply && f&Replies != 0 || !reply && f&Requests != 0 }

// NetworkACLs returns, for each direction of each network ACL between the load balancers'
// nodes and the targets in use, a hop for the requests and one for the replies, where it has
// any to let through and the flows are asked for. A request meets the outbound entries of the node's subnet and the
// inbound ones of the target's; the reply, since network ACLs are stateless, the outbound
// ones of the target's and the inbound ones of the node's, with the node's ephemeral port as
// its destination. Within one subnet there is none to meet. Unseen holds what is not known:
// nodes, targets and their subnets, network ACLs that the snapshot lacks.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func NetworkACLs(s path.Snapshot, of Flows) (hops []ACLHop, unseen []Unseen) {
	v := viewOf(s)
	w := walls{flows: of, of: make(map[path.SubnetID]*path.NetworkACL), at: make(map[gate]*wall)}
	for i := range s.NetworkACLs {
		for _, id := range s.NetworkACLs[i].Subnets {
			w.of[id] = &s.NetworkACLs[i]
		}
	}
	trips, blind := v.trips()
	for _, t := range trips {
		if t.from.subnet == t.to.subnet && t.from.subnet != "" {
			continue
		}
		if !w.stands(t.from.subnet) {
			blind.add(t.group, !t.to.known, aclOf(t.from.subnet, "load balancer node "+t.src.String()))
		}
		if !w.stands(t.to.subnet) {
			blind.add(t.group, !t.to.known, aclOf(t.to.subnet, "target "+t.target))
		}
		for _, b := range t.requests() {
			w.meet(t.from.subnet, true, false, b)
			w.meet(t.to.subnet, false, false, b)
		}
		w.meet(t.to.subnet, true, true, t.reply())
		w.meet(t.from.subnet, false, true, t.reply())
	}
	for _, m := range w.order {
		hops = append(hops, m.hop())
	}
	return hops, blind.list
}

func aclOf(id path.SubnetID, end string) string {
	if id == "" {
		return "subnet of " + end
	}
	return "network ACL of " + string(id)
}

// A gate is one direction of a network ACL for one purpose.
type gate struct {
	acl           path.NetworkACLID
	egress, reply bool
}

// walls are the network ACLs on the path, each direction in the order in which flows met it.
type walls struct {
	flows Flows // that are looked at
	of    map[path.SubnetID]*path.NetworkACL
	at    map[gate]*wall
	order []*wall
}

func (w *walls) stands(id path.SubnetID) bool { return w.of[id] != nil }

// meet has a flow meet the network ACL of a subnet.
func (w *walls) meet(id path.SubnetID, egress, reply bool, b flow.Box) {
	acl := w.of[id]
	if acl == nil || !w.flows.has(reply) {
		return
	}
	key := gate{acl.ID, egress, reply}
	m, known := w.at[key]
	if !known {
		m = &wall{gate: key, entries: entriesOf(acl, egress), decided: make(map[question][]answer)}
		w.at[key], w.order = m, append(w.order, m)
	}
	if !slices.Contains(m.subnets, id) {
		m.subnets = append(m.subnets, id)
	}
	m.required = append(m.required, b)
}

// A wall is one direction of a network ACL and what met it.
type wall struct {
	gate
	subnets  []path.SubnetID
	required []flow.Box
	entries  []path.NetworkACLEntry // that can match, lowest number first
	decided  map[question][]answer
}

// A question is all of a flow that an entry looks at: the address beyond the border, and the
// ports that it goes to.
type question struct {
	peer  netip.Addr
	ports flow.PortRange
}

// An answer is what one entry says of a part of the ports; entry -1 is none.
type answer struct {
	ports flow.PortRange
	entry int
}

func (m *wall) hop() ACLHop {
	h := ACLHop{ACL: m.acl, Egress: m.egress, Reply: m.reply, Subnets: m.subnets, Required: flow.Of(m.required...)}
	denied := make(map[int][]flow.Box)
	for _, b := range m.required {
		peer := b.Src.Addr()
		if m.egress {
			peer = b.Dst.Addr()
		}
		for _, a := range m.ask(question{peer, b.Ports}) {
			if a.entry < 0 || !m.entries[a.entry].Allow {
				part := b
				part.Ports = a.ports
				denied[a.entry] = append(denied[a.entry], part)
			}
		}
	}
	for i, e := range m.entries {
		if len(denied[i]) > 0 {
			h.Denials = append(h.Denials, Denial{e, flow.Of(denied[i]...)})
		}
	}
	if len(denied[-1]) > 0 {
		h.Denials = append(h.Denials, Denial{Flows: flow.Of(denied[-1]...)})
	}
	return h
}

// ask returns what the entries say of a peer, a run of ports at a time: each entry takes what
// no entry before it has decided.
func (m *wall) ask(q question) []answer {
	answers, known := m.decided[q]
	if known {
		return answers
	}
	open := []flow.PortRange{q.ports}
	for i, e := range m.entries {
		if len(open) == 0 {
			break
		}
		if !e.CIDR.Contains(q.peer) {
			continue
		}
		ports, _ := entryPorts(e)
		var left []flow.PortRange
		for _, r := range open {
			from, to := max(r.From, ports.From), min(r.To, ports.To)
			if from > to {
				left = append(left, r)
				continue
			}
			answers = append(answers, answer{flow.PortRange{From: from, To: to}, i})
			if r.From < from {
				left = append(left, flow.PortRange{From: r.From, To: from - 1})
			}
			if to < r.To {
				left = append(left, flow.PortRange{From: to + 1, To: r.To})
			}
		}
		open = left
	}
	for _, r := range open {
		answers = append(answers, answer{r, -1})
	}
	m.decided[q] = answers
	return answers
}

// entriesOf returns the entries of one direction that can match a TCP flow, lowest number
// first. An IPv6 entry matches no IPv4 flow, also where it maps IPv4 addresses.
func entriesOf(acl *path.NetworkACL, egress bool) []path.NetworkACLEntry {
	var entries []path.NetworkACLEntry
	for _, e := range acl.Entries {
		if _, ok := entryPorts(e); ok && e.Egress == egress && e.CIDR.IsValid() && !e.CIDR.Addr().Is4In6() {
			e.CIDR = e.CIDR.Masked()
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b path.NetworkACLEntry) int { return cmp.Compare(a.Number, b.Number) })
	return entries
}

// entryPorts returns the TCP ports that an entry is about, and false where it is about none.
// Protocol -1 is every protocol on every port.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html
func entryPorts(e path.NetworkACLEntry) (flow.PortRange, bool) {
	switch {
	case e.Protocol == -1:
		return flow.AllPorts, true
	case e.Protocol != int(flow.TCP):
		return flow.PortRange{}, false
	case e.FromPort == -1:
		return flow.AllPorts, true
	case e.FromPort < 0 || e.ToPort > math.MaxUint16 || e.FromPort > e.ToPort:
		return flow.PortRange{}, false
	}
	return flow.PortRange{From: uint16(e.FromPort), To: uint16(e.ToPort)}, true
}

// Decide holds flows, however many, against the entries of one direction of a network ACL:
// what they let through, and what each keeps out, in the order of their numbers, the final
// denial last. Of a flow only the address beyond the border and the ports count.
func Decide(acl path.NetworkACL, egress bool, flows flow.Set) (allowed flow.Set, denials []Denial) {
	left := flows
	for _, e := range entriesOf(&acl, egress) {
		ports, _ := entryPorts(e)
		b := flow.Box{Protocol: flow.TCP, Src: e.CIDR, Dst: everywhere(e.CIDR), Ports: ports}
		if egress {
			b.Src, b.Dst = b.Dst, b.Src
		}
		hit := left.Intersect(flow.Of(b))
		if hit.IsZero() {
			continue
		}
		left = left.Minus(hit)
		if e.Allow {
			allowed = allowed.Union(hit)
		} else {
			denials = append(denials, Denial{e, hit})
		}
	}
	if !left.IsZero() {
		denials = append(denials, Denial{Flows: left})
	}
	return allowed, denials
}

// everywhere returns every address of p's family.
func everywhere(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4() {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}
