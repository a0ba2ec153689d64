package main

import (
	"context"
	"fmt"
	"io"
	"time"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/publicdns"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// A pathWorld is a simulated account with one key store, and functions/diagnose's own reader of
// it: its credentials, its AWS settings and its clients.
type pathWorld struct {
	sim    *awssim.Sim
	ref    *network.Reference
	reader *collect.Reader
}

// newPathWorld deploys the template beside a healthy key store with that many targets. Every AWS
// call then takes latency of real time.
func newPathWorld(ctx context.Context, targets int, latency time.Duration) (*pathWorld, error) {
	w := &pathWorld{sim: awssim.New(awssim.Options{Latency: latency})}
	var canary string
	w.sim.Do(func(world *network.World) {
		world.PageSize = 0 // pages as long as a call asks for: EC2's reads ask for 1,000
		w.ref = world.BuildReference(network.Options{Targets: targets})
		canary = world.KeyARN(w.ref.Canary)
	})
	err := w.start(ctx, map[string]string{"CanaryKeys": canary})
	if err != nil {
		w.sim.Close()
		return nil, err
	}
	return w, nil
}

func (w *pathWorld) start(ctx context.Context, parameters map[string]string) error {
	parameters["DnsResolvers"] = w.sim.DNS()
	stack, err := w.sim.Deploy(xksremediator.Template(), parameters, nil)
	if err != nil {
		return fmt.Errorf("deploying the template: %w", err)
	}
	env, err := boot.LoadFrom[diagnose.Config](stack.Env(rehearse.DiagnoseFunction), io.Discard, w.sim.Now)
	if err != nil {
		return fmt.Errorf("starting %s: %w", rehearse.DiagnoseFunction, err)
	}
	c := env.Config
	w.reader = collect.New(env.AWS, collect.Options{
		Account: c.Account, Partition: c.Partition, Region: c.Region, CanaryKeys: c.CanaryKeys, Now: env.Now,
		PublicDNS: publicdns.New(publicdns.Options{Resolvers: diagnose.Addresses(c.DnsResolvers)}),
	})
	return nil
}

// snapshot reads the path as the function does.
func (w *pathWorld) snapshot(ctx context.Context) path.Snapshot {
	subject := path.Subject{Kind: path.KeyStoreSubject, ID: w.ref.KeyStore.ID}
	return w.reader.Snapshot(ctx, subject, path.Requested{}, nil, nil)
}

// A judgement is what a snapshot comes to.
type judgement struct {
	findings []check.Finding
	ranking  symptom.Ranking
	plan     plan.Plan
}

// judge is all that is computed between a snapshot and a plan: the whole catalogue, the symptoms,
// the ranking and the plan.
func judge(s path.Snapshot) judgement {
	j := judgement{findings: check.Run(check.Catalogue(), s)}
	j.ranking = symptom.Rank(symptom.Observed(s), j.findings)
	j.plan = plan.Make(j.ranking.Causes, s, plan.Policy{OptInKey: "xks-remediator", OptInValue: "enabled"})
	return j
}
