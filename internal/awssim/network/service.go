package network

import (
	"slices"
	"strings"
	"time"
)

// An EndpointService is a VPC endpoint service.
type EndpointService struct {
	ID               string
	Name             string // com.amazonaws.vpce.<region>.<ID>
	Owner            string // account ID; only the own account's are described in full
	State            string // Available, Pending, Deleting, Deleted, Failed
	Type             string // Interface, GatewayLoadBalancer
	Zones            []string
	Acceptance       bool
	Balancers        []string // load balancer ARNs
	GatewayBalancers []string
	AddressTypes     []string // ipv4, ipv6
	PrivateDNS       *PrivateDNS
	Principals       []string // as given: a service name, an ARN, or *
	Connections      []*Connection
	Tags             map[string]string
}

// A PrivateDNS is an endpoint service's private DNS name and the proof of its ownership.
type PrivateDNS struct {
	Name        string // payments-hsm.xks.example.com
	State       string // pendingVerification, verified, failed
	RecordName  string // _6e86v84tqgqubxbwii1m
	RecordValue string // vpce:l6p0ERxlTt45jevFwOCp
	attempt     int
}

// A Connection is a VPC endpoint's connection to an endpoint service.
type Connection struct {
	EndpointID string
	Owner      string // account ID
	State      string // pendingAcceptance, available, rejected, deleting
	Created    time.Time
	Zones      []string // names of the zones in which the endpoint has an interface
}

// AddService adds an available endpoint service in front of load balancers, in all their
// zones, with acceptance off, nobody allowed, and no private DNS name.
func (w *World) AddService(balancers ...*LoadBalancer) *EndpointService {
	id := w.NewID("vpce-svc")
	s := &EndpointService{
		ID: id, Name: "com.amazonaws.vpce." + w.Region + "." + id, Owner: w.Account, State: "Available",
		Type: "Interface", AddressTypes: []string{"ipv4"}, Tags: map[string]string{},
	}
	for _, lb := range balancers {
		s.Balancers = append(s.Balancers, lb.ARN)
	}
	w.Services[id] = s
	w.RefreshZones(s)
	return s
}

// RefreshZones enables an endpoint service in every zone of its load balancers.
func (w *World) RefreshZones(s *EndpointService) {
	zones := map[string]bool{}
	for _, arn := range append(slices.Clone(s.Balancers), s.GatewayBalancers...) {
		if lb := w.LoadBalancers[arn]; lb != nil {
			for _, z := range lb.Zones {
				zones[z.Name] = true
			}
		}
	}
	s.Zones = IDs(zones)
}

// ServiceNamed returns the endpoint service with a name, or nil.
func (w *World) ServiceNamed(name string) *EndpointService {
	for _, s := range Sorted(w.Services) {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Allows reports whether a principal is on the allow list, or everybody is.
func (s *EndpointService) Allows(principal string) bool {
	return slices.Contains(s.Principals, principal) || slices.Contains(s.Principals, "*")
}

// SetPrivateDNS gives a service a private DNS name with a new record to publish, and begins
// to verify it, as AWS does.
func (w *World) SetPrivateDNS(s *EndpointService, name string) {
	s.PrivateDNS = &PrivateDNS{
		Name: strings.ToLower(name), State: "pendingVerification",
		RecordName: "_" + w.hex("txt-name", 20), RecordValue: "vpce:" + mixed(w.hex("txt-value", 20)),
	}
	w.VerifyPrivateDNS(s)
}

// mixed puts every other character into upper case: AWS's values are in mixed case, and a
// DNS provider that lowers it is a common fault.
func mixed(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); i += 2 {
		b[i] = strings.ToUpper(s[i : i+1])[0]
	}
	return string(b)
}

// VerifyPrivateDNS looks for the service's TXT record, Timing.Verify from now. A name that is
// verified stays so until then.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
func (w *World) VerifyPrivateDNS(s *EndpointService) {
	dns := s.PrivateDNS
	if dns.State != "verified" {
		dns.State = "pendingVerification"
	}
	dns.attempt++
	attempt := dns.attempt
	w.Clock.After(w.Timing.Verify, "private DNS verification of "+s.ID, func() {
		if s.PrivateDNS != dns || dns.attempt != attempt {
			return
		}
		dns.State = "failed"
		if w.RecordPublished(dns) {
			dns.State = "verified"
		}
	})
}

// RecordPublished reports whether public DNS holds the exact value, under the label or at
// the domain itself, of the private DNS name or one of its ancestors.
func (w *World) RecordPublished(dns *PrivateDNS) bool {
	for domain := dns.Name; strings.Contains(domain, "."); _, domain, _ = strings.Cut(domain, ".") {
		for _, name := range []string{dns.RecordName + "." + domain, domain} {
			if slices.Contains(w.PublicTXT(name), dns.RecordValue) {
				return true
			}
		}
	}
	return false
}

// connect makes an interface endpoint of KMS's ask for a connection. It returns nil where
// the service lets it not even ask: another principal, a name that is not verified.
func (w *World) connect(s *EndpointService) *Connection {
	if !s.Allows(w.KMSPrincipal()) || s.PrivateDNS == nil || s.PrivateDNS.State != "verified" {
		return nil
	}
	c := &Connection{
		EndpointID: w.NewID("vpce"), Owner: w.KMSAccount, State: "available",
		Created: w.Clock.Now(), Zones: slices.Clone(s.Zones),
	}
	if s.Acceptance {
		c.State = "pendingAcceptance"
	}
	s.Connections = append(s.Connections, c)
	return c
}

// Endpoint returns a service's connection of an endpoint, or nil.
func (s *EndpointService) Endpoint(id string) *Connection {
	for _, c := range s.Connections {
		if c.EndpointID == id {
			return c
		}
	}
	return nil
}

// DeleteService takes an endpoint service away at once, whatever is connected to it.
func (w *World) DeleteService(s *EndpointService) {
	s.State = "Deleted"
	delete(w.Services, s.ID)
}
