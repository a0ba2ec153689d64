package collect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

func TestWhatTheCanarySays(t *testing.T) {
	t.Parallel()
	const m1 = "AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct in your external key store."
	tests := map[string]struct {
		edit func(*sim)
		want *path.Canary // Key and At are filled in
		gap  path.Cause
	}{
		"it answers":                  {func(*sim) {}, &path.Canary{OK: true}, ""},
		"the path is broken":          {func(s *sim) { s.Listener.Port = 8443 }, &path.Canary{Code: "KMSInvalidStateException", Message: m1}, ""},
		"the key is disabled":         {func(s *sim) { s.Canary.Enabled = false }, &path.Canary{Code: "DisabledException", Message: "is disabled"}, ""},
		"its policy refuses":          {func(s *sim) { s.Canary.Denied = true }, nil, path.AccessDenied},
		"KMS is throttled":            {func(s *sim) { s.fail("Encrypt", engine.Error{Code: "ThrottlingException", Message: "slower"}) }, nil, path.Throttled},
		"KMS itself fails":            {func(s *sim) { s.fail("Encrypt", engine.Error{Code: "KMSInternalException", Status: 500}) }, nil, path.Unreadable},
		"the answer is lost":          {func(s *sim) { s.Server.SetIntercept(lose("Encrypt")) }, nil, path.Unreadable},
		"the key store is not ready":  {func(s *sim) { s.SetState(s.KeyStore, network.Failed, "NETWORK_ERRORS"); s.SettleKeyStore(s.KeyStore) }, nil, ""},
		"the key is of another store": {func(s *sim) { s.Canary.KeyStore = s.AddKeyStore("other", s.Service).ID }, nil, ""},
		"the key is no external one":  {func(s *sim) { s.Canary.KeyStore = "" }, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			tt.edit(s)
			got := s.look(t)
			if tt.want != nil {
				tt.want.Key, tt.want.At = path.ARN(s.KeyARN(s.Canary)), start
				if tt.want.Code == "DisabledException" {
					tt.want.Message = s.KeyARN(s.Canary) + " is disabled."
				}
			}
			if d := cmp.Diff(tt.want, got.Canary); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
			g, _ := got.Gap(path.CanaryPart)
			if g.Cause != tt.gap || g.Cause != "" && g.Action != "kms:Encrypt" {
				t.Errorf("got gap %+v, want cause %q", g, tt.gap)
			}
		})
	}
}

func lose(operation string) engine.Intercept {
	return func(c *engine.Call) *engine.Fault {
		if c.Operation == operation {
			return &engine.Fault{Drop: true}
		}
		return nil
	}
}

func TestACanaryThatIsGoneIsAGapOnlyForItself(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	gone := "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000"
	got := s.look(t, func(o *collect.Options) { o.CanaryKeys = append(o.CanaryKeys, gone) })
	if got.Canary == nil || !got.Canary.OK {
		t.Errorf("got %+v, want the other key's answer", got.Canary)
	}
	want := []told{{path.CanaryPart, "kms:DescribeKey", path.NotVisible}}
	if d := cmp.Diff(want, gaps(got)); d != "" || got.Gaps[0].On != path.ARN(gone) {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

// Encrypt is a call on a customer's key: on no other than the configured one.
func TestTheCanaryIsTheOnlyKeyUsed(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.look(t)
	var used []string
	for _, c := range s.Server.Calls() {
		if c.Operation == "Encrypt" {
			used = append(used, c.Resources...)
		}
	}
	if d := cmp.Diff([]string{s.KeyARN(s.Canary)}, used); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

// Whose the canary key is a reader learns once. The second time nothing is left to ask before
// the Encrypt but the state of the key store, which must be waited for all the same.
func TestTheCanaryIsAskedEachTime(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	r := s.reader()
	for _, which := range []string{"first", "second"} {
		got := r.Snapshot(t.Context(), s.subject(), path.Requested{}, nil, nil)
		if got.Canary == nil || !got.Canary.OK || got.Stats.Rounds != 6 {
			t.Errorf("%s time: got %+v in %d rounds, want an answer in 6", which, got.Canary, got.Stats.Rounds)
		}
	}
}
