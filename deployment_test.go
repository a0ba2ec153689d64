package xksremediator_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

func deploy(t *testing.T, parameters map[string]string) *template.Stack {
	t.Helper()
	stack, err := template.Read(xksremediator.Template(), template.Options{StackName: "xks-remediator", Region: region, Account: account, Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

func function(t *testing.T, stack *template.Stack, logicalID string) template.Function {
	t.Helper()
	f, ok := stack.Function(logicalID)
	if !ok {
		t.Fatalf("there is no %s", logicalID)
	}
	return f
}

// variables are the environment variables that a Config reads.
func variables[C any]() []string {
	var names []string
	for f := range reflect.TypeFor[C]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// starts tells whether a function starts with an environment.
func starts[C any](environ map[string]string) error {
	_, err := boot.LoadFrom[C](environ, &bytes.Buffer{}, time.Now)
	return err
}

var configs = map[string]struct {
	variables []string
	start     func(environ map[string]string) error
}{
	"DiagnoseFunction":  {variables[diagnose.Config](), starts[diagnose.Config]},
	"RemediateFunction": {variables[remediate.Config](), starts[remediate.Config]},
	"NotifyFunction":    {variables[notify.Config](), starts[notify.Config]},
}

func TestATemplatesEnvironmentIsWhatTheFunctionReads(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	for logicalID, config := range configs {
		set := slices.Collect(maps.Keys(function(t, stack, logicalID).Environment))
		read := append(slices.Clone(config.variables), "LOG_LEVEL", "GOGC")                    // which boot reads, and Go's own runtime
		read = slices.DeleteFunc(read, func(name string) bool { return name == "AWS_REGION" }) // which Lambda sets
		slices.Sort(set)
		slices.Sort(read)
		if diff := cmp.Diff(slices.Compact(read), set); diff != "" {
			t.Errorf("%s: -read +set:\n%s", logicalID, diff)
		}
	}
	if set := function(t, deploy(t, probed), "ProbeFunction").Environment; len(set) > 0 {
		t.Errorf("the probe reads no variable, and is given %v", set)
	}
}

func TestEveryFunctionStartsWithWhatParametersAllow(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]string{
		"defaults":  nil,
		"the least": {"Mode": "approve", "MaxWritesPerIncident": "1", "MaxRoundsPerDay": "1", "RetentionDays": "1", "ReminderInterval": "1m", "RecheckDelays": "1s"},
		"the most":  {"Mode": "auto", "MaxWritesPerIncident": "100", "MaxRoundsPerDay": "48", "RetentionDays": "3650", "ReminderInterval": "99h", "RecheckDelays": "1s,2s,3s,4s,5s,6s,7s,8s,9s,60m"},
		"canaries":  {"CanaryKeys": canaries},
		"a probe":   probed,
	}
	for name, parameters := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack := deploy(t, parameters)
			for logicalID, config := range configs {
				environ := maps.Clone(function(t, stack, logicalID).Environment)
				environ["AWS_REGION"], environ["AWS_ACCESS_KEY_ID"] = region, "AKID"
				if err := config.start(environ); err != nil {
					t.Errorf("%s does not start: %v", logicalID, err)
				}
			}
		})
	}
}

// probed are the parameters that place a probe in a VPC.
var probed = map[string]string{"ProbeSubnetIds": "subnet-0a1,subnet-0b2", "ProbeSecurityGroupIds": "sg-0c3"}

// The probe is deployed whole or not at all.
func TestAProbeIsDeployedOnlyWhereItsPlaceIsSaid(t *testing.T) {
	t.Parallel()
	for name, parameters := range map[string]map[string]string{
		"neither": nil, "subnets alone": {"ProbeSubnetIds": "subnet-0a1"}, "groups alone": {"ProbeSecurityGroupIds": "sg-0c3"},
	} {
		stack := deploy(t, parameters)
		_, there := stack.Function("ProbeFunction")
		if there || function(t, stack, "DiagnoseFunction").Environment["PROBE_FUNCTION"] != "" || len(stack.Functions) != 3 {
			t.Errorf("%s: a probe is deployed: %v, and diagnose invokes %q", name, there, function(t, stack, "DiagnoseFunction").Environment["PROBE_FUNCTION"])
		}
	}
	stack := deploy(t, probed)
	probe := function(t, stack, "ProbeFunction")
	if !probe.InVPC || len(probe.Environment) != 0 || probe.Timeout <= 10*time.Second {
		t.Errorf("got %+v, want it in a VPC, without an environment, with more time than a probe takes", probe)
	}
	if got := function(t, stack, "DiagnoseFunction").Environment["PROBE_FUNCTION"]; got != probe.Name {
		t.Errorf("diagnose invokes %q, want %q", got, probe.Name)
	}
}

const canaries = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555,arn:aws:kms:eu-central-1:111122223333:key/66666666-7777-8888-9999-000000000000"

