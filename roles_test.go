package xksremediator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// writes are the changes that the product can make to a customer's resources, with one to
// make them to. A key store has no ARN and no tags.
var writes = map[string]string{
	"ec2:AuthorizeSecurityGroupIngress":                 "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-1",
	"ec2:AuthorizeSecurityGroupEgress":                  "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-1",
	"ec2:ModifyVpcEndpointServicePermissions":           "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/vpce-svc-1",
	"ec2:StartVpcEndpointServicePrivateDnsVerification": "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/vpce-svc-1",
	"kms:ConnectCustomKeyStore":                         "*",
	"kms:DisconnectCustomKeyStore":                      "*",
}

// taggable tells whether AWS can demand a tag of what a write changes.
func taggable(action string) bool { return strings.HasPrefix(action, "ec2:") }

func policies(t *testing.T, parameters map[string]string, logicalID string) []engine.Policy {
	t.Helper()
	return role(t, deploy(t, parameters), logicalID).Policies
}

func role(t *testing.T, stack *template.Stack, logicalID string) template.Role {
	t.Helper()
	i := slices.IndexFunc(stack.Roles, func(r template.Role) bool { return r.LogicalID == logicalID })
	if i < 0 {
		t.Fatalf("there is no %s", logicalID)
	}
	return stack.Roles[i]
}

func judge(all []engine.Policy, action, resource string, tags map[string]string) engine.Effect {
	effect, _ := engine.Evaluate(all, engine.Request{Action: action, Resource: resource, Tags: tags})
	return effect
}

func TestAWriteNeedsAutoModeAndTheOptInTag(t *testing.T) {
	t.Parallel()
	parameters := func(mode string) map[string]string {
		return map[string]string{"Mode": mode, "OptInTagKey": "may-mend", "OptInTagValue": "yes"}
	}
	auto := policies(t, parameters("auto"), "RemediateRole")
	for action, resource := range writes {
		for name, tt := range map[string]struct {
			tags map[string]string
			want bool
		}{
			"opted in":              {map[string]string{"may-mend": "yes", "Name": "x"}, true},
			"no tag":                {nil, false},
			"the tag says no":       {map[string]string{"may-mend": "no"}, false},
			"the default tag":       {map[string]string{"xks-remediator": "enabled"}, false},
			"a value in upper case": {map[string]string{"may-mend": "YES"}, false},
		} {
			want := tt.want || !taggable(action)
			if got := judge(auto, action, resource, tt.tags) == engine.Allow; got != want {
				t.Errorf("auto, %s, %s: allowed %v, want %v", action, name, got, want)
			}
		}
		for _, mode := range []string{"observe", "approve"} {
			if judge(policies(t, parameters(mode), "RemediateRole"), action, resource, map[string]string{"may-mend": "yes"}) == engine.Allow {
				t.Errorf("%s is allowed in mode %s", action, mode)
			}
		}
	}
}

func TestAWriteReachesNoOtherKindOfResource(t *testing.T) {
	t.Parallel()
	auto := policies(t, map[string]string{"Mode": "auto"}, "RemediateRole")
	tags := map[string]string{"xks-remediator": "enabled"}
	for _, elsewhere := range []string{
		"arn:aws:ec2:eu-central-1:999999999999:security-group/sg-1", "arn:aws:ec2:us-east-1:111122223333:security-group/sg-1",
		"arn:aws:ec2:eu-central-1:999999999999:vpc-endpoint-service/vpce-svc-1", "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1",
	} {
		for action := range writes {
			if taggable(action) && judge(auto, action, elsewhere, tags) == engine.Allow {
				t.Errorf("%s is allowed on %s", action, elsewhere)
			}
		}
	}
}

func TestOnlyTheWriterWritesAndNobodyWidensItsOwnRights(t *testing.T) {
	t.Parallel()
	auto := all()
	tags := map[string]string{"xks-remediator": "enabled"}
	never := []string{
		"iam:PutRolePolicy", "ec2:CreateTags", "ec2:DeleteTags", "ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress",
		"ec2:ModifyVpcEndpointServiceConfiguration", "ec2:AcceptVpcEndpointConnections", "ec2:DeleteVpcEndpointServiceConfigurations",
		"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:CreateTags", "kms:CreateCustomKeyStore", "kms:UpdateCustomKeyStore", "kms:DeleteCustomKeyStore",
		"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "events:PutRule", "lambda:UpdateFunctionConfiguration",
	}
	for _, logicalID := range []string{"DiagnoseRole", "RemediateRole", "NotifyRole", "ProbeRole"} {
		all := policies(t, auto, logicalID)
		for action, resource := range writes {
			if logicalID != "RemediateRole" && judge(all, action, resource, tags) == engine.Allow {
				t.Errorf("%s may %s", logicalID, action)
			}
		}
		for _, action := range never {
			for _, resource := range []string{"*", "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-1", "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/vpce-svc-1"} {
				if judge(all, action, resource, tags) == engine.Allow {
					t.Errorf("%s may %s", logicalID, action)
				}
			}
		}
		for _, p := range all {
			for _, s := range p.Statements {
				for _, action := range s.Actions {
					if strings.Contains(action, "*") {
						t.Errorf("%s, statement %s: %s says no exact action", logicalID, s.Sid, action)
					}
				}
			}
		}
	}
}

