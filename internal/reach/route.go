package reach

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A RouteHop is a route table on the path: what it must carry, as requests of the load
// balancer or as replies of the targets.
type RouteHop struct {
	Table    path.RouteTableID
	Reply    bool            // of targets to the nodes; else requests
	Outside  bool            // the targets are in no VPC that the snapshot shows
	Subnets  []path.SubnetID // that use the table, in the order of the path
	Required flow.Set
	Losses   []Loss   // what is not carried, by the route that decides
	Unseen   []string // what Required may get lost on all the same, since it cannot be seen; each once
}

// A Loss is what does not arrive for one and the same reason.
type Loss struct {
	Route       path.Route   // that decides; the zero Route where there is none
	Destination netip.Prefix // of Route that holds the flows; invalid where there is none
	Why         string       // "no route", "blackhole", "VPC peering connection pcx-1 is deleted"
	Flows       flow.Set
}

// Missing is what must be carried here and is not. Empty means open.
func (h RouteHop) Missing() flow.Set {
	var boxes []flow.Box
	for _, l := range h.Losses {
		boxes = slices.AppendSeq(boxes, l.Flows.All())
	}
	return flow.Of(boxes...)
}

// Targets are those inside the VPCs that the snapshot knows, those outside them, or all.
type Targets uint8

// What of the targets is looked at.
const (
	Inside Targets = 1 << iota
	Outside
	Anywhere = Inside | Outside
)

func (t Targets) has(outside bool) bool {
	return outside && t&Outside != 0 || !outside && t&Inside != 0
}

// Routes returns, for each route table on the path, a hop for the requests that leave the
// subnets of the load balancers' nodes and one for the replies that leave the targets'. A
// subnet uses the table that names it, else its VPC's main table, and of its routes the most
// specific. What an appliance, a transit gateway or a virtual private gateway does with a
// packet cannot be seen: that is in Unseen, never a loss and never a pass. Unseen of the
// path itself (nodes, targets, route tables that the snapshot lacks) is the second result.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func Routes(s path.Snapshot, to Targets) (hops []RouteHop, unseen []Unseen) {
	v := viewOf(s)
	trips, blind := v.trips()
	r := roads{targets: to, ground: v.ground(), tables: make(map[path.SubnetID]*table), main: make(map[path.VPCID]*table), on: make(map[road]*traffic), unseenOf: blind}
	r.survey()
	for _, t := range trips {
		r.take(t, t.from, t.dst, t.to, false, t.requests())
		if t.to.known {
			r.take(t, t.to, t.src, t.from, true, []flow.Box{t.reply()})
		}
	}
	for _, on := range r.order {
		hops = append(hops, on.hop())
	}
	return hops, r.unseenOf.list
}

// A road is a route table for one purpose.
type road struct {
	table          path.RouteTableID
	reply, outside bool
}

type roads struct {
	targets Targets // that are looked at
	ground
	unseenOf
	tables map[path.SubnetID]*table // by the subnets that name one
	main   map[path.VPCID]*table
	on     map[road]*traffic
	order  []*traffic
}

// survey finds who uses which table.
func (r *roads) survey() {
	for i := range r.RouteTables {
		t := r.tableOf(&r.RouteTables[i])
		for _, id := range t.Subnets {
			r.tables[id] = t
		}
		if t.Main {
			r.main[t.VPC] = t
		}
	}
}

func (r *roads) tableFor(at place) *table {
	if t := r.tables[at.subnet]; t != nil && at.subnet != "" {
		return t
	}
	return r.main[at.vpc]
}

// traffic is what takes one road.
type traffic struct {
	road
	subnets  ordered[path.SubnetID]
	required []flow.Box
	losses   []Loss
	lost     [][]flow.Box // of losses
	unseen   ordered[string]
}

// take sends flows from a place to an address at another.
func (r *roads) take(t trip, from place, addr netip.Addr, to place, reply bool, flows []flow.Box) {
	if from.subnet == "" {
		end := "load balancer node " + t.src.String()
		if reply {
			end = "target " + t.target
		}
		r.add(t.group, !t.to.known, "subnet of "+end)
		return
	}
	table := r.tableFor(from)
	if table == nil {
		r.add(t.group, !t.to.known, "route table of "+string(from.subnet))
		return
	}
	key := road{table.ID, reply, !t.to.known}
	if !r.targets.has(key.outside) {
		return
	}
	on, known := r.on[key]
	if !known {
		on = &traffic{road: key}
		r.on[key], r.order = on, append(r.order, on)
	}
	on.subnets.add(from.subnet)
	on.required = append(on.required, flows...)
	fate, why := r.judge(table, addr, to)
	if fate != carried && from.subnet == to.subnet {
		// AWS does not say whether traffic that stays in a subnet asks its route table.
		fate, why = unknown, fmt.Sprintf("whether route table %s decides within %s", table.ID, from.subnet)
	}
	switch fate {
	case lost:
		on.lose(table.to(addr), why, flows)
	case unknown:
		on.unseen.add(why)
	}
}

func (on *traffic) lose(d decision, why string, flows []flow.Box) {
	i := slices.IndexFunc(on.losses, func(l Loss) bool { return l.Destination == d.on && l.Why == why })
	if i < 0 {
		i = len(on.losses)
		on.losses, on.lost = append(on.losses, Loss{Route: d.route.Route, Destination: d.on, Why: why}), append(on.lost, nil)
	}
	on.lost[i] = append(on.lost[i], flows...)
}

func (on *traffic) hop() RouteHop {
	for i, boxes := range on.lost {
		on.losses[i].Flows = flow.Of(boxes...)
	}
	return RouteHop{
		Table: on.table, Reply: on.reply, Outside: on.outside, Subnets: on.subnets.list,
		Required: flow.Of(on.required...), Losses: on.losses, Unseen: on.unseen.list,
	}
}

// An ordered holds values each once, in the order in which they came.
type ordered[T comparable] struct {
	list []T
	has  map[T]bool
}

func (o *ordered[T]) add(v T) {
	if o.has[v] {
		return
	}
	if o.has == nil {
		o.has = make(map[T]bool)
	}
	o.has[v] = true
	o.list = append(o.list, v)
}
