// Package path is the Snapshot: plain data of everything between AWS KMS and an external
// key store proxy at one instant, and a Gap for each part that could not be read. It
// computes nothing and knows no client.
package path

import (
	"net/netip"
	"time"
)

// An ARN names an AWS resource; where AWS has no ARN for it (a custom key store), its ID.
type ARN string

// Resource IDs, as AWS spells them.
type (
	KeyStoreID        string // cks-…
	ServiceID         string // vpce-svc-…
	SecurityGroupID   string // sg-…
	SecurityGroupRule string // sgr-…
	InterfaceID       string // eni-…
	SubnetID          string // subnet-…
	VPCID             string // vpc-…
	PrefixListID      string // pl-…
)

// A Kind says what a diagnosis is about.
type Kind string

const (
	KeyStoreSubject Kind = "key-store"        // an external key store that exists
	ServiceSubject  Kind = "endpoint-service" // a VPC endpoint service that a failed Create or Update named
	AccountSubject  Kind = "account"          // neither: a notice about the account and Region
)

// A Subject is what a diagnosis, a record and an incident are about.
type Subject struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"` // cks-…, vpce-svc-… or the account ID
}

// String returns the subject as records and logs write it: "key-store/cks-1".
func (s Subject) String() string { return string(s.Kind) + "/" + s.ID }

// Requested is what a failed CreateCustomKeyStore or UpdateCustomKeyStore asked for. Any
// field may be empty: CloudTrail does not promise them.
type Requested struct {
	KeyStoreName string     `json:"keyStoreName,omitempty"`
	KeyStoreID   KeyStoreID `json:"keyStoreId,omitempty"` // of an Update
	UriEndpoint  string     `json:"uriEndpoint,omitempty"`
	ServiceName  string     `json:"serviceName,omitempty"`
	ServiceOwner string     `json:"serviceOwner,omitempty"` // account ID
	Code         string     `json:"code,omitempty"`         // the error code that KMS answered
}

// A Snapshot is the path at one instant. It serialises to JSON, so that an incident can be
// replayed without AWS. A part that was not read is nil or empty and has a Gap; a part
// that was read and holds nothing has none.
type Snapshot struct {
	Schema    int       `json:"schema"`
	Taken     time.Time `json:"taken"` // when the first read began
	Partition string    `json:"partition"`
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Subject   Subject   `json:"subject"`
	Requested Requested `json:"requested,omitzero"`

	KeyStore       *KeyStore          `json:"keyStore,omitempty"`  // nil: no such key store, or not read
	KeyStores      []KeyStore         `json:"keyStores,omitempty"` // all of the account and Region, external and CloudHSM
	Service        *EndpointService   `json:"service,omitempty"`
	LoadBalancers  []LoadBalancer     `json:"loadBalancers,omitempty"`
	TargetGroups   []TargetGroup      `json:"targetGroups,omitempty"`
	Interfaces     []NetworkInterface `json:"interfaces,omitempty"`     // of nodes, of targets, and all others that carry a target's group
	SecurityGroups []SecurityGroup    `json:"securityGroups,omitempty"` // of load balancers and targets
	PrefixLists    []PrefixList       `json:"prefixLists,omitempty"`
	VPCs           []VPC              `json:"vpcs,omitempty"`        // through which the path runs
	Subnets        []Subnet           `json:"subnets,omitempty"`     // of VPCs, all of them
	NetworkACLs    []NetworkACL       `json:"networkAcls,omitempty"` // of Subnets
	RouteTables    []RouteTable       `json:"routeTables,omitempty"` // of Subnets, and the main tables of VPCs
	Peerings       []Peering          `json:"peerings,omitempty"`    // that a route or rule names
	DNS            *PublicDNS         `json:"dns,omitempty"`         // nil: not asked, for there is nothing to ask for or no resolver
	HostedZones    []HostedZone       `json:"hostedZones,omitempty"` // sorted: public ones first, the longest name first; read where the name is not verified
	Trails         []Trail            `json:"trails,omitempty"`
	Alarms         []Alarm            `json:"alarms,omitempty"`     // of the account and Region, on metrics of external key stores; of a key store that exists
	AlarmsLeft     bool               `json:"alarmsLeft,omitempty"` // there are more alarms than were read
	Canary         *Canary            `json:"canary,omitempty"`     // nil: none is configured, or the key store is not CONNECTED
	Probe          *Probe             `json:"probe,omitempty"`      // nil: none is deployed, or there was no node to go to
	Denied         *DeniedCall        `json:"denied,omitempty"`     // the access denied that woke us, if that is what woke us
	Gaps           []Gap              `json:"gaps,omitempty"`

	Stats Stats `json:"stats"`
}

