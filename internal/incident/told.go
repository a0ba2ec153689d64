package incident

import (
	"net/netip"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// remembered is the most entries of a list of what was told: the oldest are forgotten, which
// costs a message, so that a record cannot grow without end.
const remembered = 100

// calls says whether a state calls for somebody.
func calls(s lifecycle.State) bool {
	switch s {
	case lifecycle.NeedsPerson, lifecycle.Escalated, lifecycle.Unexplained:
		return true
	}
	return false
}

// turns says whether a change of state is news. Within a reminder's interval one that was told
// and comes back is none, so that what flaps between two states is not told each time.
func (in *Incident) turns(state lifecycle.State, l Look) bool {
	if state == in.State {
		return false
	}
	at, told := in.States[state]
	return !told || l.Now.Sub(at) >= l.Rules.Reminder
}

// note keeps what is told now. A step that is told while the product waits calls for nobody yet:
// it is asked for when it does.
func (in *Incident) note(a Assessment, state lifecycle.State, asks []ask) {
	if in.States == nil {
		in.States = make(map[lifecycle.State]time.Time)
	}
	in.States[state] = a.Look.Now
	for _, s := range asks {
		if calls(state) {
			in.Asked = append(in.Asked, s.what)
		}
	}
	in.Asked = in.Asked[max(0, len(in.Asked)-remembered):]
	nodes := nodesOf(a.Look.Snapshot)
	for _, f := range in.reasons(a) {
		shape := shapeOf(f.Missing, nodes)
		i := slices.IndexFunc(in.Told, func(t check.Finding) bool {
			return t.Check == f.Check && t.Subject == f.Subject && t.Verdict == f.Verdict
		})
		if i < 0 {
			in.Told = append(in.Told, check.Finding{Check: f.Check, Subject: f.Subject, Verdict: f.Verdict, Missing: shape})
			continue
		}
		in.Told[i].Missing = in.Told[i].Missing.Union(shape)
	}
	in.Told = in.Told[max(0, len(in.Told)-remembered):]
}

// tells says whether a look found a cause that was not told yet. What only shrank is
// progress, not news, so that a flapping target is no new diagnosis; nor is one that another
// has taken the place of, as a service does with containers that are unhealthy.
func (in *Incident) tells(a Assessment) bool {
	all, nodes := in.reasons(a), nodesOf(a.Look.Snapshot)
	for _, f := range all {
		if !toldOf(in.Told, f, nodes) && (hard(f) || len(all) == 1 && !in.lagging(a)) {
			return true
		}
	}
	return false
}

func toldOf(told []check.Finding, f check.Finding, nodes []netip.Addr) bool {
	shape := shapeOf(f.Missing, nodes)
	return slices.ContainsFunc(told, func(t check.Finding) bool {
		// That it fails is news after it could not be judged, and not the other way round.
		known := t.Verdict == f.Verdict || f.Verdict == check.Unknown
		return t.Check == f.Check && t.Subject == f.Subject && known && shapeOf(t.Missing, nodes).Contains(shape)
	})
}

// nodesOf returns the addresses of the load balancers' nodes.
func nodesOf(s path.Snapshot) []netip.Addr {
	nodes := make(map[path.InterfaceID]bool)
	for _, lb := range s.LoadBalancers {
		for _, id := range lb.Nodes {
			nodes[id] = true
		}
	}
	var addrs []netip.Addr
	for _, n := range s.Interfaces {
		if nodes[n.ID] {
			addrs = append(addrs, n.Addrs...)
		}
	}
	return addrs
}

// shapeOf is a missing set without the addresses that are no node's: those of targets come and
// go.
func shapeOf(missing flow.Set, nodes []netip.Addr) flow.Set {
	boxes := missing.Boxes()
	wide := func(p netip.Prefix) netip.Prefix {
		if slices.ContainsFunc(nodes, p.Contains) || !p.IsValid() {
			return p
		}
		return netip.PrefixFrom(p.Addr(), 0).Masked()
	}
	for i := range boxes {
		boxes[i].Src, boxes[i].Dst = wide(boxes[i].Src), wide(boxes[i].Dst)
	}
	return flow.Of(boxes...)
}

// An ask is a step of which nobody was told yet.
type ask struct {
	what string
	lags bool // it may go by itself: the targets' health lags
}

// asks returns what a plan asks for and nobody was told of yet, each once. A cause may be told
// long before its step: as long as another explains it, it has none. Where no cause calls for a
// step, as for the reconnect and for what KMS's messages ask for, its words tell it apart.
func (in *Incident) asks(a Assessment) []ask {
	var asks []ask
	for _, s := range a.Plan.Steps {
		one := ask{what: string(s.Check) + " " + string(s.Action.Kind()) + " " + string(s.Action.Resource()), lags: s.Check == consequence && in.lagging(a)}
		if len(a.Causes) == 0 {
			one.what += ": " + s.Action.Summary()
		}
		if !slices.Contains(in.Asked, one.what) && !slices.Contains(asks, one) {
			asks = append(asks, one)
		}
	}
	return asks
}

// ease keeps when the causes went that explained the targets' health.
func (in *Incident) ease(a Assessment) {
	switch {
	case slices.ContainsFunc(a.Causes, hard):
		in.Eased = time.Time{}
	case len(a.Causes) > 0 && in.Eased.IsZero() && slices.ContainsFunc(in.Found, hard):
		in.Eased = a.Look.Now
	}
}

// lagging says whether the targets' health is all that is left, and may be that of before what
// explained it was mended.
func (in *Incident) lagging(a Assessment) bool {
	return !in.Eased.IsZero() && a.Look.Now.Before(in.Eased.Add(healthLag(a.Look.Snapshot)))
}

// consequence is the check that fails some time after another cause, because of it.
const consequence check.ID = "target-group.healthy"

func hard(f check.Finding) bool { return f.Check != consequence }

// reasons are the findings that make a diagnosis: the causes, or what could not be read.
func (in *Incident) reasons(a Assessment) []check.Finding {
	if len(in.Ranking.Causes) > 0 {
		return in.Ranking.Causes
	}
	if unread := a.unread(); !in.bears(unread, a.Look.Now) {
		return unread
	}
	return nil
}
