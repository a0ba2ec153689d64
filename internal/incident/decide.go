package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

const (
	// quiet is how long nothing may fail after the last cause went before an incident is
	// said to be repaired without a request that proves it.
	quiet = time.Minute
	// forgotten is how long a failed create that nobody repeats stays open.
	forgotten = 24 * time.Hour
	// handover is how long remediate may take before the incident is escalated.
	handover = 15 * time.Minute
	// doubt is how long a cause that still stands outweighs answers of KMS's.
	doubt = time.Hour
	// patience is how long a passing gap (throttled, timed out) may last before a person is
	// told of it.
	patience = 90 * time.Second
	// settles is how long AWS itself may not know: first health checks are through by then.
	settles = 5 * time.Minute
)

// A Culprit is who undid a change of ours, as far as CloudTrail's event history tells.
type Culprit struct {
	Actor     string
	Operation string
	At        time.Time
}

// String returns a clause: "by arn:… (RevokeSecurityGroupIngress at 03:04:05 UTC)".
func (c Culprit) String() string {
	if c.Actor == "" {
		return "by somebody whom CloudTrail's event history does not show yet"
	}
	return fmt.Sprintf("by %s (%s at %s)", c.Actor, c.Operation, c.At.UTC().Format("15:04:05 UTC"))
}

// Decide takes an assessment into the record: it opens, moves or ends the incident, puts
// what is to be told into the outbox and orders the next look. It returns the incident if
// it ended, to be archived.
func (r *Record) Decide(a Assessment, culprit Culprit) (ended *Incident) {
	l := a.Look
	r.observe(a)
	defer func() {
		r.pending, r.asked = nil, path.Requested{}
		r.Watermark = l.Snapshot.Taken
		r.prune(l.Now)
	}()
	if r.applying(l.Now) {
		// What is being changed just now cannot be judged: the round orders its own look.
		r.Incident.Symptoms = a.Symptoms
		r.schedule(decision{}, l)
		return nil
	}
	if r.Incident == nil && !r.open(a) {
		r.tellRisks(a)
		r.follow(a)
		return nil
	}
	if r.Incident.Looks == 0 && r.Incident.Sequence == 0 {
		// A new incident changes what is planned: the assessment was made without it.
		a = r.Assess(l)
	}
	r.remember(a)
	d := r.decide(a, culprit)
	return r.settle(a, d)
}

// observe keeps what the snapshot says of the subject.
func (r *Record) observe(a Assessment) {
	s := a.Look.Snapshot
	f := Facts{Name: r.Facts.Name, KeyStoreID: r.Facts.KeyStoreID, ServiceName: r.Facts.ServiceName, Connectivity: r.Facts.Connectivity}
	if ks := s.KeyStore; ks != nil {
		f = Facts{Name: ks.Name, KeyStoreID: string(ks.ID), ServiceName: ks.ServiceName, Connectivity: ks.Connectivity, State: ks.ConnectionState, ErrorCode: ks.ConnectionErrorCode}
	} else if asked := r.Asked(); asked != (path.Requested{}) {
		f.Name, f.KeyStoreID, f.ServiceName = asked.KeyStoreName, string(asked.KeyStoreID), asked.ServiceName
	}
	if s.Service != nil && f.ServiceName == "" {
		f.ServiceName = s.Service.Name
	}
	r.Facts = f
	if a.State == connected {
		delete(r.Notices, noticeDisconnected)
	}
	if a.State != connecting {
		r.Connecting = time.Time{}
	} else if r.Connecting.IsZero() {
		r.Connecting = a.Look.Now
	}
}

