//go:build e2e

package deployment

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// deployed is a stack by what its services tell, looked at for what has to hold of it
// whatever the template says.
type deployed struct {
	t         *testing.T
	resources map[string]stated
}

// holdsWhatMatters wants what the product's promises rest on.
func holdsWhatMatters(t *testing.T, v variant, there map[string]stated) {
	t.Helper()
	d := deployed{t, there}
	d.rulesReachTheirQueues()
	d.queuesOutliveTheirFunctions(v.parameters)
	d.nothingRestsUnderAnotherKey()
	d.tableKeepsTheJournal()
	d.busTakesNobodyElse()
	d.modeDecidesAboutWrites(v.parameters)
	d.onlyWhatWasAskedForIsThere(v.parameters)
	d.probeStandsWhereItWasPlaced(v.parameters)
	d.diagnoseReachesWhatWasAskedFor(v.parameters)
	d.failuresRing(v.parameters)
}

// of returns the resources of a type, as many as there have to be.
func (d deployed) of(kind string, count int) map[string]stated {
	d.t.Helper()
	found := make(map[string]stated)
	for logicalID, r := range d.resources {
		if r.Type == kind {
			found[logicalID] = r
		}
	}
	if len(found) != count {
		d.t.Errorf("there are %d of type %s (%v), want %d", len(found), kind, slices.Sorted(maps.Keys(found)), count)
	}
	return found
}

// at follows names and positions into a resource's properties; what is not there is nil.
func at(r stated, way ...string) any {
	var v any = r.Properties
	for _, name := range way {
		switch part := v.(type) {
		case map[string]any:
			v = part[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(part) {
				return nil
			}
			v = part[i]
		default:
			return nil
		}
	}
	return v
}

// text is at in canonical spelling, as JSON where it is not one value.
func text(r stated, way ...string) string {
	switch v := canonical("", at(r, way...)).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(raw)
	}
}

// A rule delivers to a queue only where the queue's policy lets it, and without a dead-letter
// queue what cannot be delivered is lost. Cryptographic calls are read-only management events,
// which a rule sees in one state alone.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
func (d deployed) rulesReachTheirQueues() {
	d.t.Helper()
	admits := make(map[string]string) // queue ARN → policy
	for _, q := range d.of("AWS::SQS::Queue", 9) {
		if of := text(q, "Policy", "Statement", "0", "Resource"); of != "" {
			admits[of] = text(q, "Policy")
		}
	}
	for logicalID, r := range d.of("AWS::Events::Rule", 7) {
		target, dead := text(r, "Targets", "0", "Arn"), text(r, "Targets", "0", "DeadLetterConfig", "Arn")
		if !strings.Contains(dead, "RuleDeadLetterQueue") {
			d.t.Errorf("%s loses what %s does not take: dead letters go to %q", logicalID, target, dead)
		}
		for _, queue := range []string{target, dead} {
			if !strings.Contains(admits[queue], "-"+logicalID+"-") || !strings.Contains(admits[queue], "events.amazonaws.com") {
				d.t.Errorf("the policy of %s does not let %s send: %s", queue, logicalID, admits[queue])
			}
		}
		want := "ENABLED"
		if logicalID == "CryptographicCallFailedRule" {
			want = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
		}
		if got := text(r, "State"); got != want {
			d.t.Errorf("%s is %s, want %s", logicalID, got, want)
		}
	}
}

