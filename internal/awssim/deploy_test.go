package awssim_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/lambda"
)

// env returns an SDK configuration as a function makes it from its environment.
func env(stack *awssim.Stack, function string) aws.Config {
	e := stack.Env(function)
	return aws.Config{Region: e["AWS_REGION"], BaseEndpoint: aws.String(e["AWS_ENDPOINT_URL"]),
		Credentials: credentials.NewStaticCredentialsProvider(e["AWS_ACCESS_KEY_ID"], e["AWS_SECRET_ACCESS_KEY"], "")}
}

// outage builds the reference path and takes its listener away, so that Decrypt fails.
func outage(t *testing.T, s *awssim.Sim) (encrypted []byte, client *kms.Client) {
	t.Helper()
	var ref *network.Reference
	s.Do(func(w *network.World) { ref = w.BuildReference(network.Options{}) })
	client = kms.NewFromConfig(as(s, awssim.Workload))
	out, err := client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &ref.Workload.ID, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	s.Do(func(w *network.World) { clear(w.Listeners) })
	return out.CiphertextBlob, client
}

func TestAFailingDecryptReachesTheFunctionAndTheFunctionReachesOnCall(t *testing.T) {
	t.Parallel()
	s := start(t)
	var stack *awssim.Stack
	worker := func(ctx context.Context, payload []byte) ([]byte, error) {
		client := sns.NewFromConfig(env(stack, "Worker"))
		for _, body := range bodies(payload) {
			var event eventbridge.Event
			if err := json.Unmarshal([]byte(body), &event); err != nil {
				return nil, err
			}
			_, err := client.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(stack.Env("Worker")["TOPIC"]), Subject: aws.String(event.Source), Message: &body})
			if err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	stack = deploy(t, s, worker)
	encrypted, client := outage(t, s)
	if _, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: encrypted}); code(err) != "KMSInvalidStateException" {
		t.Fatalf("Decrypt answered %v; want KMSInvalidStateException", err)
	}
	if !s.RunUntil(func() bool { return len(s.Published()) > 0 }, time.Minute) {
		t.Fatalf("nothing was published within a minute; outcomes: %+v", s.Outcomes())
	}
	got := s.Published()
	if len(got) != 1 || got[0].Subject != "aws.kms" || !strings.Contains(got[0].Body, `"errorCode":"KMSInvalidStateException"`) {
		t.Errorf("published %+v; want the failed call alone: the plain rule does not see Decrypt", got)
	}
}

func TestAFunctionMayDoWhatItsRoleGrantsAndNoMore(t *testing.T) {
	t.Parallel()
	s := start(t)
	stack := deploy(t, s, idle)
	ctx := t.Context()
	publish := func() error {
		_, err := sns.NewFromConfig(env(stack, "Worker")).Publish(ctx, &sns.PublishInput{TopicArn: aws.String(stack.Topics[0].ARN), Message: aws.String("a")})
		return err
	}
	if err := publish(); err != nil {
		t.Errorf("what the role grants was refused: %v", err)
	}
	_, err := dynamodb.NewFromConfig(env(stack, "Worker")).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &stack.Tables[0].Name})
	if code(err) != "AccessDeniedException" || !strings.Contains(err.Error(), "dynamodb:DescribeTable") {
		t.Errorf("what the role does not grant: %v", err)
	}
	for _, name := range []string{"Worker", "WorkerRole"} {
		if err := s.Deny(name, "sns:*"); err != nil {
			t.Fatal(err)
		}
		if err := publish(); code(err) != "AuthorizationError" {
			t.Errorf("denied to %s: %v", name, err)
		}
		s.Restore(name, "sns:*")
		if err := publish(); err != nil {
			t.Errorf("restored to %s: %v", name, err)
		}
	}
	if err := s.Deny("Nobody", "sns:*"); err == nil {
		t.Error("an unknown name was denied something")
	}
}

func TestAMappingStopsWhereItsRoleMayNotPoll(t *testing.T) {
	t.Parallel()
	s := start(t)
	ran := 0
	stack := deploy(t, s, func(context.Context, []byte) ([]byte, error) { ran++; return nil, nil })
	if err := s.Deny("WorkerRole", "sqs:ReceiveMessage"); err != nil {
		t.Fatal(err)
	}
	if err := stack.Send("Signals", "a"); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Second)
	if ran != 0 || len(stack.Messages("Signals")) != 1 {
		t.Errorf("the function ran %d times; want the message to stay", ran)
	}
}

func TestTheScheduleTicksWhileTimePasses(t *testing.T) {
	t.Parallel()
	s := start(t)
	var at []time.Time
	deploy(t, s, func(context.Context, []byte) ([]byte, error) { at = append(at, s.Now()); return nil, nil })
	s.Advance(11 * time.Minute)
	if len(at) != 2 || at[0].Sub(time.Date(2026, 3, 2, 3, 5, 0, 0, time.UTC)) > 2*time.Second {
		t.Errorf("ticks ran at %v; want two, the first just after 03:05", at)
	}
}

