package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func (a *Applier) disconnectKeyStore(ctx context.Context, action plan.DisconnectKeyStore) (Applied, error) {
	out, err := a.kms.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{
		CustomKeyStoreId: aws.String(string(action.KeyStore)),
	}, once)
	if err != nil {
		return Applied{}, failed(err, doing(action), "kms:DisconnectCustomKeyStore", "")
	}
	return Applied{Detail: request(out.ResultMetadata)}, nil
}

// once switches the SDK's retries off. If a second attempt were refused because the key
// store is disconnected already, nobody could tell whether the first attempt or a person
// did it, and only a 200 to our own call makes the disconnect ours.
func once(o *kms.Options) { o.Retryer = retry.AddWithMaxAttempts(o.Retryer, 1) }
