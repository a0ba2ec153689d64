//go:build e2e

package usertools

import "testing"

// breakAndMend breaks a healthy path with the AWS CLI in each way that a person does, sees it
// broken by what KMS and xksctl say, and mends it. Sixty simulated minutes pass in one.
func (s *suite) breakAndMend(t *testing.T) {
	for name, lines := range map[string][]line{
		"a rule is revoked": aRule, "the service is closed": theService, "the load balancer is emptied": theBalancer,
		"a network ACL denies": anACL, "the key store is disconnected": theStore,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sh, _ := s.simulate(t, "running/healthy", "--speed", "60")
			sh.session(t, append(append(append([]line{}, theWay...), works...), lines...))
		})
	}
}

// works defines what a workload does, and sees it work.
var works = []line{
	{typed: `encrypt() { aws kms encrypt --key-id $KEY --plaintext aGVsbG8= --query KeyId --output text; }; encrypt`, want: []string{":key/"}},
	{typed: `xksctl diagnose $STORE >/dev/null`},
}

// unreachable is what KMS says of a path on which nothing answers.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
var unreachable = []string{"(KMSInvalidStateException)", "external key store proxy"}

var aRule = []line{
	{typed: `RULES=$(aws ec2 describe-security-group-rules --filters Name=group-id,Values=$GROUP --query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text); echo $RULES`, want: []string{"sgr-"}},
	{typed: `aws ec2 revoke-security-group-ingress --group-id $GROUP --security-group-rule-ids $RULES`, want: []string{`"Return": true`}},
	{typed: `await refused encrypt`},
	{typed: `encrypt`, code: 255, want: unreachable},
	{typed: `xksctl diagnose $STORE`, code: 1, want: []string{"✘ target.security-group-admits", "aws ec2 authorize-security-group-ingress"}},
	{typed: `await aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=RevokeSecurityGroupIngress --query 'Events[0].Username' --output text`},
	{typed: `seen() { aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=RevokeSecurityGroupIngress --query 'Events[].Username' --output text | grep Alice; }; await seen; seen`, want: []string{"Alice"}},
	{typed: `aws ec2 authorize-security-group-ingress --group-id $GROUP --protocol tcp --port 443 --cidr 10.0.1.0/24 --query 'SecurityGroupRules[].CidrIpv4' --output text`, want: []string{"10.0.1.0/24"}},
	{typed: `aws ec2 authorize-security-group-ingress --group-id $GROUP --protocol tcp --port 443 --cidr 10.0.1.0/24`, code: 255, want: []string{"(InvalidPermission.Duplicate)"}},
	{typed: `aws ec2 authorize-security-group-ingress --group-id $GROUP --ip-permissions IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges='[{CidrIp=10.0.2.0/24,Description="from the load balancer"}]' --tag-specifications 'ResourceType=security-group-rule,Tags=[{Key=team,Value=payments}]' --query 'SecurityGroupRules[].Description' --output text`, want: []string{"from the load balancer"}},
	{typed: `await encrypt`},
	{typed: `await xksctl diagnose $STORE`},
	{typed: `aws ec2 revoke-security-group-ingress --group-id $GROUP --security-group-rule-ids $RULES`, code: 255, want: []string{"(InvalidSecurityGroupRuleId.NotFound)"}},
	{typed: `aws ec2 revoke-security-group-ingress --group-id $GROUP --protocol tcp --port 444 --cidr 10.0.1.0/24`, code: 255, want: []string{"(InvalidPermission.NotFound)"}},
	{typed: `aws ec2 create-tags --resources $GROUP --tags Key=team,Value=payments; aws ec2 describe-tags --filters Name=resource-id,Values=$GROUP Name=key,Values=team --query 'Tags[].Value' --output text`, want: []string{"payments"}},
	{typed: `aws ec2 delete-tags --resources $GROUP --tags Key=team; aws ec2 describe-tags --filters Name=resource-id,Values=$GROUP --query 'Tags[].Key' --output text`, want: []string{"xks-remediator"}, not: []string{"team"}},
}

