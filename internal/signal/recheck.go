package signal

import (
	"encoding/json"
	"strconv"
	"time"
)

// What the envelope of a re-check says. EventBridge never sees it: the product puts it on
// its own queue, in the shape in which everything else arrives there.
const (
	recheckSource = "xks-remediator"
	recheckType   = "Recheck"
)

// recheck is the wire form of a re-check.
type recheck struct {
	ID         string        `json:"id"`
	Source     string        `json:"source"`
	DetailType string        `json:"detail-type"`
	Account    string        `json:"account,omitempty"`
	Region     string        `json:"region,omitempty"`
	Time       time.Time     `json:"time"`
	Detail     recheckDetail `json:"detail"`
}

type recheckDetail struct {
	Subject    string    `json:"subject"`
	Incident   string    `json:"incident,omitempty"`
	Generation int64     `json:"generation"`
	Due        time.Time `json:"due,omitzero"`
}

// EncodeRecheck returns the body of the message that asks for another look. Of s it takes
// ID, At, Account, Region, Subject, Incident, Generation and Due; Parse gives them back. An
// empty ID becomes one that is the same for the same incident and generation.
func EncodeRecheck(s Signal) []byte {
	generation := strconv.FormatInt(s.Generation, 10)
	body, err := json.Marshal(recheck{
		ID:     firstOf(s.ID, "recheck-"+firstOf(s.Incident, s.Subject)+"-"+generation),
		Source: recheckSource, DetailType: recheckType,
		Account: s.Account, Region: s.Region, Time: s.At.UTC(),
		Detail: recheckDetail{s.Subject, s.Incident, s.Generation, s.Due.UTC()},
	})
	if err != nil {
		panic("a re-check that cannot be written, which is a bug: " + err.Error()) // a year beyond 9999
	}
	return body
}

// parseRecheck reads a re-check, events/signals/recheck.json.
func parseRecheck(e envelope, _ Self) (Signal, error) {
	s := e.signal(Recheck)
	s.Subject = e.detail.text("subject")
	s.Incident = e.detail.text("incident")
	s.Due = e.detail.time("due")
	if s.Subject == "" {
		return Signal{}, e.malformed("the re-check names no subject")
	}
	generation, err := strconv.ParseInt(e.detail.text("generation"), 10, 64)
	if err != nil {
		return Signal{}, e.malformed("the re-check's generation is not a whole number")
	}
	s.Generation = generation
	return s, nil
}
