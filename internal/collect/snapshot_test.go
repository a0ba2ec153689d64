package collect_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

var optIn = map[string]string{"xks-remediator": "enabled"}

// healthy is the snapshot that the reference path must give, put together from the world
// itself and from what the reference promises.
func (s *sim) healthy() path.Snapshot {
	lb, tg, service := s.Balancer, s.TargetGroup, s.Service
	store := path.KeyStore{
		ID: path.KeyStoreID(s.KeyStore.ID), Name: "payments-hsm", External: true, ConnectionState: "CONNECTED", Created: start,
		Connectivity: "VPC_ENDPOINT_SERVICE", UriEndpoint: "https://payments-hsm.xks.example.com", UriPath: "/kms/xks/v1",
		ServiceName: service.Name, ServiceOwner: "111122223333",
	}
	want := path.Snapshot{
		Schema: 1, Taken: start, Partition: "aws", Account: "111122223333", Region: "eu-central-1", Subject: s.subject(),
		KeyStore: &store, KeyStores: []path.KeyStore{store},
		Service: &path.EndpointService{
			ID: path.ServiceID(service.ID), ARN: path.ARN("arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/" + service.ID),
			Name: service.Name, Owned: true, Owner: "111122223333", State: "Available", Types: []string{"Interface"},
			Zones: []string{"eu-central-1a", "eu-central-1b"}, ZoneIDs: []string{"euc1-az2", "euc1-az3"},
			LoadBalancers: []path.ARN{path.ARN(lb.ARN)}, AddressTypes: []string{"ipv4"},
			PrivateDnsName: "payments-hsm.xks.example.com", PrivateDnsState: "verified",
			PrivateDnsRecordName: service.PrivateDNS.RecordName, PrivateDnsRecordValue: service.PrivateDNS.RecordValue,
			Principals:  []path.AllowedPrincipal{{Type: "Service", Principal: "cks.kms.eu-central-1.amazonaws.com"}},
			Connections: []path.EndpointConnection{{EndpointID: s.KeyStore.Endpoint, Owner: "999988887777", State: "available", Created: start}},
			Tags:        map[string]string{"xks-remediator": "enabled", "Name": "payments-hsm"},
		},
		LoadBalancers: []path.LoadBalancer{{
			ARN: path.ARN(lb.ARN), Name: "xks-nlb", Type: "network", Scheme: "internal", State: "active", VPC: path.VPCID(s.VPC.ID),
			Zones: []path.Zone{
				{Name: "eu-central-1a", Subnet: path.SubnetID(s.NodeSubnets[0].ID)}, {Name: "eu-central-1b", Subnet: path.SubnetID(s.NodeSubnets[1].ID)},
			},
			SecurityGroups: []path.SecurityGroupID{path.SecurityGroupID(s.BalancerGroup.ID)}, Enforcement: "off",
			Listeners: []path.Listener{{ARN: path.ARN(s.Listener.ARN), Protocol: "TCP", Port: 443, TargetGroups: []path.ARN{path.ARN(tg.ARN)}}},
			Nodes:     sortedIDs(s.Nodes),
		}},
		TargetGroups: []path.TargetGroup{{
			ARN: path.ARN(tg.ARN), Name: "payments-hsm", Protocol: "TCP", Port: 443, TargetType: "ip", VPC: path.VPCID(s.VPC.ID),
			LoadBalancers: []path.ARN{path.ARN(lb.ARN)}, CrossZone: "use_load_balancer_configuration",
			HealthCheck: path.HealthCheck{Enabled: true, Protocol: "TCP", Port: "traffic-port", Interval: 30 * time.Second, Timeout: 10 * time.Second, HealthyThreshold: 5, UnhealthyThreshold: 2},
		}},
		Trails: []path.Trail{{ARN: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/management-events", Name: "management-events", Logging: true, RecordsReads: true, RecordsWrites: true}},
		Alarms: []path.Alarm{everyStores("xks-certificate-expiry", path.CertificateMetric), everyStores("xks-key-managers", path.ManagersMetric), everyStores("xks-proxy-errors", path.ErrorsMetric)},
		Canary: &path.Canary{Key: path.ARN(s.KeyARN(s.Canary)), At: start, OK: true},
		// Reading the key stores, the service, the load balancer, the targets' health, their
		// interfaces and the groups each need the one before: six rounds. The VPC is read beside
		// the targets' health.
		Stats: path.Stats{Calls: 26, Rounds: 6},
	}
	for _, i := range s.Targets {
		t := path.Target{ID: i.Primary().String(), Port: 443, Zone: s.Subnets[i.Subnet].Zone, State: "healthy", Interface: path.InterfaceID(i.ID), Addr: i.Primary()}
		want.TargetGroups[0].Targets = append(want.TargetGroups[0].Targets, t)
	}
	slices.SortFunc(want.TargetGroups[0].Targets, func(a, b path.Target) int { return a.Addr.Compare(b.Addr) })
	for _, i := range slices.Concat(s.Nodes, s.Targets, s.Bystanders) {
		want.Interfaces = append(want.Interfaces, s.seen(i))
	}
	slices.SortFunc(want.Interfaces, func(a, b path.NetworkInterface) int { return strings.Compare(string(a.ID), string(b.ID)) })
	want.SecurityGroups = s.groups()
	s.addVPC(&want)
	return want
}

func sortedIDs(interfaces []*network.Interface) []path.InterfaceID {
	var ids []path.InterfaceID
	for _, i := range interfaces {
		ids = append(ids, path.InterfaceID(i.ID))
	}
	slices.Sort(ids)
	return ids
}

func (s *sim) seen(i *network.Interface) path.NetworkInterface {
	out := path.NetworkInterface{
		ID: path.InterfaceID(i.ID), Type: i.Type, Description: i.Description, VPC: path.VPCID(i.VPC), Subnet: path.SubnetID(i.Subnet),
		Zone: s.Subnets[i.Subnet].Zone, Addrs: i.Addrs, Instance: i.Instance, RequesterManaged: i.RequesterManaged,
	}
	for _, g := range i.Groups {
		out.SecurityGroups = append(out.SecurityGroups, path.SecurityGroupID(g))
	}
	return out
}

// groups are the reference's two groups, whose rules are: the load balancer may speak to the
// targets' subnets, and the targets hear the nodes' subnets.
func (s *sim) groups() []path.SecurityGroup {
	rule := func(cidr, description string) path.Rule {
		return path.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Prefix: netip.MustParsePrefix(cidr), Description: description}
	}
	arn := "arn:aws:ec2:eu-central-1:111122223333:security-group/"
	both := []path.SecurityGroup{{
		ID: path.SecurityGroupID(s.BalancerGroup.ID), ARN: path.ARN(arn + s.BalancerGroup.ID), Name: "payments-hsm-nlb", VPC: path.VPCID(s.VPC.ID), Tags: optIn,
		Egress: []path.Rule{rule("10.0.11.0/24", "to the XKS proxies"), rule("10.0.12.0/24", "to the XKS proxies")},
	}, {
		ID: path.SecurityGroupID(s.ProxyGroup.ID), ARN: path.ARN(arn + s.ProxyGroup.ID), Name: "payments-hsm-proxy", VPC: path.VPCID(s.VPC.ID), Tags: optIn,
		Ingress: []path.Rule{rule("10.0.1.0/24", "from the load balancer"), rule("10.0.2.0/24", "from the load balancer")},
		Egress:  []path.Rule{{Protocol: "-1", FromPort: -1, ToPort: -1, Prefix: netip.MustParsePrefix("0.0.0.0/0")}},
	}}
	slices.SortFunc(both, func(a, b path.SecurityGroup) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return both
}

// everyStores is an alarm on a metric of every key store.
func everyStores(name, metric string) path.Alarm {
	return path.Alarm{ARN: path.ARN("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:" + name), Name: name, Watches: []path.Watch{{Metric: metric, Others: true}}, Tells: true}
}

func difference(want, got path.Snapshot, options ...cmp.Option) string {
	options = append(options, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }))
	return cmp.Diff(want, got, options...)
}

