package apply_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/apply"
	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// writes is one action of every kind that is applied, with its operation and IAM action.
func writes(b *bench) map[string]plan.Action {
	svc, ks := path.ServiceID(b.ref.Service.ID), path.KeyStoreID(b.ref.KeyStore.ID)
	in := b.open()
	add := plan.AddPrincipal{Service: svc, Principal: "cks.kms.eu-central-1.amazonaws.com"}
	return map[string]plan.Action{
		"ec2:AuthorizeSecurityGroupIngress":                  in,
		"ec2:RevokeSecurityGroupIngress":                     plan.RevokeIngress{Group: in.Group, Missing: in.Missing},
		"ec2:AuthorizeSecurityGroupEgress":                   plan.AuthorizeEgress{Group: in.Group, Missing: in.Missing},
		"ec2:RevokeSecurityGroupEgress":                      plan.RevokeEgress{Group: in.Group, Missing: in.Missing},
		"ec2:ModifyVpcEndpointServicePermissions":            add,
		"ec2:StartVpcEndpointServicePrivateDnsVerification":  plan.RestartVerification{Service: svc},
		"kms:DisconnectCustomKeyStore":                       plan.DisconnectKeyStore{KeyStore: ks, Code: "INTERNAL_ERROR"},
		"kms:ConnectCustomKeyStore":                          plan.ConnectKeyStore{KeyStore: ks},
		"ec2:ModifyVpcEndpointServicePermissions, to remove": plan.RemovePrincipal(add),
	}
}

func TestEveryWriteSaysWhatItsErrorMeans(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ec2, kms engine.Error
		want     apply.Outcome
		is       error
	}{
		"throttled":            {engine.Error{Code: "RequestLimitExceeded", Status: 503}, engine.Error{Code: "ThrottlingException"}, apply.Later, nil},
		"AWS broke down":       {engine.Error{Code: "InternalError", Status: 500}, engine.Error{Code: "KMSInternalException", Status: 500}, apply.Unclear, apply.ErrUnknownOutcome},
		"a mistake":            {engine.Error{Code: "InvalidParameterValue"}, engine.Error{Code: "CustomKeyStoreInvalidStateException"}, apply.Refused, nil},
		"a quota":              {engine.Error{Code: "RulesPerSecurityGroupLimitExceeded"}, engine.Error{Code: "CustomKeyStoreNotFoundException"}, apply.Refused, nil},
		"refused by IAM":       {engine.Error{Code: "UnauthorizedOperation", Status: 403}, engine.Error{Code: "AccessDeniedException"}, apply.Refused, nil},
		"a code never seen":    {engine.Error{Code: "NewException"}, engine.Error{Code: "NewException"}, apply.Refused, nil},
		"an answer of no code": {engine.Error{Code: "", Status: 502}, engine.Error{Code: "", Status: 502}, apply.Unclear, apply.ErrUnknownOutcome},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, network.Options{State: network.Failed})
			for title, a := range writes(b) {
				iam, _, _ := strings.Cut(title, ",")
				service, operation, _ := strings.Cut(iam, ":")
				answer := map[string]engine.Error{"ec2": tt.ec2, "kms": tt.kms}[service]
				b.spoil(operation, always, engine.Fault{Error: &answer})
				_, err := b.Apply(t.Context(), a, mark)
				if got := apply.OutcomeOf(err); got != tt.want || tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%s: got %v: %v; want %v", title, got, err, tt.want)
				}
				if want := "applying " + string(a.Kind()) + " to " + string(a.Resource()); err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%s: got error %v, want it to begin with %q", title, err, want)
				}
				denied, ok := errors.AsType[*awserr.Denied](err)
				if ok != (name == "refused by IAM") || ok && denied.Action != iam {
					t.Errorf("%s: got denied %v, want it to name %s where IAM refused", title, denied, iam)
				}
			}
		})
	}
}

