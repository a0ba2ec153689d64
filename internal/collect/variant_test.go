package collect_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// What is not there is absent without a gap: nobody refused anything.
func TestWhatIsNotThereIsNoGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit   func(*sim)
		wrong  func(path.Snapshot) string
		rounds int
	}{
		"the endpoint service is deleted": {
			edit: func(s *sim) { s.DeleteService(s.Service) },
			wrong: func(got path.Snapshot) string {
				if got.KeyStore == nil || got.Service != nil || len(got.LoadBalancers) > 0 {
					return "want the key store alone"
				}
				return ""
			},
			rounds: 3, // key store, our services, other accounts' services
		},
		"the key store is deleted": {
			edit: func(s *sim) { delete(s.KeyStores, s.KeyStore.ID) },
			wrong: func(got path.Snapshot) string {
				if got.KeyStore != nil || got.Service != nil || len(got.Trails) != 1 {
					return "want trails alone"
				}
				return ""
			},
			rounds: 2, // key stores and trails, then the trail
		},
		"the key store names a service that cannot be one": {
			edit: func(s *sim) { s.KeyStore.ServiceName = "com.amazonaws.eu-central-1.s3" },
			wrong: func(got path.Snapshot) string {
				if got.Service != nil {
					return "want no service"
				}
				return ""
			},
			rounds: 2,
		},
		"the load balancer is deleted": {
			edit: func(s *sim) {
				delete(s.LoadBalancers, s.Balancer.ARN)
				delete(s.Listeners, s.Listener.ARN)
				for _, n := range s.Nodes {
					delete(s.Interfaces, n.ID)
				}
			},
			wrong: func(got path.Snapshot) string {
				if got.Service == nil || len(got.LoadBalancers) > 0 {
					return "want the service without load balancer"
				}
				return ""
			},
			rounds: 3,
		},
		"the service has no load balancer": {
			edit:  func(s *sim) { s.Service.Balancers = nil },
			wrong: func(got path.Snapshot) string { return "" }, rounds: 2,
		},
		"no listener on 443": {
			edit: func(s *sim) { s.Listener.Port = 8443 },
			wrong: func(got path.Snapshot) string {
				if len(got.TargetGroups) > 0 || len(got.LoadBalancers[0].Listeners) != 1 {
					return "want the listener, and no target group: none is behind 443"
				}
				return ""
			},
			rounds: 4, // the load balancer's groups come right after it
		},
		"the listener's weight is zero": {
			edit: func(s *sim) { s.Listener.Forward[0].Weight = 0 },
			wrong: func(got path.Snapshot) string {
				if len(got.TargetGroups) > 0 || len(got.LoadBalancers[0].Listeners[0].TargetGroups) > 0 {
					return "want no target group"
				}
				return ""
			},
			rounds: 4,
		},
		"the target group is empty": {
			edit: func(s *sim) { s.TargetGroup.Targets = nil },
			wrong: func(got path.Snapshot) string {
				if len(got.TargetGroups) != 1 || len(got.TargetGroups[0].Targets) > 0 {
					return "want an empty target group"
				}
				return ""
			},
			rounds: 5,
		},
		"the load balancer has no groups": {
			edit: func(s *sim) {
				s.Balancer.Groups, s.Balancer.Enforce = nil, ""
				for _, n := range s.Nodes {
					n.Groups = nil
				}
			},
			wrong: func(got path.Snapshot) string {
				if got.LoadBalancers[0].Enforcement != "" || len(got.SecurityGroups) != 1 {
					return "want the targets' group alone, and no enforcement"
				}
				return ""
			},
			rounds: 6,
		},
		"no trail": {
			edit: func(s *sim) { clear(s.Trails) },
			wrong: func(got path.Snapshot) string {
				if len(got.Trails) > 0 {
					return "want no trail"
				}
				return ""
			},
			rounds: 6,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			subject := s.subject()
			tt.edit(s)
			s.Canary = nil
			got := s.reader().Snapshot(t.Context(), subject, path.Requested{}, nil, nil)
			if why := tt.wrong(got); why != "" {
				t.Errorf("%s: got %+v", why, got)
			}
			if len(got.Gaps) > 0 || got.Stats.Rounds != tt.rounds {
				t.Errorf("got gaps %v in %d rounds, want none in %d", gaps(got), got.Stats.Rounds, tt.rounds)
			}
		})
	}
}

