package network_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

// A fault breaks a healthy reference path; these are known to what each stage makes of them.
var faults = map[string]struct {
	options network.Options
	breaks  func(w *network.World, r *network.Reference)
	create  string // CreateCustomKeyStore's exception, without "Exception"
	connect string // ConnectionErrorCode
	running string // part of KMS's message; empty: a CONNECTED key store goes on working
}{
	"nothing": {breaks: func(*network.World, *network.Reference) {}},
	"target group's security group closed": {
		breaks:  func(w *network.World, r *network.Reference) { revokeAll(w, r.ProxyGroup) },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate with the external key store proxy",
	},
	"load balancer lets nothing out": {
		breaks:  func(w *network.World, r *network.Reference) { revokeAll(w, r.BalancerGroup) },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"enforcement with no inbound rule": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Balancer.Enforce = "on" },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"enforcement off though targets name the group": {
		options: network.Options{Enforce: "on"},
		breaks:  func(_ *network.World, r *network.Reference) { r.Balancer.Enforce = "off" },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"enforcement with 443 from anywhere": {options: network.Options{Enforce: "on"}, breaks: func(*network.World, *network.Reference) {}},
	"a load balancer without groups":     {options: network.Options{NoGroups: true}, breaks: func(*network.World, *network.Reference) {}},
	"listener deleted": {
		breaks:  func(w *network.World, r *network.Reference) { delete(w.Listeners, r.Listener.ARN) },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"listener on another port": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Listener.Port = 8443 },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"target group empty": {
		breaks:  func(_ *network.World, r *network.Reference) { r.TargetGroup.Targets = nil },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"load balancer failed": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Balancer.State = "failed" },
		connect: "NETWORK_ERRORS", running: "cannot communicate",
	},
	"a TLS listener sends plaintext": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Listener.Protocol = "TLS" },
		connect: "XKS_PROXY_INVALID_TLS_CONFIGURATION", running: "cannot establish a TLS connection",
	},
	"proxy protocol on": {
		breaks:  func(_ *network.World, r *network.Reference) { r.TargetGroup.ProxyProtocolV2 = true },
		connect: "XKS_PROXY_INVALID_TLS_CONFIGURATION", running: "cannot establish a TLS connection",
	},
	"every process down": {
		breaks: func(w *network.World, _ *network.Reference) {
			for _, p := range w.Proxies {
				p.Ports = nil
			}
		},
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"one process down is retried elsewhere": {
		breaks: func(w *network.World, r *network.Reference) { w.Proxies[r.Targets[0].Primary()].Ports = nil },
	},
	"KMS principal missing": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Principals = nil },
		create: "XksProxyVpcEndpointServiceNotFound", connect: "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
	},
	"everybody allowed": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Principals = []string{"*"} },
	},
	"acceptance required": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Acceptance = true },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"private DNS unverified": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.PrivateDNS.State = "failed" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"private DNS mismatch": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.PrivateDNS.Name = "other.xks.example.com" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"no private DNS name": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.PrivateDNS = nil },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"one zone of the service": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Zones = r.Service.Zones[:1] },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"one zone of the load balancer": {
		breaks: func(_ *network.World, r *network.Reference) { r.Balancer.Zones = r.Balancer.Zones[:1] },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"gateway load balancer": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Type = "GatewayLoadBalancer" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"IPv6 only": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.AddressTypes = []string{"ipv6"} },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"endpoint service pending": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.State = "Pending" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"endpoint service deleted": {
		breaks: func(w *network.World, r *network.Reference) { w.DeleteService(r.Service) },
		create: "XksProxyVpcEndpointServiceNotFound", connect: "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND", running: "cannot communicate",
	},
	"connection rejected": {
		breaks: func(_ *network.World, r *network.Reference) {
			for _, c := range r.Service.Connections {
				c.State = "rejected"
			}
		},
		running: "cannot communicate",
	},
}

