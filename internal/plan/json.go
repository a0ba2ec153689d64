package plan

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// envelope is an action on the wire, under the name of its kind.
type envelope struct {
	Kind   Kind            `json:"kind"`
	Action json.RawMessage `json:"action"`
}

// EncodeAction returns {"kind":…,"action":{…}}.
func EncodeAction(a Action) ([]byte, error) {
	e, err := wrap(a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

// DecodeAction reads what EncodeAction wrote. An unknown kind is an error.
func DecodeAction(body []byte) (Action, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("reading action: %w", err)
	}
	return decode(e.Kind, e.Action)
}

func wrap(a Action) (envelope, error) {
	if a == nil {
		return envelope{}, errors.New("a step without an action")
	}
	body, err := json.Marshal(a)
	if err != nil {
		return envelope{}, fmt.Errorf("writing action of kind %q: %w", a.Kind(), err)
	}
	return envelope{a.Kind(), body}, nil
}

// wireStep is a step on the wire.
type wireStep struct {
	ID    string   `json:"id"`
	Check check.ID `json:"check"`
	Class Class    `json:"class"`
	Why   string   `json:"why,omitempty"`
	envelope
}

// MarshalJSON writes {"id":…,"check":…,"class":…,"why":…,"kind":…,"action":{…}}.
func (s Step) MarshalJSON() ([]byte, error) {
	e, err := wrap(s.Action)
	if err != nil {
		return nil, err
	}
	return json.Marshal(wireStep{s.ID, s.Check, s.Class, s.Why, e})
}

// UnmarshalJSON reads what MarshalJSON wrote. An unknown kind or class is an error.
func (s *Step) UnmarshalJSON(body []byte) error {
	var w wireStep
	if err := json.Unmarshal(body, &w); err != nil {
		return fmt.Errorf("reading step: %w", err)
	}
	a, err := decode(w.Kind, w.Action)
	if err != nil {
		return fmt.Errorf("reading step %q: %w", w.ID, err)
	}
	*s = Step{ID: w.ID, Check: w.Check, Class: w.Class, Why: w.Why, Action: a}
	return nil
}
