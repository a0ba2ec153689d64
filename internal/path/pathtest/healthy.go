// Package pathtest holds a healthy path and edits to it, for the tests of others. A test
// reads as "one edit from healthy": pathtest.With(pathtest.RevokeIngress(pathtest.ProxyGroup, 443)).
package pathtest

import (
	"net/netip"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// What is on the healthy path, by name.
const (
	Account      = "111122223333"
	OtherAccount = "444455556666"
	Region       = "us-west-2"
	ZoneA        = "us-west-2a"
	ZoneB        = "us-west-2b"

	KeyStoreID   = path.KeyStoreID("cks-1234567890abcdef0")
	KeyStoreName = "payments-hsm"

	ServiceID   = path.ServiceID("vpce-svc-0123456789abcdef0")
	ServiceName = "com.amazonaws.vpce.us-west-2.vpce-svc-0123456789abcdef0"
	ServiceARN  = path.ARN("arn:aws:ec2:us-west-2:111122223333:vpc-endpoint-service/vpce-svc-0123456789abcdef0")
	Principal   = "cks.kms.us-west-2.amazonaws.com"
	DnsName     = "myproxy-private.xks.example.com"

	VPC     = path.VPCID("vpc-1")
	SubnetA = path.SubnetID("subnet-a")
	SubnetB = path.SubnetID("subnet-b")

	LoadBalancerARN = path.ARN("arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/net/xks/0123456789abcdef")
	ListenerARN     = path.ARN("arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/net/xks/0123456789abcdef/0123456789abcdef")
	TargetGroupARN  = path.ARN("arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/xks-proxy/0123456789abcdef")

	LoadBalancerGroup = path.SecurityGroupID("sg-nlb")
	ProxyGroup        = path.SecurityGroupID("sg-proxy")

	NodeA = path.InterfaceID("eni-node-a") // 10.0.1.7
	NodeB = path.InterfaceID("eni-node-b") // 10.0.2.7

	TrailARN  = path.ARN("arn:aws:cloudtrail:us-west-2:111122223333:trail/management-events")
	CanaryKey = path.ARN("arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")

	TagKey   = "xks-remediator"
	TagValue = "enabled"
)

// Taken is when every snapshot of this package was taken.
func Taken() time.Time { return time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC) }

// TargetAddrs are the addresses of the four targets, two in each zone. The interface of
// 10.0.1.9 is eni-10.0.1.9.
func TargetAddrs() []string { return []string{"10.0.1.9", "10.0.1.10", "10.0.2.9", "10.0.2.10"} }

// Healthy returns the snapshot of a path on which every check passes: a connected key
// store, an endpoint service in two zones, a load balancer with a security group and
// enforcement off, cross-zone on, and four targets that carry sg-proxy. Each call returns
// a copy of its own.
func Healthy() path.Snapshot {
	store := keyStore()
	service := service()
	probe := probe()
	return path.Snapshot{
		Schema:         1,
		Taken:          Taken(),
		Partition:      "aws",
		Account:        Account,
		Region:         Region,
		Subject:        path.Subject{Kind: path.KeyStoreSubject, ID: string(KeyStoreID)},
		KeyStore:       &store,
		KeyStores:      []path.KeyStore{store},
		Service:        &service,
		LoadBalancers:  []path.LoadBalancer{loadBalancer()},
		TargetGroups:   []path.TargetGroup{targetGroup()},
		Interfaces:     interfaces(),
		SecurityGroups: []path.SecurityGroup{loadBalancerGroup(), proxyGroup()},
		VPCs:           []path.VPC{vpc()},
		Subnets:        subnets(),
		NetworkACLs:    []path.NetworkACL{networkACL()},
		RouteTables:    []path.RouteTable{routeTable()},
		DNS:            publicDNS(),
		HostedZones:    hostedZones(),
		Trails: []path.Trail{{
			ARN: TrailARN, Name: "management-events", Logging: true, RecordsReads: true, RecordsWrites: true,
		}},
		Alarms: alarms(),
		Probe:  &probe,
		Canary: &path.Canary{Key: CanaryKey, At: Taken(), OK: true},
		Stats:  path.Stats{Calls: 20, Rounds: 6},
	}
}

func keyStore() path.KeyStore {
	return path.KeyStore{
		ID:              KeyStoreID,
		Name:            KeyStoreName,
		External:        true,
		ConnectionState: "CONNECTED",
		Created:         Taken().Add(-30 * 24 * time.Hour),
		Connectivity:    "VPC_ENDPOINT_SERVICE",
		UriEndpoint:     "https://" + DnsName,
		UriPath:         "/kms/xks/v1",
		ServiceName:     ServiceName,
		ServiceOwner:    Account,
	}
}