var theService = []line{
	{typed: `aws ec2 modify-vpc-endpoint-service-permissions --service-id $SERVICE --remove-allowed-principals cks.kms.eu-central-1.amazonaws.com`, want: []string{`"ReturnValue": true`}},
	{typed: `encrypt`, want: []string{":key/"}},
	{typed: `xksctl diagnose $STORE`, code: 1, want: []string{"✘ endpoint-service.kms-principal-allowed"}},
	{typed: `aws ec2 modify-vpc-endpoint-service-permissions --service-id $SERVICE --add-allowed-principals cks.kms.eu-central-1.amazonaws.com --query ReturnValue --output text`, want: []string{"True"}},
	{typed: `aws ec2 modify-vpc-endpoint-service-configuration --service-id $SERVICE --acceptance-required --query Return --output text`, want: []string{"True"}},
	{typed: `xksctl diagnose $STORE`, code: 1, want: []string{"✘ endpoint-service.acceptance-not-required"}},
	{typed: `aws ec2 modify-vpc-endpoint-service-configuration --service-id $SERVICE --no-acceptance-required --query Return --output text`, want: []string{"True"}},
	{typed: `VPCE=$(aws ec2 describe-vpc-endpoint-connections --filters Name=service-id,Values=$SERVICE --query 'VpcEndpointConnections[0].VpcEndpointId' --output text); aws ec2 reject-vpc-endpoint-connections --service-id $SERVICE --vpc-endpoint-ids $VPCE --query 'length(Unsuccessful)'`, want: []string{"0"}},
	{typed: `aws ec2 describe-vpc-endpoint-connections --filters Name=service-id,Values=$SERVICE --query 'VpcEndpointConnections[].VpcEndpointState' --output text`, want: []string{"rejected"}},
	{typed: `encrypt`, code: 255, want: unreachable},
	{typed: `aws ec2 accept-vpc-endpoint-connections --service-id $SERVICE --vpc-endpoint-ids $VPCE --query 'length(Unsuccessful)'`, want: []string{"0"}},
	{typed: `await encrypt`},
	{typed: `aws ec2 accept-vpc-endpoint-connections --service-id $SERVICE --vpc-endpoint-ids vpce-0123456789abcdef9 --query 'Unsuccessful[].Error.Code' --output text`, want: []string{"InvalidVpcEndpoint"}},
	{typed: `aws ec2 start-vpc-endpoint-service-private-dns-verification --service-id $SERVICE --query ReturnValue --output text`, want: []string{"True"}},
	{typed: `xksctl diagnose $STORE >/dev/null`},
}

var theBalancer = []line{
	{typed: `LISTENER=$(aws elbv2 describe-listeners --load-balancer-arn $NLB --query 'Listeners[0].ListenerArn' --output text); aws elbv2 delete-listener --listener-arn $LISTENER`},
	{typed: `encrypt`, code: 255, want: unreachable},
	{typed: `xksctl diagnose $STORE`, code: 1, want: []string{"aws elbv2 create-listener"}},
	{typed: `aws elbv2 create-listener --load-balancer-arn $NLB --protocol TCP --port 443 --default-actions Type=forward,TargetGroupArn=$TG --query 'Listeners[].Port' --output text`, want: []string{"443"}},
	{typed: `aws elbv2 create-listener --load-balancer-arn $NLB --protocol TCP --port 443 --default-actions Type=forward,TargetGroupArn=$TG`, code: 255, want: []string{"(DuplicateListener)"}},
	{typed: `await encrypt`},
	{typed: `TARGETS=$(aws elbv2 describe-target-health --target-group-arn $TG --query 'TargetHealthDescriptions[].Target.Id' --output text); aws elbv2 deregister-targets --target-group-arn $TG --targets $(printf 'Id=%s,Port=443 ' $TARGETS)`},
	{typed: `aws elbv2 describe-target-health --target-group-arn $TG --query 'TargetHealthDescriptions[0].TargetHealth.State' --output text`, want: []string{"draining"}},
	{typed: `aws elbv2 wait target-deregistered --target-group-arn $TG --targets $(printf 'Id=%s,Port=443 ' $TARGETS)`},
	{typed: `encrypt`, code: 255, want: unreachable},
	{typed: `xksctl diagnose $STORE`, code: 1, want: []string{"aws elbv2 register-targets"}},
	{typed: `aws elbv2 register-targets --target-group-arn $TG --targets $(printf 'Id=%s,Port=443 ' $TARGETS)`},
	{typed: `aws elbv2 wait target-in-service --target-group-arn $TG`},
	{typed: `aws elbv2 wait load-balancer-available --load-balancer-arns $NLB`},
	{typed: `encrypt`, want: []string{":key/"}},
	{typed: `aws elbv2 set-subnets --load-balancer-arn $NLB --subnets $(aws elbv2 describe-load-balancers --load-balancer-arns $NLB --query 'LoadBalancers[0].AvailabilityZones[0].SubnetId' --output text)`, code: 255, want: []string{"(InvalidConfigurationRequest)"}},
	{typed: `xksctl diagnose $STORE >/dev/null`},
}