func TestACrashAtACallEndsTheProcessThereAndTheBatchComesBack(t *testing.T) {
	t.Parallel()
	for name, afterEffect := range map[string]bool{"before its effect": false, "after its effect": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			var stack *awssim.Stack
			stack = deploy(t, s, func(ctx context.Context, payload []byte) ([]byte, error) {
				client := sns.NewFromConfig(env(stack, "Worker"))
				publish := func(ctx context.Context, text string) error {
					_, err := client.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(stack.Topics[0].ARN), Message: &text})
					return err
				}
				if err := publish(ctx, "first"); err != nil {
					_ = publish(context.WithoutCancel(ctx), "last words") // a dead process has none
					return nil, nil                                       // nor can it say that all went well
				}
				return nil, publish(ctx, "second")
			})
			crashed := false
			s.Intercept(func(c *engine.Call) *engine.Fault {
				if c.Principal.Name != "Worker" || crashed {
					return nil
				}
				crashed = true
				return s.Crash("Worker", afterEffect)
			})
			if err := stack.Send("Signals", "a"); err != nil {
				t.Fatal(err)
			}
			texts := func() (out []string) {
				for _, m := range s.Published() {
					out = append(out, m.Body)
				}
				return out
			}
			var before []string
			if afterEffect {
				before = []string{"first"}
			}
			s.Advance(30 * time.Second)
			if got := texts(); !slices.Equal(got, before) {
				t.Errorf("after the crash %v was published; want %v", got, before)
			}
			if got := s.Outcomes(); len(got) != 1 || !errors.Is(got[0].Err, lambda.ErrCrashed) {
				t.Errorf("the outcome is %+v; want a crash", got)
			}
			s.Advance(time.Minute)
			if got, want := texts(), append(before, "first", "second"); !slices.Equal(got, want) {
				t.Errorf("in the end %v was published; want %v", got, want)
			}
		})
	}
}

func TestALostAnswerIsATransportErrorOfACallThatTookEffect(t *testing.T) {
	t.Parallel()
	s := start(t)
	stack := deploy(t, s, idle)
	s.Intercept(func(c *engine.Call) *engine.Fault { return &engine.Fault{Drop: true} })
	client := sns.NewFromConfig(as(s, awssim.Admin), func(o *sns.Options) { o.RetryMaxAttempts = 1 })
	_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(stack.Topics[0].ARN), Message: aws.String("a")})
	if err == nil || !strings.HasPrefix(code(err), "no AWS error") {
		t.Errorf("got %v; want a transport error", err)
	}
	if got := s.Published(); len(got) != 1 {
		t.Errorf("%d messages were published; want 1", len(got))
	}
}

func TestTheEventHistoryTellsWhoDidIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	encrypted, client := outage(t, s)
	if _, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: encrypted}); err == nil {
		t.Fatal("Decrypt succeeded on a broken path")
	}
	look := func() int {
		t.Helper()
		out, err := cloudtrail.NewFromConfig(as(s, awssim.Admin)).LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, e := range out.Events {
			if *e.EventName == "Decrypt" && strings.Contains(*e.CloudTrailEvent, "assumed-role/payments-app") {
				found++
			}
		}
		return found
	}
	if got := look(); got != 0 {
		t.Errorf("found %d records at once; want none yet", got)
	}
	s.Advance(time.Minute)
	if got := look(); got != 1 {
		t.Errorf("found %d records after a minute; want 1", got)
	}
}

func TestAnAlarmReachesTheDefaultBus(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := s.Alarm(awssim.Alarm{Name: "XksProxyErrors", State: "ALARM", Previous: "OK", Reason: "threshold crossed",
		Configuration: json.RawMessage(`{"metrics":[]}`)}); err != nil {
		t.Fatal(err)
	}
	var events []eventbridge.Event
	s.Do(func(*network.World) { events = s.Buses.Bus("default").Events() })
	if len(events) != 1 || events[0].Source != "aws.cloudwatch" || events[0].DetailType != "CloudWatch Alarm State Change" ||
		!slices.Equal(events[0].Resources, []string{"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:XksProxyErrors"}) {
		t.Fatalf("the bus took %+v", events)
	}
	var detail struct {
		AlarmName     string
		State         struct{ Value, Reason string }
		PreviousState struct{ Value string }
		Configuration struct{ Metrics []any }
	}
	if err := json.Unmarshal(events[0].Detail, &detail); err != nil {
		t.Fatal(err)
	}
	if detail.AlarmName != "XksProxyErrors" || detail.State.Value != "ALARM" || detail.PreviousState.Value != "OK" || detail.Configuration.Metrics == nil {
		t.Errorf("the detail is %+v", detail)
	}
}

func TestDeploymentsThatCannotBeSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		template  string
		functions map[string]awssim.Function
		want      []string
	}{
		"an unknown resource": {"Resources: {Clock: {Type: 'AWS::Sundial::Clock'}}", nil, []string{"Clock", "AWS::Sundial::Clock"}},
		"code for no function": {"Resources: {Q: {Type: 'AWS::SQS::Queue'}}", map[string]awssim.Function{"Nobody": idle},
			[]string{"Nobody", "no such function"}},
		"a target that is no queue": {`{"Resources": {"R": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["a"]},
			"Targets": [{"Id": "1", "Arn": "arn:aws:lambda:eu-central-1:111122223333:function:f"}]}}}}`, nil, []string{"function:f", "SQS"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := start(t).Deploy([]byte(tt.template), nil, tt.functions)
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v; want a sentence with %q", err, want)
				}
			}
		})
	}
}

func TestTheEnvironmentHoldsTheTemplatesVariablesAndLambdasOwn(t *testing.T) {
	t.Parallel()
	s := start(t)
	stack := deploy(t, s, idle)
	got := stack.Env("Worker")
	want := map[string]string{"TABLE": stack.Tables[0].Name, "TOPIC": stack.Topics[0].ARN, "BUS": "own", "AWS_REGION": "eu-central-1",
		"AWS_ENDPOINT_URL": s.URL(), "AWS_LAMBDA_FUNCTION_NAME": stack.Functions[0].Name}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q; want %q", name, got[name], value)
		}
	}
	if stack.Env("Nobody") != nil {
		t.Error("a function that is not there has an environment")
	}
}
