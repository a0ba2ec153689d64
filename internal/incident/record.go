// Package incident is the state machine: what a subject's record holds, and what may
// happen next. Every function is pure: time and identifiers enter as arguments, and a
// decision is a changed record whose outbox holds what is to be told.
package incident

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// Schema is the version of Record's JSON that this code writes. It reads this version and
// the one before.
const Schema = 1

var (
	// ErrConflict says that the record was written by somebody else since it was read.
	ErrConflict = errors.New("record was changed meanwhile")
	// ErrLeaseHeld says that another worker is applying this subject's plan.
	ErrLeaseHeld = errors.New("another worker holds the lease")
	// ErrNotCurrent says that the incident, its plan or its lease is no longer the one asked for.
	ErrNotCurrent = errors.New("no longer current")
	// ErrHeld says that somebody else touched the key store since the failure.
	ErrHeld = errors.New("held: somebody else touched the key store since the failure")
	// ErrMoved says that the key store is not in the state any more for which a step was planned.
	ErrMoved = errors.New("the key store is no longer FAILED")
	// ErrLimit says that a limit of the safety rules is reached.
	ErrLimit = errors.New("limit reached")
)

// A Record is all that is remembered of a subject. It is read consistently and written on
// condition of its version.
type Record struct {
	Schema  int          `json:"schema"`
	Subject path.Subject `json:"subject"`
	Version int64        `json:"-"` // 0: not stored yet

	// Foreign says why the subject is none of the product's business; its signals are dropped.
	Foreign   string    `json:"foreign,omitempty"`
	Facts     Facts     `json:"facts,omitzero"` // of the subject, as last seen
	Incident  *Incident `json:"incident,omitempty"`
	Lease     *Lease    `json:"lease,omitempty"`
	Touch     *Touch    `json:"touch,omitempty"` // the newest Connect, Disconnect or Update by somebody else
	Outbox    []Post    `json:"outbox,omitempty"`
	Posts     int64     `json:"posts,omitempty"`    // ID of the newest post: none is used twice
	Watermark time.Time `json:"watermark,omitzero"` // start of the last snapshot
	NextLook  time.Time `json:"nextLook,omitzero"`  // when the pending re-check is due
	// Generation numbers re-checks: one with another number is stale.
	Generation int64 `json:"generation,omitempty"`

	Changes        []Change          `json:"changes,omitempty"` // ours, of the last seven days
	Rounds         []time.Time       `json:"rounds,omitempty"`  // of applying, of the last day
	BlindReconnect time.Time         `json:"blindReconnect,omitzero"`
	Connecting     time.Time         `json:"connecting,omitzero"` // since when every look saw CONNECTING
	EndedFix       time.Time         `json:"endedFix,omitzero"`   // of the last incident: symptoms up to then are history
	Lagging        time.Time         `json:"lagging,omitzero"`    // until then target health may still show the last incident
	Suspects       []symptom.Symptom `json:"suspects,omitempty"`  // that open an incident only if they come again
	Risk           *Risk             `json:"risk,omitempty"`
	Notices        map[string]Notice `json:"notices,omitempty"` // told at most once a day, by key

	pending []symptom.Symptom // received and not yet set against a snapshot
	asked   path.Requested    // by the failed call that was received
}

// Facts are what messages say of a subject.
type Facts struct {
	Name         string `json:"name,omitempty"`
	KeyStoreID   string `json:"keyStoreId,omitempty"`
	ServiceName  string `json:"serviceName,omitempty"`
	Connectivity string `json:"connectivity,omitempty"`
	State        string `json:"connectionState,omitempty"`
	ErrorCode    string `json:"connectionErrorCode,omitempty"`
}

// An Incident is an open (or, archived, an ended) outage of a subject.
type Incident struct {
	ID        string            `json:"id"` // ULID
	Subject   path.Subject      `json:"subject"`
	State     lifecycle.State   `json:"state"`
	Opened    time.Time         `json:"opened"`
	Since     time.Time         `json:"since"`             // earliest symptom: the failure that is mended
	Touched   bool              `json:"touched,omitempty"` // somebody else called on the FAILED key store before it was first seen so
	Ended     time.Time         `json:"ended,omitzero"`
	Symptoms  []symptom.Symptom `json:"symptoms"`
	Requested path.Requested    `json:"requested,omitzero"`
	Ranking   symptom.Ranking   `json:"ranking"`
	Plan      plan.Plan         `json:"plan"`
	Journal   []Entry           `json:"journal,omitempty"`
	Writes    int               `json:"writes,omitempty"`

	Sequence   int                           `json:"sequence"`           // of the last lifecycle event
	Told       []check.Finding               `json:"told,omitempty"`     // causes of the diagnosis that was last told
	States     map[lifecycle.State]time.Time `json:"states,omitempty"`   // when a state was last told
	Asked      []string                      `json:"askedFor,omitempty"` // steps of which somebody was told, by check and kind
	Handed     string                        `json:"handed,omitempty"`   // key of the plan that was handed to remediate
	HandedAt   time.Time                     `json:"handedAt,omitzero"`
	FinishedAt time.Time                     `json:"finishedAt,omitzero"` // when remediate was through with it
	Looks      int                           `json:"looks"`               // since the state last changed
	Blind      time.Time                     `json:"blind,omitzero"`      // since when looks in a row could not judge what may explain the symptoms
	Settle     time.Time                     `json:"settle,omitzero"`     // until then a good fix may look broken
	Lag        time.Duration                 `json:"lag,omitempty"`       // how long the handed plan's changes take to show
	FixedAt    time.Time                     `json:"fixedAt,omitzero"`    // of our last applied change
	Eased      time.Time                     `json:"eased,omitzero"`      // of the first look since when no target's health has another explanation
	Gone       time.Time                     `json:"gone,omitzero"`       // start of the first look since when no cause is left
	Caused     bool                          `json:"caused,omitempty"`    // a cause on the path was found at some look
	Unproved   bool                          `json:"unproved,omitempty"`  // the key store was FAILED or CONNECTING during this incident
	Found      []check.Finding               `json:"found,omitempty"`     // the causes that were found last
	Headline   string                        `json:"headline,omitempty"`  // of the last diagnosis that found a cause
	Failed     Reading                       `json:"failed,omitzero"`     // first of an unbroken row of equal FAILED readings
	Remind     time.Time                     `json:"remind,omitzero"`
	Reminded   int                           `json:"reminded,omitempty"`
	Reason     string                        `json:"reason,omitempty"` // of an escalation or an end
	Next       string                        `json:"next,omitempty"`   // what happens next
	Proof      *lifecycle.Proof              `json:"proof,omitempty"`
}

