package dynamo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// TestARecordOfThePathAtAWSsQuotasIsKept saves a record whose JSON is over the 400 KB that an
// item holds, as that of a path with hundreds of targets is.
func TestARecordOfThePathAtAWSsQuotasIsKept(t *testing.T) {
	t.Parallel()
	s := dynamo.New(serve(t).config, tableName)
	r := load(t, s, store1)
	r.Incident = &incident.Incident{ID: "01KQW74FPGWM1HWJWSQW8TW2KS", Subject: store1}
	for i := range 6000 {
		r.Incident.Symptoms = append(r.Incident.Symptoms, symptom.Symptom{Kind: symptom.KMSMessage, Code: fmt.Sprint(i), Text: strings.Repeat("unhealthy ", 8)})
	}
	save(t, s, &r)
	got := load(t, s, store1)
	if diff := cmp.Diff(r, got, onlyWhatIsStored); diff != "" {
		t.Errorf("(-saved +loaded):\n%s", diff)
	}
	all, err := s.All(t.Context())
	if err != nil || len(all) != 1 || len(all[0].Incident.Symptoms) != 6000 {
		t.Errorf("of all records, %d were read (%v)", len(all), err)
	}
	if err := s.Archive(t.Context(), *r.Incident, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Error(err)
	}
}
