package kms_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func TestKeysAreListedDescribedAndSwitched(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := serve(t, network.Options{})
	id := f.r.Canary.ID
	state := func() types.KeyState {
		out, err := f.client.DescribeKey(ctx, &sdk.DescribeKeyInput{KeyId: &id})
		if err != nil {
			t.Fatal(err)
		}
		return out.KeyMetadata.KeyState
	}
	if s := state(); s != types.KeyStateEnabled {
		t.Errorf("the key is %s, want Enabled", s)
	}
	_, err := f.client.DisableKey(ctx, &sdk.DisableKeyInput{KeyId: &id})
	f.fails(err, "", "")
	if s := state(); s != types.KeyStateDisabled {
		t.Errorf("a disabled key is %s", s)
	}
	_, err = f.client.EnableKey(ctx, &sdk.EnableKeyInput{KeyId: &id})
	f.fails(err, "", "")
	f.w.Disconnect(f.r.KeyStore)
	if s := state(); s != types.KeyStateUnavailable {
		t.Errorf("a key of a disconnected key store is %s, want Unavailable", s)
	}
	keys, err := f.client.ListKeys(ctx, &sdk.ListKeysInput{})
	if err != nil || len(keys.Keys) != 2 {
		t.Errorf("listed %d keys, %v; want 2", len(keys.Keys), err)
	}
}

func TestWhatIsTheCallersOwnMistake(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := serve(t, network.Options{})
	sealed, err := f.client.Encrypt(ctx, &sdk.EncryptInput{KeyId: &f.r.Workload.ID, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, KeyId: &f.r.Canary.ID})
	f.fails(err, "IncorrectKeyException", "")
	_, err = f.client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: []byte("rubbish")})
	f.fails(err, "InvalidCiphertextException", "")
	_, err = f.client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob[:60]})
	f.fails(err, "KMSInvalidStateException", "corrupted, missing, or otherwise invalid")
	_, err = f.client.Encrypt(ctx, &sdk.EncryptInput{KeyId: &f.r.Workload.ID, Plaintext: []byte("x"), DryRun: aws.Bool(true)})
	f.fails(err, "DryRunOperationException", "")
	if judged := f.server.Judged(); len(judged) != 1 || judged[0].Resource.ARN != f.w.KeyARN(f.r.Workload) {
		t.Errorf("Encrypt was judged on %+v, want the key", judged)
	}
}

func TestAnOrdinaryKeyNeedsNoKeyStore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := serve(t, network.Options{State: network.Disconnected})
	key, err := f.client.CreateKey(ctx, &sdk.CreateKeyInput{Tags: []types.Tag{{TagKey: aws.String("a"), TagValue: aws.String("b")}}})
	if err != nil || key.KeyMetadata.Origin != types.OriginTypeAwsKms {
		t.Fatalf("created %+v, %v", key, err)
	}
	sealed, err := f.client.Encrypt(ctx, &sdk.EncryptInput{KeyId: key.KeyMetadata.Arn, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"a": "b"}})
	f.fails(err, "InvalidCiphertextException", "")
}

func TestAKeyStoreWithKeysIsNotDeleted(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{State: network.Disconnected})
	_, err := f.client.DeleteCustomKeyStore(context.Background(), &sdk.DeleteCustomKeyStoreInput{CustomKeyStoreId: &f.r.KeyStore.ID})
	f.fails(err, "CustomKeyStoreHasCMKsException", "")
}

func TestANewKeyStoreNamesTheOwnerOfItsService(t *testing.T) {
	t.Parallel()
	f := serve(t, network.Options{NoKeyStore: true})
	out, err := f.client.CreateCustomKeyStore(context.Background(), createInput(f.r))
	if err != nil {
		t.Fatal(err)
	}
	if owner := f.w.KeyStores[*out.CustomKeyStoreId].ServiceOwner; owner != f.w.Account {
		t.Errorf("the owner is %q, want %s", owner, f.w.Account)
	}
}
