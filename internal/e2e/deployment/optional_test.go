//go:build e2e

package deployment

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A place is where a probe may stand: two subnets of a VPC, and a security group for it.
type place struct{ subnets, groups []string }

// place makes a VPC of a customer's.
func (a *awsAccount) place(t *testing.T) place {
	t.Helper()
	vpc := a.ec2(t, "Vpc.VpcId", "create-vpc", "--cidr-block", "10.7.0.0/16")
	subnet := func(cidr, zone string) string {
		return a.ec2(t, "Subnet.SubnetId", "create-subnet", "--vpc-id", vpc, "--cidr-block", cidr, "--availability-zone", zone)
	}
	group := a.ec2(t, "GroupId", "create-security-group", "--vpc-id", vpc, "--group-name", "xks-probe", "--description", "XKS probe")
	return place{[]string{subnet("10.7.1.0/24", region+"a"), subnet("10.7.2.0/24", region+"b")}, []string{group}}
}

// ec2 types a command of the AWS CLI and returns what a query finds in its answer.
func (a *awsAccount) ec2(t *testing.T, query string, args ...string) string {
	t.Helper()
	args = append(append([]string{"ec2"}, args...), "--query", query, "--output", "text")
	return strings.TrimSpace(run(t, e2e.Root(), a.env, "", e2e.Tool(t, "aws"), args...))
}

// attachesNothing holds what is said of moto: that it makes no network interface for a function
// in a VPC, as AWS does. A release that makes them has to be compared in them.
func (a *awsAccount) attachesNothing(t *testing.T, p place) {
	t.Helper()
	made := a.ec2(t, "length(NetworkInterfaces)", "describe-network-interfaces", "--filters", "Name=subnet-id,Values="+strings.Join(p.subnets, ","))
	if made != "0" {
		t.Errorf("moto attaches functions to their VPC by now: %s network interfaces are there, and nobody compares them", made)
	}
}

// parameters place the probe there.
func (p place) parameters() map[string]string {
	return map[string]string{"ProbeSubnetIds": strings.Join(p.subnets, ","), "ProbeSecurityGroupIds": strings.Join(p.groups, ",")}
}

// optional are the variants with the parts that a stack has only where they are asked for:
// each by itself, halves that ask for nothing, and all at once.
func optional(p place) []variant {
	owners := map[string]string{"OwnerReadRoleArns": "arn:aws:iam::444455556666:role/xks-read,arn:aws:iam::777788889999:role/xks/read"}
	half := map[string]string{"Mode": "observe", "DnsResolvers": "", "ProbeSubnetIds": p.parameters()["ProbeSubnetIds"], "OwnerExternalId": "xks-1234"}
	all := map[string]string{"Mode": "auto", "DnsResolvers": "9.9.9.9,[2620:fe::fe]:53", "OwnerExternalId": "xks-1234",
		"CanaryKeys": "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555", "NotificationEmail": "on-call@example.com"}
	maps.Copy(all, p.parameters())
	maps.Copy(all, owners)
	return []variant{{"probe", p.parameters()}, {"owners", owners}, {"half", half}, {"everything", all}}
}

// count is how many resources of a kind there are, one more with the probe.
func count(parameters map[string]string, without int) int {
	if hasProbe(parameters) {
		return without + 1
	}
	return without
}

// hasProbe says whether the parameters place a probe, for which both are needed.
func hasProbe(parameters map[string]string) bool {
	return parameters["ProbeSubnetIds"] != "" && parameters["ProbeSecurityGroupIds"] != ""
}

// A probe is there where both of its parameters are given: in the subnets and with the groups
// that they name, without a variable, and with a role that can but be attached and write its
// own log. Lambda makes the interfaces; the same calls are denied to the function's code.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
func (d deployed) probeStandsWhereItWasPlaced(parameters map[string]string) {
	d.t.Helper()
	function, role, log, alarm := d.resources["ProbeFunction"], d.resources["ProbeRole"], d.resources["ProbeLogGroup"], d.resources["ProbeErrorAlarm"]
	for logicalID, r := range d.of("AWS::Lambda::Function", count(parameters, 3)) {
		if got := text(r, "VpcConfig"); logicalID != "ProbeFunction" && got != "" {
			d.t.Errorf("%s is in a VPC: %s", logicalID, got)
		}
	}
	if !hasProbe(parameters) {
		for _, r := range []stated{function, role, log, alarm} {
			if r.Type != "" {
				d.t.Errorf("a %s of the probe's is there, and nobody asked for a probe", r.Type)
			}
		}
		return
	}
	want := map[string]string{
		"VpcConfig": `{"SecurityGroupIds":["` + strings.ReplaceAll(parameters["ProbeSecurityGroupIds"], ",", `","`) +
			`"],"SubnetIds":["` + strings.ReplaceAll(parameters["ProbeSubnetIds"], ",", `","`) + `"]}`,
		"Handler": "bootstrap", "Runtime": "provided.al2023", "Timeout": "15", "MemorySize": "512", "Architectures": `["arm64"]`, "Environment": "",
	}
	for property, value := range want {
		if got := text(function, property); got != value {
			d.t.Errorf("the probe has %s %s, want %s", property, got, value)
		}
	}
	if !strings.Contains(text(function, "Role"), "-ProbeRole-") || log.Type != "AWS::Logs::LogGroup" || !strings.Contains(text(alarm, "Dimensions"), "-ProbeFunction-") {
		d.t.Errorf("the probe runs as %s, logs to a %q and rings for %s", text(function, "Role"), log.Type, text(alarm, "Dimensions"))
	}
	d.probeMayDoNothing(role)
}

