package dynamo_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
)

const (
	incidentID = "01KQRC2TT8YFZMTH8Y8AF1G8GN"
	retention  = 400 * 24 * time.Hour
)

// A claim is one attempt to tell message 3 of the incident, and what is to come of it.
type claim struct {
	token   string
	after   time.Duration // since the first claim
	claimed bool
	told    bool
}

func TestAnEventIsToldByOneClaimant(t *testing.T) {
	t.Parallel()
	const held = time.Minute
	tests := map[string]struct {
		marked time.Duration // when the first claimant told; 0: it died
		then   []claim
	}{
		"told, and never again": {time.Second, []claim{
			{"b", 2 * time.Second, false, true}, {"a", 3 * time.Second, false, true}, {"b", 48 * time.Hour, false, true},
		}},
		"while it is being told nobody else tells":  {0, []claim{{"b", time.Second, false, false}, {"b", held - time.Millisecond, false, false}}},
		"after a crash another one tells":           {0, []claim{{"b", held, true, false}, {"c", held + time.Second, false, false}}},
		"the same claimant need not wait":           {0, []claim{{"a", time.Second, true, false}}},
		"a claim that was taken over is itself one": {0, []claim{{"b", held, true, false}, {"a", held + time.Second, false, false}, {"c", 2 * held, true, false}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := dynamo.NewTold(serve(t).config, tableName, retention)
			if claimed, was, err := told.Claim(t.Context(), incidentID, 3, "a", start, start.Add(held)); err != nil || !claimed || was {
				t.Fatalf("the first claim: claimed %v, told %v, %v", claimed, was, err)
			}
			if tt.marked > 0 {
				if err := told.Mark(t.Context(), incidentID, 3, start.Add(tt.marked)); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range tt.then {
				now := start.Add(c.after)
				claimed, was, err := told.Claim(t.Context(), incidentID, 3, c.token, now, now.Add(held))
				if err != nil || claimed != c.claimed || was != c.told {
					t.Errorf("%s after %v: claimed %v, told %v, %v; want %v, %v", c.token, c.after, claimed, was, err, c.claimed, c.told)
				}
			}
		})
	}
}

// A slow claimant whose claim was taken over tells all the same; what it told is told.
func TestWhatWasToldAfterALostClaimStaysTold(t *testing.T) {
	t.Parallel()
	told := dynamo.NewTold(serve(t).config, tableName, retention)
	for i, token := range []string{"a", "b"} {
		now := start.Add(time.Duration(i) * time.Hour)
		if claimed, _, err := told.Claim(t.Context(), incidentID, 3, token, now, now.Add(time.Minute)); err != nil || !claimed {
			t.Fatalf("%s: claimed %v, %v", token, claimed, err)
		}
	}
	if err := told.Mark(t.Context(), incidentID, 3, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if claimed, was, err := told.Claim(t.Context(), incidentID, 3, "c", start.Add(9*time.Hour), start.Add(10*time.Hour)); err != nil || claimed || !was {
		t.Errorf("claimed %v, told %v, %v", claimed, was, err)
	}
}

func TestOtherMessagesAndIncidentsAreClaimedApart(t *testing.T) {
	t.Parallel()
	told := dynamo.NewTold(serve(t).config, tableName, retention)
	for _, m := range []struct {
		incident string
		sequence int
	}{{incidentID, 3}, {incidentID, 30}, {"01KQRC", 3}} {
		if claimed, _, err := told.Claim(t.Context(), m.incident, m.sequence, "a", start, start.Add(time.Minute)); err != nil || !claimed {
			t.Errorf("%v: claimed %v, %v", m, claimed, err)
		}
	}
}

func TestOfManyConcurrentClaimantsOneTells(t *testing.T) {
	t.Parallel()
	told := dynamo.NewTold(serve(t).config, tableName, retention)
	var won atomic.Int32
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			claimed, was, err := told.Claim(t.Context(), incidentID, 1, fmt.Sprint("worker-", i), start, start.Add(time.Minute))
			if err != nil || was {
				t.Errorf("told %v, %v", was, err)
			}
			if claimed {
				won.Add(1)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d claimed, want 1", won.Load())
	}
}

func TestAClaimWhoseAnswerIsLostIsStillHeld(t *testing.T) {
	t.Parallel()
	b := serve(t)
	told := dynamo.NewTold(b.config, tableName, retention)
	b.lose("PutItem", 1)
	if claimed, was, err := told.Claim(t.Context(), incidentID, 1, "a", start, start.Add(time.Minute)); err != nil || !claimed || was {
		t.Errorf("claimed %v, told %v, %v", claimed, was, err)
	}
}

func TestWhatIsRememberedExpiresAndNeedsOnePermission(t *testing.T) {
	t.Parallel()
	b := serve(t)
	told := dynamo.NewTold(b.config, tableName, retention)
	if _, _, err := told.Claim(t.Context(), incidentID, 3, "a", start, start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	expires := map[string]any{"N": fmt.Sprint(start.Add(retention).Unix())}
	key := func(i map[string]any) map[string]any {
		i["pk"], i["sk"], i["expires"] = map[string]any{"S": "TOLD#" + incidentID}, map[string]any{"S": "000003"}, expires
		return i
	}
	claimed := key(map[string]any{"claimant": map[string]any{"S": "a"}, "claimedUntil": map[string]any{"N": fmt.Sprint(start.Add(time.Minute).UnixMilli())}})
	if diff := cmp.Diff([]map[string]any{claimed}, b.items()); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	if err := told.Mark(t.Context(), incidentID, 3, start); err != nil {
		t.Fatal(err)
	}
	marked := key(map[string]any{"told": map[string]any{"N": fmt.Sprint(start.Unix())}})
	if diff := cmp.Diff([]map[string]any{marked}, b.items()); diff != "" {
		t.Errorf("marked (-want +got):\n%s", diff)
	}
	for _, c := range b.Calls() {
		if c.Action != "dynamodb:PutItem" {
			t.Errorf("made a call that needs %s", c.Action)
		}
	}
}

func TestATableOutOfReachIsAnErrorAndNoClaim(t *testing.T) {
	t.Parallel()
	b := serve(t)
	told := dynamo.NewTold(b.config, tableName, retention)
	b.refuse(&engine.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found"})
	claimed, was, err := told.Claim(t.Context(), incidentID, 3, "a", start, start.Add(time.Minute))
	if err == nil || claimed || was || !strings.Contains(err.Error(), "claiming message 3 of incident "+incidentID) {
		t.Errorf("claimed %v, told %v, %v", claimed, was, err)
	}
	if err := told.Mark(t.Context(), incidentID, 3, start); err == nil || !strings.Contains(err.Error(), "marking message 3") {
		t.Errorf("got %v", err)
	}
}
