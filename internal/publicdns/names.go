package publicdns

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// domains returns the domains under which a private DNS name can be proved, the longest first:
// the name itself and each above it, down to what can be registered.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
func domains(name string) []string {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(name, ".")), "*.")
	last, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		last = "" // a public suffix itself, or no name: two labels end it
	}
	var all []string
	for strings.Contains(name, ".") {
		all = append(all, name)
		if name == last {
			break
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return all
}

// under puts the record's label before each domain.
func under(label string, domains []string) []string {
	var all []string
	for _, d := range domains {
		all = append(all, label+"."+d)
	}
	return all
}

// within says whether name is zone or below it.
func within(name, zone string) bool { return name == zone || strings.HasSuffix(name, "."+zone) }

// doubled returns where the record is if somebody typed its full name and the provider added
// the zone's to it.
func doubled(labelled []string, zones []zone, domains []string) []string {
	ends := domains[max(0, len(domains)-1):]
	for _, z := range zones {
		ends = append(slices.Clone(ends), z.name)
	}
	slices.Sort(ends)
	var all []string
	for _, end := range slices.Compact(ends) {
		for _, n := range labelled {
			if within(n, end) {
				all = append(all, n+"."+end)
			}
		}
	}
	return all
}
