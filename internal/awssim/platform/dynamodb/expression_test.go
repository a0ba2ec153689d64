package dynamodb

import (
	"maps"
	"strings"
	"testing"
)

// row is an item that the tables below ask about.
func sample() Item {
	return Item{
		"id":      map[string]any{"S": "incident-7"},
		"version": map[string]any{"N": "7"},
		"flag":    map[string]any{"BOOL": true},
		"labels":  map[string]any{"SS": []any{"a", "b"}},
		"steps":   map[string]any{"L": []any{map[string]any{"S": "one"}, map[string]any{"S": "two"}}},
		"lease":   map[string]any{"M": map[string]any{"holder": map[string]any{"S": "w1"}, "ends": map[string]any{"N": "100"}}},
		"payload": map[string]any{"B": "AAEC"},
	}
}

var sampleValues = map[string]any{
	":id": map[string]any{"S": "incident-7"}, ":seven": map[string]any{"N": "7.0"}, ":eight": map[string]any{"N": "8"},
	":ten": map[string]any{"N": "10"}, ":text7": map[string]any{"S": "7"}, ":inc": map[string]any{"S": "inc"},
	":a": map[string]any{"S": "a"}, ":two": map[string]any{"S": "two"}, ":w1": map[string]any{"S": "w1"},
	":n2": map[string]any{"N": "2"}, ":type": map[string]any{"S": "N"}, ":bytes": map[string]any{"B": "AAE="},
}

type conditionCase struct {
	expression string
	want       bool
}

func conditionCases() map[string]conditionCase {
	return map[string]conditionCase{
		"nothing is asked":                               {"", true},
		"a present attribute exists":                     {"attribute_exists(id)", true},
		"an absent attribute does not exist":             {"attribute_exists(gone)", false},
		"not_exists of a present attribute":              {"attribute_not_exists(id)", false},
		"not_exists of an absent attribute":              {"attribute_not_exists(gone)", true},
		"numbers are equal by value":                     {"version = :seven", true},
		"a number is no string":                          {"version = :text7", false},
		"different types differ":                         {"version <> :text7", true},
		"an absent attribute differs from anything":      {"gone <> :seven", true},
		"an absent attribute equals nothing":             {"gone = :seven", false},
		"an absent attribute is not less":                {"gone < :seven", false},
		"seven is less than ten, as a number":            {"version < :ten", true},
		"seven is not less than seven":                   {"version < :seven", false},
		"seven is at most seven":                         {"version <= :seven", true},
		"eight is more than seven":                       {":eight > version", true},
		"seven is not more than seven":                   {"version > :seven", false},
		"seven is at least seven":                        {"version >= :seven", true},
		"types that differ are not ordered":              {"version < :text7", false},
		"between includes its lower end":                 {"version BETWEEN :seven AND :eight", true},
		"between excludes what is below":                 {"version BETWEEN :eight AND :ten", false},
		"one of a list":                                  {"version IN (:eight, :seven)", true},
		"none of a list":                                 {"version IN (:eight, :ten)", false},
		"both sides of AND":                              {"version = :seven AND id = :id", true},
		"one side of AND":                                {"version = :eight AND id = :id", false},
		"one side of OR":                                 {"version = :eight OR id = :id", true},
		"AND binds tighter than OR":                      {"id = :id OR version = :eight AND version = :ten", true},
		"parentheses bind tighter than AND":              {"(id = :id OR version = :eight) AND version = :ten", false},
		"NOT turns its condition":                        {"NOT version = :eight", true},
		"NOT binds tighter than OR":                      {"NOT version = :seven OR id = :id", true},
		"a text begins with its start":                   {"begins_with(id, :inc)", true},
		"a text does not begin with its middle":          {"begins_with(id, :a)", false},
		"bytes begin with their start":                   {"begins_with(payload, :bytes)", true},
		"a set contains its element":                     {"contains(labels, :a)", true},
		"a set does not contain another":                 {"contains(labels, :two)", false},
		"a list contains its element":                    {"contains(steps, :two)", true},
		"a text contains a part":                         {"contains(id, :inc)", true},
		"the size of a list":                             {"size(steps) = :n2", true},
		"the size of an absent attribute equals nothing": {"size(gone) = :n2", false},
		"the type of an attribute":                       {"attribute_type(version, :type)", true},
		"a member of a map":                              {"lease.holder = :w1", true},
		"an element of a list":                           {"steps[1] = :two", true},
		"an element beyond the end is absent":            {"attribute_not_exists(steps[2])", true},
		"a name by placeholder":                          {"#l.#h = :w1", true},
		"keywords in lower case":                         {"version = :seven and not id = :a", true},
	}
}

