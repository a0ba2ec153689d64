package dynamodb

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// maxItem is the largest item: 400 KB, names included.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const maxItem = 400 << 10

// guarded are the members of every conditional write.
type guarded struct {
	tableName
	accounting
	ConditionExpression                 string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           map[string]any
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
}

type writeOutput struct {
	Attributes Item `json:",omitempty"`
}

// A transform makes the new item of the one before; nil deletes it.
type transform func(before Item) (Item, error)

// replace puts the transform of a row's item in its place if the condition holds of it.
func (t *Table) replace(key Item, g guarded, parse func(*placeholders) (transform, error)) (before, after Item, err error) {
	refs, err := newPlaceholders(g.ExpressionAttributeNames, g.ExpressionAttributeValues)
	if err != nil {
		return nil, nil, err
	}
	change, err := parse(refs)
	if err != nil {
		return nil, nil, err
	}
	holds, err := refs.condition("ConditionExpression", g.ConditionExpression)
	if err != nil {
		return nil, nil, err
	}
	if err := refs.unused(); err != nil {
		return nil, nil, err
	}
	r := t.row(key)
	if !holds(r.item) {
		return nil, nil, g.refusal(r.item)
	}
	before = r.item
	if after, err = change(before); err != nil {
		return nil, nil, err
	}
	t.write(r, after)
	return before, after, nil
}

func (g guarded) refusal(item Item) error {
	e := &engine.Error{Code: "ConditionalCheckFailedException", Message: "The conditional request failed"}
	if g.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
		e.Item = item
	}
	return e
}

// returning checks ReturnValues against what the operation offers.
func (g guarded) returning(offered ...string) error {
	if g.ReturnValues != "" && g.ReturnValues != "NONE" && !slices.Contains(offered, g.ReturnValues) {
		return invalid("1 validation error detected: ReturnValues %s is not offered by this operation", g.ReturnValues)
	}
	return nil
}

type putInput struct {
	guarded
	Item Item
}

func (in putInput) leading(s Schema) string { return leadingKey(s, in.Item) }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
func (t *Tables) putItem(_ *engine.Call, table *Table, in putInput) (any, error) {
	if err := in.returning("ALL_OLD"); err != nil {
		return nil, err
	}
	item, err := checkItem(in.Item)
	if err != nil {
		return nil, err
	}
	key, err := table.keyOf(item)
	if err != nil {
		return nil, err
	}
	if sizeOf(item) > maxItem {
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	return in.whole(table, key, item)
}

// whole puts item, or nothing, in the place of the whole row.
func (g guarded) whole(t *Table, key, item Item) (any, error) {
	before, _, err := t.replace(key, g, func(*placeholders) (transform, error) {
		return func(Item) (Item, error) { return item, nil }, nil
	})
	if err != nil {
		return nil, err
	}
	if g.ReturnValues == "ALL_OLD" {
		return &writeOutput{Attributes: before}, nil
	}
	return &writeOutput{}, nil
}

type deleteInput struct {
	guarded
	Key Item
}

func (in deleteInput) leading(s Schema) string { return leadingKey(s, in.Key) }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
func (t *Tables) deleteItem(_ *engine.Call, table *Table, in deleteInput) (any, error) {
	if err := in.returning("ALL_OLD"); err != nil {
		return nil, err
	}
	key, err := table.exactKey(in.Key)
	if err != nil {
		return nil, err
	}
	return in.whole(table, key, nil)
}

type updateInput struct {
	guarded
	Key              Item
	UpdateExpression string
}

func (in updateInput) leading(s Schema) string { return leadingKey(s, in.Key) }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
func (t *Tables) updateItem(_ *engine.Call, table *Table, in updateInput) (any, error) {
	if err := in.returning("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"); err != nil {
		return nil, err
	}
	key, err := table.exactKey(in.Key)
	if err != nil {
		return nil, err
	}
	var u update
	before, after, err := table.replace(key, in.guarded, func(refs *placeholders) (transform, error) {
		var err error
		u, err = refs.update(in.UpdateExpression)
		return func(before Item) (Item, error) { return table.updated(u, key, before) }, err
	})
	if err != nil {
		return nil, err
	}
	return &writeOutput{Attributes: shown(in.ReturnValues, u, before, after)}, nil
}

// shown picks what ReturnValues asks for.
func shown(values string, u update, before, after Item) Item {
	changed := func(item Item) Item {
		out := Item{}
		for name, v := range item {
			if u.touches(name) {
				out[name] = v
			}
		}
		return out
	}
	switch values {
	case "ALL_OLD":
		return before
	case "ALL_NEW":
		return after
	case "UPDATED_OLD":
		return changed(before)
	case "UPDATED_NEW":
		return changed(after)
	}
	return nil
}

// updated applies u to the item, which begins as its key where there was none.
func (t *Table) updated(u update, key, before Item) (Item, error) {
	for _, a := range t.Key.attributes() {
		if u.touches(a.Name) {
			return nil, invalid("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", a.Name)
		}
	}
	if before == nil {
		before = key
	}
	after, err := u.apply(before)
	if err != nil {
		return nil, err
	}
	if sizeOf(after) > maxItem {
		return nil, invalid("Item size to update has exceeded the maximum allowed size")
	}
	return after, nil
}