// Stats counts what a snapshot cost.
type Stats struct {
	Calls  int `json:"calls"`  // AWS calls, retries left out
	Rounds int `json:"rounds"` // reads that had to wait for one another, one after the other
}

// A Part is a piece of the path that one kind of AWS read fills.
type Part string

const (
	KeyStorePart           Part = "key-store"            // kms:DescribeCustomKeyStores
	ServicePart            Part = "endpoint-service"     // ec2:DescribeVpcEndpointServiceConfigurations (DescribeVpcEndpointServices for another account's)
	ServicePermissionsPart Part = "service-permissions"  // ec2:DescribeVpcEndpointServicePermissions
	ConnectionsPart        Part = "endpoint-connections" // ec2:DescribeVpcEndpointConnections
	LoadBalancerPart       Part = "load-balancer"        // elasticloadbalancing:DescribeLoadBalancers, …Attributes
	ListenersPart          Part = "listeners"            // elasticloadbalancing:DescribeListeners
	NodesPart              Part = "load-balancer-nodes"  // ec2:DescribeNetworkInterfaces of the nodes; a gap also where none was found
	TargetGroupsPart       Part = "target-groups"        // elasticloadbalancing:DescribeTargetGroups, …Attributes
	TargetHealthPart       Part = "target-health"        // elasticloadbalancing:DescribeTargetHealth
	TargetInterfacesPart   Part = "target-interfaces"    // ec2:DescribeNetworkInterfaces of the targets
	GroupMembersPart       Part = "group-members"        // ec2:DescribeNetworkInterfaces of all that carry a target's group
	SecurityGroupsPart     Part = "security-groups"      // ec2:DescribeSecurityGroups
	PrefixListsPart        Part = "prefix-lists"         // ec2:GetManagedPrefixListEntries, where a rule names one
	VPCsPart               Part = "vpcs"                 // ec2:DescribeVpcs
	VPCAttributesPart      Part = "vpc-attributes"       // ec2:DescribeVpcAttribute
	SubnetsPart            Part = "subnets"              // ec2:DescribeSubnets
	NetworkACLsPart        Part = "network-acls"         // ec2:DescribeNetworkAcls
	RouteTablesPart        Part = "route-tables"         // ec2:DescribeRouteTables
	PeeringsPart           Part = "vpc-peerings"         // ec2:DescribeVpcPeeringConnections, where a route or rule names one
	PublicDNSPart          Part = "public-dns"           // DNS questions: no AWS read
	HostedZonePart         Part = "hosted-zone"          // route53:ListHostedZonesByName, ListResourceRecordSets
	TrailsPart             Part = "trails"               // cloudtrail:DescribeTrails, GetTrailStatus, GetEventSelectors
	AlarmsPart             Part = "alarms"               // cloudwatch:DescribeAlarms
	CanaryPart             Part = "canary"               // kms:Encrypt with the canary key
	ProbePart              Part = "probe"                // lambda:InvokeFunction of the probe, where one is deployed
)

// A Gap is a read that gave no answer.
type Gap struct {
	Part    Part   `json:"part"`
	Action  string `json:"action"`         // the IAM action of the read: "ec2:DescribeSecurityGroups"
	On      ARN    `json:"on,omitempty"`   // what was to be read, where that is known
	Cause   Cause  `json:"cause"`          // what kind of failure
	Message string `json:"message"`        // AWS's sentence
	Role    ARN    `json:"role,omitempty"` // with which it was read, where that is a role of another account's
}

