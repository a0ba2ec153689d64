package template

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shortForms are the tags that YAML has for intrinsics, beside the long forms of JSON.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
var shortForms = map[string]string{
	"!Ref": "Ref", "!Condition": "Condition", "!GetAtt": "Fn::GetAtt", "!Sub": "Fn::Sub", "!Join": "Fn::Join",
	"!If": "Fn::If", "!Equals": "Fn::Equals", "!Not": "Fn::Not", "!And": "Fn::And", "!Or": "Fn::Or",
	"!Select": "Fn::Select", "!Split": "Fn::Split", "!FindInMap": "Fn::FindInMap",
}

// A pair is one entry of a mapping, in the template's order.
type pair struct {
	key   string
	value *yaml.Node
}

// pairs returns the entries of a mapping node.
func pairs(n *yaml.Node) ([]pair, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: expected a mapping", n.Line)
	}
	seen := make(map[string]bool)
	var out []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if seen[key] {
			return nil, fmt.Errorf("line %d: the key %s is there twice", n.Content[i].Line, key)
		}
		seen[key] = true
		out = append(out, pair{key, n.Content[i+1]})
	}
	return out, nil
}

// tree turns a node into map[string]any, []any, string, json.Number, bool and nil;
// intrinsics take their long form.
func tree(n *yaml.Node) (any, error) {
	value, err := untagged(n)
	if err != nil || strings.HasPrefix(n.Tag, "!!") || n.Tag == "" {
		return value, err
	}
	long, ok := shortForms[n.Tag]
	if !ok {
		return nil, fmt.Errorf("line %d: the intrinsic %s is not known", n.Line, n.Tag)
	}
	if text, ok := value.(string); ok && n.Tag == "!GetAtt" {
		name, attribute, _ := strings.Cut(text, ".")
		value = []any{name, attribute}
	}
	return map[string]any{long: value}, nil
}

func untagged(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.AliasNode:
		// Nor does CloudFormation know them, and one may stand inside what it stands for.
		return nil, fmt.Errorf("line %d: YAML aliases are not known", n.Line)
	case yaml.MappingNode:
		entries, err := pairs(n)
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, len(entries))
		for _, entry := range entries {
			if out[entry.key], err = tree(entry.value); err != nil {
				return nil, err
			}
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, element := range n.Content {
			var err error
			if out[i], err = tree(element); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return scalar(n), nil
}

// scalar keeps numbers as they are written and dates as text: Version: 2012-10-17 is no time.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}
