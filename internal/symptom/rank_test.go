package symptom_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

func ids(findings []check.Finding) []check.ID {
	var all []check.ID
	for _, f := range findings {
		all = append(all, f.Check)
	}
	return all
}

// Each row is a fault of a path and what showed; the checks are run as in production.
func TestRankOfFaults(t *testing.T) {
	t.Parallel()
	running := of(symptom.KMSMessage, "KMSInvalidStateException", text("M1"))
	credential := of(symptom.KMSMessage, "KMSInvalidStateException", text("M5"))
	unavailable := of(symptom.KMSMessage, "KMSInvalidStateException", text("M19"))
	create := of(symptom.CreateFailed, "XksProxyVpcEndpointServiceInvalidConfigurationException", "")
	notFound := of(symptom.CreateFailed, "XksProxyVpcEndpointServiceNotFoundException", "")
	revoked := pathtest.RevokeIngress(pathtest.ProxyGroup, 443)
	unhealthy := pathtest.Targets("unhealthy", "Target.FailedHealthChecks")
	type list = []check.ID
	tests := map[string]struct {
		edit                  pathtest.Edit
		symptoms              []symptom.Symptom
		causes, risks, unread list
	}{
		"nothing is wrong": {pathtest.Unchanged, nil, nil, nil, nil},
		"running, the group lacks 443": {
			pathtest.All(revoked, unhealthy), []symptom.Symptom{running}, list{"target.security-group-admits", "target-group.healthy"}, nil, nil,
		},
		"no symptom, so every fault is a risk": {
			pathtest.All(revoked, unhealthy), nil, nil, list{"target-group.healthy", "target.security-group-admits"}, nil,
		},
		"running, the KMS principal is missing: a risk": {pathtest.RemovePrincipal, []symptom.Symptom{running}, nil, list{"endpoint-service.kms-principal-allowed"}, nil},
		"running, verification is lost: a risk":         {pathtest.PrivateDnsState("failed"), []symptom.Symptom{running}, nil, list{"endpoint-service.private-dns-verified"}, nil},
		"create, the KMS principal is missing":          {pathtest.All(pathtest.FailedCreate, pathtest.RemovePrincipal), []symptom.Symptom{notFound}, list{"endpoint-service.kms-principal-allowed"}, nil, nil},
		"create, service not found: verification is another matter": {
			pathtest.All(pathtest.FailedCreate, pathtest.PrivateDnsState("failed")), []symptom.Symptom{notFound}, nil, list{"endpoint-service.private-dns-verified"}, nil,
		},
		"create, two faults at once": {
			pathtest.All(pathtest.FailedCreate, pathtest.PrivateDnsState("failed"), pathtest.RequireAcceptance), []symptom.Symptom{create},
			list{"endpoint-service.acceptance-not-required", "endpoint-service.private-dns-verified"}, nil, nil,
		},
		"create never looks at the network": {pathtest.All(pathtest.FailedCreate, revoked), []symptom.Symptom{create}, nil, list{"target.security-group-admits"}, nil},
		"the service is gone: that before all below it": {
			pathtest.NoService, []symptom.Symptom{running}, list{"endpoint-service.exists"}, nil, nil,
		},
		"the credential is refused: the path is no cause": {revoked, []symptom.Symptom{credential}, nil, list{"target.security-group-admits"}, nil},
		"a single target is a warning, never a cause":     {pathtest.KeepTargets(1), []symptom.Symptom{running}, nil, list{"target-group.registered"}, nil},
		"FAILED is the symptom itself": {
			pathtest.All(pathtest.State("FAILED", "INVALID_CREDENTIALS")), []symptom.Symptom{{Kind: symptom.ConnectionError, Code: "INVALID_CREDENTIALS"}, unavailable}, nil, nil, nil,
		},
		"FAILED, and why": {
			pathtest.All(pathtest.State("FAILED", "XKS_PROXY_NOT_REACHABLE"), pathtest.DeleteListener),
			[]symptom.Symptom{{Kind: symptom.ConnectionError, Code: "XKS_PROXY_NOT_REACHABLE"}}, list{"load-balancer.listener-443"}, nil, nil,
		},
		"an unavailable key of a FAILED store, seen alone": {pathtest.State("FAILED", "INTERNAL_ERROR"), []symptom.Symptom{unavailable}, list{"key-store.connection-state"}, nil, nil},
		"an unavailable key of a DISCONNECTED store":       {pathtest.State("DISCONNECTED", ""), []symptom.Symptom{unavailable}, nil, nil, nil},
		"the canary is the symptom itself": {
			pathtest.All(pathtest.Canary("KMSInvalidStateException", text("M1")), revoked),
			[]symptom.Symptom{of(symptom.CanaryFailed, "KMSInvalidStateException", text("M1"))}, list{"target.security-group-admits"}, nil, nil,
		},
		"a part that was not read": {
			pathtest.Blind(path.ListenersPart), []symptom.Symptom{{Kind: symptom.NoHealthyTarget}}, nil, list{"diagnosis.visibility"},
			list{"target-group.registered", "load-balancer.listener-forwards", "target.security-group-admits", "load-balancer.egress-to-targets",
				"target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable", "target-group.protocol", "target-group.healthy"},
		},
		"a part not read that could not explain": {pathtest.Blind(path.ServicePermissionsPart), []symptom.Symptom{running}, nil, list{"diagnosis.visibility"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := symptom.Rank(tt.symptoms, check.Run(check.Catalogue(), pathtest.With(tt.edit)))
			got := [][]check.ID{ids(r.Causes), ids(r.Risks), ids(r.Unread)}
			if diff := cmp.Diff([][]check.ID{tt.causes, tt.risks, tt.unread}, got); diff != "" {
				t.Errorf("causes, risks, unread (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCouldHaveExplainedAndPassedIsRuledOut(t *testing.T) {
	t.Parallel()
	r := symptom.Rank([]symptom.Symptom{of(symptom.KMSMessage, "KMSInvalidStateException", text("M3"))}, check.Run(check.Catalogue(), pathtest.Healthy()))
	want := slices.DeleteFunc(slices.Clone(wantSlow), func(id check.ID) bool { return id == "target.on-premises-reachable" }) // no target is outside
	if diff := cmp.Diff(want, ids(r.RuledOut)); diff != "" {
		t.Errorf("ruled out (-want +got):\n%s", diff)
	}
	if len(r.Causes)+len(r.Risks)+len(r.Unread) != 0 {
		t.Errorf("a healthy path has %+v", r)
	}
}

// The order of causes does not depend on the order of the symptoms or of the findings.
func TestTheMostSpecificCauseIsFirstWhateverTheOrder(t *testing.T) {
	t.Parallel()
	symptoms := []symptom.Symptom{{Kind: symptom.NoHealthyTarget}, of(symptom.KMSMessage, "KMSInvalidStateException", text("M1"))}
	var findings []check.Finding
	for _, id := range []check.ID{"target-group.healthy", "target.security-group-admits", "endpoint-service.exists", "load-balancer.active"} {
		findings = append(findings, check.Finding{Check: id, Verdict: check.Fail})
	}
	want := []check.ID{"endpoint-service.exists", "load-balancer.active", "target.security-group-admits", "target-group.healthy"}
	for range 2 {
		slices.Reverse(findings)
		slices.Reverse(symptoms)
		if got := ids(symptom.Rank(symptoms, findings).Causes); !slices.Equal(got, want) {
			t.Errorf("causes %v, want %v", got, want)
		}
	}
}

func randomFindings(t *rapid.T) []check.Finding {
	catalogue := check.Catalogue()
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) check.Finding {
		return check.Finding{
			Check:   catalogue[rapid.IntRange(0, len(catalogue)-1).Draw(t, "check")].ID,
			Subject: path.ARN(fmt.Sprintf("arn:%d", rapid.IntRange(0, 3).Draw(t, "subject"))),
			Verdict: rapid.SampledFrom([]check.Verdict{check.Unknown, check.NotApplicable, check.Fail, check.Pass}).Draw(t, "verdict"),
			Warning: rapid.Bool().Draw(t, "warning"),
		}
	}), 0, 20).Draw(t, "findings")
}

func TestRankLosesNoFailAndInventsNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		symptoms := rapid.SliceOfN(rapid.SampledFrom(everySymptom()), 0, 4).Draw(t, "symptoms")
		findings := randomFindings(t)
		before, err := json.Marshal(findings)
		if err != nil {
			t.Fatal(err)
		}
		r := symptom.Rank(symptoms, findings)
		after, err := json.Marshal(findings)
		if err != nil || string(before) != string(after) {
			t.Errorf("Rank changed its input: %s, %v", after, err)
		}
		fails := 0
		for _, f := range findings {
			if f.Verdict == check.Fail && f.Check != "key-store.connection-state" && f.Check != "key-store.answers" {
				fails++
			}
		}
		told := 0
		for _, f := range append(slices.Clone(r.Causes), r.Risks...) {
			if f.Check != "key-store.connection-state" && f.Check != "key-store.answers" {
				told++
			}
		}
		if told != fails {
			t.Errorf("%d fails are told as %d", fails, told)
		}
		for _, f := range r.Causes {
			if f.Warning || f.Verdict != check.Fail {
				t.Errorf("cause %+v", f)
			}
		}
		if diff := cmp.Diff(r, symptom.Rank(symptoms, findings)); diff != "" {
			t.Errorf("the same input, another ranking:\n%s", diff)
		}
	})
}