// Lambda advises a visibility timeout of six times the function's and at least five tries, and
// without ReportBatchItemFailures one bad message brings its whole batch back.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (d deployed) queuesOutliveTheirFunctions(parameters map[string]string) {
	d.t.Helper()
	functions := d.of("AWS::Lambda::Function", count(parameters, 3))
	queues := d.of("AWS::SQS::Queue", 9)
	for logicalID, m := range d.of("AWS::Lambda::EventSourceMapping", 4) {
		function := resourceNamed(functions, text(m, "FunctionName"))
		queue := resourceNamed(queues, text(m, "EventSourceArn"))
		timeout, hidden := number(text(functions[function], "Timeout")), number(text(queues[queue], "VisibilityTimeout"))
		if timeout <= 0 || hidden < 6*timeout {
			d.t.Errorf("%s: %s hides a message for %d s, and %s runs for up to %d s", logicalID, queue, hidden, function, timeout)
		}
		if tries := number(text(queues[queue], "RedrivePolicy", "maxReceiveCount")); tries < 5 {
			d.t.Errorf("%s gives up after %d tries, want 5 at least", queue, tries)
		}
		if got := text(m, "FunctionResponseTypes"); got != `["ReportBatchItemFailures"]` {
			d.t.Errorf("%s reports %s", logicalID, got)
		}
		if got := text(m, "ScalingConfig", "MaximumConcurrency"); got != "2" { // the least that AWS takes
			d.t.Errorf("%s runs %s at a time, want 2: the rest of the concurrency is the customer's", logicalID, got)
		}
	}
}

