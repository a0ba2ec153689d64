package template

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// intrinsic tells whether a mapping is a call: one key that is Ref or starts with Fn::.
func intrinsic(m map[string]any) (name string, argument any, ok bool) {
	if len(m) != 1 {
		return "", nil, false
	}
	for name, argument := range m {
		return name, argument, name == "Ref" || strings.HasPrefix(name, "Fn::")
	}
	return "", nil, false
}

func isIntrinsic(m map[string]any) bool {
	_, _, ok := intrinsic(m)
	return ok
}

// call answers one intrinsic.
func (r *resolver) call(name string, argument any) (any, error) {
	var (
		out any
		err error
	)
	switch name {
	case "Ref":
		out, err = r.ref(argument)
	case "Fn::GetAtt":
		out, err = r.getAtt(argument)
	case "Fn::Sub":
		out, err = r.sub(argument)
	case "Fn::Join":
		out, err = r.join(argument)
	case "Fn::If":
		out, err = r.choose(argument)
	case "Fn::Select":
		out, err = r.pick(argument)
	case "Fn::Split":
		out, err = r.split(argument)
	case "Fn::FindInMap":
		out, err = r.find(argument)
	default:
		return nil, fmt.Errorf("the intrinsic %s is not known here", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

func (r *resolver) ref(argument any) (any, error) {
	name, ok := argument.(string)
	if !ok {
		return nil, errors.New("expected a name")
	}
	switch name {
	case "AWS::Region":
		return r.options.Region, nil
	case "AWS::AccountId":
		return r.options.Account, nil
	case "AWS::StackName":
		return r.options.StackName, nil
	case "AWS::Partition":
		return "aws", nil
	case "AWS::URLSuffix":
		return "amazonaws.com", nil
	case "AWS::NoValue":
		return noValue{}, nil
	}
	if value, ok := r.parameters[name]; ok {
		return value, nil
	}
	id, err := r.identity(name)
	if err != nil {
		return nil, err
	}
	return id.ref, nil
}

func (r *resolver) getAtt(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) < 2 {
		return nil, errors.New("expected a logical ID and an attribute")
	}
	parts := make([]string, len(list))
	for i, element := range list {
		if parts[i], ok = element.(string); !ok {
			return nil, errors.New("expected a logical ID and an attribute")
		}
	}
	return r.attribute(parts[0], strings.Join(parts[1:], "."))
}

func (r *resolver) attribute(logicalID, name string) (string, error) {
	id, err := r.identity(logicalID)
	if err != nil {
		return "", err
	}
	value, ok := id.attributes[name]
	if !ok {
		return "", fmt.Errorf("the attribute %s of %s is not known", name, logicalID)
	}
	return value, nil
}

var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

// sub replaces ${Name} and ${Resource.Attribute}; ${!Name} stands for ${Name} itself.
func (r *resolver) sub(argument any) (any, error) {
	text, ok := argument.(string)
	own := map[string]any{}
	if !ok {
		list, isList := argument.([]any)
		if !isList || len(list) != 2 {
			return nil, errors.New("expected text, or text and a mapping")
		}
		var isText, isMap bool
		text, isText = list[0].(string)
		own, isMap = list[1].(map[string]any)
		if !isText || !isMap {
			return nil, errors.New("expected text, or text and a mapping")
		}
	}
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		m := placeholder.FindStringSubmatch(found)
		if m[1] == "!" {
			return "${" + m[2] + "}"
		}
		value, err := r.variable(m[2], own)
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return out, failed
}

func (r *resolver) variable(name string, own map[string]any) (string, error) {
	if value, ok := own[name]; ok {
		return r.text(value)
	}
	if logicalID, attribute, ok := strings.Cut(name, "."); ok {
		return r.attribute(logicalID, attribute)
	}
	return r.text(map[string]any{"Ref": name})
}

func (r *resolver) join(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return nil, errors.New("expected a separator and a list")
	}
	separator, ok := list[0].(string)
	if !ok {
		return nil, errors.New("expected a separator and a list")
	}
	elements, err := r.list(list[1])
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if texts[i], ok = textOf(element); !ok {
			return nil, errors.New("expected a list of texts")
		}
	}
	return strings.Join(texts, separator), nil
}

// list resolves v to a list.
func (r *resolver) list(v any) ([]any, error) {
	resolved, err := r.resolve(v)
	if err != nil {
		return nil, err
	}
	out, ok := resolved.([]any)
	if !ok {
		return nil, errors.New("expected a list")
	}
	return out, nil
}

func (r *resolver) choose(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 3 {
		return nil, errors.New("expected a condition and two values")
	}
	name, ok := list[0].(string)
	if !ok {
		return nil, errors.New("expected the name of a condition")
	}
	truth, err := r.condition(name)
	if err != nil {
		return nil, err
	}
	if truth {
		return r.resolve(list[1])
	}
	return r.resolve(list[2])
}

func (r *resolver) pick(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return nil, errors.New("expected an index and a list")
	}
	text, err := r.text(list[0])
	if err != nil {
		return nil, err
	}
	elements, err := r.list(list[1])
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 || i >= len(elements) {
		return nil, fmt.Errorf("there is no element %s in a list of %d", text, len(elements))
	}
	return elements[i], nil
}

func (r *resolver) split(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return nil, errors.New("expected a separator and text")
	}
	separator, ok := list[0].(string)
	if !ok || separator == "" {
		return nil, errors.New("expected a separator and text")
	}
	text, err := r.text(list[1])
	if err != nil {
		return nil, err
	}
	var out []any
	for part := range strings.SplitSeq(text, separator) {
		out = append(out, part)
	}
	return out, nil
}

func (r *resolver) find(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 3 {
		return nil, errors.New("expected a mapping and two keys")
	}
	var value any = r.document.mappings
	for _, element := range list {
		key, err := r.text(element)
		if err != nil {
			return nil, err
		}
		level, ok := value.(map[string]any)
		if !ok || level[key] == nil {
			return nil, fmt.Errorf("there is no key %s in Mappings", key)
		}
		value = level[key]
	}
	return value, nil
}
