package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// Rule 2: only out of FAILED, only for codes that a new attempt can help against, never
// against anybody's hand.
func TestReconnect(t *testing.T) {
	t.Parallel()
	const code = "XKS_PROXY_NOT_REACHABLE"
	failed := pathtest.State("FAILED", code)
	disconnected := pathtest.State("DISCONNECTED", "")
	untagged := pathtest.Service(func(e *path.EndpointService) { e.Tags = nil })
	const noTag = "the key store's endpoint service does not carry the opt-in tag xks-remediator=enabled"
	const held = "somebody else connected, disconnected or updated the key store since it failed"
	tests := map[string]struct {
		edit pathtest.Edit
		due  *plan.Reconnect
		want []string
		why  string
	}{
		"FAILED, and due":                       {failed, &plan.Reconnect{Code: code, CauseFound: true}, []string{"disconnect-key-store automatic"}, ""},
		"FAILED, and not due":                   {failed, nil, nil, ""},
		"FAILED without a cause, the first":     {failed, &plan.Reconnect{Code: code}, []string{"disconnect-key-store automatic"}, ""},
		"FAILED without a cause, the second":    {failed, &plan.Reconnect{Code: code, BlindToday: true}, []string{"disconnect-key-store manual"}, "no cause was found, and a reconnect without one was tried within the last day"},
		"FAILED with a cause after a blind one": {failed, &plan.Reconnect{Code: code, BlindToday: true, CauseFound: true}, []string{"disconnect-key-store automatic"}, ""},
		"FAILED and held":                       {failed, &plan.Reconnect{Code: code, CauseFound: true, Held: true}, []string{"disconnect-key-store manual"}, held},
		"FAILED and not opted in":               {pathtest.All(failed, untagged), &plan.Reconnect{Code: code, CauseFound: true}, []string{"disconnect-key-store manual"}, noTag},
		"FAILED with another code by now":       {pathtest.State("FAILED", "INTERNAL_ERROR"), &plan.Reconnect{Code: code, CauseFound: true}, nil, ""},
		"CONNECTED":                             {pathtest.Unchanged, &plan.Reconnect{Code: code, CauseFound: true}, nil, ""},
		"CONNECTING":                            {pathtest.State("CONNECTING", ""), &plan.Reconnect{Code: code, CauseFound: true}, nil, ""},
		"DISCONNECTED by somebody":              {disconnected, &plan.Reconnect{Code: code, CauseFound: true}, nil, ""},
		"DISCONNECTED, and nothing due":         {disconnected, nil, nil, ""},
		"DISCONNECTED by us":                    {disconnected, &plan.Reconnect{Code: code, Disconnected: true}, []string{"connect-key-store automatic"}, ""},
		"DISCONNECTED by us, blind today":       {disconnected, &plan.Reconnect{Code: code, Disconnected: true, BlindToday: true}, []string{"connect-key-store automatic"}, ""},
		"DISCONNECTED by us, but held":          {disconnected, &plan.Reconnect{Code: code, Disconnected: true, Held: true}, []string{"connect-key-store manual"}, held},
		"DISCONNECTED by us, tag taken away":    {pathtest.All(disconnected, untagged), &plan.Reconnect{Code: code, Disconnected: true}, []string{"connect-key-store manual"}, noTag},
		"FAILED again after our own disconnect": {failed, &plan.Reconnect{Code: code, Disconnected: true}, nil, ""},
		"a CloudHSM key store":                  {pathtest.All(failed, pathtest.KeyStore(func(k *path.KeyStore) { k.External = false })), &plan.Reconnect{Code: code, CauseFound: true}, nil, ""},
		"no key store":                          {pathtest.NoKeyStore, &plan.Reconnect{Code: code, CauseFound: true}, nil, ""},
		"a public endpoint":                     {pathtest.All(pathtest.PublicEndpoint, failed), &plan.Reconnect{Code: code, CauseFound: true}, []string{"disconnect-key-store manual"}, noTag},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tagged()
			p.Reconnect = tt.due
			got := plan.Make(nil, pathtest.With(tt.edit), p)
			if diff := cmp.Diff(tt.want, shape(got)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if len(got.Steps) > 0 && (got.Steps[0].Why != tt.why || got.Steps[0].Check != state) {
				t.Errorf("got step for %s because %q, want for %s because %q", got.Steps[0].Check, got.Steps[0].Why, state, tt.why)
			}
		})
	}
}

