package kms_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/kms"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// fixture is a reference path served to a real client.
type fixture struct {
	*testing.T
	w      *network.World
	r      *network.Reference
	client *sdk.Client
	server *networktest.Server
}

func serve(t *testing.T, o network.Options) fixture {
	t.Helper()
	w := networktest.NewWorld()
	r := w.BuildReference(o)
	s := networktest.Serve(t, w, kms.Service(w))
	return fixture{t, w, r, sdk.NewFromConfig(s.Config), s}
}

// fails checks an error's code and a part of its message; an empty code wants success.
func (f fixture) fails(err error, code, part string) {
	f.Helper()
	if code == "" {
		if err != nil {
			f.Errorf("got %v, want success", err)
		}
		return
	}
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), part) {
		f.Errorf("got %v, want %s with %q", err, code, part)
	}
}

func createInput(r *network.Reference) *sdk.CreateCustomKeyStoreInput {
	return &sdk.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("payments-hsm"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypeVpcEndpointService, XksProxyUriEndpoint: aws.String("https://payments-hsm.xks.example.com"),
		XksProxyUriPath: aws.String("/kms/xks/v1"), XksProxyVpcEndpointServiceName: &r.Service.Name,
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRSTUVWXYZ2345"), RawSecretAccessKey: aws.String("PLANTEDSECRETPLANTEDSECRETPLANTEDSECRETPLANT"),
		},
	}
}

func TestCreateConnectAndUseAKeyStore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := serve(t, network.Options{NoKeyStore: true})
	created, err := f.client.CreateCustomKeyStore(ctx, createInput(f.r))
	if err != nil {
		t.Fatal(err)
	}
	id := created.CustomKeyStoreId
	if state := f.state(*id); state != "DISCONNECTED" {
		t.Errorf("a new key store is %s, want DISCONNECTED", state)
	}
	if _, err := f.client.ConnectCustomKeyStore(ctx, &sdk.ConnectCustomKeyStoreInput{CustomKeyStoreId: id}); err != nil {
		t.Fatal(err)
	}
	networktest.Advance(f.w, f.w.Timing.Connect+f.w.Timing.KeyStore)
	if state := f.state(*id); state != "CONNECTED" {
		t.Errorf("after five minutes it is %s, want CONNECTED", state)
	}
	key, err := f.client.CreateKey(ctx, &sdk.CreateKeyInput{CustomKeyStoreId: id, Origin: types.OriginTypeExternalKeyStore, XksKeyId: aws.String("external-1")})
	if err != nil {
		t.Fatal(err)
	}
	context := map[string]string{"Department": "Engineering"}
	sealed, err := f.client.Encrypt(ctx, &sdk.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("hello"), EncryptionContext: context})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := f.client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context})
	if err != nil || string(opened.Plaintext) != "hello" {
		t.Errorf("Decrypt gives %q, %v; want hello", opened.Plaintext, err)
	}
	_, err = f.client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	f.fails(err, "KMSInvalidStateException", "additional authenticated data is corrupted")
}

// state returns the state that DescribeCustomKeyStores shows.
func (f fixture) state(id string) string {
	f.Helper()
	out, err := f.client.DescribeCustomKeyStores(context.Background(), &sdk.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id})
	if err != nil || len(out.CustomKeyStores) != 1 {
		f.Fatalf("describing %s: %v", id, err)
	}
	return string(out.CustomKeyStores[0].ConnectionState)
}

func TestWhatCreateCustomKeyStoreRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		world   func(w *network.World, r *network.Reference)
		request func(in *sdk.CreateCustomKeyStoreInput)
		code    string
	}{
		"nothing on a healthy path": {},
		"nothing where only the network is broken": {world: func(w *network.World, r *network.Reference) {
			w.Revoke(r.ProxyGroup, func(network.Rule) bool { return true })
		}},
		"acceptance required":     {world: func(_ *network.World, r *network.Reference) { r.Service.Acceptance = true }, code: "XksProxyVpcEndpointServiceInvalidConfigurationException"},
		"KMS principal missing":   {world: func(_ *network.World, r *network.Reference) { r.Service.Principals = nil }, code: "XksProxyVpcEndpointServiceNotFoundException"},
		"a name that is taken":    {world: func(w *network.World, _ *network.Reference) { w.AddCloudHSMKeyStore("payments-hsm") }, code: "CustomKeyStoreNameInUseException"},
		"a service that is taken": {world: func(w *network.World, r *network.Reference) { w.AddKeyStore("other", r.Service) }, code: "XksProxyVpcEndpointServiceInUseException"},
		"an endpoint that is taken": {world: func(w *network.World, _ *network.Reference) {
			w.AddPublicKeyStore("other", "https://payments-hsm.xks.example.com")
		}, code: "XksProxyUriEndpointInUseException"},
		"an eleventh key store":      {world: func(w *network.World, _ *network.Reference) { fill(w, 10) }, code: "LimitExceededException"},
		"a public proxy that is mum": {request: public, code: "XksProxyUriUnreachableException"},
		"a public proxy of ours": {request: public, world: func(w *network.World, _ *network.Reference) {
			w.PublicProxies["https://public.example.com"] = &network.Proxy{Ports: []int{443}}
		}},
		"a public proxy that refuses the credential": {request: public, code: "XksProxyIncorrectAuthenticationCredentialException", world: func(w *network.World, _ *network.Reference) {
			w.PublicProxies["https://public.example.com"] = &network.Proxy{Ports: []int{443}, Answer: network.RefusesCredential}
		}},
		"a path without its ending": {request: func(in *sdk.CreateCustomKeyStoreInput) { in.XksProxyUriPath = aws.String("/kms/xks") }, code: "ValidationException"},
		"an endpoint with a port": {request: func(in *sdk.CreateCustomKeyStoreInput) {
			in.XksProxyUriEndpoint = aws.String("https://a.example.com:8443")
		}, code: "ValidationException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, network.Options{NoKeyStore: true})
			if tt.world != nil {
				tt.world(f.w, f.r)
			}
			in := createInput(f.r)
			if tt.request != nil {
				tt.request(in)
			}
			_, err := f.client.CreateCustomKeyStore(context.Background(), in)
			f.fails(err, tt.code, "")
		})
	}
}

func public(in *sdk.CreateCustomKeyStoreInput) {
	in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName = types.XksProxyConnectivityTypePublicEndpoint, nil
	in.XksProxyUriEndpoint = aws.String("https://public.example.com")
}

func fill(w *network.World, n int) {
	for i := range n {
		w.AddCloudHSMKeyStore("hsm-" + string(rune('a'+i)))
	}
}

// The table of https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html,
// API_DisconnectCustomKeyStore.html, API_DeleteCustomKeyStore.html and
// https://docs.aws.amazon.com/kms/latest/developerguide/update-xks-keystore.html
func TestWhichCallIsLegalInWhichState(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	calls := map[string]func(f fixture) error{
		"connect": func(f fixture) error {
			_, err := f.client.ConnectCustomKeyStore(ctx, &sdk.ConnectCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID})
			return err
		},
		"disconnect": func(f fixture) error {
			_, err := f.client.DisconnectCustomKeyStore(ctx, &sdk.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID})
			return err
		},
		"rename": func(f fixture) error {
			_, err := f.client.UpdateCustomKeyStore(ctx, &sdk.UpdateCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID, NewCustomKeyStoreName: aws.String("new")})
			return err
		},
		"move": func(f fixture) error {
			_, err := f.client.UpdateCustomKeyStore(ctx, &sdk.UpdateCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID, XksProxyUriEndpoint: &f.r.KeyStore.URIEndpoint})
			return err
		},
		"create key": func(f fixture) error {
			_, err := f.client.CreateKey(ctx, &sdk.CreateKeyInput{CustomKeyStoreId: &f.r.KeyStore.ID, Origin: types.OriginTypeExternalKeyStore, XksKeyId: aws.String("new")})
			return err
		},
		"delete": func(f fixture) error {
			clear(f.w.Keys)
			_, err := f.client.DeleteCustomKeyStore(ctx, &sdk.DeleteCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID})
			return err
		},
	}
	legal := map[string][]string{
		"connect":    {network.Disconnected, network.Connected, network.Connecting},
		"disconnect": {network.Connected, network.Connecting, network.Failed},
		"rename":     {network.Connected, network.Connecting, network.Failed, network.Disconnected, network.Disconnecting},
		"move":       {network.Disconnected},
		"create key": {network.Connected},
		"delete":     {network.Disconnected},
	}
	for _, call := range slices.Sorted(maps.Keys(calls)) {
		for _, state := range []string{network.Connected, network.Connecting, network.Failed, network.Disconnected, network.Disconnecting} {
			t.Run(call+" in "+state, func(t *testing.T) {
				t.Parallel()
				f := serve(t, network.Options{State: state})
				want := "CustomKeyStoreInvalidStateException"
				if slices.Contains(legal[call], state) {
					want = ""
				}
				f.fails(calls[call](f), want, "")
			})
		}
	}
}

func TestWhatAKeyAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		breaks     func(w *network.World, r *network.Reference)
		code, part string
	}{
		"as it should":  {func(*network.World, *network.Reference) {}, "", ""},
		"disabled":      {func(_ *network.World, r *network.Reference) { r.Workload.Enabled = false }, "DisabledException", "is disabled."},
		"to be deleted": {func(_ *network.World, r *network.Reference) { r.Workload.Deleting = true }, "DisabledException", "is pending deletion."},
		"denied":        {func(_ *network.World, r *network.Reference) { r.Workload.Denied = true }, "AccessDeniedException", "is not authorized to perform: kms:Encrypt"},
		"gone":          {func(w *network.World, r *network.Reference) { delete(w.Keys, r.Workload.ID) }, "NotFoundException", "does not exist"},
		"disconnected":  {func(w *network.World, r *network.Reference) { w.Disconnect(r.KeyStore) }, "KMSInvalidStateException", "is unavailable."},
		"no listener":   {func(w *network.World, r *network.Reference) { delete(w.Listeners, r.Listener.ARN) }, "KMSInvalidStateException", "AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active"},
		"an ordinary key": {func(w *network.World, r *network.Reference) {
			w.DeleteService(r.Service)
			r.Workload.KeyStore = ""
		}, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, network.Options{})
			id := f.w.KeyARN(f.r.Workload)
			tt.breaks(f.w, f.r)
			_, err := f.client.Encrypt(context.Background(), &sdk.EncryptInput{KeyId: &id, Plaintext: []byte("x")})
			f.fails(err, tt.code, tt.part)
			_, err = f.client.GenerateDataKey(context.Background(), &sdk.GenerateDataKeyInput{KeyId: &id, KeySpec: types.DataKeySpecAes256})
			if tt.code != "AccessDeniedException" {
				f.fails(err, tt.code, tt.part)
			}
		})
	}
}

func TestCreateKeyCarriesTheProxysWords(t *testing.T) {
	t.Parallel()
	for answer, code := range map[network.Answer]string{
		network.OK: "", network.RefusesCredential: "CustomKeyStoreInvalidStateException", network.KeyNotFound: "XksKeyNotFoundException",
		network.KeyDisabled: "XksKeyInvalidConfigurationException", network.Unsupported: "UnsupportedOperationException",
	} {
		t.Run("answer "+string(answer), func(t *testing.T) {
			t.Parallel()
			f := serve(t, network.Options{})
			for _, p := range f.w.Proxies {
				p.Answer = answer
			}
			in := &sdk.CreateKeyInput{CustomKeyStoreId: &f.r.KeyStore.ID, Origin: types.OriginTypeExternalKeyStore, XksKeyId: aws.String("new")}
			_, err := f.client.CreateKey(context.Background(), in)
			f.fails(err, code, "")
			in.XksKeyId = &f.r.Workload.XksKeyID
			_, err = f.client.CreateKey(context.Background(), in)
			f.fails(err, "XksKeyAlreadyInUseException", "")
		})
	}
}

func TestUpdateTestsTheNewCredentialOfAConnectedKeyStore(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{})
	for _, p := range f.w.Proxies {
		p.KeyID = "AAAAAAAAAAAAAAAAAAAAAAAA"
	}
	update := func(key string) error {
		_, err := f.client.UpdateCustomKeyStore(context.Background(), &sdk.UpdateCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID,
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: &key, RawSecretAccessKey: aws.String(strings.Repeat("s", 43))}})
		return err
	}
	f.fails(update("BBBBBBBBBBBBBBBBBBBBBBBB"), "XksProxyIncorrectAuthenticationCredentialException", "could not authenticate AWS KMS")
	f.fails(update("AAAAAAAAAAAAAAAAAAAAAAAA"), "", "")
	if err := f.w.Works(f.r.Workload.ID); err != nil {
		t.Errorf("after the update the key answers %v, want it to work", err)
	}
}

