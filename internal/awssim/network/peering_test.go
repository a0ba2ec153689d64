package network_test

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
func TestAPeeringLeadsToItsOtherSideWhileItIsActive(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	a, b, other := w.AddVPC("10.0.0.0/16"), w.AddVPC("10.1.0.0/16"), w.AddVPC("10.2.0.0/16")
	p := w.AddPeering(a.ID, b.ID)
	for status, want := range map[string][3]string{
		"active":             {b.ID, a.ID, ""},
		"pending-acceptance": {},
		"deleted":            {},
	} {
		p.Status = status
		if got := [3]string{p.Peer(a.ID), p.Peer(b.ID), p.Peer(other.ID)}; got != want {
			t.Errorf("%s: its sides lead to %q, want %q", status, got, want)
		}
	}
}
