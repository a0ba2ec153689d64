package check

import (
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestEndpointServiceVerificationRecordPublished(t *testing.T) {
	const (
		value   = pathtest.RecordValue
		doubled = pathtest.RecordName + ".example.com"
	)
	one, other, first, second := []string{"192.0.2.53"}, []string{"198.51.100.53"}, []string{"ns-1.example.net"}, []string{"ns-2.example.net"}
	unverified := func(edits ...pathtest.Edit) pathtest.Edit {
		return pathtest.All(append([]pathtest.Edit{pathtest.PrivateDnsState("failed")}, edits...)...)
	}
	zone := append(append([]string{}, first...), second...)
	resolvers := append(append([]string{}, one...), other...)
	judges(t, endpointServiceVerificationRecordPublished, onPathRows(map[string]row{
		"published and verified":       {edit: pathtest.Unchanged, want: Pass, seen: pathtest.RecordName + " has the value", subject: pathtest.ServiceARN},
		"published, not verified yet":  {edit: unverified(), want: Pass},
		"nowhere":                      {edit: unverified(pathtest.RecordMissing), want: Fail, seen: pathtest.RecordName + " NXDOMAIN; ", headline: "TXT record is not in public DNS"},
		"a name without TXT records":   {edit: unverified(pathtest.SaidByAll(path.DNSNoText)), want: Fail, seen: pathtest.RecordName + " no TXT record; "},
		"gone after the verification":  {edit: pathtest.RecordMissing, want: Fail, warning: true, seen: "the name is verified, but no such record"},
		"in lower case":                {edit: unverified(pathtest.SaidByAll(path.DNSFound, strings.ToLower(value))), want: Fail, seen: "upper and lower case", headline: "wrong case"},
		"the domain appended twice":    {edit: unverified(pathtest.RecordMissing, pathtest.SaidOf(doubled, path.DNSFound, value)), want: Fail, seen: "the record is at " + doubled, headline: "domain twice"},
		"quotes in the value":          {edit: unverified(pathtest.SaidByAll(path.DNSFound, `"`+value+`"`)), want: Fail, seen: "quotes or spaces", headline: "quotes or spaces"},
		"cut short":                    {edit: unverified(pathtest.SaidByAll(path.DNSFound, value[:12])), want: Fail, headline: "cut short"},
		"another service's value":      {edit: unverified(pathtest.SaidByAll(path.DNSFound, "vpce:AAAAAAAAAAAAAAAAAAAA")), want: Fail, headline: "another value"},
		"beside another value":         {edit: unverified(pathtest.SaidByAll(path.DNSFound, "vpce:AAAAAAAAAAAAAAAAAAAA", value)), want: Pass},
		"at the domain itself":         {edit: unverified(pathtest.RecordMissing, pathtest.SaidOf("example.com", path.DNSFound, value)), want: Pass, seen: "example.com has the value"},
		"one resolver's cache is old":  {edit: unverified(pathtest.SaidBy(other, path.DNSNoName)), want: Pass, seen: "198.51.100.53 still answers NXDOMAIN, for at most 300 s more"},
		"both resolvers' are old":      {edit: unverified(pathtest.SaidBy(resolvers, path.DNSNoName)), want: Pass, seen: "192.0.2.53 still answers NXDOMAIN"},
		"a cache alone still has it":   {edit: unverified(pathtest.SaidByAll(path.DNSNoName), pathtest.SaidBy(one, path.DNSFound, value)), want: Fail, seen: "only 192.0.2.53 has the record", headline: "in a cache"},
		"one of two name servers":      {edit: unverified(pathtest.SaidBy(second, path.DNSNoName)), want: Fail, seen: "NXDOMAIN (ns-2.example.net)", headline: "not on all name servers"},
		"a silent name server":         {edit: unverified(pathtest.SaidBy(second, path.DNSTimedOut)), want: Pass},
		"silent name servers":          {edit: unverified(pathtest.SaidBy(zone, path.DNSTimedOut)), want: Pass},
		"silent, and resolvers differ": {edit: unverified(pathtest.SaidBy(zone, path.DNSRefused), pathtest.SaidBy(one, path.DNSNoName)), want: Fail, seen: "a view of its own"},
		"no name server is known":      {edit: unverified(pathtest.NoAuthority), want: Pass},
		"none known, resolvers differ": {edit: unverified(pathtest.NoAuthority, pathtest.SaidBy(other, path.DNSFound, "vpce:another")), want: Fail, seen: "only 192.0.2.53 has"},
		"none known, one fails":        {edit: unverified(pathtest.NoAuthority, pathtest.SaidBy(other, path.DNSFailed)), want: Pass},
		"SERVFAIL, and none has it":    {edit: unverified(pathtest.RecordMissing, pathtest.SaidBy(one, path.DNSFailed)), want: Fail, seen: "SERVFAIL (192.0.2.53)"},
		"an alias into another zone": {edit: unverified(pathtest.SaidBy(zone, path.DNSNoText), func(s *path.Snapshot) {
			for i := range s.DNS.Answers {
				s.DNS.Answers[i].Alias = "proof.example.org"
			}
		}), want: Pass},
		"nobody asked":           {edit: unverified(pathtest.NoResolver), want: NotApplicable, seen: "no resolver is configured"},
		"nobody answered":        {edit: unverified(pathtest.Blind(path.PublicDNSPart)), want: Unknown},
		"there is no name":       {edit: pathtest.PrivateDnsName(""), want: NotApplicable, seen: "endpoint-service.private-dns-name"},
		"AWS asks for no record": {edit: pathtest.Service(func(e *path.EndpointService) { e.PrivateDnsRecordName = "" }), want: NotApplicable},
		"another account's":      {edit: pathtest.All(pathtest.CrossAccount, pathtest.NoResolver), want: Unknown, seen: "only its owner sees this"},
		"there is no service":    {edit: pathtest.NoService, want: NotApplicable},
		"of a failed create":     {edit: unverified(pathtest.FailedCreate, pathtest.RecordMissing), want: Fail},
	}))
}
