package template

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// A builder fills a Stack. Policies are resources of their own in a template, so they are
// kept aside and attached when everything has been read.
type builder struct {
	resolver *resolver
	stack    *Stack
	attached map[string][]engine.Policy // by queue URL, topic ARN, bus or role name
	managed  map[string]engine.Policy   // by ARN, those of the template
	wants    []want
}

// A want is a managed policy that a role is to get.
type want struct{ role, policy string }

func build(r *resolver) (*Stack, error) {
	b := &builder{resolver: r, attached: make(map[string][]engine.Policy), managed: make(map[string]engine.Policy),
		stack: &Stack{Name: r.options.StackName, Region: r.options.Region, Account: r.options.Account,
			Parameters: r.texts, Outputs: make(map[string]string)}}
	for _, name := range sortedKeys(r.document.conditions) {
		if _, err := r.condition(name); err != nil {
			return nil, err
		}
	}
	for _, one := range r.order {
		if err := b.resource(one); err != nil {
			return nil, fmt.Errorf("%s: %w", one.logicalID, err)
		}
	}
	if err := b.attach(); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	if err := b.outputs(); err != nil {
		return nil, err
	}
	return b.stack, nil
}

func (b *builder) resource(one *resource) error {
	exists, err := b.resolver.exists(one)
	if err != nil || !exists {
		return err
	}
	id, err := b.resolver.identity(one.logicalID)
	if err != nil {
		return err
	}
	properties, err := b.resolver.resolve(one.properties)
	if err != nil {
		return err
	}
	resolved, ok := properties.(map[string]any)
	if !ok {
		return fmt.Errorf("the properties of %s: expected a mapping", one.kind)
	}
	if err := b.resolver.kinds[one.kind].read(b, id, resolved); err != nil {
		return fmt.Errorf("%s: %w", one.kind, err)
	}
	return nil
}

// attach gives each policy to what it is about.
func (b *builder) attach() error {
	for _, w := range b.wants {
		policy, ok := b.managed[w.policy]
		if !ok {
			var err error
			if policy, err = awsManaged(w.policy); err != nil {
				return fmt.Errorf("role %s: %w", w.role, err)
			}
		}
		b.attached[w.role] = append(b.attached[w.role], policy)
	}
	take := func(key string, into *[]engine.Policy) {
		*into = append(*into, b.attached[key]...)
		delete(b.attached, key)
	}
	for i := range b.stack.Roles {
		take(b.stack.Roles[i].Name, &b.stack.Roles[i].Policies)
	}
	for i := range b.stack.Queues {
		take(b.stack.Queues[i].URL, &b.stack.Queues[i].Policies)
	}
	for i := range b.stack.Topics {
		take(b.stack.Topics[i].ARN, &b.stack.Topics[i].Policies)
	}
	if len(b.attached["default"]) > 0 {
		b.stack.Buses = append(b.stack.Buses, Bus{Name: "default", ARN: b.resolver.arn("events", "event-bus/default")})
	}
	for i := range b.stack.Buses {
		take(b.stack.Buses[i].Name, &b.stack.Buses[i].Policies)
	}
	if left := sortedKeys(b.attached); len(left) > 0 {
		return fmt.Errorf("policy %s: %s is no role, queue, topic or bus of the template", b.attached[left[0]][0].Name, left[0])
	}
	return nil
}

// check refuses what AWS refuses when the stack is created: a function that runs longer
// than its queue hides a message.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func (b *builder) check() error {
	for _, m := range b.stack.Mappings {
		q := slices.IndexFunc(b.stack.Queues, func(q Queue) bool { return q.ARN == m.SourceARN })
		f := slices.IndexFunc(b.stack.Functions, func(f Function) bool { return f.ARN == m.FunctionARN })
		if q >= 0 && f >= 0 && b.stack.Queues[q].VisibilityTimeout < b.stack.Functions[f].Timeout {
			return fmt.Errorf("%s: the visibility timeout of %s is shorter than the timeout of %s",
				m.LogicalID, b.stack.Queues[q].LogicalID, b.stack.Functions[f].LogicalID)
		}
	}
	return nil
}

func (b *builder) outputs() error {
	for _, s := range b.resolver.document.outputs {
		var output struct {
			_         struct{} `inert:"Description Export"`
			Value     any
			Condition string
		}
		if err := decode("", s.body, &output); err != nil {
			return fmt.Errorf("output %s: %w", s.name, err)
		}
		if output.Condition != "" {
			if truth, err := b.resolver.condition(output.Condition); err != nil || !truth {
				if err != nil {
					return fmt.Errorf("output %s: %w", s.name, err)
				}
				continue
			}
		}
		text, err := b.resolver.text(output.Value)
		if err != nil {
			return fmt.Errorf("output %s: %w", s.name, err)
		}
		b.stack.Outputs[s.name] = text
	}
	return nil
}

// policy turns a resolved document into a policy. CloudFormation also takes one as JSON
// text, which is how a parameter becomes part of a condition key.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html
func policy(name string, document any) (engine.Policy, error) {
	if text, ok := document.(string); ok {
		return engine.ParsePolicy(name, []byte(text))
	}
	raw, err := json.Marshal(document)
	if err != nil {
		return engine.Policy{}, fmt.Errorf("writing policy %s: %w", name, err)
	}
	return engine.ParsePolicy(name, raw)
}

// nameOf cuts the name from a role, function or bus that is given by name or ARN.
func nameOf(nameOrARN string) string {
	_, after, ok := cutLast(nameOrARN, "/")
	if strings.HasPrefix(nameOrARN, "arn:") && ok {
		return after
	}
	return nameOrARN
}

func cutLast(s, separator string) (before, after string, ok bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// orDefault returns what p points to, or otherwise.
func orDefault[T any](p *T, otherwise T) T {
	return *cmp.Or(p, &otherwise)
}
