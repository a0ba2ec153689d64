package pathtest

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// An Edit is one difference from a healthy path.
type Edit = func(*path.Snapshot)

// With returns the healthy path with edits, in order.
func With(edits ...Edit) path.Snapshot {
	s := Healthy()
	for _, e := range edits {
		e(&s)
	}
	return s
}

// All is edits as one, in order.
func All(edits ...Edit) Edit {
	return func(s *path.Snapshot) {
		for _, e := range edits {
			e(s)
		}
	}
}

// Unchanged leaves the path healthy.
func Unchanged(*path.Snapshot) {}

// State sets the key store's connection state and, in FAILED, its error code.
func State(state, code string) Edit {
	return KeyStore(func(k *path.KeyStore) { k.ConnectionState, k.ConnectionErrorCode = state, code })
}

// KeyStore edits the key store, in the list of all too.
func KeyStore(edit func(*path.KeyStore)) Edit {
	return func(s *path.Snapshot) {
		edit(s.KeyStore)
		for i := range s.KeyStores {
			if s.KeyStores[i].ID == s.KeyStore.ID {
				s.KeyStores[i] = *s.KeyStore
			}
		}
	}
}

// NoKeyStore makes the key store one that does not exist, and so nothing below it known.
func NoKeyStore(s *path.Snapshot) {
	s.KeyStore, s.KeyStores = nil, nil
	NoService(s)
}

// PublicEndpoint makes the key store one that reaches its proxy over the internet.
func PublicEndpoint(s *path.Snapshot) {
	KeyStore(func(k *path.KeyStore) { k.Connectivity, k.ServiceName, k.ServiceOwner = "PUBLIC_ENDPOINT", "", "" })(s)
	NoService(s)
}

// CloudHSM makes the key store one of AWS CloudHSM.
func CloudHSM(s *path.Snapshot) {
	KeyStore(func(k *path.KeyStore) {
		*k = path.KeyStore{ID: k.ID, Name: k.Name, ConnectionState: k.ConnectionState, Created: k.Created}
	})(s)
	NoService(s)
}

// FailedCreate makes the endpoint service the subject: no key store exists yet.
func FailedCreate(s *path.Snapshot) {
	s.Requested = path.Requested{
		KeyStoreName: KeyStoreName, UriEndpoint: s.KeyStore.UriEndpoint, ServiceName: ServiceName, ServiceOwner: Account,
	}
	s.Subject = path.Subject{Kind: path.ServiceSubject, ID: string(ServiceID)}
	s.KeyStore, s.KeyStores, s.Canary = nil, nil, nil
}

// NoService makes the endpoint service one that does not exist, and so nothing below it known.
func NoService(s *path.Snapshot) {
	s.Service, s.LoadBalancers, s.TargetGroups, s.Interfaces, s.SecurityGroups, s.Probe = nil, nil, nil, nil, nil, nil
	noVPC(s)
}

// Service edits the endpoint service.
func Service(edit func(*path.EndpointService)) Edit {
	return func(s *path.Snapshot) { edit(s.Service) }
}

// CrossAccount makes the endpoint service another account's, of which only
// DescribeVpcEndpointServices tells, and nothing below it.
func CrossAccount(s *path.Snapshot) {
	KeyStore(func(k *path.KeyStore) { k.ServiceOwner = OtherAccount })(s)
	Service(func(e *path.EndpointService) {
		e.Owned, e.Owner, e.State = false, OtherAccount, ""
		e.LoadBalancers, e.Principals, e.Connections, e.Tags = nil, nil, nil, nil
		e.PrivateDnsRecordName, e.PrivateDnsRecordValue = "", ""
	})(s)
	s.LoadBalancers, s.TargetGroups, s.Interfaces, s.SecurityGroups = nil, nil, nil, nil
	noVPC(s)
}

func noVPC(s *path.Snapshot) {
	s.VPCs, s.Subnets, s.NetworkACLs, s.RouteTables, s.Peerings = nil, nil, nil, nil, nil
}

// OwnerRole is the role through which Through reads.
const OwnerRole = path.ARN("arn:aws:iam::" + OtherAccount + ":role/xks-read")

// Through makes the endpoint service another account's, read in full through a role of its
// owner's, with the key store's account on its allow list.
func Through(s *path.Snapshot) {
	KeyStore(func(k *path.KeyStore) { k.ServiceOwner = OtherAccount })(s)
	Service(func(e *path.EndpointService) {
		e.Owned, e.Owner, e.Through = false, OtherAccount, OwnerRole
		e.ARN = path.ARN(strings.Replace(string(e.ARN), s.Account, OtherAccount, 1))
	})(s)
	Allow("Account", "arn:aws:iam::"+s.Account+":root")(s)
}

