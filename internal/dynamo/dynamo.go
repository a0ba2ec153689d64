// Package dynamo keeps the product's records in one DynamoDB table: a record for each
// subject, the incidents that ended, and which events were told. It stores and loads; what
// a record means is the incident's.
//
//	pk               sk                   attributes
//	SUBJECT          key-store/cks-…      version (N), schema (N), data (S, JSON), write (S)
//	INCIDENT         <incident ID>        schema (N), data (S, JSON), expires (N)
//	TOLD#<incident>  <sequence, 6 digits> claimant (S), claimedUntil (N), told (N), expires (N)
//
// Expires is the table's TTL attribute, in epoch seconds. A subject has none: what it
// remembers is needed for as long as the key store may fail.
package dynamo

import (
	"crypto/rand"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
)

const (
	subjects  = "SUBJECT"
	incidents = "INCIDENT"
	toldOf    = "TOLD#"
)

// item is what an item of the table is made of.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// seconds is an instant as DynamoDB's TTL wants it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func seconds(t time.Time) types.AttributeValue { return number(t.Unix()) }

func textOf(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func numberOf(v types.AttributeValue) int64 {
	n, _ := v.(*types.AttributeValueMemberN)
	if n == nil {
		return 0
	}
	i, _ := strconv.ParseInt(n.Value, 10, 64) // not a number: 0, as if it were absent
	return i
}

func key(pk, sk string) item { return item{"pk": text(pk), "sk": text(sk)} }

// nonce marks one write, so that a retry by the SDK whose first answer was lost is told from
// a lost race.
func nonce() string { return rand.Text() }

// explained names the IAM action where IAM refused the call.
func explained(err error, action, table string) error {
	return awserr.WithAction(err, "dynamodb:"+action, table)
}
