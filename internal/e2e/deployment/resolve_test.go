//go:build e2e

package deployment

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A plainTemplate is a template without SAM's resources.
type plainTemplate struct {
	Parameters map[string]struct {
		Type    string
		Default any
	}
	Mappings   map[string]map[string]map[string]any
	Conditions map[string]any
	Resources  map[string]struct {
		Type       string
		Condition  string
		Properties map[string]any
	}
	Outputs map[string]struct {
		Condition string
		Value     any
	}
}

// A stated resource is what the template asks for under given parameters.
type stated struct {
	Type       string
	Properties map[string]any
}

// A resolver reads the intrinsics of a plain template. It shares no code with the two readers
// that it is compared with, moto's CloudFormation and the simulator's. What Ref and Fn::GetAtt
// give is for each of them to say, since each makes up names of its own.
type resolver struct {
	t          *testing.T
	template   plainTemplate
	parameters map[string]string
	pseudo     map[string]string
	ref        map[string]string            // by logical ID
	attributes map[string]map[string]string // by logical ID and attribute
}

// absent is what AWS::NoValue stands for.
type absent struct{}

func newResolver(t *testing.T, plain []byte, given map[string]string, stackName, stackID string) *resolver {
	t.Helper()
	r := &resolver{t: t, parameters: make(map[string]string), ref: make(map[string]string), attributes: make(map[string]map[string]string)}
	if err := json.Unmarshal(plain, &r.template); err != nil {
		t.Fatalf("reading the plain template: %v", err)
	}
	for name, p := range r.template.Parameters {
		r.parameters[name] = fmt.Sprint(p.Default)
	}
	for name, value := range given {
		if _, ok := r.parameters[name]; !ok {
			t.Fatalf("the template has no parameter %s", name)
		}
		r.parameters[name] = value
	}
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
	r.pseudo = map[string]string{"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws",
		"AWS::StackName": stackName, "AWS::StackId": stackID, "AWS::URLSuffix": "amazonaws.com"}
	return r
}

// resources returns what is to be there under the parameters.
func (r *resolver) resources() map[string]stated {
	out := make(map[string]stated)
	for logicalID, one := range r.template.Resources {
		if one.Condition == "" || r.condition(one.Condition) {
			properties, ok := r.value(one.Properties).(map[string]any)
			if !ok {
				r.t.Fatalf("%s has no properties", logicalID)
			}
			out[logicalID] = stated{one.Type, properties}
		}
	}
	return out
}

func (r *resolver) outputs() map[string]string {
	out := make(map[string]string)
	for name, o := range r.template.Outputs {
		if o.Condition == "" || r.condition(o.Condition) {
			out[name] = r.text(o.Value)
		}
	}
	return out
}

func (r *resolver) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if name, argument, ok := intrinsic(v); ok {
			return r.call(name, argument)
		}
		out := make(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if resolved := r.value(v[name]); resolved != (absent{}) {
				out[name] = resolved
			}
		}
		return out
	case []any:
		out := []any{}
		for _, element := range v {
			if resolved := r.value(element); resolved != (absent{}) {
				out = append(out, resolved)
			}
		}
		return out
	}
	return v
}

func intrinsic(v map[string]any) (name string, argument any, ok bool) {
	if len(v) != 1 {
		return "", nil, false
	}
	for name, argument = range v {
		ok = name == "Ref" || name == "Condition" && isText(argument) || strings.HasPrefix(name, "Fn::")
	}
	return name, argument, ok
}

// isText tells the intrinsic Condition, which names one, from a statement's element Condition.
func isText(v any) bool { _, ok := v.(string); return ok }

func (r *resolver) call(name string, argument any) any {
	list, _ := argument.([]any)
	switch {
	case name == "Ref":
		return r.reference(argument.(string))
	case name == "Fn::GetAtt" && len(list) == 2:
		return r.attribute(list[0].(string), list[1].(string))
	case name == "Fn::Sub" && isText(argument):
		return r.substitute(argument.(string))
	case name == "Fn::Join" && len(list) == 2:
		var parts []string
		for _, part := range r.value(list[1]).([]any) {
			parts = append(parts, part.(string))
		}
		return strings.Join(parts, list[0].(string))
	case name == "Fn::If" && len(list) == 3:
		if r.condition(list[0].(string)) {
			return r.value(list[1])
		}
		return r.value(list[2])
	case name == "Fn::FindInMap" && len(list) == 3:
		return r.template.Mappings[r.text(list[0])][r.text(list[1])][r.text(list[2])]
	case name == "Fn::Equals" && len(list) == 2:
		return r.text(list[0]) == r.text(list[1])
	case name == "Fn::Not" && len(list) == 1:
		return !r.value(list[0]).(bool)
	case name == "Fn::And":
		return !slices.ContainsFunc(list, func(one any) bool { return !r.value(one).(bool) })
	case name == "Condition":
		return r.condition(argument.(string))
	}
	r.t.Fatalf("the intrinsic %s with %v is not known", name, argument)
	return nil
}

func (r *resolver) condition(name string) bool {
	body, ok := r.template.Conditions[name]
	if !ok {
		r.t.Fatalf("the template has no condition %s", name)
	}
	return r.value(body).(bool)
}

func (r *resolver) text(v any) string { return r.value(v).(string) }

func (r *resolver) reference(name string) any {
	if name == "AWS::NoValue" {
		return absent{}
	}
	if value, ok := r.pseudo[name]; ok {
		return value
	}
	if value, ok := r.parameters[name]; ok {
		if r.template.Parameters[name].Type != "CommaDelimitedList" {
			return value
		}
		var list []any
		for _, element := range strings.Split(value, ",") {
			list = append(list, strings.TrimSpace(element))
		}
		return list
	}
	value, ok := r.ref[name]
	if !ok {
		r.t.Fatalf("nothing is known of Ref %s", name)
	}
	return value
}

func (r *resolver) attribute(logicalID, name string) string {
	value, ok := r.attributes[logicalID][name]
	if !ok {
		r.t.Fatalf("nothing is known of Fn::GetAtt %s.%s", logicalID, name)
	}
	return value
}

var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

func (r *resolver) substitute(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-1]
		if logicalID, attribute, ok := strings.Cut(name, "."); ok {
			return r.attribute(logicalID, attribute)
		}
		return r.reference(name).(string)
	})
}
