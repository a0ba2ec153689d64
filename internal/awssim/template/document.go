package template

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A document is a template as written, apart from what has no effect.
type document struct {
	parameters []section
	mappings   map[string]any
	conditions map[string]any
	globals    map[string]any // of functions
	resources  []*resource
	outputs    []section
}

// A section is one named entry of a part of the template.
type section struct {
	name string
	body map[string]any
}

// A resource is one entry of Resources, its properties not yet resolved.
type resource struct {
	logicalID  string
	kind       string
	condition  string
	properties map[string]any
}

const transform = "AWS::Serverless-2016-10-31"

func parse(source []byte) (*document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		return nil, fmt.Errorf("reading template: %w", err)
	}
	if len(root.Content) != 1 {
		return nil, errors.New("reading template: it is empty")
	}
	parts, err := pairs(root.Content[0])
	if err != nil {
		return nil, fmt.Errorf("reading template: %w", err)
	}
	d := &document{}
	for _, part := range parts {
		if err := d.part(part); err != nil {
			return nil, fmt.Errorf("reading template: %w", err)
		}
	}
	if len(d.resources) == 0 {
		return nil, errors.New("reading template: it has no Resources")
	}
	return d, nil
}

func (d *document) part(p pair) (err error) {
	switch p.key {
	case "AWSTemplateFormatVersion", "Description", "Metadata":
		return nil
	case "Transform":
		value, err := tree(p.value)
		if list, ok := value.([]any); ok && len(list) == 1 {
			value = list[0]
		}
		if err == nil && value != transform {
			err = fmt.Errorf("the Transform %v is not known", value)
		}
		return err
	case "Parameters":
		d.parameters, err = sections(p.value)
	case "Mappings":
		d.mappings, err = mapping(p.value)
	case "Conditions":
		d.conditions, err = mapping(p.value)
	case "Globals":
		err = d.readGlobals(p.value)
	case "Resources":
		err = d.readResources(p.value)
	case "Outputs":
		d.outputs, err = sections(p.value)
	default:
		return fmt.Errorf("the section %s is not known", p.key)
	}
	return err
}

// unique refuses a logical name that two of parameters, mappings, conditions and resources
// share: a name has to be the template's only one.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
func (d *document) unique() error {
	names := append(sortedKeys(d.mappings), sortedKeys(d.conditions)...)
	for _, p := range d.parameters {
		names = append(names, p.name)
	}
	for _, r := range d.resources {
		names = append(names, r.logicalID)
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return fmt.Errorf("%s: two things of the template have this name", names[i])
		}
	}
	return nil
}

func mapping(n *yaml.Node) (map[string]any, error) {
	value, err := tree(n)
	if err != nil {
		return nil, err
	}
	out, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("line %d: expected a mapping", n.Line)
	}
	return out, nil
}

func sections(n *yaml.Node) ([]section, error) {
	entries, err := pairs(n)
	if err != nil {
		return nil, err
	}
	var out []section
	for _, entry := range entries {
		body, err := mapping(entry.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry.key, err)
		}
		out = append(out, section{entry.key, body})
	}
	return out, nil
}

func (d *document) readGlobals(n *yaml.Node) error {
	entries, err := sections(n)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.name != "Function" {
			return fmt.Errorf("the Globals section %s is not known", entry.name)
		}
		d.globals = entry.body
	}
	return nil
}

// inertAttributes are what a resource may say beside its properties without effect here:
// a simulated stack is neither updated nor deleted.
var inertAttributes = []string{"DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}

func (d *document) readResources(n *yaml.Node) error {
	entries, err := sections(n)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		r := &resource{logicalID: entry.name, properties: map[string]any{}}
		for _, name := range sortedKeys(entry.body) {
			value, ok := entry.body[name], true
			switch name {
			case "Type":
				r.kind, ok = value.(string)
			case "Condition":
				r.condition, ok = value.(string)
			case "Properties":
				r.properties, ok = value.(map[string]any)
			default:
				if !slices.Contains(inertAttributes, name) {
					return fmt.Errorf("%s: the resource attribute %s is not known", entry.name, name)
				}
			}
			if !ok {
				return fmt.Errorf("%s: %s is malformed", entry.name, name)
			}
		}
		d.resources = append(d.resources, r)
	}
	return nil
}