// A Reading is a connection state that was read, and when first.
type Reading struct {
	Code string    `json:"code"`
	At   time.Time `json:"at"`
}

// A Status is how far a journal entry got.
type Status string

const (
	Intended Status = "intended" // written before the call
	Applied  Status = "applied"  // AWS answered success, or a re-read showed our own mark
	Skipped  Status = "skipped"  // what it is to bring about was so already
	Failed   Status = "failed"   // AWS refused
	Lost     Status = "unknown"  // the answer was lost and nothing proves what happened
)

// An Entry is one line of an incident's journal.
type Entry struct {
	Step    plan.Step `json:"step"`
	Status  Status    `json:"status"`
	At      time.Time `json:"at"` // of the status
	Detail  string    `json:"detail,omitempty"`
	RuleIDs []string  `json:"ruleIds,omitempty"` // security group rules that it made
}

// A Change is something that the product did to a customer's resource.
type Change struct {
	Incident string    `json:"incident"`
	Step     plan.Step `json:"step"`
	At       time.Time `json:"at"`
}

// A Lease lets one worker apply a subject's plan.
type Lease struct {
	Token    string    `json:"token"`
	Incident string    `json:"incident"`
	Until    time.Time `json:"until"`
}

// A Touch is a Connect, Disconnect or Update of the key store by somebody else, whether it
// succeeded or not.
type Touch struct {
	Operation string    `json:"operation"`
	Actor     string    `json:"actor,omitempty"`
	Code      string    `json:"code,omitempty"` // empty where it succeeded
	At        time.Time `json:"at"`
}

// A Risk is what is wrong without a symptom, told once.
type Risk struct {
	ID       string    `json:"id"`
	Digest   string    `json:"digest"`
	Checks   []string  `json:"checks,omitempty"` // what was told of it: check and resource
	Since    time.Time `json:"since"`
	Sequence int       `json:"sequence"`
}

// A Notice is something told that is no outage.
type Notice struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// A Post is an outbox entry: a lifecycle event for the bus, or a re-check for the queue.
type Post struct {
	ID      int64            `json:"id"`
	Event   *lifecycle.Event `json:"event,omitempty"`
	Recheck *Recheck         `json:"recheck,omitempty"`
}

// A Recheck is a delayed look that the product sends to itself.
type Recheck struct {
	Incident   string    `json:"incident,omitempty"`
	Generation int64     `json:"generation"`
	Due        time.Time `json:"due"`
}

// Clone returns a deep copy, so that a decision can be dropped.
func (r Record) Clone() Record {
	body, err := json.Marshal(r)
	if err != nil {
		panic("bug: a record that does not marshal: " + err.Error())
	}
	var c Record
	if err := json.Unmarshal(body, &c); err != nil {
		panic("bug: a record that does not unmarshal: " + err.Error())
	}
	c.Version, c.asked = r.Version, r.asked
	c.pending = append([]symptom.Symptom(nil), r.pending...)
	return c
}

// Held says whether somebody else touched the key store after the failure that the open
// incident mends: a hold stops every Connect and Disconnect. CloudTrail's times are whole
// seconds, so that a call within the second of the failure counts as after it, unless it is
// the failure.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (r Record) Held() bool {
	in, t := r.Incident, r.Touch
	switch {
	case in == nil || t == nil:
		return false
	case in.Touched || t.At.After(in.Since):
		return true
	case t.Code != "" && t.At.Equal(in.Since):
		return false
	}
	return !t.At.Before(in.Since.Truncate(time.Second))
}

// leads says whether a touch can itself be why the key store is FAILED: only a Connect that
// KMS did not refuse for the state leads there.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
func (t Touch) leads() bool {
	return t.Operation == connectOperation && !t.stateRefused()
}

// stateRefused says whether the connection state did not allow the call.
func (t Touch) stateRefused() bool { return strings.HasPrefix(t.Code, "CustomKeyStoreInvalidState") }

// Operations of AWS KMS by which somebody touches a key store.
const (
	connectOperation    = "ConnectCustomKeyStore"
	disconnectOperation = "DisconnectCustomKeyStore"
)
