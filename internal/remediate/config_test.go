package remediate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/remediate"
)

// TestTheDelaysOfRechecksAreThoseOfDiagnose has both functions refuse the same values: one
// parameter of the template is both's.
func TestTheDelaysOfRechecksAreThoseOfDiagnose(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		delays []time.Duration
		wrong  string // what the mistake says; "" for none
	}{
		"none":               {nil, "at least one delay is needed"},
		"less than a second": {[]time.Duration{time.Minute, 999 * time.Millisecond}, "999ms is not between 1s and 1h"},
		"a second":           {[]time.Duration{time.Second}, ""},
		"an hour":            {[]time.Duration{time.Hour}, ""},
		"more than an hour":  {[]time.Duration{time.Hour + time.Second}, "1h0m1s is not between 1s and 1h"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := remediate.Config{Mode: "auto", RecheckDelays: tt.delays, MaxWrites: 1, MaxRounds: 1, Reminder: time.Minute}
			err := c.Validate()
			if (err != nil) != (tt.wrong != "") || err != nil && !strings.Contains(err.Error(), "RECHECK_DELAYS: "+tt.wrong) {
				t.Errorf("%v: got %v, want a mistake that says %q", tt.delays, err, tt.wrong)
			}
		})
	}
}
