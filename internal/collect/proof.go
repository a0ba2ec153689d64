package collect

import (
	"context"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A PublicDNS asks public DNS for the record that proves a private DNS name. It bounds itself
// in time. The error is non-nil where nobody answered.
type PublicDNS interface {
	Lookup(ctx context.Context, name, label, value string) (path.PublicDNS, error)
}

// A proof is what is read about the record that proves the private DNS name. It is read beside
// the rounds, which do not wait for it: DNS may take seconds to say nothing.
type proof struct {
	dns   answer[path.PublicDNS]
	zones answer[[]path.HostedZone]
}

// askProof asks once the endpoint service is known. A name that is verified is looked up too,
// for nobody but DNS can tell that its record was removed; Route 53 is asked only where the
// name is not verified, so that a healthy path costs no call more.
func (s *survey) askProof() {
	e := s.out.Service
	if s.dns == nil || e.PrivateDnsName == "" || e.PrivateDnsRecordName == "" || e.PrivateDnsRecordValue == "" {
		return
	}
	s.aside(ask(s.Reader, &s.proof.dns, question{path.PublicDNSPart, "dns:Query", e.ARN},
		func(ctx context.Context) (path.PublicDNS, error) {
			return s.dns.Lookup(ctx, e.PrivateDnsName, e.PrivateDnsRecordName, e.PrivateDnsRecordValue)
		}))
	if strings.EqualFold(e.PrivateDnsState, "verified") {
		return
	}
	s.aside(s.askZones(&s.proof.zones, e.PrivateDnsName, e.PrivateDnsRecordName))
}

func (s *survey) takeProof() {
	if s.proof.dns.asked && !note(s, s.proof.dns) {
		s.out.DNS = &s.proof.dns.value
	}
	if s.proof.zones.asked && !note(s, s.proof.zones) {
		s.out.HostedZones = s.proof.zones.value
	}
}
