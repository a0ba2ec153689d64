package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// A groupView is all hops whose missing flows would be added to one security group.
type groupView struct {
	id                path.SecurityGroupID
	carried           ordered[path.SecurityGroupID] // groups that decide together with it
	required, missing flow.Set
	healthChecksOnly  bool // of what is missing, traffic is no part
	unseen, unread    ordered[string]
}

// byGroup gathers hops by the group to which what they miss would be added, in the order
// in which they come: one group, one finding, one change.
func byGroup(hops []reach.Hop, others reach.Others) []*groupView {
	var views []*groupView
	of := make(map[path.SecurityGroupID]*groupView)
	required, missing := make(map[*groupView][]flow.Box), make(map[*groupView][]flow.Box)
	for _, h := range hops {
		id := others.GroupFor(h.Groups)
		v, known := of[id]
		if !known {
			v = &groupView{id: id, healthChecksOnly: true}
			of[id], views = v, append(views, v)
		}
		lacks := h.Missing()
		required[v] = slices.AppendSeq(required[v], h.Required.All())
		missing[v] = slices.AppendSeq(missing[v], lacks.All())
		v.healthChecksOnly = v.healthChecksOnly && (lacks.IsZero() || h.Purpose == reach.HealthChecks)
		v.carried.add(h.Groups...)
		v.unseen.add(h.EndsUnseen...)
		v.unread.add(h.RulesUnread...)
	}
	for _, v := range views {
		v.required, v.missing = flow.Of(required[v]...), flow.Of(missing[v]...)
	}
	return views
}

// judge says what the hops of a group come to. What is missing by rules that were read
// in full is certain; that nothing is missing is certain where all ends were seen.
func (v *groupView) judge(subject path.ARN, seen, headline string) Finding {
	expected := "lets through " + words(v.required)
	switch {
	case !v.missing.IsZero() && len(v.unread.list) > 0:
		return unknown(subject, expected, "not read: "+strings.Join(v.unread.list, ", "))
	case !v.missing.IsZero():
		f := fail(subject, expected, seen, headline)
		f.Missing, f.Group = v.missing, v.id
		return f
	case len(v.unseen.list) > 0:
		return unknown(subject, expected, "not found: "+strings.Join(v.unseen.list, ", "))
	case v.required.IsZero():
		return unknown(subject, "", "no load balancer node sends to these targets")
	}
	return pass(subject, expected, seen)
}

// An ordered holds values each once, in the order in which they came.
type ordered[T comparable] struct {
	list []T
	has  map[T]bool
}

func (o *ordered[T]) add(values ...T) {
	for _, v := range values {
		if o.has[v] {
			continue
		}
		if o.has == nil {
			o.has = make(map[T]bool)
		}
		o.has[v] = true
		o.list = append(o.list, v)
	}
}

// words says a set of flows shortly: "tcp 443 from 10.0.1.7/32, 10.0.2.7/32 to 10.0.1.9/32".
func words(set flow.Set) string {
	var srcs, dsts ordered[netip.Prefix]
	for b := range set.All() {
		srcs.add(b.Src)
		dsts.add(b.Dst)
	}
	return "tcp " + ports(set) + " from " + listed(srcs) + " to " + listed(dsts)
}

// ports lists the destination ports of a set: "443, 8443".
func ports(set flow.Set) string {
	var all ordered[flow.PortRange]
	for b := range set.All() {
		all.add(b.Ports)
	}
	return listed(all)
}

func listed[T interface {
	comparable
	fmt.Stringer
}](o ordered[T]) string {
	words := make([]string, len(o.list))
	for i, v := range o.list {
		words[i] = v.String()
	}
	return orNone(words)
}

// groupARN is what to look at for a group.
func groupARN(groups map[path.SecurityGroupID]*path.SecurityGroup, id path.SecurityGroupID) path.ARN {
	if g, ok := groups[id]; ok && g.ARN != "" {
		return g.ARN
	}
	return path.ARN(id)
}

// rulesOf lists the rules of groups as the console does, each group with its own.
func rulesOf(groups map[path.SecurityGroupID]*path.SecurityGroup, ids []path.SecurityGroupID, rules func(*path.SecurityGroup) []path.Rule, preposition string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		var all []string
		if g, ok := groups[id]; ok {
			for _, r := range rules(g) {
				all = append(all, ruleWords(r, preposition))
			}
		}
		parts[i] = string(id) + ": " + orNone(all)
	}
	return strings.Join(parts, "; ")
}

func ruleWords(r path.Rule, preposition string) string {
	end := string(r.PrefixList) + string(r.Group)
	if r.Prefix.IsValid() {
		end = r.Prefix.String()
	}
	what := "all traffic"
	if r.Protocol != "-1" {
		what = r.Protocol + " " + path.Ports(r.FromPort, r.ToPort)
	}
	return what + " " + preposition + " " + end
}