// A Cause is why a read gave no answer.
type Cause string

const (
	AccessDenied Cause = "access-denied"
	Throttled    Cause = "throttled"
	TimedOut     Cause = "timed-out"
	NotVisible   Cause = "not-visible" // another account's, or nothing found where something must be
	Unreadable   Cause = "unreadable"  // any other failure, or a gap further up the path
)

// Gap returns the first gap of any of parts, and whether there is one.
func (s Snapshot) Gap(parts ...Part) (Gap, bool) {
	for _, p := range parts {
		for _, g := range s.Gaps {
			if g.Part == p {
				return g, true
			}
		}
	}
	return Gap{}, false
}

// A KeyStore is a custom key store of AWS KMS.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html
type KeyStore struct {
	ID                  KeyStoreID `json:"id"`
	Name                string     `json:"name"`
	External            bool       `json:"external"`                      // EXTERNAL_KEY_STORE; else AWS_CLOUDHSM
	ConnectionState     string     `json:"connectionState"`               // CONNECTED, CONNECTING, FAILED, DISCONNECTED, DISCONNECTING
	ConnectionErrorCode string     `json:"connectionErrorCode,omitempty"` // in FAILED only
	Created             time.Time  `json:"created,omitzero"`
	Connectivity        string     `json:"connectivity,omitempty"` // VPC_ENDPOINT_SERVICE or PUBLIC_ENDPOINT
	UriEndpoint         string     `json:"uriEndpoint,omitempty"`  // https://name, no port, no path
	UriPath             string     `json:"uriPath,omitempty"`
	ServiceName         string     `json:"serviceName,omitempty"`  // com.amazonaws.vpce.<region>.vpce-svc-…
	ServiceOwner        string     `json:"serviceOwner,omitempty"` // account ID; empty: not said
}

// An EndpointService is a VPC endpoint service.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ServiceConfiguration.html
type EndpointService struct {
	ID                    ServiceID            `json:"id"`
	ARN                   ARN                  `json:"arn"`
	Name                  string               `json:"name"`
	Owned                 bool                 `json:"owned"`             // by this account: only then may anything be written to the path
	Owner                 string               `json:"owner,omitempty"`   // account ID, where it is known
	Through               ARN                  `json:"through,omitempty"` // role of the owner's through which another account's was read in full
	State                 string               `json:"state"`             // Available, Pending, Deleting, Deleted, Failed; empty for another account's
	Types                 []string             `json:"types"`             // Interface, Gateway, GatewayLoadBalancer
	Zones                 []string             `json:"zones"`             // Availability Zone names
	ZoneIDs               []string             `json:"zoneIds,omitempty"` // Availability Zone IDs, comparable between accounts
	AcceptanceRequired    bool                 `json:"acceptanceRequired"`
	LoadBalancers         []ARN                `json:"loadBalancers,omitempty"` // network load balancers
	GatewayLoadBalancers  []ARN                `json:"gatewayLoadBalancers,omitempty"`
	AddressTypes          []string             `json:"addressTypes,omitempty"` // ipv4, ipv6
	PrivateDnsName        string               `json:"privateDnsName,omitempty"`
	PrivateDnsState       string               `json:"privateDnsState,omitempty"`      // pendingVerification, verified, failed
	PrivateDnsRecordName  string               `json:"privateDnsRecordName,omitempty"` // label of the TXT record, no domain
	PrivateDnsRecordValue string               `json:"privateDnsRecordValue,omitempty"`
	Principals            []AllowedPrincipal   `json:"principals,omitempty"`
	Connections           []EndpointConnection `json:"connections,omitempty"`
	Tags                  map[string]string    `json:"tags,omitempty"`
}

// InFull reports whether the service was read as its owner reads it, and not as a consumer.
func (e EndpointService) InFull() bool { return e.Owned || e.Through != "" }

