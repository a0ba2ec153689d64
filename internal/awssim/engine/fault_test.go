package engine_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault engine.Fault
		runs  int    // how often the operation ran
		code  string // "" where the client sees no answer at all
		lost  bool
		told  []string
	}{
		"an error is answered in place of the operation": {engine.Fault{Error: &engine.Error{Code: "ThrottlingException"}}, 0, "ThrottlingException", false, []string{"kms:ListKeys ThrottlingException"}},
		"a dropped answer is of a call that ran":         {engine.Fault{Drop: true}, 1, "", true, []string{"kms:ListKeys"}},
		"a lost request never ran":                       {engine.Fault{Lose: true}, 0, "", true, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			type none struct{}
			b := serve(t, service(kmsService(), "ListKeys", func(none) { runs++ }, nil))
			b.SetIntercept(func(c *engine.Call) *engine.Fault {
				if c.Operation != "ListKeys" || c.Principal.Name != "admin" {
					t.Errorf("the hook saw %s by %s", c.Operation, c.Principal.Name)
				}
				return &tt.fault
			})
			_, err := kms.NewFromConfig(b.config("AKIAADMIN")).ListKeys(ctx(t), &kms.ListKeysInput{})
			api, answered := errors.AsType[smithy.APIError](err)
			if err == nil || answered != (tt.code != "") || answered && api.ErrorCode() != tt.code {
				t.Errorf("got %v, want code %q", err, tt.code)
			}
			b.look(func() {
				if runs != tt.runs {
					t.Errorf("the operation ran %d times, want %d", runs, tt.runs)
				}
				if diff := cmp.Diff(tt.told, b.observed); diff != "" {
					t.Errorf("observed (-want +got):\n%s", diff)
				}
			})
			if got := b.Calls()[0]; got.Lost != tt.lost || got.Err != tt.code || got.Ended == 0 {
				t.Errorf("the journal says %+v", got)
			}
			b.SetIntercept(nil)
			if _, err := kms.NewFromConfig(b.config("AKIAADMIN")).ListKeys(ctx(t), &kms.ListKeysInput{}); err != nil {
				t.Errorf("after the fault: %v", err)
			}
		})
	}
}

func TestACrashIsTellableAtAnyCall(t *testing.T) {
	t.Parallel()
	type none struct{}
	b := serve(t, service(kmsService(), "ListKeys", func(none) {}, nil))
	crashed := make(chan string, 1)
	b.SetIntercept(func(c *engine.Call) *engine.Fault {
		return &engine.Fault{Crash: func() {
			b.Calls() // outside the lock: a hook may look around here
			crashed <- c.Operation
		}}
	})
	if _, err := kms.NewFromConfig(b.config("AKIAADMIN")).ListKeys(ctx(t), &kms.ListKeysInput{}); err == nil {
		t.Error("the client got an answer from a call at which it died")
	}
	if got := <-crashed; got != "ListKeys" {
		t.Errorf("crashed at %s", got)
	}
	b.look(func() {
		if diff := cmp.Diff([]string{"kms:ListKeys"}, b.observed); diff != "" {
			t.Errorf("the call must have happened (-want +got):\n%s", diff)
		}
	})
}

func TestTheSDKRetriesALostAnswerAndTheJournalShowsIt(t *testing.T) {
	t.Parallel()
	runs := 0
	type none struct{}
	b := serve(t, service(kmsService(), "ListKeys", func(none) { runs++ }, nil))
	b.SetIntercept(func(c *engine.Call) *engine.Fault {
		if c.Attempt == 1 {
			return &engine.Fault{Drop: true}
		}
		return nil
	})
	config := b.config("AKIAADMIN")
	config.RetryMaxAttempts = 2
	if _, err := kms.NewFromConfig(config).ListKeys(ctx(t), &kms.ListKeysInput{}); err != nil {
		t.Fatal(err)
	}
	if runs != 2 {
		t.Errorf("the operation ran %d times, want 2", runs)
	}
	if calls := b.Calls(); len(calls) != 2 || calls[0].Attempt != 1 || !calls[0].Lost || calls[1].Attempt != 2 || calls[1].Lost {
		t.Errorf("the journal says %+v", calls)
	}
}

func TestTheJournalTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	type input struct{ KeyId string }
	s := service(kmsService(), "Decrypt", func(input) {}, &engine.Error{Code: "KMSInvalidStateException", Status: 409})
	o := s.Operations["Decrypt"]
	o.ReadOnly, o.Action = true, "DecryptIt"
	o.Resources = func(*engine.Call) []engine.Resource { return []engine.Resource{{ARN: "arn:key"}} }
	s.Operations["Decrypt"] = o
	b := serve(t, s)
	_, err := kms.NewFromConfig(b.config("AKIAADMIN")).Decrypt(ctx(t), &kms.DecryptInput{KeyId: aws.String("k"), CiphertextBlob: []byte("x")})
	if got, _ := code(t, err); got != "KMSInvalidStateException" {
		t.Fatalf("got %s", got)
	}
	want := []engine.Record{{Started: 1, Ended: 2, Time: start, Principal: "admin", Service: "kms", Operation: "Decrypt", Action: "kms:DecryptIt",
		Resources: []string{"arn:key"}, Err: "KMSInvalidStateException", ReadOnly: true, Attempt: 1}}
	if diff := cmp.Diff(want, b.Calls(), cmpopts.IgnoreFields(engine.Record{}, "RequestID")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	if got := b.Calls(); len(got) != 0 {
		t.Errorf("after Reset: %v", got)
	}
}

func TestRounds(t *testing.T) {
	t.Parallel()
	call := func(started, ended int) engine.Record { return engine.Record{Started: started, Ended: ended} }
	for name, tt := range map[string]struct {
		calls []engine.Record
		want  int
	}{
		"no call":                              {nil, 0},
		"one call":                             {[]engine.Record{call(1, 2)}, 1},
		"two at once":                          {[]engine.Record{call(1, 3), call(2, 4)}, 1},
		"one after the other":                  {[]engine.Record{call(1, 2), call(3, 4)}, 2},
		"a long one beside two short ones":     {[]engine.Record{call(1, 6), call(2, 3), call(4, 5)}, 2},
		"a call that never ended is no round":  {[]engine.Record{call(1, 2), call(3, 0)}, 1},
		"the order of the list does not count": {[]engine.Record{call(5, 6), call(1, 2), call(3, 4)}, 3},
	} {
		if got := engine.Rounds(tt.calls); got != tt.want {
			t.Errorf("%s: got %d rounds, want %d", name, got, tt.want)
		}
	}
}

func TestLatencyOverlapsForConcurrentCalls(t *testing.T) {
	t.Parallel()
	type none struct{}
	b := serve(t, service(kmsService(), "ListKeys", func(none) {}, nil))
	b.SetLatency(50 * time.Millisecond)
	client := kms.NewFromConfig(b.config("AKIAADMIN"))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := client.ListKeys(ctx(t), &kms.ListKeysInput{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := engine.Rounds(b.Calls()); got != 1 {
		t.Errorf("four calls at once are %d rounds, want 1", got)
	}
	if _, err := client.ListKeys(ctx(t), &kms.ListKeysInput{}); err != nil {
		t.Fatal(err)
	}
	if got := engine.Rounds(b.Calls()); got != 2 {
		t.Errorf("with one more afterwards: %d rounds, want 2", got)
	}
	if calls := b.Calls(); strings.Count(calls[4].RequestID, "-") != 4 || calls[4].RequestID == calls[3].RequestID {
		t.Errorf("request IDs %s and %s", calls[3].RequestID, calls[4].RequestID)
	}
}
