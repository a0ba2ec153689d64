package collect

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

func keyStoreQuestion() question {
	return question{part: path.KeyStorePart, action: "kms:DescribeCustomKeyStores"}
}

// KeyStores returns all custom key stores of the account and Region, external and CloudHSM,
// sorted by ID; an empty list, not a nil one, where there are none. One call serves a batch
// of signals: AWS allows five a second. The gap is nil where the read gave an answer.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
func (r *Reader) KeyStores(ctx context.Context) ([]path.KeyStore, *path.Gap) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	stores, err := r.keyStores(ctx)
	if err != nil {
		gap := keyStoreQuestion().gap(err)
		return nil, &gap
	}
	return stores, nil
}

func (r *Reader) keyStores(ctx context.Context) ([]path.KeyStore, error) {
	stores := []path.KeyStore{}
	p := kms.NewDescribeCustomKeyStoresPaginator(r.kms, &kms.DescribeCustomKeyStoresInput{})
	err := pages(ctx, p, func(page *kms.DescribeCustomKeyStoresOutput) {
		for _, k := range page.CustomKeyStores {
			stores = append(stores, keyStore(k))
		}
	})
	slices.SortFunc(stores, func(a, b path.KeyStore) int { return cmp.Compare(a.ID, b.ID) })
	return stores, err
}

// keyStore leaves the proxy's access key ID behind.
func keyStore(k types.CustomKeyStoresListEntry) path.KeyStore {
	store := path.KeyStore{
		ID: id[path.KeyStoreID](k.CustomKeyStoreId), Name: aws.ToString(k.CustomKeyStoreName),
		External:            k.CustomKeyStoreType == types.CustomKeyStoreTypeExternalKeyStore,
		ConnectionState:     string(k.ConnectionState),
		ConnectionErrorCode: string(k.ConnectionErrorCode),
		Created:             instant(k.CreationDate),
	}
	if x := k.XksProxyConfiguration; x != nil {
		store.Connectivity = string(x.Connectivity)
		store.UriEndpoint = aws.ToString(x.UriEndpoint)
		store.UriPath = aws.ToString(x.UriPath)
		store.ServiceName = aws.ToString(x.VpcEndpointServiceName)
		store.ServiceOwner = aws.ToString(x.VpcEndpointServiceOwner)
	}
	return store
}
