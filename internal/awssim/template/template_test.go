package template_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

func options(parameters map[string]string) template.Options {
	return template.Options{StackName: "reader", Region: "eu-central-1", Account: "111122223333", Parameters: parameters}
}

func whole(t *testing.T, parameters map[string]string) *template.Stack {
	t.Helper()
	source, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stack, err := template.Read(source, options(parameters))
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

// made is the name that the reader makes up for a resource that has none.
func made(t *testing.T, name, logicalID string) {
	t.Helper()
	rest, ok := strings.CutPrefix(name, "reader-"+logicalID+"-")
	if !ok || len(rest) != 12 || strings.ToUpper(rest) != rest {
		t.Errorf("the made-up name is %q, want reader-%s- and twelve letters and digits", name, logicalID)
	}
}

func TestQueues(t *testing.T) {
	t.Parallel()
	s := whole(t, nil)
	want := template.Queue{LogicalID: "Signals", Name: "reader-signals", ARN: "arn:aws:sqs:eu-central-1:111122223333:reader-signals",
		URL:   "https://sqs.eu-central-1.amazonaws.com/111122223333/reader-signals",
		Delay: 2 * time.Second, VisibilityTimeout: 3 * time.Minute, Retention: 96 * time.Hour, ReceiveWait: 20 * time.Second,
		DeadLetterARN: s.Queues[1].ARN, MaxReceiveCount: 5}
	if diff := cmp.Diff(want, s.Queues[0], cmpopts.IgnoreFields(template.Queue{}, "Policies")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	effect, _ := engine.Evaluate(s.Queues[0].Policies, engine.Request{Action: "sqs:SendMessage", Resource: want.ARN, Service: "events.amazonaws.com",
		Context: map[string]string{"aws:SourceArn": s.Rules[0].ARN}})
	if effect != engine.Allow {
		t.Error("the queue's policy does not let its rule send")
	}
	dead := s.Queues[1]
	made(t, dead.Name, "Dead")
	if dead.VisibilityTimeout != 30*time.Second || dead.Retention != 96*time.Hour || dead.Delay != 0 || len(dead.Policies) != 0 {
		t.Errorf("a queue without settings is not SQS's default: %+v", dead)
	}
}

func TestRulesAndBuses(t *testing.T) {
	t.Parallel()
	s := whole(t, nil)
	if len(s.Rules) != 2 {
		t.Fatalf("got %d rules, want 2: one is conditional", len(s.Rules))
	}
	failures, told := s.Rules[0], s.Rules[1]
	made(t, failures.Name, "Failures")
	if failures.Bus != "default" || failures.ARN != "arn:aws:events:eu-central-1:111122223333:rule/"+failures.Name ||
		failures.State != "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" || failures.PatternSource != `{"detail":{"errorCode":[{"prefix":"Xks"}]},"source":["aws.kms"]}` {
		t.Errorf("got %+v", failures)
	}
	if !failures.Pattern.Match([]byte(`{"source":"aws.kms","detail":{"errorCode":"XksProxy"}}`)) || failures.Pattern.Match([]byte(`{"source":"aws.kms","detail":{}}`)) {
		t.Error("the pattern does not match what it says")
	}
	wantTargets := []template.Target{{ID: "signals", ARN: s.Queues[0].ARN, DeadLetterARN: s.Queues[1].ARN, MaxAttempts: 3, MaxAge: 10 * time.Minute}}
	if diff := cmp.Diff(wantTargets, failures.Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if told.Bus != "reader-bus" || told.ARN != "arn:aws:events:eu-central-1:111122223333:rule/reader-bus/told" || told.State != "DISABLED" ||
		told.PatternSource != `{"detail-type":["x"],"source":["reader"]}` {
		t.Errorf("got %+v", told)
	}
	wantTargets = []template.Target{{ID: "q", ARN: s.Queues[0].ARN, MaxAttempts: 185, MaxAge: 24 * time.Hour, MessageGroupID: "g"}}
	if diff := cmp.Diff(wantTargets, told.Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	bus := s.Buses[0]
	put := engine.Request{Action: "events:PutEvents", Resource: bus.ARN, Context: map[string]string{"aws:PrincipalArn": "arn:aws:iam::111122223333:role/other"}}
	if effect, used := engine.Evaluate(bus.Policies, put); effect != engine.Deny || used[0].Policy != "OwnRolesOnly" {
		t.Errorf("the bus's policy says %d by %v to a stranger, want a deny", effect, used)
	}
	if got := bus.Policies[0].Statements[0].Sid; got != "OwnRolesOnly" {
		t.Errorf("the statement's Sid is %q, want the resource's StatementId", got)
	}
	put.Context["aws:PrincipalArn"] = s.Roles[0].ARN
	if effect, _ := engine.Evaluate(bus.Policies, put); effect != engine.Silent {
		t.Errorf("the bus's policy says %d to its own role, want nothing", effect)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	s := whole(t, map[string]string{"Keys": "arn:aws:kms:eu-central-1:111122223333:key/1, arn:aws:kms:eu-central-1:111122223333:key/2"})
	read, tell := s.Functions[0], s.Functions[1]
	made(t, read.Name, "Read")
	want := template.Function{LogicalID: "Read", Name: read.Name, ARN: "arn:aws:lambda:eu-central-1:111122223333:function:" + read.Name,
		Handler: "bootstrap", CodeURI: "functions/read", Runtime: "provided.al2023", Architectures: []string{"arm64"}, Timeout: time.Minute, MemoryMB: 128,
		Environment: map[string]string{"MODE": "observe", "LOG": "debug", "TABLE": s.Tables[0].Name, "BUS": "reader-bus", "SELF": "aws.amazonaws.com",
			"KEYS": "arn:aws:kms:eu-central-1:111122223333:key/1,arn:aws:kms:eu-central-1:111122223333:key/2"},
		RoleARN: s.Roles[0].ARN, ReservedConcurrency: -1}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
	want = template.Function{LogicalID: "Tell", Name: "tell", ARN: "arn:aws:lambda:eu-central-1:111122223333:function:tell",
		Handler: "bootstrap", CodeURI: "functions/tell", Runtime: "provided.al2023", Architectures: []string{"arm64"}, Timeout: 30 * time.Second, MemoryMB: 256,
		Environment: map[string]string{"MODE": "observe", "LOG": "info"}, RoleARN: "arn:aws:iam::111122223333:role/reader/tell", ReservedConcurrency: 5, InVPC: true,
		SubnetIDs: []string{"subnet-1"}, SecurityGroupIDs: []string{"sg-1"}}
	if diff := cmp.Diff(want, tell); diff != "" {
		t.Errorf("Tell (-want +got):\n%s", diff)
	}
	if role, ok := s.RoleOf(tell); !ok || role.LogicalID != "TellRole" {
		t.Errorf("the role of Tell is %q", role.LogicalID)
	}
	if _, ok := s.RoleOf(template.Function{RoleARN: "arn:aws:iam::111122223333:role/other"}); ok {
		t.Error("a role of somebody else was found")
	}
	if f, ok := s.Function("Tell"); !ok || f.Name != "tell" {
		t.Errorf("the function Tell is %q", f.Name)
	}
}

func TestMappings(t *testing.T) {
	t.Parallel()
	s := whole(t, map[string]string{"Workers": "7"})
	want := []template.EventSourceMapping{
		{LogicalID: "ReadSignals", FunctionARN: s.Functions[0].ARN, SourceARN: s.Queues[0].ARN, Enabled: true, BatchSize: 10, MaximumConcurrency: 7, ReportBatchItemFailures: true},
		{LogicalID: "Mapping", FunctionARN: s.Functions[1].ARN, SourceARN: s.Queues[1].ARN, BatchSize: 100, Window: 5 * time.Second}}
	if diff := cmp.Diff(want, s.Mappings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheRest(t *testing.T) {
	t.Parallel()
	s := whole(t, map[string]string{"Address": "on-call@example.com"})
	table := s.Tables[0]
	wantTable := template.Table{LogicalID: "Table", Name: table.Name, ARN: "arn:aws:dynamodb:eu-central-1:111122223333:table/" + table.Name, HashKey: "pk", RangeKey: "sk",
		Attributes: map[string]string{"pk": "S", "sk": "S", "state": "S"}, TTLAttribute: "ttl", PointInTime: true,
		Indexes: []template.Index{{Name: "by-state", HashKey: "state", Projection: "KEYS_ONLY"}}}
	if diff := cmp.Diff(wantTable, table); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	const topic = "arn:aws:sns:eu-central-1:111122223333:pages"
	wantSubscriptions := []template.Subscription{
		{LogicalID: "Topic.Subscription.1", TopicARN: topic, Protocol: "https", Endpoint: "https://pager.example.com", FilterScope: "MessageAttributes"},
		{LogicalID: "Mail", TopicARN: topic, Protocol: "email", Endpoint: "on-call@example.com", FilterPolicy: `{"severity":["critical"]}`, FilterScope: "MessageAttributes"}}
	if diff := cmp.Diff(wantSubscriptions, s.Subscriptions); diff != "" {
		t.Errorf("subscriptions (-want +got):\n%s", diff)
	}
	if got := s.Topics[0]; got.ARN != topic || len(got.Policies) != 1 || got.Policies[0].Statements[0].PrincipalSvcs[0] != "cloudwatch.amazonaws.com" {
		t.Errorf("topic: got %+v", got)
	}
	if diff := cmp.Diff([]template.LogGroup{{LogicalID: "Logs", Name: "/aws/lambda/tell", ARN: "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tell:*", RetentionDays: 30}}, s.LogGroups); diff != "" {
		t.Errorf("log groups (-want +got):\n%s", diff)
	}
	if got := s.Alarms[0]; got.Metric != "ApproximateNumberOfMessagesVisible" || got.Dimensions["QueueName"] != s.Queues[1].Name || got.Actions[0] != topic || got.ARN != "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:"+got.Name {
		t.Errorf("alarm: got %+v", got)
	}
	if diff := cmp.Diff([]template.Permission{{LogicalID: "Permission", Function: "tell", Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com", SourceARN: topic}}, s.Permissions); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	key := s.Keys[0]
	if len(key.ID) != 36 || key.ARN != "arn:aws:kms:eu-central-1:111122223333:key/"+key.ID || len(key.Policy.Statements) != 1 {
		t.Errorf("key: got %+v", key)
	}
	if diff := cmp.Diff([]template.Alias{{LogicalID: "KeyAlias", Name: "alias/reader", Target: key.ID}}, s.Aliases); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	s := whole(t, map[string]string{"Mode": "auto"})
	want := map[string]string{
		"QueueURL": s.Queues[0].URL, "RuleARN": "arn:aws:events:eu-central-1:111122223333:rule/reader-bus/told", "RuleName": "reader-bus|told",
		"Second": "b", "Period": "1", "Names": "c+d", "Literal": "${Kept} " + s.Functions[0].ARN, "WithOwn": "auto-eu-central-1-111122223333",
		"RoleName": role(t, s, "ReadRole").Name}
	if diff := cmp.Diff(want, s.Outputs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func role(t *testing.T, s *template.Stack, logicalID string) template.Role {
	t.Helper()
	for _, r := range s.Roles {
		if r.LogicalID == logicalID {
			return r
		}
	}
	t.Fatalf("there is no role %s", logicalID)
	return template.Role{}
}

// grants lists a role's actions by policy, in order.
func grants(r template.Role) []string {
	var out []string
	for _, p := range r.Policies {
		for _, s := range p.Statements {
			out = append(out, p.Name+"/"+s.Sid+": "+strings.Join(s.Actions, " "))
		}
	}
	return out
}

func TestRoles(t *testing.T) {
	t.Parallel()
	const logs = "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"
	s := whole(t, map[string]string{"Keys": "arn:aws:kms:eu-central-1:111122223333:key/1"})
	read, tell := role(t, s, "ReadRole"), role(t, s, "TellRole")
	made(t, read.Name, "ReadRole")
	shared := read.Policies[len(read.Policies)-1].Name
	made(t, shared, "Shared")
	want := []string{"ReadRolePolicy0/Table: dynamodb:GetItem", "ReadRolePolicy1/Keys: kms:Encrypt",
		"AWSLambdaBasicExecutionRole/#1: " + logs,
		"AWSLambdaSQSQueueExecutionRole/#1: sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes " + logs,
		"AWSXRayDaemonWriteAccess/#1: xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets xray:GetSamplingStatisticSummaries",
		shared + "/#1: sts:GetCallerIdentity"}
	if diff := cmp.Diff(want, grants(read)); diff != "" {
		t.Errorf("ReadRole (-want +got):\n%s", diff)
	}
	if got := read.Policies[0].Statements[0].Resources; len(got) != 1 || got[0] != s.Tables[0].ARN {
		t.Errorf("ReadRole may read %v", got)
	}
	want = []string{"publish/#1: sns:Publish", "more/#1: sqs:SendMessage", "AWSLambdaBasicExecutionRole/#1: " + logs, shared + "/#1: sts:GetCallerIdentity"}
	if diff := cmp.Diff(want, grants(tell)); diff != "" {
		t.Errorf("TellRole (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lambda.amazonaws.com"}, tell.Trusted); diff != "" {
		t.Errorf("trusted (-want +got):\n%s", diff)
	}
}

func TestAPolicyOfAFalseConditionIsNoPolicy(t *testing.T) {
	t.Parallel()
	for _, grant := range grants(role(t, whole(t, nil), "ReadRole")) {
		if strings.Contains(grant, "kms:Encrypt") {
			t.Errorf("got %s", grant)
		}
	}
}

func TestReadingTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	ignorePattern := cmpopts.IgnoreFields(template.Rule{}, "Pattern")
	if diff := cmp.Diff(whole(t, nil), whole(t, nil), ignorePattern); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func TestBustedTemplates(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/busted_*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d busted templates, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(source), "\n")
			says := strings.TrimPrefix(first, "# ")
			_, err = template.Read(source, options(nil))
			if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one sentence that says %q", err, says)
			}
		})
	}
}