func TestAnotherAccountsServiceIsSeenAsAConsumerSeesIt(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]string{"the key store says whose it is": "444455556666", "the key store does not say": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			s.Service.Owner = "444455556666"
			s.Service.Principals = append(s.Service.Principals, "arn:aws:iam::111122223333:root")
			s.KeyStore.ServiceOwner = owner
			got := s.look(t)
			want := s.healthy().Service
			want.Owned, want.Owner, want.State = false, "444455556666", ""
			want.ARN = path.ARN(strings.Replace(string(want.ARN), "111122223333", "444455556666", 1))
			want.LoadBalancers, want.Principals, want.Connections = nil, nil, nil
			want.PrivateDnsRecordName, want.PrivateDnsRecordValue = "", ""
			if d := cmp.Diff(want, got.Service); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
			for _, c := range s.Server.Calls() {
				if owner != "" && c.Operation == "DescribeVpcEndpointServiceConfigurations" {
					t.Error("the service was looked for among our own, though the key store says whose it is")
				}
			}
			var parts []path.Part
			for _, g := range got.Gaps {
				parts = append(parts, g.Part)
				if g.Cause != path.NotVisible || !strings.Contains(g.Message, "444455556666") {
					t.Errorf("got %+v, want a gap that names the owner", g)
				}
			}
			if d := cmp.Diff(append([]path.Part{path.ServicePermissionsPart, path.ConnectionsPart}, fromBalancer...), parts); d != "" {
				t.Errorf("gaps: want (-), got (+):\n%s", d)
			}
		})
	}
}

func TestKeyStoresWithoutAPathAreNotFollowed(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	public := s.AddPublicKeyStore("public", "https://xks.example.net")
	hsm := s.AddCloudHSMKeyStore("hsm")
	canary := s.KeyARN(s.AddKey(public.ID, "external-canary"))
	s.Canary = s.Keys[canary[strings.LastIndex(canary, "/")+1:]]
	for name, tt := range map[string]struct {
		id     string
		canary bool
		calls  int
	}{
		"a public endpoint, whose canary still answers": {public.ID, true, 7}, // key stores, key, trail ×3, alarms, Encrypt
		"a CloudHSM cluster":                            {hsm.ID, false, 6},
	} {
		t.Run(name, func(t *testing.T) {
			s.PageSize = 0
			got := s.reader().Snapshot(t.Context(), path.Subject{Kind: path.KeyStoreSubject, ID: tt.id}, path.Requested{}, nil, nil)
			if got.KeyStore == nil || got.Service != nil || len(got.Gaps) > 0 || (got.Canary != nil) != tt.canary {
				t.Errorf("got %+v, want the key store, no path and no gap", got)
			}
			if got.Stats != (path.Stats{Calls: tt.calls, Rounds: 2}) {
				t.Errorf("got %+v, want %d calls in 2 rounds", got.Stats, tt.calls)
			}
			if len(got.KeyStores) != 3 {
				t.Errorf("got %d key stores, want all 3", len(got.KeyStores))
			}
		})
	}
}

func TestAFailedCreateIsFollowedFromItsService(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{NoKeyStore: true})
	s.PageSize = 0
	subject := path.Subject{Kind: path.ServiceSubject, ID: s.Service.ID}
	full := path.Requested{ServiceName: s.Service.Name, ServiceOwner: "111122223333", UriEndpoint: "https://payments-hsm.xks.example.com", KeyStoreName: "payments-hsm"}
	for name, asked := range map[string]path.Requested{"as it was asked for": full, "by the subject alone": {}} {
		got := s.reader().Snapshot(t.Context(), subject, asked, nil, nil)
		if got.Service == nil || string(got.Service.ID) != s.Service.ID || len(got.TargetGroups) != 1 || len(got.TargetGroups[0].Targets) != 4 {
			t.Errorf("%s: got %+v, want the whole path", name, got)
		}
		if got.KeyStore != nil || got.Requested != asked || len(got.Gaps) > 0 || got.KeyStores == nil {
			t.Errorf("%s: got %+v, want no key store, no gap", name, got)
		}
		// The service's name is known from the start: no need to wait for the key stores.
		if got.Stats.Rounds != 5 {
			t.Errorf("%s: got %d rounds, want 5", name, got.Stats.Rounds)
		}
	}
	got := s.reader().Snapshot(t.Context(), path.Subject{Kind: path.AccountSubject, ID: "111122223333"}, path.Requested{}, nil, nil)
	if got.Service != nil || len(got.Gaps) > 0 || got.Stats.Rounds != 2 {
		t.Errorf("the account: got %+v, want key stores and trails alone", got)
	}
}

func TestNodesWithAnotherDescriptionAreFoundBySubnet(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	other := s.AddInterface(s.NodeSubnets[0].ID, "10.0.1.99", "ELB net/other/0123456789abcdef", s.BalancerGroup.ID)
	other.Type, other.RequesterManaged = "network_load_balancer", true
	foreign := s.AddInterface(s.NodeSubnets[0].ID, "10.0.1.98", "a new text of AWS's", s.ProxyGroup.ID)
	foreign.Type = "network_load_balancer" // of a load balancer with other groups
	for _, n := range s.Nodes {
		n.Description = "a new text of AWS's"
	}
	got := s.look(t)
	if d := cmp.Diff(sortedIDs(s.Nodes), got.LoadBalancers[0].Nodes); d != "" {
		t.Errorf("nodes: want (-), got (+):\n%s", d)
	}
	if len(got.Gaps) > 0 || got.Stats.Rounds != 6 {
		t.Errorf("got gaps %v, %+v; want none in 6 rounds", gaps(got), got.Stats)
	}
}

