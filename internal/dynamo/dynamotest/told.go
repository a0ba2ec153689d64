package dynamotest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/dynamo"
)

const (
	incidentID = "01KQRC2TT8YFZMTH8Y8AF1G8GN"
	retention  = 400 * 24 * time.Hour
	held       = time.Minute
)

func (b *bench) told() *dynamo.Told { return dynamo.NewTold(b.config, b.table, retention) }

// A claim is one attempt to tell message 3 of the incident, and what is to come of it.
type claim struct {
	token   string
	after   time.Duration // since the first claim
	claimed bool
	told    bool
}

// claims has "a" claim first, and tell after a time (0: it died); then the others come.
func (b *bench) claims(t *testing.T, marked time.Duration, then ...claim) {
	t.Helper()
	told := b.told()
	if claimed, was, err := told.Claim(t.Context(), incidentID, 3, "a", start, start.Add(held)); err != nil || !claimed || was {
		t.Fatalf("the first claim: claimed %v, told %v, %v", claimed, was, err)
	}
	if marked > 0 {
		if err := told.Mark(t.Context(), incidentID, 3, start.Add(marked)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range then {
		now := start.Add(c.after)
		claimed, was, err := told.Claim(t.Context(), incidentID, 3, c.token, now, now.Add(held))
		if err != nil || claimed != c.claimed || was != c.told {
			t.Errorf("%s after %v: claimed %v, told %v, %v; want %v, %v", c.token, c.after, claimed, was, err, c.claimed, c.told)
		}
	}
}

func toldOnce(t *testing.T, b *bench) {
	b.claims(t, time.Second, claim{"b", 2 * time.Second, false, true}, claim{"a", 3 * time.Second, false, true}, claim{"b", 48 * time.Hour, false, true})
}

func toldHeld(t *testing.T, b *bench) {
	b.claims(t, 0, claim{"b", time.Second, false, false}, claim{"b", held - time.Millisecond, false, false})
}

func toldAfterCrash(t *testing.T, b *bench) {
	b.claims(t, 0, claim{"b", held, true, false}, claim{"c", held + time.Second, false, false})
}

func toldAgain(t *testing.T, b *bench) {
	b.claims(t, 0, claim{"a", time.Second, true, false})
}

func toldTakenOver(t *testing.T, b *bench) {
	b.claims(t, 0, claim{"b", held, true, false}, claim{"a", held + time.Second, false, false}, claim{"c", 2 * held, true, false})
}

// toldLate: a slow claimant whose claim was taken over tells all the same; what it told is told.
func toldLate(t *testing.T, b *bench) {
	told := b.told()
	for i, token := range []string{"a", "b"} {
		now := start.Add(time.Duration(i) * time.Hour)
		if claimed, _, err := told.Claim(t.Context(), incidentID, 3, token, now, now.Add(held)); err != nil || !claimed {
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

func toldApart(t *testing.T, b *bench) {
	for _, m := range []struct {
		incident string
		sequence int
	}{{incidentID, 3}, {incidentID, 30}, {"01KQRC", 3}} {
		if claimed, _, err := b.told().Claim(t.Context(), m.incident, m.sequence, "a", start, start.Add(held)); err != nil || !claimed {
			t.Errorf("%v: claimed %v, %v", m, claimed, err)
		}
	}
}

func lostClaim(t *testing.T, b *bench) {
	b.lose("PutItem")
	if claimed, was, err := b.told().Claim(t.Context(), incidentID, 1, "a", start, start.Add(held)); err != nil || !claimed || was {
		t.Errorf("claimed %v, told %v, %v", claimed, was, err)
	}
}

func onePermission(t *testing.T, b *bench) {
	told := b.told()
	if _, _, err := told.Claim(t.Context(), incidentID, 3, "a", start, start.Add(held)); err != nil {
		t.Fatal(err)
	}
	with := func(attributes map[string]string) []map[string]string {
		attributes["pk"], attributes["sk"], attributes["expires"] = "S TOLD#"+incidentID, "S 000003", fmt.Sprint("N ", start.Add(retention).Unix())
		return []map[string]string{attributes}
	}
	claimed := with(map[string]string{"claimant": "S a", "claimedUntil": fmt.Sprint("N ", start.Add(held).UnixMilli())})
	if diff := cmp.Diff(claimed, b.items(t)); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	if err := told.Mark(t.Context(), incidentID, 3, start); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(with(map[string]string{"told": fmt.Sprint("N ", start.Unix())}), b.items(t)); diff != "" {
		t.Errorf("marked (-want +got):\n%s", diff)
	}
	for _, operation := range b.operations() {
		if operation != "PutItem" && operation != "Scan" { // the Scan is this test's own
			t.Errorf("made a call that needs dynamodb:%s", operation)
		}
	}
}

func outOfReach(t *testing.T, b *bench) {
	b.refuse("ResourceNotFoundException")
	told := b.told()
	claimed, was, err := told.Claim(t.Context(), incidentID, 3, "a", start, start.Add(held))
	if err == nil || claimed || was || !strings.Contains(err.Error(), "claiming message 3 of incident "+incidentID) {
		t.Errorf("claimed %v, told %v, %v", claimed, was, err)
	}
	if err := told.Mark(t.Context(), incidentID, 3, start); err == nil || !strings.Contains(err.Error(), "marking message 3") {
		t.Errorf("got %v", err)
	}
}