// An AllowedPrincipal is an entry of an endpoint service's allow list.
type AllowedPrincipal struct {
	Type      string `json:"type"`      // All, Service, Account, User, Role, OrganizationUnit
	Principal string `json:"principal"` // cks.kms.<region>.amazonaws.com, an ARN, or *
}

// An EndpointConnection is a VPC endpoint's connection to an endpoint service.
type EndpointConnection struct {
	EndpointID string    `json:"endpointId"`
	Owner      string    `json:"owner"` // account ID
	State      string    `json:"state"` // lower camel case, as pendingAcceptance, available, rejected
	Created    time.Time `json:"created,omitzero"`
}

// A LoadBalancer is a network load balancer.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html
type LoadBalancer struct {
	ARN            ARN               `json:"arn"`
	Name           string            `json:"name"`
	Type           string            `json:"type"`   // network
	Scheme         string            `json:"scheme"` // internal, internet-facing
	State          string            `json:"state"`  // provisioning, active, active_impaired, failed
	VPC            VPCID             `json:"vpc"`
	Zones          []Zone            `json:"zones"`
	SecurityGroups []SecurityGroupID `json:"securityGroups,omitempty"`
	Enforcement    string            `json:"enforcement,omitempty"` // on, off: EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic; empty without groups
	CrossZone      bool              `json:"crossZone"`             // load_balancing.cross_zone.enabled
	Listeners      []Listener        `json:"listeners,omitempty"`
	Nodes          []InterfaceID     `json:"nodes,omitempty"` // found in Snapshot.Interfaces
}

// A Zone is an Availability Zone in which a load balancer is enabled.
type Zone struct {
	Name    string     `json:"name"`
	Subnet  SubnetID   `json:"subnet"`
	Address netip.Addr `json:"address,omitzero"` // the node's private address, where one was chosen for it
}

// A Listener is a listener of a load balancer.
type Listener struct {
	ARN          ARN    `json:"arn"`
	Protocol     string `json:"protocol"` // TCP, TLS, UDP, TCP_UDP
	Port         int    `json:"port"`
	TargetGroups []ARN  `json:"targetGroups,omitempty"` // that the default action forwards to, weight above 0
}

// A TargetGroup is a target group of a load balancer.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html
type TargetGroup struct {
	ARN              ARN         `json:"arn"`
	Name             string      `json:"name"`
	Protocol         string      `json:"protocol"`
	Port             int         `json:"port"`
	TargetType       string      `json:"targetType"` // ip, instance, alb
	VPC              VPCID       `json:"vpc"`
	LoadBalancers    []ARN       `json:"loadBalancers,omitempty"`
	HealthCheck      HealthCheck `json:"healthCheck"`
	CrossZone        string      `json:"crossZone,omitempty"` // true, false, use_load_balancer_configuration
	PreserveClientIP bool        `json:"preserveClientIp"`
	ProxyProtocolV2  bool        `json:"proxyProtocolV2"`
	Targets          []Target    `json:"targets,omitempty"`
}

// A HealthCheck is how a target group probes its targets.
type HealthCheck struct {
	Enabled            bool          `json:"enabled"`
	Protocol           string        `json:"protocol"`
	Port               string        `json:"port"` // a number, or traffic-port
	Interval           time.Duration `json:"interval"`
	Timeout            time.Duration `json:"timeout"`
	HealthyThreshold   int           `json:"healthyThreshold"`
	UnhealthyThreshold int           `json:"unhealthyThreshold"`
}

// A Target is a registered target and its health.
type Target struct {
	ID          string      `json:"id"` // address, instance ID or load balancer ARN
	Port        int         `json:"port"`
	Zone        string      `json:"zone,omitempty"` // Availability Zone name, "all", or empty where AWS did not say
	State       string      `json:"state"`          // initial, healthy, unhealthy, unused, draining, unavailable
	Reason      string      `json:"reason,omitempty"`
	Description string      `json:"description,omitempty"`
	Interface   InterfaceID `json:"interface,omitempty"` // found in Snapshot.Interfaces; empty outside the VPC
	Addr        netip.Addr  `json:"addr,omitzero"`       // where traffic goes; invalid where it is not known
}