func TestAZoneWithoutANodeIsAGap(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	delete(s.Interfaces, s.Nodes[1].ID)
	got := s.look(t)
	want := path.Gap{
		Part: path.NodesPart, Action: "ec2:DescribeNetworkInterfaces", On: path.ARN(s.Balancer.ARN), Cause: path.NotVisible,
		Message: "no network interface of the load balancer was found in " + s.NodeSubnets[1].ID,
	}
	if d := cmp.Diff([]path.Gap{want}, got.Gaps); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
	if d := cmp.Diff([]path.InterfaceID{path.InterfaceID(s.Nodes[0].ID)}, got.LoadBalancers[0].Nodes); d != "" {
		t.Errorf("nodes: want (-), got (+):\n%s", d)
	}
}

func TestTargetsOfEachKindAreLocated(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{Targets: 2})
	s.Register(s.TargetGroup, "192.168.7.9", 443, "all") // on-premises
	elsewhere := s.AddVPC("10.0.0.0/16")
	subnet := s.AddSubnet(elsewhere.ID, "10.0.11.0/24", "eu-central-1a", "euc1-az2")
	s.AddInterface(subnet.ID, s.Targets[0].Primary().String(), "the same address in another VPC")
	s.Targets[1].Addrs = append(s.Targets[1].Addrs, netip.MustParseAddr("10.0.12.77"))
	s.Register(s.TargetGroup, "10.0.12.77", 443, "") // a secondary address

	instances := s.AddTargetGroup("instances", s.VPC.ID, "TCP", 443)
	instances.Type = "instance"
	s.Listener.Forward = append(s.Listener.Forward, network.Forward{TargetGroup: instances.ARN, Weight: 1})
	eni := s.AddInterface(s.ProxySubnets[0].ID, "10.0.11.50", "an instance's", s.ProxyGroup.ID)
	eni.Instance = "i-0123456789abcdef0"
	s.Instances[eni.Instance] = &network.Instance{ID: eni.Instance, State: "running", VPC: s.VPC.ID, Subnet: s.ProxySubnets[0].ID}
	s.Register(instances, eni.Instance, 443, "")

	got := s.look(t)
	located := map[string]string{}
	for _, g := range got.TargetGroups {
		for _, target := range g.Targets {
			located[target.ID] = string(target.Interface) + " " + target.Addr.String()
		}
	}
	want := map[string]string{
		s.Targets[0].Primary().String(): s.Targets[0].ID + " " + s.Targets[0].Primary().String(),
		s.Targets[1].Primary().String(): s.Targets[1].ID + " " + s.Targets[1].Primary().String(),
		"10.0.12.77":                    s.Targets[1].ID + " 10.0.12.77",
		"192.168.7.9":                   " 192.168.7.9",
		"i-0123456789abcdef0":           eni.ID + " 10.0.11.50",
	}
	if d := cmp.Diff(want, located); d != "" || len(got.Gaps) > 0 {
		t.Errorf("gaps %v; want (-), got (+):\n%s", gaps(got), d)
	}
	if slices.ContainsFunc(got.Interfaces, func(i path.NetworkInterface) bool { return i.VPC == path.VPCID(elsewhere.ID) }) {
		t.Error("an interface of another VPC is on the path")
	}
}

func TestAServiceMayHaveSeveralLoadBalancers(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	second := s.AddLoadBalancer("xks-second", map[string]string{s.NodeSubnets[0].ID: "10.0.1.8", s.NodeSubnets[1].ID: "10.0.2.8"}, s.BalancerGroup.ID)
	second.CrossZone = true
	s.AddListener(second, "TCP", 443, s.TargetGroup) // the same targets
	gone := s.ARN("elasticloadbalancing", "loadbalancer/net/gone/0123456789abcdef")
	s.Service.Balancers = append(s.Service.Balancers, second.ARN, gone)
	s.PageSize = 1
	got := s.look(t)
	if len(got.LoadBalancers) != 2 || len(got.TargetGroups) != 1 || len(got.TargetGroups[0].Targets) != 4 {
		t.Errorf("got %+v, %+v; want two load balancers before one target group", got.LoadBalancers, got.TargetGroups)
	}
	for _, lb := range got.LoadBalancers {
		if len(lb.Nodes) != 2 || len(lb.Listeners) != 1 || lb.CrossZone != (string(lb.ARN) == second.ARN) {
			t.Errorf("got %+v, want its own two nodes, listener and attributes", lb)
		}
	}
	if len(got.Gaps) > 0 {
		t.Errorf("got gaps %v, want none: a load balancer that is gone is refused to nobody", gaps(got))
	}
}