// A refused read names the permission that is missing, and nothing is concluded from it.
func TestARefusedReadIsAnError(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{ // read → actions of writes
		"ec2:DescribeSecurityGroups":                   {"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress"},
		"ec2:DescribeNetworkInterfaces":                {"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"},
		"ec2:DescribeVpcEndpointServiceConfigurations": {"ec2:ModifyVpcEndpointServicePermissions", "ec2:StartVpcEndpointServicePrivateDnsVerification", "kms:ConnectCustomKeyStore"},
		"ec2:DescribeVpcEndpointServicePermissions":    {"ec2:ModifyVpcEndpointServicePermissions", "ec2:ModifyVpcEndpointServicePermissions, to remove"},
		"kms:DescribeCustomKeyStores":                  {"kms:DisconnectCustomKeyStore", "kms:ConnectCustomKeyStore"},
	}
	for read, titles := range tests {
		t.Run(read, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, network.Options{State: network.Failed})
			if err := b.sim.Deny("fixer", read); err != nil {
				t.Fatal(err)
			}
			for _, title := range titles {
				_, err := b.Read(t.Context(), writes(b)[title])
				if denied, ok := errors.AsType[*awserr.Denied](err); !ok || denied.Action != read || apply.Passing(err) {
					t.Errorf("for %s: got %v (passing: %v), want %s denied", title, err, apply.Passing(err), read)
				}
			}
		})
	}
}

func TestAThrottledReadPasses(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.spoil("DescribeSecurityGroups", always, engine.Fault{Error: &engine.Error{Code: "RequestLimitExceeded", Status: 503}})
	if _, err := b.Read(t.Context(), b.open()); !apply.Passing(err) {
		t.Errorf("got %v, want one that passes", err)
	}
}

// Each write is the one call that its name says, on the one resource, and reads are reads.
func TestCallsAreTheOnesThatAreGranted(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{State: network.Failed})
	for title, a := range writes(b) {
		b.sim.ResetCalls()
		b.look(t, a)
		for _, c := range b.sim.Calls() {
			if !c.ReadOnly {
				t.Errorf("reading for %s calls %s", title, c.Action)
			}
		}
		b.sim.ResetCalls()
		_, _ = b.Apply(t.Context(), a, mark) // some are refused: what counts is what was asked
		iam, _, _ := strings.Cut(title, ",")
		for _, c := range b.sim.Calls() {
			if !c.ReadOnly && c.Action != iam {
				t.Errorf("%s calls %s", title, c.Action)
			}
		}
	}
}

func TestWhatTheProductNeverApplies(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	for _, a := range []plan.Action{
		plan.AcceptConnections{Service: "vpce-svc-1"}, plan.SetAcceptanceOff{Service: "vpce-svc-1"}, plan.SetAcceptanceOn{Service: "vpce-svc-1"},
		plan.RefreshZones{Service: "vpce-svc-1"}, plan.SetSubnets{LoadBalancer: "arn:lb"}, plan.EnforcementOff{LoadBalancer: "arn:lb"}, plan.EnforcementOn{LoadBalancer: "arn:lb"},
		plan.CreateNetworkACLEntry{ACL: "acl-1"}, plan.DeleteNetworkACLEntry{ACL: "acl-1"},
		plan.Instruct{On: "x"}, nil,
	} {
		if _, err := b.Apply(t.Context(), a, mark); !errors.Is(err, apply.ErrNeverApplied) || apply.OutcomeOf(err) != apply.Refused {
			t.Errorf("applying %T: got %v", a, err)
		}
		if _, err := b.Read(t.Context(), a); !errors.Is(err, apply.ErrNeverApplied) {
			t.Errorf("reading for %T: got %v", a, err)
		}
	}
	for _, m := range []apply.Mark{{}, {Incident: "i"}, {Step: "s"}} {
		if _, err := b.Apply(t.Context(), b.open(), m); err == nil {
			t.Errorf("a change was made under the mark %+v", m)
		}
	}
	if n := len(b.sim.Calls()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	tests := map[apply.Outcome]error{
		apply.Done:    nil,
		apply.Already: fmt.Errorf("x: %w", plan.ErrAlreadyHolds),
		apply.Later:   fmt.Errorf("x: %w", plan.ErrStale),
		apply.Unclear: fmt.Errorf("x: %w", apply.ErrUnknownOutcome),
		apply.Refused: errors.New("x"),
	}
	for want, err := range tests {
		if got := apply.OutcomeOf(err); got != want {
			t.Errorf("%v: got %v, want %v", err, got, want)
		}
	}
	var zero apply.Outcome
	if zero != apply.Unclear || zero.String() != "unclear" {
		t.Errorf("the zero outcome is %v", zero)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	if got, want := mark.String(), "xks-remediator 01JXYZ0123456789ABCDEFGHJK 1-authorize-ingress"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	odd := apply.Mark{Incident: "ä\"<>", Step: strings.Repeat("x", 300)}.String()
	if len(odd) != 255 || !strings.HasPrefix(odd, "xks-remediator ____ xxx") {
		t.Errorf("got %d characters: %q", len(odd), odd)
	}
}