// answers is what each answer of the proxies becomes; Create with a VPC endpoint service
// never asks them.
var answers = map[network.Answer]struct{ connect, running string }{
	network.RefusesCredential: {"INVALID_CREDENTIALS", "could not authenticate AWS KMS"},
	network.WrongPath:         {"XKS_PROXY_INVALID_CONFIGURATION", "because of an invalid URI path"},
	network.BadTLS:            {"XKS_PROXY_INVALID_TLS_CONFIGURATION", "cannot establish a TLS connection"},
	network.Unhealthy:         {"XKS_PROXY_NOT_REACHABLE", "is in an unhealthy state"},
	network.InvalidResponse:   {"XKS_PROXY_INVALID_RESPONSE", "cannot interpret the response"},
	network.SlowLink:          {"XKS_PROXY_TIMED_OUT", "This might be a transient network issue"},
	network.Slow:              {"XKS_PROXY_TIMED_OUT", "because the external key store proxy did not respond in time"},
	network.SlowKeyManager:    {"XKS_PROXY_TIMED_OUT", "did not respond to the request in the time allotted"},
	network.Denies:            {"XKS_PROXY_ACCESS_DENIED", "denied access to the operation"},
	network.NoKeyManager:      {"XKS_PROXY_INVALID_RESPONSE", "cannot communicate with the external key manager"},
	network.Throttles:         {"XKS_PROXY_NOT_REACHABLE", "very high request rate"},
	network.Unsupported:       {"", "does not support the requested cryptographic operation"},
	network.KeyNotFound:       {"", "could not find the external key"},
	network.KeyDisabled:       {"", "is not enabled in the external key manager"},
}

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

func TestCrossZoneAndFailOpen(t *testing.T) {
	t.Parallel()
	down := func(w *network.World, r *network.Reference, targets ...int) {
		for _, i := range targets {
			w.Proxies[r.Targets[i].Primary()].Ports = nil
		}
	}
	tests := map[string]struct {
		options network.Options
		down    []int // targets 0 and 2 are in the first zone, 1 and 3 in the second
		settle  bool  // health has been found out
		ok      bool
	}{
		"all healthy":                             {settle: true, ok: true},
		"one zone dead, not yet found out":        {down: []int{0, 2}, ok: false},
		"one zone dead: DNS drops its address":    {down: []int{0, 2}, settle: true, ok: true},
		"one of two dead, not yet found out":      {down: []int{0}, ok: false},
		"one of two dead: traffic goes past it":   {down: []int{0}, settle: true, ok: true},
		"all dead: fail open sends to them":       {down: []int{0, 1, 2, 3}, settle: true, ok: false},
		"a single target, zones apart: one zone":  {options: network.Options{Targets: 1}, settle: true, ok: true},
		"a single target, zones crossed: closed":  {options: network.Options{Targets: 1, CrossZone: true}, settle: true, ok: false},
		"zones crossed and all admitted: reaches": {options: network.Options{CrossZone: true}, settle: true, ok: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(tt.options)
			if strings.HasSuffix(name, "closed") {
				w.Revoke(r.ProxyGroup, func(rule network.Rule) bool { return rule.CIDR == netip.MustParsePrefix("10.0.2.0/24") })
				w.Settle(r.ProxyGroup)
			}
			down(w, r, tt.down...)
			if tt.settle {
				w.SettleHealth(r.TargetGroup)
			}
			if ok, why := w.Reaches(r.KeyStore.ID); ok != tt.ok {
				t.Errorf("reaches %t (%s), want %t", ok, why, tt.ok)
			}
		})
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

// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
func TestPrivateDNSVerificationWantsTheExactRecord(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		publish func(w *network.World, label, value string)
		want    string
	}{
		"no record":                      {func(*network.World, string, string) {}, "failed"},
		"at the name itself":             {func(w *network.World, l, v string) { w.TXT[l+".payments-hsm.xks.example.com"] = []string{v} }, "verified"},
		"at an ancestor":                 {func(w *network.World, l, v string) { w.TXT[l+".example.com"] = []string{v} }, "verified"},
		"without the label":              {func(w *network.World, _, v string) { w.TXT["xks.example.com"] = []string{v} }, "verified"},
		"beside other values":            {func(w *network.World, _, v string) { w.TXT["example.com"] = []string{"v=spf1 -all", v} }, "verified"},
		"at the top level":               {func(w *network.World, l, v string) { w.TXT[l+".com"] = []string{v} }, "failed"},
		"in another case":                {func(w *network.World, l, v string) { w.TXT[l+".example.com"] = []string{strings.ToUpper(v)} }, "failed"},
		"with the domain appended twice": {func(w *network.World, l, v string) { w.TXT[l+".example.com.example.com"] = []string{v} }, "failed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			r := w.BuildReference(network.Options{})
			clear(w.TXT)
			dns := r.Service.PrivateDNS
			dns.State = "failed"
			tt.publish(w, dns.RecordName, dns.RecordValue)
			w.VerifyPrivateDNS(r.Service)
			networktest.Advance(w, w.Timing.Verify-1)
			if dns.State != "pendingVerification" {
				t.Errorf("while it is looked for the state is %s, want pendingVerification", dns.State)
			}
			networktest.Advance(w, 1)
			if dns.State != tt.want {
				t.Errorf("the state is %s, want %s", dns.State, tt.want)
			}
		})
	}
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