func service() path.EndpointService {
	return path.EndpointService{
		ID:                    ServiceID,
		ARN:                   ServiceARN,
		Name:                  ServiceName,
		Owned:                 true,
		Owner:                 Account,
		State:                 "Available",
		Types:                 []string{"Interface"},
		Zones:                 []string{ZoneA, ZoneB},
		ZoneIDs:               []string{"usw2-az1", "usw2-az2"},
		LoadBalancers:         []path.ARN{LoadBalancerARN},
		AddressTypes:          []string{"ipv4"},
		PrivateDnsName:        DnsName,
		PrivateDnsState:       "verified",
		PrivateDnsRecordName:  RecordLabel,
		PrivateDnsRecordValue: RecordValue,
		Principals:            []path.AllowedPrincipal{{Type: "Service", Principal: Principal}},
		Connections: []path.EndpointConnection{{
			EndpointID: "vpce-0aaaaaaaaaaaaaaaa", Owner: "777788889999", State: "available", Created: Taken().Add(-29 * 24 * time.Hour),
		}},
		Tags: tags(),
	}
}

func tags() map[string]string { return map[string]string{TagKey: TagValue} }

func loadBalancer() path.LoadBalancer {
	return path.LoadBalancer{
		ARN:            LoadBalancerARN,
		Name:           "xks",
		Type:           "network",
		Scheme:         "internal",
		State:          "active",
		VPC:            VPC,
		Zones:          []path.Zone{{Name: ZoneA, Subnet: SubnetA}, {Name: ZoneB, Subnet: SubnetB}},
		SecurityGroups: []path.SecurityGroupID{LoadBalancerGroup},
		Enforcement:    "off",
		CrossZone:      true,
		Listeners:      []path.Listener{{ARN: ListenerARN, Protocol: "TCP", Port: 443, TargetGroups: []path.ARN{TargetGroupARN}}},
		Nodes:          []path.InterfaceID{NodeA, NodeB},
	}
}

func targetGroup() path.TargetGroup {
	g := path.TargetGroup{
		ARN:           TargetGroupARN,
		Name:          "xks-proxy",
		Protocol:      "TCP",
		Port:          443,
		TargetType:    "ip",
		VPC:           VPC,
		LoadBalancers: []path.ARN{LoadBalancerARN},
		HealthCheck: path.HealthCheck{
			Enabled: true, Protocol: "TCP", Port: "traffic-port",
			Interval: 30 * time.Second, Timeout: 10 * time.Second, HealthyThreshold: 5, UnhealthyThreshold: 2,
		},
		CrossZone: "use_load_balancer_configuration",
	}
	for _, a := range TargetAddrs() {
		g.Targets = append(g.Targets, path.Target{
			ID: a, Port: 443, Zone: zoneOf(a), State: "healthy", Interface: path.InterfaceID("eni-" + a), Addr: netip.MustParseAddr(a),
		})
	}
	return g
}

func zoneOf(addr string) string {
	if netip.MustParsePrefix("10.0.1.0/24").Contains(netip.MustParseAddr(addr)) {
		return ZoneA
	}
	return ZoneB
}

func subnetOf(addr string) path.SubnetID {
	if zoneOf(addr) == ZoneA {
		return SubnetA
	}
	return SubnetB
}

func interfaces() []path.NetworkInterface {
	all := []path.NetworkInterface{node(NodeA, "10.0.1.7"), node(NodeB, "10.0.2.7")}
	for _, a := range TargetAddrs() {
		all = append(all, path.NetworkInterface{
			ID: path.InterfaceID("eni-" + a), Type: "interface", VPC: VPC, Subnet: subnetOf(a), Zone: zoneOf(a),
			Addrs: []netip.Addr{netip.MustParseAddr(a)}, SecurityGroups: []path.SecurityGroupID{ProxyGroup},
		})
	}
	return all
}

func node(id path.InterfaceID, addr string) path.NetworkInterface {
	return path.NetworkInterface{
		ID: id, Type: "network_load_balancer", Description: "ELB net/xks/0123456789abcdef", VPC: VPC,
		Subnet: subnetOf(addr), Zone: zoneOf(addr), Addrs: []netip.Addr{netip.MustParseAddr(addr)},
		SecurityGroups: []path.SecurityGroupID{LoadBalancerGroup}, RequesterManaged: true,
	}
}

func groupARN(id path.SecurityGroupID) path.ARN {
	return path.ARN("arn:aws:ec2:us-west-2:111122223333:security-group/" + string(id))
}

// loadBalancerGroup admits nothing: with enforcement off it need not.
func loadBalancerGroup() path.SecurityGroup {
	return path.SecurityGroup{
		ID: LoadBalancerGroup, ARN: groupARN(LoadBalancerGroup), Name: "xks-nlb", VPC: VPC, Tags: tags(),
		Egress: []path.Rule{TCP("10.0.1.0/24", 443), TCP("10.0.2.0/24", 443)},
	}
}

func proxyGroup() path.SecurityGroup {
	return path.SecurityGroup{
		ID: ProxyGroup, ARN: groupARN(ProxyGroup), Name: "xks-proxy", VPC: VPC, Tags: tags(),
		Ingress: []path.Rule{TCP("10.0.1.0/24", 443), TCP("10.0.2.0/24", 443)},
		Egress:  []path.Rule{{Protocol: "-1", FromPort: -1, ToPort: -1, Prefix: netip.MustParsePrefix("0.0.0.0/0")}},
	}
}
