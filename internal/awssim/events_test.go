package awssim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	simbridge "github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
)

func entry(bus, source, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{EventBusName: &bus, Source: &source, DetailType: aws.String("Test"), Detail: &detail}
}

// taken returns how many events a bus took.
func taken(s *awssim.Sim, bus string) (n int) {
	s.Do(func(*network.World) { n = len(s.Buses.Bus(bus).Events()) })
	return n
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
func TestPutEventsAnswersEntryByEntry(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := eventbridge.NewFromConfig(as(s, awssim.Admin))
	out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("default", "mine", `{"a":1}`),
		entry("default", "mine", `{"a":`),
		entry("default", "aws.kms", `{}`),
		entry("default", "mine", ``),
		entry("nowhere", "mine", `{}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if out.FailedEntryCount != 3 {
		t.Errorf("%d entries failed; want 3: a bus that does not exist swallows its event", out.FailedEntryCount)
	}
	want := []string{"", "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument", ""}
	for i, e := range out.Entries {
		if aws.ToString(e.ErrorCode) != want[i] || (want[i] == "") != (e.EventId != nil) {
			t.Errorf("entry %d ended with %q and the ID %q; want %q", i, aws.ToString(e.ErrorCode), aws.ToString(e.EventId), want[i])
		}
	}
	if got := taken(s, "default"); got != 1 {
		t.Errorf("the default bus took %d events; want 1", got)
	}
}

func TestPutEventsRefusesTooManyAndTooLarge(t *testing.T) {
	t.Parallel()
	client := eventbridge.NewFromConfig(as(start(t), awssim.Admin))
	put := func(entries ...types.PutEventsRequestEntry) error {
		_, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
		return err
	}
	eleven := make([]types.PutEventsRequestEntry, 11)
	for i := range eleven {
		eleven[i] = entry("default", "mine", `{}`)
	}
	// source (4) + detail-type (4) + detail (8 + padding) = 256 KB
	exact := entry("default", "mine", `{"a":"`+strings.Repeat("x", 256<<10-16)+`"}`)
	larger := entry("default", "mine", `{"a":"`+strings.Repeat("x", 256<<10-15)+`"}`)
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"ten":                     {put(eleven[:10]...), ""},
		"eleven":                  {put(eleven...), "ValidationException"},
		"256 KB":                  {put(exact), ""},
		"a byte more than 256 KB": {put(larger), "ValidationException"},
	} {
		if code(tt.err) != tt.want {
			t.Errorf("%s: got %v; want %q", name, tt.err, tt.want)
		}
	}
}

func TestABusTakesEventsOfThoseOnlyWhomItsPolicySpares(t *testing.T) {
	t.Parallel()
	s := start(t)
	deploy(t, s, idle)
	for principal, want := range map[string]string{"Worker": "", awssim.Admin: "AccessDeniedException", awssim.Workload: "AccessDeniedException"} {
		client := eventbridge.NewFromConfig(as(s, principal))
		if _, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry("own", "mine", `{}`)}}); code(err) != want {
			t.Errorf("%s: got %v; want %q", principal, err, want)
		}
	}
	if got := taken(s, "own"); got != 1 {
		t.Errorf("the bus took %d events; want 1", got)
	}
}

func TestRulesCanBeLookedAt(t *testing.T) {
	t.Parallel()
	s := start(t)
	stack := deploy(t, s, idle)
	client := eventbridge.NewFromConfig(as(s, awssim.Admin))
	rules, err := client.ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil || len(rules.Rules) != 3 {
		t.Fatalf("got %d rules and %v; want 3", len(rules.Rules), err)
	}
	for _, declared := range stack.Rules {
		rule, err := client.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: &declared.Name})
		if err != nil || *rule.Arn != declared.ARN || string(rule.State) != declared.State || aws.ToString(rule.EventPattern) != declared.PatternSource {
			t.Errorf("%s: got %+v, %v", declared.LogicalID, rule, err)
		}
		targets, err := client.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: &declared.Name})
		if err != nil || len(targets.Targets) != 1 || *targets.Targets[0].Arn != declared.Targets[0].ARN {
			t.Errorf("%s: got targets %+v, %v", declared.LogicalID, targets, err)
		}
	}
	buses, err := client.ListEventBuses(t.Context(), &eventbridge.ListEventBusesInput{})
	if err != nil || len(buses.EventBuses) != 2 {
		t.Errorf("got %+v, %v; want two buses", buses, err)
	}
	_, err = client.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: aws.String("none")})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("a rule that is not there: %v", err)
	}
}

func TestTargetsArePagedByTheirIDs(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.Do(func(*network.World) {
		if err := s.Buses.AddRule(s.Buses.Bus(""), simbridge.Rule{Name: "r", Pattern: `{"source":["aws.kms"]}`, Targets: []simbridge.Target{
			{ID: "b", ARN: "arn:aws:sqs:eu-central-1:111122223333:b"}, {ID: "c", ARN: "arn:aws:sqs:eu-central-1:111122223333:c"}, {ID: "a", ARN: "arn:aws:sqs:eu-central-1:111122223333:a"},
		}}); err != nil {
			t.Fatal(err)
		}
	})
	client := eventbridge.NewFromConfig(as(s, awssim.Admin))
	in := &eventbridge.ListTargetsByRuleInput{Rule: aws.String("r"), Limit: aws.Int32(2)}
	for _, want := range []string{"a b", "c"} {
		out, err := client.ListTargetsByRule(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, target := range out.Targets {
			ids = append(ids, *target.Id)
		}
		if got := strings.Join(ids, " "); got != want || (out.NextToken == nil) != (want == "c") {
			t.Errorf("got the page %q and the token %q; want %q", got, aws.ToString(out.NextToken), want)
		}
		in.NextToken = out.NextToken
	}
	in.NextToken = aws.String("nonsense")
	if _, err := client.ListTargetsByRule(t.Context(), in); code(err) != "ValidationException" {
		t.Errorf("a token of nobody's: got %v, want ValidationException", err)
	}
}
