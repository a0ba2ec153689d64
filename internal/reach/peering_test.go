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
	over := func(id path.SecurityGroupID, status string) path.Rule {
		r := pathtest.TCPGroup(id, 443)
		r.Peering, r.PeeringStatus = pathtest.Peering, status
		return r
	}
	rules := func(status string) pathtest.Edit {
		return pathtest.All(pathtest.Ingress("sg-peer", over(pathtest.LoadBalancerGroup, status)), pathtest.Egress(pathtest.LoadBalancerGroup, over("sg-peer", status)))
	}
	named := pathtest.All(oneTarget, pathtest.Peered, pathtest.Enforce, rules("active"))
	gone := rules("deleted")
	foreign := pathtest.All(named, pathtest.Outside(pathtest.PeerTarget), func(s *path.Snapshot) {
		s.SecurityGroups, s.Interfaces = s.SecurityGroups[:len(s.SecurityGroups)-1], s.Interfaces[:len(s.Interfaces)-1]
	})
	tests := map[string]struct {
		edit            pathtest.Edit
		in, out, unread string
	}{
		"count while it is active":         {edit: named},
		"count for nothing once it is not": {edit: pathtest.All(named, gone), in: toPeer, out: toPeer},
		"that name no peering mean the rule's own VPC": {edit: pathtest.All(named, pathtest.Ingress("sg-peer", pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443)),
			pathtest.Egress(pathtest.LoadBalancerGroup, pathtest.TCPGroup("sg-peer", 443))), in: toPeer, out: toPeer},
		"to a group that is not shown":      {edit: foreign, out: toPeer, unread: "security group sg-peer"},
		"to one, the peering not shown":     {edit: pathtest.All(foreign, func(s *path.Snapshot) { s.Peerings = nil }), out: toPeer, unread: "security group sg-peer"},
		"to one, while the peering is gone": {edit: pathtest.All(foreign, gone), out: toPeer},
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
			var unread []string
			for _, h := range append(in, out...) {
				unread = append(unread, h.RulesUnread...)
			}
			if got := strings.Join(unread, ", "); got != tt.unread {
				t.Errorf("unread %q, want %q", got, tt.unread)
			}
		})
	}
}
