package signal

import "time"

// An envelope is what every event has around its detail.
type envelope struct {
	id      string
	account string
	region  string
	at      time.Time
	detail  object
}

// signal returns a Signal with what the envelope says.
func (e envelope) signal(k Kind) Signal {
	return Signal{ID: e.id, Kind: k, At: e.at, Account: e.account, Region: e.region}
}

func (e envelope) dropped(reason string) error   { return &Dropped{ID: e.id, Reason: reason} }
func (e envelope) malformed(reason string) error { return &Malformed{ID: e.id, Reason: reason} }
