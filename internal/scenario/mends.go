package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// ListenerCreated puts the listener on 443 back.
func ListenerCreated(w *network.World, r *network.Reference) {
	r.Listener = w.AddListener(r.Balancer, "TCP", 443, r.TargetGroup)
}

// TargetsRegistered registers every proxy again.
func TargetsRegistered(w *network.World, r *network.Reference) {
	for _, t := range r.Targets {
		w.Register(r.TargetGroup, t.Primary().String(), r.TargetGroup.Port, zoneOf(r, t.Primary()))
	}
}

// ProxiesStarted starts the proxies' processes, and has them answer as they should.
func ProxiesStarted(w *network.World, r *network.Reference) {
	for _, t := range r.Targets {
		w.Proxies[t.Primary()] = &network.Proxy{Ports: ports(r)}
	}
}

// RecordPublished publishes the record that proves the private DNS name.
func RecordPublished(w *network.World, r *network.Reference) {
	dns := r.Service.PrivateDNS
	w.TXT[dns.RecordName+"."+dns.Name] = []string{dns.RecordValue}
}
