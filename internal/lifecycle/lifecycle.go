// Package lifecycle is the public contract of the product's EventBridge bus: the events
// that tell an incident's life, as versioned JSON. It has its own structs, so that a
// rename inside the product cannot change what a reader sees.
package lifecycle

import "time"

// Source is the EventBridge source of every lifecycle event.
const Source = "xks-remediator"

// Schema is the version of Event's JSON. Fields are added within a version; a version
// changes where one is removed or changes its meaning.
const Schema = 1

// A Type is an EventBridge detail-type of the product's bus.
type Type string

// Types returns every Type, in the order of an incident's life.
func Types() []Type {
	return []Type{
		IncidentOpened, DiagnosisCompleted, ApprovalRequested, FixApplied, FixFailed,
		IncidentReminder, IncidentResolved, IncidentEscalated, IncidentClosed, NoticeRaised,
	}
}

const (
	IncidentOpened     Type = "Incident Opened"
	DiagnosisCompleted Type = "Diagnosis Completed" // Automatic says whether remediate acts on it
	FixApplied         Type = "Fix Applied"
	FixFailed          Type = "Fix Failed"
	ApprovalRequested  Type = "Approval Requested"
	IncidentReminder   Type = "Incident Reminder"
	IncidentResolved   Type = "Incident Resolved"
	IncidentEscalated  Type = "Incident Escalated"
	IncidentClosed     Type = "Incident Closed"
	NoticeRaised       Type = "Notice Raised" // a risk, a refused call, or anything else that is no outage
)

// An Event is the detail of every lifecycle event.
type Event struct {
	Schema   int       `json:"schema"`
	Type     Type      `json:"type"`
	Incident string    `json:"incidentId"` // ULID; a notice has one of its own
	Sequence int       `json:"sequence"`   // counts the incident's events from 1; (incidentId, sequence) is unique
	Time     time.Time `json:"time"`
	Quiet    bool      `json:"quiet,omitempty"` // for machines: no change of state or diagnosis, so nobody is told
	Severity Severity  `json:"severity"`
	State    State     `json:"state"`
	Headline string    `json:"headline"` // what is wrong, as the subject line tells it: "security group blocks NLB to proxy on 443"

	Account string  `json:"account"`
	Region  string  `json:"region"`
	Mode    string  `json:"mode"` // ModeObserve, ModeApprove or ModeAuto
	Subject Subject `json:"subject"`

	Since     time.Time `json:"since,omitzero"`     // earliest symptom
	Symptoms  []Symptom `json:"symptoms,omitempty"` // newest last, one a kind
	Digest    string    `json:"digest,omitempty"`   // of the diagnosis and its plan
	Causes    []Finding `json:"causes,omitempty"`   // failing checks that explain the symptoms, best first
	Risks     []Finding `json:"risks,omitempty"`    // failing checks that do not
	Unread    []Finding `json:"unread,omitempty"`   // checks that could explain but could not be judged
	RuledOut  []string  `json:"ruledOut,omitempty"` // check IDs that passed, where nothing explains
	Automatic bool      `json:"automatic"`          // whether remediate is to apply the automatic actions of Plan
	Plan      []Action  `json:"plan,omitempty"`
	Done      []Change  `json:"done,omitempty"` // the incident's journal, oldest first
	Next      string    `json:"next,omitempty"` // what happens next, a sentence
	NextLook  time.Time `json:"nextLook,omitzero"`
	Reason    string    `json:"reason,omitempty"` // of an escalation, a close, a failure: a sentence
	Proof     *Proof    `json:"proof,omitempty"`  // of a resolution
}

// A Severity is for SNS filter policies.
type Severity string

const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// A State is an incident's state as readers see it.
type State string

const (
	Open        State = "open"         // diagnosed; an automatic fix is on its way
	Waiting     State = "waiting"      // AWS needs time
	NeedsPerson State = "needs-person" // somebody must type or decide
	Escalated   State = "escalated"    // the product stopped by a safety rule
	Unexplained State = "unexplained"  // every check that could explain passes
	Resolved    State = "resolved"
	Closed      State = "closed"
)

// A Subject is what the incident is about.
type Subject struct {
	Kind         string `json:"kind"` // one of SubjectKeyStore, …
	ID           string `json:"id"`   // cks-…, vpce-svc-…, account ID
	Name         string `json:"name,omitempty"`
	KeyStoreID   string `json:"keyStoreId,omitempty"`
	ServiceName  string `json:"serviceName,omitempty"`
	Connectivity string `json:"connectivity,omitempty"`
	State        string `json:"connectionState,omitempty"`
	ErrorCode    string `json:"connectionErrorCode,omitempty"`
}

// A Symptom is what showed that something is wrong.
type Symptom struct {
	Kind      string    `json:"kind"` // one of SymptomKMSMessage, …; readers ignore kinds that they do not know
	Operation string    `json:"operation,omitempty"`
	Code      string    `json:"code,omitempty"`
	Text      string    `json:"text"` // a sentence; KMS's own where there is one
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Count     int       `json:"count"`
}

// A Finding is a failing or unjudged check with its evidence.
type Finding struct {
	Check    string   `json:"check"`
	Title    string   `json:"title"`
	ARN      string   `json:"arn,omitempty"`
	Expected string   `json:"expected,omitempty"`
	Seen     string   `json:"seen,omitempty"`
	Missing  []string `json:"missing,omitempty"` // flows: "tcp 10.0.1.7/32 → 10.0.2.9/32 :443"
	Source   string   `json:"source"`            // the AWS page that states the requirement
}

// An Action is a planned action.
type Action struct {
	ID       string   `json:"id"` // unique in its incident
	Kind     string   `json:"kind"`
	Class    string   `json:"class"`              // one of ClassAutomatic, …
	Why      string   `json:"why,omitempty"`      // why the class is not automatic
	Resource string   `json:"resource"`           // ARN or ID of what it changes
	Summary  string   `json:"summary"`            // a clause: "allow tcp 443 from 10.0.1.7/32 in security group sg-1"
	Commands []string `json:"commands,omitempty"` // AWS CLI commands that a person types instead, shell-quoted
	Undo     string   `json:"undo,omitempty"`     // the command that undoes it, or why nothing does
}

// A Change is a journal entry.
type Change struct {
	Action  string    `json:"action"` // Action.ID
	Summary string    `json:"summary"`
	Status  string    `json:"status"` // one of StatusIntended, …
	At      time.Time `json:"at"`
	Detail  string    `json:"detail,omitempty"`
	Undo    string    `json:"undo,omitempty"`
}

// A Proof is why an incident is said to be resolved.
type Proof struct {
	Kind string    `json:"kind"` // ProofKMSAnswered or ProofCauseGone
	Text string    `json:"text"` // a sentence
	At   time.Time `json:"at"`
}
