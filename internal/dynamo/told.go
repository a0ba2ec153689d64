package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Told remembers which events were told, so that nobody is told twice. It needs
// dynamodb:PutItem on partitions TOLD#… and nothing else.
type Told struct {
	client    *dynamodb.Client
	table     string
	retention time.Duration
}

// NewTold returns the memory of what was told, kept for retention.
func NewTold(cfg aws.Config, table string, retention time.Duration) *Told {
	return &Told{client: dynamodb.NewFromConfig(cfg), table: table, retention: retention}
}

// Claim takes the right to tell an event until a time. Claimed is false where the event was
// told, and then told is true, or where another claim stands. A claim that ran out, since
// its holder died before it could tell, is taken over. Token names the claimant: the same
// one claims again at once.
func (t *Told) Claim(ctx context.Context, incident string, sequence int, token string, now, until time.Time) (claimed, told bool, err error) {
	i := t.item(incident, sequence, now)
	i["claimant"], i["claimedUntil"] = text(token), number(until.UnixMilli())
	_, err = t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.table, Item: i,
		ConditionExpression:       new("attribute_not_exists(pk) OR claimedUntil <= :now OR claimant = :token"),
		ExpressionAttributeValues: item{":now": number(now.UnixMilli()), ":token": text(token)},

		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if there, refused := standing(err); refused {
		_, told = there["told"]
		return false, told, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("claiming message %d of incident %s: %w", sequence, incident, explained(err, "PutItem", t.table))
	}
	return true, false, nil
}

// Mark says that an event was told. What was told stays told, whoever claimed it: the item
// holds no claim any more that could run out.
func (t *Told) Mark(ctx context.Context, incident string, sequence int, now time.Time) error {
	i := t.item(incident, sequence, now)
	i["told"] = seconds(now)
	if _, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.table, Item: i}); err != nil {
		return fmt.Errorf("marking message %d of incident %s as told: %w", sequence, incident, explained(err, "PutItem", t.table))
	}
	return nil
}

func (t *Told) item(incident string, sequence int, now time.Time) item {
	i := key(toldOf+incident, fmt.Sprintf("%06d", sequence))
	i["expires"] = seconds(now.Add(t.retention))
	return i
}
