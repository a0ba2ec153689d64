package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Malformed says that a body is no lifecycle event that this code can read, now or
// later: log it, count it and acknowledge it.
type Malformed struct {
	ID     string // EventBridge's event ID, where the body has one
	Reason string // a clause
}

// Error says which event, and why.
func (m *Malformed) Error() string {
	if m.ID == "" {
		return "lifecycle event not understood: " + m.Reason
	}
	return "lifecycle event " + m.ID + " not understood: " + m.Reason
}

// ErrNewer says that an event has a newer schema than this code's. It was put by a newer
// version of the product while this one is being replaced: let it come back.
var ErrNewer = errors.New("schema is newer than this code's; deploy the same version of every function")

// envelope is what EventBridge puts around an event.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type envelope struct {
	ID         string          `json:"id"`
	DetailType Type            `json:"detail-type"`
	Source     string          `json:"source"`
	Detail     json.RawMessage `json:"detail"`
}

// Parse reads an event as EventBridge delivers it to a queue, envelope and all. Fields
// that it does not know are ignored, since fields are added within a schema. It returns
// *Malformed, or an error that wraps ErrNewer.
func Parse(body []byte) (Event, error) {
	var env envelope
	if err := json.Unmarshal(body, &env); err != nil {
		return Event{}, &Malformed{Reason: "envelope is not JSON of the expected form: " + err.Error()}
	}
	malformed := func(format string, args ...any) (Event, error) {
		return Event{}, &Malformed{ID: env.ID, Reason: fmt.Sprintf(format, args...)}
	}
	if env.Source != Source {
		return malformed("source is %q, not %q", env.Source, Source)
	}
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(env.Detail, &version); err != nil {
		return malformed("detail is not JSON of the expected form: %v", err)
	}
	if version.Schema > Schema {
		return Event{}, fmt.Errorf("reading lifecycle event %s of schema %d: %w", env.ID, version.Schema, ErrNewer)
	}
	var e Event
	if err := json.Unmarshal(env.Detail, &e); err != nil {
		return malformed("detail is not JSON of the expected form: %v", err)
	}
	if e.Type != env.DetailType {
		return malformed("detail-type is %q, but the detail says %q", env.DetailType, e.Type)
	}
	if err := e.Validate(); err != nil {
		return malformed("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return e, nil
}

// Validate returns every reason why e is no event that a reader could use, joined.
func (e Event) Validate() error {
	var errs []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	require(e.Schema >= 1 && e.Schema <= Schema, "schema is %d, not 1 to %d", e.Schema, Schema)
	require(slices.Contains(Types(), e.Type), "type %q is not known", e.Type)
	require(isID(e.Incident), "incidentId %q is no identifier", e.Incident)
	require(e.Sequence >= 1, "sequence is %d; it counts from 1", e.Sequence)
	require(!e.Time.IsZero(), "time is missing")
	require(slices.Contains([]Severity{Critical, Warning, Info}, e.Severity), "severity %q is not known", e.Severity)
	require(slices.Contains([]State{Open, Waiting, NeedsPerson, Escalated, Unexplained, Resolved, Closed}, e.State),
		"state %q is not known", e.State)
	require(strings.TrimSpace(e.Headline) != "", "headline is missing")
	require(e.Subject.Kind != "" && e.Subject.ID != "", "subject is missing")
	return errors.Join(errs...)
}

// isID reports whether s can be a key and part of a log line: 1 to 64 letters, digits,
// dashes or underscores.
func isID(s string) bool {
	odd := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	}
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, odd)
}