func TestConditionsHoldAsAWSDocumentsThem(t *testing.T) {
	t.Parallel()
	names := map[string]string{"#l": "lease", "#h": "holder"}
	for name, tt := range conditionCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refs, err := newPlaceholders(names, sampleValues)
			if err != nil {
				t.Fatal(err)
			}
			holds, err := refs.condition("ConditionExpression", tt.expression)
			if err != nil {
				t.Fatal(err)
			}
			if got := holds(sample()); got != tt.want {
				t.Errorf("%s is %t; want %t", tt.expression, got, tt.want)
			}
		})
	}
}

func TestMalformedConditionsAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ expression, want string }{
		"a reserved word as a name":     {"state = :id", "reserved keyword: state"},
		"a reserved word in any case":   {"attribute_exists(Ttl)", "reserved keyword: Ttl"},
		"an undefined value":            {"id = :nobody", "attribute value: :nobody"},
		"an undefined name":             {"#nobody = :id", "attribute name: #nobody"},
		"an unknown function":           {"exists(id)", "function: exists"},
		"a condition cut short":         {"id =", "Syntax error"},
		"two conditions without AND":    {"id = :id version = :seven", "Syntax error"},
		"an open parenthesis":           {"(id = :id", "Syntax error"},
		"a value that is no expression": {":id", "Syntax error"},
		"a sign that nobody knows":      {"id == :id", "Syntax error"},
		"a character outside the rules": {"id = :id;", "Syntax error"},
		"a number begins nothing":       {"begins_with(id, :ten)", "operand type: N"},
		"a type that is none":           {"attribute_type(id, :a)", "type: a"},
		"a type that is no text":        {"attribute_type(id, :ten)", "operand type: N"},
		"a boolean has no order":        {"id < :yes", "operand type: BOOL"},
		"a range upside down":           {"version BETWEEN :ten AND :seven", "upper bound"},
		"a range of two types":          {"version BETWEEN :seven AND :a", "upper bound"},
		"an attribute beside itself":    {"version = version", "must be distinct"},
		"a member beside itself":        {"lease.ends <= lease.ends", "must be distinct"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := maps.Clone(sampleValues)
			values[":yes"] = map[string]any{"BOOL": true}
			refs, err := newPlaceholders(nil, values)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = refs.condition("ConditionExpression", tt.expression); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v; want an error with %q", tt.expression, err, tt.want)
			}
		})
	}
}

type updateCase struct {
	expression string
	at         string // a path, by the same language
	want       any    // nil for absent
}

