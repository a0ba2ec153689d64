// Package dynamodb is the simulated Amazon DynamoDB: tables with conditional writes,
// update expressions and queries. A read that does not ask for consistency returns what
// stood before the latest write, for as long as that write is young: AWS may do so, and
// code that cannot live with it is found out.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Introduction.html
package dynamodb

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Settings are what a table is created with.
type Settings struct {
	Name string
	Key  Schema
	// Expiry is the attribute that holds an item's expiry in epoch seconds; empty for none.
	Expiry  string
	Indexes map[string]Schema // global secondary indexes, which project all attributes
}

// A Schema is a primary key.
type Schema struct {
	Hash  Attribute
	Range *Attribute // nil for a key of one attribute
}

// An Attribute is a key attribute: its name, and its type S, N or B.
type Attribute struct{ Name, Kind string }

// Tables is every table of an account in a Region.
type Tables struct {
	// Staleness is for how long after a write an inconsistent read may miss it.
	Staleness time.Duration
	// PageSize is the most items that a page of a query or scan looks at; zero leaves the
	// limit to the caller. AWS's own is 1 MB.
	PageSize int
	// Unreachable has every call fail with a server error.
	Unreachable bool

	account *platform.Account
	byName  map[string]*Table
}

// New returns an account's DynamoDB without tables, with pages of three.
func New(account *platform.Account) *Tables {
	return &Tables{Staleness: time.Second, PageSize: 3, account: account, byName: map[string]*Table{}}
}

// A Table holds items by their primary key.
type Table struct {
	Settings
	ARN string

	account *platform.Account
	created time.Time
	rows    map[string]*row
}

// A row is one item through its latest write. A nil Item means none.
type row struct {
	key            Item
	item, previous Item
	written        time.Time
}

// Create adds a table.
func (t *Tables) Create(s Settings) (*Table, error) {
	if t.byName[s.Name] != nil {
		return nil, fmt.Errorf("creating table %s: it exists already", s.Name)
	}
	t.byName[s.Name] = &Table{Settings: s, ARN: t.account.ARN("dynamodb", "table/"+s.Name),
		account: t.account, created: t.account.Now(), rows: map[string]*row{}}
	return t.byName[s.Name], nil
}

// Table returns a table by name; nil where there is none.
func (t *Tables) Table(name string) *Table { return t.byName[name] }

// All returns every table, sorted by name.
func (t *Tables) All() []*Table {
	all := make([]*Table, 0, len(t.byName))
	for _, name := range slices.Sorted(maps.Keys(t.byName)) {
		all = append(all, t.byName[name])
	}
	return all
}

// Items returns every item as it is now, in the order of their keys.
func (t *Table) Items() []Item {
	t.expire()
	var items []Item
	for _, id := range slices.Sorted(maps.Keys(t.rows)) {
		if item := t.rows[id].item; item != nil {
			items = append(items, item)
		}
	}
	return items
}

// attributes returns the key's attributes, hash first.
func (s Schema) attributes() []Attribute {
	if s.Range == nil {
		return []Attribute{s.Hash}
	}
	return []Attribute{s.Hash, *s.Range}
}

// of returns the part of item that is its key under s.
func (s Schema) of(item Item) Item {
	key := Item{}
	for _, a := range s.attributes() {
		key[a.Name] = item[a.Name]
	}
	return key
}

// keyOf checks that item holds a whole primary key and returns it.
func (t *Table) keyOf(item Item) (Item, error) {
	for _, a := range t.Key.attributes() {
		v, ok := item[a.Name]
		if !ok {
			return nil, invalid("One or more parameter values were invalid: Missing the key %s in the item", a.Name)
		}
		kind, content := kindOf(v)
		if kind != a.Kind {
			return nil, invalid("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s", a.Name, a.Kind, kind)
		}
		if content == "" {
			return nil, invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", a.Name)
		}
	}
	return t.Key.of(item), nil
}

// row returns the row of key, a fresh one where there is none yet.
func (t *Table) row(key Item) *row {
	id := identity(key)
	if t.rows[id] == nil {
		t.rows[id] = &row{key: key}
	}
	return t.rows[id]
}

// write replaces the row's item; nil deletes it.
func (t *Table) write(r *row, item Item) {
	r.previous, r.item, r.written = r.item, item, t.account.Now()
}

// read returns the row's item as a reader sees it.
func (t *Tables) read(r *row, consistent bool) Item {
	if !consistent && t.account.Now().Before(r.written.Add(t.Staleness)) {
		return r.previous
	}
	return r.item
}

// linger is how long an expired item stays: AWS deletes "typically within a few days".
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
const linger = 48 * time.Hour

// expire deletes what expired days ago.
func (t *Table) expire() {
	if t.Expiry == "" {
		return
	}
	limit := t.account.Now().Add(-linger).Unix()
	for _, r := range t.rows {
		kind, content := kindOf(r.item[t.Expiry])
		if kind != "N" {
			continue
		}
		if at, err := strconv.ParseFloat(content.(string), 64); err == nil && int64(at) < limit {
			r.item, r.previous = nil, nil
		}
	}
}
