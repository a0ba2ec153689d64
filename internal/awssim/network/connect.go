package network

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// ServiceFault says why an endpoint service cannot serve a key store, as the exception of
// CreateCustomKeyStore and the code of a failed connect say it; nil where it can. KMS looks
// at the service's configuration only, never at the network behind it.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func (w *World) ServiceFault(serviceName, uriEndpoint string) (exception *engine.Error, connect string) {
	s := w.ServiceNamed(serviceName)
	if s == nil || !s.Allows(w.KMSPrincipal()) || !s.Admits(w.Account) {
		return &engine.Error{
			Code:    "XksProxyVpcEndpointServiceNotFoundException",
			Message: "AWS KMS could not find the specified VPC endpoint service " + serviceName + ". Verify the VPC endpoint service name and that it allows the AWS KMS service principal for the Region.",
		}, "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND"
	}
	if why := w.misconfigured(s, uriEndpoint); why != "" {
		return &engine.Error{
			Code:    "XksProxyVpcEndpointServiceInvalidConfigurationException",
			Message: "The VPC endpoint service " + serviceName + " is not configured correctly: " + why + ".",
		}, "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"
	}
	return nil, ""
}

// misconfigured names the first thing that KMS's requirements find wrong with a service.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html#xks-vpc-requirements
func (w *World) misconfigured(s *EndpointService, uriEndpoint string) string {
	switch {
	case s.State != "Available":
		return "its state is " + s.State
	case s.Type != "Interface" || len(s.Balancers) == 0:
		return "it must be an interface endpoint service backed by a Network Load Balancer"
	case len(s.Zones) < 2 || w.balancerZones(s) < 2:
		return "its Network Load Balancer must be connected to at least two subnets, each in a different Availability Zone"
	case w.privateZones(s) < 2:
		return "its VPC must have at least two private subnets, each in a different Availability Zone"
	case s.Acceptance:
		return "it must not require acceptance of connection requests"
	case s.PrivateDNS == nil:
		return "it must have a private DNS name"
	case s.PrivateDNS.State != "verified":
		return "the domain of its private DNS name must be verified"
	case uriEndpoint != "https://"+s.PrivateDNS.Name:
		return "its private DNS name must match the proxy URI endpoint"
	case !slices.Contains(s.AddressTypes, "ipv4"):
		return "it must support IPv4"
	}
	return ""
}

// balancerZones counts the zones in which the service's load balancers are enabled.
func (w *World) balancerZones(s *EndpointService) int {
	zones := map[string]bool{}
	for _, arn := range s.Balancers {
		if lb := w.LoadBalancers[arn]; lb != nil {
			for _, z := range lb.Zones {
				zones[z.Name] = true
			}
		}
	}
	return len(zones)
}

// privateZones counts the zones in which the VPC of the service's load balancers has a subnet
// without a route to an internet gateway.
// https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
func (w *World) privateZones(s *EndpointService) int {
	zones := map[string]bool{}
	for _, arn := range s.Balancers {
		lb := w.LoadBalancers[arn]
		for _, n := range w.Subnets {
			if lb == nil || n.VPC != lb.VPC {
				continue
			}
			table := w.RouteTableOf(n)
			if table != nil && !slices.ContainsFunc(table.Routes, func(r Route) bool { return strings.HasPrefix(r.Target, "igw-") }) {
				zones[n.Zone] = true
			}
		}
	}
	return len(zones)
}

// Connect begins to connect a DISCONNECTED key store. After Timing.Endpoint KMS judges the
// endpoint service and makes its interface endpoint; after Timing.Connect it asks the proxy
// for its health, and the key store is CONNECTED or FAILED.
func (w *World) Connect(ks *KeyStore) {
	w.SetState(ks, Connecting, "")
	ks.attempt++
	ks.refused, ks.Endpoint = "", ""
	attempt := ks.attempt
	w.Clock.After(min(w.Timing.Endpoint, w.Timing.Connect), "interface endpoint of "+ks.ID, func() {
		if ks.attempt == attempt {
			w.attach(ks)
		}
	})
	w.Clock.After(w.Timing.Connect, "end of connecting "+ks.ID, func() {
		if ks.attempt != attempt {
			return
		}
		if code := w.connectCode(ks); code != "" {
			w.SetState(ks, Failed, code)
			return
		}
		w.SetState(ks, Connected, "")
	})
}

// attach makes KMS's interface endpoint, if the endpoint service lets it ask for a
// connection, and keeps the service's fault, if it has one.
func (w *World) attach(ks *KeyStore) {
	if !ks.External || ks.Connectivity != "VPC_ENDPOINT_SERVICE" {
		return
	}
	_, ks.refused = w.ServiceFault(ks.ServiceName, ks.URIEndpoint)
	s := w.ServiceNamed(ks.ServiceName)
	if s == nil {
		return
	}
	if c := w.connect(s); c != nil {
		ks.Endpoint = c.EndpointID
	}
}

// connectCode returns the ConnectionErrorCode with which connecting ends; empty is success.
func (w *World) connectCode(ks *KeyStore) string {
	if !ks.External {
		return ""
	}
	if ks.refused != "" {
		return ks.refused
	}
	return w.health(ks).connect
}

// Attach gives a key store that is declared CONNECTED from the start its interface endpoint
// and makes reads show the state at once.
func (w *World) Attach(ks *KeyStore) {
	w.attach(ks)
	w.SetState(ks, Connected, "")
	w.SettleKeyStore(ks)
}

// Disconnect begins to disconnect a key store: KMS's interface endpoint goes at once, and
// after Timing.Disconnect the key store is DISCONNECTED.
func (w *World) Disconnect(ks *KeyStore) {
	w.SetState(ks, Disconnecting, "")
	ks.attempt++
	attempt := ks.attempt
	w.detach(ks)
	w.Clock.After(w.Timing.Disconnect, "end of disconnecting "+ks.ID, func() {
		if ks.attempt == attempt {
			w.SetState(ks, Disconnected, "")
		}
	})
}

func (w *World) detach(ks *KeyStore) {
	if s := w.ServiceNamed(ks.ServiceName); s != nil {
		s.Connections = slices.DeleteFunc(s.Connections, func(c *Connection) bool { return c.EndpointID == ks.Endpoint })
	}
	ks.Endpoint = ""
}

// ServiceID returns the ID in an endpoint service's name: its last label.
func ServiceID(name string) string { return name[strings.LastIndex(name, ".")+1:] }