func TestABadParameterIsRefusedBeforeAnythingIsDeployed(t *testing.T) {
	t.Parallel()
	tests := map[string][2]string{
		"a mode that is none":           {"Mode", "yolo"},
		"no opt-in key":                 {"OptInTagKey", ""},
		"a key that ends the policy":    {"OptInTagKey", `x":"y"},"Z":{"a`},
		"a value that ends the policy":  {"OptInTagValue", `"`},
		"a canary by alias":             {"CanaryKeys", "arn:aws:kms:eu-central-1:111122223333:alias/canary"},
		"every key as canary":           {"CanaryKeys", "*"},
		"a subnet that is none":         {"ProbeSubnetIds", "10.0.1.0/24"},
		"a group that is none":          {"ProbeSecurityGroupIds", "default"},
		"a schedule that AWS refuses":   {"TickMinutes", "0"},
		"a delay without unit":          {"RecheckDelays", "15"},
		"no write at all":               {"MaxWritesPerIncident", "0"},
		"rounds without end":            {"MaxRoundsPerDay", "1000"},
		"a reminder of days":            {"ReminderInterval", "2d"},
		"nothing kept":                  {"RetentionDays", "0"},
		"logs for a time AWS has not":   {"LogRetentionDays", "42"},
		"an address that is none":       {"NotificationEmail", "on-call"},
		"an architecture that is none":  {"Architecture", "sparc"},
		"a level that is none":          {"LogLevel", "loud"},
		"a parameter that is not there": {"Moed", "auto"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Read(xksremediator.Template(), template.Options{StackName: "x", Region: region, Account: account, Parameters: map[string]string{tt[0]: tt[1]}})
			if err == nil || !strings.Contains(err.Error(), tt[0]) {
				t.Errorf("%s=%s: got %v, want an error that names the parameter", tt[0], tt[1], err)
			}
		})
	}
}

// Lambda advises a visibility timeout of six times the function's, and five tries.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func TestEveryQueueOutlivesItsFunctionAndKeepsWhatFailed(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	queues := make(map[string]template.Queue)
	for _, q := range stack.Queues {
		queues[q.ARN] = q
		if q.Retention > 4*24*time.Hour {
			t.Errorf("%s keeps raw events for %s, and four days are promised", q.LogicalID, q.Retention)
		}
	}
	if len(stack.Mappings) != 4 {
		t.Errorf("got %d mappings, want one for each of four queues", len(stack.Mappings))
	}
	for _, m := range stack.Mappings {
		q := queues[m.SourceARN]
		i := slices.IndexFunc(stack.Functions, func(f template.Function) bool { return f.ARN == m.FunctionARN })
		if f := stack.Functions[i]; q.VisibilityTimeout < 6*f.Timeout {
			t.Errorf("%s hides a message for %s, and %s takes up to %s", q.LogicalID, q.VisibilityTimeout, f.LogicalID, f.Timeout)
		}
		if _, ok := queues[q.DeadLetterARN]; !ok || q.MaxReceiveCount < 5 {
			t.Errorf("%s: dead letters go to %q after %d tries, want a queue of the template after 5", q.LogicalID, q.DeadLetterARN, q.MaxReceiveCount)
		}
		if !m.ReportBatchItemFailures || m.BatchSize != 10 || m.Window != 0 || m.MaximumConcurrency != 2 {
			t.Errorf("%s: %+v; want batches of 10 without window, two at a time, failures reported one by one", m.LogicalID, m)
		}
	}
}

func TestTheTableKeepsIncidentsSafely(t *testing.T) {
	t.Parallel()
	tables := deploy(t, nil).Tables
	if len(tables) != 1 {
		t.Fatalf("got %d tables, want 1", len(tables))
	}
	if got := tables[0]; got.HashKey != "pk" || got.RangeKey != "sk" || got.TTLAttribute != "expires" || !got.PointInTime {
		t.Errorf("got %+v; want pk and sk, TTL on expires, and point-in-time recovery", got)
	}
}

// Whatever fails inside the product is told on the operations topic.
func TestEveryFailureOfTheProductHasItsAlarm(t *testing.T) {
	t.Parallel()
	stack := deploy(t, probed)
	topics := make(map[string]string)
	for _, topic := range stack.Topics {
		topics[topic.LogicalID] = topic.ARN
	}
	watched := make(map[string]bool)
	for _, a := range stack.Alarms {
		if !slices.Equal(a.Actions, []string{topics["OperationsTopic"]}) {
			t.Errorf("%s tells %v, want the operations topic", a.LogicalID, a.Actions)
		}
		watched[a.Namespace+" "+a.Metric+" "+strings.Join(slices.Sorted(maps.Values(a.Dimensions)), " ")] = true
	}
	want := []string{"XksRemediator TicksCompleted ", "XksRemediator TopicUnconfirmed ", "XksRemediator EventsMalformed "}
	for _, q := range stack.Queues {
		if q.DeadLetterARN == "" {
			want = append(want, "AWS/SQS ApproximateNumberOfMessagesVisible "+q.Name)
		} else {
			want = append(want, "AWS/SQS ApproximateAgeOfOldestMessage "+q.Name)
		}
	}
	for _, f := range stack.Functions {
		want = append(want, "AWS/Lambda Errors "+f.Name)
	}
	for _, metric := range want {
		if !watched[metric] {
			t.Errorf("no alarm watches %s", metric)
		}
	}
}

