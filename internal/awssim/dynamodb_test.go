package awssim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	simdb "github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

// table creates the table "T" with keys PK and SK and returns a client.
func table(t *testing.T, s *awssim.Sim) *dynamodb.Client {
	t.Helper()
	s.Do(func(*network.World) {
		_, err := s.Tables.Create(simdb.Settings{Name: "T", Expiry: "expires", Key: simdb.Schema{
			Hash: simdb.Attribute{Name: "PK", Kind: "S"}, Range: &simdb.Attribute{Name: "SK", Kind: "S"}}})
		if err != nil {
			t.Fatal(err)
		}
	})
	return dynamodb.NewFromConfig(as(s, awssim.Admin), func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
}

var tableName = aws.String("T")

func TestEveryKindOfValueSurvivesTheTable(t *testing.T) {
	t.Parallel()
	client := table(t, start(t))
	want := item{
		"PK": text("a"), "SK": text("b"), "empty": text(""), "n": number("-12.5"), "yes": &types.AttributeValueMemberBOOL{Value: true},
		"no": &types.AttributeValueMemberBOOL{}, "null": &types.AttributeValueMemberNULL{Value: true}, "raw": &types.AttributeValueMemberB{Value: []byte{0, 1}},
		"list": &types.AttributeValueMemberL{Value: []types.AttributeValue{text("x"), number("1")}}, "none": &types.AttributeValueMemberL{Value: []types.AttributeValue{}},
		"map": &types.AttributeValueMemberM{Value: item{"inner": text("y")}}, "set": &types.AttributeValueMemberSS{Value: []string{"a", "b"}},
	}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: tableName, Item: want}); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: tableName, Key: item{"PK": text("a"), "SK": text("b")}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Item, cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberBOOL{},
		types.AttributeValueMemberNULL{}, types.AttributeValueMemberB{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{}, types.AttributeValueMemberSS{})); diff != "" {
		t.Errorf("the item differs (-put +got):\n%s", diff)
	}
}

func TestAWriteWhoseConditionFailsShowsTheItemThatStoodInItsWay(t *testing.T) {
	t.Parallel()
	client := table(t, start(t))
	put := &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": text("a"), "SK": text("b"), "version": number("1")},
		ConditionExpression: aws.String("attribute_not_exists(PK)"), ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	if _, err := client.PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutItem(t.Context(), put)
	refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !ok {
		t.Fatalf("got %v; want ConditionalCheckFailedException", err)
	}
	if v, ok := refused.Item["version"].(*types.AttributeValueMemberN); !ok || v.Value != "1" {
		t.Errorf("the error shows %v; want the stored item", refused.Item)
	}
}

func TestOfTwoVersionedUpdatesOneWins(t *testing.T) {
	t.Parallel()
	client := table(t, start(t))
	update := &dynamodb.UpdateItemInput{TableName: tableName, Key: item{"PK": text("a"), "SK": text("b")},
		UpdateExpression:          aws.String("SET #v = if_not_exists(#v, :zero) + :one, note = :note"),
		ConditionExpression:       aws.String("attribute_not_exists(#v) OR #v = :zero"),
		ExpressionAttributeNames:  map[string]string{"#v": "version"},
		ExpressionAttributeValues: item{":zero": number("0"), ":one": number("1"), ":note": text("n")},
		ReturnValues:              types.ReturnValueAllNew}
	got, err := client.UpdateItem(t.Context(), update)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got.Attributes["version"].(*types.AttributeValueMemberN); !ok || v.Value != "1" {
		t.Errorf("the new item is %v; want version 1", got.Attributes)
	}
	if _, err := client.UpdateItem(t.Context(), update); code(err) != "ConditionalCheckFailedException" {
		t.Errorf("the second update: %v", err)
	}
}

