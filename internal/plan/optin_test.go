package plan_test

import (
	"errors"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestOptIn(t *testing.T) {
	t.Parallel()
	untag := func(e *path.EndpointService) { e.Tags = nil }
	other := func(e *path.EndpointService) { e.Tags = map[string]string{pathtest.TagKey: "disabled"} }
	group := plan.AuthorizeIngress{Group: pathtest.ProxyGroup}
	add := plan.AddPrincipal{Service: pathtest.ServiceID}
	connect := plan.ConnectKeyStore{KeyStore: pathtest.KeyStoreID}
	tests := map[string]struct {
		action plan.Action
		edit   pathtest.Edit
		key    string
		in     bool
	}{
		"a tagged group":                   {group, pathtest.Unchanged, pathtest.TagKey, true},
		"a tagged group, outbound":         {plan.AuthorizeEgress{Group: pathtest.ProxyGroup}, pathtest.Unchanged, pathtest.TagKey, true},
		"a tagged group, undo":             {plan.RevokeIngress{Group: pathtest.ProxyGroup}, pathtest.Unchanged, pathtest.TagKey, true},
		"a tagged group, undo outbound":    {plan.RevokeEgress{Group: pathtest.ProxyGroup}, pathtest.Unchanged, pathtest.TagKey, true},
		"a group without tags":             {group, pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Tags = nil }), pathtest.TagKey, false},
		"a group with another value":       {group, pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Tags = map[string]string{pathtest.TagKey: ""} }), pathtest.TagKey, false},
		"only another group is tagged":     {plan.AuthorizeIngress{Group: "sg-other"}, pathtest.Unchanged, pathtest.TagKey, false},
		"no key is configured":             {group, pathtest.Group(pathtest.ProxyGroup, func(g *path.SecurityGroup) { g.Tags[""] = pathtest.TagValue }), "", false},
		"a tagged service":                 {add, pathtest.Unchanged, pathtest.TagKey, true},
		"a tagged service, undo":           {plan.RemovePrincipal{Service: pathtest.ServiceID}, pathtest.Unchanged, pathtest.TagKey, true},
		"a tagged service, verification":   {plan.RestartVerification{Service: pathtest.ServiceID}, pathtest.Unchanged, pathtest.TagKey, true},
		"a service without tags":           {add, pathtest.Service(untag), pathtest.TagKey, false},
		"another account's service":        {add, pathtest.Service(func(e *path.EndpointService) { e.Owned = false }), pathtest.TagKey, false},
		"another service":                  {plan.AddPrincipal{Service: "vpce-svc-other"}, pathtest.Unchanged, pathtest.TagKey, false},
		"a key store of a tagged service":  {connect, pathtest.Unchanged, pathtest.TagKey, true},
		"the same, disconnect":             {plan.DisconnectKeyStore{KeyStore: pathtest.KeyStoreID}, pathtest.Unchanged, pathtest.TagKey, true},
		"a key store of an untagged one":   {connect, pathtest.Service(other), pathtest.TagKey, false},
		"a key store of another service":   {connect, pathtest.KeyStore(func(k *path.KeyStore) { k.ServiceName = "com.amazonaws.vpce.us-west-2.vpce-svc-9" }), pathtest.TagKey, false},
		"a public key store":               {connect, pathtest.PublicEndpoint, pathtest.TagKey, false},
		"what is never applied":            {plan.SetAcceptanceOff{Service: pathtest.ServiceID}, pathtest.Unchanged, pathtest.TagKey, false},
		"what only a person does":          {plan.Instruct{On: path.ARN(pathtest.ServiceID)}, pathtest.Unchanged, pathtest.TagKey, false},
		"a key store that is not the read": {plan.ConnectKeyStore{KeyStore: "cks-other"}, pathtest.Unchanged, pathtest.TagKey, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := plan.OptedIn(pathtest.With(tt.edit), tt.action, tt.key, pathtest.TagValue)
			if (err == nil) != tt.in || err != nil && !errors.Is(err, plan.ErrNotOptedIn) {
				t.Errorf("got %v; opted in: want %v", err, tt.in)
			}
		})
	}
}