// The product cannot tell of a tick that it never had: silence itself is the alarm.
func TestThreePeriodsWithoutATickAreAnAlarm(t *testing.T) {
	t.Parallel()
	var document struct {
		Mappings struct {
			Periods map[string]struct {
				Seconds int `yaml:"Seconds"`
			} `yaml:"TickPeriods"`
		} `yaml:"Mappings"`
		Parameters struct {
			TickMinutes struct {
				AllowedValues []string `yaml:"AllowedValues"`
			} `yaml:"TickMinutes"`
		} `yaml:"Parameters"`
		Resources struct {
			TickAlarm struct {
				Properties struct {
					Period             []string `yaml:"Period"` // of FindInMap
					EvaluationPeriods  int      `yaml:"EvaluationPeriods"`
					DatapointsToAlarm  *int     `yaml:"DatapointsToAlarm"` // all periods where absent
					Threshold          int      `yaml:"Threshold"`
					ComparisonOperator string   `yaml:"ComparisonOperator"`
					TreatMissingData   string   `yaml:"TreatMissingData"`
				} `yaml:"Properties"`
			} `yaml:"TickAlarm"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(xksremediator.Template(), &document); err != nil {
		t.Fatal(err)
	}
	a := document.Resources.TickAlarm.Properties
	if !slices.Equal(a.Period, []string{"TickPeriods", "TickMinutes", "Seconds"}) || a.EvaluationPeriods != 3 || a.DatapointsToAlarm != nil ||
		a.Threshold != 1 || a.ComparisonOperator != "LessThanThreshold" || a.TreatMissingData != "breaching" {
		t.Errorf("got %+v; want fewer than one tick in each of three periods, no data counting as none", a)
	}
	if len(document.Mappings.Periods) != len(document.Parameters.TickMinutes.AllowedValues) {
		t.Errorf("got %d periods for %d values of the parameter", len(document.Mappings.Periods), len(document.Parameters.TickMinutes.AllowedValues))
	}
	for minutes, period := range document.Mappings.Periods {
		if n, err := strconv.Atoi(minutes); err != nil || period.Seconds != 60*n {
			t.Errorf("%s minutes are given as %d seconds", minutes, period.Seconds)
		}
	}
}

func TestAnAddressIsSubscribedOnlyWhereOneIsGiven(t *testing.T) {
	t.Parallel()
	if got := deploy(t, nil).Subscriptions; len(got) != 0 {
		t.Errorf("without an address: got %v, want none", got)
	}
	if got := deploy(t, map[string]string{"NotificationEmail": "on-call@example.com"}).Subscriptions; len(got) != 2 {
		t.Errorf("with an address: got %v, want one for each topic", got)
	}
}

// What is at rest must not be encrypted by a key that an external key store can take down.
func TestEverythingAtRestIsEncryptedByKeysThatNoKeyStoreCanTakeDown(t *testing.T) {
	t.Parallel()
	var document struct {
		Resources map[string]struct {
			Type       string               `yaml:"Type"`
			Properties map[string]yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(xksremediator.Template(), &document); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for logicalID, r := range document.Resources {
		property := func(name string) string { n := r.Properties[name]; return n.Value }
		switch r.Type {
		case "AWS::SQS::Queue":
			seen++
			if property("SqsManagedSseEnabled") != "true" || property("KmsMasterKeyId") != "" {
				t.Errorf("%s is not encrypted by SQS's own key", logicalID)
			}
		case "AWS::SNS::Topic":
			seen++
			if property("KmsMasterKeyId") != "TopicKey" {
				t.Errorf("%s is encrypted by %q, want the template's own key", logicalID, property("KmsMasterKeyId"))
			}
		case "AWS::KMS::Key":
			seen++
			if property("Origin") != "" {
				t.Errorf("%s has its material outside KMS", logicalID)
			}
		case "AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::Events::EventBus":
			seen++
			for _, name := range []string{"SSESpecification", "KmsKeyId", "KmsKeyIdentifier"} {
				if _, ok := r.Properties[name]; ok {
					t.Errorf("%s is not encrypted by the service's own key", logicalID)
				}
			}
		}
	}
	if seen != 18 {
		t.Errorf("looked at %d resources, want 9 queues, 2 topics, 1 key, 1 table, 4 log groups and 1 bus", seen)
	}
}

func samples(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("events", folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples in events/%s: %v", folder, err)
	}
	all := make(map[string][]byte)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = text
	}
	return all
}
