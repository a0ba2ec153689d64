package awscli_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/rehearse/awscli"
)

func TestACommandDoesWhatItSays(t *testing.T) {
	t.Parallel()
	sim := awssim.New(awssim.Options{})
	t.Cleanup(sim.Close)
	var ref *network.Reference
	sim.Do(func(w *network.World) { ref = w.BuildReference(network.Options{}) })
	id, secret := sim.Credentials(awssim.Admin)
	cfg := aws.Config{Region: sim.Region(), BaseEndpoint: aws.String(sim.URL()), Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	commands := []struct {
		line string
		done func(*network.World) bool
	}{
		{"aws ec2 modify-vpc-endpoint-service-configuration --service-id " + ref.Service.ID + " --acceptance-required", func(*network.World) bool { return ref.Service.Acceptance }},
		{"aws ec2 modify-vpc-endpoint-service-configuration --service-id " + ref.Service.ID + " --no-acceptance-required", func(*network.World) bool { return !ref.Service.Acceptance }},
		{"aws ec2 modify-vpc-endpoint-service-permissions --service-id " + ref.Service.ID + " --add-allowed-principals arn:aws:iam::111122223333:root arn:aws:iam::111122223333:user/Bob", func(*network.World) bool { return len(ref.Service.Principals) == 3 }},
		{`aws ec2 authorize-security-group-ingress --group-id ` + ref.ProxyGroup.ID + ` --ip-permissions '[{"IpProtocol":"tcp","FromPort":8443,"ToPort":8443,"IpRanges":[{"CidrIp":"10.0.1.7/32"}]}]'`, func(w *network.World) bool {
			for _, r := range w.Rules(ref.ProxyGroup) {
				if r.FromPort == 8443 && r.CIDR.String() == "10.0.1.7/32" {
					return true
				}
			}
			return false
		}},
		{`aws kms update-custom-key-store --cli-input-json '{"CustomKeyStoreId":"` + ref.KeyStore.ID + `","NewCustomKeyStoreName":"payments"}'`, func(*network.World) bool { return ref.KeyStore.Name == "payments" }},
		{"aws elbv2 modify-target-group-attributes --target-group-arn " + ref.TargetGroup.ARN + " --attributes Key=proxy_protocol_v2.enabled,Value=true Key=load_balancing.cross_zone.enabled,Value=true", func(*network.World) bool {
			return ref.TargetGroup.ProxyProtocolV2 && ref.TargetGroup.CrossZone == "true"
		}},
		{"aws ec2 create-network-acl-entry --network-acl-id " + ref.NodeSubnets[0].ACL + " --rule-number 90 --protocol 6 --rule-action allow --egress --cidr-block 10.0.11.20/32 --port-range From=443,To=444", func(w *network.World) bool {
			e := w.ACLs[ref.NodeSubnets[0].ACL].Entries
			return e[len(e)-1].Egress && e[len(e)-1].FromPort == 443 && e[len(e)-1].ToPort == 444
		}},
		{"aws ec2 create-network-acl-entry --network-acl-id " + ref.NodeSubnets[0].ACL + " --rule-number 90 --protocol 6 --rule-action allow --ingress --cidr-block 10.0.11.20/32 --port-range From=443,To=443", func(w *network.World) bool {
			e := w.ACLs[ref.NodeSubnets[0].ACL].Entries
			return !e[len(e)-1].Egress && e[len(e)-1].Number == 90
		}},
		{"aws ec2 modify-vpc-attribute --vpc-id " + ref.VPC.ID + " --enable-dns-hostnames Value=false", func(*network.World) bool { return !ref.VPC.DNSHostnames }},
		{"aws kms disconnect-custom-key-store --custom-key-store-id " + ref.KeyStore.ID, func(*network.World) bool { return ref.KeyStore.State == network.Disconnecting }},
	}
	for _, c := range commands {
		if _, err := awscli.Type(t.Context(), cfg, c.line); err != nil {
			t.Errorf("%s: %v", c.line, err)
		}
		sim.Do(func(w *network.World) {
			if !c.done(w) {
				t.Errorf("%s: did not happen", c.line)
			}
		})
	}
}

func TestWhatIsNotUnderstoodIsSaid(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ls -l":                        "no command of the AWS CLI",
		"aws s3 ls":                    "not among ec2, elbv2, kms and route53",
		"aws ec2 fly-away":             "no operation fly-away",
		"aws kms describe-key --wings": "--wings is not known",
		"aws elbv2 modify-target-group-attributes --attributes on": "no structure in shorthand",
		"aws kms describe-key wings":                               "where an option is expected",
		"aws kms 'describe-key":                                    "not closed",
		"aws kms describe-key $(rm)":                               "something else",
	} {
		if _, err := awscli.Type(t.Context(), aws.Config{Region: "eu-central-1"}, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", line, err, want)
		}
	}
}
