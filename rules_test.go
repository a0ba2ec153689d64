package xksremediator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// matching names the rules of a bus that match an event.
func matching(stack *template.Stack, bus string, event []byte) []string {
	var names []string
	for _, r := range stack.Rules {
		if r.Bus == bus && r.Pattern != nil && r.Pattern.Match(event) {
			names = append(names, r.LogicalID)
		}
	}
	return names
}

func TestEachSampleSignalMatchesExactlyOneRule(t *testing.T) {
	t.Parallel()
	const failed, changed, cryptographic, alarm = "KeyStoreCallFailedRule", "KeyStoreChangedRule", "CryptographicCallFailedRule", "AlarmRule"
	want := map[string][]string{
		"alarm-insights-all-key-stores.json":       {alarm},
		"alarm-insights.json":                      {alarm},
		"alarm-math.json":                          {alarm},
		"alarm-metric.json":                        {alarm},
		"connect-denied.json":                      {changed},
		"connect-failed.json":                      {changed},
		"connect-succeeded.json":                   {changed},
		"create-denied.json":                       {failed},
		"create-failed-invalid-configuration.json": {failed},
		"create-failed-not-found.json":             {failed},
		"create-key-failed.json":                   {failed},
		"decrypt-failed.json":                      {cryptographic},
		"disconnect-by-person.json":                {changed},
		"generate-data-key-by-service.json":        {cryptographic},
		"recheck.json":                             nil, // never on a bus
		"tick.json":                                nil, // a schedule's rule has no pattern
		"update-by-person.json":                    {changed},
		"update-failed.json":                       {changed},
	}
	stack := deploy(t, nil)
	got := make(map[string][]string)
	for name, event := range samples(t, "signals") {
		got[name] = matching(stack, "default", event)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// call is a CloudTrail event of KMS with what a test says of it.
func call(t *testing.T, detail string) []byte {
	t.Helper()
	event := fmt.Sprintf(`{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.kms","account":"111122223333",
		"time":"2026-03-02T15:04:05Z","region":"eu-central-1","resources":[],"detail":{"eventSource":"kms.amazonaws.com",%s}}`, detail)
	if !json.Valid([]byte(event)) {
		t.Fatalf("not JSON: %s", event)
	}
	return []byte(event)
}

func TestRulesTakeKeyStoreFailuresAndLeaveOrdinaryTraffic(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		detail string
		want   []string
	}{
		"Decrypt in a key store succeeds":            {`"eventName":"Decrypt","additionalEventData":{"customKeyStoreId":"cks-1","xksKeyId":"k"}`, nil},
		"Decrypt is denied":                          {`"eventName":"Decrypt","errorCode":"AccessDenied"`, nil},
		"Decrypt in a key store is denied":           {`"eventName":"Decrypt","errorCode":"AccessDenied","additionalEventData":{"customKeyStoreId":"cks-1"}`, nil},
		"Decrypt with a disabled key":                {`"eventName":"Decrypt","errorCode":"DisabledException","additionalEventData":{"customKeyStoreId":"cks-1"}`, nil},
		"a key state conflict without key store":     {`"eventName":"CancelKeyDeletion","errorCode":"KMSInvalidStateException","requestParameters":{"keyId":"k"}`, nil},
		"ReEncrypt in a key store fails":             {`"eventName":"ReEncrypt","errorCode":"KMSInvalidStateException","additionalEventData":{"customKeyStoreId":"cks-1"}`, []string{"CryptographicCallFailedRule"}},
		"DescribeCustomKeyStores":                    {`"eventName":"DescribeCustomKeyStores","requestParameters":null`, nil},
		"CreateKey succeeds":                         {`"eventName":"CreateKey","requestParameters":{"customKeyStoreId":"cks-1"}`, nil},
		"CreateKey is denied, no key store named":    {`"eventName":"CreateKey","errorCode":"AccessDenied","requestParameters":{"origin":"AWS_KMS"}`, nil},
		"CreateKey is denied without parameters":     {`"eventName":"CreateKey","errorCode":"AccessDenied","requestParameters":null`, nil},
		"CreateKey in a key store is denied":         {`"eventName":"CreateKey","errorCode":"AccessDeniedException","requestParameters":{"customKeyStoreId":"cks-1"}`, []string{"KeyStoreCallFailedRule"}},
		"CreateKey in a store that is not connected": {`"eventName":"CreateKey","errorCode":"CustomKeyStoreInvalidStateException"`, []string{"KeyStoreCallFailedRule"}},
		"CreateKey with an external key in use":      {`"eventName":"CreateKey","errorCode":"XksKeyAlreadyInUseException"`, []string{"KeyStoreCallFailedRule"}},
		"CreateKey over its quota":                   {`"eventName":"CreateKey","errorCode":"LimitExceededException"`, nil},
		"CreateCustomKeyStore succeeds":              {`"eventName":"CreateCustomKeyStore","responseElements":{"customKeyStoreId":"cks-1"}`, nil},
		"CreateCustomKeyStore of CloudHSM fails":     {`"eventName":"CreateCustomKeyStore","errorCode":"CloudHsmClusterNotFoundException"`, nil},
		"CreateCustomKeyStore finds the URI in use":  {`"eventName":"CreateCustomKeyStore","errorCode":"XksProxyUriInUseException"`, []string{"KeyStoreCallFailedRule"}},
		"CreateCustomKeyStore is denied by EC2":      {`"eventName":"CreateCustomKeyStore","errorCode":"Client.UnauthorizedOperation"`, []string{"KeyStoreCallFailedRule"}},
		"DeleteCustomKeyStore succeeds":              {`"eventName":"DeleteCustomKeyStore","requestParameters":{"customKeyStoreId":"cks-1"}`, nil},
		"DeleteCustomKeyStore is denied":             {`"eventName":"DeleteCustomKeyStore","errorCode":"AccessDenied"`, []string{"KeyStoreCallFailedRule"}},
		"ConnectCustomKeyStore fails in any way":     {`"eventName":"ConnectCustomKeyStore","errorCode":"SomethingNewException"`, []string{"KeyStoreChangedRule"}},
		"UpdateCustomKeyStore cannot reach":          {`"eventName":"UpdateCustomKeyStore","errorCode":"XksProxyUriUnreachableException"`, []string{"KeyStoreChangedRule"}},
		"DisconnectCustomKeyStore succeeds":          {`"eventName":"DisconnectCustomKeyStore"`, []string{"KeyStoreChangedRule"}},
	}
	stack := deploy(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := matching(stack, "default", call(t, tt.detail)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// alarm is a CloudWatch alarm's change of state.
func alarm(state, metrics string) []byte {
	return fmt.Appendf(nil, `{"version":"0","id":"1","detail-type":"CloudWatch Alarm State Change","source":"aws.cloudwatch","account":"111122223333",
		"time":"2026-03-02T15:04:05Z","region":"eu-central-1","resources":[],"detail":{"alarmName":"a","state":{"value":%q},"configuration":{"metrics":[%s]}}}`, state, metrics)
}

func TestAlarmsOnKeyStoreMetricsAloneWakeIt(t *testing.T) {
	t.Parallel()
	const errors = `{"id":"m1","metricStat":{"metric":{"namespace":"AWS/KMS","name":"XksProxyErrors","dimensions":{}},"period":60,"stat":"Sum"}}`
	const cpu = `{"id":"m2","metricStat":{"metric":{"namespace":"AWS/EC2","name":"CPUUtilization","dimensions":{}},"period":60,"stat":"Average"}}`
	tests := map[string]struct {
		event []byte
		want  bool
	}{
		"errors of the proxy":                  {alarm("ALARM", errors), true},
		"the same, back to OK":                 {alarm("OK", errors), false},
		"the same, without data":               {alarm("INSUFFICIENT_DATA", errors), false},
		"an expression over it and another":    {alarm("ALARM", `{"id":"e","expression":"m1/m2"},`+cpu+`,`+errors), true},
		"throttled calls":                      {alarm("ALARM", `{"metricStat":{"metric":{"namespace":"AWS/KMS","name":"ExternalKeyStoreThrottle"}}}`), true},
		"a metric to come, of one key store":   {alarm("ALARM", `{"metricStat":{"metric":{"namespace":"AWS/KMS","name":"New","dimensions":{"CustomKeyStoreId":"cks-1"}}}}`), true},
		"a metric of other keys":               {alarm("ALARM", `{"metricStat":{"metric":{"namespace":"AWS/KMS","name":"SecondsUntilKeyMaterialExpiration","dimensions":{"KeyId":"k"}}}}`), false},
		"a metric of the same name elsewhere":  {alarm("ALARM", `{"metricStat":{"metric":{"namespace":"Custom","name":"XksProxyErrors"}}}`), false},
		"a query":                              {alarm("ALARM", `{"expression":"SELECT SUM(XksProxyErrors) FROM \"AWS/KMS\" GROUP BY CustomKeyStoreId"}`), true},
		"a query of one key store":             {alarm("ALARM", `{"expression":"SELECT SUM(New) FROM SCHEMA(\"AWS/KMS\", CustomKeyStoreId)"}`), true},
		"a query of another namespace":         {alarm("ALARM", `{"expression":"SELECT AVG(XksProxyErrors) FROM \"Custom\""}`), false},
		"the product's own alarm on its ticks": {alarm("ALARM", `{"metricStat":{"metric":{"namespace":"XksRemediator","name":"TicksCompleted"}}}`), false},
	}
	stack := deploy(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := len(matching(stack, "default", tt.event)) == 1; got != tt.want {
				t.Errorf("matched: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestEveryLifecycleEventIsToldAndOnlyAutomaticPlansAreOrders(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	for name, event := range samples(t, "lifecycle") {
		if got := matching(stack, "default", event); len(got) > 0 {
			t.Errorf("%s would wake the product by %v", name, got)
		}
		var parsed struct {
			Type   string `json:"detail-type"`
			Detail struct{ Automatic bool }
		}
		if err := json.Unmarshal(event, &parsed); err != nil {
			t.Fatal(err)
		}
		want := []string{"NoticeRule"}
		if parsed.Type == "Diagnosis Completed" && parsed.Detail.Automatic {
			want = []string{"ActionRule", "NoticeRule"}
		}
		if got := matching(stack, "xks-remediator", event); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	const event = `{"source":"xks-remediator","detail-type":%q,"detail":{"automatic":%t}}`
	for _, tt := range []struct {
		kind      string
		automatic bool
		want      int
	}{{"Diagnosis Completed", true, 2}, {"Diagnosis Completed", false, 1}, {"Fix Applied", true, 1}} {
		if got := matching(stack, "xks-remediator", fmt.Appendf(nil, event, tt.kind, tt.automatic)); len(got) != tt.want {
			t.Errorf("%s, automatic %t: got %v, want %d rules", tt.kind, tt.automatic, got, tt.want)
		}
	}
}

// A longer pattern needs a raised quota.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
func TestRulesKeepToEventBridgesLimits(t *testing.T) {
	t.Parallel()
	for _, r := range deploy(t, nil).Rules {
		if n := len(r.PatternSource); n > 2048 {
			t.Errorf("%s has a pattern of %d characters, and the quota is 2,048", r.LogicalID, n)
		}
		for _, target := range r.Targets {
			if target.DeadLetterARN == "" {
				t.Errorf("%s loses what it cannot hand to %s", r.LogicalID, target.ID)
			}
		}
		reads := r.LogicalID == "CryptographicCallFailedRule"
		if got := r.State == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"; got != reads {
			t.Errorf("%s: takes read-only calls: %v, want %v", r.LogicalID, got, reads)
		}
	}
}

// A backlog of events waits in its own queue: the look at everything must not stand behind it.
func TestTheScheduleDoesNotQueueBehindEvents(t *testing.T) {
	t.Parallel()
	stack := deploy(t, nil)
	queues := make(map[string]string)
	for _, q := range stack.Queues {
		queues[q.ARN] = q.LogicalID
	}
	want := map[string]string{
		"KeyStoreCallFailedRule": "SignalQueue", "KeyStoreChangedRule": "SignalQueue", "CryptographicCallFailedRule": "SignalQueue",
		"AlarmRule": "SignalQueue", "TickRule": "RecheckQueue", "ActionRule": "ActionQueue", "NoticeRule": "NoticeQueue",
	}
	for _, r := range stack.Rules {
		if len(r.Targets) != 1 || queues[r.Targets[0].ARN] != want[r.LogicalID] {
			t.Errorf("%s has targets %v, want %s alone", r.LogicalID, r.Targets, want[r.LogicalID])
		}
	}
}

func TestTheScheduleFollowsItsParameter(t *testing.T) {
	t.Parallel()
	for _, minutes := range []string{"2", "5", "10", "15", "30"} {
		for _, r := range deploy(t, map[string]string{"TickMinutes": minutes}).Rules {
			if want := "rate(" + minutes + " minutes)"; r.LogicalID == "TickRule" && r.Schedule != want {
				t.Errorf("got %q, want %q", r.Schedule, want)
			}
		}
	}
}
