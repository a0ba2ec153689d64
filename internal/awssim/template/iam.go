package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

func role(r *resolver, one *resource, name string) (identity, error) {
	path, err := r.property(one, "Path")
	if err != nil {
		return identity{}, err
	}
	if path == "" {
		path = "/"
	}
	arn := "arn:aws:iam::" + r.options.Account + ":role" + path + name
	return identity{arn: arn, ref: name, attributes: map[string]string{"Arn": arn, "RoleId": "AROA" + r.suffix(one.logicalID, 17)}}, nil
}

func managedPolicy(r *resolver, one *resource, name string) (identity, error) {
	path, err := r.property(one, "Path")
	if err != nil {
		return identity{}, err
	}
	if path == "" {
		path = "/"
	}
	arn := "arn:aws:iam::" + r.options.Account + ":policy" + path + name
	return identity{arn: arn, ref: arn, attributes: map[string]string{"PolicyArn": arn}}, nil
}

type inlinePolicy struct {
	PolicyName     string
	PolicyDocument any
}

func readRole(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_                        struct{} `inert:"Description Tags MaxSessionDuration"`
		RoleName                 string
		Path                     string
		AssumeRolePolicyDocument any
		ManagedPolicyArns        []string
		Policies                 []inlinePolicy
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	trust, err := policy("AssumeRolePolicyDocument", p.AssumeRolePolicyDocument)
	if err != nil {
		return err
	}
	r := Role{LogicalID: id.logicalID, Name: id.name, ARN: id.arn}
	for _, s := range trust.Statements {
		r.Trusted = append(r.Trusted, s.PrincipalSvcs...)
	}
	for _, inline := range p.Policies {
		parsed, err := policy(inline.PolicyName, inline.PolicyDocument)
		if err != nil {
			return err
		}
		r.Policies = append(r.Policies, parsed)
	}
	for _, arn := range p.ManagedPolicyArns {
		b.wants = append(b.wants, want{r.Name, arn})
	}
	b.stack.Roles = append(b.stack.Roles, r)
	return nil
}

func readPolicy(b *builder, id identity, properties map[string]any) error {
	var p struct {
		PolicyName     string
		PolicyDocument any
		Roles          []string
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	parsed, err := policy(id.name, p.PolicyDocument)
	if err != nil {
		return err
	}
	if len(p.Roles) == 0 {
		return errors.New("names no Roles")
	}
	for _, name := range p.Roles {
		b.attached[name] = append(b.attached[name], parsed)
	}
	return nil
}

func readManagedPolicy(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_                 struct{} `inert:"Description"`
		ManagedPolicyName string
		Path              string
		PolicyDocument    any
		Roles             []string
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	parsed, err := policy(id.name, p.PolicyDocument)
	if err != nil {
		return err
	}
	b.managed[id.arn] = parsed
	for _, name := range p.Roles {
		b.wants = append(b.wants, want{name, id.arn})
	}
	return nil
}

// functionRole makes the role that SAM makes for a function without one: the managed
// policies that its settings call for, then those of Policies in their order.
func (b *builder) functionRole(logicalID string, p functionProperties) (arn string, err error) {
	id, err := b.resolver.identity(logicalID + "Role")
	if err != nil {
		return "", err
	}
	r := Role{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, Trusted: []string{"lambda.amazonaws.com"}}
	managed := []string{"AWSLambdaBasicExecutionRole"}
	if p.Tracing == "Active" {
		managed = append(managed, "AWSXRayDaemonWriteAccess")
	}
	if p.VpcConfig != nil {
		managed = append(managed, "AWSLambdaVPCAccessExecutionRole")
	}
	if len(p.Events) > 0 {
		managed = append(managed, "AWSLambdaSQSQueueExecutionRole")
	}
	own, inline, err := samPolicies(id.logicalID, p.Policies)
	if err != nil {
		return "", err
	}
	r.Policies = inline
	for _, name := range append(managed, own...) {
		b.wants = append(b.wants, want{r.Name, name})
	}
	b.stack.Roles = append(b.stack.Roles, r)
	return r.ARN, nil
}

// samPolicies reads a function's Policies: a managed policy's name or ARN, an inline
// document, or a list of those.
func samPolicies(role string, v any) (managed []string, inline []engine.Policy, err error) {
	list, ok := v.([]any)
	if !ok && v != nil {
		list = []any{v}
	}
	for i, element := range list {
		switch one := element.(type) {
		case string:
			managed = append(managed, one)
		case map[string]any:
			if _, ok := one["Statement"]; !ok {
				return nil, nil, fmt.Errorf("the policy template %s is not known", strings.Join(sortedKeys(one), ", "))
			}
			parsed, err := policy(role+"Policy"+strconv.Itoa(i), one)
			if err != nil {
				return nil, nil, err
			}
			inline = append(inline, parsed)
		default:
			return nil, nil, errors.New("the Policies are neither names nor documents")
		}
	}
	return managed, inline, nil
}
