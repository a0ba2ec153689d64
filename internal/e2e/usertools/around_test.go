//go:build e2e

package usertools

import "testing"

// lookAround walks with the AWS CLI from the key store to the proxies and over what the
// product was deployed with, as somebody does who wants to know what there is.
func (s *suite) lookAround(t *testing.T) {
	sh, _ := s.simulate(t, "running/healthy", "--mode", "observe")
	for name, lines := range map[string][]line{
		"path": thePath, "network": append(append([]line{}, theWay...), theNetwork...), "platform": thePlatform, "forms": theForms,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sh.session(t, lines)
		})
	}
}

// theWay fills the variables on which other sessions go on: each is what the call before it
// names.
var theWay = []line{
	{typed: `STORE=$(aws kms describe-custom-key-stores --query 'CustomKeyStores[0].CustomKeyStoreId' --output text); echo $STORE`, want: []string{"cks-"}},
	{typed: `SERVICE=$(aws ec2 describe-vpc-endpoint-service-configurations --query 'ServiceConfigurations[0].ServiceId' --output text); echo $SERVICE`, want: []string{"vpce-svc-"}},
	{typed: `NLB=$(aws ec2 describe-vpc-endpoint-service-configurations --service-ids $SERVICE --query 'ServiceConfigurations[0].NetworkLoadBalancerArns[0]' --output text); echo $NLB`, want: []string{":loadbalancer/net/"}},
	{typed: `TG=$(aws elbv2 describe-listeners --load-balancer-arn $NLB --query 'Listeners[0].DefaultActions[0].TargetGroupArn' --output text); echo $TG`, want: []string{":targetgroup/"}},
	{typed: `ADDRESS=$(aws elbv2 describe-target-health --target-group-arn $TG --query 'TargetHealthDescriptions[0].Target.Id' --output text); echo $ADDRESS`, want: []string{"10.0."}},
	{typed: `ENI=$(aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=$ADDRESS --query 'NetworkInterfaces[0].NetworkInterfaceId' --output text); echo $ENI`, want: []string{"eni-"}},
	{typed: `GROUP=$(aws ec2 describe-network-interfaces --network-interface-ids $ENI --query 'NetworkInterfaces[0].Groups[0].GroupId' --output text); echo $GROUP`, want: []string{"sg-"}},
	{typed: `SUBNET=$(aws ec2 describe-network-interfaces --network-interface-ids $ENI --query 'NetworkInterfaces[0].SubnetId' --output text); echo $SUBNET`, want: []string{"subnet-"}},
	{typed: `VPC=$(aws ec2 describe-subnets --subnet-ids $SUBNET --query 'Subnets[0].VpcId' --output text); echo $VPC`, want: []string{"vpc-"}},
	{typed: `KEY=$(aws kms list-keys --query 'Keys[0].KeyId' --output text); echo $KEY`, want: []string{"-4"}},
}

