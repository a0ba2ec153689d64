package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestTargetGroupProtocol(t *testing.T) {
	group := func(protocol string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { g.Protocol = protocol })
	}
	listener := func(protocol string) pathtest.Edit {
		return pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Listeners[0].Protocol = protocol })
	}
	checked := func(protocol, port string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { g.HealthCheck.Protocol, g.HealthCheck.Port = protocol, port })
	}
	proxied := pathtest.TargetGroup(func(g *path.TargetGroup) { g.ProxyProtocolV2 = true })
	sick := pathtest.Targets("unhealthy", "Target.ResponseCodeMismatch")
	judges(t, targetGroupProtocol, onPathRows(map[string]row{
		"TCP behind TCP":                                      {edit: pathtest.Unchanged, want: Pass, subject: pathtest.TargetGroupARN, seen: "protocol TCP behind a TCP listener"},
		"TLS behind TLS is encrypted anew":                    {edit: pathtest.All(listener("TLS"), group("TLS")), want: Pass},
		"TCP behind TLS is plaintext":                         {edit: listener("TLS"), want: Fail, seen: "TCP behind a TLS listener", headline: "sends plaintext"},
		"plaintext, in another spelling":                      {edit: pathtest.All(listener("tls"), group("tcp")), want: Fail},
		"plaintext, which the proxy answers when it is asked": {edit: pathtest.All(listener("TLS"), checked("HTTP", "traffic-port")), want: Pass},
		"plaintext, answered on the same port by number":      {edit: pathtest.All(listener("TLS"), checked("HTTP", "443")), want: Pass},
		"plaintext, answered on a port of its own":            {edit: pathtest.All(listener("TLS"), checked("HTTP", "8080")), want: Fail},
		"plaintext, and the proxy refuses it":                 {edit: pathtest.All(listener("TLS"), checked("HTTP", "traffic-port"), sick), want: Fail},
		"plaintext, and the proxy speaks TLS":                 {edit: pathtest.All(listener("TLS"), checked("HTTPS", "traffic-port")), want: Fail},
		"proxy protocol v2":                                   {edit: proxied, want: Fail, seen: "proxy protocol v2 on", headline: "proxy protocol v2"},
		"proxy protocol v2, which the proxy understands":      {edit: pathtest.All(proxied, checked("HTTPS", "traffic-port")), want: Pass, seen: "proxy protocol v2 on"},
		"proxy protocol v2, which the proxy does not":         {edit: pathtest.All(proxied, checked("HTTPS", "traffic-port"), sick), want: Fail},
		"UDP":                                  {edit: group("UDP"), want: Fail, seen: "UDP", headline: "protocol is UDP"},
		"TCP and UDP serve, but TCP is enough": {edit: group("TCP_UDP"), want: Fail, warning: true},
		"AWS does not say":                     {edit: group(""), want: Fail, seen: "not set"},
		"no listener":                          {edit: pathtest.DeleteListener, want: NotApplicable, seen: "no target group is behind a listener"},
		"another account's":                    {edit: pathtest.CrossAccount, want: Unknown, seen: "only its owner sees"},
		"there is no service":                  {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create":                   {edit: pathtest.All(pathtest.FailedCreate, proxied), want: Fail},
		"health could not be read":             {edit: pathtest.Blind(path.TargetHealthPart), want: Unknown},
	}))
}
