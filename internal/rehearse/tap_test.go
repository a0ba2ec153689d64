package rehearse_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// TestEveryCallOfARehearsalCanBeWatchedAtBothEnds counts each attempt in the SDK's clients of
// functions and people alike, and each exchange at the simulator.
func TestEveryCallOfARehearsalCanBeWatchedAtBothEnds(t *testing.T) {
	t.Parallel()
	var sent, tapped atomic.Int64
	var configured int
	count := middleware.FinalizeMiddlewareFunc("count", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		sent.Add(1)
		return next.HandleFinalize(ctx, in)
	})
	journal := 0
	played(t, rehearse.Options{Scenario: found(t, "running/target-security-group-without-443"), Brief: true,
		Tap: func(engine.Exchange) { tapped.Add(1) },
		Configure: func(cfg *aws.Config) {
			configured++
			cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error { return stack.Finalize.Add(count, middleware.After) })
		},
		Inspect: func(sim *awssim.Sim, _ *awssim.Stack) { journal = len(sim.Calls()) },
	})
	if configured != 6 {
		t.Errorf("%d settings were configured, want those of 3 functions and 3 people", configured)
	}
	if journal < 100 || sent.Load() != int64(journal) || tapped.Load() != int64(journal) {
		t.Errorf("%d calls stand in the journal, %d were sent and %d tapped", journal, sent.Load(), tapped.Load())
	}
}
