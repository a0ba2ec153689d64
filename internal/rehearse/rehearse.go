// Package rehearse plays a scenario on the simulator through the deployment that a user
// deploys: template.yaml, its rules, queues and roles, and the handlers behind them. The
// demo, the tests and a customer's game day use it. It judges nothing itself but compares
// what came out with what the scenario says must.
package rehearse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sns"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// Options say what to rehearse, and how.
type Options struct {
	Scenario scenario.Scenario
	Mode     string // observe, approve, auto
	Template []byte // template.yaml
	Log      io.Writer
	// Parameters are set over those of the rehearsal.
	Parameters map[string]string
	// Concurrent lets batches run at the same time.
	Concurrent bool
	// Prepare is called when everything stands and nothing has happened yet.
	Prepare func(*awssim.Sim, *awssim.Stack)
	// Inspect is called when the run is over, before the simulator goes.
	Inspect func(*awssim.Sim, *awssim.Stack)
	// Intercept sees every call first; nil for none.
	Intercept engine.Intercept
	// Brief ends the run some time after the incident was told to be resolved or closed,
	// instead of watching to the scenario's limit that nothing more happens.
	Brief bool
	// Stop ends the run when the scenario's own play is over.
	Stop bool
	// Watcher is told what happens, as it happens; nil for nobody.
	Watcher Watcher
	// Tap sees every request and its answer as they go over the wire; nil for nobody.
	Tap engine.Tap
	// Configure may change the AWS settings of a function, of a person or of a workload
	// before its clients are made; nil for no change.
	Configure func(*aws.Config)
}

// A Watcher is told what happens in a rehearsal, in the simulator's time.
type Watcher interface {
	Noted(at time.Time, text string)               // by the scenario
	Happened(at time.Time, what string, err error) // what people and workloads do, and what came of it
	Called(c engine.Record)                        // a call of the product's
	Put(e lifecycle.Event)                         // on the product's bus
	Heard(m sns.Message)                           // published by the product
}

// A Result is what came of a rehearsal.
type Result struct {
	Scenario string
	Mode     string
	Causes   []string          // check IDs of the first diagnosis of an incident
	Risks    []string          // check IDs told as risks, in any event
	Writes   []string          // writes to customer resources that succeeded, in order
	State    string            // of the last event that was told
	Proof    string            // of the last resolution
	Encrypts bool              // whether KMS encrypts with the workload's key at the end
	Absent   bool              // whether no key store exists at the end
	Events   []lifecycle.Event // in the order of the bus
	Messages []sns.Message
	Calls    int           // AWS calls of the product
	Took     time.Duration // simulated, from the first failure to the end state
}

// A run is one rehearsal under way.
type run struct {
	Options
	sim      *awssim.Sim
	stack    *awssim.Stack
	ref      *network.Reference
	traps    *traps
	person   *caller
	workload *caller
	stranger *caller
	cfg      aws.Config // the person's
	began    time.Time
	ended    time.Time // of the incident, as it was told

	onBus              [][]posted // by the stack's buses
	heard, put, called int        // how much of each the watcher was told
}

// Run rehearses a scenario.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	r := &run{Options: o, sim: awssim.New(awssim.Options{Concurrent: o.Concurrent, Tap: o.Tap})}
	defer r.sim.Close()
	if err := r.deploy(ctx); err != nil {
		return nil, err
	}
	r.play()
	if r.Inspect != nil {
		r.Inspect(r.sim, r.stack)
	}
	return r.result(), nil
}

