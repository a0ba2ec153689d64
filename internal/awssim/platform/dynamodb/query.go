package dynamodb

import (
	"maps"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// reading are the members that Query and Scan share.
type reading struct {
	tableName
	accounting
	IndexName                 string
	ConsistentRead            bool
	FilterExpression          string
	ProjectionExpression      string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues map[string]any
	ExclusiveStartKey         Item
	Limit                     int
	Select                    string
}

func (r reading) index() string { return r.IndexName }

type queryInput struct {
	reading
	KeyConditionExpression string
	ScanIndexForward       *bool
}

type pageOutput struct {
	Items               []Item
	Count, ScannedCount int
	LastEvaluatedKey    Item `json:",omitempty"`
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
func (t *Tables) query(_ *engine.Call, table *Table, in queryInput) (any, error) {
	schema, err := table.schema(in.reading)
	if err != nil {
		return nil, err
	}
	refs, err := newPlaceholders(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	matches, err := refs.keyCondition(in.KeyConditionExpression, schema)
	if err != nil {
		return nil, err
	}
	if err := refs.keyless(in.FilterExpression, schema); err != nil {
		return nil, err
	}
	backward := in.ScanIndexForward != nil && !*in.ScanIndexForward
	return t.page(table, schema, in.reading, refs, matches, backward)
}

type scanInput struct {
	reading
	Segment, TotalSegments *int
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
func (t *Tables) scan(_ *engine.Call, table *Table, in scanInput) (any, error) {
	if in.TotalSegments != nil && *in.TotalSegments != 1 {
		return nil, invalid("the simulator scans in one segment only")
	}
	schema, err := table.schema(in.reading)
	if err != nil {
		return nil, err
	}
	refs, err := newPlaceholders(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	return t.page(table, schema, in.reading, refs, func(Item) bool { return true }, false)
}

// schema returns the key that is read by: the table's, or a secondary index's, which is
// never read consistently.
func (t *Table) schema(r reading) (Schema, error) {
	if r.IndexName == "" {
		return t.Key, nil
	}
	schema, ok := t.Indexes[r.IndexName]
	switch {
	case !ok:
		return Schema{}, invalid("The table does not have the specified index: %s", r.IndexName)
	case r.ConsistentRead:
		return Schema{}, invalid("Consistent reads are not supported on global secondary indexes")
	}
	return schema, nil
}

// page looks at the matching items after the start key, up to the limit, and returns
// those that the filter lets through.
func (t *Tables) page(table *Table, schema Schema, r reading, refs *placeholders, matches condition, backward bool) (any, error) {
	filter, err := refs.condition("FilterExpression", r.FilterExpression)
	if err != nil {
		return nil, err
	}
	project, err := refs.projection(r.ProjectionExpression)
	if err != nil {
		return nil, err
	}
	if err := refs.unused(); err != nil {
		return nil, err
	}
	items, err := t.after(table, schema, r, matches, backward)
	if err != nil {
		return nil, err
	}
	out := &pageOutput{Items: []Item{}}
	// A page that ends with the last item does not know it: one more, empty, may follow.
	if most := t.limit(r.Limit); most > 0 && len(items) >= most {
		items = items[:most]
		out.LastEvaluatedKey = table.position(schema, items[most-1])
	}
	out.ScannedCount = len(items)
	for _, item := range items {
		if filter(item) {
			out.Items = append(out.Items, project(item))
		}
	}
	out.Count = len(out.Items)
	if r.Select == "COUNT" {
		out.Items = nil
	}
	return out, nil
}

// keyless refuses a query's filter that speaks of the key: the key condition does.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
func (p *placeholders) keyless(filter string, schema Schema) error {
	clear(p.roots)
	if _, err := p.condition("FilterExpression", filter); err != nil {
		return err
	}
	for _, a := range schema.attributes() {
		if p.roots[a.Name] {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", a.Name)
		}
	}
	return nil
}

// limit is the smaller of the caller's limit and the server's page.
func (t *Tables) limit(asked int) int {
	if asked > 0 && (t.PageSize == 0 || asked < t.PageSize) {
		return asked
	}
	return t.PageSize
}

// after returns the matching items behind the start key, in the order of reading.
func (t *Tables) after(table *Table, schema Schema, r reading, matches condition, backward bool) ([]Item, error) {
	items := t.matching(table, schema, r.ConsistentRead, matches)
	if backward {
		slices.Reverse(items)
	}
	if r.ExclusiveStartKey == nil {
		return items, nil
	}
	start, err := checkItem(r.ExclusiveStartKey)
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Concat(schema.attributes(), table.Key.attributes()) {
		if _, ok := start[a.Name]; !ok {
			return nil, invalid("The provided starting key is invalid")
		}
	}
	if !matches(start) {
		return nil, invalid("The provided starting key does not match the range key predicate")
	}
	before := func(item Item) bool {
		order := table.order(schema, item, start)
		return order == 0 || backward != (order < 0)
	}
	return slices.DeleteFunc(items, before), nil
}

// matching returns the items with a key under schema that match, in ascending order.
func (t *Tables) matching(table *Table, schema Schema, consistent bool, matches condition) []Item {
	var items []Item
	for _, id := range slices.Sorted(maps.Keys(table.rows)) {
		item := t.read(table.rows[id], consistent)
		if item != nil && schema.covers(item) && matches(item) {
			items = append(items, item)
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int { return table.order(schema, a, b) })
	return items
}

func (s Schema) covers(item Item) bool {
	for _, a := range s.attributes() {
		if kind, _ := kindOf(item[a.Name]); kind != a.Kind {
			return false
		}
	}
	return true
}

// order sorts by partition, then by the range key, then, in an index, by the table's key.
func (t *Table) order(schema Schema, a, b Item) int {
	if order := strings.Compare(identity(Item{"": a[schema.Hash.Name]}), identity(Item{"": b[schema.Hash.Name]})); order != 0 {
		return order
	}
	if schema.Range != nil {
		if order, _ := compare(a[schema.Range.Name], b[schema.Range.Name]); order != 0 {
			return order
		}
	}
	return strings.Compare(identity(t.Key.of(a)), identity(t.Key.of(b)))
}

// position is the LastEvaluatedKey at item.
func (t *Table) position(schema Schema, item Item) Item {
	key := t.Key.of(item)
	maps.Copy(key, schema.of(item))
	return key
}
