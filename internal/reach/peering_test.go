package reach_test

import (
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func TestReferencesAcrossAPeering(t *testing.T) {
	t.Parallel()
	const toPeer = "tcp 10.0.1.7/32 → 10.9.1.9/32 :443, tcp 10.0.2.7/32 → 10.9.1.9/32 :443"
	named := pathtest.All(oneTarget, pathtest.Peered, pathtest.Enforce, pathtest.Ingress("sg-peer", pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443)),
		pathtest.Egress(pathtest.LoadBalancerGroup, pathtest.TCPGroup("sg-peer", 443)))
	gone := func(s *path.Snapshot) { s.Peerings[0].Status = "deleted" }
	foreign := pathtest.All(named, pathtest.Outside(pathtest.PeerTarget), func(s *path.Snapshot) {
		s.SecurityGroups, s.Interfaces = s.SecurityGroups[:len(s.SecurityGroups)-1], s.Interfaces[:len(s.Interfaces)-1]
	})
	tests := map[string]struct {
		edit           pathtest.Edit
		in, out        string
		inUnread, outs string
	}{
		"count while it is active":               {edit: named},
		"count for nothing once it is not":       {edit: pathtest.All(named, gone), in: toPeer, out: toPeer},
		"count for nothing without one":          {edit: pathtest.All(named, func(s *path.Snapshot) { s.Peerings = nil }), in: toPeer, out: toPeer},
		"are not known where no peering is read": {pathtest.All(named, pathtest.Blind(path.PeeringsPart)), toPeer, toPeer, "VPC peering connections of vpc-2 and vpc-1", "VPC peering connections of vpc-1 and vpc-2"},
		"to a group that is not shown":           {edit: foreign, out: toPeer, outs: "security group sg-peer"},
		"to one, while the peering is gone":      {edit: pathtest.All(foreign, gone), out: toPeer},
		"to one, the target beyond the peer": {
			edit: pathtest.All(foreign, pathtest.Outside(pathtest.OnPremises)), out: strings.ReplaceAll(toPeer, "10.9.1.9", "192.168.7.7"),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			in, out := reach.LoadBalancerToTargets(s), reach.LoadBalancerEgress(s)
			if got := missing(in, reach.Traffic); got != tt.in {
				t.Errorf("inbound misses %q, want %q", got, tt.in)
			}
			if got := missing(out, ""); got != tt.out {
				t.Errorf("outbound misses %q, want %q", got, tt.out)
			}
			if got := unread(in); got != tt.inUnread {
				t.Errorf("inbound unread %q, want %q", got, tt.inUnread)
			}
			if got := unread(out); got != tt.outs {
				t.Errorf("outbound unread %q, want %q", got, tt.outs)
			}
		})
	}
}

func unread(hops []reach.Hop) string {
	if len(hops) == 0 {
		return ""
	}
	return strings.Join(hops[0].RulesUnread, ", ")
}
