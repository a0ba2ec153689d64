package rehearse_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/cloudtrail"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

func found(t *testing.T, name string) scenario.Scenario {
	t.Helper()
	s, ok := scenario.Find(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	return s
}

// played runs a scenario in auto mode.
func played(t *testing.T, o rehearse.Options) *rehearse.Result {
	t.Helper()
	o.Mode, o.Template = "auto", template(t)
	got, err := rehearse.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func subjects(r *rehearse.Result) []string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, m.Subject)
	}
	return all
}

// equal fails where a delivery changed the outcome, the writes or the messages.
func equal(t *testing.T, plain, got *rehearse.Result) {
	t.Helper()
	if diff := cmp.Diff(plain.Writes, got.Writes); diff != "" {
		t.Errorf("writes (-plain +got):\n%s", diff)
	}
	if plain.State != got.State || plain.Proof != got.Proof || plain.Encrypts != got.Encrypts {
		t.Errorf("ended %s (%s, encrypts %t), want %s (%s, encrypts %t)", got.State, got.Proof, got.Encrypts, plain.State, plain.Proof, plain.Encrypts)
	}
	if diff := cmp.Diff(subjects(plain), subjects(got)); diff != "" {
		t.Errorf("messages (-plain +got):\n%s", diff)
	}
}

func TestHowEventsArriveChangesNothing(t *testing.T) {
	t.Parallel()
	deliveries := map[string]func(cloudtrail.Record) []time.Duration{
		"five times each": func(cloudtrail.Record) []time.Duration {
			return []time.Duration{2 * time.Second, 2 * time.Second, 3 * time.Second, time.Minute, 9 * time.Minute}
		},
		"out of order": func(r cloudtrail.Record) []time.Duration {
			return []time.Duration{time.Duration(2+r.Time.Nanosecond()%3+len(r.EventName)%5) * time.Second}
		},
		"ninety seconds late": func(cloudtrail.Record) []time.Duration { return []time.Duration{90 * time.Second} },
		"lost":                func(cloudtrail.Record) []time.Duration { return nil },
	}
	for _, name := range []string{"running/target-security-group-without-443", "connecting/failed-for-want-of-443"} {
		s := found(t, name)
		if underRace && s.Phase == scenario.Connecting {
			continue // it takes four times as long as the other
		}
		plain := played(t, rehearse.Options{Scenario: s})
		for how, deliver := range deliveries {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				equal(t, plain, played(t, rehearse.Options{Scenario: s, Prepare: func(sim *awssim.Sim, _ *awssim.Stack) {
					sim.Do(func(*network.World) { sim.Trail.Deliveries = deliver })
				}}))
			})
		}
	}
}

// TestAStormOfSignalsIsOneIncident has a workload fail 1,000 times while the key store is
// repaired, with batches one after the other and at the same time.
func TestAStormOfSignalsIsOneIncident(t *testing.T) {
	t.Parallel()
	name := "running/target-security-group-without-443"
	plain := played(t, rehearse.Options{Scenario: found(t, name)})
	for how, concurrent := range map[string]bool{"one worker": false, "concurrent workers": true} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := found(t, name)
			s.Play = func(stage *scenario.Stage) {
				for range 999 {
					_ = stage.Workload.Decrypt(stage.Ref.Workload.ID)
				}
			}
			got := played(t, rehearse.Options{Scenario: s, Concurrent: concurrent})
			equal(t, plain, got)
			// Each of 100 batches reads its record once; the looks are those of the plain run,
			// and a few more where workers race for the record.
			if most := plain.Calls + 600; got.Calls > most {
				t.Errorf("%d AWS calls for 1,000 signals, %d for one: want at most %d", got.Calls, plain.Calls, most)
			}
		})
	}
}
