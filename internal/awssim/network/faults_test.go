package network_test

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// A fault breaks a healthy reference path; these are known to what each stage makes of them.
var faults = map[string]struct {
	options network.Options
	breaks  func(w *network.World, r *network.Reference)
	create  string // CreateCustomKeyStore's exception, without "Exception"
	connect string // ConnectionErrorCode
	running string // part of KMS's message; empty: a CONNECTED key store goes on working
}{
	"nothing": {breaks: func(*network.World, *network.Reference) {}},
	"target group's security group closed": {
		breaks:  func(w *network.World, r *network.Reference) { revokeAll(w, r.ProxyGroup) },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate with the external key store proxy",
	},
	"load balancer lets nothing out": {
		breaks:  func(w *network.World, r *network.Reference) { revokeAll(w, r.BalancerGroup) },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"enforcement with no inbound rule": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Balancer.Enforce = "on" },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"enforcement off though targets name the group": {
		options: network.Options{Enforce: "on"},
		breaks:  func(_ *network.World, r *network.Reference) { r.Balancer.Enforce = "off" },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"enforcement with 443 from anywhere": {options: network.Options{Enforce: "on"}, breaks: func(*network.World, *network.Reference) {}},
	"a load balancer without groups":     {options: network.Options{NoGroups: true}, breaks: func(*network.World, *network.Reference) {}},
	"listener deleted": {
		breaks:  func(w *network.World, r *network.Reference) { delete(w.Listeners, r.Listener.ARN) },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"listener on another port": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Listener.Port = 8443 },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"target group empty": {
		breaks:  func(_ *network.World, r *network.Reference) { r.TargetGroup.Targets = nil },
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"load balancer failed": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Balancer.State = "failed" },
		connect: "NETWORK_ERRORS", running: "cannot communicate",
	},
	"a TLS listener sends plaintext": {
		breaks:  func(_ *network.World, r *network.Reference) { r.Listener.Protocol = "TLS" },
		connect: "XKS_PROXY_INVALID_RESPONSE", running: "cannot interpret the response",
	},
	"proxy protocol on": {
		breaks:  func(_ *network.World, r *network.Reference) { r.TargetGroup.ProxyProtocolV2 = true },
		connect: "XKS_PROXY_INVALID_TLS_CONFIGURATION", running: "cannot establish a TLS connection",
	},
	"every process down": {
		breaks: func(w *network.World, _ *network.Reference) {
			for _, p := range w.Proxies {
				p.Ports = nil
			}
		},
		connect: "XKS_PROXY_NOT_REACHABLE", running: "cannot communicate",
	},
	"one process down is retried elsewhere": {
		breaks: func(w *network.World, r *network.Reference) { w.Proxies[r.Targets[0].Primary()].Ports = nil },
	},
	"KMS principal missing": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Principals = nil },
		create: "XksProxyVpcEndpointServiceNotFound", connect: "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
	},
	"everybody allowed": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Principals = []string{"*"} },
	},
	"acceptance required": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Acceptance = true },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"private DNS unverified": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.PrivateDNS.State = "failed" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"private DNS mismatch": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.PrivateDNS.Name = "other.xks.example.com" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"no private DNS name": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.PrivateDNS = nil },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"one zone of the service": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Zones = r.Service.Zones[:1] },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"one zone of the load balancer": {
		breaks: func(_ *network.World, r *network.Reference) { r.Balancer.Zones = r.Balancer.Zones[:1] },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"gateway load balancer": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.Type = "GatewayLoadBalancer" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"IPv6 only": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.AddressTypes = []string{"ipv6"} },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"endpoint service pending": {
		breaks: func(_ *network.World, r *network.Reference) { r.Service.State = "Pending" },
		create: "XksProxyVpcEndpointServiceInvalidConfiguration", connect: "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
	},
	"endpoint service deleted": {
		breaks: func(w *network.World, r *network.Reference) { w.DeleteService(r.Service) },
		create: "XksProxyVpcEndpointServiceNotFound", connect: "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND", running: "cannot communicate",
	},
	"connection rejected": {
		breaks: func(_ *network.World, r *network.Reference) {
			for _, c := range r.Service.Connections {
				c.State = "rejected"
			}
		},
		running: "cannot communicate",
	},
}

// answers is what each answer of the proxies becomes; Create with a VPC endpoint service
// never asks them.
var answers = map[network.Answer]struct{ connect, running string }{
	network.RefusesCredential: {"INVALID_CREDENTIALS", "could not authenticate AWS KMS"},
	network.WrongPath:         {"XKS_PROXY_INVALID_CONFIGURATION", "because of an invalid URI path"},
	network.BadTLS:            {"XKS_PROXY_INVALID_TLS_CONFIGURATION", "cannot establish a TLS connection"},
	network.Unhealthy:         {"XKS_PROXY_NOT_REACHABLE", "is in an unhealthy state"},
	network.InvalidResponse:   {"XKS_PROXY_INVALID_RESPONSE", "cannot interpret the response"},
	network.SlowLink:          {"XKS_PROXY_TIMED_OUT", "This might be a transient network issue"},
	network.Slow:              {"XKS_PROXY_TIMED_OUT", "because the external key store proxy did not respond in time"},
	network.SlowKeyManager:    {"XKS_PROXY_TIMED_OUT", "did not respond to the request in the time allotted"},
	network.Denies:            {"XKS_PROXY_ACCESS_DENIED", "denied access to the operation"},
	network.NoKeyManager:      {"XKS_PROXY_INVALID_RESPONSE", "cannot communicate with the external key manager"},
	network.Throttles:         {"XKS_PROXY_NOT_REACHABLE", "very high request rate"},
	network.Unsupported:       {"", "does not support the requested cryptographic operation"},
	network.KeyNotFound:       {"", "could not find the external key"},
	network.KeyDisabled:       {"", "is not enabled in the external key manager"},
}
