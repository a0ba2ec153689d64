package network_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// A reply that only some of the source ports get harms some of the requests; the judges see it.
func TestTheJudgesTryTheWholeEphemeralRange(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		to int
		ok bool
	}{"to 65535": {65535, true}, "to 65534": {65534, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{})
			acl := w.AddACL(r.VPC.ID, false)
			all := netip.MustParsePrefix("10.0.0.0/16")
			acl.Entries = []network.ACLEntry{
				{Number: 1, Protocol: network.TCP, Allow: true, CIDR: all, FromPort: 443, ToPort: 443},
				{Number: 1, Egress: true, Protocol: network.TCP, Allow: true, CIDR: all, FromPort: 1024, ToPort: tt.to},
			}
			for _, s := range r.ProxySubnets {
				s.ACL = acl.ID
			}
			if ok, why := w.Reaches(r.KeyStore.ID); ok != tt.ok {
				t.Errorf("reaches %t (%s), want %t", ok, why, tt.ok)
			}
			if err := w.Works(r.Workload.ID); (err == nil) != tt.ok {
				t.Errorf("works %v, want %t", err, tt.ok)
			}
		})
	}
}

func TestAJudgesLookChangesNothing(t *testing.T) {
	t.Parallel()
	sequence := func(look bool) (got string) {
		w := networktest.NewWorld()
		r := w.BuildReference(network.Options{})
		for _, i := range []int{0, 2} { // the first zone's
			w.Proxies[r.Targets[i].Primary()].Ports = nil
		}
		for range 12 {
			if look {
				_ = w.Works(r.Workload.ID)
			}
			got += map[bool]string{true: "1", false: "0"}[w.Use(r.Workload) == nil]
		}
		return got
	}
	if with, without := sequence(true), sequence(false); with != without || !strings.Contains(with, "0") || !strings.Contains(with, "1") {
		t.Errorf("requests end as %s with looks between, as %s without; want the same mixture", with, without)
	}
}

func TestWhereRequestsAreNotSent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options network.Options
		edit    func(w *network.World, r *network.Reference)
		ok      bool
	}{
		"to draining targets": {edit: func(w *network.World, r *network.Reference) {
			for _, target := range r.TargetGroup.Targets {
				w.Deregister(r.TargetGroup, target)
			}
		}, ok: false},
		"to a target group of weight 0": {edit: func(_ *network.World, r *network.Reference) { r.Listener.Forward[0].Weight = 0 }, ok: false},
		"to a zone without an interface of the endpoint": {edit: func(w *network.World, r *network.Reference) {
			r.Service.Connections[0].Zones = []string{"eu-central-1a"}
			for _, i := range []int{1, 3} {
				w.Proxies[r.Targets[i].Primary()].Ports = nil
			}
		}, ok: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(tt.options)
			tt.edit(w, r)
			if ok, why := w.Reaches(r.KeyStore.ID); ok != tt.ok {
				t.Errorf("reaches %t (%s), want %t", ok, why, tt.ok)
			}
		})
	}
}

func TestCrossZoneAndFailOpen(t *testing.T) {
	t.Parallel()
	down := func(w *network.World, r *network.Reference, targets ...int) {
		for _, i := range targets {
			w.Proxies[r.Targets[i].Primary()].Ports = nil
		}
	}
	tests := map[string]struct {
		options network.Options
		down    []int // targets 0 and 2 are in the first zone, 1 and 3 in the second
		settle  bool  // health has been found out
		ok      bool
	}{
		"all healthy":                             {settle: true, ok: true},
		"one zone dead, not yet found out":        {down: []int{0, 2}, ok: false},
		"one zone dead: DNS drops its address":    {down: []int{0, 2}, settle: true, ok: true},
		"one of two dead, not yet found out":      {down: []int{0}, ok: false},
		"one of two dead: traffic goes past it":   {down: []int{0}, settle: true, ok: true},
		"all dead: fail open sends to them":       {down: []int{0, 1, 2, 3}, settle: true, ok: false},
		"a single target, zones apart: one zone":  {options: network.Options{Targets: 1}, settle: true, ok: true},
		"a single target, zones crossed: closed":  {options: network.Options{Targets: 1, CrossZone: true}, settle: true, ok: false},
		"zones crossed and all admitted: reaches": {options: network.Options{CrossZone: true}, settle: true, ok: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(tt.options)
			if strings.HasSuffix(name, "closed") {
				w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return rule.CIDR == netip.MustParsePrefix("10.0.2.0/24") })
				w.Settle(r.ProxyGroup)
			}
			down(w, r, tt.down...)
			if tt.settle {
				w.SettleHealth(r.TargetGroup)
			}
			if ok, why := w.Reaches(r.KeyStore.ID); ok != tt.ok {
				t.Errorf("reaches %t (%s), want %t", ok, why, tt.ok)
			}
		})
	}
}
