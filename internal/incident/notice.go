package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/signal"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// tellRisks tells, once, what fails without a symptom, and that it is gone.
func (r *Record) tellRisks(a Assessment) {
	risks := append(append([]check.Finding(nil), a.Ranking.Causes...), a.Ranking.Risks...)
	if a.Look.Now.Before(r.Lagging) {
		risks = keep(risks, func(f check.Finding) bool { return f.Check != consequence })
	}
	if len(r.pending) > 0 || a.State == disconnected || a.State == disconnecting {
		return // a suspicion, or a key store that nobody uses now: not the time to judge
	}
	l := a.Look
	switch {
	case len(risks) == 0 && r.Risk == nil:
	case len(risks) == 0:
		if !r.Risk.hidden(l.Findings) {
			e := r.notice(r.Risk.ID, r.Risk.Sequence+1, l)
			e.State, e.Severity, e.Since = lifecycle.Resolved, lifecycle.Info, r.Risk.Since
			e.Headline, e.Next = "nothing is at risk any more", "Every check passes now."
			r.put(e)
			r.Risk = nil
		}
	case r.Risk == nil && r.toldToday("risk|"+plan.Digest(risks), l.Now):
		// It comes and goes, and was told.
	case r.Risk == nil:
		r.raiseRisk(risks, a)
	case r.Risk.Digest == plan.Digest(risks):
	case r.Risk.told(risks) || r.toldToday("risk|"+plan.Digest(risks), l.Now):
		r.Risk.Digest = plan.Digest(risks) // it shrank, or it comes and goes
	default:
		r.raiseRisk(risks, a)
	}
}