// thePath is what AWS's troubleshooting guide has one look at, from KMS's side on.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
var thePath = append(append([]line{}, theWay...), []line{
	{typed: `aws sts get-caller-identity`, want: []string{`"Account": "111122223333"`, `"Arn": "arn:aws:iam::111122223333:user/Alice"`, `"UserId": "AIDA`}},
	{typed: `aws kms describe-custom-key-stores --custom-key-store-id $STORE`, want: []string{`"ConnectionState": "CONNECTED"`, `"CustomKeyStoreType": "EXTERNAL_KEY_STORE"`, `"Connectivity": "VPC_ENDPOINT_SERVICE"`}, not: []string{"ConnectionErrorCode"}},
	{typed: `aws kms describe-custom-key-stores --custom-key-store-name payments-hsm --query 'CustomKeyStores[].XksProxyConfiguration.UriEndpoint' --output text`, want: []string{"https://payments-hsm.xks.example.com"}},
	{typed: `aws kms describe-key --key-id $KEY --query 'KeyMetadata.[Origin,KeyState,CustomKeyStoreId]' --output text`, want: []string{"EXTERNAL_KEY_STORE\tEnabled\tcks-"}},
	{typed: `aws ec2 describe-vpc-endpoint-service-configurations --service-ids $SERVICE --query 'ServiceConfigurations[0].[ServiceState,AcceptanceRequired,PrivateDnsNameConfiguration.State]' --output text`, want: []string{"Available\tFalse\tverified"}},
	{typed: `aws ec2 describe-vpc-endpoint-service-configurations --filters Name=service-id,Values=$SERVICE --query 'ServiceConfigurations[0].AvailabilityZones' --output text`, want: []string{"eu-central-1a\teu-central-1b"}},
	{typed: `aws ec2 describe-vpc-endpoint-service-permissions --service-id $SERVICE --query 'AllowedPrincipals[].Principal' --output text`, want: []string{"cks.kms.eu-central-1.amazonaws.com"}},
	{typed: `aws ec2 describe-vpc-endpoint-connections --filters Name=service-id,Values=$SERVICE --query 'VpcEndpointConnections[].VpcEndpointState' --output text`, want: []string{"available"}},
	{typed: `aws ec2 describe-vpc-endpoint-services --filters Name=service-type,Values=Interface --query 'ServiceDetails[].PrivateDnsName' --output text`, want: []string{"payments-hsm.xks.example.com"}},
	{typed: `aws elbv2 describe-load-balancers --load-balancer-arns $NLB --query 'LoadBalancers[0].[State.Code,Type,Scheme]' --output text`, want: []string{"active\tnetwork\tinternal"}},
	{typed: `aws elbv2 describe-load-balancers --names xks-nlb --query 'LoadBalancers[].LoadBalancerArn' --output text | grep -x $NLB`},
	{typed: `aws elbv2 describe-load-balancer-attributes --load-balancer-arn $NLB --query "Attributes[?Key=='load_balancing.cross_zone.enabled'].Value" --output text`, want: []string{"false"}},
	{typed: `aws elbv2 describe-listeners --load-balancer-arn $NLB --query 'Listeners[].[Protocol,Port]' --output text`, want: []string{"TCP\t443"}},
	{typed: `aws elbv2 describe-rules --listener-arn $(aws elbv2 describe-listeners --load-balancer-arn $NLB --query 'Listeners[0].ListenerArn' --output text) --query 'Rules[].IsDefault' --output text`, want: []string{"True"}},
	{typed: `aws elbv2 describe-target-groups --load-balancer-arn $NLB --query 'TargetGroups[].[TargetType,Protocol,Port]' --output text`, want: []string{"ip\tTCP\t443"}},
	{typed: `aws elbv2 describe-target-group-attributes --target-group-arn $TG --query "Attributes[?Key=='load_balancing.cross_zone.enabled'].Value" --output text`, want: []string{"use_load_balancer_configuration"}},
	{typed: `aws elbv2 describe-target-health --target-group-arn $TG --query 'TargetHealthDescriptions[].TargetHealth.State' --output text`, want: []string{"healthy\thealthy\thealthy\thealthy"}},
	{typed: `aws elbv2 describe-tags --resource-arns $NLB $TG --query 'TagDescriptions[].Tags[].[Key,Value]' --output text`, want: []string{"xks-remediator\tenabled"}},
	{typed: `aws kms encrypt --key-id $KEY --plaintext aGVsbG8= --query KeyId --output text`, want: []string{"arn:aws:kms:eu-central-1:111122223333:key/"}},
	{typed: `CIPHER=$(aws kms encrypt --key-id $KEY --plaintext aGVsbG8= --query CiphertextBlob --output text); aws kms decrypt --ciphertext-blob fileb://<(base64 -d <<<"$CIPHER") --query Plaintext --output text | base64 -d`, want: []string{"aGVsbG8="}},
	{typed: `aws kms generate-data-key --key-id $KEY --key-spec AES_256 --query 'length(Plaintext)' --output text`, want: []string{"44"}},
	{typed: `xksctl diagnose $STORE`, want: []string{"✔"}, not: []string{"✘"}},
	{typed: `xksctl diagnose $STORE --format json | python3 -c 'import json,sys; print(json.load(sys.stdin)["subject"])'`, want: []string{"cks-"}},
}...)

