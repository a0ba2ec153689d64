package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// overRoutes makes a check's Run of the route tables to targets that are outside every VPC on
// show, or of those to all others: one finding a route table, and one more a target group for
// what of the way was not seen.
func overRoutes(outside bool, none string) func(path.Snapshot) []Finding {
	return func(s path.Snapshot) []Finding {
		if len(s.LoadBalancers) == 0 {
			return one(noLoadBalancer(s))
		}
		targets := reach.Inside
		if outside {
			targets = reach.Outside
		}
		hops, unseen := reach.Routes(s, targets)
		var findings []Finding
		for _, v := range byTable(hops) {
			findings = append(findings, v.judge())
		}
		for _, u := range unseen {
			if u.Outside == outside {
				findings = append(findings, unknown(u.TargetGroup, "", "not seen: "+some(u.What)))
			}
		}
		if len(findings) == 0 {
			return one(notApplicable(s.LoadBalancers[0].ARN, none))
		}
		return findings
	}
}

// A tableView is all that takes one route table, there and back.
type tableView struct {
	id                path.RouteTableID
	required, missing flow.Set
	losses            []string
	headline          string
	unseen            ordered[string]
}

func byTable(hops []reach.RouteHop) []*tableView {
	var views []*tableView
	of := make(map[path.RouteTableID]*tableView)
	for _, h := range hops {
		v, known := of[h.Table]
		if !known {
			v = &tableView{id: h.Table}
			of[h.Table], views = v, append(views, v)
		}
		v.required, v.missing = v.required.Union(h.Required), v.missing.Union(h.Missing())
		v.unseen.add(h.Unseen...)
		for _, l := range h.Losses {
			v.losses = append(v.losses, lossWords(l))
			if v.headline == "" {
				v.headline = lossHeadline(l, h.Reply)
			}
		}
	}
	return views
}

func (v *tableView) judge() Finding {
	subject, expected := path.ARN(v.id), "carries "+words(v.required)
	switch {
	case !v.missing.IsZero():
		f := fail(subject, expected, strings.Join(v.losses, "; "), v.headline)
		f.Missing = v.missing
		return f
	case len(v.unseen.list) > 0:
		return unknown(subject, expected, "not seen: "+some(v.unseen.list))
	}
	return pass(subject, expected, "the routes of "+string(v.id)+" lead there")
}

// lossWords says which route loses a flow: "route 10.0.2.0/24 to eni-1 (blackhole) loses …".
func lossWords(l reach.Loss) string {
	if !l.Destination.IsValid() {
		return fmt.Sprintf("%s for %s", l.Why, words(l.Flows))
	}
	on := l.Destination.String()
	if l.Route.PrefixList != "" {
		on = fmt.Sprintf("%s of %s", on, l.Route.PrefixList)
	}
	return fmt.Sprintf("route %s to %s (%s) loses %s", on, l.Route.Target, l.Why, words(l.Flows))
}

func lossHeadline(l reach.Loss, reply bool) string {
	way := "NLB to proxy"
	if reply {
		way = "proxy back to NLB"
	}
	switch {
	case !l.Destination.IsValid():
		return "no route from " + way
	case strings.EqualFold(l.Route.State, "blackhole"):
		return "route from " + way + " is a blackhole"
	}
	return "route from " + way + " leads nowhere"
}
