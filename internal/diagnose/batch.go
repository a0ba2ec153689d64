package diagnose

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// A batch is an SQS batch sorted by subject.
type batch struct {
	items      map[path.Subject][]item
	everywhere []item // signals for every subject: ticks, alarms that name no key store
	ticked     bool
	failed     error // why the subjects of everywhere could not be listed

	stores []path.KeyStore // read once a batch: AWS allows 5 such calls a second
	gap    *path.Gap
	listed bool

	listedAt time.Time // when that read began
}

// sort parses the messages. What cannot be understood is logged with its ID and reason,
// counted, and acknowledged.
func (h *Handler) sort(in events.SQSEvent) *batch {
	b := &batch{items: map[path.Subject][]item{}}
	for _, m := range in.Records {
		s, err := signal.Parse([]byte(m.Body), h.Config.self())
		if err != nil {
			h.refuse(m.MessageId, err)
			continue
		}
		it := item{message: m.MessageId, signal: s}
		subjects := h.route(s)
		if len(subjects) == 0 {
			b.everywhere = append(b.everywhere, it)
			b.ticked = b.ticked || s.Kind == signal.Tick
		}
		for _, to := range subjects {
			b.items[to] = append(b.items[to], it.of(to, len(subjects)))
		}
	}
	return b
}

func (h *Handler) refuse(message string, err error) {
	var dropped *signal.Dropped
	if errors.As(err, &dropped) {
		h.Log.Info("event dropped", "incident", "", "message", message, "event", dropped.ID, "reason", dropped.Reason)
		h.Metrics.Count("EventsDropped", 1, nil)
		return
	}
	id, reason := "", err.Error()
	var malformed *signal.Malformed
	if errors.As(err, &malformed) {
		id, reason = malformed.ID, malformed.Reason
	}
	h.Log.Error("event not understood, acknowledged", "incident", "", "message", message, "event", id, "reason", reason)
	h.Metrics.Count("EventsMalformed", 1, nil)
}

// serviceID is the ID at the end of an endpoint service's name.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_XksProxyConfigurationType.html
var serviceID = regexp.MustCompile(`vpce-svc-[0-9a-zA-Z]+$`)

// route names the subjects of a signal; none means all of them.
func (h *Handler) route(s signal.Signal) []path.Subject {
	account := path.Subject{Kind: path.AccountSubject, ID: h.Config.Account}
	store := path.Subject{Kind: path.KeyStoreSubject, ID: s.KeyStoreID}
	switch s.Kind {
	case signal.Tick:
		return nil
	case signal.Recheck:
		kind, id, _ := strings.Cut(s.Subject, "/")
		return []path.Subject{{Kind: path.Kind(kind), ID: id}}
	case signal.Alarm:
		if s.KeyStoreID == "" {
			return nil
		}
		return []path.Subject{store}
	case signal.AccessDenied:
		if s.Change() && s.KeyStoreID != "" {
			return []path.Subject{account, store}
		}
		return []path.Subject{account}
	}
	var to []path.Subject
	if id := serviceID.FindString(s.ServiceName); id != "" && s.Code != "" {
		to = append(to, path.Subject{Kind: path.ServiceSubject, ID: id})
	}
	if s.KeyStoreID != "" && (len(to) == 0 || s.Change()) {
		to = append(to, store)
	}
	if len(to) == 0 {
		return []path.Subject{account}
	}
	return to
}

// expand gives the signals for everything to every subject there is, and returns all
// subjects in a stable order.
func (h *Handler) expand(ctx context.Context, b *batch) []path.Subject {
	if len(b.everywhere) > 0 {
		all, err := h.everything(ctx, b)
		b.failed = err
		for _, s := range all {
			b.items[s] = append(b.items[s], b.everywhere...)
		}
	}
	var subjects []path.Subject
	for s := range b.items {
		subjects = append(subjects, s)
	}
	sort.Slice(subjects, func(i, j int) bool { return subjects[i].String() < subjects[j].String() })
	return subjects
}

// of is the item as one of its subjects reads it. The failure of a call that names an
// endpoint service is that service's; to the key store it is a call by somebody else.
func (it item) of(to path.Subject, subjects int) item {
	if subjects > 1 && to.Kind == path.KeyStoreSubject && it.signal.Kind == signal.CallFailed {
		it.signal.Kind = signal.KeyStoreChange
	}
	return it
}

// everything lists the external key stores of the account and Region and all that the
// table remembers.
func (h *Handler) everything(ctx context.Context, b *batch) ([]path.Subject, error) {
	seen := map[path.Subject]bool{}
	stores, gap := b.keyStores(ctx, h.Reader, h.Now())
	for _, ks := range stores {
		if ks.External {
			seen[path.Subject{Kind: path.KeyStoreSubject, ID: string(ks.ID)}] = true
		}
	}
	records, err := h.Store.All(ctx)
	if err != nil {
		err = fmt.Errorf("listing the records: %w", err)
	}
	for _, r := range records {
		if r.Incident != nil || len(r.Outbox) > 0 {
			seen[r.Subject] = true
		}
	}
	if gap != nil {
		h.Log.Error("key stores not listed: the tick sees only known incidents", "incident", "", "action", gap.Action, "reason", gap.Message)
		if err == nil && gap.Cause != path.AccessDenied {
			err = fmt.Errorf("listing the key stores: %s", gap.Message)
		}
	}
	var all []path.Subject
	for s := range seen {
		all = append(all, s)
	}
	return all, err
}

func (b *batch) keyStores(ctx context.Context, r Reader, now time.Time) ([]path.KeyStore, *path.Gap) {
	if !b.listed {
		b.stores, b.gap = r.KeyStores(ctx)
		b.listed, b.listedAt = true, now
	}
	return b.stores, b.gap
}
