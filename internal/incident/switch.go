package incident

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// whenDisconnected: DISCONNECTED is the customer's kill switch. Only this incident's own
// Disconnect, answered 200, may be followed by a Connect.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
func (r *Record) whenDisconnected(a Assessment, _ Culprit) (decision, bool) {
	if a.State != disconnected && a.State != disconnecting {
		return decision{}, false
	}
	switch {
	case r.switchedOff():
		return r.off(lifecycle.Closed, r.whoDisconnected()), true
	case a.Ours && r.Held():
		return r.off(lifecycle.Escalated, fmt.Sprintf("The product disconnected the key store to repair it, then %s called %s at %s. It does not connect it again by itself.",
			orSomebody(r.Touch.Actor), r.Touch.Operation, clock(r.Touch.At))), true
	case a.Ours:
		return decision{}, false
	case r.Incident.lost():
		return r.off(lifecycle.Escalated, "The answer to the product's own call was lost, so it cannot tell whether it or somebody else disconnected the key store. It does not connect it by itself."), true
	case r.Incident.refused() != "":
		return r.off(lifecycle.Escalated, "The product disconnected the key store to repair it, and AWS refused to connect it again. "+r.Incident.refused()), true
	}
	return r.off(lifecycle.Closed, leftOff), true
}

// leftOff is said of a key store of which nobody knows who disconnected it.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
const leftOff = "The key store is DISCONNECTED: it was never connected, or somebody disconnected it on purpose. The product leaves it as it is."

// off ends what the product does by itself about a DISCONNECTED key store.
func (r *Record) off(state lifecycle.State, reason string) decision {
	step := r.personConnects()
	return decision{state: state, idle: true, reason: reason, person: &step,
		next: "If the key store is to serve, connect it. The product does not."}
}

// personConnects is the Connect that is left to a person.
func (r *Record) personConnects() plan.Step {
	connect := plan.ConnectKeyStore{KeyStore: path.KeyStoreID(r.Subject.ID)}
	return plan.Step{ID: "1-" + string(connect.Kind()), Check: connectionState, Action: connect, Why: "only a person connects what a person may have disconnected"}
}

// switchedOff says whether somebody else disconnected the key store since the failure, or
// was refused because it was disconnected already.
func (r *Record) switchedOff() bool {
	t := r.Touch
	return t != nil && t.Operation == disconnectOperation && (t.Code == "" || t.stateRefused()) && r.Held()
}

// whoDisconnected says what is known of the newest Disconnect by somebody else.
func (r *Record) whoDisconnected() string {
	if r.Touch.Code == "" {
		return fmt.Sprintf("%s disconnected the key store at %s. The product never reconnects what somebody else disconnected.", orSomebody(r.Touch.Actor), clock(r.Touch.At))
	}
	return fmt.Sprintf("%s called %s at %s, when the key store was not connected any more. The product never connects what somebody else wants disconnected.",
		orSomebody(r.Touch.Actor), r.Touch.Operation, clock(r.Touch.At))
}

// inferConnect notes a Connect by somebody else of which no event told: after our own
// Disconnect nothing else leads to these states. FAILED may be an old reading at first.
// https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
func (r *Record) inferConnect(a Assessment) {
	at := a.Look.Snapshot.Taken
	again := a.State == connecting || a.State == connected ||
		a.State == failed && at.Sub(r.Incident.appliedAt(plan.KindDisconnectKeyStore)) > grace
	if a.Ours && again && (r.Touch == nil || r.Touch.At.Before(at)) {
		r.Touch = &Touch{Operation: connectOperation, At: at}
	}
}

// deleted says whether the key store was looked for and does not exist.
func deleted(l Look) bool {
	if l.Snapshot.Subject.Kind != path.KeyStoreSubject {
		return false
	}
	for _, f := range l.Findings {
		if f.Check == "key-store.exists" && f.Verdict == check.Fail {
			return true
		}
	}
	return false
}

// forgotten says whether nothing at all failed for a day in an incident that no proof ends.
func (r *Record) forgotten(a Assessment) bool {
	return a.State == connected && a.Look.Now.Sub(r.Incident.lastSymptom()) > forgotten &&
		len(a.Causes) == 0 && len(a.Ranking.Unread) == 0 && len(r.observed(a.Look.Snapshot)) == 0
}

// judged says whether every check that found a cause passes somewhere on the path now, or
// finds no more than what can break nothing: one that has nothing left to judge proves nothing.
func (in *Incident) judged(findings []check.Finding) bool {
	passed := map[check.ID]bool{connectionState: true}
	for _, f := range findings {
		passed[f.Check] = passed[f.Check] || f.Verdict == check.Pass || f.Verdict == check.Fail && f.Warning
	}
	for _, f := range in.Found {
		if !passed[f.Check] {
			return false
		}
	}
	return true
}
