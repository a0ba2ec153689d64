package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// Connection states of a custom key store.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
const (
	connected     = "CONNECTED"
	connecting    = "CONNECTING"
	failed        = "FAILED"
	disconnected  = "DISCONNECTED"
	disconnecting = "DISCONNECTING"
)

const (
	connectionState check.ID = "key-store.connection-state"
	// throughVPC is the connectivity whose path is in the customer's account.
	throughVPC = "VPC_ENDPOINT_SERVICE"

	// reread is how far apart two equal FAILED readings must be before a reconnect.
	reread = time.Minute
	// grace is how long after our own Disconnect the Connect waits, so that word of
	// somebody else's Disconnect can arrive first.
	grace = time.Minute
	// stuck is how long CONNECTING may take.
	stuck = symptom.ConnectingTooLong
	// day bounds what is counted by the day.
	day = 24 * time.Hour
)

// bystanders are checks that say nothing about whether a new connection would succeed.
var bystanders = map[check.ID]bool{
	connectionState: true, "key-store.answers": true, "caller.permission": true,
	"trail.records-kms": true, "alarm.coverage": true, "diagnosis.visibility": true,
	"load-balancer.zone-without-healthy-target": true, // such a zone has left DNS
}

// A Look is one diagnosis of a subject: the snapshot, what the checks say of it, and what
// the product may do.
type Look struct {
	Snapshot path.Snapshot
	Findings []check.Finding
	Now      time.Time
	Rules    Rules
	NewID    func() string // a new incident or notice ID
}

// Rules are the settings that bound what the product does.
type Rules struct {
	Mode                 plan.Mode
	OptInKey, OptInValue string
	Writes               int             // most writes an incident
	Rounds               int             // most rounds of applying a subject a day
	Delays               []time.Duration // between looks after a change of state: the k-th, then the last again
	Reminder             time.Duration   // between reminders of what waits for a person
}

// An Assessment is what a look means for the open incident, before anything is decided.
type Assessment struct {
	Look     Look
	State    string            // connection state, empty for other subjects
	Symptoms []symptom.Symptom // of the incident and of this look
	Ranking  symptom.Ranking
	Causes   []check.Finding // of Ranking, the key store's own FAILED left out
	Blockers []check.Finding // fail or are unknown and would make a new connection fail
	Plan     plan.Plan
	Undone   []Change // changes of ours that are to be made again: somebody undid them
	Ours     bool     // DISCONNECTED by this incident's own Disconnect, and not connected since
	Settling bool     // our last change is too young to be judged
}

// Assess sets a look against the record. It changes neither.
func (r Record) Assess(l Look) Assessment {
	a := Assessment{Look: l, State: stateOf(l.Snapshot)}
	a.Symptoms = r.symptoms(l, a.State)
	a.Ranking = symptom.Rank(a.Symptoms, l.Findings)
	for _, f := range a.Ranking.Causes {
		if f.Check != connectionState {
			a.Causes = append(a.Causes, f)
		}
	}
	a.Ours = r.Incident.disconnectedByUs()
	if (a.State == failed || a.Ours) && len(a.Causes) == 0 {
		a.Blockers = blockers(l.Findings)
		for _, f := range a.Blockers {
			if f.Verdict == check.Fail {
				a.Causes = append(a.Causes, f)
			}
		}
	}
	if r.Subject.Kind == path.ServiceSubject && (len(a.Causes) > 0 || r.Incident != nil && r.Incident.Caused) {
		a.Causes = append(a.Causes, alsoRefused(a.Causes, l.Findings)...)
	}
	if r.Incident != nil {
		a.Settling = l.Now.Before(r.Incident.Settle)
	}
	causes := a.Causes
	if len(causes) == 0 {
		causes = a.Ranking.Causes
	}
	a.Plan = plan.Make(append(causes[:len(causes):len(causes)], codeOnly(a)...), l.Snapshot, plan.Policy{
		OptInKey: l.Rules.OptInKey, OptInValue: l.Rules.OptInValue,
		Attempted: attempted(a.Symptoms),
		Said:      said(a.Symptoms),
		Unread:    a.Ranking.Unread,
		Reconnect: r.reconnect(a),
	})
	a.Plan.Digest = plan.Digest(causes)
	a.Undone = r.undone(a)
	return a
}

// said returns the rows of KMS's messages that symptoms carry, of the last minute in which KMS
// said any: what KMS does not say any more may have been mended meanwhile.
func said(symptoms []symptom.Symptom) []string {
	symptoms = keep(symptoms, func(s symptom.Symptom) bool { return s.ID != "" })
	last := lastOf(symptoms)
	var rows []string
	for _, s := range symptoms {
		if last.Sub(s.Last) <= quiet {
			rows = append(rows, s.ID)
		}
	}
	return rows
}

// codeOnly returns the finding on a FAILED key store where no other explains it: then its
// connection error code says what a person does. It is no cause, and no part of the digest.
func codeOnly(a Assessment) []check.Finding {
	if a.State != failed || len(a.Causes) > 0 || len(a.Ranking.Causes) > 0 {
		return nil
	}
	return keep(ownState(a.Look.Findings), func(f check.Finding) bool { return f.Verdict == check.Fail })
}

// symptoms returns the incident's and the received ones, and those that the snapshot shows.
func (r Record) symptoms(l Look, state string) []symptom.Symptom {
	var all []symptom.Symptom
	if r.Incident != nil {
		all = append(all, r.Incident.Symptoms...)
	}
	for _, s := range r.pending {
		merge(&all, s)
	}
	for _, s := range r.observed(l.Snapshot) {
		merge(&all, s)
	}
	if !r.Connecting.IsZero() {
		if late, ok := symptom.Connecting(l.Snapshot, r.Connecting); ok {
			merge(&all, late)
		}
	}
	return all
}

