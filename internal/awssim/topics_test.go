package awssim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	simsns "github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
)

// topic creates the topic "on-call" in s and returns a client and its ARN.
func topic(t *testing.T, s *awssim.Sim) (*sns.Client, *string) {
	t.Helper()
	var arn string
	s.Do(func(*network.World) {
		made, err := s.Topics.Create("on-call", "")
		if err != nil {
			t.Fatal(err)
		}
		arn = made.ARN
	})
	return sns.NewFromConfig(as(s, awssim.Admin)), &arn
}

func attribute(s string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &s}
}

func TestWhatIsPublishedIsKept(t *testing.T) {
	t.Parallel()
	s := start(t)
	client, arn := topic(t, s)
	out, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: arn, Subject: aws.String("[XKS] payments-hsm down"), Message: aws.String("line one\nline two: ä & <b>"),
		MessageAttributes: map[string]types.MessageAttributeValue{"severity": attribute("critical"), "state": attribute("open")}})
	if err != nil {
		t.Fatal(err)
	}
	want := []simsns.Message{{ID: *out.MessageId, TopicARN: *arn, Subject: "[XKS] payments-hsm down", Body: "line one\nline two: ä & <b>",
		Attributes: map[string]string{"severity": "critical", "state": "open"}, Time: s.Now()}}
	if diff := cmp.Diff(want, s.Published()); diff != "" {
		t.Errorf("the published messages differ (-want +got):\n%s", diff)
	}
}

// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func TestMessagesThatSNSRefusesAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	client, arn := topic(t, s)
	message := func(subject, body string) *sns.PublishInput {
		return &sns.PublishInput{TopicArn: arn, Subject: &subject, Message: &body}
	}
	tests := map[string]struct {
		in   *sns.PublishInput
		want string
	}{
		"a subject of 99 characters":     {message(strings.Repeat("x", 99), "a"), ""},
		"a subject of 100 characters":    {message(strings.Repeat("x", 100), "a"), "InvalidParameter"},
		"a subject of two lines":         {message("a\nb", "a"), "InvalidParameter"},
		"a subject outside ASCII":        {message("grün", "a"), "InvalidParameter"},
		"a subject that begins blank":    {message(" a", "a"), "InvalidParameter"},
		"a message of 256 KB":            {message("s", strings.Repeat("x", 262144)), ""},
		"a message of 256 KB and a byte": {message("s", strings.Repeat("x", 262145)), "InvalidParameter"},
		"a structure without a default":  {&sns.PublishInput{TopicArn: arn, MessageStructure: aws.String("json"), Message: aws.String(`{"email":"a"}`)}, "InvalidParameter"},
		"a structure with a default":     {&sns.PublishInput{TopicArn: arn, MessageStructure: aws.String("json"), Message: aws.String(`{"default":"a"}`)}, ""},
		"a topic that is not there":      {&sns.PublishInput{TopicArn: aws.String(*arn + "x"), Message: aws.String("a")}, "NotFound"},
		"an attribute without a value":   {&sns.PublishInput{TopicArn: arn, Message: aws.String("a"), MessageAttributes: map[string]types.MessageAttributeValue{"state": attribute("")}}, "ParameterValueInvalid"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := client.Publish(t.Context(), tt.in); code(err) != tt.want {
				t.Errorf("got %v; want %q", err, tt.want)
			}
		})
	}
}

func TestASubscriptionWaitsForItsConfirmation(t *testing.T) {
	t.Parallel()
	s := start(t)
	client, arn := topic(t, s)
	ctx := t.Context()
	counts := func() string {
		t.Helper()
		out, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: arn})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes["SubscriptionsConfirmed"] + " confirmed, " + out.Attributes["SubscriptionsPending"] + " pending"
	}
	if got := counts(); got != "0 confirmed, 0 pending" {
		t.Errorf("a new topic has %s", got)
	}
	if out, err := client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: arn, Protocol: aws.String("email"), Endpoint: aws.String("a@example.com")}); err != nil || *out.SubscriptionArn != "pending confirmation" {
		t.Fatalf("subscribed with %+v, %v", out, err)
	}
	if got := counts(); got != "0 confirmed, 1 pending" {
		t.Errorf("after the subscription there are %s", got)
	}
	var token string
	s.Do(func(*network.World) { token = s.Topics.ByARN(*arn).Subscriptions()[0].Token() })
	_, err := client.ConfirmSubscription(ctx, &sns.ConfirmSubscriptionInput{TopicArn: arn, Token: aws.String("guessed")})
	if _, ok := errors.AsType[*types.InvalidParameterException](err); !ok {
		t.Errorf("a guessed token: %v", err)
	}
	if _, err := client.ConfirmSubscription(ctx, &sns.ConfirmSubscriptionInput{TopicArn: arn, Token: &token}); err != nil {
		t.Fatal(err)
	}
	if got := counts(); got != "1 confirmed, 0 pending" {
		t.Errorf("after the confirmation there are %s", got)
	}
}

func TestSubscriptionsComeInPages(t *testing.T) {
	t.Parallel()
	s := start(t)
	client, arn := topic(t, s)
	for i := range 7 {
		if _, err := client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: arn, Protocol: aws.String("sms"), Endpoint: aws.String("+49" + strings.Repeat("1", i+1))}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	paginator := sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: arn})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, subscription := range page.Subscriptions {
			seen[*subscription.Endpoint] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("saw %d subscriptions; want 7", len(seen))
	}
}

func TestEveryPrincipalIsWhoItSays(t *testing.T) {
	t.Parallel()
	s := start(t)
	stack := deploy(t, s, idle)
	worker := stack.Functions[0]
	role, _ := stack.RoleOf(worker)
	tests := map[string]string{
		awssim.Admin:    "arn:aws:iam::111122223333:user/Alice",
		awssim.Workload: "arn:aws:sts::111122223333:assumed-role/payments-app/i-0c5d1f2a3b4e56789",
		"Bob":           "arn:aws:iam::111122223333:user/Bob",
		"Worker":        "arn:aws:sts::111122223333:assumed-role/" + role.Name + "/" + worker.Name,
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := sts.NewFromConfig(as(s, name)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if err != nil || *out.Arn != want || *out.Account != "111122223333" {
				t.Errorf("got %+v, %v; want %s", out, err, want)
			}
		})
	}
}
