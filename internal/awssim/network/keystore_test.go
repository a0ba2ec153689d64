package network_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func TestFaultsShowAsAWSSaysWhileCreatingConnectingAndRunning(t *testing.T) {
	t.Parallel()
	for name, tt := range faults {
		t.Run(name+"/creating", func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			o := tt.options
			o.NoKeyStore = true
			r := w.BuildReference(o)
			tt.breaks(w, r)
			got := ""
			if e, _ := w.ServiceFault(r.Service.Name, "https://payments-hsm.xks.example.com"); e != nil {
				got = strings.TrimSuffix(e.Code, "Exception")
			}
			if got != tt.create {
				t.Errorf("the exception is %q, want %q", got, tt.create)
			}
		})
		t.Run(name+"/connecting", func(t *testing.T) {
			t.Parallel()
			o := tt.options
			o.State = network.Disconnected
			w := networktest.NewWorld()
			r := w.BuildReference(o)
			tt.breaks(w, r)
			expectConnect(t, w, r, tt.connect)
		})
		t.Run(name+"/running", func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(tt.options)
			tt.breaks(w, r)
			networktest.Advance(w, 10*time.Second)
			expectRunning(t, w, r, tt.running)
		})
	}
}

func TestProxyAnswersShowAsAWSSaysWhileConnectingAndRunning(t *testing.T) {
	t.Parallel()
	for answer, tt := range answers {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{State: network.Disconnected})
			for _, p := range w.Proxies {
				p.Answer = answer
			}
			expectConnect(t, w, r, tt.connect)
			w.SetState(r.KeyStore, network.Connected, "")
			expectRunning(t, w, r, tt.running)
			if ok, why := w.Reaches(r.KeyStore.ID); !ok {
				t.Errorf("the packets do not get through: %s; want only the proxy to refuse", why)
			}
		})
	}
}

func expectConnect(t *testing.T, w *network.World, r *network.Reference, code string) {
	t.Helper()
	networktest.Advance(w, 10*time.Second) // rules take effect
	w.Connect(r.KeyStore)
	networktest.Advance(w, w.Timing.Connect-1)
	if r.KeyStore.State != network.Connecting {
		t.Errorf("just before five minutes the key store is %s, want CONNECTING", r.KeyStore.State)
	}
	networktest.Advance(w, 1)
	want := network.Failed
	if code == "" {
		want = network.Connected
	}
	if r.KeyStore.State != want || r.KeyStore.ErrorCode != code {
		t.Errorf("the key store is %s %s, want %s %s", r.KeyStore.State, r.KeyStore.ErrorCode, want, code)
	}
}

func expectRunning(t *testing.T, w *network.World, r *network.Reference, text string) {
	t.Helper()
	err := w.Works(r.Workload.ID)
	if text == "" {
		if err != nil {
			t.Errorf("the key does not work: %v; want it to", err)
		}
		return
	}
	e, ok := errors.AsType[*engine.Error](err)
	if !ok || e.Code != "KMSInvalidStateException" || e.Status != 409 || !strings.Contains(e.Message, text) {
		t.Errorf("KMS answers %v, want KMSInvalidStateException 409 with %q", err, text)
	}
}

func TestWhatCutsAConnectedKeyStoreOffFromNewConnectionsOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"KMS principal missing", "acceptance required", "private DNS unverified"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{})
			faults[name].breaks(w, r)
			expectRunning(t, w, r, "")
			w.Disconnect(r.KeyStore)
			networktest.Advance(w, w.Timing.Disconnect)
			expectConnect(t, w, r, faults[name].connect)
		})
	}
}

func TestConnectionsOfKMSComeAndGo(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	show := func(want string) {
		t.Helper()
		got := ""
		for _, c := range r.Service.Connections {
			got += c.Owner + " " + c.State
		}
		if got != want {
			t.Errorf("the connections are %q, want %q", got, want)
		}
	}
	show("999988887777 available")
	w.Disconnect(r.KeyStore)
	show("")
	networktest.Advance(w, w.Timing.Disconnect)
	r.Service.Acceptance = true
	w.Connect(r.KeyStore)
	networktest.Advance(w, w.Timing.Endpoint)
	show("999988887777 pendingAcceptance")
	networktest.Advance(w, w.Timing.Connect)
	show("999988887777 pendingAcceptance")
}

func TestReadsOfAKeyStoresStateLagButKMSKnows(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	seen := func(want string) {
		t.Helper()
		if got, _ := w.Seen(r.KeyStore); got != want {
			t.Errorf("reads show %s, want %s", got, want)
		}
	}
	seen(network.Connected)
	w.Disconnect(r.KeyStore)
	seen(network.Connected)
	expectRunning(t, w, r, "is unavailable.")
	networktest.Advance(w, w.Timing.KeyStore)
	seen(network.Disconnecting)
	networktest.Advance(w, w.Timing.Disconnect-w.Timing.KeyStore)
	seen(network.Disconnecting)
	networktest.Advance(w, w.Timing.KeyStore)
	seen(network.Disconnected)
}

