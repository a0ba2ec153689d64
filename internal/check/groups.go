package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// A groupView is all hops whose missing flows would be added to one security group.
type groupView struct {
	id                path.SecurityGroupID
	carried           []path.SecurityGroupID // groups that decide together with it
	required, missing flow.Set
	healthChecksOnly  bool // of what is missing, traffic is no part
	unseen, unread    []string
}

// byGroup gathers hops by the group to which what they miss would be added, in the order
// in which they come: one group, one finding, one change.
func byGroup(s path.Snapshot, hops []reach.Hop, others func(path.Snapshot, path.SecurityGroupID) []path.InterfaceID) []groupView {
	var views []groupView
	for _, h := range hops {
		id := reach.GroupFor(s, h.Groups, others)
		i := slices.IndexFunc(views, func(v groupView) bool { return v.id == id })
		if i < 0 {
			i = len(views)
			views = append(views, groupView{id: id, healthChecksOnly: true})
		}
		views[i].add(h)
	}
	return views
}

func (v *groupView) add(h reach.Hop) {
	missing := h.Missing()
	v.required = v.required.Union(h.Required)
	v.missing = v.missing.Union(missing)
	v.healthChecksOnly = v.healthChecksOnly && (missing.IsZero() || h.Purpose == reach.HealthChecks)
	v.carried = merge(v.carried, h.Groups)
	v.unseen = merge(v.unseen, h.EndsUnseen)
	v.unread = merge(v.unread, h.RulesUnread)
}

// judge says what the hops of a group come to. What is missing by rules that were read
// in full is certain; that nothing is missing is certain where all ends were seen.
func (v groupView) judge(subject path.ARN, seen, headline string) Finding {
	expected := "lets through " + words(v.required)
	switch {
	case !v.missing.IsZero() && len(v.unread) > 0:
		return unknown(subject, expected, "not read: "+strings.Join(v.unread, ", "))
	case !v.missing.IsZero():
		f := fail(subject, expected, seen, headline)
		f.Missing, f.Group = v.missing, v.id
		return f
	case len(v.unseen) > 0:
		return unknown(subject, expected, "not found: "+strings.Join(v.unseen, ", "))
	case v.required.IsZero():
		return unknown(subject, "", "no load balancer node sends to these targets")
	}
	return pass(subject, expected, seen)
}

func merge[T comparable](into, more []T) []T {
	for _, m := range more {
		if !slices.Contains(into, m) {
			into = append(into, m)
		}
	}
	return into
}

// groupARN is what to look at for a group.
func groupARN(s path.Snapshot, id path.SecurityGroupID) path.ARN {
	if g, ok := reach.Group(s, id); ok && g.ARN != "" {
		return g.ARN
	}
	return path.ARN(id)
}

// words says a set of flows shortly: "tcp 443 from 10.0.1.7/32, 10.0.2.7/32 to 10.0.1.9/32".
func words(set flow.Set) string {
	var srcs, dsts []string
	for _, b := range set.Boxes() {
		srcs = merge(srcs, []string{b.Src.String()})
		dsts = merge(dsts, []string{b.Dst.String()})
	}
	return fmt.Sprintf("tcp %s from %s to %s", ports(set), orNone(srcs), orNone(dsts))
}

// ports lists the destination ports of a set: "443, 8443".
func ports(set flow.Set) string {
	var all []string
	for _, b := range set.Boxes() {
		all = merge(all, []string{b.Ports.String()})
	}
	return orNone(all)
}

// rulesOf lists the rules of groups as the console does, each group with its own.
func rulesOf(s path.Snapshot, ids []path.SecurityGroupID, rules func(path.SecurityGroup) []path.Rule, preposition string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		g, _ := reach.Group(s, id)
		all := make([]string, 0, len(rules(g)))
		for _, r := range rules(g) {
			all = append(all, ruleWords(r, preposition))
		}
		parts[i] = fmt.Sprintf("%s: %s", id, orNone(all))
	}
	return strings.Join(parts, "; ")
}

func ruleWords(r path.Rule, preposition string) string {
	end := string(r.PrefixList) + string(r.Group)
	if r.Prefix.IsValid() {
		end = r.Prefix.String()
	}
	switch {
	case r.Protocol == "-1":
		return fmt.Sprintf("all traffic %s %s", preposition, end)
	case r.FromPort == r.ToPort:
		return fmt.Sprintf("%s %d %s %s", r.Protocol, r.FromPort, preposition, end)
	}
	return fmt.Sprintf("%s %d-%d %s %s", r.Protocol, r.FromPort, r.ToPort, preposition, end)
}
