//go:build e2e

package deployment

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// simulatorReadsNot are the properties that the simulator does not interpret, each with why it
// needs not. In these moto is compared, and cfn-lint judges.
var simulatorReadsNot = map[string]string{
	"AWS::CloudWatch::Alarm.AlarmDescription":   "no alarm of the product's own is run there",
	"AWS::CloudWatch::Alarm.ComparisonOperator": "no alarm of the product's own is run there",
	"AWS::CloudWatch::Alarm.EvaluationPeriods":  "no alarm of the product's own is run there",
	"AWS::CloudWatch::Alarm.Period":             "no alarm of the product's own is run there",
	"AWS::CloudWatch::Alarm.Statistic":          "no alarm of the product's own is run there",
	"AWS::CloudWatch::Alarm.Threshold":          "no alarm of the product's own is run there",
	"AWS::CloudWatch::Alarm.TreatMissingData":   "no alarm of the product's own is run there",
	"AWS::DynamoDB::Table.BillingMode":          "nothing is billed",
	"AWS::Events::EventBus.Description":         "for people",
	"AWS::Events::Rule.Description":             "for people",
	"AWS::KMS::Key.Description":                 "for people",
	"AWS::KMS::Key.EnableKeyRotation":           "nothing is encrypted at rest",
	"AWS::Lambda::Function.Code":                "the handlers are linked in",
	"AWS::Lambda::Function.Description":         "for people",
	"AWS::Lambda::Function.LoggingConfig":       "a handler's log goes to its test",
	"AWS::Lambda::Function.Tags":                "SAM's own",
	"AWS::SNS::Topic.DisplayName":               "for people",
	"AWS::SNS::Topic.KmsMasterKeyId":            "nothing is encrypted at rest",
	"AWS::SQS::Queue.SqsManagedSseEnabled":      "nothing is encrypted at rest",
}

// A simulated stack is the simulator's reading in CloudFormation's spelling, with what Ref and
// Fn::GetAtt give there.
type simulated struct {
	t          *testing.T
	resources  map[string]stated
	ref        map[string]string
	attributes map[string]map[string]string
}

// compareSimulator compares the simulator's reading of template.yaml with what SAM's
// translator makes of it: two readers of one template have to agree.
func compareSimulator(t *testing.T, c *comparison, v variant, plain []byte) {
	t.Helper()
	name := "xks-" + v.name
	read, err := template.Read(xksremediator.Template(), template.Options{StackName: name, Region: region, Account: account, Parameters: v.parameters})
	if err != nil {
		t.Fatalf("the simulator cannot read template.yaml: %v", err)
	}
	s := simulated{t, make(map[string]stated), make(map[string]string), make(map[string]map[string]string)}
	s.queuesAndTopics(read)
	s.events(read)
	s.functions(read)
	s.rest(read)

	r := newResolver(t, plain, v.parameters, name, "")
	r.ref, r.attributes = s.ref, s.attributes
	want := attach(t, r.resources(), s.ref)
	for logicalID := range want {
		want[logicalID] = judged(t, want[logicalID])
	}
	c.resources(t, want, s.resources)
	if outputs := r.outputs(); !maps.Equal(outputs, read.Outputs) {
		t.Errorf("the simulator's outputs are %v, want %v", read.Outputs, outputs)
	}
	c.count += len(read.Outputs)
}

// judged writes policies as the simulator's IAM reads them, since that is how a Stack has them.
func judged(t *testing.T, r stated) stated {
	t.Helper()
	for name, value := range r.Properties {
		switch name {
		case "Policy", "KeyPolicy":
			r.Properties[name] = parsed(t, value)
		case "AssumeRolePolicyDocument":
			var trusted []string
			for _, s := range parsed(t, value).([]engine.Statement) {
				if s.Deny || !slices.Equal(s.Actions, []string{"sts:AssumeRole"}) || len(s.Conditions)+len(s.PrincipalAWS) > 0 || s.PrincipalAll {
					t.Errorf("somebody else than a service may assume the role: %+v", s)
				}
				trusted = append(trusted, s.PrincipalSvcs...)
			}
			r.Properties[name] = trusted
		case "Policies":
			inline := make(map[string]any)
			for _, p := range value.([]any) {
				p := p.(map[string]any)
				inline[p["PolicyName"].(string)] = parsed(t, p["PolicyDocument"])
			}
			r.Properties[name] = inline
		}
	}
	return r
}

