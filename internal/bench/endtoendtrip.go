package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A tripFault is what breaks a path, who meets it, and the write that mends it.
type tripFault struct {
	name   string
	canary bool
	path   network.Options
	breaks scenario.Fault
	meet   func(context.Context, *liveWorld, *network.Reference)
	write  string
}

// faults are what is measured: an outage, with and without a canary key to prove it by, and a
// key store that cannot be made.
var faults = []tripFault{
	{name: "no rule for 443", breaks: scenario.TargetGroupClosed(443), meet: encrypts, write: "AuthorizeSecurityGroupIngress"},
	{name: "no rule for 443, with a canary key", canary: true, breaks: scenario.TargetGroupClosed(443), meet: encrypts, write: "AuthorizeSecurityGroupIngress"},
	{name: "create failed: KMS not on the allow list", path: network.Options{NoKeyStore: true}, breaks: scenario.PrincipalMissing, meet: creates, write: "ModifyVpcEndpointServicePermissions"},
}

// encrypts has a workload meet the fault. The call is meant to fail; that nothing came of it
// would end the measure.
func encrypts(ctx context.Context, w *liveWorld, ref *network.Reference) {
	_, _ = kms.NewFromConfig(w.as(awssim.Workload)).Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(ref.Workload.ID), Plaintext: []byte("plaintext")})
}

// creates has a person meet the fault, as encrypts does.
func creates(ctx context.Context, w *liveWorld, ref *network.Reference) {
	_, _ = kms.NewFromConfig(w.as(awssim.Admin)).CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("payments-hsm"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypeVpcEndpointService,
		XksProxyUriEndpoint:  aws.String("https://" + ref.Service.PrivateDNS.Name), XksProxyUriPath: aws.String("/kms/xks/v1"),
		XksProxyVpcEndpointServiceName: aws.String(ref.Service.Name),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: aws.String("DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo="),
		},
	})
}

// A tripLeg is how long one way from the event on the default bus took.
type tripLeg struct {
	took   time.Duration // in functions and their calls
	queued time.Duration // simulated: what rules and queues added
	calls  []engine.Record
}

// A trip is what came of one event.
type trip struct{ write, fixed, message tripLeg }

// An invocation is when a function ran: in real time, and where the simulated clock stood.
type invocation struct {
	function   string
	began, end time.Time
	at         time.Time
}

// A logbook notes when functions ran and when their calls were answered, in real time.
type logbook struct {
	mu       sync.Mutex
	clock    func() time.Time
	ran      []invocation
	answered map[string]time.Time // by request ID
}

func (l *logbook) tap(e engine.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered[e.RequestID] = time.Now()
}

func (l *logbook) wrap(function string, code awssim.Function) awssim.Function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		ran := invocation{function: function, began: time.Now(), at: l.clock()}
		out, err := code(ctx, payload)
		ran.end = time.Now()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ran = append(l.ran, ran)
		return out, err
	}
}

// first returns the invocation of a function since an instant within which a call was answered.
func (l *logbook) first(function string, since, call time.Time) (invocation, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.ran, func(r invocation) bool {
		return r.function == function && !r.began.Before(since) && !call.Before(r.began) && !call.After(r.end)
	})
	if i < 0 {
		return invocation{}, false
	}
	return l.ran[i], true
}

const (
	// broken is how long the faults stand before somebody meets one: AWS takes a while to
	// apply a security group's change.
	broken = 10 * time.Second
	// settled is how long after the fix the queues take to run empty; no verifying look comes
	// so soon.
	settled = 3 * time.Second
)

// takeTrip breaks two paths, lets the product mend one for warmth, and follows the event of the
// other.
func takeTrip(ctx context.Context, f tripFault, latency time.Duration) (trip, error) {
	book := &logbook{answered: map[string]time.Time{}}
	w, err := newLiveWorld(ctx, liveOptions{
		sim:    awssim.Options{Latency: latency, Tap: book.tap},
		stores: 2, path: f.path, canary: f.canary, mode: "auto", log: io.Discard,
		wrap: func(name string, code awssim.Function) awssim.Function {
			return func(ctx context.Context, payload []byte) ([]byte, error) { return book.wrap(name, code)(ctx, payload) }
		},
	})
	if err != nil {
		return trip{}, err
	}
	defer w.sim.Close()
	book.clock = w.sim.Now
	w.sim.Do(func(world *network.World) {
		for _, ref := range w.refs {
			f.breaks(world, ref)
		}
	})
	w.sim.Advance(broken)
	if _, _, err := w.follow(ctx, f, 0); err != nil {
		return trip{}, err
	}
	w.sim.Advance(settled)
	began, calls, err := w.follow(ctx, f, 1)
	if err != nil {
		return trip{}, err
	}
	return book.trip(f, began, calls)
}

