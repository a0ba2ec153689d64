package network

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// RuleQuota is how many rules a security group may hold in one direction.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const RuleQuota = 60

// A SecurityGroup is a security group. Its rules change through World.Authorize and
// World.Revoke, since describe calls and the data plane follow them at different times.
type SecurityGroup struct {
	ID          string
	VPC         string
	Name        string
	Description string
	Tags        map[string]string

	rules []timedRule
}

// A Rule is one security group rule. Exactly one of CIDR, PrefixList and Group is set.
type Rule struct {
	ID          string // sgr-…; given out by Authorize where empty
	Egress      bool
	Protocol    string       // tcp, udp, icmp, icmpv6, a number, or -1 for all
	FromPort    int          // inclusive; -1 where the protocol has no ports
	ToPort      int          // inclusive
	CIDR        netip.Prefix // masked
	PrefixList  string
	Group       string
	Description string
	Tags        map[string]string
}

// timedRule is a rule with the times of its coming and going; a zero time is long ago for
// the one, never for the other.
type timedRule struct {
	Rule
	from, until time.Time
}

// Same reports whether two rules admit the same traffic by the same source or destination:
// AWS's measure of a duplicate, which leaves ID, description and tags out.
func (r Rule) Same(o Rule) bool {
	return r.Egress == o.Egress && r.Protocol == o.Protocol && r.FromPort == o.FromPort &&
		r.ToPort == o.ToPort && r.CIDR == o.CIDR && r.PrefixList == o.PrefixList && r.Group == o.Group
}

// AddSecurityGroup adds a group as AWS creates one: nothing in, everything out.
func (w *World) AddSecurityGroup(vpc, name, description string) *SecurityGroup {
	g := &SecurityGroup{ID: w.NewID("sg"), VPC: vpc, Name: name, Description: description, Tags: map[string]string{}}
	w.SecurityGroups[g.ID] = g
	w.Authorize(g, true, Rule{Protocol: "-1", CIDR: netip.MustParsePrefix("0.0.0.0/0")})
	w.Settle(g)
	return g
}

// Authorize adds rules to a group in one direction and returns them with their IDs. A rule
// that is there already is added again: the caller looks for duplicates.
func (w *World) Authorize(g *SecurityGroup, egress bool, rules ...Rule) []Rule {
	var added []Rule
	for _, r := range rules {
		r.Egress = egress
		if r.Protocol == "-1" {
			r.FromPort, r.ToPort = -1, -1
		}
		if r.ID == "" {
			r.ID = w.NewID("sgr")
		}
		g.rules = append(g.rules, timedRule{Rule: r, from: w.Clock.Now()})
		added = append(added, r)
	}
	return added
}

// Revoke removes the group's rules for which match holds, and returns them.
func (w *World) Revoke(g *SecurityGroup, match func(Rule) bool) []Rule {
	var gone []Rule
	for i := range g.rules {
		if r := &g.rules[i]; r.until.IsZero() && match(r.Rule) {
			r.until = w.Clock.Now()
			gone = append(gone, r.Rule)
		}
	}
	return gone
}

// Settle makes a group's present rules old, so that everything follows them at once.
func (w *World) Settle(g *SecurityGroup) {
	g.rules = slices.DeleteFunc(g.rules, func(r timedRule) bool { return !r.until.IsZero() })
	for i := range g.rules {
		g.rules[i].from = time.Time{}
	}
}

// Rules returns the group's rules as they truly are, sorted by ID.
func (w *World) Rules(g *SecurityGroup) []Rule { return g.after(w.Clock.Now(), 0) }

// DescribedRules returns the rules that describe calls show now.
func (w *World) DescribedRules(g *SecurityGroup) []Rule {
	return g.after(w.Clock.Now(), w.Timing.RuleReads)
}

// EffectiveRules returns the rules that the data plane follows now.
func (w *World) EffectiveRules(g *SecurityGroup) []Rule {
	return g.after(w.Clock.Now(), w.Timing.Rules)
}

// at reports whether a rule is there for who hears of every change a lag later.
func (r *timedRule) at(now time.Time, lag time.Duration) bool {
	came := r.from.IsZero() || !now.Before(r.from.Add(lag))
	return came && (r.until.IsZero() || now.Before(r.until.Add(lag)))
}

// after returns the rules as one sees them who hears of every change a lag later.
func (g *SecurityGroup) after(now time.Time, lag time.Duration) []Rule {
	var seen []Rule
	for _, r := range g.rules {
		if r.at(now, lag) {
			seen = append(seen, r.Rule)
		}
	}
	slices.SortFunc(seen, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return seen
}

// UpdateRule edits the description and tags of the rule with an ID, and reports whether the
// group has it.
func (w *World) UpdateRule(g *SecurityGroup, id string, edit func(*Rule)) bool {
	for i := range g.rules {
		if r := &g.rules[i]; r.ID == id && r.until.IsZero() {
			edit(&r.Rule)
			return true
		}
	}
	return false
}
