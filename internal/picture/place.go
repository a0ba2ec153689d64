package picture

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// A Place is where in the picture a check is at home.
type Place string

// The places, in the order in which they are drawn: the hops of the path, then what stands
// beside it.
const (
	KeyStore        Place = "key store"
	EndpointService Place = "endpoint service"
	LoadBalancer    Place = "load balancer"
	Listener        Place = "listener"
	TargetGroup     Place = "target group"
	Targets         Place = "targets"
	Proxy           Place = "proxy"
	PrivateDNS      Place = "private DNS"
	VPC             Place = "VPC"
	Caller          Place = "caller"
	Trail           Place = "trail"
	Alarms          Place = "alarms"
	Sight           Place = "diagnosis"
	Elsewhere       Place = "elsewhere" // of checks that no rule below knows
)

// rules give a check its place by the beginning of its ID; the longest that fits counts.
var rules = [...]struct {
	begins string
	place  Place
}{
	{"key-store.", KeyStore},
	{"endpoint-service.", EndpointService},
	{"endpoint-service.private-dns-", PrivateDNS},
	{"endpoint-service.verification-", PrivateDNS},
	{"load-balancer.", LoadBalancer},
	{"load-balancer.listener-", Listener},
	{"target-group.", TargetGroup},
	{"target.", Targets},
	{"proxy.", Proxy},
	{"vpc.", VPC},
	{"caller.", Caller},
	{"trail.", Trail},
	{"alarm.", Alarms},
	{"diagnosis.", Sight},
}

// PlaceOf returns the one place of a check; Elsewhere for an ID that no rule knows.
func PlaceOf(id check.ID) Place {
	place, longest := Elsewhere, 0
	for _, r := range rules {
		if len(r.begins) > longest && strings.HasPrefix(string(id), r.begins) {
			place, longest = r.place, len(r.begins)
		}
	}
	return place
}

// beside reports whether a place is no hop of the path.
func (p Place) beside() bool {
	switch p {
	case PrivateDNS, VPC, Caller, Trail, Alarms, Sight, Elsewhere:
		return true
	}
	return false
}