func TestReconnectByCode(t *testing.T) {
	t.Parallel()
	again := []string{"disconnect-key-store automatic"}
	byHand := []string{"instruct manual"} // with the reconnect in it: typed twice, it would cut off what it mended
	unknown := []string{"instruct manual", "disconnect-key-store manual"}
	tests := map[string][]string{
		"INTERNAL_ERROR":          again,
		"NETWORK_ERRORS":          again,
		"XKS_PROXY_NOT_REACHABLE": again,
		"XKS_PROXY_TIMED_OUT":     again,
		"XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION": again,
		"XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND":             again,
		"INVALID_CREDENTIALS":                            byHand,
		"XKS_PROXY_ACCESS_DENIED":                        byHand,
		"XKS_PROXY_INVALID_CONFIGURATION":                byHand,
		"XKS_PROXY_INVALID_RESPONSE":                     byHand,
		"XKS_PROXY_INVALID_TLS_CONFIGURATION":            byHand,
		"XKS_VPC_ENDPOINT_SERVICE_ON_FIRE":               unknown,
		"USER_LOCKED_OUT":                                unknown,
		"":                                               unknown,
	}
	for code, want := range tests {
		t.Run("code "+code, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(pathtest.State("FAILED", code))
			p := tagged()
			p.Reconnect = &plan.Reconnect{Code: code, CauseFound: true}
			got := plan.Make(fails(t, s, state), s, p)
			if diff := cmp.Diff(want, shape(got)); diff != "" {
				t.Errorf("due (-want +got):\n%s", diff)
			}
			p.Reconnect = nil
			got = plan.Make(fails(t, s, state), s, p)
			without := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return strings.HasPrefix(s, "disconnect-key-store") })
			if diff := cmp.Diff(without, shape(got), cmp.Transformer("", func(s []string) string { return strings.Join(s, "|") })); diff != "" {
				t.Errorf("not due (-want +got):\n%s", diff)
			}
		})
	}
}

// The name that the key store asks for explains the code, and both are mended between a
// disconnect and a connect.
func TestAPlanDisconnectsOnce(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.State("FAILED", "XKS_PROXY_INVALID_TLS_CONFIGURATION"), pathtest.Service(func(svc *path.EndpointService) { svc.PrivateDnsName = "other.xks.example.com" }))
	got := plan.Make(fails(t, s, state, "key-store.uri-endpoint-matches-private-dns-name"), s, tagged())
	all := ""
	for _, step := range got.Steps {
		for _, args := range step.Action.Commands() {
			all += strings.Join(args, " ") + "\n"
		}
	}
	if strings.Count(all, " disconnect-custom-key-store") != 1 || !strings.Contains(all, "other.xks.example.com") {
		t.Errorf("typed word for word, this does not connect the key store by its other name:\n%s", all)
	}
}

func TestAllIsMendedBeforeAReconnect(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.State("FAILED", "NETWORK_ERRORS"), pathtest.RevokeIngress(pathtest.ProxyGroup, 443), pathtest.RequireAcceptance)
	p := tagged()
	p.Reconnect = &plan.Reconnect{Code: "NETWORK_ERRORS", CauseFound: true}
	got := plan.Make(fails(t, s, state, acceptance, admits), s, p)
	want := []string{"authorize-ingress automatic", "set-acceptance-off approval", "disconnect-key-store manual"}
	if diff := cmp.Diff(want, shape(got)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if why := got.Steps[2].Why; why != "what a new connection needs is to be mended first" {
		t.Errorf("got %q", why)
	}
}

// A person who waits too long for CONNECTING is told how to start over.
func TestConnectingForTooLong(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.State("CONNECTING", ""))
	p := plan.Make([]check.Finding{fail(state, path.ARN(pathtest.KeyStoreID))}, s, tagged())
	if diff := cmp.Diff([]string{"instruct manual"}, shape(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if got := len(p.Steps[0].Action.Commands()); got != 3 {
		t.Errorf("got %d commands, want disconnect, wait and connect", got)
	}
}
