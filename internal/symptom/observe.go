package symptom

import (
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Observed returns the symptoms that the state itself shows, whatever woke us: a FAILED
// key store, a canary that fails, a load balancer without a healthy target. A DISCONNECTED
// key store shows none: that is somebody's decision.
func Observed(s path.Snapshot) []Symptom {
	if s.KeyStore == nil || !s.KeyStore.External || s.Subject.Kind != path.KeyStoreSubject {
		return nil
	}
	var symptoms []Symptom
	if in(s, "FAILED") {
		symptoms = append(symptoms, connectionFailed(s))
	}
	if s.Canary != nil && check.CanaryFails(*s.Canary) {
		symptoms = append(symptoms, canaryFailed(s))
	}
	vpc := strings.EqualFold(s.KeyStore.Connectivity, "VPC_ENDPOINT_SERVICE")
	if vpc && (in(s, "CONNECTED") || in(s, "CONNECTING")) && check.NoHealthyTarget(s) {
		symptoms = append(symptoms, seen(s, Symptom{
			Kind: NoHealthyTarget, Class: PathClass, Text: "No target behind the load balancer's listener on 443 is healthy.",
		}))
	}
	return symptoms
}

// ConnectingTooLong is how long a key store may be CONNECTING before that is a symptom.
// AWS says that it takes about five minutes; the rest is our margin.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
const ConnectingTooLong = 15 * time.Minute

// Connecting returns the symptom of a key store that has been CONNECTING for too long.
// Since is when it was first seen so, which the snapshot cannot know.
func Connecting(s path.Snapshot, since time.Time) (Symptom, bool) {
	if s.KeyStore == nil || !in(s, "CONNECTING") || s.Taken.Sub(since) <= ConnectingTooLong {
		return Symptom{}, false
	}
	sy := seen(s, Symptom{Kind: StillConnecting, Class: PathClass, Text: "The key store has been CONNECTING for over 15 minutes."})
	sy.First = since
	return sy, true
}

func connectionFailed(s path.Snapshot) Symptom {
	code := s.KeyStore.ConnectionErrorCode
	known := ClassifyConnection(code)
	return seen(s, Symptom{Kind: ConnectionError, Class: known.Class, Code: code, Text: known.Text})
}

func canaryFailed(s path.Snapshot) Symptom {
	known := Classify(s.Canary.Code, s.Canary.Message)
	sy := seen(s, Symptom{
		Kind: CanaryFailed, Class: known.Class, Operation: "Encrypt", Code: s.Canary.Code, ID: known.ID, Text: s.Canary.Message, IfRepeated: known.IfRepeated,
	})
	if !s.Canary.At.IsZero() {
		sy.First, sy.Last = s.Canary.At, s.Canary.At
	}
	return sy
}

func in(s path.Snapshot, state string) bool {
	return strings.EqualFold(s.KeyStore.ConnectionState, state)
}

// seen dates a symptom to the snapshot that shows it.
func seen(s path.Snapshot, sy Symptom) Symptom {
	sy.First, sy.Last, sy.Count = s.Taken, s.Taken, 1
	return sy
}
