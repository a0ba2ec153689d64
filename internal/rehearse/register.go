package rehearse

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/probe"
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
	ProbeFunction     = "ProbeFunction" // only where parameters place it in a VPC
)

// Register gives a deployed stack the product's own code, started from the environment that
// the template sets and running on the simulator's clock. Log lines go to log.
func Register(ctx context.Context, sim *awssim.Sim, stack *awssim.Stack, log io.Writer) error {
	return register(ctx, sim, stack, log, nil)
}

// register has configure change the AWS settings of each function first, unless it is nil.
func register(ctx context.Context, sim *awssim.Sim, stack *awssim.Stack, log io.Writer, configure func(*aws.Config)) error {
	log = &together{to: log}
	s := starter{sim, stack, log, configure}
	starts := []struct {
		function string
		start    func() (any, error)
	}{
		{DiagnoseFunction, started(ctx, s, DiagnoseFunction, func(e boot.Env[diagnose.Config]) any { return diagnoser.New(e).Handle })},
		{RemediateFunction, started(ctx, s, RemediateFunction, func(e boot.Env[remediate.Config]) any { return remediator.New(e).Handle })},
		{NotifyFunction, started(ctx, s, NotifyFunction, func(e boot.Env[notify.Config]) any { return notifier.New(e).Handle })},
	}
	for _, one := range starts {
		handle, err := one.start()
		if err != nil {
			return fmt.Errorf("starting %s: %w", one.function, err)
		}
		if err := stack.Register(one.function, Served(handle)); err != nil {
			return fmt.Errorf("registering %s: %w", one.function, err)
		}
	}
	if _, placed := stack.Function(ProbeFunction); !placed {
		return nil
	}
	prober := probe.Prober{
		Dial: sim.Dial(ProbeFunction), Roots: sim.Roots(), Now: sim.ProxyClock, Log: slog.New(slog.NewJSONHandler(log, nil)),
	}
	if err := stack.Register(ProbeFunction, Served(prober.Handle)); err != nil {
		return fmt.Errorf("registering %s: %w", ProbeFunction, err)
	}
	return nil
}

// Served is a handler's code as the simulator invokes it. Each invocation has its own
// lambda.Handler: one that is shared returns a buffer that its next invocation writes over.
func Served(handle any) awssim.Function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		return lambda.NewHandler(handle).Invoke(ctx, payload)
	}
}

// together lets functions that run at the same time share one log.
type together struct {
	mu sync.Mutex
	to io.Writer
}

// Write writes one line whole.
func (t *together) Write(line []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.to.Write(line)
}

// A starter is where functions are started, and how.
type starter struct {
	sim       *awssim.Sim
	stack     *awssim.Stack
	log       io.Writer
	configure func(*aws.Config)
}

// started starts a function as Lambda does: from its environment alone.
func started[C any](ctx context.Context, s starter, function string, wire func(boot.Env[C]) any) func() (any, error) {
	return func() (any, error) {
		env, err := boot.LoadFrom[C](s.stack.Env(function), s.log, s.sim.Now)
		if err != nil {
			return nil, err
		}
		if s.configure != nil {
			s.configure(&env.AWS)
		}
		return wire(env), nil
	}
}
