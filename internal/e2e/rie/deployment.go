package rie

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"

	xksremediator "github.com/xks-remediator/xks-remediator"
)

// A Deployment is template.yaml on a simulator, whose functions are the built bootstraps
// under the emulator. They see the environment that the template sets, and real time: the
// simulator has to follow it.
type Deployment struct {
	Stack     *awssim.Stack
	Emulators map[string]*Emulator // by logical ID
}

// Deploy deploys the template under the given parameters and starts an emulator for each
// bootstrap, which are by logical ID, but for a probe that no parameters place. Timeout is that of the functions; the template's own
// where zero. Stop it after use.
func Deploy(ctx context.Context, sim *awssim.Sim, parameters, bootstraps map[string]string, timeout time.Duration) (*Deployment, error) {
	all := map[string]string{"DnsResolvers": sim.DNS()}
	maps.Copy(all, parameters)
	stack, err := sim.Deploy(xksremediator.Template(), all, nil)
	if err != nil {
		return nil, fmt.Errorf("deploying the template: %w", err)
	}
	d := &Deployment{Stack: stack, Emulators: map[string]*Emulator{}}
	for _, id := range slices.Sorted(maps.Keys(bootstraps)) {
		function, known := stack.Function(id)
		if id == Probe && !known {
			continue // no parameters place it
		}
		if !known {
			return nil, errors.Join(fmt.Errorf("the template has no function %s", id), d.Stop())
		}
		limit := timeout
		if limit == 0 {
			limit = function.Timeout
		}
		emulator, err := Start(ctx, Options{Bootstrap: bootstraps[id], Env: stack.Env(id), Timeout: limit})
		if err != nil {
			return nil, errors.Join(err, d.Stop())
		}
		d.Emulators[id] = emulator
		if err := stack.Register(id, emulator.serve); err != nil {
			return nil, errors.Join(err, d.Stop())
		}
	}
	return d, nil
}

// serve is the function as the simulator's event source mappings invoke it.
func (e *Emulator) serve(ctx context.Context, payload []byte) ([]byte, error) {
	answer, err := e.Invoke(ctx, payload)
	if err != nil {
		return nil, err
	}
	if _, err := answer.Failed(); err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Stop ends every emulator.
func (d *Deployment) Stop() error {
	var wrong []error
	for _, e := range d.Emulators {
		wrong = append(wrong, e.Stop())
	}
	return errors.Join(wrong...)
}

// Follow has the simulator follow real time, from now on, until ctx ends. The returned
// function waits for that and says how it ended.
func Follow(ctx context.Context, sim *awssim.Sim) (wait func() error, err error) {
	sim.Advance(time.Since(sim.Now()))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for Serve: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- sim.Serve(ctx, listener) }()
	return func() error { return <-ended }, nil
}
