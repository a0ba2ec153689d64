package reach

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// joined reports whether rules of a group in one VPC may refer to groups of another: it is
// the same, or peered with it while the peering is active. Why says what is not known.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (v *view) joined(a, b path.VPCID) (ok bool, why string) {
	if a == b || a == "" || b == "" {
		return true, ""
	}
	for _, p := range v.Peerings {
		if fold(p.Status, "active") && (p.Requester.VPC == a && p.Accepter.VPC == b || p.Requester.VPC == b && p.Accepter.VPC == a) {
			return true, ""
		}
	}
	if _, gap := v.Gap(path.PeeringsPart); gap {
		return false, fmt.Sprintf("VPC peering connections of %s and %s", a, b)
	}
	return false, ""
}

// membersAmong returns the peers function of a sender to ends: a reference stands for the
// addresses of all interfaces that carry the group. A group that the snapshot lacks may be of
// another account, and so may what is at one of ends: then that is not known.
func (v *view) membersAmong(ends []netip.Addr) peers {
	var foreign []netip.Addr
	for _, a := range ends {
		if len(v.at[a]) == 0 {
			foreign = append(foreign, a)
		}
	}
	return func(of *path.SecurityGroup, id path.SecurityGroupID) ([]netip.Prefix, string) {
		var hosts []netip.Prefix
		var unread string
		for _, n := range v.carriers[id] {
			joined, why := v.joined(of.VPC, n.VPC)
			if why != "" {
				unread = why
			}
			for _, a := range n.Addrs {
				if joined {
					hosts = append(hosts, flow.Host(a))
				}
			}
		}
		if _, known := v.groups[id]; !known && slices.ContainsFunc(foreign, func(a netip.Addr) bool { return v.peered(of.VPC, a) }) {
			unread = fmt.Sprintf("security group %s", id)
		}
		return hosts, unread
	}
}

// peered reports whether an address may be in a VPC that is peered with vpc.
func (v *view) peered(vpc path.VPCID, addr netip.Addr) bool {
	if _, gap := v.Gap(path.PeeringsPart); gap {
		return true
	}
	return slices.ContainsFunc(v.Peerings, func(p path.Peering) bool {
		far := p.Accepter
		switch vpc {
		case p.Accepter.VPC:
			far = p.Requester
		case p.Requester.VPC:
		default:
			return false
		}
		return fold(p.Status, "active") && (len(far.CIDRs) == 0 || holds(far.CIDRs, addr))
	})
}
