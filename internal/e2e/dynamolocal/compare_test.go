//go:build e2e

package dynamolocal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/dynamo/dynamotest"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A side is one of the two DynamoDBs.
type side struct {
	client *dynamodb.Client
	table  string
}

// newSide never tries again: a second attempt at a write would see its own first one.
func newSide(config aws.Config, table string) side {
	config.HTTPClient = whole{config.HTTPClient}
	return side{dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }), table}
}

// whole reads an answer to its end before the SDK does. Of answers of 400 KB the SDK loses one
// in fifty to a connection that is closed meanwhile, whoever serves it, and tries again.
type whole struct{ next aws.HTTPClient }

func (w whole) Do(request *http.Request) (*http.Response, error) {
	response, err := w.next.Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// An outcome is what an operation answered: an error's code with the item that stood in the
// way, or what was read. The message is left aside.
type outcome struct {
	Code    string
	Item    any
	Items   []any
	Count   int32
	Scanned int32
	Next    any
	message string
}

func (o outcome) String() string {
	out, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return string(out[:min(len(out), 600)]) + " " + o.message
}

// do carries an operation out.
func (d side) do(ctx context.Context, operation any) (o outcome) {
	var err error
	switch in := operation.(type) {
	case dynamodb.PutItemInput:
		in.TableName = &d.table
		var out *dynamodb.PutItemOutput
		if out, err = d.client.PutItem(ctx, &in); err == nil {
			o.Item = attributes(out.Attributes)
		}
	case dynamodb.DeleteItemInput:
		in.TableName = &d.table
		var out *dynamodb.DeleteItemOutput
		if out, err = d.client.DeleteItem(ctx, &in); err == nil {
			o.Item = attributes(out.Attributes)
		}
	case dynamodb.UpdateItemInput:
		in.TableName = &d.table
		var out *dynamodb.UpdateItemOutput
		if out, err = d.client.UpdateItem(ctx, &in); err == nil {
			o.Item = attributes(out.Attributes)
		}
	case dynamodb.GetItemInput:
		in.TableName = &d.table
		var out *dynamodb.GetItemOutput
		if out, err = d.client.GetItem(ctx, &in); err == nil {
			o.Item = attributes(out.Item)
		}
	case dynamodb.QueryInput:
		in.TableName = &d.table
		var out *dynamodb.QueryOutput
		if out, err = d.client.Query(ctx, &in); err == nil {
			o.Count, o.Scanned, o.Next = out.Count, out.ScannedCount, attributes(out.LastEvaluatedKey)
			for _, one := range out.Items {
				o.Items = append(o.Items, attributes(one))
			}
		}
	}
	if err != nil {
		return failure(err)
	}
	return o
}

func failure(err error) outcome {
	o := outcome{Code: "no answer", message: err.Error()}
	if refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		o.Item = attributes(refused.Item)
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		o.Code, o.message = api.ErrorCode(), api.ErrorMessage()
	}
	return o
}

// attributes writes an item in a form that only equal items have: sets have no order.
func attributes(of item) any {
	if len(of) == 0 {
		return nil
	}
	out := make(map[string]any)
	for name, v := range of {
		out[name] = attribute(v)
	}
	return out
}

func attribute(v types.AttributeValue) any {
	sorted := func(kind string, elements []string) any {
		elements = slices.Clone(elements)
		slices.Sort(elements)
		return map[string]any{kind: elements}
	}
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		if len(v.Value) > 1000 {
			return map[string]any{"S": len(v.Value)}
		}
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": number(v.Value)}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberNULL:
		return nil
	case *types.AttributeValueMemberSS:
		return sorted("SS", v.Value)
	case *types.AttributeValueMemberNS:
		numbers := make([]string, len(v.Value))
		for i, one := range v.Value {
			numbers[i] = number(one)
		}
		return sorted("NS", numbers)
	case *types.AttributeValueMemberL:
		all := []any{}
		for _, element := range v.Value {
			all = append(all, attribute(element))
		}
		return all
	case *types.AttributeValueMemberM:
		return map[string]any{"M": attributes(v.Value)}
	}
	return fmt.Sprintf("%T", v)
}

// number spells a number in the one way in which DynamoDB keeps it. DynamoDB Local hands some
// back as they came, as 1.0 for 1 in a list.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
func number(text string) string {
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return "no number: " + text
	}
	return n.RatString()
}

// roll makes one operation.
func roll(d die) any {
	switch d.IntN(10) {
	case 0, 1, 2:
		return *d.put()
	case 3, 4:
		return *d.updateItem()
	case 5:
		return *d.delete()
	case 6, 7:
		return *d.get()
	}
	return *d.query()
}

const operations = 6000

// TestTheSimulatorAnswersAsDynamoDBLocal sends the same operations to both, one after the
// other, valid ones and others, so that a difference in what is stored shows too.
func TestTheSimulatorAnswersAsDynamoDBLocal(t *testing.T) {
	theirs, ours := newSide(startLocal(t).open(t)), newSide(dynamotest.Simulated(t, 0))
	d := die{rand.New(rand.NewPCG(4, 7))}
	kinds, codes := make(map[string]int), make(map[string]int)
	wrong, sameMessage, failed := 0, 0, 0
	for range operations {
		operation := roll(d)
		want, got := theirs.do(t.Context(), operation), ours.do(t.Context(), operation)
		kinds[fmt.Sprintf("%T", operation)]++
		codes[want.Code]++
		if want.Code != "" {
			failed++
			if want.message == got.message {
				sameMessage++
			}
		}
		if want.comparable() == got.comparable() {
			continue
		}
		for _, key := range keysOf(operation) { // what follows is not to suffer from it
			theirs.do(t.Context(), dynamodb.DeleteItemInput{Key: key})
			ours.do(t.Context(), dynamodb.DeleteItemInput{Key: key})
		}
		if wrong++; wrong <= 15 {
			t.Errorf("%s\nDynamoDB Local: %v\nthe simulator:  %v", shown(operation), want, got)
		}
	}
	if wrong > 15 {
		t.Errorf("and %d more differences", wrong-15)
	}
	if len(kinds) != 5 || codes[""] < operations/4 || codes["ConditionalCheckFailedException"] < 100 || codes["ValidationException"] < 100 {
		t.Errorf("too little was compared: %v, %v", kinds, codes)
	}
	e2e.Report(t, "dynamodb-local", "%d operations compared with the simulator (%d succeeded, %d conditions failed, %d were refused), different answers %d; of %d error messages %d are the same word for word",
		operations, codes[""], codes["ConditionalCheckFailedException"], failed-codes["ConditionalCheckFailedException"], wrong, failed, sameMessage)
}

// keysOf are those of the item that an operation may have changed.
func keysOf(operation any) []item {
	switch in := operation.(type) {
	case dynamodb.PutItemInput:
		return []item{{"pk": in.Item["pk"], "sk": in.Item["sk"]}}
	case dynamodb.UpdateItemInput:
		return []item{in.Key}
	case dynamodb.DeleteItemInput:
		return []item{in.Key}
	}
	return nil
}

func (o outcome) comparable() string {
	o.message = ""
	out, err := json.Marshal(o)
	if err != nil {
		return "no JSON: " + err.Error()
	}
	return string(out)
}

// shown is an operation's input as text.
func shown(operation any) string {
	out, err := json.Marshal(operation)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%T %s", operation, out[:min(len(out), 900)])
}
