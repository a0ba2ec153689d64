package rehearse

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
	"github.com/xks-remediator/xks-remediator/internal/wiring/diagnoser"
	"github.com/xks-remediator/xks-remediator/internal/wiring/notifier"
	"github.com/xks-remediator/xks-remediator/internal/wiring/remediator"
)

// Logical IDs of the functions in template.yaml.
const (
	DiagnoseFunction  = "DiagnoseFunction"
	RemediateFunction = "RemediateFunction"
	NotifyFunction    = "NotifyFunction"
)

// Register gives a deployed stack the product's own code, started from the environment that
// the template sets and running on the simulator's clock. Log lines go to log.
func Register(ctx context.Context, sim *awssim.Sim, stack *awssim.Stack, log io.Writer) error {
	starts := []struct {
		function string
		start    func() (any, error)
	}{
		{DiagnoseFunction, started(ctx, sim, stack, log, DiagnoseFunction, func(e boot.Env[diagnose.Config]) any { return diagnoser.New(e).Handle })},
		{RemediateFunction, started(ctx, sim, stack, log, RemediateFunction, func(e boot.Env[remediate.Config]) any { return remediator.New(e).Handle })},
		{NotifyFunction, started(ctx, sim, stack, log, NotifyFunction, func(e boot.Env[notify.Config]) any { return notifier.New(e).Handle })},
	}
	for _, s := range starts {
		handle, err := s.start()
		if err != nil {
			return fmt.Errorf("starting %s: %w", s.function, err)
		}
		if err := stack.Register(s.function, lambda.NewHandler(handle).Invoke); err != nil {
			return fmt.Errorf("registering %s: %w", s.function, err)
		}
	}
	return nil
}

// started starts a function as Lambda does: from its environment alone.
func started[C any](ctx context.Context, sim *awssim.Sim, stack *awssim.Stack, log io.Writer, function string, wire func(boot.Env[C]) any) func() (any, error) {
	return func() (any, error) {
		env, err := boot.LoadFrom[C](ctx, stack.Env(function), log, sim.Now)
		if err != nil {
			return nil, err
		}
		return wire(env), nil
	}
}