func TestTheWholePathIsRead(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{SharedGroup: 2})
	s.PageSize = 0
	if d := difference(s.healthy(), s.look(t)); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

func TestSmallPagesGiveTheSameSnapshot(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{SharedGroup: 2})
	want := s.healthy()
	for _, size := range []int{1, 3} {
		s.PageSize = size
		got := s.look(t)
		if d := difference(want, got, cmpopts.IgnoreFields(path.Snapshot{}, "Stats")); d != "" {
			t.Errorf("pages of %d: want (-), got (+):\n%s", size, d)
		}
		if got.Stats.Rounds != 6 || got.Stats.Calls <= 26 {
			t.Errorf("pages of %d: got %+v, want 6 rounds and more than 26 calls", size, got.Stats)
		}
	}
}

func TestKeyStoresThatAreKnownAreNotReadAgain(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.PageSize = 0
	r := s.reader()
	stores, gap := r.KeyStores(t.Context())
	if gap != nil || len(stores) != 1 {
		t.Fatalf("got %v, %v; want the one key store", stores, gap)
	}
	want := s.healthy()
	want.Stats = path.Stats{Calls: 25, Rounds: 5}
	if d := difference(want, r.Snapshot(t.Context(), s.subject(), path.Requested{}, stores, nil)); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
	// Whose the canary key is never changes: the second time it is not asked.
	want.Stats.Calls = 24
	if d := difference(want, r.Snapshot(t.Context(), s.subject(), path.Requested{}, stores, nil)); d != "" {
		t.Errorf("second time: want (-), got (+):\n%s", d)
	}
}

