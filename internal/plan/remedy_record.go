package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// newTTL is what AWS suggests for the record.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
const newTTL = 1800

// unpublished has the record published: in the account's own public hosted zone where there
// is one that public DNS asks, else by a person at whoever answers for the domain.
func (m maker) unpublished(found []check.Finding) []Step {
	svc := m.Service
	if svc == nil || !svc.Owned || svc.PrivateDnsRecordName == "" || m.DNS == nil {
		return nil
	}
	name := svc.PrivateDnsRecordName + "." + parent(svc.PrivateDnsName)
	zone, ok := m.asked(svc.PrivateDnsName)
	if !ok {
		return each(found, func(check.Finding) Step { return m.publishElsewhere(name) })
	}
	if !inZone(name, zone.Name) { // the zone is the private DNS name's own
		name = svc.PrivateDnsRecordName + "." + zone.Name
	}
	if at := stored(zone, svc.PrivateDnsRecordValue); at != "" {
		return each(found, func(check.Finding) Step {
			return instruct(path.ARN(zone.ID), fmt.Sprintf("wait: hosted zone %s holds the TXT record %s, and its name servers have it within a minute or so, resolvers once their caches are over", zone.ID, at),
				[]string{"dig", "+short", "TXT", at, "@" + first(zone.NameServers)})
		})
	}
	record := recordIn(zone, name)
	add := UpsertTXT{Zone: zone.ID, Name: name, Value: svc.PrivateDnsRecordValue, Kept: record.Values, TTL: record.TTL}
	if len(record.Values) == 0 {
		add.TTL = newTTL
	}
	return []Step{approval("it changes public DNS, and a record set is replaced as a whole", add)}
}

// asked returns the account's hosted zone that public DNS asks for a name, if there is one: the
// longest public one, to whose name servers the domain is delegated.
func (m maker) asked(name string) (path.HostedZone, bool) {
	for _, z := range m.HostedZones {
		if z.Private || !inZone(strings.TrimPrefix(name, "*."), z.Name) {
			continue
		}
		return z, m.delegated(z)
	}
	return path.HostedZone{}, false
}

// delegated says whether public DNS names the hosted zone's own name servers, as far as it is
// known, and no zone lies between the hosted zone and the private DNS name.
func (m maker) delegated(z path.HostedZone) bool {
	for _, public := range m.DNS.Zones {
		if len(public.Name) > len(z.Name) {
			return false
		}
		if public.Name == z.Name {
			return slices.ContainsFunc(public.NameServers, func(s string) bool { return slices.Contains(z.NameServers, s) })
		}
	}
	return len(m.DNS.Zones) == 0 // nobody said whose the domain is
}

// publishElsewhere says what to publish, and at whom: the name servers tell the provider.
func (m maker) publishElsewhere(name string) Step {
	svc := m.Service
	text := fmt.Sprintf("publish the TXT record %s with the exact value %q in public DNS (TTL %d), beside any other value that is there", name, svc.PrivateDnsRecordValue, newTTL)
	at := ""
	if len(m.DNS.Zones) > 0 {
		z := m.DNS.Zones[0]
		text += fmt.Sprintf(". Domain %s is served by %s: it is to be done there", z.Name, strings.Join(z.NameServers, ", "))
		at = first(z.NameServers)
	}
	for _, z := range m.HostedZones {
		switch {
		case z.Private && stored(z, svc.PrivateDnsRecordValue) != "":
			text += fmt.Sprintf(". It is in private hosted zone %s, which nobody outside its VPCs sees, AWS's verification among them", z.ID)
		case !z.Private:
			text += fmt.Sprintf(". Hosted zone %s in this account is not the one that public DNS asks: its name servers are others", z.ID)
		}
	}
	if gap, ok := m.Gap(path.HostedZonePart); ok {
		text += ". Whether a hosted zone of this account serves the domain is not known: " + gap.Action + " gave no answer"
	}
	look := []string{"dig", "+short", "TXT", name}
	if at != "" {
		look = append(look, "@"+at)
	}
	return instruct(path.ARN(svc.ID), text, look)
}

// stored returns the name at which a zone holds the exact value, or "".
func stored(z path.HostedZone, value string) string {
	for _, r := range z.Records {
		if slices.Contains(r.Values, quotedTXT(value)) {
			return r.Name
		}
	}
	return ""
}

func recordIn(z path.HostedZone, name string) path.TXTRecord {
	for _, r := range z.Records {
		if r.Name == name {
			return r
		}
	}
	return path.TXTRecord{Name: name}
}

func inZone(name, zone string) bool { return name == zone || strings.HasSuffix(name, "."+zone) }

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
