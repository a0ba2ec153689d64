// Package eventbridge is the simulated Amazon EventBridge: buses with policies, rules by
// pattern or schedule, and delivery to queues that admit it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is.html
package eventbridge

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// An Event is the envelope that a target receives.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type Event struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"` // UTC, to the second
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// APICall is the detail-type of the records that CloudTrail hands to EventBridge.
const APICall = "AWS API Call via CloudTrail"

// stamp writes t as an envelope does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// text returns e as a target receives it.
func (e Event) text() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic("marshalling an event whose detail was checked failed: " + err.Error())
	}
	return text
}

// tree returns e as patterns look at it.
func (e Event) tree() map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(e.text()))
	decoder.UseNumber()
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		panic("reading back an event that was just written failed: " + err.Error())
	}
	return tree
}

// readOnly says whether e is a read-only management event, which only a rule in the state
// ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS receives. EventBridge goes by name, not by
// the record's own readOnly.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (e Event) readOnly() bool {
	if e.DetailType != APICall {
		return false
	}
	var record struct {
		EventSource string `json:"eventSource"`
		EventName   string `json:"eventName"`
	}
	if err := json.Unmarshal(e.Detail, &record); err != nil {
		return false
	}
	reads := func(verb string) bool { return strings.HasPrefix(record.EventName, verb) }
	return slices.ContainsFunc([]string{"Describe", "Get", "List"}, reads) ||
		slices.Contains(readOnlyCalls(record.EventSource), record.EventName)
}

// readOnlyCalls are the calls that AWS lists beside those with a verb of reading.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-management-event-list.html
func readOnlyCalls(source string) []string {
	if source != "kms.amazonaws.com" {
		return nil
	}
	return []string{
		"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
		"GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "Sign", "Verify", "VerifyMac",
	}
}
