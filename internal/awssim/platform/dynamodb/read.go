package dynamodb

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

type getInput struct {
	tableName
	accounting
	Key                      Item
	ConsistentRead           bool
	ProjectionExpression     string
	ExpressionAttributeNames map[string]string
}

func (in getInput) leading(s Schema) string { return leadingKey(s, in.Key) }

type getOutput struct {
	Item Item `json:",omitempty"`
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
func (t *Tables) getItem(_ *engine.Call, table *Table, in getInput) (any, error) {
	key, err := table.exactKey(in.Key)
	if err != nil {
		return nil, err
	}
	refs, err := newPlaceholders(in.ExpressionAttributeNames, nil)
	if err != nil {
		return nil, err
	}
	project, err := refs.projection(in.ProjectionExpression)
	if err != nil {
		return nil, err
	}
	if err := refs.unused(); err != nil {
		return nil, err
	}
	item := t.read(table.row(key), in.ConsistentRead)
	if item == nil {
		return &getOutput{}, nil
	}
	return &getOutput{Item: project(item)}, nil
}

// exactKey checks that key is the primary key and nothing more.
func (t *Table) exactKey(key Item) (Item, error) {
	checked, err := checkItem(key)
	if err != nil {
		return nil, err
	}
	if len(checked) != len(t.Key.attributes()) {
		return nil, noKey()
	}
	for _, a := range t.Key.attributes() {
		if kind, _ := kindOf(checked[a.Name]); kind != a.Kind {
			return nil, noKey()
		}
	}
	return t.keyOf(checked)
}

func noKey() error { return invalid("The provided key element does not match the schema") }

// projection parses a list of paths and returns what picks them from an item. Elements of
// lists cannot be picked.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
func (p *placeholders) projection(expression string) (func(Item) Item, error) {
	if strings.TrimSpace(expression) == "" {
		return func(item Item) Item { return item }, nil
	}
	parser, err := p.parser("ProjectionExpression", expression)
	if err != nil {
		return nil, err
	}
	var paths []path
	for {
		at, err := parser.path()
		if err != nil {
			return nil, err
		}
		for _, step := range at {
			if _, isIndex := step.(int); isIndex {
				return nil, invalid("Invalid ProjectionExpression: the simulator picks no elements of lists; path: %s", at)
			}
		}
		if slices.ContainsFunc(paths, at.overlaps) {
			return nil, invalid("Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path two: [%s]", at)
		}
		paths = append(paths, at)
		if !parser.accept(",") {
			break
		}
	}
	return func(item Item) Item { return pick(item, paths) }, parser.done()
}

func pick(item Item, paths []path) Item {
	out := Item{}
	for _, at := range paths {
		if v, ok := at.get(item); ok {
			out = graft(out, at, v)
		}
	}
	return out
}

// graft sets v at the path at, making the maps on the way.
func graft(item Item, at path, v any) Item {
	name := at[0].(string)
	if len(at) == 1 {
		item[name] = v
		return item
	}
	below := Item{}
	if _, members := kindOf(item[name]); members != nil {
		below = members.(map[string]any)
	}
	item[name] = map[string]any{"M": graft(below, at[1:], v)}
	return item
}
