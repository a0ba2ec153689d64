package main

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// AWS's quotas on one path, at their largest.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const (
	fullTargets    = 500
	fullGroups     = 16                    // an interface, raised from 5; then it may have 1,000 rules
	fullRules      = network.RuleQuota - 2 // a group and direction, but for those that the repair adds
	fullACLEntries = 40                    // a direction
	fullKeyStores  = 10                    // an account and Region
	fullPage       = 1000
)

// buildFullWorld builds as many key stores as there may be, each on a path of its own that is
// as large as it may be, and takes 443 from every proxy. It returns the canary keys' ARNs.
func buildFullWorld(w *network.World) (canaries []string) {
	w.PageSize = fullPage
	vpc := ""
	for i := range fullKeyStores {
		// Two subnets for nodes and two for proxies, 10 apart, in 10.0.0.0/16.
		r := w.BuildReference(network.Options{Name: fmt.Sprintf("payments-hsm-%d", i), VPC: vpc, Octet: 1 + 24*i, Targets: 470})
		vpc = r.VPC.ID
		addTargets(w, r, fullTargets-470)
		groups := []*network.SecurityGroup{r.ProxyGroup}
		for len(groups) < fullGroups {
			more := w.AddSecurityGroup(vpc, fmt.Sprintf("%s-more-%d", r.TargetGroup.Name, len(groups)), "of the platform")
			more.Tags["xks-remediator"] = "enabled"
			groups = append(groups, more)
		}
		scenario.TargetGroupClosed(443)(w, r)
		w.Settle(r.ProxyGroup)
		for _, g := range append(slices.Clone(groups), r.BalancerGroup) {
			fillRules(w, g)
		}
		for _, t := range r.Targets {
			for _, g := range groups[1:] {
				t.Groups = append(t.Groups, g.ID)
			}
		}
		w.SettleHealth(r.TargetGroup)
		canaries = append(canaries, w.KeyARN(r.Canary))
	}
	fillACLs(w)
	return canaries
}

// addTargets adds proxies at the addresses below those of the reference, 10.0.x.4 and on.
func addTargets(w *network.World, r *network.Reference, n int) {
	for i := range n {
		subnet := r.ProxySubnets[i%2]
		bytes := subnet.CIDR.Addr().As4()
		bytes[3] = byte(4 + i/2)
		eni := w.AddInterface(subnet.ID, netip.AddrFrom4(bytes).String(), "XKS proxy", r.ProxyGroup.ID)
		r.Targets = append(r.Targets, eni)
		w.Proxies[eni.Primary()] = &network.Proxy{Ports: []int{443}}
		w.Register(r.TargetGroup, eni.Primary().String(), 443, "")
	}
	w.SettleHealth(r.TargetGroup)
}

// fillRules gives a group rules that have nothing to do with the path until it holds as many
// as it may, in both directions.
func fillRules(w *network.World, g *network.SecurityGroup) {
	held := map[bool]int{}
	for _, r := range w.Rules(g) {
		held[r.Egress]++
	}
	for _, egress := range []bool{false, true} {
		var more []network.Rule
		for i := held[egress]; i < fullRules; i++ {
			more = append(more, network.Rule{Protocol: "tcp", FromPort: 5000 + i, ToPort: 5000 + i, Description: "of another application",
				CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, byte(i), 0}), 24)})
		}
		w.Authorize(g, egress, more...)
	}
	w.Settle(g)
}

// fillACLs adds entries that allow what is allowed anyway.
func fillACLs(w *network.World) {
	for _, acl := range w.ACLs {
		for _, egress := range []bool{false, true} {
			for i := 1; i < fullACLEntries; i++ {
				acl.Entries = append(acl.Entries, network.ACLEntry{Number: i, Egress: egress, Protocol: 6, Allow: true,
					CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, byte(i), 0}), 24), FromPort: 443, ToPort: 443})
			}
		}
	}
}
