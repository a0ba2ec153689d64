// Package sns is the simulated Amazon SNS: topics that keep what was published, and
// subscriptions that wait for their confirmation.
// https://docs.aws.amazon.com/sns/latest/dg/welcome.html
package sns

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Topics is every topic of an account in a Region.
type Topics struct {
	// PageSize is how much a page of a list holds; AWS's own is 100.
	PageSize int

	account   *platform.Account
	byARN     map[string]*Topic
	published []Message
}

// New returns an account's SNS without topics. Its pages are small, so that clients that
// forget to page are found out.
func New(account *platform.Account) *Topics {
	return &Topics{PageSize: 3, account: account, byARN: map[string]*Topic{}}
}

// A Topic is where messages are published.
type Topic struct {
	Name, ARN   string
	DisplayName string

	account       *platform.Account
	subscriptions []*Subscription
}

// A Subscription is an endpoint that receives a topic's messages once it is confirmed.
type Subscription struct {
	ARN, Protocol, Endpoint string
	Confirmed               bool

	token string
}

// A Message is one published message.
type Message struct {
	ID         string
	TopicARN   string
	Subject    string
	Body       string
	Structure  string            // "json" for a body by protocol; else empty
	Attributes map[string]string // the text of each message attribute
	Time       time.Time
}

// Create adds a topic.
func (t *Topics) Create(name, displayName string) (*Topic, error) {
	arn := t.account.ARN("sns", name)
	if t.byARN[arn] != nil {
		return nil, fmt.Errorf("creating topic %s: it exists already", name)
	}
	t.byARN[arn] = &Topic{Name: name, ARN: arn, DisplayName: displayName, account: t.account}
	return t.byARN[arn], nil
}

// ByARN returns a topic; nil where there is none.
func (t *Topics) ByARN(arn string) *Topic { return t.byARN[arn] }

// All returns every topic, sorted by ARN.
func (t *Topics) All() []*Topic {
	all := make([]*Topic, 0, len(t.byARN))
	for _, arn := range slices.Sorted(maps.Keys(t.byARN)) {
		all = append(all, t.byARN[arn])
	}
	return all
}

// Published returns every message so far, in order.
func (t *Topics) Published() []Message { return slices.Clone(t.published) }

// Subscribe adds a subscription. People and web servers must confirm theirs; queues and
// functions of the same account need not.
// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
func (t *Topic) Subscribe(protocol, endpoint string) (*Subscription, error) {
	confirmed, known := map[string]bool{
		"email": false, "email-json": false, "http": false, "https": false, "sms": true, "sqs": true, "lambda": true,
	}[protocol]
	if !known {
		return nil, fmt.Errorf("subscribing to topic %s: there is no protocol %q", t.Name, protocol)
	}
	id := t.account.UUID()
	s := &Subscription{ARN: t.ARN + ":" + id, Protocol: protocol, Endpoint: endpoint, Confirmed: confirmed, token: id}
	t.subscriptions = append(t.subscriptions, s)
	return s, nil
}

// Subscriptions returns the topic's subscriptions in the order in which they were made.
func (t *Topic) Subscriptions() []*Subscription { return slices.Clone(t.subscriptions) }

// Token returns what the confirmation message carries.
func (s *Subscription) Token() string { return s.token }

// shownARN is what a list shows in the place of the ARN until the confirmation.
func (s *Subscription) shownARN() string {
	if s.Confirmed {
		return s.ARN
	}
	return "PendingConfirmation"
}
