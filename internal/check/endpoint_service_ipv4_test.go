package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceIpv4(t *testing.T) {
	types := func(types ...string) pathtest.Edit {
		return pathtest.Service(func(e *path.EndpointService) { e.AddressTypes = types })
	}
	judges(t, endpointServiceIpv4, onPathRows(map[string]row{
		"IPv4":                         {edit: pathtest.Unchanged, want: Pass, subject: pathtest.ServiceARN, seen: "ipv4"},
		"IPv4 in another spelling":     {edit: types("IPv4"), want: Pass},
		"both":                         {edit: types("ipv6", "ipv4"), want: Pass, seen: "ipv6, ipv4"},
		"IPv6 alone":                   {edit: types("ipv6"), want: Fail, seen: "ipv6", headline: "does not support IPv4"},
		"AWS names none":               {edit: types(), want: Unknown, seen: "names no"},
		"another account's, IPv4":      {edit: pathtest.CrossAccount, want: Pass},
		"another account's, IPv6 only": {edit: pathtest.All(pathtest.CrossAccount, types("ipv6")), want: Fail},
		"there is no service":          {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create":           {edit: pathtest.All(pathtest.FailedCreate, types("ipv6")), want: Fail},
	}))
}
