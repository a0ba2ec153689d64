package incident

import (
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// An Order is what remediate is told on the bus: everything else it takes from the record.
type Order struct {
	Incident string
	Digest   string
}

// Lock takes the lease for applying the plan of an order. It returns ErrNotCurrent where
// the order is for another incident or plan, ErrLeaseHeld where somebody else applies it.
func (r *Record) Lock(o Order, token string, now, until time.Time) error {
	if err := r.current(o); err != nil {
		return err
	}
	if r.Lease != nil && r.Lease.Token != token && now.Before(r.Lease.Until) {
		return fmt.Errorf("%w until %s", ErrLeaseHeld, clock(r.Lease.Until))
	}
	r.Lease = &Lease{Token: token, Incident: o.Incident, Until: until}
	return nil
}

func (r *Record) current(o Order) error {
	switch in := r.Incident; {
	case in == nil || in.ID != o.Incident:
		return fmt.Errorf("%w: incident %s is not open", ErrNotCurrent, o.Incident)
	case in.Plan.Digest != o.Digest || plan.Digest(in.planned()) != o.Digest:
		return fmt.Errorf("%w: the diagnosis changed since", ErrNotCurrent)
	case in.Handed != handKey(in.Plan):
		return fmt.Errorf("%w: the plan was not handed over for applying", ErrNotCurrent)
	case !in.FinishedAt.Before(in.HandedAt):
		return fmt.Errorf("%w: the plan was carried out", ErrNotCurrent)
	case in.State != lifecycle.Open && in.State != lifecycle.Waiting:
		return fmt.Errorf("%w: the incident is %s", ErrNotCurrent, in.State)
	}
	return nil
}

// Todo returns the automatic steps of the handed plan that are not done, and for each
// whether an earlier run intended it without saying how it ended.
func (r *Record) Todo() (steps []plan.Step, intended map[string]bool) {
	intended = map[string]bool{}
	for _, s := range r.Incident.Plan.Automatic() {
		e := r.entry(s.ID)
		switch {
		case e == nil && r.Incident.did(s.Action):
			continue
		case e == nil:
		case e.Status == Intended:
			intended[s.ID] = true
		default:
			continue
		}
		steps = append(steps, s)
	}
	return steps, intended
}

// entry returns the journal line of a step of the handed plan.
func (r *Record) entry(step string) *Entry {
	in := r.Incident
	for i := len(in.Journal) - 1; i >= 0; i-- {
		if e := &in.Journal[i]; e.Step.ID == step && !e.At.Before(in.HandedAt) {
			return e
		}
	}
	return nil
}

// Intend journals that a step is about to be done. It returns ErrNotCurrent without the
// lease, ErrHeld for a Connect or Disconnect under hold, ErrMoved for a Disconnect of a key
// store that the last look did not see FAILED, ErrLimit at a limit. It must be stored before
// the call.
func (r *Record) Intend(token string, s plan.Step, rules Rules, now time.Time) error {
	if r.Incident == nil || r.Lease == nil || r.Lease.Token != token || r.otherLease() || !now.Before(r.Lease.Until) {
		return fmt.Errorf("%w: the lease is gone", ErrNotCurrent)
	}
	if s.Action.Kind().Connection() && r.Held() {
		return fmt.Errorf("%w: %s by %s at %s", ErrHeld, r.Touch.Operation, orSomebody(r.Touch.Actor), clock(r.Touch.At))
	}
	if s.Action.Kind() == plan.KindDisconnectKeyStore && r.Facts.State != failed {
		return fmt.Errorf("%w: %s was read", ErrMoved, r.Facts.State)
	}
	now = later(now, r.Incident.HandedAt) // two machines' clocks
	if e := r.entry(s.ID); e != nil && e.Status == Intended {
		e.At = now
		return nil
	}
	if err := r.within(rules, now); err != nil {
		return err
	}
	r.Incident.Writes++
	r.Incident.Journal = append(r.Incident.Journal, Entry{Step: s, Status: Intended, At: now})
	return nil
}

// Note journals how a step ended. It needs no lease: what happened, happened. Where the
// incident ended meanwhile, what was changed is remembered all the same.
func (r *Record) Note(s plan.Step, status Status, detail string, ruleIDs []string, now time.Time) {
	if r.Incident == nil || r.otherLease() {
		if status == Applied && r.Lease != nil {
			r.Changes = append(r.Changes, Change{Incident: r.Lease.Incident, Step: s, At: now})
		}
		return
	}
	now = later(now, r.Incident.HandedAt)
	e := r.entry(s.ID)
	if e == nil {
		r.Incident.Journal = append(r.Incident.Journal, Entry{Step: s})
		e = &r.Incident.Journal[len(r.Incident.Journal)-1]
	}
	e.Status, e.Detail, e.RuleIDs, e.At = status, detail, ruleIDs, now
	if status != Applied {
		return
	}
	r.Incident.FixedAt = now
	r.Changes = append(r.Changes, Change{Incident: r.Incident.ID, Step: s, At: now})
	if s.Action.Kind() == plan.KindDisconnectKeyStore {
		r.BlindReconnect = now
	}
}

// Finish ends a round of applying: the lease goes, what was done is told, and the look that
// verifies it is ordered.
func (r *Record) Finish(token string, rules Rules, account, region string, now time.Time) {
	other := r.otherLease()
	r.Release(token)
	in := r.Incident
	if in == nil || other {
		return
	}
	now = later(now, in.HandedAt)
	applied, broken := in.outcome()
	if in.FinishedAt = now; applied > 0 {
		r.Rounds = append(r.Rounds, now)
		in.Settle = now.Add(in.Lag)
	}
	frame := func(e lifecycle.Event) lifecycle.Event {
		e.Account, e.Region, e.Mode = account, region, rules.Mode.String()
		return e
	}
	tell := in.State == lifecycle.Open
	in.State, in.Looks = lifecycle.Waiting, 0
	in.Next = "The product looks again to prove that it worked."
	r.Generation++
	r.post(now.Add(delay(rules.Delays, 0)))
	switch {
	case len(broken) > 0:
		in.Reason = strings.Join(broken, " ")
		in.Next = "The product looks again, and tells what is left to do."
		r.put(frame(r.event(lifecycle.FixFailed, now)))
	case applied > 0:
		e := frame(r.event(lifecycle.FixApplied, now))
		e.Quiet = !tell
		r.put(e)
	}
}

// outcome counts what the handed plan's steps came to.
func (in *Incident) outcome() (applied int, broken []string) {
	for _, e := range in.Journal {
		if e.At.Before(in.HandedAt) {
			continue
		}
		switch e.Status {
		case Applied:
			applied++
		case Failed, Lost:
			broken = append(broken, sentence(e.Step.Action.Summary()+": "+e.Detail))
		}
	}
	return applied, broken
}

// sentence makes a clause a sentence.
func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// Stop takes the incident out of the product's hands: a safety rule forbids going on.
func (r *Record) Stop(token, reason string, rules Rules, account, region string, now time.Time) {
	other := r.otherLease()
	r.Release(token)
	if r.Incident == nil || other {
		return
	}
	in := r.Incident
	in.State, in.Reason, in.Looks = lifecycle.Escalated, reason, 0
	in.Next = stopped
	in.Remind, in.Reminded = now.Add(rules.Reminder), 0
	e := r.event(lifecycle.IncidentEscalated, now)
	e.Account, e.Region, e.Mode = account, region, rules.Mode.String()
	r.put(e)
	r.Generation++
	r.NextLook = time.Time{}
}

// otherLease says whether the lease is for applying the plan of an incident that ended.
func (r *Record) otherLease() bool {
	return r.Lease != nil && r.Incident != nil && r.Lease.Incident != "" && r.Lease.Incident != r.Incident.ID
}

// applying says whether a worker is applying the open incident's plan now.
func (r *Record) applying(now time.Time) bool {
	return r.Lease != nil && r.Incident != nil && r.Lease.Incident == r.Incident.ID && now.Before(r.Lease.Until)
}

// Release gives the lease back.
func (r *Record) Release(token string) {
	if r.Lease != nil && r.Lease.Token == token {
		r.Lease = nil
	}
}

// Postpone takes back an intent whose call surely did nothing, and has the plan handed over
// anew by the next look.
func (r *Record) Postpone(s plan.Step) {
	in := r.Incident
	if in == nil {
		return
	}
	in.Journal = keep(in.Journal, func(e Entry) bool { return e.Status != Intended || e.Step.ID != s.ID })
	in.Handed = ""
}

// planned returns the causes that the plan was made for.
func (in *Incident) planned() []check.Finding {
	path := keep(in.Ranking.Causes, func(f check.Finding) bool { return f.Check != connectionState })
	if len(path) > 0 {
		return path
	}
	return in.Ranking.Causes
}