// deploy builds the healthy path, deploys the template beside it and breaks the path.
func (r *run) deploy(ctx context.Context) error {
	s := r.Scenario
	build := s.Build
	switch s.Phase {
	case scenario.Creating:
		build.NoKeyStore = true
	case scenario.Connecting:
		build.State = cmp.Or(build.State, network.Disconnected)
	}
	r.sim.Do(func(w *network.World) { r.ref = w.BuildReference(build) })
	parameters := map[string]string{"Mode": r.Mode, "DnsResolvers": r.sim.DNS()}
	if s.Canary {
		r.sim.Do(func(w *network.World) { parameters["CanaryKeys"] = w.KeyARN(r.ref.Canary) })
	}
	if r.ref.ProbeGroup != nil {
		parameters["ProbeSubnetIds"] = r.ref.ProxySubnets[0].ID + "," + r.ref.ProxySubnets[1].ID
		parameters["ProbeSecurityGroupIds"] = r.ref.ProbeGroup.ID
	}
	if s.OwnerRole {
		role, err := r.ownerRole()
		if err != nil {
			return err
		}
		parameters["OwnerReadRoleArns"], parameters["OwnerExternalId"] = role.ARN(), role.ExternalID
	}
	for name, value := range r.Parameters {
		parameters[name] = value
	}
	stack, err := r.sim.Deploy(r.Template, parameters, nil)
	if err != nil {
		return fmt.Errorf("deploying the template: %w", err)
	}
	r.stack = stack
	if err := register(ctx, r.sim, stack, r.Log, r.Configure); err != nil {
		return err
	}
	r.traps = &traps{product: principals(stack), also: r.Intercept}
	r.sim.Intercept(r.traps.intercept(r.sim.World))
	r.people()
	return nil
}

func (r *run) people() {
	happened := func(what string, err error) {
		if r.Watcher != nil {
			r.watch()
			r.Watcher.Happened(r.sim.Now(), what, err)
		}
	}
	reference := func() *network.Reference { return r.ref }
	r.cfg = r.config(awssim.Admin)
	r.person = newCaller(r.cfg, reference, happened)
	r.workload = newCaller(r.config(awssim.Workload), reference, happened)
	r.sim.AddRole("intern")
	r.stranger = newCaller(r.config("intern"), reference, happened)
}