// open opens an incident if a symptom calls for one, and says whether it did.
func (r *Record) open(a Assessment) bool {
	if a.State == disconnected || a.State == disconnecting {
		r.tellDisconnected(a)
		return false
	}
	if deleted(a.Look) {
		return false
	}
	serious := false
	for _, s := range a.Symptoms {
		switch {
		case s.Class == symptom.SwitchClass, s.Kind == symptom.AlarmRaised:
		case s.IfRepeated && len(a.Causes) == 0 && !r.repeated(s):
			r.suspect(s)
		default:
			serious = true
		}
	}
	if !serious {
		return false
	}
	since := a.Look.Now
	for _, s := range a.Symptoms {
		if s.First.Before(since) {
			since = s.First
		}
	}
	r.Incident = &Incident{
		ID: a.Look.NewID(), Subject: r.Subject, State: lifecycle.Open,
		Opened: a.Look.Now, Since: since, Requested: r.asked,
		Touched: a.State == failed && r.Touch != nil && !r.Touch.leads() && a.Look.Now.Sub(r.Touch.At) < stuck,
	}
	r.Suspects, r.Risk = nil, nil
	return true
}

// remember takes an assessment's readings into the incident.
func (r *Record) remember(a Assessment) {
	in := r.Incident
	r.inferConnect(a)
	in.Symptoms, in.Ranking = a.Symptoms, a.Ranking
	if len(a.unread()) == 0 || len(a.Causes) > 0 {
		in.Blind = time.Time{}
	} else if in.Blind.IsZero() {
		in.Blind = a.Look.Now
	}
	in.Ranking.Causes = append(append([]check.Finding(nil), a.Causes...), ownState(a.Ranking.Causes)...)
	if len(a.Causes) > 0 {
		in.Caused, in.Gone = true, time.Time{}
	} else if !in.Gone.After(in.FixedAt) {
		in.Gone = a.Look.Snapshot.Taken
	}
	in.ease(a)
	if len(in.Found) == 0 || slices.ContainsFunc(a.Causes, hard) {
		in.Found, in.Headline = in.Ranking.Causes, in.headline()
	}
	if a.State == connecting {
		in.Unproved = true
	}
	if a.State == failed {
		in.Unproved = true
		if code := codeOf(a.Look.Snapshot); in.Failed.Code != code || in.Failed.At.IsZero() {
			in.Failed = Reading{Code: code, At: a.Look.Now}
		}
	} else if !a.Ours && a.State != disconnecting {
		in.Failed = Reading{}
	}
}

// ownState returns the findings on the key store's own connection state.
func ownState(all []check.Finding) []check.Finding {
	var own []check.Finding
	for _, f := range all {
		if f.Check == connectionState {
			own = append(own, f)
		}
	}
	return own
}

// A decision is what a look leads to.
type decision struct {
	state  lifecycle.State
	reason string
	next   string
	proof  *lifecycle.Proof
	person *plan.Step // what is left to a person, in place of the plan
	hand   bool       // give the plan's automatic steps to remediate
	wait   time.Time  // look again then; zero: after the next of the delays
	idle   bool       // no look of its own: the tick looks
}

// decide is the state machine. Its order is the order of the safety rules.
func (r *Record) decide(a Assessment, culprit Culprit) decision {
	for _, rule := range []func(Assessment, Culprit) (decision, bool){
		r.whenDeleted, r.whenDisconnected, r.whenProved, r.whenGone, r.whenEscalated, r.whenUndone,
		r.whenCaused, r.whenConnecting, r.whenStuck, r.whenUnread, r.whenReconnecting, r.whenSettling,
	} {
		if d, ok := rule(a, culprit); ok {
			return d
		}
	}
	return decision{state: lifecycle.Unexplained, idle: true, next: "The product keeps looking and tells when KMS answers again. It changes nothing meanwhile."}
}

// whenDeleted: nothing is left to be mended.
func (r *Record) whenDeleted(a Assessment, _ Culprit) (decision, bool) {
	if !deleted(a.Look) {
		return decision{}, false
	}
	return decision{state: lifecycle.Closed, reason: "The key store does not exist any more."}, true
}

