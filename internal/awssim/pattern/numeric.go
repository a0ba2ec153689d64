package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
)

// numericBound is the largest number that EventBridge compares, either way from zero.
const numericBound = 5.0e9

type comparison struct {
	operator string
	operand  float64
}

// numeric compiles ["=", n], one bound, or a range as [">", 0, "<=", 5].
func numeric(operand any) (func(any) bool, error) {
	list, ok := operand.([]any)
	if !ok || (len(list) != 2 && len(list) != 4) {
		return nil, errors.New("numeric must be a list of one or two comparisons")
	}
	var all []comparison
	for i := 0; i < len(list); i += 2 {
		c, err := compileComparison(list[i], list[i+1])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 2 && !isRange(all[0], all[1]) {
		return nil, errors.New("a numeric range is a lower bound, then a higher upper one")
	}
	return func(leaf any) bool {
		number, ok := leaf.(json.Number)
		if !ok {
			return false
		}
		n, err := number.Float64()
		if err != nil || n < -numericBound || n > numericBound {
			return false
		}
		for _, c := range all {
			if !c.holds(n) {
				return false
			}
		}
		return true
	}, nil
}

func compileComparison(operator, operand any) (comparison, error) {
	name, ok := operator.(string)
	if !ok || !known(name) {
		return comparison{}, fmt.Errorf("unknown numeric comparison %v", operator)
	}
	number, ok := operand.(json.Number)
	if !ok {
		return comparison{}, fmt.Errorf("numeric %s must be followed by a number", name)
	}
	n, err := number.Float64()
	if err != nil || n < -numericBound || n > numericBound {
		return comparison{}, fmt.Errorf("numeric %s %s is out of EventBridge's range", name, number)
	}
	return comparison{name, n}, nil
}

func known(operator string) bool {
	switch operator {
	case "=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

func isRange(low, high comparison) bool {
	return low.operator[0] == '>' && high.operator[0] == '<' && low.operand < high.operand
}

func (c comparison) holds(n float64) bool {
	switch c.operator {
	case "=":
		return n == c.operand
	case "<":
		return n < c.operand
	case "<=":
		return n <= c.operand
	case ">":
		return n > c.operand
	}
	return n >= c.operand
}
