package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A stormEvent is CloudTrail's record of a Decrypt that failed, to be filled in: the parts
// between what differs from one event to the next.
type stormEvent struct{ parts []stormPart }

// A stormPart is text, and what follows it.
type stormPart struct {
	text, escaped string // escaped: as it stands in a JSON string
	then          string // a mark, or "" at the end
}

// The sample's values that are replaced, and so mark their places.
const (
	markEvent  = "0fddb993-5eb8-213a-abbb-14a231971d08"
	markRecord = "05e1a9ad-f232-5321-f940-967090755870"
	markTime   = "2026-03-02T12:00:01Z"
	markStore  = "cks-1234567890abcdef0"
)

// readStormEvent reads the sample that the parser's tests read too.
func readStormEvent() (*stormEvent, error) {
	name := filepath.Join("events", "signals", "decrypt-failed.json")
	sample, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the sample of a failed Decrypt: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, sample); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	e := &stormEvent{}
	rest := compact.String()
	for rest != "" {
		at, mark := len(rest), ""
		for _, m := range []string{markEvent, markRecord, markTime, markStore} {
			if i := strings.Index(rest, m); i >= 0 && i < at {
				at, mark = i, m
			}
		}
		text := rest[:at]
		e.parts = append(e.parts, stormPart{text, escaped(text), mark})
		rest = rest[at+len(mark):]
	}
	if want := 6; len(e.parts) != want { // the event's and the record's ID and time, the key store, and the end
		return nil, fmt.Errorf("reading %s: it has %d places to fill in, want %d", name, len(e.parts)-1, want-1)
	}
	return e, nil
}

// escaped is text as it stands in a JSON string. A compact sample has no control characters.
func escaped(text string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) }

// A happening is one failed call of a storm.
type happening struct {
	number int
	at     time.Time
	store  string
}

// text appends the event of a happening, or what a JSON string of it holds.
func (e *stormEvent) text(out []byte, h happening, inString bool) []byte {
	for _, p := range e.parts {
		if inString {
			out = append(out, p.escaped...)
		} else {
			out = append(out, p.text...)
		}
		switch p.then {
		case markEvent:
			out = appendID(out, "0fddb993-5eb8-213a-abbb-", h.number)
		case markRecord:
			out = appendID(out, "05e1a9ad-f232-5321-f940-", h.number)
		case markTime:
			out = h.at.UTC().AppendFormat(out, time.RFC3339)
		case markStore:
			out = append(out, h.store...)
		}
	}
	return out
}

// appendID ends an ID with twelve digits.
func appendID(out []byte, prefix string, n int) []byte {
	out = append(out, prefix...)
	digits := strconv.Itoa(n)
	out = append(out, "000000000000"[len(digits):]...)
	return append(out, digits...)
}

// batch appends the event that Lambda hands to a function for a batch of messages.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
func (e *stormEvent) batch(out []byte, all []happening) []byte {
	out = append(out, `{"Records":[`...)
	for i, h := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"messageId":"`...)
		out = appendID(out, "059f36b4-87a3-44ab-83d2-", h.number)
		out = append(out, `","receiptHandle":"AQEB","body":"`...)
		out = e.text(out, h, true)
		out = append(out, `","attributes":{"ApproximateReceiveCount":"1"},"messageAttributes":{},"eventSource":"aws:sqs",`...)
		out = append(out, `"eventSourceARN":"arn:aws:sqs:eu-central-1:111122223333:signals","awsRegion":"eu-central-1"}`...)
	}
	return append(out, `]}`...)
}
