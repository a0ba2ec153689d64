package template

import (
	"errors"
	"fmt"
)

// condition answers a named condition.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
func (r *resolver) condition(name string) (bool, error) {
	if truth, ok := r.conditions[name]; ok {
		return truth, nil
	}
	body, ok := r.document.conditions[name]
	if !ok {
		return false, fmt.Errorf("the template has no condition %s", name)
	}
	if err := r.enter("condition " + name); err != nil {
		return false, err
	}
	defer r.leave()
	truth, err := r.truth(body)
	if err != nil {
		return false, fmt.Errorf("condition %s: %w", name, err)
	}
	r.conditions[name] = truth
	return truth, nil
}

// truth answers the intrinsics that conditions are made of.
func (r *resolver) truth(v any) (bool, error) {
	call, ok := v.(map[string]any)
	if !ok || len(call) != 1 {
		return false, errors.New("expected one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition")
	}
	name := sortedKeys(call)[0]
	if name == "Condition" {
		other, ok := call[name].(string)
		if !ok {
			return false, errors.New("expected the name of a condition")
		}
		return r.condition(other)
	}
	arguments, ok := call[name].([]any)
	if !ok {
		return false, fmt.Errorf("%s: expected a list", name)
	}
	switch name {
	case "Fn::Equals":
		return r.equals(arguments)
	case "Fn::Not":
		if len(arguments) != 1 {
			return false, errors.New("Fn::Not: expected one condition")
		}
		truth, err := r.truth(arguments[0])
		return !truth, err
	case "Fn::And", "Fn::Or":
		if len(arguments) < 2 || len(arguments) > 10 {
			return false, fmt.Errorf("%s: expected two to ten conditions", name)
		}
		return r.combine(name == "Fn::And", arguments)
	}
	return false, fmt.Errorf("the intrinsic %s is not known in a condition", name)
}

// combine answers And and Or; every part is read, so that a mistake in one is found.
func (r *resolver) combine(all bool, arguments []any) (bool, error) {
	out := all
	for _, argument := range arguments {
		truth, err := r.truth(argument)
		if err != nil {
			return false, err
		}
		if truth != all {
			out = !all
		}
	}
	return out, nil
}

func (r *resolver) equals(arguments []any) (bool, error) {
	if len(arguments) != 2 {
		return false, errors.New("Fn::Equals: expected two values")
	}
	a, err := r.text(arguments[0])
	if err != nil {
		return false, fmt.Errorf("Fn::Equals: %w", err)
	}
	b, err := r.text(arguments[1])
	if err != nil {
		return false, fmt.Errorf("Fn::Equals: %w", err)
	}
	return a == b, nil
}
