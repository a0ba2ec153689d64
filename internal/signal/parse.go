package signal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Parse reads one event: the body of an SQS message that EventBridge or the product itself
// sent. Only the fields of Signal are copied. The error is a *Dropped where the event is
// understood and needs nothing, and a *Malformed where it cannot be understood; both are to
// be acknowledged.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html
func Parse(body []byte, self Self) (Signal, error) {
	event, err := decode(body)
	if err != nil {
		return Signal{}, &Malformed{Reason: err.Error()}
	}
	e := envelope{
		id:      event.text("id"),
		account: event.text("account"),
		region:  event.text("region"),
		at:      event.time("time"),
		detail:  event.object("detail"),
	}
	parse, err := parserOf(event)
	if err != nil {
		return Signal{}, &Malformed{ID: e.id, Reason: err.Error()}
	}
	if why := elsewhere(e.account, e.region, self); why != "" {
		return Signal{}, &Dropped{ID: e.id, Reason: why}
	}
	return parse(e, self)
}

// decode reads exactly one JSON object.
func decode(body []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	switch err := d.Decode(&v); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the body is empty")
	case err != nil:
		return nil, errors.New("the body is not JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body holds more than one JSON value")
	}
	event, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the body is not a JSON object")
	}
	return event, nil
}

// parserOf returns the parser of an event's kind.
func parserOf(event object) (parser, error) {
	source, detailType := event.text("source"), event.text("detail-type")
	if source == "" {
		return nil, errors.New("the event has no source")
	}
	if detailType == "" {
		return nil, errors.New("the event has no detail-type")
	}
	parse, ok := parsers()[kind{source, detailType}]
	if !ok {
		return nil, errors.New("no event of source " + source + " and detail-type " + detailType + " is known")
	}
	if _, isObject := event.member("detail").(map[string]any); !isObject {
		return nil, errors.New("the event's detail is not an object")
	}
	return parse, nil
}

// parsers lists every kind of event that is understood.
func parsers() map[kind]parser {
	return map[kind]parser{
		{"aws.kms", "AWS API Call via CloudTrail"}:          parseCall,
		{"aws.events", "Scheduled Event"}:                   parseTick,
		{"aws.cloudwatch", "CloudWatch Alarm State Change"}: parseAlarm,
		{recheckSource, recheckType}:                        parseRecheck,
	}
}

type kind struct{ source, detailType string }

// A parser reads one kind of event.
type parser func(envelope, Self) (Signal, error)

// elsewhere says why an event of account and region is none of ours; "" where it is, or
// where the event does not say.
func elsewhere(account, region string, self Self) string {
	switch {
	case account != "" && self.Account != "" && account != self.Account:
		return "event of another account, " + account
	case region != "" && self.Region != "" && region != self.Region:
		return "event of another Region, " + region
	default:
		return ""
	}
}