// riskKeys name findings by check and resource.
func riskKeys(risks []check.Finding) []string {
	var keys []string
	for _, f := range risks {
		if key := string(f.Check) + " " + string(f.Subject); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// told says whether every one of risks was told with the risk.
func (k *Risk) told(risks []check.Finding) bool {
	return !slices.ContainsFunc(riskKeys(risks), func(key string) bool { return !slices.Contains(k.Checks, key) })
}

// hidden says whether a check that was told as a risk cannot be judged just now.
func (k *Risk) hidden(findings []check.Finding) bool {
	return slices.ContainsFunc(unknowns(findings), func(f check.Finding) bool {
		return len(k.Checks) == 0 || slices.ContainsFunc(k.Checks, func(key string) bool { return strings.HasPrefix(key, string(f.Check)+" ") })
	})
}

func (r *Record) raiseRisk(risks []check.Finding, a Assessment) {
	l, digest := a.Look, plan.Digest(risks)
	if r.Risk == nil {
		r.Risk = &Risk{ID: l.NewID(), Since: l.Now}
	}
	r.Risk.Digest, r.Risk.Sequence = digest, r.Risk.Sequence+1
	for _, key := range riskKeys(risks) {
		if !slices.Contains(r.Risk.Checks, key) {
			r.Risk.Checks = append(r.Risk.Checks, key)
		}
	}
	r.Risk.Checks = r.Risk.Checks[max(0, len(r.Risk.Checks)-remembered):]
	r.tellToday("risk|"+digest, r.Risk.ID, l.Now)
	p := plan.Make(risks, l.Snapshot, plan.Policy{OptInKey: l.Rules.OptInKey, OptInValue: l.Rules.OptInValue})
	for i := range p.Steps {
		if p.Steps[i].Class == plan.Automatic {
			p.Steps[i].Class, p.Steps[i].Why = plan.Approval, "no symptom shows, and a risk is never mended without a person"
		}
	}
	e := r.notice(r.Risk.ID, r.Risk.Sequence, l)
	e.State, e.Severity, e.Since, e.Digest = lifecycle.Open, lifecycle.Warning, r.Risk.Since, digest
	e.Risks, e.Plan = findings(risks), actions(p)
	e.Headline = risks[0].Headline
	e.Next = "Nothing fails yet and the product changes nothing. It tells when this changes."
	r.put(e)
}

// notice is the frame of a notice.
func (r *Record) notice(id string, sequence int, l Look) lifecycle.Event {
	return lifecycle.Event{
		Schema: lifecycle.Schema, Type: lifecycle.NoticeRaised, Incident: id, Sequence: sequence, Time: l.Now,
		Severity: lifecycle.Info, State: lifecycle.Closed, Account: l.Snapshot.Account, Region: l.Snapshot.Region,
		Mode: l.Rules.Mode.String(), Subject: r.subject(), Since: l.Now,
	}
}

// noticeDisconnected is the key of the notice that calls fail since the key store is
// disconnected.
const noticeDisconnected = "disconnected"

// tellDisconnected tells, once a day, that calls fail since somebody disconnected the key
// store. Nothing is mended: DISCONNECTED is the customer's kill switch.
func (r *Record) tellDisconnected(a Assessment) {
	if len(r.pending) == 0 {
		return
	}
	e := r.notice("", 1, a.Look)
	e.Severity, e.Symptoms = lifecycle.Warning, symptoms(r.pending)
	e.Reason = leftOff
	if r.Touch != nil && r.Touch.Operation == disconnectOperation && r.Touch.Code == "" {
		e.Reason = r.whoDisconnected()
	}
	if s := r.pending[0]; !slices.ContainsFunc(r.pending, ofRequests) {
		e.Headline = s.Operation + " failed: " + strings.TrimSuffix(s.Code, "Exception")
		e.Next = "Mend what the error names and repeat the call."
		r.Raise("disconnected|"+s.Key(), e, a.Look)
		return
	}
	e.Headline = "requests fail: the key store is disconnected"
	e.Next = "If it was not meant, connect the key store. The product does not."
	e.Plan = actions(plan.Plan{Steps: []plan.Step{r.personConnects()}})
	r.Raise(noticeDisconnected, e, a.Look)
}

// ofRequests says whether a symptom is of calls on keys, and not on the key store itself.
func ofRequests(s symptom.Symptom) bool { return s.Kind == symptom.KMSMessage }

// Raise puts a notice into the outbox unless the same key was told within a day. It says
// whether it did.
func (r *Record) Raise(key string, e lifecycle.Event, l Look) bool {
	if r.toldToday(key, l.Now) {
		return false
	}
	e.Incident = l.NewID()
	r.tellToday(key, e.Incident, l.Now)
	r.put(e)
	return true
}

func (r *Record) toldToday(key string, now time.Time) bool {
	n, ok := r.Notices[key]
	return ok && now.Sub(n.At) < day
}

func (r *Record) tellToday(key, id string, now time.Time) {
	if r.Notices == nil {
		r.Notices = map[string]Notice{}
	}
	r.Notices[key] = Notice{ID: id, At: now}
}

// principal is who called, whatever the session: every session of a role has an ARN of its
// own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func principal(actor string) string {
	if !strings.Contains(actor, ":assumed-role/") {
		return actor
	}
	return actor[:strings.LastIndex(actor, "/")]
}

// Denied raises the notice of an access denied on a key-store call, once a day for a
// principal and an action. Found is what caller.permission says of it.
func (r *Record) Denied(s signal.Signal, found []check.Finding, l Look) {
	e := r.notice("", 1, l)
	e.Severity, e.Since, e.Causes = lifecycle.Warning, s.At, findings(found)
	e.Subject.KeyStoreID = s.KeyStoreID
	e.Headline = "access denied: " + s.Operation
	e.Reason = orSomebody(s.Actor) + " may not call " + s.Operation + "."
	e.Next = "If the call is meant, add the statement above to the caller's policy. Nothing is down because of this."
	r.Raise("denied|"+principal(s.Actor)+"|"+s.Operation, e, l)
	r.prune(l.Now)
}

// Unnamed raises the notice of a failed create or update that names no endpoint service:
// candidates are the services of the account and Region that admit KMS.
func (r *Record) Unnamed(s signal.Signal, candidates []string, l Look) {
	e := r.notice("", 1, l)
	e.Severity, e.Since = lifecycle.Warning, s.At
	e.Symptoms = []lifecycle.Symptom{{Kind: "create-failed", Operation: s.Operation, Code: s.Code, Text: s.Message, First: s.At, Last: s.At, Count: 1}}
	e.Headline = s.Operation + " failed: " + strings.TrimSuffix(s.Code, "Exception")
	e.Reason = "The event names no VPC endpoint service, so the path cannot be diagnosed."
	e.Next = "No VPC endpoint service of this account and Region admits KMS."
	if len(candidates) > 0 {
		e.Next = "VPC endpoint services of this account and Region that admit KMS: " + strings.Join(candidates, ", ") + "."
	}
	r.Raise("unnamed|"+principal(s.Actor)+"|"+s.Operation+"|"+s.Code, e, l)
	r.prune(l.Now)
}
