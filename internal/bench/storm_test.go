package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/signal"
)

func TestAStormsEventsAreWhatTheParserReads(t *testing.T) {
	t.Chdir("../..")
	event, err := readStormEvent()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var in events.SQSEvent
	payload := event.batch(nil, []happening{{7, at, "cks-000000000000000aa"}, {1_000_000, at.Add(time.Second), "cks-000000000000000bb"}})
	if err := json.Unmarshal(payload, &in); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range in.Records {
		s, err := signal.Parse([]byte(m.Body), signal.Self{Account: "111122223333", Region: "eu-central-1"})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(m.MessageId[24:], s.ID[24:], s.Kind, s.KeyStoreID, s.At.Format(time.TimeOnly)))
	}
	want := []string{
		fmt.Sprint("000000000007", "000000000007", signal.CallFailed, "cks-000000000000000aa", "12:00:00"),
		fmt.Sprint("000001000000", "000001000000", signal.CallFailed, "cks-000000000000000bb", "12:00:01"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var plain map[string]any
	if err := json.Unmarshal(event.text(nil, happening{1, at, "cks-1"}, false), &plain); err != nil {
		t.Errorf("the event for the bus is no JSON: %v", err)
	}
}
