package template

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// A resolver answers what an intrinsic stands for: it knows the parameters, the conditions
// and what Ref and GetAtt return for each resource.
type resolver struct {
	options    Options
	document   *document
	parameters map[string]any
	texts      map[string]string
	resources  map[string]*resource
	order      []*resource
	kinds      map[string]kind
	identities map[string]*identity
	conditions map[string]bool
	open       []string // names being resolved, to find circles
}

// noValue is what Ref AWS::NoValue returns: the property is as if it were not there.
type noValue struct{}

func newResolver(d *document, o Options) (*resolver, error) {
	refs, texts, err := readParameters(d.parameters, o.Parameters)
	if err != nil {
		return nil, err
	}
	r := &resolver{options: o, document: d, parameters: refs, texts: texts, kinds: kinds(),
		resources: make(map[string]*resource), identities: make(map[string]*identity), conditions: make(map[string]bool)}
	for _, one := range d.resources {
		if _, ok := r.kinds[one.kind]; !ok || strings.HasPrefix(one.kind, implicit) {
			return nil, fmt.Errorf("%s: the resource type %s is not known", one.logicalID, one.kind)
		}
		if one.kind == "AWS::Serverless::Function" {
			one.properties = merge(d.globals, one.properties)
		}
		r.order = append(r.order, one)
		r.resources[one.logicalID] = one
	}
	if err := d.unique(); err != nil {
		return nil, err
	}
	return r, r.addImplicit()
}

// merge lays a function's own properties over Globals as SAM does: mappings are merged,
// lists appended, everything else replaced.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
func merge(global, own map[string]any) map[string]any {
	out := make(map[string]any, len(global)+len(own))
	for name, value := range global {
		out[name] = value
	}
	for name, value := range own {
		switch mine := value.(type) {
		case map[string]any:
			if theirs, ok := out[name].(map[string]any); ok && !isIntrinsic(theirs) && !isIntrinsic(mine) {
				out[name] = merge(theirs, mine)
				continue
			}
		case []any:
			if theirs, ok := out[name].([]any); ok {
				out[name] = append(append([]any{}, theirs...), mine...)
				continue
			}
		}
		out[name] = value
	}
	return out
}

// exists tells whether a resource's condition holds.
func (r *resolver) exists(one *resource) (bool, error) {
	if one.condition == "" {
		return true, nil
	}
	return r.condition(one.condition)
}

// enter notes that name is being resolved; the caller leaves when it is done.
func (r *resolver) enter(name string) error {
	for _, other := range r.open {
		if other == name {
			return fmt.Errorf("%s refers to itself: %s", name, strings.Join(append(r.open, name), " → "))
		}
	}
	r.open = append(r.open, name)
	return nil
}

func (r *resolver) leave() { r.open = r.open[:len(r.open)-1] }

// resolve replaces every intrinsic of a tree.
func (r *resolver) resolve(v any) (any, error) {
	switch value := v.(type) {
	case map[string]any:
		if name, argument, ok := intrinsic(value); ok {
			return r.call(name, argument)
		}
		out := make(map[string]any, len(value))
		for _, name := range sortedKeys(value) {
			resolved, err := r.resolve(value[name])
			if err != nil {
				return nil, err
			}
			if resolved != (noValue{}) {
				out[name] = resolved
			}
		}
		return out, nil
	case []any:
		out := make([]any, 0, len(value))
		for _, element := range value {
			resolved, err := r.resolve(element)
			if err != nil {
				return nil, err
			}
			if resolved != (noValue{}) {
				out = append(out, resolved)
			}
		}
		return out, nil
	}
	return v, nil
}

// text resolves v to a string.
func (r *resolver) text(v any) (string, error) {
	resolved, err := r.resolve(v)
	if err != nil {
		return "", err
	}
	text, ok := textOf(resolved)
	if !ok {
		return "", fmt.Errorf("expected one value, not %T", resolved)
	}
	return text, nil
}

// property resolves one property of a resource to a string; it is empty where absent.
func (r *resolver) property(one *resource, name string) (string, error) {
	value, ok := one.properties[name]
	if !ok || name == "" {
		return "", nil
	}
	resolved, err := r.resolve(value)
	if err != nil || resolved == (noValue{}) {
		return "", err
	}
	text, ok := textOf(resolved)
	if !ok {
		return "", fmt.Errorf("%s: expected one value", name)
	}
	return text, nil
}

// suffix is the part that CloudFormation makes up for the name of a resource that has
// none: the same each time here, so that a run can be repeated.
func (r *resolver) suffix(logicalID string, length int) string {
	sum := sha256.Sum256([]byte(r.options.StackName + "/" + logicalID))
	return strings.ToUpper(hex.EncodeToString(sum[:]))[:length]
}

// arn is an ARN of a service in the stack's account and Region.
func (r *resolver) arn(service, rest string) string {
	return "arn:aws:" + service + ":" + r.options.Region + ":" + r.options.Account + ":" + rest
}