func TestADisconnectWhileConnectingWins(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{State: network.Disconnected})
	w.Connect(r.KeyStore)
	networktest.Advance(w, time.Minute)
	w.Disconnect(r.KeyStore)
	networktest.Advance(w, time.Hour)
	if r.KeyStore.State != network.Disconnected || len(r.Service.Connections) != 0 {
		t.Errorf("the key store is %s with %d connections, want DISCONNECTED with none", r.KeyStore.State, len(r.Service.Connections))
	}
}

func TestADisconnectBeforeTheEndpointIsMadeLeavesNone(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{State: network.Disconnected})
	w.Connect(r.KeyStore)
	networktest.Advance(w, time.Second)
	w.Disconnect(r.KeyStore)
	networktest.Advance(w, time.Hour)
	if n := len(r.Service.Connections); n != 0 {
		t.Errorf("%d connections are left, want none", n)
	}
}

func TestTheEndOfAnOlderDisconnectIsVoid(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	w.Disconnect(r.KeyStore)
	w.Connect(r.KeyStore)
	networktest.Advance(w, w.Timing.Disconnect)
	if r.KeyStore.State != network.Connecting {
		t.Errorf("the key store is %s, want CONNECTING", r.KeyStore.State)
	}
}

func TestOnlyAFailedKeyStoreHasAnErrorCode(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	ks := w.BuildReference(network.Options{}).KeyStore
	for _, state := range []string{network.Connected, network.Connecting, network.Failed, network.Disconnected, network.Disconnecting} {
		w.SetState(ks, state, "NETWORK_ERRORS")
		if has := ks.ErrorCode != ""; has != (state == network.Failed) {
			t.Errorf("in %s the code is %q", state, ks.ErrorCode)
		}
	}
}

func TestAnUnverifiedNameLetsNoConnectionBeAskedFor(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{State: network.Disconnected})
	r.Service.PrivateDNS.State = "failed"
	w.Connect(r.KeyStore)
	networktest.Advance(w, time.Hour)
	if n := len(r.Service.Connections); n != 0 {
		t.Errorf("%d connections, want none: new ones are denied", n)
	}
}

func TestAnErrorCodeIsLostWithTheFailedState(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{State: network.Failed})
	if r.KeyStore.ErrorCode == "" {
		t.Fatal("a FAILED key store has no error code")
	}
	w.Disconnect(r.KeyStore)
	if r.KeyStore.ErrorCode != "" {
		t.Errorf("the error code %s outlives FAILED", r.KeyStore.ErrorCode)
	}
}

func TestAWrongCredentialOrPathIsMendedInTheKeyStore(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	for _, p := range w.Proxies {
		p.KeyID, p.Path = "AKIANEWCREDENTIAL22222", "/prefix/kms/xks/v1"
	}
	expectRunning(t, w, r, "could not authenticate AWS KMS")
	r.KeyStore.AccessKeyID = "AKIANEWCREDENTIAL22222"
	expectRunning(t, w, r, "invalid URI path")
	r.KeyStore.URIPath = "/prefix/kms/xks/v1"
	expectRunning(t, w, r, "")
}

func TestTwoReferencesShareOneAccount(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	first := w.BuildReference(network.Options{})
	second := w.BuildReference(network.Options{Name: "archive-hsm", VPC: first.VPC.ID, Octet: 3})
	for _, r := range []*network.Reference{first, second} {
		expectRunning(t, w, r, "")
	}
	revokeAll(w, first.ProxyGroup)
	networktest.Advance(w, 10*time.Second)
	expectRunning(t, w, first, "cannot communicate")
	expectRunning(t, w, second, "")
}

func TestTheSameWorldBuiltTwiceHasTheSameIDs(t *testing.T) {
	t.Parallel()
	ids := func() []string {
		w := networktest.NewWorld()
		r := w.BuildReference(network.Options{SharedGroup: 1})
		return slices.Concat(network.IDs(w.Interfaces), network.IDs(w.LoadBalancers), network.IDs(w.Keys), []string{r.KeyStore.ID, r.Service.ID})
	}
	if a, b := ids(), ids(); !slices.Equal(a, b) {
		t.Errorf("two worlds differ:\n%v\n%v", a, b)
	}
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html
func TestACloudHSMClusterHasAnIDThatKMSTakes(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`^cluster-[2-7a-zA-Z]{11,16}$`)
	w := network.NewWorld(engine.NewClock(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)), "eu-central-1", "111122223333")
	for range 20 { // every hexadecimal digit comes up
		if ks := w.AddCloudHSMKeyStore("hsm"); !pattern.MatchString(ks.Cluster) {
			t.Errorf("the cluster is called %s", ks.Cluster)
		}
	}
}
