// Package network is the simulated AWS world on the path of an external key store: the VPC
// with its subnets, interfaces, security groups, network ACLs and routes; the Network Load
// Balancer and its health checks; the VPC endpoint service; the key stores and KMS keys; the
// trails; alarms. It holds what is there and how it behaves in time. The packages beneath it (cloudwatch,
// ec2, elb, kms, route53, trail) serve it over AWS's wire protocols.
//
// Reachability is decided by walking one packet along the path. There is no algebra of sets
// here, and nothing of the product may be imported: this package judges it.
package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// A World is everything there is in one account and Region. Its owner's lock guards it: no
// method locks, and callbacks run on the Clock while the owner holds the lock.
//
// The maps are keyed by ID (load balancers, listeners and target groups by ARN) and may be
// read and edited freely; where an edit must take effect in time (a rule, a target, a key
// store's state) use the method for it.
type World struct {
	Clock   *engine.Clock
	Region  string
	Account string
	Timing  Timing

	// PageSize is the most that one page of a paged call holds, whatever its caller asks
	// for; zero means that only the caller's own limit counts.
	PageSize int

	VPCs           map[string]*VPC
	Subnets        map[string]*Subnet
	Interfaces     map[string]*Interface
	SecurityGroups map[string]*SecurityGroup
	ACLs           map[string]*ACL
	RouteTables    map[string]*RouteTable
	Peerings       map[string]*Peering
	PrefixLists    map[string]*PrefixList
	Dark           map[string][]netip.Prefix // by the gateway to them, what of the world outside does not answer
	Instances      map[string]*Instance

	LoadBalancers map[string]*LoadBalancer
	Listeners     map[string]*Listener
	TargetGroups  map[string]*TargetGroup
	Proxies       map[netip.Addr]*Proxy // what answers at an address; nothing listens where there is none
	PublicProxies map[string]*Proxy     // what answers at a public URI endpoint, "https://…"

	Services  map[string]*EndpointService
	TXT       map[string][]string // public DNS that is kept elsewhere: name without final dot → values
	KeyStores map[string]*KeyStore
	// Elsewhere are external key stores of other accounts in the Region, which no call of this
	// account shows and which may not share an endpoint service with one of this account's.
	Elsewhere []*KeyStore
	Keys      map[string]*Key // by key ID
	Trails    map[string]*Trail
	Alarms    map[string]*Alarm // by name

	HostedZones map[string]*HostedZone  // of Route 53, by ID
	Changes     map[string]*ZoneChange  // of hosted zones, by ID
	Delegations map[string][]string     // public domains that are zones of another provider → their name servers
	Cached      map[string]CachedAnswer // what the second public resolver still holds: name → answer

	// AsksEveryZone has KMS's endpoint go on asking a zone that has left DNS for want of a healthy
	// target. Whether it does is not documented.
	AsksEveryZone bool

	// KMSAddress is the private address in KMS's own VPC from which KMS calls. A network
	// load balancer that enforces its security groups on PrivateLink traffic sees it.
	KMSAddress netip.Addr
	// PathOwner is the account that owns the VPC, the load balancer and the endpoint services,
	// where that is not Account; else empty.
	PathOwner string
	// KMSAccount owns KMS's interface endpoints. AWS does not publish the real number.
	KMSAccount string

	issued map[string]int // IDs given out so far, by prefix
}

// Timing is how long things take. A zero field means at once.
type Timing struct {
	Connect    time.Duration // ConnectCustomKeyStore to CONNECTED or FAILED
	Endpoint   time.Duration // ConnectCustomKeyStore to KMS's interface endpoint
	Disconnect time.Duration // DisconnectCustomKeyStore to DISCONNECTED
	KeyStore   time.Duration // until reads show a key store's new state
	Rules      time.Duration // until the data plane follows a security group rule
	RuleReads  time.Duration // until describe calls show a security group rule
	Verify     time.Duration // private DNS verification
	Sync       time.Duration // until a hosted zone's name servers have a change
	Deregister time.Duration // draining of a target whose group does not say
}

// RealTiming is what AWS documents or is known for. Connecting takes about five minutes:
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
func RealTiming() Timing {
	return Timing{
		Connect:    5 * time.Minute,
		Endpoint:   20 * time.Second,
		Disconnect: 30 * time.Second,
		KeyStore:   3 * time.Second,
		Rules:      2 * time.Second,
		Verify:     90 * time.Second,
		Sync:       40 * time.Second,
		Deregister: 5 * time.Minute,
	}
}

// NewWorld returns an empty world with AWS's own timing and pages of three.
func NewWorld(clock *engine.Clock, region, account string) *World {
	return &World{
		Clock: clock, Region: region, Account: account, Timing: RealTiming(), PageSize: 3,
		VPCs: map[string]*VPC{}, Subnets: map[string]*Subnet{}, Interfaces: map[string]*Interface{},
		SecurityGroups: map[string]*SecurityGroup{}, ACLs: map[string]*ACL{},
		RouteTables: map[string]*RouteTable{}, Peerings: map[string]*Peering{},
		PrefixLists: map[string]*PrefixList{}, Dark: map[string][]netip.Prefix{}, Instances: map[string]*Instance{}, LoadBalancers: map[string]*LoadBalancer{},
		Listeners: map[string]*Listener{}, TargetGroups: map[string]*TargetGroup{},
		Proxies: map[netip.Addr]*Proxy{}, PublicProxies: map[string]*Proxy{},
		Services: map[string]*EndpointService{}, TXT: map[string][]string{},
		KeyStores: map[string]*KeyStore{}, Keys: map[string]*Key{}, Trails: map[string]*Trail{}, Alarms: map[string]*Alarm{},
		HostedZones: map[string]*HostedZone{}, Changes: map[string]*ZoneChange{},
		Delegations: map[string][]string{}, Cached: map[string]CachedAnswer{},
		KMSAddress: netip.MustParseAddr("100.64.17.21"), KMSAccount: "999988887777",
		issued: map[string]int{},
	}
}

// NewID returns the next ID with prefix, in AWS's form: "sg-" and 17 hexadecimal digits.
// The same world built twice gives the same IDs.
func (w *World) NewID(prefix string) string { return prefix + "-" + w.hex(prefix, 17) }

// hex returns n hexadecimal digits that depend on kind and on how many were issued for it.
func (w *World) hex(kind string, n int) string {
	w.issued[kind]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%s/%d", w.Account, w.Region, kind, w.issued[kind]))
	return ("0" + hex.EncodeToString(sum[:]))[:n]
}

// NewUUID returns the next UUID of a kind.
func (w *World) NewUUID(kind string) string {
	h := w.hex(kind, 32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}

// ARN returns the ARN of a resource of this account and Region: ARN("ec2", "vpc/vpc-1").
func (w *World) ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + w.Region + ":" + w.Account + ":" + resource
}

// KMSPrincipal is the service principal of AWS KMS's external key stores, which an endpoint
// service must allow.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func (w *World) KMSPrincipal() string { return "cks.kms." + w.Region + ".amazonaws.com" }
