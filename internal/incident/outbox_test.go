package incident_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// order is a bus that notes what came first.
type order struct {
	came    []string
	refuses string // of what came
}

func (o *order) Put(_ context.Context, all []lifecycle.Event) []error {
	errs := make([]error, len(all))
	for i, e := range all {
		errs[i] = o.take(string(e.Type))
	}
	return errs
}

func (o *order) Recheck(context.Context, []byte, time.Duration) error { return o.take("re-check") }

func (o *order) take(what string) error {
	o.came = append(o.came, what)
	if what == o.refuses {
		return errors.New("AWS is out of reach")
	}
	return nil
}

func TestEventsDoNotWaitForTheRecheck(t *testing.T) {
	t.Parallel()
	for refuses, unsent := range map[string][]int64{"": nil, "re-check": {1}, string(lifecycle.DiagnosisCompleted): {3}} {
		t.Run("refused is "+refuses, func(t *testing.T) {
			t.Parallel()
			r := incident.Record{Outbox: []incident.Post{
				{ID: 1, Recheck: &incident.Recheck{}},
				{ID: 2, Event: &lifecycle.Event{Type: lifecycle.IncidentOpened}},
				{ID: 3, Event: &lifecycle.Event{Type: lifecycle.DiagnosisCompleted}},
			}}
			bus := &order{refuses: refuses}
			sent, failed := r.Send(t.Context(), bus, time.Time{})
			if diff := cmp.Diff([]string{"Incident Opened", "Diagnosis Completed", "re-check"}, bus.came); diff != "" {
				t.Errorf("sent in another order (-want +got):\n%s", diff)
			}
			r.Sent(sent)
			var left []int64
			for _, p := range r.Outbox {
				left = append(left, p.ID)
			}
			if diff := cmp.Diff(unsent, left); diff != "" {
				t.Errorf("left in the outbox (-want +got):\n%s", diff)
			}
			if (failed != nil) != (refuses != "") {
				t.Errorf("the failure is %v where %q was refused", failed, refuses)
			}
		})
	}
}