func parsed(t *testing.T, document any) any {
	t.Helper()
	raw, ok := document.(string)
	if !ok {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		raw = string(text)
	}
	policy, err := engine.ParsePolicy("", []byte(raw))
	if err != nil {
		t.Fatalf("reading a policy: %v\n%s", err, raw)
	}
	return policy.Statements
}

func (s *simulated) add(logicalID, kind, ref string, attributes map[string]string, properties map[string]any) {
	s.t.Helper()
	if _, twice := s.resources[logicalID]; twice {
		s.t.Errorf("the simulator has %s twice", logicalID)
	}
	s.resources[logicalID] = stated{kind, properties}
	s.ref[logicalID], s.attributes[logicalID] = ref, attributes
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// policies adds what is attached to a resource.
func policies(properties map[string]any, attached []engine.Policy) map[string]any {
	var all []engine.Statement
	for _, p := range attached {
		all = append(all, p.Statements...)
	}
	if len(all) > 0 {
		properties["Policy"] = all
	}
	return properties
}

func (s *simulated) queuesAndTopics(read *template.Stack) {
	s.t.Helper()
	for _, q := range read.Queues {
		properties := map[string]any{"VisibilityTimeout": seconds(q.VisibilityTimeout), "MessageRetentionPeriod": seconds(q.Retention),
			"DelaySeconds": seconds(q.Delay), "ReceiveMessageWaitTimeSeconds": seconds(q.ReceiveWait)}
		if q.DeadLetterARN != "" {
			properties["RedrivePolicy"] = map[string]any{"deadLetterTargetArn": q.DeadLetterARN, "maxReceiveCount": q.MaxReceiveCount}
		}
		s.add(q.LogicalID, "AWS::SQS::Queue", q.URL, map[string]string{"Arn": q.ARN, "QueueName": q.Name}, policies(properties, q.Policies))
	}
	for _, topic := range read.Topics {
		s.add(topic.LogicalID, "AWS::SNS::Topic", topic.ARN, nil, policies(map[string]any{}, topic.Policies))
	}
	for _, sub := range read.Subscriptions {
		properties := map[string]any{"TopicArn": sub.TopicARN, "Protocol": sub.Protocol, "Endpoint": sub.Endpoint, "RawMessageDelivery": sub.Raw}
		if sub.FilterPolicy != "" {
			properties["FilterPolicy"] = sub.FilterPolicy
		}
		s.add(sub.LogicalID, "AWS::SNS::Subscription", "", nil, properties)
	}
}

func (s *simulated) events(read *template.Stack) {
	s.t.Helper()
	for _, bus := range read.Buses {
		s.add(bus.LogicalID, "AWS::Events::EventBus", bus.Name, map[string]string{"Arn": bus.ARN, "Name": bus.Name},
			policies(map[string]any{"Name": bus.Name}, bus.Policies))
	}
	for _, rule := range read.Rules {
		properties := map[string]any{"EventBusName": rule.Bus, "State": rule.State}
		if rule.Schedule != "" {
			properties["ScheduleExpression"] = rule.Schedule
		}
		if rule.PatternSource != "" {
			var pattern any
			if err := json.Unmarshal([]byte(rule.PatternSource), &pattern); err != nil {
				s.t.Fatalf("reading the pattern of %s: %v", rule.LogicalID, err)
			}
			properties["EventPattern"] = pattern
		}
		var targets []any
		for _, target := range rule.Targets {
			one := map[string]any{"Id": target.ID, "Arn": target.ARN, "DeadLetterConfig": map[string]any{"Arn": target.DeadLetterARN}}
			// What AWS does where a template is silent, and this one is.
			// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
			if target.MaxAttempts != 185 || target.MaxAge != 24*time.Hour || target.Input != "" || target.MessageGroupID != "" {
				one["more"] = target
			}
			targets = append(targets, one)
		}
		properties["Targets"] = targets
		s.add(rule.LogicalID, "AWS::Events::Rule", rule.Name, map[string]string{"Arn": rule.ARN}, properties)
	}
}

func (s *simulated) functions(read *template.Stack) {
	s.t.Helper()
	names := make(map[string]string)
	for _, f := range read.Functions {
		names[f.ARN] = f.Name
		properties := map[string]any{"Handler": f.Handler, "Runtime": f.Runtime, "Timeout": seconds(f.Timeout), "MemorySize": f.MemoryMB,
			"Role": f.RoleARN, "Architectures": asList(f.Architectures)}
		if len(f.Environment) > 0 {
			properties["Environment"] = map[string]any{"Variables": asMap(f.Environment)}
		}
		if f.InVPC {
			properties["VpcConfig"] = map[string]any{"SubnetIds": asList(f.SubnetIDs), "SecurityGroupIds": asList(f.SecurityGroupIDs)}
		}
		if f.ReservedConcurrency >= 0 {
			properties["more"] = f
		}
		s.add(f.LogicalID, "AWS::Lambda::Function", f.Name, map[string]string{"Arn": f.ARN}, properties)
	}
	for _, m := range read.Mappings {
		properties := map[string]any{"FunctionName": names[m.FunctionARN], "EventSourceArn": m.SourceARN, "BatchSize": m.BatchSize, "Enabled": m.Enabled,
			"ScalingConfig": map[string]any{"MaximumConcurrency": m.MaximumConcurrency}}
		if m.ReportBatchItemFailures {
			properties["FunctionResponseTypes"] = []any{"ReportBatchItemFailures"}
		}
		if m.Window != 0 {
			properties["MaximumBatchingWindowInSeconds"] = seconds(m.Window)
		}
		s.add(m.LogicalID, "AWS::Lambda::EventSourceMapping", "", nil, properties)
	}
	for _, role := range read.Roles {
		inline := make(map[string]any)
		for _, p := range role.Policies {
			inline[p.Name] = p.Statements
		}
		s.add(role.LogicalID, "AWS::IAM::Role", role.Name, map[string]string{"Arn": role.ARN},
			map[string]any{"AssumeRolePolicyDocument": role.Trusted, "Policies": inline})
	}
	if len(read.Permissions) > 0 {
		s.t.Errorf("the simulator lets services invoke functions: %v", read.Permissions)
	}
}

func (s *simulated) rest(read *template.Stack) {
	s.t.Helper()
	for _, table := range read.Tables {
		properties := map[string]any{
			"KeySchema":                        []any{map[string]any{"AttributeName": table.HashKey, "KeyType": "HASH"}, map[string]any{"AttributeName": table.RangeKey, "KeyType": "RANGE"}},
			"TimeToLiveSpecification":          map[string]any{"AttributeName": table.TTLAttribute, "Enabled": table.TTLAttribute != ""},
			"PointInTimeRecoverySpecification": map[string]any{"PointInTimeRecoveryEnabled": table.PointInTime}}
		var attributes []any
		for _, name := range slices.Sorted(maps.Keys(table.Attributes)) {
			attributes = append(attributes, map[string]any{"AttributeName": name, "AttributeType": table.Attributes[name]})
		}
		properties["AttributeDefinitions"] = attributes
		if len(table.Indexes) > 0 {
			properties["GlobalSecondaryIndexes"] = table.Indexes
		}
		s.add(table.LogicalID, "AWS::DynamoDB::Table", table.Name, map[string]string{"Arn": table.ARN}, properties)
	}
	for _, key := range read.Keys {
		s.add(key.LogicalID, "AWS::KMS::Key", key.ID, map[string]string{"Arn": key.ARN}, map[string]any{"KeyPolicy": key.Policy.Statements})
	}
	for _, group := range read.LogGroups {
		s.add(group.LogicalID, "AWS::Logs::LogGroup", group.Name, map[string]string{"Arn": group.ARN}, map[string]any{"RetentionInDays": group.RetentionDays})
	}
	for _, alarm := range read.Alarms {
		properties := map[string]any{"Namespace": alarm.Namespace, "MetricName": alarm.Metric, "AlarmActions": asList(alarm.Actions)}
		var dimensions []any
		for _, name := range slices.Sorted(maps.Keys(alarm.Dimensions)) {
			dimensions = append(dimensions, map[string]any{"Name": name, "Value": alarm.Dimensions[name]})
		}
		if len(dimensions) > 0 {
			properties["Dimensions"] = dimensions
		}
		s.add(alarm.LogicalID, "AWS::CloudWatch::Alarm", alarm.Name, map[string]string{"Arn": alarm.ARN}, properties)
	}
	if len(read.Aliases) > 0 {
		s.t.Errorf("the simulator has aliases: %v", read.Aliases)
	}
}

func asList(texts []string) []any {
	var out []any
	for _, one := range texts {
		out = append(out, one)
	}
	return out
}

func asMap(texts map[string]string) map[string]any {
	out := make(map[string]any)
	for name, value := range texts {
		out[name] = value
	}
	return out
}