// config signs as a principal, and calls the simulator only.
func (r *run) config(principal string) aws.Config {
	id, secret := r.sim.Credentials(principal)
	cfg := aws.Config{
		Region: r.sim.Region(), BaseEndpoint: aws.String(r.sim.URL()), RetryMaxAttempts: 1, HTTPClient: boot.HTTPClient(nil),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
	if r.Configure != nil {
		r.Configure(&cfg)
	}
	return cfg
}

// Settling is how long the healthy path stands before anything breaks, and breaking how
// long a fault stands before somebody meets it.
const (
	Settling = 3 * time.Minute
	breaking = 10 * time.Second
)

// play breaks the path, makes the phase's own first call, and lets time pass until the
// outcome stands.
func (r *run) play() {
	s := r.Scenario
	if s.Phase == scenario.Running {
		_ = r.workload.Encrypt(r.ref.Workload.ID) // leaves a ciphertext for later
	}
	r.sim.Advance(Settling)
	if r.Prepare != nil {
		r.Prepare(r.sim, r.stack)
	}
	stage := r.stage()
	if s.Arm != nil {
		s.Arm(stage)
	}
	if s.Break != nil {
		r.sim.Do(func(w *network.World) { s.Break(w, r.ref) })
	}
	r.advance(breaking)
	r.began = r.sim.Now()
	switch s.Phase {
	case scenario.Creating:
		_ = r.person.Create("payments-hsm")
	case scenario.Connecting:
		if s.Build.State == "" {
			_ = r.person.Connect(r.ref.KeyStore.ID)
		}
	case scenario.Running:
		_ = r.workload.Decrypt(r.ref.Workload.ID)
	}
	if s.Play != nil {
		s.Play(stage)
	}
	if r.Stop {
		return
	}
	deadline := r.began.Add(s.Limit())
	r.sim.RunUntil(r.over, deadline.Sub(r.sim.Now()))
}

// done springs traps and tells the watcher. The run goes on to its limit all the same: that
// nothing more happens is part of the outcome.
func (r *run) done() bool {
	r.traps.spring()
	r.watch()
	return false
}

// afterEnd is how long a brief run goes on after the end of the incident: a message whose
// function died comes back to it after its queue's visibility timeout.
const afterEnd = 7 * time.Minute

// over says whether a brief run has seen enough.
func (r *run) over() bool {
	if r.done(); !r.Brief {
		return false
	}
	if r.ended.IsZero() {
		state, _ := r.told()
		if state == string(lifecycle.Resolved) || state == string(lifecycle.Closed) {
			r.ended = r.sim.Now()
		}
	}
	return !r.ended.IsZero() && r.sim.Now().Sub(r.ended) > afterEnd
}

// watch tells the watcher what is new.
func (r *run) watch() {
	if r.Watcher == nil {
		return
	}
	calls := r.sim.Calls()
	for ; r.called < len(calls); r.called++ {
		if r.traps.product[calls[r.called].Principal] {
			r.Watcher.Called(calls[r.called])
		}
	}
	all := r.events()
	for ; r.put < len(all); r.put++ {
		r.Watcher.Put(all[r.put])
	}
	said := r.sim.Published()
	for ; r.heard < len(said); r.heard++ {
		r.Watcher.Heard(said[r.heard])
	}
}

// result reads what came out.
func (r *run) result() *Result {
	out := &Result{Scenario: r.Scenario.Name, Mode: r.Mode, Messages: r.sim.Published(), Absent: true}
	out.Events = r.events()
	last := r.began
	for _, e := range out.Events {
		out.Take(e)
		if _, told := notice.For(e); told {
			last = e.Time
		}
	}
	out.Took = last.Sub(r.began)
	product := principals(r.stack)
	for _, c := range r.sim.Calls() {
		if !product[c.Principal] {
			continue
		}
		out.Calls++
		if c.Err == "" && IsCustomerWrite(c) {
			out.Writes = append(out.Writes, c.Operation)
		}
	}
	r.sim.Do(func(w *network.World) {
		out.Absent = len(w.KeyStores) == 0
		if r.ref.Workload != nil {
			out.Encrypts = w.Works(r.ref.Workload.ID) == nil
		}
	})
	return out
}

// Take adds what a lifecycle event says. Events are taken in the order of the bus.
func (out *Result) Take(e lifecycle.Event) {
	if out.Causes == nil && e.Type == lifecycle.DiagnosisCompleted {
		for _, f := range e.Causes {
			if f.Check != "key-store.connection-state" && !slices.Contains(out.Causes, f.Check) {
				out.Causes = append(out.Causes, f.Check)
			}
		}
	}
	for _, f := range e.Risks {
		if !slices.Contains(out.Risks, f.Check) {
			out.Risks = append(out.Risks, f.Check)
		}
	}
	if _, told := notice.For(e); told {
		out.State = string(e.State)
	}
	if e.Proof != nil {
		out.Proof = e.Proof.Kind
	}
}

// IsCustomerWrite says whether a call changed a customer's resource, and not the product's
// own table, bus, queues or topic.
func IsCustomerWrite(c engine.Record) bool {
	if c.ReadOnly || c.NotManagement || c.Lost && len(c.Resources) == 0 { // the last: it never ran
		return false
	}
	switch c.Service {
	case "ec2", "elasticloadbalancing", "kms", "route53":
		return c.Operation != "Encrypt"
	}
	return false
}

// Check compares a result with how the scenario must end, and returns each difference as a
// sentence.
func (out *Result) Check(end scenario.End) error {
	var wrong []error
	differs := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			wrong = append(wrong, fmt.Errorf("%s: got %v, want %v", what, got, want))
		}
	}
	differs("causes", strings.Join(out.Causes, " "), strings.Join(end.Causes, " "))
	differs("writes", strings.Join(out.Writes, " "), strings.Join(end.Writes, " "))
	differs("state", out.State, end.State)
	differs("proof", out.Proof, end.Proof)
	differs("KMS encrypts", out.Encrypts, end.Encrypts)
	differs("no key store exists", out.Absent, end.Absent)
	for _, id := range end.Risks {
		if !slices.Contains(out.Risks, id) {
			wrong = append(wrong, fmt.Errorf("risk %s was not told; told were %v", id, out.Risks))
		}
	}
	return errors.Join(wrong...)
}
