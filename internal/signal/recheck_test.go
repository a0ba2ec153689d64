package signal_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/signal"
)

func TestARecheckComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	sent := signal.Signal{
		ID: "r-1", Kind: signal.Recheck, At: at("2026-03-02T12:01:00Z"), Account: "111122223333", Region: "eu-central-1",
		Subject: "endpoint-service/vpce-svc-1", Incident: "01JN", Generation: 1 << 60, Due: at("2026-03-02T12:31:00Z"),
	}
	got, err := signal.Parse(signal.EncodeRecheck(sent), self())
	if err != nil || got != sent {
		t.Errorf("got %+v, %v; want %+v", got, err, sent)
	}

	sent.ID, sent.Due = "", sent.At
	got, err = signal.Parse(signal.EncodeRecheck(sent), self())
	sent.ID = "recheck-01JN-1152921504606846976"
	if err != nil || got != sent {
		t.Errorf("got %+v, %v; want %+v", got, err, sent)
	}
}

// The re-check that the product sends is the sample in events/signals, but for white space.
func TestTheRecheckSampleIsWhatIsSent(t *testing.T) {
	t.Parallel()
	var sample, sent any
	if err := json.Unmarshal(read(t, "recheck"), &sample); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(signal.EncodeRecheck(wanted()["recheck"]), &sent); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sample, sent); d != "" {
		t.Errorf("sample (-), sent (+):\n%s", d)
	}
}
