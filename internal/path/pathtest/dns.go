package pathtest

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// What proves the healthy path's private DNS name, by name.
const (
	RecordLabel = "_6e86v84tqgqubxbwii1m"
	RecordValue = "vpce:l6p0ERxlTt45jevFwOCp"
	RecordName  = RecordLabel + ".xks.example.com" // where the healthy path has the record
	HostedZone  = "Z0123456789ABCDEFGHIJ"          // example.com
)

// servers are whom the look-up asks: two resolvers and the zone's name servers.
func servers() (resolvers, authorities []string) {
	return []string{"192.0.2.53", "198.51.100.53"}, []string{"ns-1.example.net", "ns-2.example.net"}
}

// publicDNS is a record that everybody who was asked for it has.
func publicDNS() *path.PublicDNS {
	_, authorities := servers()
	d := &path.PublicDNS{
		Names: []string{
			RecordLabel + "." + DnsName, RecordName, RecordLabel + ".example.com", DnsName, "xks.example.com", "example.com",
		},
		Zones: []path.DNSZone{{Name: "example.com", NameServers: authorities}},
	}
	for _, n := range d.Names[:3] {
		d.Answers = append(d.Answers, answers(n, path.DNSNoName)...)
	}
	for i := range d.Answers {
		if d.Answers[i].Name == RecordName {
			d.Answers[i].Outcome, d.Answers[i].Values, d.Answers[i].TTL = path.DNSFound, []string{RecordValue}, 1800
		}
	}
	return d
}

// answers are the same outcome from every server.
func answers(name string, outcome path.DNSOutcome) []path.DNSAnswer {
	resolvers, authorities := servers()
	var all []path.DNSAnswer
	for _, s := range resolvers {
		all = append(all, path.DNSAnswer{Server: s, Name: name, Outcome: outcome, TTL: 300})
	}
	for _, s := range authorities {
		all = append(all, path.DNSAnswer{Server: s, Authority: true, Name: name, Outcome: outcome, TTL: 300})
	}
	return all
}

// hostedZones is the account's public hosted zone, with the record.
func hostedZones() []path.HostedZone {
	_, authorities := servers()
	return []path.HostedZone{{ID: HostedZone, Name: "example.com", NameServers: authorities, Records: []path.TXTRecord{
		{Name: RecordName, TTL: 1800, Values: []string{`"` + RecordValue + `"`}},
	}}}
}

// RecordMissing takes the record out of public DNS and out of the hosted zone.
func RecordMissing(s *path.Snapshot) { All(Stored(), SaidByAll(path.DNSNoName))(s) }

// Stored sets the values that the hosted zone holds at RecordName, each in quotes; none
// takes the record set away.
func Stored(values ...string) Edit {
	return func(s *path.Snapshot) {
		s.HostedZones = hostedZones()
		s.HostedZones[0].Records = nil
		if len(values) > 0 {
			s.HostedZones[0].Records = []path.TXTRecord{{Name: RecordName, TTL: 300, Values: values}}
		}
	}
}

// SaidByAll sets what every server says of RecordName.
func SaidByAll(outcome path.DNSOutcome, values ...string) Edit {
	resolvers, authorities := servers()
	return SaidBy(slices.Concat(resolvers, authorities), outcome, values...)
}

// SaidBy sets what some servers say of RecordName.
func SaidBy(by []string, outcome path.DNSOutcome, values ...string) Edit {
	return func(s *path.Snapshot) {
		if s.DNS == nil {
			s.DNS = publicDNS()
		}
		for i, a := range s.DNS.Answers {
			if a.Name == RecordName && slices.Contains(by, a.Server) {
				s.DNS.Answers[i].Outcome, s.DNS.Answers[i].Values, s.DNS.Answers[i].TTL = outcome, values, 300
			}
		}
	}
}

// SaidOf adds what every server says of another name.
func SaidOf(name string, outcome path.DNSOutcome, values ...string) Edit {
	return func(s *path.Snapshot) {
		for _, a := range answers(name, outcome) {
			a.Values = values
			s.DNS.Answers = append(s.DNS.Answers, a)
		}
	}
}

// NoAuthority is a look-up that found none of the zone's name servers.
func NoAuthority(s *path.Snapshot) {
	s.DNS.Zones = nil
	s.DNS.Answers = slices.DeleteFunc(s.DNS.Answers, func(a path.DNSAnswer) bool { return a.Authority })
}

// NoResolver makes the product one that asks no DNS.
func NoResolver(s *path.Snapshot) { s.DNS, s.HostedZones = nil, nil }
