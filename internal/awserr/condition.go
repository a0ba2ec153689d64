package awserr

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// IsConditionFailed reports whether DynamoDB refused a write because its condition does not
// hold; of a transaction, whether the condition of any of its writes does not.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
func IsConditionFailed(err error) bool {
	if Code(err) == "ConditionalCheckFailedException" {
		return true
	}
	for _, code := range reasons(err) {
		if code == "ConditionalCheckFailed" {
			return true
		}
	}
	return false
}

// onlyConflicts reports whether a transaction was cancelled for nothing but what passes.
func onlyConflicts(err error) bool {
	codes := reasons(err)
	for _, code := range codes {
		switch code {
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
		default:
			return false
		}
	}
	return len(codes) > 0
}

// reasons returns why a transaction was cancelled, a code for each write that had a part in it.
func reasons(err error) []string {
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		return nil
	}
	var codes []string
	for _, r := range cancelled.CancellationReasons {
		if r.Code != nil && *r.Code != "" && *r.Code != "None" {
			codes = append(codes, *r.Code)
		}
	}
	return codes
}
