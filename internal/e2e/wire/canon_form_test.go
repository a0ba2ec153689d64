//go:build e2e

package wire

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	tabletypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func TestTheSDKsValuesAreWrittenAsTheyAre(t *testing.T) {
	moment := time.Date(2026, 3, 2, 5, 0, 0, 7_900_000, time.FixedZone("", 2*3600))
	for name, tt := range map[string]struct {
		value any
		want  string
	}{
		"nothing set": {&kms.ListKeysInput{}, `{}`},
		"set to zero": {&kms.ListKeysInput{Limit: aws.Int32(0), Marker: aws.String("")}, `{"Limit":0,"Marker":""}`},
		"bytes":       {&kms.EncryptInput{Plaintext: []byte{0, 255}}, `{"EncryptionAlgorithm":{"$zero":""},"Plaintext":{"$blob":"AP8="}}`},
		"an empty map, an enum": {&kms.EncryptInput{EncryptionContext: map[string]string{}, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"},
			`{"EncryptionAlgorithm":"SYMMETRIC_DEFAULT","EncryptionContext":{}}`},
		"what cannot say whether it was set": {&sqs.SendMessageInput{QueueUrl: aws.String("q")}, `{"DelaySeconds":{"$zero":0},"QueueUrl":"q"}`},
		"a time, in UTC to the millisecond":  {&cloudtrail.LookupEventsInput{EndTime: &moment}, `{"EndTime":{"$time":"2026-03-02T03:00:00.007Z"},"EventCategory":{"$zero":""}}`},
		"unions in a map": {&dynamodb.GetItemOutput{Item: map[string]tabletypes.AttributeValue{
			"l": &tabletypes.AttributeValueMemberL{Value: []tabletypes.AttributeValue{&tabletypes.AttributeValueMemberBOOL{}}}}},
			`{"Item":{"l":{"$union":"L","value":[{"$union":"BOOL","value":false}]}}}`},
	} {
		made, err := canon(reflect.ValueOf(tt.value))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := json.Marshal(made)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, tt.want)
		}
	}
	for name, value := range map[string]any{
		"a channel":                   struct{ C chan int }{make(chan int)},
		"an interface that no one is": struct{ V any }{7},
	} {
		if made, err := canon(reflect.ValueOf(value)); err == nil {
			t.Errorf("%s was written as %v", name, made)
		}
	}
}
