package rehearse_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// The page tells the owner of the path to give just the policy that is rehearsed.
func TestTheOwnersPolicyIsTheOneInTheDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/iam.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```json\n"+scenario.OwnerReadPolicy+"\n```") {
		t.Error("docs/iam.md does not hold scenario.OwnerReadPolicy as it is")
	}
}

// Another account's side is read in full only where its role may be assumed: by the caller's
// policy, the role's trust and the external ID.
func TestReadingAnotherAccountsSide(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		role       string // that the product is told of
		externalID string
		trusted    string
		deny       string // to the product, or to the role
		admitted   bool
		full       bool
		gap        path.Gap // its part, action and cause
	}{
		"no role":                               {admitted: true, gap: path.Gap{Part: path.ServicePermissionsPart, Action: "ec2:DescribeVpcEndpointServicePermissions", Cause: path.NotVisible}},
		"a role":                                {role: "reader", externalID: "id", admitted: true, full: true},
		"a role, and a service that is hidden":  {role: "reader", externalID: "id", full: true},
		"a role of nobody's":                    {role: "nobody", externalID: "id", admitted: true, gap: path.Gap{Part: path.ServicePermissionsPart, Action: "sts:AssumeRole", Cause: path.AccessDenied}},
		"the wrong external ID":                 {role: "reader", externalID: "other", admitted: true, gap: path.Gap{Part: path.ServicePermissionsPart, Action: "sts:AssumeRole", Cause: path.AccessDenied}},
		"a role that trusts somebody else":      {role: "reader", externalID: "id", trusted: "777788889999", admitted: true, gap: path.Gap{Part: path.ServicePermissionsPart, Action: "sts:AssumeRole", Cause: path.AccessDenied}},
		"a role that trusts nobody, and hidden": {role: "reader", externalID: "id", trusted: "777788889999", gap: path.Gap{Part: path.ServicePart, Action: "sts:AssumeRole", Cause: path.AccessDenied}},
		"a role that lacks a read":              {role: "reader", externalID: "id", deny: "ec2:DescribeSecurityGroups", admitted: true, full: true, gap: path.Gap{Part: path.SecurityGroupsPart, Action: "ec2:DescribeSecurityGroups", Cause: path.AccessDenied}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := awssim.New(awssim.Options{})
			defer sim.Close()
			var ref *network.Reference
			sim.Do(func(w *network.World) {
				if ref = w.BuildReference(network.Options{Owner: scenario.OwnerAccount}); !tt.admitted {
					scenario.AccountNotAdmitted(w, ref)
				}
			})
			policy, err := engine.ParsePolicy("reads", []byte(scenario.OwnerReadPolicy))
			if err != nil {
				t.Fatal(err)
			}
			role := awssim.OwnerRole{Account: scenario.OwnerAccount, Name: "reader", ExternalID: "id", Trusted: tt.trusted, Policies: []engine.Policy{policy}}
			sim.AddOwnerRole(role)
			if tt.deny != "" {
				if err := sim.Deny(role.Name, tt.deny); err != nil {
					t.Fatal(err)
				}
			}
			got := lookFrom(t, sim, ref, tt.role, tt.externalID)
			if in := got.Service != nil && got.Service.InFull(); in != tt.full {
				t.Errorf("the service is read in full: %v, want %v (%+v)", in, tt.full, got.Gaps)
			}
			if got.Service != nil && got.Service.Owned {
				t.Error("another account's service is said to be ours")
			}
			if tt.full && (len(got.LoadBalancers) != 1 || len(got.TargetGroups) != 1 || len(got.TargetGroups[0].Targets) != 4 || len(got.LoadBalancers[0].Nodes) != 2) {
				t.Errorf("read in part: %d load balancers, %d target groups", len(got.LoadBalancers), len(got.TargetGroups))
			}
			first, _ := got.Gap(tt.gap.Part)
			if first = (path.Gap{Part: first.Part, Action: first.Action, Cause: first.Cause}); first != tt.gap {
				t.Errorf("got gap %+v, want %+v", first, tt.gap)
			}
			for _, f := range check.Run(check.Catalogue(), got) {
				if f.Verdict == check.Fail && tt.admitted && f.Check != "diagnosis.visibility" {
					t.Errorf("%s fails: %s", f.Check, f.Evidence.Seen)
				}
			}
		})
	}
}

// lookFrom takes a snapshot of the reference's key store as this account, with a role.
func lookFrom(t *testing.T, sim *awssim.Sim, ref *network.Reference, role, externalID string) path.Snapshot {
	t.Helper()
	id, secret := sim.Credentials(awssim.Workload)
	o := collect.Options{Account: "111122223333", Now: sim.Now, OwnerExternalID: externalID}
	if role != "" {
		o.OwnerRoles = []string{"arn:aws:iam::" + scenario.OwnerAccount + ":role/" + role}
	}
	cfg := aws.Config{Region: sim.Region(), BaseEndpoint: aws.String(sim.URL()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	return collect.New(cfg, o).Snapshot(t.Context(), path.Subject{Kind: path.KeyStoreSubject, ID: ref.KeyStore.ID}, path.Requested{}, nil, nil)
}