// RemovePrincipal empties the endpoint service's allow list.
func RemovePrincipal(s *path.Snapshot) { s.Service.Principals = nil }

// Allow adds to the endpoint service's allow list.
func Allow(kind, principal string) Edit {
	return Service(func(e *path.EndpointService) {
		e.Principals = append(e.Principals, path.AllowedPrincipal{Type: kind, Principal: principal})
	})
}

// RequireAcceptance makes the endpoint service's owner accept each connection.
func RequireAcceptance(s *path.Snapshot) { s.Service.AcceptanceRequired = true }

// Connection adds an endpoint of account owner in a state.
func Connection(id, owner, state string) Edit {
	return Service(func(e *path.EndpointService) {
		e.Connections = append(e.Connections, path.EndpointConnection{EndpointID: id, Owner: owner, State: state, Created: Taken().Add(-time.Minute)})
	})
}

// PrivateDnsState sets the verification state of the private DNS name.
func PrivateDnsState(state string) Edit {
	return Service(func(e *path.EndpointService) { e.PrivateDnsState = state })
}

// PrivateDnsName sets the private DNS name; "" removes it.
func PrivateDnsName(name string) Edit {
	return Service(func(e *path.EndpointService) { e.PrivateDnsName = name })
}

// LoadBalancer edits the load balancer.
func LoadBalancer(edit func(*path.LoadBalancer)) Edit {
	return func(s *path.Snapshot) { edit(&s.LoadBalancers[0]) }
}

// Enforce turns enforcement of the load balancer's groups on PrivateLink traffic on.
func Enforce(s *path.Snapshot) { s.LoadBalancers[0].Enforcement = "on" }

// CrossZone sets the load balancer's cross-zone attribute.
func CrossZone(on bool) Edit { return LoadBalancer(func(lb *path.LoadBalancer) { lb.CrossZone = on }) }

// DeleteListener removes the listener on 443.
func DeleteListener(s *path.Snapshot) { s.LoadBalancers[0].Listeners = nil }

// TargetGroup edits the target group.
func TargetGroup(edit func(*path.TargetGroup)) Edit {
	return func(s *path.Snapshot) { edit(&s.TargetGroups[0]) }
}

// Targets sets the state and reason code of every target.
func Targets(state, reason string) Edit {
	return TargetGroup(func(g *path.TargetGroup) {
		for i := range g.Targets {
			g.Targets[i].State, g.Targets[i].Reason = state, reason
		}
	})
}

// Target sets the state and reason code of one target, by its address.
func Target(id, state, reason string) Edit {
	return TargetGroup(func(g *path.TargetGroup) {
		for i := range g.Targets {
			if g.Targets[i].ID == id {
				g.Targets[i].State, g.Targets[i].Reason = state, reason
			}
		}
	})
}

// KeepTargets deregisters all targets but the first n.
func KeepTargets(n int) Edit {
	return TargetGroup(func(g *path.TargetGroup) { g.Targets = slices.Clone(g.Targets[:n]) })
}

// HealthCheckPort makes health checks go to a port of their own.
func HealthCheckPort(port string) Edit {
	return TargetGroup(func(g *path.TargetGroup) { g.HealthCheck.Port = port })
}

// Interface edits the network interface with the ID id.
func Interface(id path.InterfaceID, edit func(*path.NetworkInterface)) Edit {
	return func(s *path.Snapshot) {
		for i := range s.Interfaces {
			if s.Interfaces[i].ID == id {
				edit(&s.Interfaces[i])
			}
		}
	}
}

// OtherInterface adds a network interface off the path that carries groups.
func OtherInterface(id path.InterfaceID, addr string, groups ...path.SecurityGroupID) Edit {
	return func(s *path.Snapshot) {
		s.Interfaces = append(s.Interfaces, path.NetworkInterface{
			ID: id, Type: "interface", VPC: VPC, Subnet: SubnetA, Zone: ZoneA,
			Addrs: []netip.Addr{netip.MustParseAddr(addr)}, SecurityGroups: groups,
		})
	}
}

// Canary sets what came of the Encrypt with the canary key; no code means that it worked.
func Canary(code, message string) Edit {
	return func(s *path.Snapshot) {
		s.Canary = &path.Canary{Key: CanaryKey, At: Taken(), OK: code == "", Code: code, Message: message}
	}
}

// NoCanary makes the product one without a canary key.
func NoCanary(s *path.Snapshot) { s.Canary = nil }

// Denied makes a refused call what woke us.
func Denied(principal, operation, action, message string) Edit {
	return func(s *path.Snapshot) {
		s.Denied = &path.DeniedCall{Principal: principal, Operation: operation, Action: action, Message: message}
	}
}

// Trail edits the trail.
func Trail(edit func(*path.Trail)) Edit {
	return func(s *path.Snapshot) { edit(&s.Trails[0]) }
}
