package dynamodb

import (
	"maps"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

type describeOutput struct{ Table tableShown }

type tableShown struct {
	TableName, TableArn, TableStatus string
	CreationDateTime                 time.Time
	KeySchema                        []keyShown
	AttributeDefinitions             []attributeShown
	GlobalSecondaryIndexes           []indexShown `json:",omitempty"`
	ItemCount                        int
	TableSizeBytes                   int
}

type keyShown struct{ AttributeName, KeyType string }

type attributeShown struct{ AttributeName, AttributeType string }

type indexShown struct {
	IndexName, IndexStatus string
	KeySchema              []keyShown
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
func (t *Tables) describe(_ *engine.Call, table *Table, _ tableName) (any, error) {
	shown := tableShown{TableName: table.Name, TableArn: table.ARN, TableStatus: "ACTIVE", CreationDateTime: table.created,
		KeySchema: table.Key.show()}
	kinds := table.Key.attributes()
	for _, name := range slices.Sorted(maps.Keys(table.Indexes)) {
		schema := table.Indexes[name]
		kinds = append(kinds, schema.attributes()...)
		shown.GlobalSecondaryIndexes = append(shown.GlobalSecondaryIndexes, indexShown{name, "ACTIVE", schema.show()})
	}
	for _, a := range slices.Compact(kinds) {
		shown.AttributeDefinitions = append(shown.AttributeDefinitions, attributeShown{a.Name, a.Kind})
	}
	for _, item := range table.Items() {
		shown.ItemCount++
		shown.TableSizeBytes += sizeOf(item)
	}
	return &describeOutput{shown}, nil
}

func (s Schema) show() []keyShown {
	keys := []keyShown{{s.Hash.Name, "HASH"}}
	if s.Range != nil {
		keys = append(keys, keyShown{s.Range.Name, "RANGE"})
	}
	return keys
}

type expiryOutput struct{ TimeToLiveDescription expiryShown }

type expiryShown struct{ AttributeName, TimeToLiveStatus string }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
func (t *Tables) describeExpiry(_ *engine.Call, table *Table, _ tableName) (any, error) {
	if table.Expiry == "" {
		return &expiryOutput{expiryShown{TimeToLiveStatus: "DISABLED"}}, nil
	}
	return &expiryOutput{expiryShown{table.Expiry, "ENABLED"}}, nil
}

type listInput struct {
	ExclusiveStartTableName string
	Limit                   int
}

type listOutput struct {
	TableNames             []string
	LastEvaluatedTableName string
}

func (t *Tables) list(_ *engine.Call, in listInput) (any, error) {
	out := &listOutput{TableNames: []string{}}
	for _, table := range t.All() {
		if table.Name <= in.ExclusiveStartTableName {
			continue
		}
		if in.Limit > 0 && len(out.TableNames) == in.Limit {
			out.LastEvaluatedTableName = out.TableNames[in.Limit-1]
			break
		}
		out.TableNames = append(out.TableNames, table.Name)
	}
	return out, nil
}
