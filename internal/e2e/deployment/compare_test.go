//go:build e2e

package deployment

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resourcePolicies are the types that attach a policy to others, and how they name these.
// A policy is compared as the property Policy of what it is attached to.
var resourcePolicies = map[string]string{
	"AWS::SQS::QueuePolicy":       "Queues",
	"AWS::SNS::TopicPolicy":       "Topics",
	"AWS::Events::EventBusPolicy": "EventBusName",
}

// byDefault is what AWS sets where a template is silent, as far as a service tells it.
var byDefault = map[string]any{
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
	"AWS::SQS::Queue.DelaySeconds":                  "0",
	"AWS::SQS::Queue.ReceiveMessageWaitTimeSeconds": "0",
	"AWS::SQS::Queue.VisibilityTimeout":             "30",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
	"AWS::Events::Rule.EventBusName": "default",
	"AWS::Events::Rule.State":        "ENABLED",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
	"AWS::KMS::Key.KeySpec":     "SYMMETRIC_DEFAULT",
	"AWS::KMS::Key.KeyUsage":    "ENCRYPT_DECRYPT",
	"AWS::KMS::Key.MultiRegion": "false",
	"AWS::KMS::Key.Origin":      "AWS_KMS",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
	"AWS::Lambda::EventSourceMapping.Enabled": "true",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
	"AWS::CloudWatch::Alarm.ActionsEnabled": "true",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html
	"AWS::SNS::Subscription.RawMessageDelivery": "false",
}

// attach makes each policy a property of what it is attached to, and drops the resource.
func attach(t *testing.T, all map[string]stated, ref map[string]string) map[string]stated {
	t.Helper()
	out := make(map[string]stated)
	for logicalID, r := range all {
		if _, ok := resourcePolicies[r.Type]; !ok {
			out[logicalID] = stated{r.Type, maps.Clone(r.Properties)}
		}
	}
	for logicalID, r := range all {
		property, ok := resourcePolicies[r.Type]
		if !ok {
			continue
		}
		owners, ok := r.Properties[property].([]any)
		if !ok {
			owners = []any{r.Properties[property]}
		}
		for _, owner := range owners {
			of := logicalIDOf(t, owner.(string), all, ref)
			if _, ok := out[of].Properties["Policy"]; ok {
				t.Fatalf("%s is the second policy of %s, and AWS keeps one", logicalID, of)
			}
			out[of].Properties["Policy"] = policyOf(r)
		}
	}
	return out
}

// policyOf returns the document; a bus takes its statements one by one, each with an ID.
func policyOf(r stated) any {
	if r.Type != "AWS::Events::EventBusPolicy" {
		return r.Properties["PolicyDocument"]
	}
	statement := maps.Clone(r.Properties["Statement"].(map[string]any))
	statement["Sid"] = r.Properties["StatementId"]
	return map[string]any{"Version": "2012-10-17", "Statement": []any{statement}}
}

func logicalIDOf(t *testing.T, physicalID string, all map[string]stated, ref map[string]string) string {
	t.Helper()
	for logicalID := range all {
		if ref[logicalID] == physicalID {
			return logicalID
		}
	}
	t.Fatalf("no resource is %s", physicalID)
	return ""
}

// A comparison is of what a template states with what a reader of it made.
type comparison struct {
	unseen map[string]string // "type.property" that the reader does not show → why
	used   map[string]bool   // of these, which were asked for
	count  int               // values that were the same
}

func newComparison(unseen map[string]string) *comparison {
	return &comparison{unseen: unseen, used: make(map[string]bool)}
}

// resources compares everything both ways: nothing is missing, nothing is more, and every
// property is the same or one that the reader is known not to show.
func (c *comparison) resources(t *testing.T, want, got map[string]stated) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("resources (-stated +there):\n%s", diff)
	}
	for _, logicalID := range slices.Sorted(maps.Keys(want)) {
		if there, ok := got[logicalID]; ok {
			c.resource(t, logicalID, want[logicalID], there)
		}
	}
}

func (c *comparison) resource(t *testing.T, logicalID string, want, got stated) {
	t.Helper()
	if want.Type != got.Type {
		t.Errorf("%s is of type %s, want %s", logicalID, got.Type, want.Type)
		return
	}
	for _, property := range slices.Sorted(maps.Keys(want.Properties)) {
		key := want.Type + "." + property
		value, shown := got.Properties[property]
		if _, ok := c.unseen[key]; ok {
			c.used[key] = true
			if shown {
				t.Errorf("%s is said not to be shown, and it is: %v", key, value)
			}
			continue
		}
		expected := canonical(property, want.Properties[property])
		if diff := cmp.Diff(expected, canonical(property, value)); diff != "" {
			t.Errorf("%s.%s (-stated +there):\n%s", logicalID, property, diff)
			continue
		}
		c.count += leaves(expected)
	}
	for property, value := range got.Properties {
		if _, ok := want.Properties[property]; ok {
			continue
		}
		if otherwise, ok := byDefault[want.Type+"."+property]; !ok || !cmp.Equal(otherwise, canonical(property, value)) {
			t.Errorf("%s has %s %v, and the template does not say so", logicalID, property, value)
		}
	}
}

// finish wants each exception to be needed, and returns their names for the report.
func (c *comparison) finish(t *testing.T) string {
	t.Helper()
	for key := range c.unseen {
		if !c.used[key] {
			t.Errorf("%s is said not to be shown, and nothing states it", key)
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(c.used)), ", ")
}

// canonical writes a value in the one spelling that two readers share: scalars as text, since
// CloudFormation takes 5 and "5" alike; a policy that is text as the object that it holds;
// a role's policies by name, since a role keeps no order.
func canonical(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any)
		for key, value := range v {
			out[key] = canonical(key, value)
		}
		return out
	case []any:
		out := []any{}
		for _, element := range v {
			out = append(out, canonical("", element))
		}
		if name == "Policies" {
			slices.SortFunc(out, func(a, b any) int {
				return strings.Compare(fmt.Sprint(a.(map[string]any)["PolicyName"]), fmt.Sprint(b.(map[string]any)["PolicyName"]))
			})
		}
		return out
	case string:
		var document map[string]any
		if strings.HasPrefix(name, "Policy") && json.Unmarshal([]byte(v), &document) == nil {
			return canonical("", document)
		}
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case nil:
		return nil
	}
	return fmt.Sprint(v)
}

// leaves counts the scalars of a value.
func leaves(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			n += leaves(value)
		}
	case []any:
		for _, element := range v {
			n += leaves(element)
		}
	default:
		n = 1
	}
	return n
}