// theNetwork is what lies under the path.
var theNetwork = []line{
	{typed: `aws ec2 describe-security-groups --group-ids $GROUP --query 'SecurityGroups[0].GroupName' --output text`, want: []string{"payments-hsm-proxy"}},
	{typed: `aws ec2 describe-security-groups --filters Name=vpc-id,Values=$VPC Name=group-name,Values='payments-*' --query 'SecurityGroups[].GroupName' --output text`, want: []string{"payments-hsm-nlb", "payments-hsm-proxy"}, not: []string{"default"}},
	{typed: `aws ec2 describe-security-groups --filters Name=tag:xks-remediator,Values=enabled --query 'length(SecurityGroups)' --output text`, want: []string{"2"}},
	{typed: `aws ec2 describe-security-group-rules --filters Name=group-id,Values=$GROUP --query 'SecurityGroupRules[?!IsEgress].[IpProtocol,FromPort,ToPort,CidrIpv4]' --output text`, want: []string{"tcp\t443\t443\t10.0.1.0/24", "tcp\t443\t443\t10.0.2.0/24"}},
	{typed: `aws ec2 describe-network-interfaces --filters Name=group-id,Values=$GROUP --query 'NetworkInterfaces[].PrivateIpAddress' --output text`, want: []string{"10.0.11.20", "10.0.11.21", "10.0.12.20", "10.0.12.21"}},
	{typed: `aws ec2 describe-network-interfaces --filters Name=description,Values='ELB net/xks-nlb/*' --query 'NetworkInterfaces[].[InterfaceType,RequesterManaged]' --output text`, want: []string{"network_load_balancer\tTrue"}},
	{typed: `aws ec2 describe-subnets --filters Name=vpc-id,Values=$VPC --query 'sort(Subnets[].CidrBlock)' --output text`, want: []string{"10.0.1.0/24\t10.0.11.0/24\t10.0.12.0/24\t10.0.2.0/24"}},
	{typed: `aws ec2 describe-subnets --subnet-ids $SUBNET --query 'Subnets[0].[AvailabilityZone,State]' --output text`, want: []string{"eu-central-1a\tavailable"}},
	{typed: `aws ec2 describe-vpcs --vpc-ids $VPC --query 'Vpcs[0].CidrBlock' --output text`, want: []string{"10.0.0.0/16"}},
	{typed: `aws ec2 describe-vpcs --filters Name=tag:Name,Values=xks --query 'Vpcs[].VpcId' --output text | grep -x $VPC`},
	{typed: `aws ec2 describe-vpc-attribute --vpc-id $VPC --attribute enableDnsSupport --query EnableDnsSupport.Value --output text`, want: []string{"True"}},
	{typed: `aws ec2 describe-network-acls --filters Name=association.subnet-id,Values=$SUBNET --query 'NetworkAcls[0].Entries[].[RuleNumber,Egress,RuleAction]' --output text`, want: []string{"100\tFalse\tallow", "32767\tTrue\tdeny"}},
	{typed: `aws ec2 describe-route-tables --filters Name=vpc-id,Values=$VPC --query 'RouteTables[0].Routes[].[DestinationCidrBlock,GatewayId]' --output text`, want: []string{"10.0.0.0/16\tlocal"}},
	{typed: `aws ec2 describe-managed-prefix-lists --query 'length(PrefixLists)' --output text`, want: []string{"0"}},
	{typed: `aws ec2 describe-availability-zones --query 'AvailabilityZones[].ZoneName' --output text`, want: []string{"eu-central-1a", "eu-central-1b"}},
	{typed: `aws ec2 describe-instances --query 'length(Reservations)' --output text`, want: []string{"0"}},
	{typed: `aws ec2 describe-tags --filters Name=resource-id,Values=$SERVICE --query 'Tags[].[ResourceType,Key,Value]' --output text`, want: []string{"vpc-endpoint-service\txks-remediator\tenabled"}},
	{typed: `aws cloudtrail describe-trails --query 'trailList[].Name' --output text`, want: []string{"management-events"}},
	{typed: `aws cloudtrail get-trail-status --name management-events --query IsLogging --output text`, want: []string{"True"}},
	{typed: `aws cloudwatch describe-alarms --alarm-name-prefix xks- --query 'MetricAlarms[].[AlarmName,ActionsEnabled]' --output text`, want: []string{"xks-certificate-expiry\tTrue", "xks-key-managers\tTrue", "xks-proxy-errors\tTrue"}},
	{typed: `aws cloudwatch put-metric-alarm --alarm-name errors --namespace AWS/KMS --metric-name XksProxyErrors --dimensions Name=CustomKeyStoreId,Value=$STORE --statistic Sum --period 60 --evaluation-periods 1 --comparison-operator GreaterThanThreshold --threshold 2.5`},
	{typed: `aws cloudwatch describe-alarms --alarm-names errors --query 'MetricAlarms[].[StateValue,Dimensions[0].Name,Threshold]' --output text`, want: []string{"INSUFFICIENT_DATA\tCustomKeyStoreId\t2.5"}},
	{typed: `aws cloudwatch delete-alarms --alarm-names errors && aws cloudwatch describe-alarms --alarm-types CompositeAlarm MetricAlarm --query 'length(MetricAlarms)' --output text`, want: []string{"3"}},
	{typed: `aws cloudtrail get-event-selectors --trail-name management-events --output json`, want: []string{`"IncludeManagementEvents": true`}},
}

