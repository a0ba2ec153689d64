// Package awscli does what an AWS CLI command does that stands in a message, so that a
// rehearsal can type it where no AWS CLI is installed. It knows a command's form and the SDK's
// clients, and none of the product's commands.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-commandstructure.html
package awscli

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

// Type runs one command line, as a person would type it into a shell. It returns the answer
// as JSON. The error is AWS's, or says what of the command is not understood.
func Type(ctx context.Context, cfg aws.Config, line string) ([]byte, error) {
	words, err := split(line)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", line, err)
	}
	return Do(ctx, cfg, words)
}

// Do runs a command that is taken apart already: "aws", the service, the operation, options.
func Do(ctx context.Context, cfg aws.Config, words []string) ([]byte, error) {
	if len(words) < 3 || words[0] != "aws" {
		return nil, fmt.Errorf("%q is no command of the AWS CLI", strings.Join(words, " "))
	}
	client, err := clientOf(cfg, words[1])
	if err != nil {
		return nil, err
	}
	method := reflect.ValueOf(client).MethodByName(pascal(words[2]))
	if !method.IsValid() {
		return nil, fmt.Errorf("aws %s has no operation %s", words[1], words[2])
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := options(input.Elem(), words[3:]); err != nil {
		return nil, fmt.Errorf("aws %s %s: %w", words[1], words[2], err)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if err, failed := out[1].Interface().(error); failed {
		return nil, fmt.Errorf("aws %s %s: %w", words[1], words[2], err)
	}
	return json.Marshal(out[0].Interface())
}

func clientOf(cfg aws.Config, service string) (any, error) {
	switch service {
	case "ec2":
		return ec2.NewFromConfig(cfg), nil
	case "elbv2":
		return elbv2.NewFromConfig(cfg), nil
	case "kms":
		return kms.NewFromConfig(cfg), nil
	case "route53":
		return route53.NewFromConfig(cfg), nil
	}
	return nil, fmt.Errorf("service %q is not among ec2, elbv2, kms and route53", service)
}

// pascal turns authorize-security-group-ingress into AuthorizeSecurityGroupIngress.
func pascal(s string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(s, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// options sets the fields of an input by --name value…; --name alone is true and --no-name
// false.
func options(input reflect.Value, words []string) error {
	for len(words) > 0 {
		name, isOption := strings.CutPrefix(words[0], "--")
		if !isOption {
			return fmt.Errorf("%q stands where an option is expected", words[0])
		}
		n := 1
		for n < len(words) && !strings.HasPrefix(words[n], "--") {
			n++
		}
		if err := set(input, name, words[1:n]); err != nil {
			return err
		}
		words = words[n:]
	}
	return nil
}

func set(input reflect.Value, name string, values []string) error {
	if field := fieldOf(input, pascal(name)); field.IsValid() {
		return assign(field, name, values)
	}
	if positive, negated := strings.CutPrefix(name, "no-"); negated && len(values) == 0 {
		if field := fieldOf(input, pascal(positive)); field.IsValid() {
			return assign(field, name, []string{"false"})
		}
	}
	switch {
	case name == "ingress" && len(values) == 0 && fieldOf(input, "Egress").IsValid():
		return assign(fieldOf(input, "Egress"), name, []string{"false"}) // the CLI's own name of --no-egress
	case name == "region":
		return nil // the configuration's own
	case name == "cli-input-json" && len(values) == 1:
		if err := json.Unmarshal([]byte(values[0]), input.Addr().Interface()); err != nil {
			return fmt.Errorf("option --%s: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("option --%s is not known", name)
}

// fieldOf finds a field without regard to case: the SDK writes IDs in several ways.
func fieldOf(input reflect.Value, name string) reflect.Value {
	return input.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, name) })
}

func assign(field reflect.Value, name string, values []string) error {
	kind := field.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	text := strings.Join(values, " ")
	if kind.Kind() == reflect.String {
		quoted, err := json.Marshal(text)
		if err != nil {
			return fmt.Errorf("option --%s: %w", name, err)
		}
		text = string(quoted)
	}
	if kind.Kind() == reflect.Bool && len(values) == 0 {
		text = "true"
	}
	if kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.String && !strings.HasPrefix(text, "[") {
		quoted, err := json.Marshal(values)
		if err != nil {
			return fmt.Errorf("option --%s: %w", name, err)
		}
		text = string(quoted)
	}
	if kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Struct && !strings.HasPrefix(text, "[") {
		long, err := shorthand(values)
		if err != nil {
			return fmt.Errorf("option --%s: %w", name, err)
		}
		text = long
	}
	if kind.Kind() == reflect.Struct && !strings.HasPrefix(text, "{") {
		text = structure(text)
	}
	if err := json.Unmarshal([]byte(text), field.Addr().Interface()); err != nil {
		return fmt.Errorf("option --%s: %q is no %s", name, text, kind)
	}
	return nil
}

// shorthand writes structures given as Key=a,Value=b, whose values are strings, as JSON.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
func shorthand(values []string) (string, error) {
	structures := make([]map[string]string, len(values))
	for i, v := range values {
		structures[i] = map[string]string{}
		for pair := range strings.SplitSeq(v, ",") {
			key, value, ok := strings.Cut(pair, "=")
			if !ok {
				return "", fmt.Errorf("%q is no structure in shorthand", v)
			}
			structures[i][key] = value
		}
	}
	long, err := json.Marshal(structures)
	return string(long), err
}

// structure writes one structure given as From=443,To=443, whose values are numbers, as JSON.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
func structure(text string) string {
	var fields []string
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(pair, "=")
		fields = append(fields, fmt.Sprintf("%q:%s", key, value))
	}
	return "{" + strings.Join(fields, ",") + "}"
}