var anACL = []line{
	{typed: `ACL=$(aws ec2 describe-network-acls --filters Name=association.subnet-id,Values=$SUBNET --query 'NetworkAcls[0].NetworkAclId' --output text); aws ec2 create-network-acl-entry --network-acl-id $ACL --ingress --rule-number 50 --protocol tcp --port-range From=443,To=443 --cidr-block 10.0.0.0/16 --rule-action deny`},
	{typed: `aws ec2 create-network-acl-entry --network-acl-id $ACL --ingress --rule-number 50 --protocol tcp --port-range From=443,To=443 --cidr-block 10.0.0.0/16 --rule-action deny`, code: 255, want: []string{"(NetworkAclEntryAlreadyExists)"}},
	{typed: `await refused encrypt; encrypt`, code: 255, want: unreachable},
	{typed: `xksctl diagnose $STORE`, code: 1, want: []string{"✘ target-group.healthy"}},
	{typed: `aws ec2 delete-network-acl-entry --network-acl-id $ACL --ingress --rule-number 50`},
	{typed: `aws ec2 delete-network-acl-entry --network-acl-id $ACL --ingress --rule-number 50`, code: 255, want: []string{"(InvalidNetworkAclEntry.NotFound)"}},
	{typed: `await encrypt`},
	{typed: `aws elbv2 modify-load-balancer-attributes --load-balancer-arn $NLB --attributes Key=load_balancing.cross_zone.enabled,Value=true --query "Attributes[?Key=='load_balancing.cross_zone.enabled'].Value" --output text`, want: []string{"true"}},
	{typed: `aws elbv2 modify-target-group-attributes --target-group-arn $TG --attributes Key=deregistration_delay.timeout_seconds,Value=30 --query "Attributes[?Key=='deregistration_delay.timeout_seconds'].Value" --output text`, want: []string{"30"}},
	{typed: `NLBGROUP=$(aws elbv2 describe-load-balancers --load-balancer-arns $NLB --query 'LoadBalancers[0].SecurityGroups[0]' --output text); aws elbv2 set-security-groups --load-balancer-arn $NLB --security-groups $NLBGROUP --enforce-security-group-inbound-rules-on-private-link-traffic on --query EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic --output text`, want: []string{"on"}},
	{typed: `encrypt`, code: 255, want: unreachable},
	{typed: `aws elbv2 set-security-groups --load-balancer-arn $NLB --security-groups $NLBGROUP --enforce-security-group-inbound-rules-on-private-link-traffic off --query EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic --output text`, want: []string{"off"}},
	{typed: `encrypt`, want: []string{":key/"}},
}

var theStore = []line{
	{typed: `aws kms connect-custom-key-store --custom-key-store-id $STORE`},
	{typed: `aws kms delete-custom-key-store --custom-key-store-id $STORE`, code: 255, want: []string{"(CustomKeyStoreInvalidStateException)"}},
	{typed: `aws kms disconnect-custom-key-store --custom-key-store-id $STORE`},
	{typed: `is() { aws kms describe-custom-key-stores --custom-key-store-id $STORE --query 'CustomKeyStores[0].ConnectionState' --output text | grep -qx $1; }; await is DISCONNECTED`},
	{typed: `aws kms disconnect-custom-key-store --custom-key-store-id $STORE`, code: 255, want: []string{"(CustomKeyStoreInvalidStateException)"}},
	{typed: `encrypt`, code: 255, want: []string{"(KMSInvalidStateException)", "is unavailable."}},
	{typed: `xksctl diagnose $STORE`, want: []string{"DISCONNECTED"}}, // a person's kill switch is no fault
	{typed: `aws kms delete-custom-key-store --custom-key-store-id $STORE`, code: 255, want: []string{"(CustomKeyStoreHasCMKsException)"}},
	{typed: `aws kms update-custom-key-store --custom-key-store-id $STORE --new-custom-key-store-name payments`},
	{typed: `aws kms update-custom-key-store --cli-input-json '{"CustomKeyStoreId":"'$STORE'","XksProxyUriEndpoint":"https://wrong.example.com"}'`, code: 255, want: []string{"(XksProxyVpcEndpointServiceInvalidConfigurationException)"}},
	{typed: `aws kms connect-custom-key-store --custom-key-store-id $STORE`},
	{typed: `await is CONNECTED`},
	{typed: `encrypt`, want: []string{":key/"}},
	{typed: `aws kms disable-key --key-id $KEY; encrypt`, code: 255, want: []string{"(DisabledException)"}},
	{typed: `aws kms enable-key --key-id $KEY; encrypt`, want: []string{":key/"}},
	{typed: `xksctl diagnose $STORE --canary-key $(aws kms describe-key --key-id $KEY --query KeyMetadata.Arn --output text)`, want: []string{"✔"}},
	{typed: `aws kms create-key --origin EXTERNAL_KEY_STORE --custom-key-store-id $STORE --xks-key-id Id=external-more --query KeyMetadata.KeyState --output text`, want: []string{"Enabled"}},
	{typed: `aws kms describe-custom-key-stores --custom-key-store-name payments-hsm`, code: 255, want: []string{"(CustomKeyStoreNotFoundException)"}},
}
