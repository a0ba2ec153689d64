package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

func TestARoundIsOneMoreThanTheLastThatWasOver(t *testing.T) {
	t.Parallel()
	call := func(operation string, started, ended int) engine.Record {
		return engine.Record{Principal: rehearse.NotifyFunction, Operation: operation, Started: started, Ended: ended}
	}
	got := chain([]engine.Record{call("PutItem", 1, 4), call("Read", 2, 3), call("Read", 5, 8), call("Read", 6, 7), call("Publish", 9, 10)})
	want := []string{
		"| 1 | notify | PutItem, Read | the path, each round needing what the one before it named |",
		"| 2 | notify | Read ×2 | the path, each round needing what the one before it named |",
		"| 3 | notify | Publish | the message |",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