func updateCases() map[string]updateCase {
	n := func(text string) any { return map[string]any{"N": text} }
	return map[string]updateCase{
		"SET writes a new attribute":               {"SET fresh = :id", "fresh", map[string]any{"S": "incident-7"}},
		"SET replaces an attribute":                {"SET version = :ten", "version", n("10")},
		"SET adds to a number":                     {"SET version = version + :n2", "version", n("9")},
		"SET takes from a number":                  {"SET version = version - :ten", "version", n("-3")},
		"SET writes into a map":                    {"SET lease.holder = :a", "lease.holder", map[string]any{"S": "a"}},
		"SET leaves the map's other members":       {"SET lease.holder = :a", "lease.ends", n("100")},
		"SET replaces an element":                  {"SET steps[0] = :a", "steps[0]", map[string]any{"S": "a"}},
		"SET beyond the end appends":               {"SET steps[9] = :a", "steps[2]", map[string]any{"S": "a"}},
		"if_not_exists keeps what is there":        {"SET version = if_not_exists(version, :ten)", "version", n("7")},
		"if_not_exists fills what is not":          {"SET fresh = if_not_exists(fresh, :ten)", "fresh", n("10")},
		"a counter from nothing":                   {"SET fresh = if_not_exists(fresh, :ten) + :n2", "fresh", n("12")},
		"list_append appends":                      {"SET steps = list_append(steps, steps)", "steps[3]", map[string]any{"S": "two"}},
		"values are those before the update":       {"SET version = :ten, fresh = version", "fresh", n("7")},
		"REMOVE removes an attribute":              {"REMOVE lease", "lease", nil},
		"REMOVE removes a member":                  {"REMOVE lease.holder", "lease.holder", nil},
		"REMOVE moves later elements up":           {"REMOVE steps[0]", "steps[0]", map[string]any{"S": "two"}},
		"REMOVE of an absent attribute is nothing": {"REMOVE gone", "version", n("7")},
		"ADD adds to a number":                     {"ADD version :n2", "version", n("9")},
		"ADD begins at the value":                  {"ADD fresh :n2", "fresh", n("2")},
		"ADD joins sets":                           {"ADD labels :more", "labels", map[string]any{"SS": []any{"a", "b", "c"}}},
		"DELETE takes from a set":                  {"DELETE labels :some", "labels", map[string]any{"SS": []any{"b"}}},
		"DELETE of every element removes the set":  {"DELETE labels :all", "labels", nil},
		"several clauses at once":                  {"SET fresh = :id REMOVE lease ADD version :n2", "version", n("9")},
	}
}

func TestUpdatesWriteWhatAWSDocuments(t *testing.T) {
	t.Parallel()
	values := map[string]any{":more": map[string]any{"SS": []any{"b", "c"}}, ":some": map[string]any{"SS": []any{"a"}},
		":all": map[string]any{"SS": []any{"a", "b"}}}
	for ref, v := range sampleValues {
		values[ref] = v
	}
	for name, tt := range updateCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refs, err := newPlaceholders(nil, values)
			if err != nil {
				t.Fatal(err)
			}
			u, err := refs.update(tt.expression)
			if err != nil {
				t.Fatal(err)
			}
			before := sample()
			after, err := u.apply(before)
			if err != nil {
				t.Fatal(err)
			}
			if !equal(before, sample()) {
				t.Error("the item before the update was changed")
			}
			parser, err := refs.parser("path", tt.at)
			if err != nil {
				t.Fatal(err)
			}
			at, err := parser.path()
			if err != nil {
				t.Fatal(err)
			}
			got, _ := at.get(after)
			if !equal(got, tt.want) {
				t.Errorf("%s: %s is %v; want %v", tt.expression, tt.at, got, tt.want)
			}
		})
	}
}

func TestMalformedUpdatesAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ expression, want string }{
		"a clause twice":                 {"SET a1 = :id SET b1 = :id", "only be used once"},
		"an unknown clause":              {"PUT a1 = :id", `token: "PUT"`},
		"the same path twice":            {"SET a1 = :id REMOVE a1", "overlap"},
		"a path through another":         {"SET lease = :id, lease.holder = :a", "overlap"},
		"a parent that is not there":     {"SET gone.holder = :id", "invalid for update"},
		"an attribute that is not there": {"SET fresh = gone", "does not exist in the item"},
		"a text plus a number":           {"SET fresh = id + :ten", "incorrect data type"},
		"ADD of a text":                  {"ADD fresh :id", "operator: ADD"},
		"DELETE of a text":               {"DELETE fresh :id", "operator: DELETE"},
		"a sum with a text":              {"SET fresh = version + :id", "operator: +"},
		"a difference from a text":       {"SET fresh = :id - version", "operator: -"},
		"list_append of a text":          {"SET steps = list_append(steps, :id)", "list_append"},
		"a reserved word":                {"SET status = :id", "reserved keyword: status"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refs, err := newPlaceholders(nil, sampleValues)
			if err != nil {
				t.Fatal(err)
			}
			u, err := refs.update(tt.expression)
			if err == nil {
				_, err = u.apply(sample())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v; want an error with %q", tt.expression, err, tt.want)
			}
		})
	}
}

