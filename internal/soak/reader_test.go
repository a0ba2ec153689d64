package soak

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network/ec2"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/elb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/kms"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// toRead is how many worlds are read over HTTP, some forty calls each.
const toRead = 60

// The short cut from a world to a snapshot is what the product's own reader makes of the world
// over the wire.
func TestTheTranslationIsWhatIsRead(t *testing.T) {
	t.Parallel()
	for i := range uint64(toRead) {
		t.Run(fmt.Sprint("world ", i), func(t *testing.T) {
			t.Parallel()
			s := worldAt(*seed, i)
			server := networktest.Serve(t, s.World, ec2.Service(s.World), elb.Service(s.World), kms.Service(s.World))
			reader := collect.New(server.Config, collect.Options{Account: s.Account, Region: s.Region, Now: func() time.Time { return networktest.Start }})
			got := reader.Snapshot(t.Context(), path.Subject{Kind: path.KeyStoreSubject, ID: s.store.ID}, path.Requested{}, nil, nil)
			for _, g := range got.Gaps {
				if g.Part != path.TrailsPart && g.Part != path.AlarmsPart {
					t.Errorf("gap: %+v", g)
				}
			}
			if diff := cmp.Diff(ofTheNetwork(s.snapshot()), ofTheNetwork(got), cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("translated (-), read (+):\n%s", diff)
			}
		})
	}
}

// ofTheNetwork keeps of a snapshot what package reach asks of it, rules in one order.
func ofTheNetwork(s path.Snapshot) path.Snapshot {
	kept := path.Snapshot{
		LoadBalancers: s.LoadBalancers, TargetGroups: s.TargetGroups, Interfaces: s.Interfaces, PrefixLists: s.PrefixLists,
		VPCs: s.VPCs, Subnets: s.Subnets, NetworkACLs: s.NetworkACLs, RouteTables: s.RouteTables, Peerings: s.Peerings,
	}
	for _, g := range s.SecurityGroups {
		g.Ingress, g.Egress = inOrder(g.Ingress), inOrder(g.Egress)
		kept.SecurityGroups = append(kept.SecurityGroups, g)
	}
	return kept
}

func inOrder(rules []path.Rule) []path.Rule {
	rules = slices.Clone(rules)
	slices.SortFunc(rules, func(a, b path.Rule) int {
		x, y := fmt.Sprint(a), fmt.Sprint(b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return rules
}
