package collect_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func (s *sim) group(got path.Snapshot, g *network.SecurityGroup) path.SecurityGroup {
	for _, seen := range got.SecurityGroups {
		if string(seen.ID) == g.ID {
			return seen
		}
	}
	return path.SecurityGroup{}
}

// addList adds a prefix list to the world.
func (s *sim) addList(cidrs ...string) string {
	l := &network.PrefixList{ID: s.NewID("pl"), Name: "nodes", Owner: s.Account, Max: 10}
	for _, c := range cidrs {
		l.Entries = append(l.Entries, network.PrefixListEntry{CIDR: netip.MustParsePrefix(c)})
	}
	s.PrefixLists[l.ID] = l
	return l.ID
}

func TestEachRuleHasOneSource(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.Revoke(s.ProxyGroup, func(network.Rule) bool { return true })
	list := s.addList("10.0.2.0/24", "10.0.1.0/24")
	s.World.Authorize(s.ProxyGroup, false,
		network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: netip.MustParsePrefix("10.0.2.0/24"), Description: "b"},
		network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: netip.MustParsePrefix("10.0.1.0/24"), Description: "a"},
		network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: netip.MustParsePrefix("fd00::/8")},
		network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, PrefixList: list},
		network.Rule{Protocol: "-1", Group: s.ProxyGroup.ID},
	)
	s.Settle(s.ProxyGroup)
	got := s.look(t)
	tcp := path.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443}
	with := func(edit func(*path.Rule)) path.Rule {
		r := tcp
		edit(&r)
		return r
	}
	want := map[path.Rule]bool{
		with(func(r *path.Rule) { r.Prefix, r.Description = netip.MustParsePrefix("10.0.1.0/24"), "a" }): true,
		with(func(r *path.Rule) { r.Prefix, r.Description = netip.MustParsePrefix("10.0.2.0/24"), "b" }): true,
		with(func(r *path.Rule) { r.Prefix = netip.MustParsePrefix("fd00::/8") }):                        true,
		with(func(r *path.Rule) { r.PrefixList = path.PrefixListID(list) }):                              true,
		{Protocol: "-1", FromPort: -1, ToPort: -1, Group: path.SecurityGroupID(s.ProxyGroup.ID)}:         true,
	}
	seen := map[path.Rule]bool{}
	for _, r := range s.group(got, s.ProxyGroup).Ingress {
		seen[r] = true
	}
	if len(seen) != len(want) {
		t.Errorf("got %d rules, want %d", len(seen), len(want))
	}
	for r := range want {
		if !seen[r] {
			t.Errorf("no rule %+v among %+v", r, seen)
		}
	}
	lists := []path.PrefixList{{ID: path.PrefixListID(list), Entries: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24"), netip.MustParsePrefix("10.0.2.0/24")}}}
	if d := cmp.Diff(lists, got.PrefixLists, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Errorf("prefix lists: want (-), got (+):\n%s", d)
	}
	if got.Stats.Rounds != 7 || len(got.Gaps) > 0 {
		t.Errorf("got %d rounds and gaps %v, want a seventh for the prefix list", got.Stats.Rounds, gaps(got))
	}
}

func TestPrefixListsThatCannotMatterAreNotRead(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	out := s.addList("0.0.0.0/0")
	s.World.Authorize(s.ProxyGroup, true, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, PrefixList: out})
	s.Settle(s.ProxyGroup)
	if got := s.look(t); len(got.PrefixLists) > 0 || got.Stats.Rounds != 6 {
		t.Errorf("got %v in %d rounds, want none: what leaves a target is an answer", got.PrefixLists, got.Stats.Rounds)
	}
	s.World.Authorize(s.BalancerGroup, true, network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, PrefixList: out})
	s.Settle(s.BalancerGroup)
	if got := s.look(t); len(got.PrefixLists) != 1 {
		t.Errorf("got %v, want the list by which requests leave the load balancer", got.PrefixLists)
	}
	s.denied["ec2:GetManagedPrefixListEntries"] = true
	got := s.look(t)
	want := []told{{path.PrefixListsPart, "ec2:GetManagedPrefixListEntries", path.AccessDenied}}
	if d := cmp.Diff(want, gaps(got)); d != "" || got.Gaps[0].On != path.ARN(out) {
		t.Errorf("on %s; want (-), got (+):\n%s", got.Gaps[0].On, d)
	}
}

func TestEverythingThatCarriesATargetsGroupIsFound(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{SharedGroup: 5})
	got := s.look(t)
	carriers := 0
	for _, i := range got.Interfaces {
		if len(i.SecurityGroups) == 1 && string(i.SecurityGroups[0]) == s.ProxyGroup.ID {
			carriers++
		}
	}
	if carriers != 4+5 {
		t.Errorf("got %d carriers of the proxies' group, want 4 proxies and 5 others", carriers)
	}
}

func TestAGroupThatAWSDoesNotShowIsAGap(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	delete(s.SecurityGroups, s.ProxyGroup.ID)
	want := []told{{path.SecurityGroupsPart, "ec2:DescribeSecurityGroups", path.NotVisible}}
	got := s.look(t)
	if d := cmp.Diff(want, gaps(got)); d != "" || got.Gaps[0].On != path.ARN(s.ProxyGroup.ID) {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

func TestADefaultGroupIsKnown(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	for _, g := range s.SecurityGroups {
		if g.Name == "default" {
			s.Targets[0].Groups = append(s.Targets[0].Groups, g.ID)
			if !s.group(s.look(t), g).Default || s.group(s.look(t), s.ProxyGroup).Default {
				t.Error("the default group is not told from the other")
			}
		}
	}
}
