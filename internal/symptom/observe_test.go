package symptom_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

func TestObserved(t *testing.T) {
	t.Parallel()
	unhealthy := pathtest.Targets("unhealthy", "Target.FailedHealthChecks")
	canary := pathtest.Canary("KMSInvalidStateException", text("M1"))
	taken := pathtest.Taken()
	failed := symptom.Symptom{
		Kind: symptom.ConnectionError, Class: symptom.PathClass, Code: "NETWORK_ERRORS", First: taken, Last: taken, Count: 1,
		Text: "Network errors keep AWS KMS from the external key store proxy.",
	}
	noTarget := symptom.Symptom{
		Kind: symptom.NoHealthyTarget, Class: symptom.PathClass, First: taken, Last: taken, Count: 1,
		Text: "No target behind the load balancer's listener on 443 is healthy.",
	}
	canaryFailed := symptom.Symptom{
		Kind: symptom.CanaryFailed, Class: symptom.PathClass, Operation: "Encrypt", Code: "KMSInvalidStateException", ID: "M1", Text: text("M1"),
		First: taken, Last: taken, Count: 1,
	}
	tests := map[string]struct {
		edit pathtest.Edit
		want []symptom.Symptom
	}{
		"healthy":                                   {pathtest.Unchanged, nil},
		"FAILED":                                    {pathtest.State("FAILED", "NETWORK_ERRORS"), []symptom.Symptom{failed}},
		"failed in lower case":                      {pathtest.State("failed", "NETWORK_ERRORS"), []symptom.Symptom{failed}},
		"FAILED, of a public endpoint":              {pathtest.All(pathtest.PublicEndpoint, pathtest.State("FAILED", "NETWORK_ERRORS")), []symptom.Symptom{failed}},
		"DISCONNECTED is somebody's decision":       {pathtest.All(pathtest.State("DISCONNECTED", ""), unhealthy), nil},
		"CONNECTING shows nothing yet":              {pathtest.State("CONNECTING", ""), nil},
		"no healthy target":                         {unhealthy, []symptom.Symptom{noTarget}},
		"no healthy target while connecting":        {pathtest.All(pathtest.State("CONNECTING", ""), unhealthy), []symptom.Symptom{noTarget}},
		"no healthy target, but FAILED":             {pathtest.All(pathtest.State("FAILED", "NETWORK_ERRORS"), unhealthy), []symptom.Symptom{failed}},
		"an empty target group":                     {pathtest.KeepTargets(0), []symptom.Symptom{noTarget}},
		"targets that wait for health checks":       {pathtest.Targets("initial", "Elb.InitialHealthChecking"), nil},
		"one healthy target":                        {pathtest.All(unhealthy, pathtest.Target("10.0.1.9", "healthy", "")), nil},
		"health that may not be read":               {pathtest.Blind(path.TargetHealthPart), nil},
		"the canary fails":                          {canary, []symptom.Symptom{canaryFailed}},
		"the canary fails and no target is healthy": {pathtest.All(canary, unhealthy), []symptom.Symptom{canaryFailed, noTarget}},
		"the canary is refused":                     {pathtest.Canary("AccessDeniedException", "not authorized"), nil},
		"the canary's key is disabled":              {pathtest.Canary("DisabledException", "is disabled"), nil},
		"the canary is throttled":                   {pathtest.Canary("ThrottlingException", "rate"), nil},
		"the canary's external key is off":          {pathtest.Canary("KMSInvalidStateException", text("M15")), nil},
		"the canary's store is disconnected":        {pathtest.Canary("KMSInvalidStateException", text("M19")), nil},
		"no key store":                              {pathtest.NoKeyStore, nil},
		"a failed create":                           {pathtest.All(unhealthy, pathtest.FailedCreate), nil},
		"a CloudHSM key store that is FAILED":       {pathtest.All(pathtest.CloudHSM, pathtest.State("FAILED", "USER_NOT_FOUND")), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, symptom.Observed(pathtest.With(tt.edit))); diff != "" {
				t.Errorf("symptoms (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACanaryFailedWhenItWasAsked(t *testing.T) {
	t.Parallel()
	asked := pathtest.Taken().Add(3 * time.Second)
	s := pathtest.With(pathtest.Canary("KMSInvalidStateException", text("M1")), func(s *path.Snapshot) { s.Canary.At = asked })
	got := symptom.Observed(s)
	if len(got) != 1 || !got[0].First.Equal(asked) || !got[0].Last.Equal(asked) {
		t.Errorf("got %+v, want one symptom at %v", got, asked)
	}
}

func TestConnectingTooLong(t *testing.T) {
	t.Parallel()
	taken := pathtest.Taken()
	tests := map[string]struct {
		edit  pathtest.Edit
		since time.Time
		want  bool
	}{
		"for 15 minutes":            {pathtest.State("CONNECTING", ""), taken.Add(-15 * time.Minute), false},
		"for longer":                {pathtest.State("CONNECTING", ""), taken.Add(-15*time.Minute - time.Second), true},
		"it is connected by now":    {pathtest.Unchanged, taken.Add(-time.Hour), false},
		"it is FAILED by now":       {pathtest.State("FAILED", "NETWORK_ERRORS"), taken.Add(-time.Hour), false},
		"there is no such store":    {pathtest.NoKeyStore, taken.Add(-time.Hour), false},
		"the clock has gone astray": {pathtest.State("CONNECTING", ""), taken.Add(time.Hour), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok := symptom.Connecting(pathtest.With(tt.edit), tt.since)
			if ok != tt.want {
				t.Fatalf("got %v, want %v", ok, tt.want)
			}
			if ok && (s.Kind != symptom.StillConnecting || !s.First.Equal(tt.since) || !s.Last.Equal(taken) || s.Count != 1) {
				t.Errorf("got %+v", s)
			}
		})
	}
}
