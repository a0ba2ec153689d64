package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// What only a person can do is said with the names and values that the person needs.
func TestInstructions(t *testing.T) {
	t.Parallel()
	const (
		store  = "aws kms %s-custom-key-store --custom-key-store-id cks-1234567890abcdef0"
		wait   = `sh -c 'until aws kms describe-custom-key-stores --custom-key-store-id cks-1234567890abcdef0 --query "CustomKeyStores[].ConnectionState" --output text | grep -qx DISCONNECTED; do sleep 5; done'`
		search = "aws ec2 describe-vpc-endpoint-services --service-names " + pathtest.ServiceName
	)
	disconnect, connect, update := strings.ReplaceAll(store, "%s", "disconnect"), strings.ReplaceAll(store, "%s", "connect"), strings.ReplaceAll(store, "%s", "update")
	const shake = "openssl s_client -connect 10.0.1.7:443 -servername " + pathtest.DnsName
	const shown = "sh -c '" + shake + " </dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName'"
	terminates := pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Protocol = "TLS" })
	expired := pathtest.Certificate(func(c *path.ProbedCertificate) { c.NotAfter = pathtest.Taken().Add(-time.Hour) })
	failed := func(code string) pathtest.Edit { return pathtest.State("FAILED", code) }
	name := pathtest.PrivateDnsName("other.xks.example.com")
	const stores = "aws kms describe-custom-key-stores --query 'CustomKeyStores[].[CustomKeyStoreName,XksProxyConfiguration.[VpcEndpointServiceName,UriEndpoint]]'"
	const permissions = "aws ec2 modify-vpc-endpoint-service-permissions --service-id " + string(pathtest.ServiceID)
	shared := func(s *path.Snapshot) {
		s.KeyStores = append(s.KeyStores, path.KeyStore{ID: "cks-other", Name: "orders-hsm", External: true, ServiceName: pathtest.ServiceName})
	}
	elsewhere := func(s *path.Snapshot) {
		s.Requested.ServiceName = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
	}
	tests := map[string]struct {
		check check.ID
		edit  pathtest.Edit
		text  string // part of it
		lines []string
	}{
		"no such key store": {"key-store.exists", pathtest.NoKeyStore, "none with this ID exists",
			[]string{"aws kms describe-custom-key-stores --query 'CustomKeyStores[].[CustomKeyStoreId,CustomKeyStoreName]'"}},
		"no such service": {"endpoint-service.exists", pathtest.NoService, "point the key store at it",
			[]string{search, disconnect, wait, update + " --xks-proxy-vpc-endpoint-service-name '<service-name>'", connect}},
		"no such service, of a create": {"endpoint-service.exists", pathtest.All(pathtest.FailedCreate, pathtest.NoService), "repeat the call", []string{search}},
		"a service of another Region, of a create": {"key-store.endpoint-service-region", pathtest.All(pathtest.FailedCreate, elsewhere), "of us-west-2, the key store's Region, since KMS reaches into no other, and repeat the call",
			[]string{"aws ec2 describe-vpc-endpoint-service-configurations --region us-west-2 --query 'ServiceConfigurations[].[ServiceName,PrivateDnsName]'"}},
		"a service that another key store uses": {"key-store.endpoint-service-exclusive", shared, "unavailable until it is connected again",
			[]string{stores, disconnect, wait, `aws kms update-custom-key-store --cli-input-json '{"CustomKeyStoreId":"cks-1234567890abcdef0","XksProxyVpcEndpointServiceName":"<service-name>","XksProxyUriEndpoint":"https://<private-dns-name>"}'`, connect}},
		"a service that another key store uses, of a create": {"key-store.endpoint-service-exclusive", pathtest.All(pathtest.FailedCreate, shared), "of this account or of another, and repeat the call", []string{stores}},
		"a service that is not there yet": {"endpoint-service.available", pathtest.Service(func(e *path.EndpointService) { e.State = "Pending" }), "wait until",
			[]string{"aws ec2 describe-vpc-endpoint-service-configurations --filters Name=service-name,Values=" + pathtest.ServiceName + " --query 'ServiceConfigurations[].ServiceState'"}},
		"a gateway load balancer": {"endpoint-service.network-load-balancer", pathtest.Service(func(e *path.EndpointService) { e.Types = []string{"GatewayLoadBalancer"} }), "of type Interface",
			[]string{"aws ec2 create-vpc-endpoint-service-configuration --network-load-balancer-arns '<load-balancer-arn>' --no-acceptance-required --private-dns-name " + pathtest.DnsName}},
		"no private DNS name": {"endpoint-service.private-dns-name", pathtest.PrivateDnsName(""), "publish the TXT record",
			[]string{"aws ec2 modify-vpc-endpoint-service-configuration --service-id " + string(pathtest.ServiceID) + " --private-dns-name " + pathtest.DnsName}},
		"a record that nobody looked for": {verified, pathtest.All(pathtest.PrivateDnsState("failed"), pathtest.NoResolver), `TXT record _6e86v84tqgqubxbwii1m.xks.example.com with the exact value "vpce:l6p0ERxlTt45jevFwOCp" in public DNS`,
			[]string{"dig +short TXT _6e86v84tqgqubxbwii1m.xks.example.com"}},
		"another name": {"key-store.uri-endpoint-matches-private-dns-name", name, "unavailable until it is connected again",
			[]string{disconnect, wait, `aws kms update-custom-key-store --cli-input-json '{"CustomKeyStoreId":"cks-1234567890abcdef0","XksProxyUriEndpoint":"https://other.xks.example.com"}'`, connect}},
		"another name, of a create": {"key-store.uri-endpoint-matches-private-dns-name", pathtest.All(pathtest.FailedCreate, name), "repeat the call with XksProxyUriEndpoint https://other.xks.example.com", nil},
		"a load balancer on its way": {"load-balancer.active", pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.State = "provisioning" }), "wait until",
			[]string{"aws elbv2 describe-load-balancers --load-balancer-arns " + string(pathtest.LoadBalancerARN) + " --query 'LoadBalancers[].State'"}},
		"everybody in the place of KMS": {"endpoint-service.allow-list-narrow", pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("All", "*")), "put KMS's own principal on the allow list",
			[]string{permissions + " --add-allowed-principals " + pathtest.Principal, permissions + " --remove-allowed-principals '*'"}},
		"everybody beside KMS": {"endpoint-service.allow-list-narrow", pathtest.Allow("All", "*"), "take * off the allow list", []string{permissions + " --remove-allowed-principals '*'"}},
		"IPv6 alone": {"endpoint-service.ipv4", pathtest.Service(func(e *path.EndpointService) { e.AddressTypes = []string{"ipv6"} }), "support IPv4",
			[]string{"aws ec2 modify-vpc-endpoint-service-configuration --service-id " + string(pathtest.ServiceID) + " --add-supported-ip-address-types ipv4"}},
		"a public load balancer": {"load-balancer.internal", pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Scheme = "internet-facing" }), "cannot be changed",
			[]string{"aws elbv2 describe-load-balancers --load-balancer-arns " + string(pathtest.LoadBalancerARN) + " --query 'LoadBalancers[].[Scheme,AvailabilityZones[].SubnetId]'"}},
		"plaintext": {"target-group.protocol", pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Protocol = "TLS" }), "pass TLS through (protocol TCP)",
			[]string{"aws elbv2 modify-listener --listener-arn " + string(pathtest.ListenerARN) + " --protocol TCP"}},
		"proxy protocol v2": {"target-group.protocol", pathtest.TargetGroup(func(g *path.TargetGroup) { g.ProxyProtocolV2 = true }), "turn proxy protocol v2 off",
			[]string{"aws elbv2 modify-target-group-attributes --target-group-arn " + string(pathtest.TargetGroupARN) + " --attributes Key=proxy_protocol_v2.enabled,Value=false"}},
		"a UDP target group": {"target-group.protocol", pathtest.TargetGroup(func(g *path.TargetGroup) { g.Protocol = "UDP" }), "create a target group of protocol TCP",
			[]string{"aws elbv2 create-target-group --name '<name>' --protocol TCP --port 443 --vpc-id vpc-1 --target-type ip",
				"aws elbv2 modify-listener --listener-arn " + string(pathtest.ListenerARN) + " --default-actions 'Type=forward,TargetGroupArn=<target-group-arn>'"}},
		"no listener": {"load-balancer.listener-443", pathtest.DeleteListener, "create a TCP listener on port 443",
			[]string{"aws elbv2 create-listener --load-balancer-arn " + string(pathtest.LoadBalancerARN) + " --protocol TCP --port 443 --default-actions Type=forward,TargetGroupArn=" + string(pathtest.TargetGroupARN)}},
		"no listener, and no target group either": {"load-balancer.listener-443", pathtest.All(pathtest.DeleteListener, func(s *path.Snapshot) { s.TargetGroups = nil }), "create a TCP listener",
			[]string{"aws elbv2 create-listener --load-balancer-arn " + string(pathtest.LoadBalancerARN) + " --protocol TCP --port 443 --default-actions 'Type=forward,TargetGroupArn=<target-group-arn>'"}},
		"a listener that forwards nowhere": {"load-balancer.listener-forwards", pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].TargetGroups = nil }), "forward to the proxy's target group",
			[]string{"aws elbv2 modify-listener --listener-arn " + string(pathtest.ListenerARN) + " --default-actions Type=forward,TargetGroupArn=" + string(pathtest.TargetGroupARN)}},
		"a listener to an empty group": {"load-balancer.listener-forwards", pathtest.KeepTargets(0), "register the proxies",
			[]string{"aws elbv2 register-targets --target-group-arn " + string(pathtest.TargetGroupARN) + " --targets 'Id=<proxy-address>,Port=443'"}},
		"a listener to targets that leave": {"load-balancer.listener-forwards", pathtest.Targets("draining", ""), "register the proxies",
			[]string{"aws elbv2 register-targets --target-group-arn " + string(pathtest.TargetGroupARN) + " --targets 'Id=<proxy-address>,Port=443'"}},
		"an empty group on its own port": {"target-group.registered", pathtest.All(pathtest.KeepTargets(0), pathtest.TargetGroup(func(g *path.TargetGroup) { g.Port = 8443 })), "two Availability Zones",
			[]string{"aws elbv2 register-targets --target-group-arn " + string(pathtest.TargetGroupARN) + " --targets 'Id=<proxy-address>,Port=8443'"}},
		"unhealthy targets": {"target-group.healthy", pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), "no security group, network ACL or route explains",
			[]string{"aws elbv2 describe-target-health --target-group-arn " + string(pathtest.TargetGroupARN)}},
		"unhealthy targets, and groups that were not read": {"target-group.healthy", pathtest.All(pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), pathtest.Gap(path.SecurityGroupsPart, path.AccessDenied)),
			"not everything about security groups, network ACLs and routes could be read", []string{"aws elbv2 describe-target-health --target-group-arn " + string(pathtest.TargetGroupARN)}},
		"a proxy that refuses connections": {"proxy.tcp", pathtest.Probed(pathtest.Unconnected(path.ProbeRefused)), "look at the proxies themselves",
			[]string{"aws elbv2 describe-target-health --target-group-arn " + string(pathtest.TargetGroupARN), shake + " -brief"}},
		"a proxy without TLS": {"proxy.tls-version", pathtest.Probed(pathtest.Unshaken(path.ProbePlainHTTP)), "TLS 1.2 or 1.3", []string{shake + " -tls1_2 -brief", shake + " -tls1_3 -brief"}},
		"a listener without TLS 1.2": {"proxy.tls-version", pathtest.All(terminates, pathtest.Probed(pathtest.Unshaken(path.ProbeOldTLS))), "security policy",
			[]string{"aws elbv2 modify-listener --listener-arn " + string(pathtest.ListenerARN) + " --ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06"}},
		"an expired certificate": {"proxy.certificate-dates", expired, "renew the certificate, and install it at every proxy", []string{shown}},
		"an expired certificate of the listener": {"proxy.certificate-dates", pathtest.All(terminates, expired), "at the listener on 443, which terminates TLS",
			[]string{shown, "aws elbv2 modify-listener --listener-arn " + string(pathtest.ListenerARN) + " --certificates 'CertificateArn=<certificate-arn>'"}},
		"a certificate of another name": {"proxy.certificate-name", pathtest.Certificate(func(c *path.ProbedCertificate) { c.CommonName, c.Names = "x", nil }), "whose subject common name is " + pathtest.DnsName, []string{shown}},
		"a chain that is not whole": {"proxy.certificate-chain", pathtest.Probed(func(n *path.ProbedNode) { n.TLS.Trust = path.IncompleteChain }), "TrustedCertificateAuthorities",
			[]string{shown, shake + " -showcerts -verify_return_error"}},
		"another web server": {"proxy.answers", pathtest.Answered(path.ProbedAnswer{Status: 404}), "at the key store's URI path",
			[]string{"aws elbv2 describe-target-health --target-group-arn " + string(pathtest.TargetGroupARN),
				"curl --include --resolve " + pathtest.DnsName + ":443:10.0.1.7 --request POST --data '{}' https://" + pathtest.DnsName + "/kms/xks/v1/health"}},
		"a slow proxy": {"proxy.latency", pathtest.Probed(func(n *path.ProbedNode) { n.Answer.Took = time.Second }), "within 250 ms",
			[]string{"curl --silent --output /dev/null --resolve " + pathtest.DnsName + ":443:10.0.1.7 --write-out 'tcp %{time_connect} tls %{time_appconnect} answer %{time_total}' https://" + pathtest.DnsName + "/kms/xks/v1/health"}},
		"one zone of the load balancer": {zones, pathtest.All(pathtest.Service(func(e *path.EndpointService) { e.Zones, e.ZoneIDs = e.Zones[:1], e.ZoneIDs[:1] }), pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones = lb.Zones[:1] }), pathtest.Blind(path.SubnetsPart)),
			"second Availability Zone", []string{"aws elbv2 set-subnets --load-balancer-arn " + string(pathtest.LoadBalancerARN) + " --subnets subnet-a '<subnet-in-another-zone>'"}},
		"a refused caller": {"caller.permission", pathtest.Denied("arn:aws:iam::111122223333:role/app", "CreateCustomKeyStore", "kms:CreateCustomKeyStore", "no"),
			`if arn:aws:iam::111122223333:role/app is to do this, add to its policy: {"Effect":"Allow","Action":["kms:CreateCustomKeyStore"],"Resource":"*"}`, nil},
		"a refused remediator": {"diagnosis.visibility", pathtest.All(pathtest.Blind(path.TrailsPart), pathtest.Blind(path.CanaryPart)),
			`diagnose function's role: {"Effect":"Allow","Action":["cloudtrail:DescribeTrails","kms:Encrypt"],"Resource":"*"}`, nil},
		"a remediator refused one resource": {"diagnosis.visibility", pathtest.All(pathtest.Blind(path.TrailsPart), func(s *path.Snapshot) {
			s.Gaps = append(s.Gaps, path.Gap{Part: path.ServicePermissionsPart, Action: "ec2:DescribeVpcEndpointServicePermissions", On: pathtest.ServiceARN, Cause: path.AccessDenied})
		}), `role: {"Effect":"Allow","Action":"cloudtrail:DescribeTrails","Resource":"*"}, {"Effect":"Allow","Action":"ec2:DescribeVpcEndpointServicePermissions","Resource":"` + string(pathtest.ServiceARN) + `"}`, nil},
		"no trail": {"trail.records-kms", func(s *path.Snapshot) { s.Trails = nil }, "create a trail",
			[]string{"aws cloudtrail create-trail --name '<trail>' --s3-bucket-name '<bucket>' --is-multi-region-trail", "aws cloudtrail start-logging --name '<trail>'"}},
		"a trail without reads": {"trail.records-kms", pathtest.Trail(func(tr *path.Trail) { tr.RecordsReads = false }), "one of the trails (management-events)",
			[]string{"aws cloudtrail get-event-selectors --trail-name " + string(pathtest.TrailARN)}},
		"no alarm on errors": {"alarm.coverage", pathtest.Alarm(pathtest.ErrorsAlarm, pathtest.Silence), "give those an action that tell nobody",
			[]string{`aws cloudwatch put-metric-alarm --alarm-name xks-proxy-errors-cks-1234567890abcdef0 --alarm-actions '<topic-arn>' --metrics '[{"Id":"q1","Expression":"SELECT SUM(XksProxyErrors) FROM \"AWS/KMS\" WHERE CustomKeyStoreId = '\''cks-1234567890abcdef0'\''","Period":60}]' --comparison-operator GreaterThanThreshold --threshold 5 --evaluation-periods 1 --treat-missing-data notBreaching`}},
		"no alarm on certificate and key managers": {"alarm.coverage", func(s *path.Snapshot) { s.Alarms = s.Alarms[2:] }, "put the missing alarms",
			[]string{
				`aws cloudwatch put-metric-alarm --alarm-name xks-certificate-cks-1234567890abcdef0 --alarm-actions '<topic-arn>' --metrics '[{"Id":"q1","Expression":"SELECT MIN(XksProxyCertificateDaysToExpire) FROM \"AWS/KMS\" WHERE CustomKeyStoreId = '\''cks-1234567890abcdef0'\''","Period":300}]' --comparison-operator LessThanThreshold --threshold 10 --evaluation-periods 1 --treat-missing-data missing`,
				`aws cloudwatch put-metric-alarm --alarm-name xks-key-managers-cks-1234567890abcdef0 --alarm-actions '<topic-arn>' --metrics '[{"Id":"q1","Expression":"SELECT MAX(XksExternalKeyManagerStates) FROM \"AWS/KMS\" WHERE CustomKeyStoreId = '\''cks-1234567890abcdef0'\'' AND XksExternalKeyManagerState != '\''Active'\''","Period":300}]' --comparison-operator GreaterThanThreshold --threshold 0 --evaluation-periods 1 --treat-missing-data notBreaching`,
			}},
		"a refused credential": {state, failed("INVALID_CREDENTIALS"), "both parts",
			[]string{disconnect, wait, update + " --xks-proxy-authentication-credential 'AccessKeyId=<access-key-id>,RawSecretAccessKey=<secret>'", connect}},
		"a wrong path":         {state, failed("XKS_PROXY_INVALID_CONFIGURATION"), "(now /kms/xks/v1)", []string{disconnect, wait, update + " --xks-proxy-uri-path '<prefix>/kms/xks/v1'", connect}},
		"wrong TLS":            {state, failed("XKS_PROXY_INVALID_TLS_CONFIGURATION"), "whose common name is " + pathtest.DnsName, []string{disconnect, wait, connect}},
		"a proxy that refuses": {state, failed("XKS_PROXY_ACCESS_DENIED"), "let KMS in at the proxy", []string{disconnect, wait, connect}},
		"a strange answer":     {state, failed("XKS_PROXY_INVALID_RESPONSE"), "what answers on port 443", []string{disconnect, wait, connect}},
		"a new code":           {state, failed("XKS_NEWS"), "connection error code XKS_NEWS", nil},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			first := plan.Make(fails(t, s, tt.check), s, tagged()).Steps[0]
			if first.Class != plan.Manual || !strings.Contains(first.Action.Summary(), tt.text) {
				t.Errorf("got %v %q, want it manual and to say %q", first.Class, first.Action.Summary(), tt.text)
			}
			var lines []string
			for _, c := range first.Action.Commands() {
				lines = append(lines, plan.Shell(c))
			}
			if diff := cmp.Diff(tt.lines, lines); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

