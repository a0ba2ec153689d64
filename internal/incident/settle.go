package incident

import (
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// settle takes a decision into the record: state, events, next look.
func (r *Record) settle(a Assessment, d decision) (ended *Incident) {
	in, now := r.Incident, a.Look.Now
	first := in.Sequence == 0
	asks := in.asks(a)
	person := d.state == lifecycle.NeedsPerson || d.state == lifecycle.Unexplained
	news := first || d.state != in.State || in.tells(a) || person && slices.ContainsFunc(asks, func(s ask) bool { return !s.lags })
	for _, s := range asks {
		if news {
			in.Asked = append(in.Asked, s.what)
		}
	}
	in.Looks++
	if first || d.state != in.State {
		in.Looks = 0
	}
	if d.state == lifecycle.Escalated && d.next == "" {
		d.next = stopped
	}
	in.State, in.Reason, in.Next, in.Proof, in.Plan = d.state, d.reason, d.next, d.proof, a.Plan
	if d.person != nil {
		in.Plan.Steps = []plan.Step{*d.person}
	}
	if d.hand {
		in.Handed, in.HandedAt, in.Lag = handKey(a.Plan), now, lag(a)
	}
	if first {
		r.emit(lifecycle.IncidentOpened, a.Look, nil)
	}
	if d.state == lifecycle.Resolved || d.state == lifecycle.Closed {
		return r.end(a)
	}
	r.schedule(d, a.Look)
	r.tell(a, d, news)
	r.remind(a.Look, news)
	return nil
}

// stopped is what happens next in an escalated incident.
const stopped = "The product changes nothing more in this incident. It goes on looking, and tells when it is resolved."

// tells says whether a look found a cause that was not told yet. What only shrank is
// progress, not news, so that a flapping target is no new diagnosis.
func (in *Incident) tells(a Assessment) bool {
	all := in.reasons(a)
	for _, f := range all {
		if !toldOf(in.Told, f) && (f.Check != consequence || len(all) == 1 && !in.lagging(a)) {
			return true
		}
	}
	return false
}

// An ask is a step of which nobody was told yet.
type ask struct {
	what string
	lags bool // it may go by itself: the targets' health lags
}

// asks returns what a plan asks for and nobody was told of yet, each once. A cause may be told
// long before its step: as long as another explains it, it has none. Where no cause calls for a
// step, as for the reconnect and for what KMS's messages ask for, its words tell it apart.
func (in *Incident) asks(a Assessment) []ask {
	var asks []ask
	for _, s := range a.Plan.Steps {
		one := ask{what: string(s.Check) + " " + string(s.Action.Kind()), lags: s.Check == consequence && in.lagging(a)}
		if len(a.Causes) == 0 {
			one.what += ": " + s.Action.Summary()
		}
		if !slices.Contains(in.Asked, one.what) && !slices.Contains(asks, one) {
			asks = append(asks, one)
		}
	}
	return asks
}

// ease keeps when the causes went that explained the targets' health.
func (in *Incident) ease(a Assessment) {
	hard := func(f check.Finding) bool { return f.Check != consequence }
	switch {
	case slices.ContainsFunc(a.Causes, hard):
		in.Eased = time.Time{}
	case len(a.Causes) > 0 && in.Eased.IsZero() && slices.ContainsFunc(in.Found, hard):
		in.Eased = a.Look.Now
	}
}

// lagging says whether the targets' health is all that is left, and may be that of before what
// explained it was mended.
func (in *Incident) lagging(a Assessment) bool {
	return !in.Eased.IsZero() && a.Look.Now.Before(in.Eased.Add(healthLag(a.Look.Snapshot)))
}

// consequence is the check that fails some time after another cause, because of it.
const consequence check.ID = "target-group.healthy"

// reasons are the findings that make a diagnosis: the causes, or what could not be read.
func (in *Incident) reasons(a Assessment) []check.Finding {
	if len(in.Ranking.Causes) > 0 {
		return in.Ranking.Causes
	}
	if unread := a.unread(); !in.bears(unread) {
		return unread
	}
	return nil
}

func toldOf(told []check.Finding, f check.Finding) bool {
	for _, t := range told {
		// That it fails is news after it could not be judged, and not the other way round.
		if t.Check == f.Check && t.Subject == f.Subject && t.Missing.Contains(f.Missing) && (t.Verdict == f.Verdict || f.Verdict == check.Unknown) {
			return true
		}
	}
	return false
}

func (r *Record) tell(a Assessment, d decision, news bool) {
	in := r.Incident
	if news {
		for _, f := range in.reasons(a) {
			if toldOf(in.Told, f) {
				continue
			}
			in.Told = append(in.Told, check.Finding{Check: f.Check, Subject: f.Subject, Verdict: f.Verdict, Missing: f.Missing})
		}
	}
	quietly := func(e *lifecycle.Event) { e.Quiet = !news }
	switch {
	case d.state == lifecycle.Escalated:
		if news {
			r.emit(lifecycle.IncidentEscalated, a.Look, nil)
		}
	case news || d.hand:
		r.emit(lifecycle.DiagnosisCompleted, a.Look, func(e *lifecycle.Event) {
			quietly(e)
			e.Automatic = d.hand
		})
	}
	if news && d.state == lifecycle.NeedsPerson && decidable(in.Plan, a.Look.Rules.Mode) {
		r.emit(lifecycle.ApprovalRequested, a.Look, nil)
	}
}

// decidable says whether a plan holds an action that a person's yes would set going.
func decidable(p plan.Plan, m plan.Mode) bool {
	for _, s := range p.Steps {
		if s.Class == plan.Approval || s.Class == plan.Automatic && m == plan.Approve {
			return true
		}
	}
	return false
}

// remind tells again, at an interval that grows to a day, of what waits for a person.
func (r *Record) remind(l Look, news bool) {
	in := r.Incident
	switch in.State {
	case lifecycle.NeedsPerson, lifecycle.Escalated, lifecycle.Unexplained:
	default:
		return
	}
	switch {
	case news || in.Remind.IsZero():
		in.Reminded = 0
	case l.Now.Before(in.Remind):
		return
	default:
		in.Reminded++
		r.emit(lifecycle.IncidentReminder, l, nil)
	}
	in.Remind = l.Now.Add(min(l.Rules.Reminder<<min(in.Reminded, 4), day))
}

// attention is how many looks a state gets that waits for somebody, so that what a person
// typed is soon seen to have worked; then the ticks do.
const attention = 6

// schedule orders the next look. Each order makes the one before it stale, so that
// re-checks cannot breed.
func (r *Record) schedule(d decision, l Look) {
	r.Generation++
	r.NextLook = time.Time{}
	if d.idle && !r.touched(l.Now) && r.Incident.Looks > attention {
		return
	}
	at := d.wait
	if at.IsZero() {
		at = l.Now.Add(delay(l.Rules.Delays, r.Incident.Looks))
	}
	r.post(at)
}

func (r *Record) post(at time.Time) {
	r.NextLook = at
	r.Outbox = keep(r.Outbox, func(p Post) bool { return p.Recheck == nil }) // stale by now
	id := ""
	if r.Incident != nil {
		id = r.Incident.ID
	}
	r.Outbox = append(r.Outbox, Post{ID: r.nextPost(), Recheck: &Recheck{Incident: id, Generation: r.Generation, Due: at}})
}

// nextPost counts on after the outbox was emptied: a worker that is slow to say what it
// sent must not take out what came later.
func (r *Record) nextPost() int64 {
	for _, p := range r.Outbox {
		r.Posts = max(r.Posts, p.ID)
	}
	r.Posts++
	return r.Posts
}

func delay(delays []time.Duration, looks int) time.Duration {
	if len(delays) == 0 {
		return time.Minute
	}
	return delays[min(looks, len(delays)-1)]
}

// end ends the incident, remembers what its successors must know and returns it.
func (r *Record) end(a Assessment) *Incident {
	in := r.Incident
	in.Ended = a.Look.Now
	kind := lifecycle.IncidentResolved
	if in.State == lifecycle.Closed {
		kind = lifecycle.IncidentClosed
	}
	r.emit(kind, a.Look, nil)
	r.EndedFix = later(in.FixedAt, in.lastSymptom())
	if in.State == lifecycle.Resolved && !in.Gone.IsZero() {
		r.EndedFix = later(r.EndedFix, in.Gone)
	}
	if risks := in.Ranking.Risks; len(risks) > 0 {
		r.Risk = &Risk{ID: in.ID, Digest: plan.Digest(risks), Since: a.Look.Now, Sequence: in.Sequence}
	}
	r.Lagging = in.Settle
	r.Incident, r.NextLook = nil, time.Time{}
	r.Generation++
	r.follow(a)
	return in
}

// follow orders a look where there is no incident and the key store is on its way: a
// Connect returns 200 and fails minutes later without an event.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func (r *Record) follow(a Assessment) {
	now := a.Look.Now
	moving := a.State == connecting || a.State == disconnecting
	if !moving && !r.touched(now) || r.Subject.Kind != path.KeyStoreSubject {
		return
	}
	if r.NextLook.After(now) {
		return
	}
	r.Generation++
	r.post(now.Add(time.Minute))
}

