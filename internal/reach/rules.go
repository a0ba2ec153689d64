package reach

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func fold(a, b string) bool { return strings.EqualFold(a, b) }

// tcpPorts returns the TCP ports that a rule is about, and false where it is not about
// TCP. Protocol -1 is every protocol on every port, and says no ports.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func tcpPorts(r path.Rule) (flow.PortRange, bool) {
	switch {
	case r.Protocol == "-1" || fold(r.Protocol, "all"):
		return flow.AllPorts, true
	case !fold(r.Protocol, "tcp") && r.Protocol != "6":
		return flow.PortRange{}, false
	case r.FromPort < 0 || r.ToPort > math.MaxUint16 || r.FromPort > r.ToPort:
		return flow.PortRange{}, false
	}
	return flow.PortRange{From: uint16(r.FromPort), To: uint16(r.ToPort)}, true
}

// A peers function returns the private addresses that a reference to a security group
// stands for in a rule of the group of: those of the network interfaces that carry it, never
// the group's rules. Where not all can be told it says what is not known.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
type peers func(of *path.SecurityGroup, r path.Rule) (hosts []netip.Prefix, unread string)

// A need is what of a rule can matter to a hop. Of a thousand rules most are about others:
// what is left out early is never put into a set.
type need struct {
	anywhere bool         // any address at the rule's other end
	ends     []netip.Addr // addresses there, sorted
	ports    []uint16     // sorted
}

func needOf(ends []netip.Addr, ports ...uint16) need {
	return need{
		ends:  slices.Compact(slices.SortedFunc(slices.Values(ends), netip.Addr.Compare)),
		ports: slices.Compact(slices.Sorted(slices.Values(ports))),
	}
}

// within returns the part of a range from the first needed port in it to the last, and
// false where there is none.
func (n need) within(r flow.PortRange) (flow.PortRange, bool) {
	first, _ := slices.BinarySearch(n.ports, r.From)
	after, found := slices.BinarySearch(n.ports, r.To)
	if found {
		after++
	}
	if first >= after {
		return flow.PortRange{}, false
	}
	return flow.PortRange{From: n.ports[first], To: n.ports[after-1]}, true
}

// touches reports whether a prefix holds an address that is needed. One of IPv6 that maps
// IPv4 matches IPv6 packets, and none of these.
func (n need) touches(p netip.Prefix) bool {
	if p.Addr().Is4In6() {
		return false
	}
	if n.anywhere {
		return true
	}
	i, _ := slices.BinarySearchFunc(n.ends, p.Masked().Addr(), netip.Addr.Compare)
	return i < len(n.ends) && p.Contains(n.ends[i])
}

// An opening is what a rule lets through: from or to its other end, on ports.
type opening struct {
	end   netip.Prefix
	ports flow.PortRange
}

func (o opening) compare(p opening) int {
	return cmp.Or(o.end.Addr().Compare(p.end.Addr()), cmp.Compare(o.end.Bits(), p.end.Bits()),
		cmp.Compare(o.ports.From, p.ports.From), cmp.Compare(o.ports.To, p.ports.To))
}

// A reader takes the rules of groups apart.
type reader struct {
	*view
	need
	members peers
	ends    map[reference]ends
}

// A reference is a security group or a prefix list that a rule of a group in a VPC names.
type reference struct {
	in   path.VPCID
	rule path.Rule // what of it names the other end
}

// ends are the addresses that a reference stands for, and what of them is not known.
type ends struct {
	at     []netip.Prefix
	unread string
}

// openings returns what the union of groups lets through of n, each once, in an order of
// its own. Groups and prefix lists that the snapshot does not hold are named in unread.
func (v *view) openings(groups []path.SecurityGroupID, rules func(*path.SecurityGroup) []path.Rule, members peers, n need) (open []opening, unread []string) {
	read := reader{v, n, members, nil}
	for _, id := range groups {
		g, ok := v.groups[id]
		if !ok {
			unread = append(unread, fmt.Sprintf("security group %s", id))
			continue
		}
		for _, r := range rules(g) {
			ports, ok := tcpPorts(r)
			if !ok {
				continue
			}
			if _, known := v.lists[r.PrefixList]; !known && !r.Prefix.IsValid() && r.Group == "" {
				unread = append(unread, fmt.Sprintf("prefix list %s", r.PrefixList))
				continue
			}
			ports, ok = read.within(ports)
			if !ok {
				continue
			}
			other := read.otherEnds(g, r)
			for _, end := range other.at {
				open = append(open, opening{end, ports})
			}
			if other.unread != "" {
				unread = append(unread, other.unread)
			}
		}
	}
	slices.Sort(unread)
	slices.SortFunc(open, opening.compare)
	return slices.Compact(open), slices.Compact(unread)
}

// otherEnds returns the addresses that a rule of a group names at its other end and that are
// needed.
func (r *reader) otherEnds(of *path.SecurityGroup, rule path.Rule) ends {
	if rule.Prefix.IsValid() {
		return ends{at: r.needed([]netip.Prefix{rule.Prefix})}
	}
	key := reference{of.VPC, path.Rule{Group: rule.Group, Peering: rule.Peering, PeeringStatus: rule.PeeringStatus, PrefixList: rule.PrefixList}}
	found, known := r.ends[key]
	if known {
		return found
	}
	if rule.Group != "" {
		hosts, unread := r.members(of, rule)
		found = ends{r.needed(hosts), unread}
	} else {
		found = ends{at: r.needed(r.lists[rule.PrefixList].Entries)}
	}
	if r.ends == nil {
		r.ends = map[reference]ends{}
	}
	r.ends[key] = found
	return found
}

func (n need) needed(ends []netip.Prefix) []netip.Prefix {
	var needed []netip.Prefix
	for _, end := range ends {
		if n.touches(end) {
			needed = append(needed, end)
		}
	}
	return needed
}

func ingress(g *path.SecurityGroup) []path.Rule { return g.Ingress }
func egress(g *path.SecurityGroup) []path.Rule  { return g.Egress }

// IngressFromAnywhere returns the TCP flows that groups let in on 443 from any IPv4
// address to dst, and what could not be read. References to groups count for nothing: AWS
// KMS comes from a VPC of its own, whose interfaces carry none of ours.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func IngressFromAnywhere(s path.Snapshot, groups []path.SecurityGroupID, dst netip.Addr) (flow.Set, []string) {
	nobody := func(*path.SecurityGroup, path.Rule) ([]netip.Prefix, string) { return nil, "" }
	open, unread := viewOf(s).openings(groups, ingress, nobody, need{anywhere: true, ports: []uint16{Port}})
	return flow.Of(inbound(open, dst)...), unread
}

// inbound returns what openings let in to dst.
func inbound(open []opening, dst netip.Addr) []flow.Box {
	boxes := make([]flow.Box, len(open))
	for i, o := range open {
		boxes[i] = flow.Box{Protocol: flow.TCP, Src: o.end, Dst: flow.Host(dst), Ports: o.ports}
	}
	return boxes
}
