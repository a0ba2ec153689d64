package apply_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/apply"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestThePrincipalIsAddedAndTakenBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	others := []string{"arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:role/a", "arn:aws:iam::444455556666:role/b", "arn:aws:iam::444455556666:role/c"}
	b.sim.Do(func(w *network.World) { b.ref.Service.Principals = slices.Clone(others) }) // more than a page
	add := plan.AddPrincipal{Service: path.ServiceID(b.ref.Service.ID), Principal: "cks.kms.eu-central-1.amazonaws.com"}
	b.holds(t, "before", add, nil)
	if err := plan.OptedIn(b.look(t, add), add, "xks-remediator", "enabled"); err != nil {
		t.Errorf("opted in: %v", err)
	}
	if apply.Mine(b.look(t, add), add, mark) {
		t.Error("it is ours before it is there")
	}
	done := b.mustApply(t, add)
	b.holds(t, "after", add, plan.ErrAlreadyHolds)
	if !apply.Mine(b.look(t, add), add, mark) {
		t.Error("it is not ours")
	}
	b.mustApply(t, done.Inverse)
	b.holds(t, "after the undo", done.Inverse, plan.ErrAlreadyHolds)
	b.sim.Do(func(w *network.World) {
		if !slices.Equal(slices.Sorted(slices.Values(b.ref.Service.Principals)), slices.Sorted(slices.Values(others))) {
			t.Errorf("the undo left %v, want %v", b.ref.Service.Principals, others)
		}
	})
	gone := plan.AddPrincipal{Service: "vpce-svc-0123456789abcdef9", Principal: add.Principal}
	b.holds(t, "no such service", gone, plan.ErrStale)
}

func TestVerificationIsStartedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.sim.Do(func(w *network.World) { b.ref.Service.PrivateDNS.State = "failed" })
	restart := plan.RestartVerification{Service: path.ServiceID(b.ref.Service.ID)}
	b.holds(t, "before", restart, nil)
	b.mustApply(t, restart)
	b.mustApply(t, restart) // twice is the same as once
	b.sim.Advance(network.RealTiming().Verify)
	b.holds(t, "after a while", restart, plan.ErrAlreadyHolds)
}

func TestTheKeyStoreIsReconnected(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{State: network.Failed})
	disconnect := plan.DisconnectKeyStore{KeyStore: path.KeyStoreID(b.ref.KeyStore.ID), Code: "INTERNAL_ERROR"}
	connect := plan.ConnectKeyStore{KeyStore: disconnect.KeyStore}
	for _, a := range []plan.Action{disconnect, connect} {
		if err := plan.OptedIn(b.look(t, a), a, "xks-remediator", "enabled"); err != nil {
			t.Errorf("%s: %v", a.Kind(), err)
		}
	}
	b.holds(t, "FAILED", disconnect, nil)
	b.holds(t, "FAILED", connect, plan.ErrStale)
	b.mustApply(t, disconnect)
	b.holds(t, "disconnecting", connect, plan.ErrNotYet)
	b.holds(t, "disconnecting", disconnect, plan.ErrStale)
	b.sim.Advance(network.RealTiming().Disconnect)
	b.holds(t, "disconnected", connect, nil)
	b.holds(t, "disconnected", disconnect, plan.ErrStale)
	b.mustApply(t, connect)
	b.holds(t, "connecting", connect, plan.ErrAlreadyHolds)
	b.sim.Advance(network.RealTiming().Connect)
	b.sim.Do(func(w *network.World) {
		if b.ref.KeyStore.State != network.Connected {
			t.Errorf("the key store is %s", b.ref.KeyStore.State)
		}
	})
	b.holds(t, "no such key store", plan.ConnectKeyStore{KeyStore: "cks-0123456789abcdef9"}, plan.ErrStale)
}

// A call whose answer is lost is not made again: a refused second attempt could not be
// told from a person's doing.
func TestConnectionsAreTriedOnce(t *testing.T) {
	t.Parallel()
	faults := map[string]engine.Fault{
		"done, and the answer lost": {Drop: true},
		"lost before it was done":   {Lose: true},
		"AWS broke down":            {Error: &engine.Error{Code: "KMSInternalException", Message: "try again", Status: 500}},
	}
	for name, fault := range faults {
		for operation, state := range map[string]string{"DisconnectCustomKeyStore": network.Failed, "ConnectCustomKeyStore": network.Disconnected} {
			t.Run(operation+": "+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, network.Options{State: state})
				id := path.KeyStoreID(b.ref.KeyStore.ID)
				action := plan.Action(plan.ConnectKeyStore{KeyStore: id})
				if state == network.Failed {
					action = plan.DisconnectKeyStore{KeyStore: id, Code: "INTERNAL_ERROR"}
				}
				b.spoil(operation, always, fault)
				_, err := b.Apply(t.Context(), action, mark)
				if !errors.Is(err, apply.ErrUnknownOutcome) || apply.OutcomeOf(err) != apply.Unclear {
					t.Errorf("got %v (%v), want %v", err, apply.OutcomeOf(err), apply.ErrUnknownOutcome)
				}
				if n := b.calls(operation); n != 1 {
					t.Errorf("%d calls were made, want 1", n)
				}
				if apply.Mine(b.look(t, action), action, mark) {
					t.Error("a look proves nothing, and it is said to be ours")
				}
			})
		}
	}
}

func TestWhatAWSRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{State: network.Connecting})
	connect := plan.ConnectKeyStore{KeyStore: path.KeyStoreID(b.ref.KeyStore.ID)}
	b.sim.Do(func(w *network.World) { w.SetState(b.ref.KeyStore, network.Disconnecting, "") })
	_, err := b.Apply(t.Context(), connect, mark)
	if err == nil || errors.Is(err, apply.ErrUnknownOutcome) || apply.OutcomeOf(err) != apply.Refused {
		t.Errorf("a key store in the wrong state: got %v (%v), want a refusal", err, apply.OutcomeOf(err))
	}
	add := plan.AddPrincipal{Service: "vpce-svc-0123456789abcdef9", Principal: "cks.kms.eu-central-1.amazonaws.com"}
	if _, err := b.Apply(t.Context(), add, mark); apply.OutcomeOf(err) != apply.Refused {
		t.Errorf("no such service: got %v (%v), want a refusal", err, apply.OutcomeOf(err))
	}
}
