package platform_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

func TestARNsNameTheAccountAndTheRegion(t *testing.T) {
	t.Parallel()
	a := platform.NewAccount(engine.NewClock(start), "eu-central-1", "111122223333")
	if got, want := a.ARN("sqs", "SignalQueue"), "arn:aws:sqs:eu-central-1:111122223333:SignalQueue"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestIdentifiersAreUUIDsThatDifferWithinARunAndNotBetweenRuns(t *testing.T) {
	t.Parallel()
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	one := platform.NewAccount(engine.NewClock(start), "eu-central-1", "111122223333")
	other := platform.NewAccount(engine.NewClock(start), "eu-central-1", "111122223333")
	seen := map[string]bool{}
	for range 1000 {
		id := one.UUID()
		if !version4.MatchString(id) || seen[id] {
			t.Fatalf("%s is no version 4 UUID or came before", id)
		}
		seen[id] = true
		if again := other.UUID(); again != id {
			t.Fatalf("the second run issued %s where the first issued %s", again, id)
		}
	}
}