// Composite alarms are shown to nobody whose permission names alarms; and alarms are all that
// may be looked at, by the one that looks.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func TestDiagnoseMayDescribeAllAlarmsAndChangesNone(t *testing.T) {
	t.Parallel()
	const alarm = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:xks-proxy-errors"
	looks := policies(t, nil, "DiagnoseRole")
	if judge(looks, "cloudwatch:DescribeAlarms", "*", nil) != engine.Allow {
		t.Error("DiagnoseRole may not describe all alarms")
	}
	for _, action := range []string{"cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:SetAlarmState", "cloudwatch:GetMetricData"} {
		for _, resource := range []string{"*", alarm} {
			if judge(looks, action, resource, nil) == engine.Allow {
				t.Errorf("DiagnoseRole may %s on %s", action, resource)
			}
		}
	}
	for _, logicalID := range []string{"RemediateRole", "NotifyRole", "ProbeRole"} {
		if judge(policies(t, all(), logicalID), "cloudwatch:DescribeAlarms", "*", nil) == engine.Allow {
			t.Errorf("%s may describe alarms", logicalID)
		}
	}
}

func TestCanaryKeysAreTheOnlyOnesThatDiagnoseMayUse(t *testing.T) {
	t.Parallel()
	first, _, _ := strings.Cut(canaries, ",")
	const other = "arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555"
	with, without := policies(t, map[string]string{"CanaryKeys": canaries}, "DiagnoseRole"), policies(t, nil, "DiagnoseRole")
	for _, action := range []string{"kms:Encrypt", "kms:DescribeKey"} {
		if judge(with, action, first, nil) != engine.Allow {
			t.Errorf("%s is refused on a canary key", action)
		}
		if judge(with, action, other, nil) == engine.Allow || judge(without, action, first, nil) == engine.Allow {
			t.Errorf("%s is allowed on a key that is no canary", action)
		}
	}
	if judge(with, "kms:Decrypt", first, nil) == engine.Allow {
		t.Error("kms:Decrypt is allowed on a canary key")
	}
}

func TestEachFunctionKeepsToItsOwnRecords(t *testing.T) {
	t.Parallel()
	stack := deploy(t, map[string]string{"Mode": "auto"})
	tests := []struct {
		role, action, partition string
		want                    bool
	}{
		{"DiagnoseRole", "dynamodb:PutItem", "SUBJECT", true},
		{"DiagnoseRole", "dynamodb:PutItem", "INCIDENT", true},
		{"DiagnoseRole", "dynamodb:Query", "SUBJECT", true},
		{"DiagnoseRole", "dynamodb:PutItem", "TOLD#01J", false},
		{"DiagnoseRole", "dynamodb:DeleteItem", "SUBJECT", false},
		{"RemediateRole", "dynamodb:PutItem", "SUBJECT", true},
		{"RemediateRole", "dynamodb:PutItem", "INCIDENT", false},
		{"NotifyRole", "dynamodb:PutItem", "TOLD#01J", true},
		{"NotifyRole", "dynamodb:PutItem", "SUBJECT", false},
		{"NotifyRole", "dynamodb:GetItem", "SUBJECT", false},
	}
	for _, tt := range tests {
		effect, _ := engine.Evaluate(role(t, stack, tt.role).Policies, engine.Request{Action: tt.action, Resource: stack.Tables[0].ARN,
			Context: map[string]string{"dynamodb:LeadingKeys": tt.partition}})
		if got := effect == engine.Allow; got != tt.want {
			t.Errorf("%s, %s on %s: allowed %v, want %v", tt.role, tt.action, tt.partition, got, tt.want)
		}
	}
}