// touched says whether somebody else called on the key store a moment ago: its state may
// not show it yet.
// https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
func (r *Record) touched(now time.Time) bool {
	return r.Touch != nil && now.Sub(r.Touch.At) < 2*time.Minute
}

// healthLag is how long a target that is in order takes to be healthy: by the target groups'
// own settings, and a minute.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func healthLag(s path.Snapshot) time.Duration {
	longest := time.Minute
	for _, g := range s.TargetGroups {
		longest = max(longest, g.HealthCheck.Interval*time.Duration(g.HealthCheck.HealthyThreshold)+time.Minute)
	}
	return longest
}

// lag is how long the plan's automatic changes take to show.
func lag(a Assessment) time.Duration {
	longest := time.Minute
	for _, s := range a.Plan.Automatic() {
		switch s.Action.Kind() {
		case plan.KindAuthorizeIngress, plan.KindAuthorizeEgress:
			longest = max(longest, healthLag(a.Look.Snapshot))
		case plan.KindRestartVerification:
			longest = max(longest, 10*time.Minute)
		}
	}
	return longest
}

// prune forgets what no rule asks for any more.
func (r *Record) prune(now time.Time) {
	r.Rounds = keep(r.Rounds, func(t time.Time) bool { return now.Sub(t) < day })
	r.Changes = keep(r.Changes, func(c Change) bool { return now.Sub(c.At) < 7*day })
	r.Suspects = keep(r.Suspects, func(s symptom.Symptom) bool { return now.Sub(s.Last) < 10*time.Minute })
	for key, n := range r.Notices {
		if now.Sub(n.At) >= day {
			delete(r.Notices, key)
		}
	}
}

func keep[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, t := range all {
		if wanted(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