// whenProved: KMS answered. An answer or two are no proof while a cause stands that may hurt
// some requests and not others, as a network ACL that lets through a part of the reply ports: then
// nothing may fail for an hour.
func (r *Record) whenProved(a Assessment, _ Culprit) (decision, bool) {
	in, s := r.Incident, a.Look.Snapshot
	still := standing(a.Causes)
	stands := still != "" && a.Look.Now.Sub(later(in.lastSymptom(), in.Failed.At)) <= doubt
	if !stands && in.Unproved && a.State == connected && (s.Canary == nil || !check.CanaryFails(*s.Canary)) {
		return resolved("kms-answered", "The key store is CONNECTED, and was not before: KMS's own health call to the proxy passed."+still, s.Taken), true
	}
	if c := s.Canary; !stands && c != nil && c.OK && a.State == connected && in.provedByCanary() && c.At.After(in.lastSymptom()) && c.At.After(in.FixedAt) {
		return resolved("kms-answered", fmt.Sprintf("KMS encrypted with the canary key %s at %s.", c.Key, clock(c.At))+still, c.At), true
	}
	if r.Subject.Kind == path.ServiceSubject {
		for _, ks := range s.KeyStores {
			now := ks.ID == in.Requested.KeyStoreID || ks.Created.After(in.Since)
			if ks.ServiceName != "" && ks.ServiceName == r.Facts.ServiceName && now {
				return decision{state: lifecycle.Closed, reason: fmt.Sprintf("Key store %s (%s) now uses the endpoint service.", ks.Name, ks.ID)}, true
			}
		}
	}
	return decision{}, false
}

