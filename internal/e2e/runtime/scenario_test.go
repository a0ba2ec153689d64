//go:build e2e

package runtime_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/e2e/rie"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"

	xksremediator "github.com/xks-remediator/xks-remediator"
)

// watched is how long a scenario is watched, simulated in a rehearsal and real under the
// emulator. Each of these scenarios ends within 20 s.
const watched = 30 * time.Second

// rehearsed plays scenarios with the built functions, in real time, and compares what came
// out with a rehearsal of the same scenario, which runs the handlers in its own process.
func (s *suite) rehearsed(t *testing.T) {
	t.Parallel()
	plays := []struct{ name, mode string }{
		{"running/target-security-group-without-443", "auto"},
		{"running/two-faults-at-once", "auto"},
		{"creating/kms-principal-missing", "auto"},
		{"running/target-security-group-without-443", "observe"},
		{"creating/kms-principal-missing", "approve"},
	}
	for _, p := range plays {
		t.Run(p.name+"/"+p.mode, func(t *testing.T) {
			t.Parallel()
			s.cases.Add(1)
			s.scenarios.Add(1)
			one, ok := scenario.Find(p.name)
			if !ok {
				t.Fatalf("no scenario %s", p.name)
			}
			one.Watch = watched
			want, err := rehearse.Run(t.Context(), rehearse.Options{Scenario: one, Mode: p.mode, Template: xksremediator.Template()})
			if err != nil {
				t.Fatal(err)
			}
			if err := want.Check(one.End(p.mode)); err != nil {
				t.Fatalf("the rehearsal itself: %v", err)
			}
			compare(t, s.play(t, one, p.mode, len(want.Messages)), want)
		})
	}
}

// compare fails where the built functions came to something else than the rehearsal.
func compare(t *testing.T, got outcome, want *rehearse.Result) {
	t.Helper()
	var subjects []string
	for _, m := range want.Messages {
		subjects = append(subjects, m.Subject)
	}
	lists := []struct {
		what      string
		got, want []string
	}{{"causes", got.causes, want.Causes}, {"writes", got.writes, want.Writes}, {"messages", got.subjects, subjects}}
	for _, l := range lists {
		if !slices.Equal(l.got, l.want) {
			t.Errorf("%s: got %q, in the rehearsal %q", l.what, l.got, l.want)
		}
	}
	if got.state != want.State || got.proof != want.Proof {
		t.Errorf("ended %s (%s), in the rehearsal %s (%s)", got.state, got.proof, want.State, want.Proof)
	}
	if got.encrypts != want.Encrypts || got.absent != want.Absent {
		t.Errorf("KMS encrypts %t, no key store exists %t; in the rehearsal %t, %t", got.encrypts, got.absent, want.Encrypts, want.Absent)
	}
}

// An outcome is what came of a scenario, as rehearse.Result has it.
type outcome struct {
	causes, writes, subjects []string
	state, proof             string
	encrypts, absent         bool
}

// breaking is how long a fault stands before somebody meets it, as in a rehearsal: security
// groups have followed, and the targets' health has not.
const breaking = 10 * time.Second

// A world is a simulated account at real time.
type world struct {
	sim *awssim.Sim
	ref *network.Reference
	kms *kms.Client // a person's
}