func TestAnInconsistentReadMissesTheLatestWriteWhileItIsYoung(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := table(t, s)
	put := func(v string) {
		t.Helper()
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": text("a"), "SK": text("b"), "v": text(v)}}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(consistent bool) string {
		t.Helper()
		got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: tableName, Key: item{"PK": text("a"), "SK": text("b")}, ConsistentRead: &consistent})
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := got.Item["v"].(*types.AttributeValueMemberS); ok {
			return v.Value
		}
		return "nothing"
	}
	put("one")
	if young, sure := read(false), read(true); young != "nothing" || sure != "one" {
		t.Errorf("right after the first write: %s, consistently %s; want nothing and one", young, sure)
	}
	s.Advance(time.Second)
	if old := read(false); old != "one" {
		t.Errorf("a second after the write: %s; want one", old)
	}
	put("two")
	if young, sure := read(false), read(true); young != "one" || sure != "two" {
		t.Errorf("right after the second write: %s, consistently %s; want one and two", young, sure)
	}
}

// fillTwoPartitions puts E#0 to E#7 into each of the partitions a and b.
func fillTwoPartitions(t *testing.T, client *dynamodb.Client) {
	t.Helper()
	for i := range 8 {
		for _, partition := range []string{"a", "b"} {
			kind := "even"
			if i%2 == 1 {
				kind = "odd"
			}
			if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: tableName,
				Item: item{"PK": text(partition), "SK": text(fmt.Sprintf("E#%d", i)), "kind": text(kind)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAQueryPagesThroughAPartitionInOrder(t *testing.T) {
	t.Parallel()
	client := table(t, start(t))
	fillTwoPartitions(t, client)
	tests := map[string]struct {
		condition, filter string
		backward          bool
		limit             int32
		want              string
		pages             int
	}{
		"a whole partition":          {"PK = :p", "", false, 0, "01234567", 3},
		"backward":                   {"PK = :p", "", true, 0, "76543210", 3},
		"with a limit":               {"PK = :p", "", false, 2, "01234567", 5}, // the fourth page ends with the last item and does not know it
		"by the start of the range":  {"PK = :p AND begins_with(SK, :e)", "", false, 0, "01234567", 3},
		"from a key on":              {"PK = :p AND SK >= :five", "", false, 0, "567", 2},
		"between two keys":           {"PK = :p AND SK BETWEEN :two AND :five", "", false, 0, "2345", 2},
		"with a filter, also unfull": {"PK = :p", "kind = :odd", false, 0, "1357", 3},
	}
	values := item{":p": text("a"), ":e": text("E#"), ":five": text("E#5"), ":two": text("E#2"), ":odd": text("odd")}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &dynamodb.QueryInput{TableName: tableName, KeyConditionExpression: &tt.condition, ConsistentRead: aws.Bool(true),
				ScanIndexForward: aws.Bool(!tt.backward), ExpressionAttributeValues: item{}}
			if tt.filter != "" {
				in.FilterExpression = &tt.filter
			}
			if tt.limit > 0 {
				in.Limit = &tt.limit
			}
			for ref, v := range values {
				if strings.Contains(tt.condition+tt.filter+" ", ref) && (ref != ":e" || strings.Contains(tt.condition, ":e)")) {
					in.ExpressionAttributeValues[ref] = v
				}
			}
			got, pages := "", 0
			for paginator := dynamodb.NewQueryPaginator(client, in); paginator.HasMorePages(); pages++ {
				page, err := paginator.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, it := range page.Items {
					got += strings.TrimPrefix(it["SK"].(*types.AttributeValueMemberS).Value, "E#")
				}
			}
			if got != tt.want || pages != tt.pages {
				t.Errorf("got %s in %d pages; want %s in %d", got, pages, tt.want, tt.pages)
			}
		})
	}
}

func TestAScanSeesEveryPartition(t *testing.T) {
	t.Parallel()
	client := table(t, start(t))
	for i := range 7 {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": text(fmt.Sprint(i)), "SK": text("x")}}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	paginator := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: tableName, ConsistentRead: aws.Bool(true)})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			seen[it["PK"].(*types.AttributeValueMemberS).Value] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("saw %d items; want 7", len(seen))
	}
}

func TestRequestsThatDynamoDBRefusesAreRefused(t *testing.T) {
	t.Parallel()
	client := table(t, start(t))
	ctx, key := t.Context(), item{"PK": text("a"), "SK": text("b")}
	tests := map[string]struct {
		call func() error
		want string
	}{
		"a query from a key outside of its range": {func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: tableName, KeyConditionExpression: aws.String("PK = :p AND SK > :s"), ConsistentRead: aws.Bool(true),
				ExpressionAttributeValues: item{":p": text("a"), ":s": text("m")}, ExclusiveStartKey: item{"PK": text("a"), "SK": text("b")}})
			return err
		}, "starting key does not match"},
		"a put without the range key": {func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": text("a")}})
			return err
		}, "Missing the key SK"},
		"a key of another type": {func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": number("1"), "SK": text("b")}})
			return err
		}, "Type mismatch for key PK"},
		"an item over 400 KB": {func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": text("a"), "SK": text("b"), "x": text(strings.Repeat("x", 400<<10))}})
			return err
		}, "Item size has exceeded"},
		"a get with half a key": {func() error {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: tableName, Key: item{"PK": text("a")}})
			return err
		}, "does not match the schema"},
		"an update of the key": {func() error {
			_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: tableName, Key: key, UpdateExpression: aws.String("SET SK = :v"), ExpressionAttributeValues: item{":v": text("c")}})
			return err
		}, "part of the key"},
		"a value that no expression uses": {func() error {
			_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: tableName, Key: key, UpdateExpression: aws.String("REMOVE x"), ExpressionAttributeValues: item{":v": text("c")}})
			return err
		}, "unused in expressions: keys: {:v}"},
		"a query without its partition": {func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: tableName, KeyConditionExpression: aws.String("SK = :v"), ExpressionAttributeValues: item{":v": text("c")}})
			return err
		}, "missed key schema element: PK"},
		"a query by a range of partitions": {func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: tableName, KeyConditionExpression: aws.String("PK > :v"), ExpressionAttributeValues: item{":v": text("c")}})
			return err
		}, "not supported"},
		"a filter by the key": {func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: tableName, KeyConditionExpression: aws.String("PK = :v"),
				FilterExpression: aws.String("SK = :v"), ExpressionAttributeValues: item{":v": text("c")}})
			return err
		}, "non-primary key attributes"},
		"a number of 39 digits": {func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: tableName, Item: item{"PK": text("a"), "SK": text("b"), "n": number(strings.Repeat("1", 39))}})
			return err
		}, "38 significant digits"},
		"a table that is not there": {func() error {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("none"), Key: key})
			return err
		}, "ResourceNotFoundException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tt.call(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want an error with %q", err, tt.want)
			}
		})
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func TestAnExpiredItemLingersForDays(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := table(t, s)
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: tableName,
		Item: item{"PK": text("a"), "SK": text("b"), "expires": number(fmt.Sprint(s.Now().Unix()))}}); err != nil {
		t.Fatal(err)
	}
	stored := func() int {
		n := 0
		s.Do(func(*network.World) { n = len(s.Tables.Table("T").Items()) })
		return n
	}
	s.Advance(47 * time.Hour)
	if stored() != 1 {
		t.Error("the item is gone within two days of its expiry")
	}
	s.Advance(2 * time.Hour)
	if stored() != 0 {
		t.Error("the item is still there two days after its expiry")
	}
}

func TestAnUnreachableTableAnswersWithAServerError(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := table(t, s)
	s.Do(func(*network.World) { s.Tables.Unreachable = true })
	_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: tableName, Key: item{"PK": text("a"), "SK": text("b")}})
	if code(err) != "InternalServerError" {
		t.Errorf("got %v; want InternalServerError", err)
	}
}