func TestNobodyButTheProductPutsEventsOnItsBus(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	bus := stack.Buses[slices.IndexFunc(stack.Buses, func(b template.Bus) bool { return b.LogicalID == "Bus" })]
	tests := map[string]engine.Effect{
		role(t, stack, "DiagnoseRole").ARN:     engine.Silent, // the role's own policy decides
		role(t, stack, "RemediateRole").ARN:    engine.Silent,
		role(t, stack, "NotifyRole").ARN:       engine.Deny,
		"arn:aws:iam::111122223333:user/Alice": engine.Deny,
		"arn:aws:iam::111122223333:role/Admin": engine.Deny,
		"arn:aws:iam::999999999999:role/Other": engine.Deny,
	}
	for who, want := range tests {
		got, _ := engine.Evaluate(bus.Policies, engine.Request{Action: "events:PutEvents", Resource: bus.ARN, AWS: who,
			Context: map[string]string{"aws:PrincipalArn": who, "events:source": "xks-remediator"}})
		if got != want {
			t.Errorf("%s: got %v, want %v", who, got, want)
		}
	}
	for _, logicalID := range []string{"DiagnoseRole", "RemediateRole"} {
		for source, want := range map[string]engine.Effect{"xks-remediator": engine.Allow, "somebody": engine.Silent} {
			got, _ := engine.Evaluate(role(t, stack, logicalID).Policies, engine.Request{Action: "events:PutEvents", Resource: bus.ARN,
				Context: map[string]string{"events:source": source}})
			if got != want {
				t.Errorf("%s as %s: got %v, want %v", logicalID, source, got, want)
			}
		}
	}
}

// A queue takes what its own rules send, and nothing from a rule of somebody else.
func TestQueuesTakeWhatTheirOwnRulesSend(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	senders := make(map[string][]string) // by queue ARN
	for _, r := range stack.Rules {
		for _, target := range r.Targets {
			senders[target.ARN] = append(senders[target.ARN], r.ARN)
			senders[target.DeadLetterARN] = append(senders[target.DeadLetterARN], r.ARN)
		}
	}
	for _, q := range stack.Queues {
		for _, r := range append([]template.Rule{{ARN: "arn:aws:events:eu-central-1:999999999999:rule/theirs"}}, stack.Rules...) {
			got, _ := engine.Evaluate(q.Policies, engine.Request{Action: "sqs:SendMessage", Resource: q.ARN, Service: "events.amazonaws.com",
				Context: map[string]string{"aws:SourceArn": r.ARN}})
			if want := slices.Contains(senders[q.ARN], r.ARN); (got == engine.Allow) != want {
				t.Errorf("%s takes what %s sends: %v, want %v", q.LogicalID, r.ARN, got == engine.Allow, want)
			}
		}
	}
}

// The default policy of a topic lets every principal of its account publish to it.
// https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html
func TestNobodyButNotifyTellsOnCallByTheTopicsPolicy(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	told := func(topic template.Topic, principal, service string) bool {
		got, _ := engine.Evaluate(topic.Policies, engine.Request{Action: "sns:Publish", Resource: topic.ARN, AWS: principal, Service: service,
			Context: map[string]string{"aws:SourceAccount": "111122223333"}})
		return got == engine.Allow
	}
	for _, topic := range stack.Topics {
		if len(topic.Policies) == 0 {
			t.Errorf("%s has the default policy", topic.LogicalID)
		}
		for _, r := range stack.Roles {
			if want := topic.LogicalID == "Topic" && r.LogicalID == "NotifyRole"; told(topic, r.ARN, "") != want {
				t.Errorf("%s takes what %s publishes: want %v", topic.LogicalID, r.LogicalID, want)
			}
		}
		if want := topic.LogicalID == "OperationsTopic"; told(topic, "", "cloudwatch.amazonaws.com") != want {
			t.Errorf("%s takes what alarms publish: want %v", topic.LogicalID, want)
		}
	}
}

// Lambda attaches the probe to its VPC with the probe's role; the probe's own code may not even
// do that.
func TestTheProbeMayCallNothing(t *testing.T) {
	t.Parallel()
	stack := deploy(t, probed)
	probe := role(t, stack, "ProbeRole").Policies
	const own = "arn:aws:lambda:eu-central-1:111122223333:function:xks-remediator-ProbeFunction-1"
	for _, p := range probe {
		for _, s := range p.Statements {
			for _, action := range s.Actions {
				effect, _ := engine.Evaluate(probe, engine.Request{Action: action, Resource: "*", Context: map[string]string{"lambda:SourceFunctionArn": own}})
				if effect == engine.Allow {
					t.Errorf("the probe's code may %s", action)
				}
			}
		}
	}
	if judge(probe, "ec2:CreateNetworkInterface", "*", nil) != engine.Allow {
		t.Error("Lambda cannot attach the probe to its VPC")
	}
}

func TestDiagnoseMayInvokeTheProbeAndNoOtherFunction(t *testing.T) {
	t.Parallel()
	stack := deploy(t, probed)
	with, without := role(t, stack, "DiagnoseRole").Policies, policies(t, nil, "DiagnoseRole")
	for _, f := range stack.Functions {
		if got, want := judge(with, "lambda:InvokeFunction", f.ARN, nil) == engine.Allow, f.LogicalID == "ProbeFunction"; got != want {
			t.Errorf("diagnose may invoke %s: %v, want %v", f.LogicalID, got, want)
		}
		if judge(without, "lambda:InvokeFunction", f.ARN, nil) == engine.Allow {
			t.Errorf("without a probe diagnose may invoke %s", f.LogicalID)
		}
	}
}
