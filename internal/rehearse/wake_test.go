package rehearse_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// TestAnAlarmWakesIt has no request fail: alarms of three shapes tell, long before the tick.
func TestAnAlarmWakesIt(t *testing.T) {
	t.Parallel()
	shapes := map[string]string{
		"a metric":            `{"metrics":[{"id":"m1","metricStat":{"metric":{"namespace":"AWS/KMS","name":"XksProxyErrors","dimensions":{"CustomKeyStoreId":"STORE"}},"period":60,"stat":"Sum"}}]}`,
		"metric math":         `{"metrics":[{"id":"e1","expression":"SUM([m1])","returnData":true},{"id":"m1","metricStat":{"metric":{"namespace":"AWS/KMS","name":"XksProxyLatency","dimensions":{"CustomKeyStoreId":"STORE"}},"period":60,"stat":"Sum"},"returnData":false}]}`,
		"a query of no store": `{"metrics":[{"id":"q1","expression":"SELECT SUM(XksProxyErrors) FROM SCHEMA(\"AWS/KMS\", CustomKeyStoreId,ErrorType) WHERE ErrorType = 'Retryable'","period":60,"returnData":true}]}`,
	}
	for shape, configuration := range shapes {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := found(t, "running/target-security-group-without-443")
			s.Phase, s.Name = "watching", "watching/alarm" // nobody uses a key
			var sim *awssim.Sim
			s.Play = func(stage *scenario.Stage) {
				text := strings.ReplaceAll(configuration, "STORE", stage.Ref.KeyStore.ID)
				err := sim.Alarm(awssim.Alarm{Name: "payments", State: "ALARM", Previous: "OK", Reason: "Threshold Crossed", Configuration: json.RawMessage(text)})
				if err != nil {
					t.Fatal(err)
				}
				if !stage.Until(func() bool { state, _ := stage.Told(); return state != "" }, 30*time.Second) {
					t.Error("nothing was told within 30 s of the alarm")
				}
			}
			got := played(t, rehearse.Options{Scenario: s, Prepare: func(started *awssim.Sim, _ *awssim.Stack) { sim = started }})
			if err := got.Check(s.End("auto")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMalformedEventsLoseNothing mixes every bad sample among the signals of an outage.
func TestMalformedEventsLoseNothing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../signal/testdata/bad/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d bad samples (%v)", len(files), err)
	}
	s := found(t, "running/target-security-group-without-443")
	plain := played(t, rehearse.Options{Scenario: s})
	var log strings.Builder
	got := played(t, rehearse.Options{Scenario: s, Log: &log, Prepare: func(_ *awssim.Sim, stack *awssim.Stack) {
		for _, f := range files {
			body, err := os.ReadFile(f)
			if err != nil {
				t.Error(err)
			}
			if len(body) == 0 {
				body = []byte(" ")
			}
			if err := stack.Send("SignalQueue", string(body)); err != nil {
				t.Error(err)
			}
		}
	}, Inspect: func(_ *awssim.Sim, stack *awssim.Stack) { nothingIsLeftBehind(t, stack) }})
	equal(t, plain, got)
	if n := strings.Count(log.String(), `"msg":"event not understood, acknowledged"`); n != len(files) {
		t.Errorf("%d log lines for %d malformed events", n, len(files))
	}
}

// TestATableOutOfReachDelaysAndLosesNothing takes the table away for two minutes.
func TestATableOutOfReachDelaysAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := found(t, "running/target-security-group-without-443")
	s.Watch = 30 * time.Minute
	plain := played(t, rehearse.Options{Scenario: s})
	var sim *awssim.Sim
	reach := func(ok bool) {
		sim.Do(func(*network.World) { sim.Tables.Unreachable = !ok })
	}
	s.Play = func(stage *scenario.Stage) {
		stage.Advance(2 * time.Minute)
		reach(true)
	}
	got := played(t, rehearse.Options{Scenario: s, Prepare: func(started *awssim.Sim, _ *awssim.Stack) {
		sim = started
		reach(false)
	}})
	equal(t, plain, got)
}

// TestATopicThatNobodyHearsIsSaid deploys without a subscription.
func TestATopicThatNobodyHearsIsSaid(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := found(t, "running/healthy")
	played(t, rehearse.Options{Scenario: s, Log: &log})
	for _, want := range []string{"the topic has no confirmed subscription", `"TopicUnconfirmed":1`, `"TicksCompleted":1`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log holds no %s", want)
		}
	}
}

// TestABadSettingStopsTheFunctionAtStart names the variable.
func TestABadSettingStopsTheFunctionAtStart(t *testing.T) {
	t.Parallel()
	_, err := rehearse.Run(t.Context(), rehearse.Options{
		Scenario: found(t, "running/healthy"), Mode: "auto", Template: template(t), Parameters: map[string]string{"RecheckDelays": "90m"},
	})
	if err == nil || !strings.Contains(err.Error(), "RECHECK_DELAYS") {
		t.Errorf("got %v, want an error that names RECHECK_DELAYS", err)
	}
}

// TestAFailedCreateThatNamesNoServiceListsThoseThatAdmitKMS reads the notice.
func TestAFailedCreateThatNamesNoServiceListsThoseThatAdmitKMS(t *testing.T) {
	t.Parallel()
	service := ""
	got := played(t, rehearse.Options{Scenario: found(t, "creating/names-no-endpoint-service"), Prepare: func(sim *awssim.Sim, _ *awssim.Stack) {
		sim.Do(func(w *network.World) {
			for id := range w.Services {
				service = id
			}
		})
	}})
	for _, m := range got.Messages {
		if strings.Contains(m.Body, "CreateCustomKeyStore") && strings.Contains(m.Body, "that admit KMS") && strings.Contains(m.Body, service) {
			return
		}
	}
	t.Errorf("no message lists %s: %q", service, subjects(got))
}
