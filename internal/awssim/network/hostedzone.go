package network

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A HostedZone is a hosted zone of Route 53. What its name servers answer follows its record
// sets after Timing.Sync.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
type HostedZone struct {
	ID          string // Z…
	Name        string // without the final dot
	Private     bool   // answers inside its VPCs alone
	Undelegated bool   // public, yet the domain is delegated to other name servers
	NameServers []string
	Records     []RecordSet // as Route 53 stores them, in its order
	live        []RecordSet // as the name servers have them
}

// A RecordSet is a record set of a hosted zone.
type RecordSet struct {
	Name   string   // without the final dot
	Type   string   // TXT, NS, SOA
	TTL    int      // seconds
	Values []string // as Route 53 spells them: those of TXT in quotes
}

// A ZoneChange is a change of a hosted zone.
type ZoneChange struct {
	ID        string // C…
	Status    string // PENDING, INSYNC
	Submitted time.Time
	Comment   string
}

// A CachedAnswer is what a resolver keeps giving until its time is over.
type CachedAnswer struct {
	Values []string // TXT; none where the name did not exist
	Until  time.Time
}

// AddHostedZone adds a hosted zone with the two record sets that Route 53 makes; a public one
// answers for its domain from now on.
func (w *World) AddHostedZone(name string, private bool) *HostedZone {
	z := &HostedZone{ID: "Z" + strings.ToUpper(w.hex("hosted-zone", 13)), Name: name, Private: private}
	for i := range 4 {
		z.NameServers = append(z.NameServers, fmt.Sprintf("ns-%d.awsdns-%02d.example.net", 100*i+len(w.HostedZones), i))
	}
	z.Records = []RecordSet{
		{Name: name, Type: "NS", TTL: 172800, Values: dotted(z.NameServers)},
		{Name: name, Type: "SOA", TTL: 900, Values: []string{z.NameServers[0] + ". awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}},
	}
	z.live = slices.Clone(z.Records)
	w.HostedZones[z.ID] = z
	return z
}

func dotted(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, n+".")
	}
	return out
}

// Put stores a record set at once, as if it had been there for long; without values it takes
// the set away.
func (z *HostedZone) Put(set RecordSet) {
	z.Records = with(z.Records, set)
	z.live = with(z.live, set)
}

func with(sets []RecordSet, set RecordSet) []RecordSet {
	sets = slices.DeleteFunc(slices.Clone(sets), func(s RecordSet) bool { return s.Name == set.Name && s.Type == set.Type })
	if len(set.Values) > 0 {
		sets = append(sets, set)
	}
	slices.SortFunc(sets, func(a, b RecordSet) int {
		return cmp.Or(cmp.Compare(Reversed(a.Name), Reversed(b.Name)), cmp.Compare(a.Type, b.Type))
	})
	return sets
}

// Reversed returns a name with its labels in reverse order, as Route 53 sorts names.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
func Reversed(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// Change replaces a hosted zone's record sets; its name servers follow after Timing.Sync.
func (w *World) Change(z *HostedZone, sets []RecordSet, comment string) *ZoneChange {
	z.Records = nil
	for _, s := range sets {
		z.Records = with(z.Records, s)
	}
	c := &ZoneChange{ID: "C" + strings.ToUpper(w.hex("zone-change", 13)), Status: "PENDING", Submitted: w.Clock.Now(), Comment: comment}
	w.Changes[c.ID] = c
	stored := slices.Clone(z.Records)
	w.Clock.After(w.Timing.Sync, "change of hosted zone "+z.ID, func() { z.live, c.Status = stored, "INSYNC" })
	return c
}

// publicZone returns the hosted zone that answers for a name in public DNS, or nil.
func (w *World) publicZone(name string) *HostedZone {
	var best *HostedZone
	for _, z := range Sorted(w.HostedZones) {
		if inside := name == z.Name || strings.HasSuffix(name, "."+z.Name); !inside || z.Private || z.Undelegated {
			continue
		}
		if best == nil || len(z.Name) > len(best.Name) {
			best = z
		}
	}
	return best
}

// PublicTXT returns the TXT values under a name in public DNS.
func (w *World) PublicTXT(name string) []string {
	z := w.publicZone(name)
	if z == nil {
		return w.TXT[name]
	}
	var values []string
	for _, s := range z.live {
		if s.Name == name && s.Type == "TXT" {
			for _, v := range s.Values {
				values = append(values, Unquoted(v))
			}
		}
	}
	return values
}

// Unquoted returns what a TXT value in Route 53's form says: its strings as one.
func Unquoted(value string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"':
			inside = !inside
		case !inside: // the space between two strings
		case c == '\\' && i+1 < len(value):
			i++
			b.WriteByte(value[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// PublicNames returns every name that public DNS holds TXT records under.
func (w *World) PublicNames() []string {
	var names []string
	for name := range w.TXT {
		if w.publicZone(name) == nil {
			names = append(names, name)
		}
	}
	for _, z := range w.HostedZones {
		if z.Private || z.Undelegated {
			continue
		}
		for _, s := range z.live {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// NameServers returns the name servers of a domain that is a public zone of its own.
func (w *World) NameServers(domain string) []string {
	if z := w.publicZone(domain); z != nil && z.Name == domain {
		return z.NameServers
	}
	return w.Delegations[domain]
}

// IsNameServer says whether a name is a public name server's.
func (w *World) IsNameServer(name string) bool {
	for _, z := range w.HostedZones {
		if slices.Contains(z.NameServers, name) {
			return true
		}
	}
	for _, servers := range w.Delegations {
		if slices.Contains(servers, name) {
			return true
		}
	}
	return false
}
