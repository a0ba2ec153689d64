package apply_test

import (
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/apply"
	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

var mark = apply.Mark{Incident: "01JXYZ0123456789ABCDEFGHJK", Step: "1-authorize-ingress"}

// A bench is a simulated account with a reference path, and an Applier that writes to it.
type bench struct {
	*apply.Applier
	sim *awssim.Sim
	ref *network.Reference
	cfg aws.Config
}

func newBench(t *testing.T, o network.Options) *bench {
	t.Helper()
	b := &bench{sim: awssim.New(awssim.Options{})}
	t.Cleanup(b.sim.Close)
	b.sim.Do(func(w *network.World) {
		w.Timing.KeyStore, w.Timing.Rules = 0, 0
		b.ref = w.BuildReference(o)
	})
	b.cfg = b.as("fixer")
	b.Applier = apply.New(b.cfg)
	return b
}

// as is the SDK's configuration for a principal, with the SDK's own retries but no waiting
// between them.
func (b *bench) as(name string) aws.Config {
	id, secret := b.sim.Credentials(name)
	return aws.Config{
		Region: b.sim.Region(), BaseEndpoint: aws.String(b.sim.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
}

// rules returns a group's rules of one direction as they truly are, without their IDs.
func (b *bench) rules(g *network.SecurityGroup, egress bool) []network.Rule {
	var all []network.Rule
	b.sim.Do(func(w *network.World) {
		for _, r := range w.Rules(g) {
			if r.Egress == egress {
				r.ID, r.Tags = "", nil
				all = append(all, r)
			}
		}
	})
	slices.SortFunc(all, func(x, y network.Rule) int { return x.CIDR.Addr().Compare(y.CIDR.Addr()) })
	return all
}

// close takes every rule for port 443 out of the proxies' group.
func (b *bench) close() {
	b.sim.Do(func(w *network.World) {
		w.Revoke(b.ref.ProxyGroup, func(r network.Rule) bool { return !r.Egress && r.FromPort == 443 })
		w.Settle(b.ref.ProxyGroup)
	})
}

// open is the action that mends close: from both nodes to one target.
func (b *bench) open() plan.AuthorizeIngress {
	a := plan.AuthorizeIngress{Group: path.SecurityGroupID(b.ref.ProxyGroup.ID)}
	for _, n := range b.ref.Nodes {
		a.Missing = a.Missing.Union(flow.Of(flow.Box{
			Protocol: flow.TCP, Src: host(n), Dst: host(b.ref.Targets[0]), Ports: flow.Port(443),
		}))
	}
	for _, i := range b.ref.Targets {
		a.Carriers = append(a.Carriers, path.InterfaceID(i.ID))
	}
	return a
}

func host(i *network.Interface) netip.Prefix { return netip.PrefixFrom(i.Primary(), 32) }

// calls counts the calls of an operation since the last reset.
func (b *bench) calls(operation string) int {
	n := 0
	for _, c := range b.sim.Calls() {
		if c.Operation == operation {
			n++
		}
	}
	return n
}

// spoil makes the first n calls of an operation fail in a way.
func (b *bench) spoil(operation string, n int32, fault engine.Fault) {
	var seen atomic.Int32
	b.sim.Intercept(func(c *engine.Call) *engine.Fault {
		if c.Operation != operation || seen.Add(1) > n {
			return nil
		}
		return &fault
	})
}

// always is more attempts than the SDK makes.
const always = 99

// look reads what an action changes.
func (b *bench) look(t *testing.T, a plan.Action) path.Snapshot {
	t.Helper()
	now, err := b.Read(t.Context(), a)
	if err != nil {
		t.Fatalf("reading for %s: %v", a.Kind(), err)
	}
	return now
}

// mustApply applies an action that has to succeed.
func (b *bench) mustApply(t *testing.T, a plan.Action) apply.Applied {
	t.Helper()
	done, err := b.Apply(t.Context(), a, mark)
	if err != nil {
		t.Fatalf("applying %s: %v", a.Kind(), err)
	}
	return done
}

// holds fails unless the precondition of a is want as the account is now.
func (b *bench) holds(t *testing.T, when string, a plan.Action, want error) {
	t.Helper()
	if got := a.Precondition(b.look(t, a)); !errors.Is(got, want) {
		t.Errorf("%s: precondition of %s: got %v, want %v", when, a.Kind(), got, want)
	}
}
