package sqs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// Queues is every queue of an account in a Region.
type Queues struct {
	account *platform.Account
	byName  map[string]*Queue
	moves   []*moveTask // every one so far, in order
}

// New returns an account's SQS without queues.
func New(account *platform.Account) *Queues {
	return &Queues{account: account, byName: map[string]*Queue{}}
}

// Create adds a queue. The dead-letter queue that it names may be created later.
func (s *Queues) Create(settings Settings) (*Queue, error) {
	if _, exists := s.byName[settings.Name]; exists {
		return nil, fmt.Errorf("creating queue %s: it exists already", settings.Name)
	}
	if strings.HasSuffix(settings.Name, ".fifo") {
		return nil, fmt.Errorf("creating queue %s: the simulator has standard queues only", settings.Name)
	}
	if settings.VisibilityTimeout == 0 {
		settings.VisibilityTimeout = defaultVisibility
	}
	if settings.Retention == 0 {
		settings.Retention = defaultRetention
	}
	q := &Queue{Settings: settings, account: s.account, queues: s,
		ARN: s.account.ARN("sqs", settings.Name), URL: s.url(settings.Name)}
	s.byName[settings.Name] = q
	return q, nil
}

// ByName returns a queue; nil where there is none.
func (s *Queues) ByName(name string) *Queue { return s.byName[name] }

// ByARN returns a queue; nil where there is none.
func (s *Queues) ByARN(arn string) *Queue {
	name, ours := strings.CutPrefix(arn, s.account.ARN("sqs", ""))
	if !ours {
		return nil
	}
	return s.byName[name]
}

// byURL finds a queue by the last part of its URL: clients may reach it at any host.
func (s *Queues) byURL(url string) *Queue { return s.byName[nameOf(url)] }

func nameOf(url string) string { return url[strings.LastIndex(url, "/")+1:] }

func (s *Queues) url(name string) string {
	return fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", s.account.Region, s.account.ID, name)
}

// All returns every queue, sorted by name.
func (s *Queues) All() []*Queue {
	all := make([]*Queue, 0, len(s.byName))
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		all = append(all, s.byName[name])
	}
	return all
}
