package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestTheInverseOfTheInverseIsTheAction(t *testing.T) {
	t.Parallel()
	for _, a := range samples() {
		t.Run(string(a.Kind()), func(t *testing.T) {
			t.Parallel()
			inverse, why := a.Inverse()
			if (inverse == nil) != (why != "") {
				t.Fatalf("inverse %v with reason %q: want one of the two", inverse, why)
			}
			if inverse == nil {
				return
			}
			back, _ := inverse.Inverse()
			want := a
			if r, ok := a.(plan.RevokeIngress); ok {
				r.RuleIDs = nil // rules made anew have IDs of their own
				want = r
			}
			if diff := cmp.Diff(want, back, prefixes()); diff != "" {
				t.Errorf("inverse of the inverse (-want +got):\n%s", diff)
			}
			if inverse.Resource() != a.Resource() {
				t.Errorf("the inverse changes %s, the action %s", inverse.Resource(), a.Resource())
			}
		})
	}
}

func TestSummariesAndCommands(t *testing.T) {
	t.Parallel()
	const (
		description = `"Description":"KMS external key store path"`
		service     = "aws ec2 modify-vpc-endpoint-service-configuration --service-id vpce-svc-1"
	)
	type text struct{ summary, commands string }
	tests := map[plan.Kind]text{
		plan.KindAuthorizeIngress: {"allow tcp 443 from 10.0.1.7/32 in security group sg-1",
			`aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"10.0.1.7/32",` + description + `}]}]'`},
		plan.KindRevokeIngress: {"no longer allow tcp 443 from 10.0.1.7/32 in security group sg-1",
			`aws ec2 revoke-security-group-ingress --group-id sg-1 --security-group-rule-ids sgr-1 sgr-2`},
		plan.KindAuthorizeEgress: {"allow tcp 443 to 10.0.1.9/32 out of security group sg-1",
			`aws ec2 authorize-security-group-egress --group-id sg-1 --ip-permissions '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"10.0.1.9/32",` + description + `}]}]'`},
		plan.KindRevokeEgress: {"no longer allow tcp 443 to 10.0.1.9/32 out of security group sg-1",
			`aws ec2 revoke-security-group-egress --group-id sg-1 --ip-permissions '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"10.0.1.9/32"}]}]'`},
		plan.KindAddPrincipal: {"allow principal cks.kms.us-west-2.amazonaws.com to connect to endpoint service vpce-svc-1",
			"aws ec2 modify-vpc-endpoint-service-permissions --service-id vpce-svc-1 --add-allowed-principals cks.kms.us-west-2.amazonaws.com"},
		plan.KindRemovePrincipal: {"no longer allow principal cks.kms.us-west-2.amazonaws.com to connect to endpoint service vpce-svc-1",
			"aws ec2 modify-vpc-endpoint-service-permissions --service-id vpce-svc-1 --remove-allowed-principals cks.kms.us-west-2.amazonaws.com"},
		plan.KindRestartVerification: {"start the verification of endpoint service vpce-svc-1's private DNS name again",
			"aws ec2 start-vpc-endpoint-service-private-dns-verification --service-id vpce-svc-1"},
		plan.KindDisconnectKeyStore: {"disconnect key store cks-1 (FAILED, INTERNAL_ERROR), to connect it again",
			"aws kms disconnect-custom-key-store --custom-key-store-id cks-1\n" +
				`sh -c 'until aws kms describe-custom-key-stores --custom-key-store-id cks-1 --query "CustomKeyStores[].ConnectionState" --output text | grep -qx DISCONNECTED; do sleep 5; done'` + "\n" +
				"aws kms connect-custom-key-store --custom-key-store-id cks-1"},
		plan.KindConnectKeyStore: {"connect key store cks-1", "aws kms connect-custom-key-store --custom-key-store-id cks-1"},
		plan.KindAcceptConnections: {"accept the connection of vpce-1, vpce-2 to endpoint service vpce-svc-1",
			"aws ec2 accept-vpc-endpoint-connections --service-id vpce-svc-1 --vpc-endpoint-ids vpce-1 vpce-2"},
		plan.KindSetAcceptanceOff: {"no longer require acceptance of connections to endpoint service vpce-svc-1", service + " --no-acceptance-required"},
		plan.KindSetAcceptanceOn:  {"require acceptance of connections to endpoint service vpce-svc-1", service + " --acceptance-required"},
		plan.KindRefreshZones:     {"make endpoint service vpce-svc-1 take over its load balancer's Availability Zones", service},
		plan.KindUpsertTXT: {`publish TXT record _a.example.com with the value "vpce:New" in hosted zone Z1, beside the 1 that the record has`,
			"aws route53 change-resource-record-sets --hosted-zone-id Z1 --change-batch " +
				`'{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"_a.example.com","Type":"TXT","TTL":300,"ResourceRecords":[{"Value":"\"vpce:Old\""},{"Value":"\"vpce:New\""}]}}]}'`},
		plan.KindRestoreTXT: {`take the value "vpce:New" out of TXT record _a.example.com in hosted zone Z1`,
			"aws route53 change-resource-record-sets --hosted-zone-id Z1 --change-batch " +
				`'{"Changes":[{"Action":"DELETE","ResourceRecordSet":{"Name":"_a.example.com","Type":"TXT","TTL":1800,"ResourceRecords":[{"Value":"\"vpce:New\""}]}}]}'`},
		plan.KindSetSubnets: {"enable Availability Zone us-west-2b on load balancer arn:lb, in subnet subnet-b",
			"aws elbv2 set-subnets --load-balancer-arn arn:lb --subnets subnet-a subnet-b"},
		plan.KindEnforcementOff: {"no longer enforce security group inbound rules on PrivateLink traffic of load balancer arn:lb",
			"aws elbv2 set-security-groups --load-balancer-arn arn:lb --security-groups sg-1 sg-2 --enforce-security-group-inbound-rules-on-private-link-traffic off"},
		plan.KindEnforcementOn: {"enforce security group inbound rules on PrivateLink traffic of load balancer arn:lb",
			"aws elbv2 set-security-groups --load-balancer-arn arn:lb --security-groups sg-1 sg-2 --enforce-security-group-inbound-rules-on-private-link-traffic on"},
		plan.KindCreateNetworkACLEntry: {"allow tcp 443 to 10.0.2.9/32 in network ACL acl-1, as its outbound rule 89",
			"aws ec2 create-network-acl-entry --network-acl-id acl-1 --rule-number 89 --protocol 6 --rule-action allow --egress --cidr-block 10.0.2.9/32 --port-range From=443,To=443"},
		plan.KindDeleteNetworkACLEntry: {"no longer allow tcp 1024-65535 from fd00::9/128 in network ACL acl-1, by its inbound rule 110",
			"aws ec2 delete-network-acl-entry --network-acl-id acl-1 --rule-number 110 --ingress"},
		plan.KindCrossZoneOn: {"turn cross-zone load balancing on for arn:lb, so that healthy targets of any zone serve every zone",
			"aws elbv2 modify-load-balancer-attributes --load-balancer-arn arn:lb --attributes Key=load_balancing.cross_zone.enabled,Value=true"},
		plan.KindCrossZoneOff: {"turn cross-zone load balancing off for arn:lb",
			"aws elbv2 modify-load-balancer-attributes --load-balancer-arn arn:lb --attributes Key=load_balancing.cross_zone.enabled,Value=false"},
		plan.KindEnableVpcDns: {"enable DNS resolution and DNS hostnames in VPC vpc-1",
			"aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support Value=true\naws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-hostnames Value=true"},
		plan.KindDisableVpcDns: {"disable DNS hostnames in VPC vpc-1", "aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-hostnames Value=false"},
		plan.KindInstruct:      {"look at the proxy", "dig +short TXT _a.example.com"},
	}
	for _, a := range samples() {
		t.Run(string(a.Kind()), func(t *testing.T) {
			t.Parallel()
			var lines []string
			for _, c := range a.Commands() {
				lines = append(lines, plan.Shell(c))
			}
			if diff := cmp.Diff(tests[a.Kind()], text{a.Summary(), strings.Join(lines, "\n")}, cmp.AllowUnexported(text{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestARuleNamesThePeerOnceHoweverManyTargetsThereAre(t *testing.T) {
	t.Parallel()
	missing := tcp("10.0.1.7/32", "10.0.1.9/32", 443).Union(tcp("10.0.1.7/32", "10.0.2.9/32", 443)).
		Union(tcp("10.0.2.7/32", "10.0.2.9/32", 443)).Union(tcp("10.0.2.7/32", "10.0.2.9/32", 8443))
	tests := map[string]struct {
		action plan.Action
		want   string
	}{
		"in":  {plan.AuthorizeIngress{Group: "sg-1", Missing: missing}, "allow tcp 443 from 10.0.1.7/32, 10.0.2.7/32 and tcp 8443 from 10.0.2.7/32 in security group sg-1"},
		"out": {plan.AuthorizeEgress{Group: "sg-1", Missing: missing}, "allow tcp 443 to 10.0.1.9/32, 10.0.2.9/32 and tcp 8443 to 10.0.2.9/32 out of security group sg-1"},
		"two ports side by side": {plan.AuthorizeIngress{Group: "sg-1", Missing: tcp("10.0.1.7/32", "10.0.1.9/32", 443).Union(tcp("10.0.1.7/32", "10.0.1.9/32", 444))},
			"allow tcp 443-444 from 10.0.1.7/32 in security group sg-1"},
		"IPv6": {plan.AuthorizeIngress{Group: "sg-1", Missing: tcp("fd00::7/128", "fd00::9/128", 443)}, "allow tcp 443 from fd00::7/128 in security group sg-1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Summary(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	six := plan.AuthorizeIngress{Group: "sg-1", Missing: tcp("fd00::7/128", "fd00::9/128", 443)}
	if got := plan.Shell(six.Commands()[0]); !strings.Contains(got, `"Ipv6Ranges":[{"CidrIpv6":"fd00::7/128"`) || strings.Contains(got, `"IpRanges"`) {
		t.Errorf("got %s, want an IPv6 range alone", got)
	}
}
