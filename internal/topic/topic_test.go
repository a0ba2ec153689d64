package topic_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/topic"
)

// A bench is a simulated SNS with one topic, behind HTTP.
type bench struct {
	*engine.Server
	mu     sync.Mutex
	topics *sns.Topics
	topic  *sns.Topic
	config aws.Config
}

func serve(t *testing.T) *bench {
	t.Helper()
	clock := engine.NewClock(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC))
	account := platform.NewAccount(clock, "eu-central-1", "111122223333")
	b := &bench{topics: sns.New(account)}
	var err error
	if b.topic, err = b.topics.Create("xks-incidents", ""); err != nil {
		t.Fatal(err)
	}
	iam := engine.NewIAM(account.Region, account.ID)
	iam.Add(engine.Principal{Name: "product", ARN: "arn:aws:iam::111122223333:user/product", Type: "IAMUser", KeyID: "AKIAPRODUCT", Unbound: true})
	b.Server = engine.NewServer(engine.Options{
		Lock: &b.mu, Clock: clock, Region: account.Region, Account: account.ID,
		Services: []*engine.Service{b.topics.Service()}, Principals: iam, Authorizer: iam,
	})
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.config = aws.Config{
		Region: account.Region, BaseEndpoint: new(server.URL), HTTPClient: &http.Client{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPRODUCT", "secret", ""),
	}
	return b
}

func (b *bench) published() []sns.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.topics.Published()
}

func message() notice.Message {
	return notice.Message{
		Subject: "[XKS] payments-hsm down: security group blocks NLB to proxy on 443",
		Body:    "Missing    tcp 10.0.1.7/32 → 10.0.2.9/32 :443\n\naws ec2 x --json '[{\"a\": \"b\"}]'\n",
		Attributes: map[string]string{
			"severity": "critical", "state": "open", "keyStoreId": "cks-1234567890abcdef0", "incidentId": "01KQRC2TT8YFZMTH8Y8AF1G8GN",
		},
	}
}

func TestAMessageArrivesJustAsItIs(t *testing.T) {
	t.Parallel()
	b := serve(t)
	m := message()
	if err := topic.New(b.config, b.topic.ARN).Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := []sns.Message{{TopicARN: b.topic.ARN, Subject: m.Subject, Body: m.Body, Attributes: m.Attributes}}
	if diff := cmp.Diff(want, b.published(), cmpopts.IgnoreFields(sns.Message{}, "ID", "Time")); diff != "" {
		t.Errorf("(-want +published):\n%s", diff)
	}
}

// The attributes must be of type String: a filter policy does not match others.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
func TestAttributesAreStrings(t *testing.T) {
	t.Parallel()
	b := serve(t)
	var form string
	b.SetIntercept(func(c *engine.Call) *engine.Fault {
		var in struct {
			MessageAttributes map[string]struct{ DataType string }
		}
		if err := c.Bind(&in); err == nil {
			for _, a := range in.MessageAttributes {
				form += a.DataType + " "
			}
		}
		return nil
	})
	if err := topic.New(b.config, b.topic.ARN).Publish(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if form != "String String String String " {
		t.Errorf("types are %q", form)
	}
}

func TestWhatSNSWouldNotTakeIsAnErrorAndNeverShortened(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*notice.Message){
		"a body of over 256 KB":        func(m *notice.Message) { m.Body = strings.Repeat("x", 262_145) },
		"a subject of 100 characters":  func(m *notice.Message) { m.Subject = strings.Repeat("x", 100) },
		"a subject with a line break":  func(m *notice.Message) { m.Subject = "one\ntwo" },
		"an attribute without a value": func(m *notice.Message) { m.Attributes["state"] = "" },
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t)
			m := message()
			edit(&m)
			if err := topic.New(b.config, b.topic.ARN).Publish(t.Context(), m); err == nil {
				t.Error("published")
			}
			if got := b.published(); len(got) != 0 {
				t.Errorf("published %d bytes under %q", len(got[0].Body), got[0].Subject)
			}
		})
	}
}

// Largest messages that notice makes are taken.
func TestTheLongestNoticeIsTaken(t *testing.T) {
	t.Parallel()
	b := serve(t)
	m := message()
	m.Subject, m.Body = strings.Repeat("x", 99), strings.Repeat("→", notice.MaxBody/3)
	if err := topic.New(b.config, b.topic.ARN).Publish(t.Context(), m); err != nil {
		t.Error(err)
	}
}

func TestFailuresNameTheTopicAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := serve(t)
	p := topic.New(b.config, b.topic.ARN)
	b.SetIntercept(func(*engine.Call) *engine.Fault {
		return &engine.Fault{Error: &engine.Error{Code: "AuthorizationError", Message: "not authorized", Status: http.StatusForbidden}}
	})
	publishing := p.Publish(t.Context(), message())
	_, counting := p.Confirmed(t.Context())
	for action, err := range map[string]error{"sns:Publish": publishing, "sns:GetTopicAttributes": counting} {
		denied, ok := errors.AsType[*awserr.Denied](err)
		if !ok || denied.Action != action || denied.On != b.topic.ARN {
			t.Errorf("%s: got %v", action, err)
		}
	}
}

func TestConfirmedCountsWhoWouldHear(t *testing.T) {
	t.Parallel()
	b := serve(t)
	p := topic.New(b.config, b.topic.ARN)
	count := func(want int) {
		t.Helper()
		if got, err := p.Confirmed(t.Context()); err != nil || got != want {
			t.Errorf("got %d, %v; want %d", got, err, want)
		}
	}
	count(0)
	b.mu.Lock()
	mail, err := b.topic.Subscribe("email", "oncall@example.com")
	b.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	count(0)
	b.mu.Lock()
	mail.Confirmed = true
	b.mu.Unlock()
	count(1)
}

func TestATopicThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	b := serve(t)
	p := topic.New(b.config, b.topic.ARN+"-gone")
	if _, err := p.Confirmed(t.Context()); !awserr.IsAbsent(err) {
		t.Errorf("got %v", err)
	}
}