func TestTrailsRecord(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit        func(*network.Trail)
		read, write bool
	}{
		"all management events": {func(*network.Trail) {}, true, true},
		"not logging":           {func(tr *network.Trail) { tr.Logging = false }, false, false},
		"writes only":           {func(tr *network.Trail) { tr.Basic[0].ReadWrite = "WriteOnly" }, false, true},
		"reads only":            {func(tr *network.Trail) { tr.Basic[0].ReadWrite = "ReadOnly" }, true, false},
		"KMS left out":          {func(tr *network.Trail) { tr.Basic[0].ExcludeSources = []string{"kms.amazonaws.com"} }, false, false},
		"another source left out": {func(tr *network.Trail) {
			tr.Basic[0].ExcludeSources = []string{"rdsdata.amazonaws.com"}
		}, true, true},
		"data events only":          {func(tr *network.Trail) { tr.Basic[0].Management = false }, false, false},
		"another Region's":          {func(tr *network.Trail) { tr.MultiRegion, tr.HomeRegion = false, "us-east-1" }, false, false},
		"multi-Region from another": {func(tr *network.Trail) { tr.HomeRegion = "us-east-1" }, true, true},
		"advanced: management": {func(tr *network.Trail) {
			tr.Advanced = []network.AdvancedSelector{{Fields: []network.FieldSelector{{Field: "eventCategory", Equals: []string{"Management"}}}}}
		}, true, true},
		"advanced: writes": {func(tr *network.Trail) {
			tr.Advanced = []network.AdvancedSelector{{Fields: []network.FieldSelector{{Field: "eventCategory", Equals: []string{"Management"}}, {Field: "readOnly", Equals: []string{"false"}}}}}
		}, false, true},
		"advanced: not KMS": {func(tr *network.Trail) {
			tr.Advanced = []network.AdvancedSelector{{Fields: []network.FieldSelector{{Field: "eventCategory", Equals: []string{"Management"}}, {Field: "eventSource", NotEquals: []string{"kms.amazonaws.com"}}}}}
		}, false, false},
		"advanced: data": {func(tr *network.Trail) {
			tr.Advanced = []network.AdvancedSelector{{Fields: []network.FieldSelector{{Field: "eventCategory", Equals: []string{"Data"}}}}}
		}, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := networktest.NewWorld()
			tt.edit(w.AddTrail("t"))
			if read, write := w.TrailsRecord("kms.amazonaws.com", true), w.TrailsRecord("kms.amazonaws.com", false); read != tt.read || write != tt.write {
				t.Errorf("records reads %t, writes %t; want %t, %t", read, write, tt.read, tt.write)
			}
		})
	}
}
