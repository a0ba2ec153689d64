//go:build e2e

package wire

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func (g *tourist) seeKeys() {
	var store, service string
	g.sim.Do(func(w *network.World) {
		for id, ks := range w.KeyStores {
			if ks.External {
				store = id
			}
		}
		for _, s := range w.Services {
			service = s.Name
		}
	})
	g.ok(g.kms.DescribeCustomKeyStores(g.ctx, &kms.DescribeCustomKeyStoresInput{}))
	g.ok(g.kms.DescribeCustomKeyStores(g.ctx, &kms.DescribeCustomKeyStoresInput{Limit: aws.Int32(1)}))
	g.want("CustomKeyStoreNotFoundException")(g.kms.DescribeCustomKeyStores(g.ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: text("cks-1234567890abcdef9")}))
	g.ok(g.kms.ListKeys(g.ctx, &kms.ListKeysInput{Limit: aws.Int32(1)}))
	made, err := g.kms.CreateKey(g.ctx, &kms.CreateKeyInput{Origin: kmstypes.OriginTypeExternalKeyStore, CustomKeyStoreId: &store, XksKeyId: text("bb8562717f809024"),
		Description: text("orders"), Tags: []kmstypes.Tag{{TagKey: text("team"), TagValue: text("payments")}}})
	g.ok(made, err)
	g.want("XksKeyAlreadyInUseException")(g.kms.CreateKey(g.ctx, &kms.CreateKeyInput{Origin: kmstypes.OriginTypeExternalKeyStore, CustomKeyStoreId: &store, XksKeyId: text("bb8562717f809024")}))
	if err == nil {
		g.seeKey(made.KeyMetadata.KeyId)
		g.keyMistakes(&store, made.KeyMetadata.KeyId)
	}
	g.want("NotFoundException")(g.kms.DescribeKey(g.ctx, &kms.DescribeKeyInput{KeyId: text("1234abcd-12ab-34cd-56ef-1234567890ab")}))
	create := &kms.CreateCustomKeyStoreInput{CustomKeyStoreName: text("another-hsm"), CustomKeyStoreType: kmstypes.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: kmstypes.XksProxyConnectivityTypeVpcEndpointService, XksProxyUriEndpoint: text("https://another.xks.example.com"),
		XksProxyUriPath: text("/kms/xks/v1"), XksProxyVpcEndpointServiceName: &service,
		XksProxyAuthenticationCredential: &kmstypes.XksProxyAuthenticationCredentialType{
			AccessKeyId: text("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: text("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")}}
	g.want("XksProxyVpcEndpointServiceInUseException")(g.kms.CreateCustomKeyStore(g.ctx, create))
	g.ok(g.kms.UpdateCustomKeyStore(g.ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &store, NewCustomKeyStoreName: text("renamed-hsm")}))
	g.want("CustomKeyStoreInvalidStateException")(g.kms.UpdateCustomKeyStore(g.ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &store, XksProxyUriEndpoint: text("https://other.xks.example.com")}))
	g.ok(g.kms.DisconnectCustomKeyStore(g.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &store}))
	g.want("CustomKeyStoreInvalidStateException")(g.kms.ConnectCustomKeyStore(g.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &store}))
	g.sim.Advance(10 * time.Minute)
	g.want("CustomKeyStoreHasCMKsException")(g.kms.DeleteCustomKeyStore(g.ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &store}))
	g.ok(g.kms.ConnectCustomKeyStore(g.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &store}))
	g.deleteStore()
}

func (g *tourist) seeKey(key *string) {
	words := map[string]string{"order": "12 & 13"}
	g.ok(g.kms.DescribeKey(g.ctx, &kms.DescribeKeyInput{KeyId: key}))
	g.ok(g.kms.GenerateDataKey(g.ctx, &kms.GenerateDataKeyInput{KeyId: key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: words}))
	g.ok(g.kms.GenerateDataKeyWithoutPlaintext(g.ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: key, NumberOfBytes: aws.Int32(64)}))
	made, err := g.kms.Encrypt(g.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("plain \x00\xff"), EncryptionContext: words})
	g.ok(made, err)
	if err == nil {
		g.ok(g.kms.Decrypt(g.ctx, &kms.DecryptInput{CiphertextBlob: made.CiphertextBlob, EncryptionContext: words}))
	}
	g.want("InvalidCiphertextException")(g.kms.Decrypt(g.ctx, &kms.DecryptInput{CiphertextBlob: []byte("nonsense"), KeyId: key}))
	g.want("DryRunOperationException")(g.kms.Encrypt(g.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p"), DryRun: aws.Bool(true)}))
	g.ok(g.kms.DisableKey(g.ctx, &kms.DisableKeyInput{KeyId: key}))
	g.want("DisabledException")(g.kms.Encrypt(g.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p")}))
	g.ok(g.kms.EnableKey(g.ctx, &kms.EnableKeyInput{KeyId: key}))
}

// deleteStore deletes a key store that holds no key.
func (g *tourist) deleteStore() {
	var id string
	g.sim.Do(func(w *network.World) {
		ks := w.AddPublicKeyStore("public-hsm", "https://public.xks.example.com")
		ks.State, id = network.Disconnected, ks.ID
	})
	g.ok(g.kms.DescribeCustomKeyStores(g.ctx, &kms.DescribeCustomKeyStoresInput{}))
	g.ok(g.kms.DeleteCustomKeyStore(g.ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id}))
}

func (g *tourist) seeTrails() {
	all, err := g.trail.DescribeTrails(g.ctx, &cloudtrail.DescribeTrailsInput{})
	g.ok(all, err)
	if err != nil || len(all.TrailList) == 0 {
		g.t.Fatal("the tour: the healthy path has a trail")
	}
	name := all.TrailList[0].TrailARN
	g.ok(g.trail.GetTrailStatus(g.ctx, &cloudtrail.GetTrailStatusInput{Name: name}))
	g.ok(g.trail.GetEventSelectors(g.ctx, &cloudtrail.GetEventSelectorsInput{TrailName: name}))
	g.want("TrailNotFoundException")(g.trail.GetTrailStatus(g.ctx, &cloudtrail.GetTrailStatusInput{Name: text("nobodys-trail")}))
	now := g.sim.Now()
	g.ok(g.trail.LookupEvents(g.ctx, &cloudtrail.LookupEventsInput{MaxResults: aws.Int32(3), StartTime: aws.Time(now.Add(-time.Hour)), EndTime: &now,
		LookupAttributes: []trailtypes.LookupAttribute{{AttributeKey: trailtypes.LookupAttributeKeyEventSource, AttributeValue: text("kms.amazonaws.com")}}}))
	g.ok(g.trail.LookupEvents(g.ctx, &cloudtrail.LookupEventsInput{}))
	g.want("InvalidTimeRangeException")(g.trail.LookupEvents(g.ctx, &cloudtrail.LookupEventsInput{StartTime: &now, EndTime: aws.Time(now.Add(-time.Hour))}))
}