// Whatever an operand is, DynamoDB refuses its type before it looks at the item.
func TestAnOperandOfAWrongTypeIsRefusedBeforeTheItemIsRead(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{"ADD fresh :id", "DELETE fresh :id", "SET fresh = version + :id", "SET steps = list_append(:id, steps)"} {
		refs, err := newPlaceholders(nil, sampleValues)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := refs.update(expression); err == nil || !strings.Contains(err.Error(), "Incorrect operand type") {
			t.Errorf("%s: got %v", expression, err)
		}
	}
}

func TestConditionsOnKeysAreOfTheKeysTypes(t *testing.T) {
	t.Parallel()
	schema := Schema{Hash: Attribute{"id", "S"}, Range: &Attribute{"since", "N"}}
	for expression, want := range map[string]string{
		"id = :id AND since = :ten":                  "",
		"id = :id AND since BETWEEN :seven AND :ten": "",
		"since > :seven AND id = :a":                 "",
		"id = :ten":                                  "does not match schema type",
		"id = :id AND since = :a":                    "does not match schema type",
		"since = :a AND id = :id":                    "does not match schema type",
		"id = :id AND since BETWEEN :ten AND :seven": "upper bound",
		"id = :id AND begins_with(since, :a)":        "does not match schema type",
	} {
		refs, err := newPlaceholders(nil, sampleValues)
		if err != nil {
			t.Fatal(err)
		}
		_, err = refs.keyCondition(expression, schema)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", expression, err, want)
		}
	}
}

func TestAProjectionHasNoPathThroughAnother(t *testing.T) {
	t.Parallel()
	for expression, refused := range map[string]bool{"lease.holder, lease.ends": false, "lease, lease.ends": true, "id, id": true} {
		refs, err := newPlaceholders(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := refs.projection(expression); (err != nil) != refused {
			t.Errorf("%s: got %v", expression, err)
		}
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
func TestNumbersHaveBounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"9.9999999999999999999999999999999999999E+125": "", "-9.9E125": "", "1E-130": "", "-1e-130": "", "0e-200": "",
		"1e126": "overflow", "-1E126": "overflow", "9.9e-131": "underflow", "-1e-131": "underflow", "1" + strings.Repeat("0", 126): "overflow",
		"1" + strings.Repeat("0", 125): "",
	} {
		if _, err := number(text); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
func TestEveryReservedWordIsThereOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for word := range strings.FieldsSeq(reservedWords) {
		if seen[word] {
			t.Errorf("%s is there twice", word)
		}
		seen[word] = true
	}
	if len(seen) != 573 {
		t.Errorf("got %d words; AWS lists 573", len(seen))
	}
}

func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{"id = :id AND NOT (version < :ten OR attribute_exists(lease.holder))", "SET version = if_not_exists(version, :n2) + :ten REMOVE steps[0] ADD labels :a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		refs, err := newPlaceholders(nil, sampleValues)
		if err != nil {
			t.Fatal(err)
		}
		if holds, err := refs.condition("ConditionExpression", expression); err == nil {
			holds(sample())
		}
		if u, err := refs.update(expression); err == nil {
			_, _ = u.apply(sample()) // either outcome will do; a panic will not
		}
	})
}