// A tripStart is when the event was put on the default bus.
type tripStart struct{ real, simulated time.Time }

// follow has somebody meet the fault on one path, and lets the product mend it and tell.
func (w *liveWorld) follow(ctx context.Context, f tripFault, path int) (tripStart, []engine.Record, error) {
	f.meet(ctx, w, w.refs[path])
	var delay time.Duration
	w.sim.Do(func(*network.World) { delay = w.sim.Trail.Delay })
	w.sim.ResetCalls()
	w.sim.Advance(delay)
	began := tripStart{time.Now(), w.sim.Now()}
	told := len(w.sim.Published())
	over := func() bool {
		fixed := slices.IndexFunc(w.sim.Calls(), func(c engine.Record) bool { return c.Operation == f.write && c.Err == "" })
		return fixed >= 0 && len(w.sim.Published()) > told && put(w.sim.Calls()[fixed:], rehearse.RemediateFunction)
	}
	if !w.sim.RunUntil(over, time.Minute) {
		return tripStart{}, nil, fmt.Errorf("%s: no %s and message within a minute", f.name, f.write)
	}
	return began, w.sim.Calls(), nil
}

// put says whether a function put an event on the product's bus.
func put(calls []engine.Record, function string) bool {
	return slices.ContainsFunc(calls, func(c engine.Record) bool { return c.Principal == function && c.Operation == "PutEvents" })
}

// trip reads three ways out of what was noted: to the write that mends, to the event that says
// so, and to the first message.
func (l *logbook) trip(f tripFault, began tripStart, calls []engine.Record) (trip, error) {
	var t trip
	handed, ok := callOf(calls, rehearse.DiagnoseFunction, "PutEvents", "")
	if !ok {
		return trip{}, fmt.Errorf("%s: the diagnosis was not put on the bus", f.name)
	}
	look, ok := l.first(rehearse.DiagnoseFunction, began.real, l.answered[handed.RequestID])
	if !ok {
		return trip{}, fmt.Errorf("%s: %s was not run by the event", f.name, rehearse.DiagnoseFunction)
	}
	for _, one := range []struct {
		leg                 *tripLeg
		function, operation string
		after               string // in the same function
	}{
		{&t.write, rehearse.RemediateFunction, f.write, ""},
		{&t.fixed, rehearse.RemediateFunction, "PutEvents", f.write},
		{&t.message, rehearse.NotifyFunction, "Publish", ""},
	} {
		last, ok := callOf(calls, one.function, one.operation, one.after)
		if !ok {
			return trip{}, fmt.Errorf("%s: %s made no %s", f.name, one.function, one.operation)
		}
		ran, ok := l.first(one.function, began.real, l.answered[last.RequestID])
		if !ok {
			return trip{}, fmt.Errorf("%s: %s was not run by the event", f.name, one.function)
		}
		one.leg.took = l.answered[handed.RequestID].Sub(began.real) + l.answered[last.RequestID].Sub(ran.began)
		one.leg.queued = look.at.Sub(began.simulated) + ran.at.Sub(look.at)
		one.leg.calls = append(until(calls, rehearse.DiagnoseFunction, handed), until(calls, one.function, last)...)
	}
	return t, nil
}

// until returns a function's calls up to its last one on the way.
func until(calls []engine.Record, function string, last engine.Record) []engine.Record {
	var all []engine.Record
	for _, c := range calls {
		if c.Principal == function && c.Started <= last.Started {
			all = append(all, c)
		}
	}
	return all
}

// callOf returns a function's first call of an operation that succeeded, after its first call
// of another.
func callOf(calls []engine.Record, function, operation, after string) (engine.Record, bool) {
	passed := after == ""
	for _, c := range calls {
		if c.Principal != function || c.Err != "" {
			continue
		}
		if passed && c.Operation == operation {
			return c, true
		}
		passed = passed || c.Operation == after
	}
	return engine.Record{}, false
}