// standing names the causes that a proof goes against, or "". The targets' health is none: it
// lags behind every repair.
func standing(causes []check.Finding) string {
	var names []string
	for _, f := range causes {
		if name := string(f.Check); hard(f) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " No request failed for an hour, though this still fails: " + strings.Join(names, ", ") + "."
}

// whenGone: what explained the symptom passes, and nothing failed since.
func (r *Record) whenGone(a Assessment, _ Culprit) (decision, bool) {
	in := r.Incident
	if r.Subject.Kind == path.ServiceSubject && a.Look.Now.Sub(in.lastSymptom()) > forgotten {
		return decision{state: lifecycle.Closed, reason: "Nobody repeated the failed call for 24 hours."}, true
	}
	if r.forgotten(a) {
		return decision{
			state: lifecycle.Closed, next: "If a request fails again, a new incident is opened.",
			reason: "No request failed for 24 hours, and whatever the product reads of the path is in order. Nothing proved that KMS reaches the proxy.",
		}, true
	}
	clean := in.Caused && in.judged(a.Look.Findings) && len(a.Causes) == 0 && len(a.Ranking.Causes) == 0 && len(a.Ranking.Unread) == 0
	if !clean || a.State == connecting || a.Ours || !in.Gone.After(in.FixedAt) {
		return decision{}, false
	}
	if r.Subject.Kind == path.ServiceSubject {
		return resolved("cause-gone", "Repaired; no request has proved it yet. Repeat the call.", a.Look.Snapshot.Taken), true
	}
	limit := later(in.Gone.Add(quiet), in.Settle)
	if in.lastSymptom().After(limit) || len(r.observed(a.Look.Snapshot)) > 0 {
		return decision{}, false
	}
	if due := later(limit, in.lastSymptom().Add(quiet)); a.Look.Now.Before(due) {
		return decision{state: in.calm(), wait: due, next: "Every cause is gone. If no request fails meanwhile, the incident is resolved at the next look."}, true
	}
	return resolved("cause-gone", "Repaired; no request has proved it yet. What explained the failure passes now, and no request failed since.", a.Look.Snapshot.Taken), true
}

// whenEscalated: what was stopped by a safety rule stays stopped until it is resolved.
func (r *Record) whenEscalated(Assessment, Culprit) (decision, bool) {
	if r.Incident.State != lifecycle.Escalated {
		return decision{}, false
	}
	return decision{state: lifecycle.Escalated, reason: r.Incident.Reason, next: r.Incident.Next, idle: true}, true
}

// whenUndone: a change that somebody undid is never repeated.
func (r *Record) whenUndone(a Assessment, culprit Culprit) (decision, bool) {
	if len(a.Undone) == 0 {
		return decision{}, false
	}
	c := a.Undone[0]
	return decision{state: lifecycle.Escalated, idle: true, reason: fmt.Sprintf(
		"The product's change of %s (%s) was undone %s. It is not repeated: somebody may be containing something, or a pipeline will undo it again.",
		clock(c.At), c.Step.Action.Summary(), culprit)}, true
}

// whenConnecting: AWS needs about five minutes.
func (r *Record) whenConnecting(a Assessment, _ Culprit) (decision, bool) {
	if a.State != connecting || a.Look.Now.Sub(r.Connecting) > stuck {
		return decision{}, false
	}
	return decision{state: lifecycle.Waiting, wait: a.Look.Now.Add(time.Minute), next: "KMS is connecting the key store, which takes about five minutes."}, true
}

// whenStuck: CONNECTING for far longer than AWS says it takes, and nothing on the path tells why.
func (r *Record) whenStuck(a Assessment, _ Culprit) (decision, bool) {
	if a.State != connecting || a.Settling || len(a.Ranking.Unread) > 0 {
		return decision{}, false
	}
	return r.person("The key store has been CONNECTING for over 15 minutes and no check tells why. Somebody must decide whether to disconnect it and connect it again."), true
}

// whenCaused: something that explains the symptom fails.
func (r *Record) whenCaused(a Assessment, _ Culprit) (decision, bool) {
	if len(a.Causes) == 0 {
		return decision{}, false
	}
	return r.act(a), true
}

// whenUnread: what could explain it could not be read.
func (r *Record) whenUnread(a Assessment, _ Culprit) (decision, bool) {
	unread := a.unread()
	if len(unread) == 0 || a.Settling {
		return decision{}, false
	}
	if r.Incident.bears(unread, a.Look.Now) {
		return decision{state: r.Incident.calm(), next: tried(unread)}, true
	}
	if due := r.Incident.Failed.At.Add(reread); a.State == failed && !slices.ContainsFunc(a.Blockers, stops) && a.Look.Now.Before(due) {
		return decision{state: r.Incident.calm(), wait: due, next: "The key store's state is read twice, a minute apart, before anybody is asked to reconnect it."}, true
	}
	next := "Grant the missing permission or judge the unread parts by hand. The product looks again with every scheduled look."
	if len(a.Plan.Steps) > 0 {
		next = "Not all could be judged, so that what is left to do is for a person. The product looks again with every scheduled look."
	} else if !slices.ContainsFunc(unread, func(f check.Finding) bool { return f.Evidence.Gap != nil }) {
		next = "Judge by hand what the product could not: what it saw stands beside each. The product looks again with every scheduled look."
	}
	return decision{state: lifecycle.NeedsPerson, idle: true, next: next}, true
}

// whenReconnecting: FAILED is left only by Disconnect, wait, Connect.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#fix-xks-connection
func (r *Record) whenReconnecting(a Assessment, _ Culprit) (decision, bool) {
	if a.State != failed && !a.Ours {
		return decision{}, false
	}
	if len(a.Plan.Automatic()) > 0 && !a.Settling {
		return r.act(a), true
	}
	soon := decision{state: lifecycle.Waiting, next: "The key store is reconnected once its state was read twice, a minute apart."}
	switch {
	case a.Ours:
		soon.next = "The product disconnected the key store to repair it and connects it again."
		soon.wait = later(r.Incident.appliedAt(plan.KindDisconnectKeyStore).Add(grace), a.Look.Now.Add(15*time.Second))
		return soon, true
	case a.Settling:
		return decision{}, false
	case reconnects(a.Plan) && (r.Incident.Caused || ofThePath(a.Symptoms)):
		return r.person("Only a person may reconnect this key store; the reason stands beside the command."), true
	case a.Look.Now.Sub(r.Incident.Failed.At) < reread && !r.Held() && r.reconnectable(a):
		soon.wait = r.Incident.Failed.At.Add(reread)
		return soon, true
	}
	return decision{}, false
}

// whenSettling: a good fix looks broken for minutes.
func (r *Record) whenSettling(a Assessment, _ Culprit) (decision, bool) {
	if !a.Settling {
		return decision{}, false
	}
	return decision{state: lifecycle.Waiting, next: "AWS needs time until the change shows."}, true
}
