package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

func TestKMSClientReadsTimesBlobsAndNestedStructures(t *testing.T) {
	t.Parallel()
	type proxy struct{ UriEndpoint, AccessKeyId string }
	type entry struct {
		CustomKeyStoreId      string
		ConnectionErrorCode   string
		CreationDate          time.Time
		XksProxyConfiguration *proxy
	}
	type answer struct {
		CustomKeyStores []entry
		Truncated       bool
		NextMarker      *string
	}
	type input struct {
		Limit  int32
		Marker *string
	}
	var seen input
	created := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)
	b := serve(t, service(kmsService(), "DescribeCustomKeyStores", func(in input) { seen = in },
		&answer{CustomKeyStores: []entry{{CustomKeyStoreId: "cks-1", CreationDate: created,
			XksProxyConfiguration: &proxy{UriEndpoint: "https://p.example.com"}}}}))
	out, err := kms.NewFromConfig(b.config("AKIAADMIN")).DescribeCustomKeyStores(ctx(t), &kms.DescribeCustomKeyStoresInput{Limit: aws.Int32(7), Marker: aws.String("")})
	if err != nil {
		t.Fatal(err)
	}
	if seen.Limit != 7 || seen.Marker == nil || *seen.Marker != "" {
		t.Errorf("the operation saw %+v, want limit 7 and an empty marker", seen)
	}
	got := out.CustomKeyStores[0]
	if !got.CreationDate.Equal(created) {
		t.Errorf("got creation date %v, want %v", got.CreationDate, created)
	}
	if *got.XksProxyConfiguration.UriEndpoint != "https://p.example.com" || got.XksProxyConfiguration.AccessKeyId != nil {
		t.Errorf("got %+v, want the endpoint and no access key", got.XksProxyConfiguration)
	}
	if got.ConnectionErrorCode != "" || out.NextMarker != nil {
		t.Errorf("members that are not set were written: %+v", out)
	}
}

func TestKMSClientSendsAndReadsBlobs(t *testing.T) {
	t.Parallel()
	type input struct {
		KeyId             string
		Plaintext         []byte
		EncryptionContext map[string]string
	}
	type answer struct {
		KeyId          string
		CiphertextBlob []byte
	}
	var seen input
	b := serve(t, service(kmsService(), "Encrypt", func(in input) { seen = in }, &answer{KeyId: "k", CiphertextBlob: []byte{0, 1, 255}}))
	out, err := kms.NewFromConfig(b.config("AKIAADMIN")).Encrypt(ctx(t), &kms.EncryptInput{KeyId: aws.String("k"),
		Plaintext: []byte("héllo"), EncryptionContext: map[string]string{"a.b": "c"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(input{"k", []byte("héllo"), map[string]string{"a.b": "c"}}, seen); diff != "" {
		t.Errorf("what the operation saw (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]byte{0, 1, 255}, out.CiphertextBlob); diff != "" {
		t.Errorf("ciphertext (-want +got):\n%s", diff)
	}
}

func TestAnEmptyAnswerIsAnEmptyObject(t *testing.T) {
	t.Parallel()
	type input struct{ CustomKeyStoreId string }
	b := serve(t, service(kmsService(), "ConnectCustomKeyStore", func(input) {}, nil))
	if _, err := kms.NewFromConfig(b.config("AKIAADMIN")).ConnectCustomKeyStore(ctx(t), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: aws.String("cks-1")}); err != nil {
		t.Fatal(err)
	}
}

func TestJSONErrorsBecomeTheSDKsModelledOnes(t *testing.T) {
	t.Parallel()
	type input struct{ CustomKeyStoreId string }
	b := serve(t, service(kmsService(), "ConnectCustomKeyStore", func(input) {},
		&engine.Error{Code: "CustomKeyStoreInvalidStateException", Message: "not in this state"}))
	_, err := kms.NewFromConfig(b.config("AKIAADMIN")).ConnectCustomKeyStore(ctx(t), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: aws.String("cks-1")})
	got, ok := errors.AsType[*kmstypes.CustomKeyStoreInvalidStateException](err)
	if !ok || got.ErrorMessage() != "not in this state" {
		t.Errorf("got %v", err)
	}
}

func TestDynamoDBClientReadsTheItemOfAFailedCondition(t *testing.T) {
	t.Parallel()
	type input struct {
		TableName string
		Item      map[string]any
	}
	s := engine.Service{Name: "dynamodb", IAMPrefix: "dynamodb", Protocol: engine.JSON10, Targets: []string{"DynamoDB_20120810."}}
	var seen input
	b := serve(t, service(s, "PutItem", func(in input) { seen = in },
		&engine.Error{Code: "ConditionalCheckFailedException", Message: "The conditional request failed",
			Item: map[string]any{"pk": map[string]any{"S": ""}, "n": map[string]any{"N": "5"}}}))
	_, err := dynamodb.NewFromConfig(b.config("AKIAADMIN")).PutItem(ctx(t), &dynamodb.PutItemInput{TableName: aws.String("t"),
		Item: map[string]dynamodbtypes.AttributeValue{"pk": &dynamodbtypes.AttributeValueMemberS{Value: "x"}}})
	got, ok := errors.AsType[*dynamodbtypes.ConditionalCheckFailedException](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := map[string]dynamodbtypes.AttributeValue{"pk": &dynamodbtypes.AttributeValueMemberS{Value: ""}, "n": &dynamodbtypes.AttributeValueMemberN{Value: "5"}}
	if diff := cmp.Diff(want, got.Item, cmp.AllowUnexported(dynamodbtypes.AttributeValueMemberS{}, dynamodbtypes.AttributeValueMemberN{})); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"pk": map[string]any{"S": "x"}}, seen.Item); diff != "" {
		t.Errorf("what the operation saw (-want +got):\n%s", diff)
	}
}

func TestSQSClientPrefersTheQueryErrorCode(t *testing.T) {
	t.Parallel()
	type input struct{ QueueName string }
	s := engine.Service{Name: "sqs", IAMPrefix: "sqs", Protocol: engine.JSON10, Targets: []string{"AmazonSQS."}}
	b := serve(t, service(s, "GetQueueUrl", func(input) {},
		&engine.Error{Code: "QueueDoesNotExist", Query: "AWS.SimpleQueueService.NonExistentQueue", Message: "no such queue"}))
	_, err := sqs.NewFromConfig(b.config("AKIAADMIN")).GetQueueUrl(ctx(t), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	if _, ok := errors.AsType[*sqstypes.QueueDoesNotExist](err); !ok {
		t.Errorf("got %v, want the modelled error", err)
	}
	if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("got %v, want the code of the header", err)
	}
}
