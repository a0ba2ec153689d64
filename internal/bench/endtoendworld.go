package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
	"github.com/xks-remediator/xks-remediator/internal/wiring/diagnoser"
	"github.com/xks-remediator/xks-remediator/internal/wiring/notifier"
	"github.com/xks-remediator/xks-remediator/internal/wiring/remediator"
)

// liveOptions say what a live world holds.
type liveOptions struct {
	sim    awssim.Options
	stores int             // key stores, each on a healthy path of its own
	path   network.Options // of each; the name is filled in
	canary bool
	mode   string // observe, approve, auto
	log    io.Writer
	// wrap, where set, stands around the code of each function.
	wrap func(function string, code awssim.Function) awssim.Function
}

// A liveWorld is the deployed template beside healthy key stores, and the code of its functions
// at hand, so that a measure can stand around it or call it itself.
type liveWorld struct {
	sim   *awssim.Sim
	stack *awssim.Stack
	refs  []*network.Reference
	code  map[string]awssim.Function // by logical ID
}

// newLiveWorld deploys, and lets the healthy paths settle. Close its simulator after use.
func newLiveWorld(ctx context.Context, o liveOptions) (*liveWorld, error) {
	w := &liveWorld{sim: awssim.New(o.sim)}
	if err := w.deploy(ctx, o); err != nil {
		w.sim.Close()
		return nil, fmt.Errorf("deploying the template: %w", err)
	}
	w.sim.Advance(rehearse.Settling)
	return w, nil
}

func (w *liveWorld) deploy(ctx context.Context, o liveOptions) error {
	var canaries []string
	w.sim.Do(func(world *network.World) {
		world.PageSize, w.sim.Tables.PageSize = awsPage, 0
		for i := range o.stores {
			o.path.Name = fmt.Sprintf("payments-hsm-%d", i)
			ref := world.BuildReference(o.path)
			w.refs = append(w.refs, ref)
			if o.canary {
				canaries = append(canaries, world.KeyARN(ref.Canary))
			}
		}
	})
	parameters := map[string]string{"Mode": o.mode, "CanaryKeys": strings.Join(canaries, ","), "DnsResolvers": w.sim.DNS()}
	var err error
	if w.stack, err = w.sim.Deploy(xksremediator.Template(), parameters, nil); err != nil {
		return err
	}
	if w.code, err = codeOf(ctx, w.sim, w.stack, o.log); err != nil {
		return err
	}
	for name, code := range w.code {
		if o.wrap != nil {
			code = o.wrap(name, code)
		}
		if err := w.stack.Register(name, code); err != nil {
			return err
		}
	}
	return nil
}

// codeOf starts each function as Lambda does, from its environment alone.
func codeOf(ctx context.Context, sim *awssim.Sim, stack *awssim.Stack, log io.Writer) (map[string]awssim.Function, error) {
	look, err := boot.LoadFrom[diagnose.Config](stack.Env(rehearse.DiagnoseFunction), log, sim.Now)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", rehearse.DiagnoseFunction, err)
	}
	write, err := boot.LoadFrom[remediate.Config](stack.Env(rehearse.RemediateFunction), log, sim.Now)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", rehearse.RemediateFunction, err)
	}
	tell, err := boot.LoadFrom[notify.Config](stack.Env(rehearse.NotifyFunction), log, sim.Now)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", rehearse.NotifyFunction, err)
	}
	return map[string]awssim.Function{
		rehearse.DiagnoseFunction:  rehearse.Served(diagnoser.New(look).Handle),
		rehearse.RemediateFunction: rehearse.Served(remediator.New(write).Handle),
		rehearse.NotifyFunction:    rehearse.Served(notifier.New(tell).Handle),
	}, nil
}

// as signs as a principal, and calls the simulator only, once.
func (w *liveWorld) as(principal string) aws.Config {
	id, secret := w.sim.Credentials(principal)
	return aws.Config{
		Region: w.sim.Region(), BaseEndpoint: aws.String(w.sim.URL()), RetryMaxAttempts: 1, HTTPClient: boot.HTTPClient(nil),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
}