func TestKeyStoresAreListedInPages(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := serve(t, network.Options{})
	fill(f.w, 6)
	pages, names := 0, map[string]bool{}
	for p := sdk.NewDescribeCustomKeyStoresPaginator(f.client, &sdk.DescribeCustomKeyStoresInput{}); p.HasMorePages(); pages++ {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, ks := range out.CustomKeyStores {
			names[*ks.CustomKeyStoreName] = true
		}
	}
	if pages != 3 || len(names) != 7 {
		t.Errorf("%d key stores came in %d pages, want 7 in 3", len(names), pages)
	}
	one, err := f.client.DescribeCustomKeyStores(ctx, &sdk.DescribeCustomKeyStoresInput{CustomKeyStoreName: aws.String("payments-hsm")})
	if err != nil {
		t.Fatal(err)
	}
	c := one.CustomKeyStores[0].XksProxyConfiguration
	if one.Truncated || one.CustomKeyStores[0].ConnectionErrorCode != "" || *c.VpcEndpointServiceName != f.r.Service.Name || *c.UriEndpoint != "https://payments-hsm.xks.example.com" || *c.VpcEndpointServiceOwner != f.w.Account {
		t.Errorf("payments-hsm is described as %+v %+v", one.CustomKeyStores[0], *c)
	}
	_, err = f.client.DescribeCustomKeyStores(ctx, &sdk.DescribeCustomKeyStoresInput{CustomKeyStoreId: aws.String("cks-none")})
	f.fails(err, "CustomKeyStoreNotFoundException", "")
	_, err = f.client.DescribeCustomKeyStores(ctx, &sdk.DescribeCustomKeyStoresInput{Marker: aws.String("bogus")})
	f.fails(err, "InvalidMarkerException", "")
}

func TestCloudTrailLearnsWhatAWSRecordsAndNoSecret(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := serve(t, network.Options{})
	_, err := f.client.CreateCustomKeyStore(ctx, createInput(f.r))
	f.fails(err, "CustomKeyStoreNameInUseException", "")
	asked := f.server.Last().Trail.RequestParameters
	if asked["xksProxyVpcEndpointServiceName"] != f.r.Service.Name || asked["customKeyStoreName"] != "payments-hsm" || asked["xksProxyUriEndpoint"] != "https://payments-hsm.xks.example.com" {
		t.Errorf("a failed create is recorded with %v", asked)
	}
	if text, _ := json.Marshal(asked); strings.Contains(string(text), "PLANTED") || !strings.Contains(string(text), "HIDDEN_DUE_TO_SECURITY_REASONS") {
		t.Errorf("the secret is not hidden: %s", text)
	}

	arn := f.w.KeyARN(f.r.Workload)
	_, err = f.client.GenerateDataKey(ctx, &sdk.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256, EncryptionContext: map[string]string{"k": "v"}})
	f.fails(err, "", "")
	trail := f.server.Last().Trail
	if trail.AdditionalEventData["customKeyStoreId"] != f.r.KeyStore.ID || trail.AdditionalEventData["xksKeyId"] != f.r.Workload.XksKeyID {
		t.Errorf("additionalEventData is %v", trail.AdditionalEventData)
	}
	if len(trail.Resources) != 1 || trail.Resources[0].ARN != arn || trail.Resources[0].Type != "AWS::KMS::Key" {
		t.Errorf("resources are %v", trail.Resources)
	}
	if !maps.Equal(trail.RequestParameters["encryptionContext"].(map[string]string), map[string]string{"k": "v"}) {
		t.Errorf("requestParameters are %v", trail.RequestParameters)
	}

	_, err = f.client.ConnectCustomKeyStore(ctx, &sdk.ConnectCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID})
	f.fails(err, "", "")
	if trail := f.server.Last().Trail; trail.RequestParameters["customKeyStoreId"] != f.r.KeyStore.ID || trail.ResponseElements != nil {
		t.Errorf("a connect is recorded with %v, %v", trail.RequestParameters, trail.ResponseElements)
	}
}