// A NetworkInterface is an elastic network interface.
type NetworkInterface struct {
	ID               InterfaceID       `json:"id"`
	Type             string            `json:"type"` // interface, network_load_balancer, …
	Description      string            `json:"description,omitempty"`
	VPC              VPCID             `json:"vpc"`
	Subnet           SubnetID          `json:"subnet"`
	Zone             string            `json:"zone"`  // Availability Zone name
	Addrs            []netip.Addr      `json:"addrs"` // private addresses, primary first
	SecurityGroups   []SecurityGroupID `json:"securityGroups,omitempty"`
	Instance         string            `json:"instance,omitempty"`
	RequesterManaged bool              `json:"requesterManaged"`
}

// A SecurityGroup is a security group with its rules taken apart: one source or
// destination a rule.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
type SecurityGroup struct {
	ID      SecurityGroupID   `json:"id"`
	ARN     ARN               `json:"arn"`
	Name    string            `json:"name"`
	VPC     VPCID             `json:"vpc"`
	Default bool              `json:"default"` // a VPC's default group
	Ingress []Rule            `json:"ingress,omitempty"`
	Egress  []Rule            `json:"egress,omitempty"`
	Tags    map[string]string `json:"tags,omitempty"`
}

// A Rule is one security group rule. Exactly one of Prefix, PrefixList and Group is set. A
// group in a peered VPC counts while the peering connection is active; a rule that is left
// over from a deleted one is stale and admits nothing.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
type Rule struct {
	Protocol      string          `json:"protocol"` // tcp, udp, icmp, icmpv6, a number, or -1 for all
	FromPort      int             `json:"fromPort"` // inclusive; -1 where the protocol has none
	ToPort        int             `json:"toPort"`
	Prefix        netip.Prefix    `json:"prefix,omitzero"`
	PrefixList    PrefixListID    `json:"prefixList,omitempty"`
	Group         SecurityGroupID `json:"group,omitempty"`
	Peering       PeeringID       `json:"peering,omitempty"`       // over which Group is reached; empty in the group's own VPC
	PeeringStatus string          `json:"peeringStatus,omitempty"` // active, deleted, …, with Peering
	Owner         string          `json:"owner,omitempty"`         // account ID of Group, where it is another account's
	Description   string          `json:"description,omitempty"`
}

// A PrefixList is a managed prefix list with its entries.
type PrefixList struct {
	ID      PrefixListID   `json:"id"`
	Entries []netip.Prefix `json:"entries,omitempty"`
}

// A Trail is a CloudTrail trail that covers this Region.
type Trail struct {
	ARN           ARN    `json:"arn"`
	Name          string `json:"name"`
	Logging       bool   `json:"logging"`
	RecordsReads  bool   `json:"recordsReads"`     // management events of KMS that CloudTrail classes as read: Decrypt, Encrypt, …
	RecordsWrites bool   `json:"recordsWrites"`    // management events of KMS that it classes as write: Connect, Create, …
	Why           string `json:"why,omitempty"`    // what leaves KMS out, where something does
	Unread        string `json:"unread,omitempty"` // why its selectors could not be read (an organization's trail)
}

// A Canary is the outcome of an Encrypt with the key store's canary key.
type Canary struct {
	Key     ARN       `json:"key"`
	At      time.Time `json:"at"`
	OK      bool      `json:"ok"`
	Code    string    `json:"code,omitempty"`    // AWS error code
	Message string    `json:"message,omitempty"` // AWS's sentence
}

// A DeniedCall is an AccessDenied on a key-store call.
type DeniedCall struct {
	Principal string `json:"principal"` // ARN of the caller
	Operation string `json:"operation"` // CreateCustomKeyStore
	Action    string `json:"action"`    // the IAM action that is missing: kms:CreateCustomKeyStore, or another that the message names
	Message   string `json:"message"`
}