func newWorld(t *testing.T, o awssim.Options, build network.Options) *world {
	t.Helper()
	o.Start = time.Now().Add(-rehearse.Settling - breaking)
	w := &world{sim: awssim.New(o)}
	t.Cleanup(w.sim.Close)
	w.sim.Do(func(n *network.World) { w.ref = n.BuildReference(build) })
	w.sim.Advance(rehearse.Settling)
	id, secret := w.sim.Credentials(awssim.Admin)
	w.kms = kms.NewFromConfig(aws.Config{Region: w.sim.Region(), BaseEndpoint: aws.String(w.sim.URL()), RetryMaxAttempts: 1, HTTPClient: boot.HTTPClient(nil),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	return w
}

// breaks breaks the path some time ago. Nothing is deployed yet that could see it.
func (w *world) breaks(faults ...scenario.Fault) {
	w.sim.Do(func(n *network.World) { scenario.Both(faults...)(n, w.ref) })
	w.sim.Advance(breaking)
}

// play lets a scenario happen in real time and returns what came of it.
func (s *suite) play(t *testing.T, one scenario.Scenario, mode string, messages int) outcome {
	t.Helper()
	build := one.Build
	build.NoKeyStore = one.Phase == scenario.Creating
	w := newWorld(t, awssim.Options{}, build)
	parameters := map[string]string{"Mode": mode}
	if one.Canary {
		w.sim.Do(func(n *network.World) { parameters["CanaryKeys"] = n.KeyARN(w.ref.Canary) })
	}
	cipher := w.encrypt(t)
	w.breaks(one.Break)
	d := s.deploy(t, w.sim, parameters, 0)
	ctx, stop := context.WithCancel(t.Context())
	wait, err := rie.Follow(ctx, w.sim)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.fail(t, cipher)
	await(t, "the messages", watched, 50*time.Millisecond, func() bool { return len(w.sim.Published()) >= messages })
	// That nothing more is said is part of the outcome; what was told ends the wait early.
	quiet := time.Now().Add(5 * time.Second)
	await(t, "silence", watched, 50*time.Millisecond, func() bool { return time.Now().After(quiet) || time.Since(began) > watched })
	stop()
	if err := wait(); err != nil {
		t.Error(err)
	}
	for _, o := range w.sim.Outcomes() {
		if o.Err != nil || len(o.Failed) > 0 {
			t.Errorf("an invocation of %s ended with %v and %d messages to come back", o.Function, o.Err, len(o.Failed))
		}
	}
	return w.outcome(d)
}

// encrypt makes a ciphertext while all is well.
func (w *world) encrypt(t *testing.T) []byte {
	t.Helper()
	if w.ref.Workload == nil {
		return nil
	}
	out, err := w.kms.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &w.ref.Workload.ID, Plaintext: []byte(rehearse.PlantedPlaintext),
		EncryptionContext: map[string]string{"order": rehearse.PlantedContext}})
	if err != nil {
		t.Fatal(err)
	}
	return out.CiphertextBlob
}

// fail makes the call that fails: Decrypt, or the create where there is no key store.
func (w *world) fail(t *testing.T, cipher []byte) {
	t.Helper()
	var err error
	if w.ref.Workload != nil {
		_, err = w.kms.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &w.ref.Workload.ID, CiphertextBlob: cipher,
			EncryptionContext: map[string]string{"order": rehearse.PlantedContext}})
	} else {
		_, err = w.kms.CreateCustomKeyStore(t.Context(), &kms.CreateCustomKeyStoreInput{
			CustomKeyStoreName: aws.String("payments-hsm"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
			XksProxyConnectivity: types.XksProxyConnectivityTypeVpcEndpointService, XksProxyUriPath: aws.String("/kms/xks/v1"),
			XksProxyUriEndpoint: aws.String("https://payments-hsm.xks.example.com"), XksProxyVpcEndpointServiceName: aws.String(w.ref.Service.Name),
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
				AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: aws.String(rehearse.PlantedSecret)},
		})
	}
	if err == nil {
		t.Fatal("the call that must fail succeeded")
	}
}

// outcome reads what came out, as rehearse does.
func (w *world) outcome(d *rie.Deployment) outcome {
	out := outcome{absent: true}
	for _, e := range w.events(d) {
		if out.causes == nil && e.Type == lifecycle.DiagnosisCompleted {
			for _, f := range e.Causes {
				if f.Check != "key-store.connection-state" && !slices.Contains(out.causes, f.Check) {
					out.causes = append(out.causes, f.Check)
				}
			}
		}
		if _, told := notice.For(e); told {
			out.state = string(e.State)
		}
		if e.Proof != nil {
			out.proof = e.Proof.Kind
		}
	}
	out.writes = w.writes()
	for _, m := range w.sim.Published() {
		out.subjects = append(out.subjects, m.Subject)
	}
	w.sim.Do(func(n *network.World) {
		out.absent = len(n.KeyStores) == 0
		out.encrypts = w.ref.Workload != nil && n.Works(w.ref.Workload.ID) == nil
	})
	return out
}

// events returns the lifecycle events that the product's bus took, in order.
func (w *world) events(d *rie.Deployment) []lifecycle.Event {
	var all []lifecycle.Event
	for _, body := range w.put(d) {
		var one lifecycle.Event
		if json.Unmarshal(body.Detail, &one) == nil {
			all = append(all, one)
		}
	}
	return all
}

// writes are the product's calls that changed a customer's resource.
func (w *world) writes() []string {
	var all []string
	for _, c := range w.sim.Calls() {
		if _, product := rie.Functions()[c.Principal]; product && c.Err == "" && rehearse.IsCustomerWrite(c) {
			all = append(all, c.Operation)
		}
	}
	return all
}

// put returns what the product's bus took, in order.
func (w *world) put(d *rie.Deployment) []eventbridge.Event {
	var all []eventbridge.Event
	w.sim.Do(func(*network.World) {
		for _, b := range d.Stack.Buses {
			all = append(all, w.sim.Buses.Bus(b.Name).Events()...)
		}
	})
	return all
}
