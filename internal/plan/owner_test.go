package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// unread are what checks say of a snapshot that are unknown.
func unread(s path.Snapshot) []check.Finding {
	var found []check.Finding
	for _, f := range check.Run(check.Catalogue(), s) {
		if f.Verdict == check.Unknown {
			found = append(found, f)
		}
	}
	return found
}

// What only the owner of the service sees is asked of the owner, with what to look at there.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func TestTheRequestToTheOwner(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.CrossAccount, pathtest.Service(func(e *path.EndpointService) { e.AcceptanceRequired = true }))
	p := plan.Make(nil, s, plan.Policy{Unread: unread(s)})
	if diff := cmp.Diff([]string{"instruct manual"}, shape(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	a := p.Steps[0].Action
	for _, part := range []string{
		"send this to the endpoint service's owner (account 444455556666)", pathtest.ServiceName, "cks.kms.us-west-2.amazonaws.com and arn:aws:iam::111122223333:root",
		"ACCEPTANCE IS REQUIRED", `its state "verified"`, "us-west-2a, us-west-2b",
	} {
		if !strings.Contains(a.Summary(), part) {
			t.Errorf("the request lacks %q: %s", part, a.Summary())
		}
	}
	var lines []string
	for _, c := range a.Commands() {
		lines = append(lines, plan.Shell(c))
	}
	all := strings.Join(lines, "\n")
	for _, line := range []string{
		"aws ec2 modify-vpc-endpoint-service-permissions --service-id vpce-svc-0123456789abcdef0 --add-allowed-principals arn:aws:iam::111122223333:root",
		"aws ec2 modify-vpc-endpoint-service-configuration --service-id vpce-svc-0123456789abcdef0 --no-acceptance-required",
		"aws ec2 start-vpc-endpoint-service-private-dns-verification --service-id vpce-svc-0123456789abcdef0",
		"aws elbv2 describe-target-health --target-group-arn '<target-group-arn>'",
	} {
		if !strings.Contains(all, line) {
			t.Errorf("the request lacks the command %s:\n%s", line, all)
		}
	}
}

func TestTheOwnerIsAskedOnlyForWhatOnlyTheOwnerSees(t *testing.T) {
	t.Parallel()
	assuming := func(c path.Cause) pathtest.Edit {
		return pathtest.All(pathtest.CrossAccount, func(s *path.Snapshot) {
			s.Gaps = []path.Gap{{Part: path.ServicePermissionsPart, Action: "sts:AssumeRole", On: pathtest.OwnerRole, Cause: c, Message: "no"}}
		})
	}
	tests := map[string]struct {
		edit pathtest.Edit
		want []string
	}{
		"our own service, not read":         {pathtest.Blind(path.ListenersPart), nil},
		"another account's":                 {pathtest.CrossAccount, []string{"instruct manual"}},
		"another account's, read in full":   {pathtest.Through, nil},
		"the owner's role refuses us":       {assuming(path.AccessDenied), []string{"instruct manual"}},
		"the owner's role was throttled":    {assuming(path.Throttled), nil},
		"not visible: exists asks for it":   {pathtest.All(pathtest.CrossAccount, pathtest.NoService), nil},
		"a role's read throttled, no owner": {pathtest.All(pathtest.Through, pathtest.Gap(path.ListenersPart, path.Throttled)), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			if diff := cmp.Diff(tt.want, shape(plan.Make(nil, s, plan.Policy{Unread: unread(s)}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever carries the opt-in tag in another account: nothing is written there.
func TestNothingOfAnotherAccountIsEverChanged(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit  pathtest.Edit
		check check.ID
		asks  string
	}{
		"a closed security group": {pathtest.RevokeIngress(pathtest.ProxyGroup, 443), admits, "in security group"},
		"KMS is off the allow list": {pathtest.Service(func(e *path.EndpointService) { e.Principals = e.Principals[1:] }), principal,
			"allow principal cks.kms.us-west-2.amazonaws.com"},
		"this account is off the allow list": {pathtest.Service(func(e *path.EndpointService) { e.Principals = e.Principals[:1] }), principal,
			"allow principal arn:aws:iam::111122223333:root"},
		"an unverified name": {pathtest.Service(func(e *path.EndpointService) { e.PrivateDnsState = "failed" }), "endpoint-service.private-dns-verified", "verification"},
		"no target":          {pathtest.KeepTargets(0), "target-group.registered", "register"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(pathtest.Through, tt.edit)
			p := plan.Make(fails(t, s, tt.check), s, plan.Policy{OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue, Attempted: true})
			if len(p.Steps) == 0 || !strings.Contains(p.Steps[0].Action.Summary(), tt.asks) {
				t.Fatalf("got %+v, want a step that asks for %q", p.Steps, tt.asks)
			}
			for _, step := range p.Steps {
				if step.Class != plan.Manual || step.Action.Kind() != plan.KindInstruct || !strings.HasPrefix(step.Action.Summary(), "ask the endpoint service's owner (account 444455556666)") {
					t.Errorf("got %s %s: %s", step.Class, step.Action.Kind(), step.Action.Summary())
				}
			}
		})
	}
}
