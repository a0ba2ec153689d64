package plan

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// letAcross opens the network ACLs for the requests that are missing.
func (m maker) letAcross(found []check.Finding) []Step { return m.openACLs(found, false) }

// letBack opens the network ACLs for the replies that are missing.
func (m maker) letBack(found []check.Finding) []Step { return m.openACLs(found, true) }

// openACLs returns the steps for each network ACL that the findings name.
func (m maker) openACLs(found []check.Finding, reply bool) []Step {
	doors := m.doors()
	var steps []Step
	for _, f := range found {
		i := slices.IndexFunc(m.NetworkACLs, func(a path.NetworkACL) bool { return a.ARN == f.Subject || path.ARN(a.ID) == f.Subject })
		var mine []Step
		for _, d := range doors {
			if i >= 0 && d.acl.ID == m.NetworkACLs[i].ID {
				mine = append(mine, d.steps(reply)...)
			}
		}
		if len(mine) == 0 {
			mine = []Step{instruct(f.Subject, "let through what is missing: "+lacks(f))}
		}
		steps = append(steps, mine...)
	}
	return steps
}

// A door is one direction of a network ACL with what it keeps out, and the entries that let
// it through. Those of requests and of replies are numbered together.
type door struct {
	acl     path.NetworkACL
	egress  bool
	request []reach.Denial
	reply   []reach.Denial
}

// doors returns the doors that keep anything out, in the order of the path.
func (m maker) doors() []*door {
	hops, _ := reach.NetworkACLs(m.Snapshot, reach.EachWay)
	var doors []*door
	for _, h := range hops {
		if len(h.Denials) == 0 {
			continue
		}
		i := slices.IndexFunc(doors, func(d *door) bool { return d.acl.ID == h.ACL && d.egress == h.Egress })
		if i < 0 {
			acl, _ := networkACL(m.Snapshot, h.ACL)
			i = len(doors)
			doors = append(doors, &door{acl: acl, egress: h.Egress})
		}
		if h.Reply {
			doors[i].reply = h.Denials
		} else {
			doors[i].request = h.Denials
		}
	}
	return doors
}

// steps returns the entries for requests, or for replies, or why a person has to decide.
func (d *door) steps(reply bool) []Step {
	requests, err := d.entries(d.request, nil)
	entries := requests
	if reply && err == nil {
		entries, err = d.entries(d.reply, requests)
	}
	kept := d.request
	if reply {
		kept = d.reply
	}
	if len(kept) == 0 {
		return nil
	}
	if err != nil {
		return []Step{d.byHand(kept, err)}
	}
	steps := make([]Step, len(entries))
	for i, e := range entries {
		steps[i] = approval(d.why(kept), e)
	}
	return steps
}

// why says why a person decides, and why an entry of its own is added.
func (d *door) why(kept []reach.Denial) string {
	uses := fmt.Sprintf("%d subnets use the network ACL, and the rule holds for each", len(d.acl.Subnets))
	if len(d.acl.Subnets) == 1 {
		uses = "the rule holds for everything in the subnet that uses the network ACL"
	}
	if kept[0].Final() {
		return uses
	}
	return join(uses, fmt.Sprintf("it is narrower than to change rule %d, which stays, and is undone by deleting it", kept[0].Entry.Number))
}

// entries returns the fewest entries that let through exactly what was kept out, each before
// the entry that denies any of it. Before are entries that are planned already.
func (d *door) entries(kept []reach.Denial, before []CreateNetworkACLEntry) ([]CreateNetworkACLEntry, error) {
	side := across(d.egress)
	var all []flow.Box
	for _, k := range kept {
		all = append(all, side.needs(k.Flows).Boxes()...)
	}
	numbers := numbersOf(d.acl, d.egress, before)
	var entries []CreateNetworkACLEntry
	for _, b := range fewest(flow.Of(all...)) {
		e := CreateNetworkACLEntry{ACL: d.acl.ID, Egress: d.egress, CIDR: side.peer(b), Ports: b.Ports, Subnets: slices.Clone(d.acl.Subnets)}
		if e.CIDR.Bits() == 0 {
			return nil, fmt.Errorf("%w: the product adds no rule for every address", ErrTooWide)
		}
		limit := lastNumber + 1
		for _, k := range kept {
			if !k.Final() && !side.needs(k.Flows).Intersect(flow.Of(b)).IsZero() {
				limit = min(limit, k.Entry.Number)
			}
		}
		var err error
		if e.Number, err = numbers.take(limit, e.CIDR.Addr().Is6()); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// byHand tells a person what the product cannot do by one entry or a few.
func (d *door) byHand(kept []reach.Denial, why error) Step {
	var all []flow.Box
	for _, k := range kept {
		all = append(all, k.Flows.Boxes()...)
	}
	form := CreateNetworkACLEntry{ACL: d.acl.ID, Egress: d.egress}
	command := []string{"aws", "ec2", "create-network-acl-entry", "--network-acl-id", string(d.acl.ID), "--rule-number", "<rule-number>",
		"--protocol", "6", "--rule-action", "allow", form.option(), "--cidr-block", "<cidr>", "--port-range", "From=<port>,To=<port>"}
	return instruct(path.ARN(d.acl.ID), fmt.Sprintf("let through in the %s rules of network ACL %s what is missing (%v): %s",
		form.direction(), d.acl.ID, why, flow.Of(all...)), command)
}
