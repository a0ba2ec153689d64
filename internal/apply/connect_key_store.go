package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func (a *Applier) connectKeyStore(ctx context.Context, action plan.ConnectKeyStore) (Applied, error) {
	out, err := a.kms.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{
		CustomKeyStoreId: aws.String(string(action.KeyStore)),
	}, once)
	if err != nil {
		return Applied{}, failed(err, doing(action), "kms:ConnectCustomKeyStore", "")
	}
	return Applied{Detail: request(out.ResultMetadata)}, nil
}
