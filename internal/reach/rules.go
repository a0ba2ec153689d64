package reach

import (
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
// stands for: those of the network interfaces that carry it, never the group's rules.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
type peers func(path.SecurityGroupID) []netip.Prefix

// otherEnds returns the addresses that a rule names at its other end, and a clause
// where they could not be read.
func otherEnds(s path.Snapshot, r path.Rule, members peers) (ends []netip.Prefix, unread string) {
	switch {
	case r.Prefix.IsValid():
		return []netip.Prefix{r.Prefix}, ""
	case r.Group != "":
		return members(r.Group), ""
	}
	for _, l := range s.PrefixLists {
		if l.ID == r.PrefixList {
			return l.Entries, ""
		}
	}
	return nil, fmt.Sprintf("prefix list %s", r.PrefixList)
}

// allowed returns the TCP flows that the union of groups lets through, where box makes
// a flow of a rule's other end and ports. Groups and prefix lists that the snapshot
// does not hold are named in unread.
func allowed(s path.Snapshot, groups []path.SecurityGroupID, rules func(path.SecurityGroup) []path.Rule,
	members peers, box func(netip.Prefix, flow.PortRange) []flow.Box) (set flow.Set, unread []string) {
	var boxes []flow.Box
	for _, id := range groups {
		g, ok := Group(s, id)
		if !ok {
			unread = append(unread, fmt.Sprintf("security group %s", id))
		}
		for _, r := range rules(g) {
			ports, ok := tcpPorts(r)
			if !ok {
				continue
			}
			ends, list := otherEnds(s, r, members)
			if list != "" {
				unread = append(unread, list)
			}
			for _, end := range ends {
				boxes = append(boxes, box(end, ports)...)
			}
		}
	}
	slices.Sort(unread)
	return flow.Of(boxes...), slices.Compact(unread)
}

func ingress(g path.SecurityGroup) []path.Rule { return g.Ingress }
func egress(g path.SecurityGroup) []path.Rule  { return g.Egress }

// carriers returns the addresses of all interfaces that carry a group and that keep holds.
func carriers(s path.Snapshot, id path.SecurityGroupID, keep func(path.NetworkInterface) bool) []netip.Prefix {
	var hosts []netip.Prefix
	for _, n := range s.Interfaces {
		if !slices.Contains(n.SecurityGroups, id) || !keep(n) {
			continue
		}
		hosts = append(hosts, hostsOf(n)...)
	}
	return hosts
}

func hostsOf(n path.NetworkInterface) []netip.Prefix {
	hosts := make([]netip.Prefix, len(n.Addrs))
	for i, a := range n.Addrs {
		hosts[i] = flow.Host(a)
	}
	return hosts
}

// IngressFromAnywhere returns the TCP flows that groups let in from any IPv4 address to
// dst, and what could not be read. References to groups count for nothing: AWS KMS
// comes from a VPC of its own, whose interfaces carry none of ours.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func IngressFromAnywhere(s path.Snapshot, groups []path.SecurityGroupID, dst netip.Addr) (flow.Set, []string) {
	nobody := func(path.SecurityGroupID) []netip.Prefix { return nil }
	return allowed(s, groups, ingress, nobody, func(src netip.Prefix, ports flow.PortRange) []flow.Box {
		return []flow.Box{{Protocol: flow.TCP, Src: src, Dst: flow.Host(dst), Ports: ports}}
	})
}