func TestASnapshotSerialises(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	want := s.look(t)
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got path.Snapshot
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if d := difference(want, got); d != "" {
		t.Errorf("sent (-), read (+):\n%s", d)
	}
}

// What the snapshot says of its own cost is so: the simulator's journal counts the calls, and
// the calls of each round are under way together.
func TestStatsAreTrue(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.PageSize = 0
	s.gate = &gate{rounds: []int{
		4, // key stores, trails, whose the canary key is; alarms
		6, // service, allow list, connections; trail's state and selectors; Encrypt
		5, // load balancer, attributes, listeners, target groups, nodes
		8, // target health, target group attributes; VPC, its two attributes, subnets, network ACLs, route tables
		1, // targets' interfaces
		2, // security groups, what carries them
	}}
	rounds := len(s.gate.rounds)
	got := s.look(t, func(o *collect.Options) { o.ReadTimeout = time.Minute })
	if len(got.Gaps) > 0 || len(s.gate.rounds) > 0 {
		t.Fatalf("calls were not made together: %d rounds left, gaps %v", len(s.gate.rounds), gaps(got))
	}
	if want := (path.Stats{Calls: len(s.Server.Calls()), Rounds: rounds}); got.Stats != want {
		t.Errorf("got %+v, want %+v", got.Stats, want)
	}
	if got.Stats.Calls > 27 || got.Stats.Rounds > 6 {
		t.Errorf("got %+v, want at most 27 calls in 6 rounds", got.Stats)
	}
}

func BenchmarkDiagnosisReads(b *testing.B) {
	s := newSim(b, network.Options{})
	s.PageSize = 0
	s.Server.SetLatency(20 * time.Millisecond) // about what a describe call takes within a Region
	var stats path.Stats
	for b.Loop() {
		stats = s.look(b).Stats
	}
	b.ReportMetric(float64(stats.Calls), "calls/diagnosis")
	b.ReportMetric(float64(stats.Rounds), "rounds/diagnosis")
}
