package rehearse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// TestTheMessagesOwnCommandsMendTheFault types, in observe mode, what the message says, word
// for word, and nothing else.
func TestTheMessagesOwnCommandsMendTheFault(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]scenario.End{
		"running/target-security-group-without-443": {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/shared-target-security-group":      {State: "resolved", Proof: "cause-gone", Encrypts: true},
		"running/load-balancer-egress-missing":      {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/two-faults-at-once":                {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/plaintext-to-the-proxy":            {State: "resolved", Proof: "cause-gone", Encrypts: true},
		"running/proxy-protocol-v2":                 {State: "resolved", Proof: "cause-gone", Encrypts: true},
		"creating/no-ipv4":                          {State: "resolved", Proof: "cause-gone", Absent: true},
		"running/privatelink-enforcement-blocks":    {State: "resolved", Proof: "cause-gone", Encrypts: true},
		"running/network-acl-denies-requests":       {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/network-acl-without-requests":      {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/network-acl-denies-replies":        {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/network-acl-with-narrow-replies":   {State: "resolved", Proof: "cause-gone", Encrypts: true},
		"running/security-group-and-network-acl":    {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"running/peering-without-a-route-back":      {State: "resolved", Proof: "kms-answered", Encrypts: true},
		"creating/kms-principal-missing":            {State: "resolved", Proof: "cause-gone", Absent: true},
		"creating/private-dns-unverified":           {State: "resolved", Proof: "cause-gone", Absent: true},
		"creating/one-zone-only":                    {State: "resolved", Proof: "cause-gone", Absent: true},
		"creating/load-balancer-in-one-zone":        {State: "resolved", Proof: "cause-gone", Absent: true},
		"creating/two-faults-at-once":               {State: "resolved", Proof: "cause-gone", Absent: true},

		"creating/private-dns-record-missing-in-route-53": {State: "resolved", Proof: "cause-gone", Absent: true},
		"running/zone-without-healthy-target-is-asked":    {State: "resolved", Proof: "cause-gone", Encrypts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := found(t, name)
			s.Watch = 30 * time.Minute
			first := s.Play
			s.Play = func(stage *scenario.Stage) {
				if first != nil {
					first(stage)
				}
				needed := func() bool { state, _ := stage.Told(); return state == "needs-person" }
				if !stage.Until(needed, 10*time.Minute) {
					t.Error("nobody was asked to type anything")
				}
				_, commands := stage.Told()
				for _, line := range commands {
					if !strings.HasPrefix(line, "aws ") {
						continue // dig, to see for oneself
					}
					if err := stage.Type(line); err != nil {
						t.Errorf("typing %s: %v", line, err)
					}
				}
			}
			got, err := rehearse.Run(t.Context(), rehearse.Options{Scenario: s, Mode: "observe", Template: template(t)})
			if err != nil {
				t.Fatal(err)
			}
			if got.Writes != nil {
				t.Errorf("the product wrote in observe mode: %v", got.Writes)
			}
			end.Causes = got.Causes
			if err := got.Check(end); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAPersonIsToldOfTheReconnectThatIsLeft types message after message until a FAILED key
// store is connected: the cause first, and once it is gone the reconnect, told once.
func TestAPersonIsToldOfTheReconnectThatIsLeft(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"observe", "approve"} {
		s := found(t, "connecting/failed-for-want-of-443")
		s.Watch = 30 * time.Minute
		var typed []string
		s.Play = func(stage *scenario.Stage) {
			for _, wanted := range []string{"aws ec2 authorize-security-group-ingress ", "aws kms disconnect-custom-key-store "} {
				asked := func() bool {
					state, commands := stage.Told()
					return state == "needs-person" && len(commands) > 0 && strings.HasPrefix(commands[0], wanted)
				}
				if !stage.Until(asked, 10*time.Minute) {
					t.Errorf("%s: nobody was asked to type %s", mode, wanted)
					return
				}
				_, commands := stage.Told()
				stage.Advance(2 * time.Minute) // the same is not told again
				for _, line := range commands {
					if !strings.HasPrefix(line, "aws ") {
						stage.Advance(time.Minute) // until DISCONNECTED
						continue
					}
					typed = append(typed, line)
					if err := stage.Type(line); err != nil {
						t.Errorf("%s: typing %s: %v", mode, line, err)
					}
				}
			}
		}
		got, err := rehearse.Run(t.Context(), rehearse.Options{Scenario: s, Mode: mode, Template: template(t)})
		if err != nil {
			t.Fatal(err)
		}
		if len(typed) != 3 || got.Writes != nil || !got.Encrypts {
			t.Errorf("%s: typed %q, the product wrote %v, KMS encrypts: %v", mode, typed, got.Writes, got.Encrypts)
		}
		asked := 0
		for _, m := range got.Messages {
			if strings.Contains(m.Body, "\naws kms disconnect-custom-key-store ") {
				asked++
			}
		}
		if asked != 1 {
			t.Errorf("%s: %d messages ask for the reconnect, want 1", mode, asked)
		}
	}
}

// TestAKeyStoreThatIsCreatedAfterTheRepairEncrypts repeats a create as the message asks.
func TestAKeyStoreThatIsCreatedAfterTheRepairEncrypts(t *testing.T) {
	t.Parallel()
	s := found(t, "creating/kms-principal-missing")
	s.Play = func(stage *scenario.Stage) {
		if !stage.Until(func() bool { state, _ := stage.Told(); return state == "resolved" }, 10*time.Minute) {
			t.Error("the incident was not resolved")
		}
		if err := stage.Person.Create("payments-hsm"); err != nil {
			t.Errorf("the repeated create: %v", err)
		}
		stage.World(func(w *network.World) {
			for _, ks := range w.KeyStores {
				stage.Ref.KeyStore = ks
				stage.Ref.Workload = w.AddKey(ks.ID, "external")
			}
		})
		if err := stage.Person.Connect(stage.Ref.KeyStore.ID); err != nil {
			t.Error(err)
		}
		stage.Advance(6 * time.Minute)
	}
	got := played(t, rehearse.Options{Scenario: s})
	if !got.Encrypts {
		t.Error("KMS does not encrypt with a key of the new key store")
	}
}
