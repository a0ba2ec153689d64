package scenario

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

const (
	serviceRegion    = "key-store.endpoint-service-region"
	serviceExclusive = "key-store.endpoint-service-exclusive"
)

// settings are faults of what the key store, the endpoint service and the load balancer are
// set to.
func settings() []Scenario {
	refused := func(id ...string) End { return End{Causes: id, State: "needs-person", Absent: true} }
	return []Scenario{
		told(Creating, "endpoint-service-in-another-region", Scenario{
			Title: "A key store is created with the name of an endpoint service of another Region.", Break: ServiceElsewhere,
		}, refused(serviceRegion, exists)),
		told(Creating, "endpoint-service-in-use", Scenario{
			Title: "A key store is created on an endpoint service that another key store uses.", Break: ServiceInUse,
		}, End{Causes: []string{serviceExclusive}, State: "needs-person"}),
		told(Creating, "endpoint-service-in-use-elsewhere", Scenario{
			Title: "A key store is created on an endpoint service that a key store of another account uses.", Break: ServiceInUseElsewhere,
		}, refused(serviceExclusive)),
	}
}

// ServiceElsewhere has whoever creates a key store name an endpoint service of another Region.
func ServiceElsewhere(w *network.World, r *network.Reference) {
	other := *r.Service
	other.ID = w.NewID("vpce-svc")
	other.Name = strings.Replace(strings.Replace(r.Service.Name, r.Service.ID, other.ID, 1), w.Region, "eu-west-1", 1)
	r.Service = &other
}

// ServiceInUse puts another key store of the account on the endpoint service.
func ServiceInUse(w *network.World, r *network.Reference) { w.AddKeyStore("orders-hsm", r.Service) }

// ServiceInUseElsewhere puts a key store of another account on the endpoint service.
func ServiceInUseElsewhere(w *network.World, r *network.Reference) {
	ks := w.AddKeyStore("orders-hsm", r.Service)
	delete(w.KeyStores, ks.ID)
	w.Elsewhere = append(w.Elsewhere, ks)
}
