package path

// PublicDNS is what DNS servers answered when they were asked for the TXT record that proves
// a private DNS name.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
type PublicDNS struct {
	// Names are the names under which the record proves the private DNS name, each the
	// record's label and a domain, the longest domain first; then those domains alone, for
	// providers that refuse an underscore.
	Names   []string    `json:"names"`
	Zones   []DNSZone   `json:"zones,omitempty"` // that hold Names, as far as they were found
	Answers []DNSAnswer `json:"answers"`         // in the order of the servers, and of the names
}

// A DNSZone is a public DNS zone and who answers for it.
type DNSZone struct {
	Name        string   `json:"name"`        // without the final dot
	NameServers []string `json:"nameServers"` // of its NS record, sorted, without the final dot
}

// A DNSAnswer is what one server said of one name's TXT records.
type DNSAnswer struct {
	Server    string     `json:"server"`              // address of a resolver, name of an authority
	Authority bool       `json:"authority,omitempty"` // one of the zone's own name servers
	Name      string     `json:"name"`                // without the final dot
	Outcome   DNSOutcome `json:"outcome"`
	Values    []string   `json:"values,omitempty"`  // sorted; the strings of each record as one
	Omitted   int        `json:"omitted,omitempty"` // values at a domain itself that are not about an endpoint service
	Alias     string     `json:"alias,omitempty"`   // where a CNAME record leads to
	TTL       int        `json:"ttl,omitempty"`     // seconds for which the answer may be kept; of a resolver, what is left of them
	TCP       bool       `json:"tcp,omitempty"`     // the answer was too long for UDP
	Message   string     `json:"message,omitempty"` // of DNSUnreadable: what happened
}

// A DNSOutcome is how a question to a DNS server ended.
type DNSOutcome string

const (
	DNSFound      DNSOutcome = "found"      // NOERROR with TXT records
	DNSNoText     DNSOutcome = "no-txt"     // NOERROR without TXT records
	DNSNoName     DNSOutcome = "nxdomain"   // NXDOMAIN
	DNSFailed     DNSOutcome = "servfail"   // SERVFAIL: the resolver got no answer that it trusts
	DNSRefused    DNSOutcome = "refused"    // REFUSED: the server does not serve us, or not this zone
	DNSTimedOut   DNSOutcome = "timed-out"  // no answer in time
	DNSUnreadable DNSOutcome = "unreadable" // any other failure
)

// Answered says whether the outcome tells what records there are.
func (o DNSOutcome) Answered() bool { return o == DNSFound || o == DNSNoText || o == DNSNoName }

// A HostedZone is a hosted zone of Amazon Route 53 in this account whose domain is that of
// the private DNS name, or above it.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
type HostedZone struct {
	ID          string      `json:"id"`   // Z…, without /hostedzone/
	Name        string      `json:"name"` // without the final dot
	Private     bool        `json:"private,omitempty"`
	NameServers []string    `json:"nameServers,omitempty"` // of its own NS record, sorted, without the final dot
	Records     []TXTRecord `json:"records,omitempty"`     // at the names that prove the private DNS name
}

// A TXTRecord is a record set of type TXT as Route 53 stores it.
type TXTRecord struct {
	Name   string   `json:"name"`   // without the final dot
	TTL    int      `json:"ttl"`    // seconds
	Values []string `json:"values"` // each in its quotes, as Route 53 gives and takes it
}
