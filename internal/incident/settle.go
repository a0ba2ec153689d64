package incident

import (
	"slices"
	"time"

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
	news := first || in.turns(d.state, a.Look) || in.tells(a) || calls(d.state) && slices.ContainsFunc(asks, func(s ask) bool { return !s.lags })
	if news {
		in.note(a, d.state, asks)
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
	if d.state == lifecycle.Escalated {
		in.Plan.Steps = byHand(in.Plan.Steps)
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

// byHand makes every step a person's: the product has stopped.
func byHand(steps []plan.Step) []plan.Step {
	steps = slices.Clone(steps)
	for i := range steps {
		if steps[i].Class == plan.Automatic {
			steps[i].Class, steps[i].Why = plan.Manual, "the product changes nothing more in this incident"
		}
	}
	return steps
}

// stopped is what happens next in an escalated incident.
const stopped = "The product changes nothing more in this incident. It goes on looking, and tells when it is resolved."

func (r *Record) tell(a Assessment, d decision, news bool) {
	in := r.Incident
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
	if !calls(in.State) {
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
		r.Risk = &Risk{ID: in.ID, Digest: plan.Digest(risks), Checks: riskKeys(risks), Since: a.Look.Now, Sequence: in.Sequence}
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