// thePlatform is what a deployment of the product adds to an account.
var thePlatform = []line{
	{typed: `aws dynamodb list-tables --query 'length(TableNames)' --output text`, want: []string{"1"}},
	{typed: `TABLE=$(aws dynamodb list-tables --query 'TableNames[0]' --output text); aws dynamodb describe-table --table-name $TABLE --query Table.TableStatus --output text`, want: []string{"ACTIVE"}},
	{typed: `aws dynamodb describe-time-to-live --table-name $TABLE --query TimeToLiveDescription.TimeToLiveStatus --output text`, want: []string{"ENABLED"}},
	{typed: `aws dynamodb scan --table-name $TABLE --query 'ScannedCount' --output text`},
	{typed: `aws dynamodb wait table-exists --table-name $TABLE`},
	{typed: `aws sqs --endpoint-url $AWS_ENDPOINT_URL list-queues --query 'length(QueueUrls)' --output text`, want: []string{"9"}},
	{typed: `DEAD=$(aws sqs --endpoint-url $AWS_ENDPOINT_URL list-queues --query "QueueUrls[?contains(@,'ActionDeadLetter')]|[0]" --output text); aws sqs --endpoint-url $AWS_ENDPOINT_URL get-queue-attributes --queue-url $DEAD --attribute-names MessageRetentionPeriod ApproximateNumberOfMessages --query 'Attributes.[MessageRetentionPeriod,ApproximateNumberOfMessages]' --output text`, want: []string{"345600\t0"}},
	{typed: `aws sqs --endpoint-url $AWS_ENDPOINT_URL get-queue-url --queue-name ${DEAD##*/} --output text`, want: []string{"https://sqs.eu-central-1.amazonaws.com/111122223333/"}},
	{typed: `aws sqs --endpoint-url $AWS_ENDPOINT_URL receive-message --queue-url $DEAD`, not: []string{"Messages"}},
	{typed: `aws sns list-topics --query 'length(Topics)' --output text`, want: []string{"2"}},
	{typed: `TOPIC=$(aws sns list-topics --query 'Topics[0].TopicArn' --output text); aws sns get-topic-attributes --topic-arn $TOPIC --query Attributes.SubscriptionsConfirmed --output text`, want: []string{"0"}},
	{typed: `aws sns subscribe --topic-arn $TOPIC --protocol email --notification-endpoint on-call@example.com --output text`, want: []string{"pending confirmation"}},
	{typed: `aws sns list-subscriptions-by-topic --topic-arn $TOPIC --query 'Subscriptions[].[Endpoint,SubscriptionArn]' --output text`, want: []string{"on-call@example.com\tPendingConfirmation"}},
	{typed: `aws events list-event-buses --query 'length(EventBuses)' --output text`, want: []string{"2"}},
	{typed: `BUS=$(aws events list-event-buses --query "EventBuses[?Name!='default'].Name|[0]" --output text); aws events describe-event-bus --name $BUS --query Arn --output text`, want: []string{"arn:aws:events:eu-central-1:111122223333:event-bus/"}},
	{typed: `aws events list-rules --query 'Rules[].State' --output text`, want: []string{"ENABLED"}},
	{typed: `aws events list-rules --query "Rules[?State=='ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'].Name | length(@)" --output text`, not: []string{"0\n"}},
	{typed: `RULE=$(aws events list-rules --event-bus-name $BUS --query 'Rules[0].Name' --output text); aws events list-targets-by-rule --rule $RULE --event-bus-name $BUS --query 'Targets[].Arn' --output text`, want: []string{"arn:aws:sqs:"}},
	{typed: `aws events describe-rule --name $RULE --event-bus-name $BUS --query EventPattern --output text`, want: []string{"xks-remediator"}},
}