// observed returns the symptoms that the snapshot itself shows. Unhealthy targets are none
// while KMS encrypts: a target group without a healthy target fails open, and health lags.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
func (r Record) observed(s path.Snapshot) []symptom.Symptom {
	if r.Subject.Kind != path.KeyStoreSubject {
		return nil
	}
	var all []symptom.Symptom
	for _, o := range symptom.Observed(s) {
		if o.Kind == symptom.NoHealthyTarget && s.Canary != nil && s.Canary.OK {
			continue
		}
		all = append(all, o)
	}
	return all
}

// reconnect returns what a plan must know where a reconnect is due, or nil.
func (r Record) reconnect(a Assessment) *plan.Reconnect {
	store := a.Look.Snapshot.KeyStore
	if r.Incident == nil || store == nil || store.Connectivity != throughVPC || len(a.Causes) > 0 || slices.ContainsFunc(a.Blockers, stops) {
		return nil
	}
	context := &plan.Reconnect{
		CauseFound: r.Incident.Caused && !r.Incident.appliedAt(plan.KindConnectKeyStore).After(r.Incident.Gone),
		BlindToday: a.Look.Now.Sub(r.BlindReconnect) < day,
		Held:       r.Held(),
	}
	for _, f := range a.Blockers {
		if !slices.Contains(context.Unjudged, f.Check) {
			context.Unjudged = append(context.Unjudged, f.Check)
		}
	}
	switch {
	case a.State == disconnected && a.Ours:
		if a.Look.Now.Sub(r.Incident.appliedAt(plan.KindDisconnectKeyStore)) < grace {
			return nil
		}
		context.Code, context.Disconnected = r.Incident.Failed.Code, true
		return context
	case a.State == failed:
		first := r.Incident.Failed
		if a.Settling || first.Code != codeOf(a.Look.Snapshot) || a.Look.Now.Sub(first.At) < reread {
			return nil
		}
		context.Code = first.Code
		return context
	}
	return nil
}

// stops says whether a blocker leaves nothing to decide yet: it fails, or could not be read and
// is to be read first. What was read and is still open is for a person to judge.
func stops(f check.Finding) bool {
	return f.Verdict == check.Fail || f.Evidence.Gap != nil || f.Evidence.Waits
}

// undone returns the changes of ours that the plan would make once more. A change that has
// an inverse and was made cannot be due again unless somebody took it away.
func (r Record) undone(a Assessment) []Change {
	var gone []Change
	for _, step := range a.Plan.Steps {
		if inverse, _ := step.Action.Inverse(); inverse == nil || step.Action.Kind().Connection() {
			continue
		}
		for _, c := range r.Changes {
			if repeats(c.Step.Action, step.Action) && a.Look.Snapshot.Taken.Sub(c.At) > stale {
				gone = append(gone, c)
			}
		}
	}
	return gone
}

// stale is how long a describe call may show the world as it was before a change.
const stale = 30 * time.Second

// repeats says whether doing next would do again, in whole or in part, what done did.
func repeats(done, next plan.Action) bool {
	if done == nil || done.Kind() != next.Kind() || done.Resource() != next.Resource() {
		return false
	}
	switch next := next.(type) {
	case plan.AuthorizeIngress:
		return !next.Missing.Intersect(done.(plan.AuthorizeIngress).Missing).IsZero()
	case plan.AuthorizeEgress:
		return !next.Missing.Intersect(done.(plan.AuthorizeEgress).Missing).IsZero()
	}
	return true
}

// blockers returns everything that would make a new connection fail, or could.
func blockers(findings []check.Finding) []check.Finding {
	var found []check.Finding
	for _, f := range findings {
		stops := f.Verdict == check.Fail && !f.Warning || f.Verdict == check.Unknown
		if stops && !bystanders[f.Check] {
			found = append(found, f)
		}
	}
	return found
}

// alsoRefused returns what else would make KMS refuse the repeated create or update: it
// names one fault of an endpoint service's configuration at a time.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func alsoRefused(causes, findings []check.Finding) []check.Finding {
	var found []check.Finding
	for _, f := range blockers(findings) {
		configured := strings.HasPrefix(string(f.Check), "endpoint-service.") || strings.HasPrefix(string(f.Check), "key-store.endpoint-service-") ||
			f.Check == "key-store.uri-endpoint-matches-private-dns-name"
		if f.Verdict == check.Fail && configured && !slices.ContainsFunc(causes, func(c check.Finding) bool { return c.Check == f.Check && c.Subject == f.Subject }) {
			found = append(found, f)
		}
	}
	return found
}

// ofThePath says whether a connection error is one that the path can cause.
func ofThePath(all []symptom.Symptom) bool {
	return slices.ContainsFunc(all, func(s symptom.Symptom) bool {
		return s.Kind == symptom.ConnectionError && s.Class == symptom.PathClass
	})
}

// attempted says whether a create or a connect attempt failed, and not a running key store.
func attempted(all []symptom.Symptom) bool {
	for _, s := range all {
		switch s.Kind {
		case symptom.CreateFailed, symptom.UpdateFailed, symptom.ConnectRefused, symptom.ConnectionError, symptom.StillConnecting:
			return true
		}
	}
	return false
}

func stateOf(s path.Snapshot) string {
	if s.KeyStore == nil {
		return ""
	}
	return s.KeyStore.ConnectionState
}

func codeOf(s path.Snapshot) string {
	if s.KeyStore == nil {
		return ""
	}
	return s.KeyStore.ConnectionErrorCode
}
