package pathtest_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// addresses compares netip's values as values.
func addresses() cmp.Option {
	return cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, netip.AddrPort{})
}

func TestASnapshotSurvivesJSON(t *testing.T) {
	t.Parallel()
	want := pathtest.With(pathtest.PrefixList("pl-1", "192.0.2.0/24"), pathtest.Blind(path.TrailsPart))
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got path.Snapshot
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, addresses(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
}

func TestEveryCallReturnsACopyOfItsOwn(t *testing.T) {
	t.Parallel()
	edits := map[string]pathtest.Edit{
		"all of the service":    pathtest.All(pathtest.RemovePrincipal, pathtest.RequireAcceptance, pathtest.PrivateDnsName("")),
		"the rules":             pathtest.All(pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { clear(g.Tags) })),
		"the targets":           pathtest.All(pathtest.Targets("unhealthy", ""), pathtest.Carry("sg-other")),
		"the key store":         pathtest.State("FAILED", "NETWORK_ERRORS"),
		"the trail, the canary": pathtest.All(pathtest.Trail(func(t *path.Trail) { t.Logging = false }), pathtest.Canary("ThrottlingException", "")),
	}
	want := pathtest.Healthy()
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if cmp.Equal(want, pathtest.With(edit), addresses()) {
				t.Error("the edit changes nothing")
			}
			if diff := cmp.Diff(want, pathtest.Healthy(), addresses()); diff != "" {
				t.Errorf("the edit reached another copy (-want +got):\n%s", diff)
			}
		})
	}
}

// Blind takes away what the part would have filled, so that a check which looks at it
// without needing it is found out.
func TestBlindErasesWhatItHides(t *testing.T) {
	t.Parallel()
	populated := pathtest.All(pathtest.Peered, pathtest.PrefixList("pl-1", "192.0.2.0/24"), pathtest.OtherInterface("eni-x", "10.0.1.20", pathtest.ProxyGroup))
	for _, part := range pathtest.Parts() {
		t.Run(string(part), func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(populated, pathtest.Blind(part))
			gap, ok := s.Gap(part)
			if !ok || gap.Cause != path.AccessDenied || gap.Action == "" {
				t.Errorf("gap %+v, %v; want an access denied that names its action", gap, ok)
			}
			s.Gaps = nil
			if cmp.Equal(pathtest.With(populated), s, addresses()) {
				t.Error("nothing is gone")
			}
		})
	}
}
