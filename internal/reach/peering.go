package reach

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// meant reports whether a rule of a group, which names a group that n carries, means n: an
// interface in the rule's own VPC, or in one that is peered with it while the peering is
// active. A rule that is left over from a peering which is gone is stale and means nobody.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func meant(of *path.SecurityGroup, r path.Rule, n *path.NetworkInterface) bool {
	if r.Peering == "" {
		return n.VPC == of.VPC || n.VPC == "" || of.VPC == ""
	}
	return fold(r.PeeringStatus, "active") && n.VPC != of.VPC
}

// membersAmong returns the peers function of a sender to ends: a reference stands for the
// addresses of all interfaces that carry the group. Of a group in a peered VPC that the
// snapshot lacks nobody can tell whether one of ends carries it that the snapshot lacks too.
func (v *view) membersAmong(ends []netip.Addr) peers {
	foreign := func(a netip.Addr) bool { return len(v.holders(a)) == 0 }
	return func(of *path.SecurityGroup, r path.Rule) ([]netip.Prefix, string) {
		var hosts []netip.Prefix
		for _, n := range v.carrying(r.Group) {
			if !meant(of, r, n) {
				continue
			}
			for _, a := range n.Addrs {
				hosts = append(hosts, flow.Host(a))
			}
		}
		_, known := v.groups[r.Group]
		if r.Peering == "" || known || !fold(r.PeeringStatus, "active") {
			return hosts, ""
		}
		behind := v.behind(r.Peering)
		if !slices.ContainsFunc(ends, func(a netip.Addr) bool { return foreign(a) && behind(a) }) {
			return hosts, ""
		}
		return hosts, fmt.Sprintf("security group %s", r.Group)
	}
}

// behind returns whether an address may be at either side of a peering connection, as far as
// that is known.
func (v *view) behind(id path.PeeringID) func(netip.Addr) bool {
	i := slices.IndexFunc(v.Peerings, func(p path.Peering) bool { return p.ID == id })
	return func(a netip.Addr) bool {
		if i < 0 {
			return true
		}
		p := v.Peerings[i]
		return len(p.Requester.CIDRs) == 0 || len(p.Accepter.CIDRs) == 0 || holds(p.Requester.CIDRs, a) || holds(p.Accepter.CIDRs, a)
	}
}