// theForms are the CLI's own ways to show an answer, to cut it into pages, and to be wrong.
// https://docs.aws.amazon.com/cli/v1/userguide/cli-usage-output.html
var theForms = append(append([]line{}, theWay...), []line{
	{typed: `aws elbv2 describe-target-health --target-group-arn $TG --output table`, want: []string{"DescribeTargetHealth", "10.0.11.20", "healthy"}},
	{typed: `aws ec2 describe-security-groups --output table --query 'SecurityGroups[].{Id:GroupId,Name:GroupName}'`, want: []string{"DescribeSecurityGroups", "payments-hsm-nlb"}},
	{typed: `aws ec2 describe-subnets --output json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["Subnets"]))'`, want: []string{"4"}},
	{typed: `aws ec2 describe-vpcs --output text`, want: []string{"VPCS", "10.0.0.0/16"}},
	{typed: `aws ec2 describe-network-interfaces --max-items 2 --query 'length(NetworkInterfaces)'`, want: []string{"2"}},
	{typed: `TOKEN=$(aws ec2 describe-network-interfaces --max-items 2 --output json | python3 -c 'import json,sys; print(json.load(sys.stdin)["NextToken"])'); aws ec2 describe-network-interfaces --starting-token $TOKEN --query 'length(NetworkInterfaces)'`, want: []string{"4"}},
	{typed: `aws ec2 describe-network-interfaces --page-size 5 --query 'length(NetworkInterfaces)'`, want: []string{"6"}},
	{typed: `aws ec2 describe-network-interfaces --no-paginate --query 'length(NetworkInterfaces)'`, want: []string{"6"}},
	{typed: `aws kms list-keys --max-items 1 --query 'length(Keys)'`, want: []string{"1"}},
	{typed: `aws ec2 describe-vpcs --dry-run`, code: 255, want: []string{"(DryRunOperation)", "Request would have succeeded"}},
	{typed: `aws ec2 describe-security-groups --group-ids sg-0123456789abcdef9`, code: 255, want: []string{"(InvalidGroup.NotFound)", "when calling the DescribeSecurityGroups operation"}},
	{typed: `aws kms describe-custom-key-stores --custom-key-store-id cks-0123456789abcdef9`, code: 255, want: []string{"(CustomKeyStoreNotFoundException)"}},
	{typed: `aws ec2 describe-vpcs --filters Name=nonsense,Values=1`, code: 255, want: []string{"(InvalidParameterValue)", "The filter 'nonsense' is invalid"}},
	{typed: `aws ec2 describe-nonsense`, code: 2, want: []string{"Invalid choice"}},
	{typed: `aws kms list-aliases`, code: 255, want: []string{`The simulator does not know the operation "ListAliases" of kms`}},
	{typed: `aws cloudfront list-distributions`, code: 255, want: []string{`The simulator does not serve "cloudfront"`}},
	{typed: `aws sts get-caller-identity --region us-west-2`, code: 255, want: []string{"(SignatureDoesNotMatch)"}},
	{typed: `AWS_ACCESS_KEY_ID=AKIANOBODYNOBODYNOBO aws kms list-keys`, code: 255, want: []string{"(UnrecognizedClientException)"}},
}...)
