package dynamodb

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Service returns DynamoDB as its clients see it.
func (t *Tables) Service() *engine.Service {
	return &engine.Service{
		Name: "dynamodb", IAMPrefix: "dynamodb", Protocol: engine.JSON10, Targets: []string{"DynamoDB_20120810."},
		Operations: map[string]engine.Operation{
			"GetItem":            platform.DataEvent(onTable(t, t.getItem)),
			"PutItem":            platform.DataEvent(onTable(t, t.putItem)),
			"UpdateItem":         platform.DataEvent(onTable(t, t.updateItem)),
			"DeleteItem":         platform.DataEvent(onTable(t, t.deleteItem)),
			"Query":              platform.DataEvent(onTable(t, t.query)),
			"Scan":               platform.DataEvent(onTable(t, t.scan)),
			"DescribeTable":      platform.Read(onTable(t, t.describe)),
			"DescribeTimeToLive": platform.Read(onTable(t, t.describeExpiry)),
			"ListTables":         platform.Read(platform.On(nil, t.list)),
		},
	}
}

func invalid(format string, args ...any) *engine.Error {
	return &engine.Error{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// addressed is implemented by parameters that name their table and, where they can, the
// partition that they concern.
type addressed interface {
	table() string
	index() string
	leading(Schema) string
}

// onTable returns an operation on the table that its parameters name.
func onTable[In addressed](t *Tables, do func(c *engine.Call, table *Table, in In) (any, error)) engine.Operation {
	resource := func(_ *engine.Call, in In) []engine.Resource { return t.resource(in) }
	return platform.On(resource, func(c *engine.Call, in In) (any, error) {
		if t.Unreachable {
			return nil, &engine.Error{Code: "InternalServerError", Message: "Internal server error", Status: http.StatusInternalServerError}
		}
		table := t.byName[nameOf(in.table())]
		if table == nil {
			return nil, &engine.Error{Code: "ResourceNotFoundException",
				Message: "Requested resource not found: Table: " + in.table() + " not found"}
		}
		table.expire()
		return do(c, table, in)
	})
}

// resource names the table or the index, with the partition key as a condition key.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
func (t *Tables) resource(in addressed) []engine.Resource {
	arn := t.account.ARN("dynamodb", "table/"+nameOf(in.table()))
	if in.index() != "" {
		arn += "/index/" + in.index()
	}
	r := engine.Resource{ARN: arn}
	if table := t.byName[nameOf(in.table())]; table != nil {
		if key := in.leading(table.Key); key != "" {
			r.Context = map[string]string{"dynamodb:LeadingKeys": key}
		}
	}
	return []engine.Resource{r}
}

// nameOf accepts a table's name or ARN.
func nameOf(table string) string { return table[strings.LastIndex(table, "/")+1:] }

// tableName is the member that every operation has.
type tableName struct{ TableName string }

func (n tableName) table() string         { return n.TableName }
func (n tableName) index() string         { return "" }
func (n tableName) leading(Schema) string { return "" }

// accounting are members that ask for figures which the simulator does not keep.
type accounting struct{ ReturnConsumedCapacity, ReturnItemCollectionMetrics string }

func leadingKey(s Schema, item Item) string {
	_, content := kindOf(item[s.Hash.Name])
	text, _ := content.(string)
	return text
}
