package dynamodb

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// An Item is a row in wire form: each attribute is an object of one member that names its
// type, as {"S": "text"}. Items are never changed in place.
type Item = map[string]any

// kindOf splits an attribute value into its type and what it holds.
func kindOf(v any) (kind string, content any) {
	object, _ := v.(map[string]any)
	for kind, content := range object {
		return kind, content
	}
	return "", nil
}

// checkItem refuses what DynamoDB would not store and returns item with its numbers in
// their shortest form.
func checkItem(item Item) (Item, error) {
	out := Item{}
	for _, name := range slices.Sorted(maps.Keys(item)) {
		v, err := checkValue(item[name])
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// checkValue checks one attribute value, and all below it.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
func checkValue(v any) (any, error) {
	object, ok := v.(map[string]any)
	if !ok || len(object) != 1 {
		return nil, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	}
	kind, content := kindOf(v)
	checked, err := checkContent(kind, content)
	if err != nil {
		return nil, err
	}
	return map[string]any{kind: checked}, nil
}

func checkContent(kind string, content any) (any, error) {
	switch kind {
	case "S", "N", "B":
		return checkScalar(kind, content)
	case "BOOL":
		if _, ok := content.(bool); ok {
			return content, nil
		}
	case "NULL":
		if content == true {
			return content, nil
		}
	case "M":
		if members, ok := content.(map[string]any); ok {
			return checkItem(members)
		}
	case "L":
		if elements, ok := content.([]any); ok {
			return checkList(elements)
		}
	case "SS", "NS", "BS":
		if elements, ok := content.([]any); ok {
			return checkSet(kind, elements)
		}
	}
	return nil, invalid("Supplied AttributeValue of type %q is malformed", kind)
}

func checkScalar(kind string, content any) (any, error) {
	text, ok := content.(string)
	if !ok {
		return nil, invalid("Supplied AttributeValue of type %q is malformed", kind)
	}
	switch kind {
	case "N":
		n, err := number(text)
		if err != nil {
			return nil, err
		}
		return decimal(n), nil
	case "B":
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return nil, invalid("Supplied AttributeValue of type B is no base64")
		}
	}
	return text, nil
}

func checkList(elements []any) (any, error) {
	out := make([]any, len(elements))
	for i, element := range elements {
		v, err := checkValue(element)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// checkSet checks a set and puts it into order: a set has none of its own.
func checkSet(kind string, elements []any) (any, error) {
	if len(elements) == 0 {
		return nil, invalid("One or more parameter values were invalid: An string set  may not be empty")
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		v, err := checkScalar(kind[:1], element)
		if err != nil {
			return nil, err
		}
		texts[i] = v.(string)
	}
	slices.Sort(texts)
	if len(slices.Compact(slices.Clone(texts))) < len(texts) {
		return nil, invalid("One or more parameter values were invalid: Input collection contains duplicates.")
	}
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out, nil
}

// number reads a decimal number of at most 38 digits.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
func number(text string) (*big.Rat, error) {
	if strings.ContainsAny(text, "/xXpP_") {
		return nil, invalid("The parameter cannot be converted to a numeric value: %s", text)
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, invalid("The parameter cannot be converted to a numeric value: %s", text)
	}
	if err := checkMagnitude(text, n); err != nil {
		return nil, err
	}
	if digits := strings.Trim(strings.Replace(decimal(n), ".", "", 1), "-0"); len(digits) > 38 {
		return nil, invalid("Attempting to store more than 38 significant digits in a Number")
	}
	return n, nil
}

// checkMagnitude refuses what is further from zero than 9.9…e125 or, not being zero, nearer
// than 1e-130.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
func checkMagnitude(text string, n *big.Rat) error {
	if len(text) < 100 && !strings.ContainsAny(text, "eE") {
		return nil // written out it would be longer
	}
	beyond, _ := new(big.Rat).SetString("1e126")
	least, _ := new(big.Rat).SetString("1e-130")
	switch size := new(big.Rat).Abs(n); {
	case size.Cmp(beyond) >= 0:
		return invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case size.Sign() > 0 && size.Cmp(least) < 0:
		return invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	return nil
}

// decimal writes n without an exponent and without needless zeros.
func decimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	return strings.TrimRight(n.FloatString(130), "0")
}

// compare orders two values of the same ordered type; ok is false for any others.
func compare(a, b any) (order int, ok bool) {
	kind, left := kindOf(a)
	other, right := kindOf(b)
	if kind != other {
		return 0, false
	}
	switch kind {
	case "S":
		return strings.Compare(left.(string), right.(string)), true
	case "N":
		return rat(left).Cmp(rat(right)), true
	case "B":
		return bytes.Compare(blob(left), blob(right)), true
	}
	return 0, false
}

// equal compares two values that were checked, hence are in canonical form.
func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// identity is a text that only equal items have.
func identity(item Item) string {
	text, err := json.Marshal(item)
	if err != nil {
		panic("marshalling an item that was checked failed: " + err.Error())
	}
	return string(text)
}

func rat(checked any) *big.Rat {
	n, _ := new(big.Rat).SetString(checked.(string))
	return n
}

func blob(checked any) []byte {
	b, _ := base64.StdEncoding.DecodeString(checked.(string))
	return b
}

// sizeOf counts bytes as DynamoDB does.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func sizeOf(item Item) int {
	total := 0
	for name, v := range item {
		total += len(name) + sizeOfValue(v)
	}
	return total
}

func sizeOfValue(v any) int {
	kind, content := kindOf(v)
	switch kind {
	case "S":
		return len(content.(string))
	case "N":
		return len(content.(string))/2 + 1
	case "B":
		return len(blob(content))
	case "M":
		members := content.(map[string]any)
		return 3 + len(members) + sizeOf(members)
	case "L":
		total := 3
		for _, element := range content.([]any) {
			total += 1 + sizeOfValue(element)
		}
		return total
	case "SS", "NS", "BS":
		total := 0
		for _, element := range content.([]any) {
			total += sizeOfValue(map[string]any{kind[:1]: element})
		}
		return total
	}
	return 1
}
