package network_test

import (
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

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
		"in lower case":                  {func(w *network.World, l, v string) { w.TXT[l+".example.com"] = []string{strings.ToLower(v)} }, "failed"},
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

func TestAVerifiedNameStaysSoWhileItIsVerifiedAgain(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	w.VerifyPrivateDNS(r.Service)
	if s := r.Service.PrivateDNS.State; s != "verified" {
		t.Errorf("the state is %s, want verified", s)
	}
}

func TestALaterVerificationVoidsAnEarlierOne(t *testing.T) {
	t.Parallel()
	w := networktest.NewWorld()
	r := w.BuildReference(network.Options{})
	dns := r.Service.PrivateDNS
	dns.State = "failed"
	clear(w.TXT)
	w.VerifyPrivateDNS(r.Service)
	networktest.Advance(w, w.Timing.Verify-1)
	w.VerifyPrivateDNS(r.Service)
	networktest.Advance(w, 1)
	if dns.State != "pendingVerification" {
		t.Errorf("the state is %s, want pendingVerification", dns.State)
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
