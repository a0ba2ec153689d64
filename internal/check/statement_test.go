package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
func TestTheStatementToAdd(t *testing.T) {
	t.Parallel()
	const service, role = path.ARN("arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/vpce-svc-1"), path.ARN("arn:aws:iam::444455556666:role/xks-reader")
	refused := func(action string, on path.ARN) path.Gap {
		return path.Gap{Action: action, On: on, Cause: path.AccessDenied}
	}
	tests := map[string]struct {
		gaps []path.Gap
		want string
	}{
		"nothing was refused":        {nil, ""},
		"a read was throttled":       {[]path.Gap{{Action: "ec2:DescribeVpcs", Cause: path.Throttled}}, ""},
		"a read without a resource":  {[]path.Gap{refused("ec2:DescribeSecurityGroups", "sg-1")}, `{"Effect":"Allow","Action":"ec2:DescribeSecurityGroups","Resource":"*"}`},
		"a read of one resource":     {[]path.Gap{refused("ec2:DescribeVpcEndpointServicePermissions", service)}, `{"Effect":"Allow","Action":"ec2:DescribeVpcEndpointServicePermissions","Resource":"` + string(service) + `"}`},
		"a resource known by its ID": {[]path.Gap{refused("ec2:GetManagedPrefixListEntries", "pl-1")}, `{"Effect":"Allow","Action":"ec2:GetManagedPrefixListEntries","Resource":"*"}`},
		"describing a load balancer": {[]path.Gap{refused("elasticloadbalancing:DescribeListeners", "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/a/1")},
			`{"Effect":"Allow","Action":"elasticloadbalancing:DescribeListeners","Resource":"*"}`},
		"one statement a resource, each action once": {
			[]path.Gap{refused("sts:AssumeRole", role), refused("ec2:DescribeVpcs", ""), refused("ec2:DescribeSubnets", ""), refused("ec2:DescribeVpcs", "")},
			`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + string(role) + `"}, {"Effect":"Allow","Action":["ec2:DescribeSubnets","ec2:DescribeVpcs"],"Resource":"*"}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Statement(tt.gaps...); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What is unknown for a refusal names the statement, also where another part hid it.
func TestAnUnreadCheckNamesTheStatement(t *testing.T) {
	t.Parallel()
	const grant = `the role that reads it has {"Effect":"Allow","Action":"elasticloadbalancing:DescribeListeners","Resource":"*"}`
	gap := func(p path.Part, c path.Cause) path.Gap {
		return path.Gap{Part: p, Action: "elasticloadbalancing:DescribeListeners", Cause: c, Message: "no"}
	}
	tests := map[string]struct {
		gaps []path.Gap
		want string
	}{
		"the read was refused":            {[]path.Gap{gap(path.TargetHealthPart, path.AccessDenied)}, grant},
		"the read before it was refused":  {[]path.Gap{gap(path.ListenersPart, path.AccessDenied), gap(path.TargetHealthPart, path.Unreadable)}, grant},
		"the read before it timed out":    {[]path.Gap{gap(path.ListenersPart, path.TimedOut), gap(path.TargetHealthPart, path.Unreadable)}, ""},
		"only the owner sees it":          {[]path.Gap{gap(path.TargetHealthPart, path.NotVisible)}, ""},
		"another action was refused only": {[]path.Gap{{Action: "ec2:DescribeVpcs", Cause: path.AccessDenied}, gap(path.TargetHealthPart, path.Throttled)}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := Check{ID: "a.check", Needs: []path.Part{path.TargetHealthPart}}
			found := Run([]Check{one}, path.Snapshot{Gaps: tt.gaps})
			if len(found) != 1 || found[0].Verdict != Unknown || found[0].Evidence.Expected != tt.want {
				t.Errorf("got %+v, want unknown, expected %q", found, tt.want)
			}
		})
	}
}