func (d deployed) probeMayDoNothing(role stated) {
	d.t.Helper()
	attaching := []string{"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
		"ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"}
	writing := []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	allowed, denied := map[string][]string{}, []string{}
	statements, _ := at(role, "Policies", "0", "PolicyDocument", "Statement").([]any)
	for _, s := range statements {
		one := stated{Properties: s.(map[string]any)}
		actions := actionsIn(one)
		if text(one, "Effect") == "Allow" {
			on := text(one, "Resource")
			allowed[on] = append(allowed[on], actions...)
			continue
		}
		if from := text(one, "Condition"); !strings.Contains(from, `"lambda:SourceFunctionArn":"arn:aws:lambda:`+region+":"+account+`:function:*"`) {
			d.t.Errorf("the probe's code is denied %v under %s", actions, from)
		}
		denied = append(denied, actions...)
	}
	for on, actions := range allowed {
		want := writing
		if on == "*" {
			want = attaching
		} else if !strings.Contains(on, "-ProbeLogGroup-") {
			d.t.Errorf("the probe may do something to %s", on)
		}
		if slices.Sort(actions); !slices.Equal(actions, want) {
			d.t.Errorf("the probe's role may %v on %s, want %v", actions, on, want)
		}
	}
	for _, action := range attaching {
		if !slices.Contains(denied, action) {
			d.t.Errorf("the probe's own code may %s", action)
		}
	}
	if len(allowed) != 2 || text(role, "Policies", "1") != "" || text(role, "ManagedPolicyArns") != "" {
		d.t.Errorf("the probe's role holds %s and %s", text(role, "Policies"), text(role, "ManagedPolicyArns"))
	}
}

// What diagnose may call beyond what every stack needs follows the parameters, and so does what
// it is told of them.
func (d deployed) diagnoseReachesWhatWasAskedFor(parameters map[string]string) {
	d.t.Helper()
	resolvers, given := parameters["DnsResolvers"]
	if !given {
		resolvers = "1.1.1.1,8.8.8.8"
	}
	granted := map[string]string{} // resources by action
	for i := range 2 {
		statements, _ := at(d.resources["DiagnoseRole"], "Policies", []string{"0", "1"}[i], "PolicyDocument", "Statement").([]any)
		for _, s := range statements {
			one := stated{Properties: s.(map[string]any)}
			for _, action := range actionsIn(one) {
				granted[action] = text(one, "Resource")
			}
		}
	}
	function := ""
	if hasProbe(parameters) {
		function = nameIn(granted["lambda:InvokeFunction"])
		if resourceNamed(map[string]stated{"ProbeFunction": {}}, function+"-") == "" {
			d.t.Errorf("diagnose may invoke %q, want the probe alone", granted["lambda:InvokeFunction"])
		}
	}
	roles := parameters["OwnerReadRoleArns"]
	want := map[string]string{"lambda:InvokeFunction": granted["lambda:InvokeFunction"], "sts:AssumeRole": "",
		"route53:ListHostedZonesByName": "", "route53:ListResourceRecordSets": ""}
	if !hasProbe(parameters) {
		want["lambda:InvokeFunction"] = ""
	}
	if roles != "" {
		want["sts:AssumeRole"] = `["` + strings.ReplaceAll(roles, ",", `","`) + `"]`
	}
	if resolvers != "" {
		want["route53:ListHostedZonesByName"], want["route53:ListResourceRecordSets"] = "*", "arn:aws:route53:::hostedzone/*"
	}
	for action, on := range want {
		if granted[action] != on {
			d.t.Errorf("diagnose may %s on %q, want %q", action, granted[action], on)
		}
	}
	told := map[string]string{"PROBE_FUNCTION": function, "DNS_RESOLVERS": resolvers, "OWNER_READ_ROLES": roles, "OWNER_EXTERNAL_ID": parameters["OwnerExternalId"]}
	for name, value := range told {
		if got := text(d.resources["DiagnoseFunction"], "Environment", "Variables", name); got != value {
			d.t.Errorf("diagnose is told %s=%q, want %q", name, got, value)
		}
	}
}

// nameIn is the name at the end of a function's ARN.
func nameIn(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// actionsIn lists the actions of one statement.
func actionsIn(statement stated) []string {
	switch action := at(statement, "Action").(type) {
	case string:
		return []string{action}
	case []any:
		var all []string
		for _, one := range action {
			all = append(all, one.(string))
		}
		return all
	}
	return nil
}