// The record of a name directly under its domain stands at that domain.
func TestTheRecordsDomain(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"proxy.example.com":     "_a.example.com",
		"*.xks.example.com":     "_a.xks.example.com",
		"example.com":           "_a.example.com",
		"a.b.c.xks.example.com": "_a.b.c.xks.example.com",
	} {
		s := pathtest.With(pathtest.NoResolver, pathtest.PrivateDnsState("failed"), pathtest.PrivateDnsName(name),
			pathtest.Service(func(e *path.EndpointService) { e.PrivateDnsRecordName = "_a" }))
		p := plan.Make([]check.Finding{fail(verified, pathtest.ServiceARN)}, s, tagged())
		if got := p.Steps[0].Action.Summary(); !strings.HasPrefix(got, "have the TXT record "+want+" with") {
			t.Errorf("%s: got %q, want the record %s", name, got, want)
		}
	}
}

// Where a target carries several groups, the rule goes into the one that opens least.
func TestTheRuleGoesIntoTheGroupThatOpensLeast(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.Enforce,
		pathtest.AddGroup("sg-shared"), pathtest.OtherInterface("eni-1", "10.0.1.70", "sg-shared"), pathtest.Carry("sg-shared", pathtest.ProxyGroup),
		pathtest.Ingress(pathtest.ProxyGroup, pathtest.TCPGroup(pathtest.LoadBalancerGroup, 443)))
	p := plan.Make(fails(t, s, enforced), s, tagged())
	if got := p.Steps[0].Action.Resource(); got != path.ARN(pathtest.ProxyGroup) {
		t.Errorf("got a rule in %s, want it in %s, which only targets carry", got, pathtest.ProxyGroup)
	}
}

func TestAutomaticStepsAreTheAutomaticOnes(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.RequireAcceptance, pathtest.PrivateDnsState("failed"))
	p := plan.Make(fails(t, s, acceptance, verified), s, tagged())
	got := p.Automatic()
	if len(p.Steps) != 2 || len(got) != 1 || got[0].ID != "1-restart-verification" {
		t.Errorf("got %v of %v", got, shape(p))
	}
}