// resourceNamed returns the logical ID that a physical name or ARN was made from.
func resourceNamed(among map[string]stated, physical string) string {
	for logicalID := range among {
		if strings.Contains(physical, "-"+logicalID+"-") {
			return logicalID
		}
	}
	return ""
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// A queue or topic under a key of the store that is down would stop the repair; CloudWatch can
// use a topic's key only where the key's policy says so.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (d deployed) nothingRestsUnderAnotherKey() {
	d.t.Helper()
	for logicalID, q := range d.of("AWS::SQS::Queue", 9) {
		if text(q, "SqsManagedSseEnabled") != "true" || text(q, "KmsMasterKeyId") != "" {
			d.t.Errorf("%s is not encrypted by SQS's own key", logicalID)
		}
		if kept := number(text(q, "MessageRetentionPeriod")); kept > 4*24*60*60 {
			d.t.Errorf("%s keeps raw events for %d s, and four days are promised", logicalID, kept)
		}
	}
	for logicalID, topic := range d.of("AWS::SNS::Topic", 2) {
		if text(topic, "KmsMasterKeyId") == "" {
			d.t.Errorf("%s is not encrypted", logicalID)
		}
	}
	for logicalID, key := range d.of("AWS::KMS::Key", 1) {
		if text(key, "Origin") != "AWS_KMS" || text(key, "EnableKeyRotation") != "true" {
			d.t.Errorf("%s has its material in %s, rotation %s", logicalID, text(key, "Origin"), text(key, "EnableKeyRotation"))
		}
		if policy := text(key, "KeyPolicy"); !strings.Contains(policy, `"Service":"cloudwatch.amazonaws.com"`) {
			d.t.Errorf("%s does not let CloudWatch use it: %s", logicalID, policy)
		}
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func (d deployed) tableKeepsTheJournal() {
	d.t.Helper()
	for logicalID, table := range d.of("AWS::DynamoDB::Table", 1) {
		want := map[string]string{
			"KeySchema":                        `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`,
			"TimeToLiveSpecification":          `{"AttributeName":"expires","Enabled":"true"}`,
			"PointInTimeRecoverySpecification": `{"PointInTimeRecoveryEnabled":"true"}`,
			"BillingMode":                      "PAY_PER_REQUEST",
			"SSEDescription":                   "", // the key that DynamoDB owns
		}
		for property, value := range want {
			if got := text(table, property); got != value {
				d.t.Errorf("%s has %s %s, want %s", logicalID, property, got, value)
			}
		}
	}
}

// The events of the bus are orders to the only writer: whoever can put one there is trusted.
func (d deployed) busTakesNobodyElse() {
	d.t.Helper()
	for logicalID, bus := range d.of("AWS::Events::EventBus", 1) {
		statement := text(bus, "Policy", "Statement", "0")
		but := text(bus, "Policy", "Statement", "0", "Condition", "StringNotEquals", "aws:PrincipalArn")
		if text(bus, "Policy", "Statement", "0", "Effect") != "Deny" || text(bus, "Policy", "Statement", "0", "Principal") != "*" ||
			text(bus, "Policy", "Statement", "1") != "" || strings.Count(but, "arn:") != 2 ||
			!strings.Contains(but, "-DiagnoseRole-") || !strings.Contains(but, "-RemediateRole-") {
			d.t.Errorf("%s is not denied to all but two roles: %s", logicalID, statement)
		}
	}
}

// writes are the calls that change a customer's resource.
var writes = []string{"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:ModifyVpcEndpointServicePermissions",
	"ec2:StartVpcEndpointServicePrivateDnsVerification", "kms:ConnectCustomKeyStore", "kms:DisconnectCustomKeyStore"}

// actionsOf lists what a role's own policies name as actions.
func actionsOf(role stated) []string {
	var actions []string
	inline, _ := at(role, "Policies").([]any)
	for i := range inline {
		statements, _ := at(role, "Policies", strconv.Itoa(i), "PolicyDocument", "Statement").([]any)
		for _, s := range statements {
			actions = append(actions, actionsIn(stated{Properties: s.(map[string]any)})...)
		}
	}
	return actions
}

// In auto mode the role of remediate alone may write, to what carries the tag; in any other
// mode no role may.
func (d deployed) modeDecidesAboutWrites(parameters map[string]string) {
	d.t.Helper()
	for logicalID, role := range d.of("AWS::IAM::Role", count(parameters, 3)) {
		actions := actionsOf(role)
		var held []string
		for _, call := range writes {
			if slices.Contains(actions, call) {
				held = append(held, call)
			}
		}
		want := []string(nil)
		if parameters["Mode"] == "auto" && logicalID == "RemediateRole" {
			want = writes
		}
		if !slices.Equal(held, want) {
			d.t.Errorf("in mode %s %s may %v, want %v", parameters["Mode"], logicalID, held, want)
		}
		if len(actions) == 0 || strings.Contains(strings.Join(actions, " "), "*") || text(role, "ManagedPolicyArns") != "" {
			d.t.Errorf("%s holds %v and %s, want single actions", logicalID, actions, text(role, "ManagedPolicyArns"))
		}
		policies := text(role, "Policies")
		if key, ok := parameters["OptInTagKey"]; ok && want != nil {
			if on := `"aws:ResourceTag/` + key + `":"` + parameters["OptInTagValue"] + `"`; strings.Count(policies, on) != 2 {
				d.t.Errorf("%s may write without the tag: %s", logicalID, policies)
			}
		}
	}
}

// An address and canary keys have effect where they are given, and leave nothing where not.
func (d deployed) onlyWhatWasAskedForIsThere(parameters map[string]string) {
	d.t.Helper()
	subscriptions, keys := 0, 0
	if parameters["NotificationEmail"] != "" {
		subscriptions = 2
	}
	if parameters["CanaryKeys"] != "" {
		keys = len(strings.Split(parameters["CanaryKeys"], ","))
	}
	for logicalID, s := range d.of("AWS::SNS::Subscription", subscriptions) {
		if text(s, "Protocol") != "email" || text(s, "Endpoint") != parameters["NotificationEmail"] {
			d.t.Errorf("%s tells %s by %s", logicalID, text(s, "Endpoint"), text(s, "Protocol"))
		}
	}
	policies := text(d.resources["DiagnoseRole"], "Policies")
	if got := strings.Count(policies, ":key/"); got != keys {
		d.t.Errorf("diagnose may use %d canary keys, want %d", got, keys)
	}
	if may := strings.Contains(policies, `"kms:Encrypt"`); may != (keys > 0) {
		d.t.Errorf("diagnose may encrypt: %v, with %d canary keys", may, keys)
	}
}

// Whatever fails in the product rings at the operations topic, and no data from the tick is
// itself a failure.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (d deployed) failuresRing(parameters map[string]string) {
	d.t.Helper()
	for logicalID, alarm := range d.of("AWS::CloudWatch::Alarm", count(parameters, 15)) {
		if got := text(alarm, "AlarmActions"); !strings.Contains(got, "-OperationsTopic-") || strings.Count(got, "arn:") != 1 {
			d.t.Errorf("%s tells %s, want the operations topic", logicalID, got)
		}
		want := "notBreaching"
		if logicalID == "TickAlarm" {
			want = "breaching"
		}
		if got := text(alarm, "TreatMissingData"); got != want {
			d.t.Errorf("%s takes missing data as %s, want %s", logicalID, got, want)
		}
	}
}
