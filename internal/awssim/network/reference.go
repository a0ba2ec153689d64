package network

import (
	"cmp"
	"fmt"
	"net/netip"
)

// Options says how a reference path differs from the plain one; the zero value is the plain
// one: four targets in two zones, enforcement off, cross-zone off, CONNECTED.
type Options struct {
	Name        string // of the key store; "payments-hsm" where empty
	Domain      string // private DNS name; Name + ".xks.example.com" where empty
	Targets     int    // proxies, spread over the zones; 4 where zero
	HealthPort  int    // of the health check; the traffic port where zero
	Enforce     string // on or off; "off" where empty
	NoGroups    bool   // the load balancer was created without security groups
	CrossZone   bool   // load_balancing.cross_zone.enabled
	TagKey      string // opt-in tag; "xks-remediator" where empty
	TagValue    string // "enabled" where empty
	Untagged    bool   // no resource carries the opt-in tag
	NoKeyStore  bool   // nobody has created the key store yet
	NoTrail     bool   // no trail
	NoAlarms    bool   // nobody has put an alarm on what AWS KMS measures
	State       string // of the key store; CONNECTED where empty. CONNECTING begins to connect
	VPC         string // build in this VPC, made by an earlier reference, instead of a new one
	Octet       int    // second-last octet of the first node subnet, 10.0.<Octet>.0/24; 1 where zero
	Owner       string // account that owns all but the key store and the trail; this account where empty
	SharedGroup int    // interfaces of other applications that carry the proxies' group too
	Probe       string // a security group for a probe: ProbeAdmitted by the load balancer's group, or ProbeShutOut; empty for none
}

// Whether the load balancer's security group lets a probe in.
const (
	ProbeAdmitted = "admitted"
	ProbeShutOut  = "shut-out"
)

// A Reference is what BuildReference built: everything on one healthy path, by name.
type Reference struct {
	VPC           *VPC
	NodeSubnets   []*Subnet
	ProxySubnets  []*Subnet
	BalancerGroup *SecurityGroup // nil with Options.NoGroups
	ProxyGroup    *SecurityGroup
	Balancer      *LoadBalancer
	Listener      *Listener
	TargetGroup   *TargetGroup
	Nodes         []*Interface
	Targets       []*Interface
	ProbeGroup    *SecurityGroup // nil without Options.Probe
	Bystanders    []*Interface   // the other interfaces of Options.SharedGroup
	Service       *EndpointService
	KeyStore      *KeyStore // nil with Options.NoKeyStore
	Workload      *Key      // nil with Options.NoKeyStore
	Canary        *Key      // nil with Options.NoKeyStore
	Trail         *Trail    // nil with Options.NoTrail
	Alarms        []*Alarm  // on every key store: certificate, key managers, proxy errors; none with Options.NoAlarms
}

func (o Options) filled() Options {
	o.Name = cmp.Or(o.Name, "payments-hsm")
	o.Domain = cmp.Or(o.Domain, o.Name+".xks.example.com")
	o.Targets = cmp.Or(o.Targets, 4)
	o.Enforce = cmp.Or(o.Enforce, "off")
	o.TagKey = cmp.Or(o.TagKey, "xks-remediator")
	o.TagValue = cmp.Or(o.TagValue, "enabled")
	o.State = cmp.Or(o.State, Connected)
	o.Octet = cmp.Or(o.Octet, 1)
	return o
}

// BuildReference builds the path of AWS's own guide, healthy and settled, and returns its
// parts.
// https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
func (w *World) BuildReference(o Options) *Reference {
	o = o.filled()
	r := &Reference{}
	w.buildPath(r, o)
	if !o.NoKeyStore {
		w.buildKeyStore(r, o)
	}
	if !o.NoTrail {
		if r.Trail = w.Trails["management-events"]; r.Trail == nil {
			r.Trail = w.AddTrail("management-events")
		}
	}
	if !o.NoAlarms {
		r.Alarms = w.AddKeyStoreAlarms(w.ARN("sns", "on-call"))
	}
	return r
}

// buildPath builds all that the owner of the path owns. Another account's service admits this
// one by name.
func (w *World) buildPath(r *Reference, o Options) {
	consumer := w.Account
	if o.Owner != "" {
		w.PathOwner, w.Account = o.Owner, o.Owner
		defer func() { w.Account = consumer }()
	}
	w.buildVPC(r, o)
	w.buildGroups(r, o)
	w.buildBalancer(r, o)
	w.buildTargets(r, o)
	w.buildService(r, o)
	if o.Owner != "" {
		r.Service.Principals = append(r.Service.Principals, AccountPrincipal(consumer))
	}
}

func (w *World) buildVPC(r *Reference, o Options) {
	if r.VPC = w.VPCs[o.VPC]; r.VPC == nil {
		r.VPC = w.AddVPC("10.0.0.0/16")
		r.VPC.Tags["Name"] = "xks"
	}
	zones := [2][2]string{{w.Region + "a", "euc1-az2"}, {w.Region + "b", "euc1-az3"}}
	for i, z := range zones {
		node := w.AddSubnet(r.VPC.ID, fmt.Sprintf("10.0.%d.0/24", o.Octet+i), z[0], z[1])
		proxy := w.AddSubnet(r.VPC.ID, fmt.Sprintf("10.0.%d.0/24", o.Octet+10+i), z[0], z[1])
		r.NodeSubnets, r.ProxySubnets = append(r.NodeSubnets, node), append(r.ProxySubnets, proxy)
	}
}

// buildGroups makes the groups that AWS recommends: each admits and lets out what this path
// needs, and no more. Only with enforcement on may the proxies' group name the load
// balancer's; else it names the addresses of the nodes' subnets.
func (w *World) buildGroups(r *Reference, o Options) {
	r.ProxyGroup = w.AddSecurityGroup(r.VPC.ID, o.Name+"-proxy", "XKS proxies")
	w.optIn(r.ProxyGroup.Tags, o)
	if !o.NoGroups {
		r.BalancerGroup = w.AddSecurityGroup(r.VPC.ID, o.Name+"-nlb", "XKS load balancer")
		w.optIn(r.BalancerGroup.Tags, o)
		w.Revoke(r.BalancerGroup, func(Rule) bool { return true })
		if o.Enforce == "on" {
			w.Authorize(r.BalancerGroup, false, Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: netip.MustParsePrefix("0.0.0.0/0"), Description: "AWS KMS"})
		}
	}
	for _, port := range o.ports() {
		for _, s := range r.ProxySubnets {
			if r.BalancerGroup != nil {
				w.Authorize(r.BalancerGroup, true, Rule{Protocol: "tcp", FromPort: port, ToPort: port, CIDR: s.CIDR, Description: "to the XKS proxies"})
			}
		}
		if o.Enforce == "on" && r.BalancerGroup != nil {
			w.Authorize(r.ProxyGroup, false, Rule{Protocol: "tcp", FromPort: port, ToPort: port, Group: r.BalancerGroup.ID, Description: "from the load balancer"})
			continue
		}
		for _, s := range r.NodeSubnets {
			w.Authorize(r.ProxyGroup, false, Rule{Protocol: "tcp", FromPort: port, ToPort: port, CIDR: s.CIDR, Description: "from the load balancer"})
		}
	}
	w.buildProbeGroup(r, o)
	w.Settle(r.ProxyGroup)
	if r.BalancerGroup != nil {
		w.Settle(r.BalancerGroup)
	}
}

func (w *World) buildProbeGroup(r *Reference, o Options) {
	if o.Probe == "" {
		return
	}
	r.ProbeGroup = w.AddSecurityGroup(r.VPC.ID, o.Name+"-probe", "XKS probe")
	w.Settle(r.ProbeGroup)
	if o.Probe == ProbeAdmitted && r.BalancerGroup != nil {
		w.Authorize(r.BalancerGroup, false, Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: r.ProbeGroup.ID, Description: "from the XKS probe"})
	}
}

// ports are the ports of traffic and health checks.
func (o Options) ports() []int {
	if o.HealthPort != 0 && o.HealthPort != 443 {
		return []int{443, o.HealthPort}
	}
	return []int{443}
}

func (w *World) buildBalancer(r *Reference, o Options) {
	nodes := map[string]string{}
	for i, s := range r.NodeSubnets {
		nodes[s.ID] = fmt.Sprintf("10.0.%d.7", o.Octet+i)
	}
	var groups []string
	if r.BalancerGroup != nil {
		groups = []string{r.BalancerGroup.ID}
	}
	name := "xks-nlb"
	if o.Octet != 1 {
		name = fmt.Sprintf("xks-nlb-%d", o.Octet)
	}
	r.Balancer = w.AddLoadBalancer(name, nodes, groups...)
	r.Balancer.CrossZone = o.CrossZone
	if r.BalancerGroup != nil {
		r.Balancer.Enforce = o.Enforce
	}
	w.optIn(r.Balancer.Tags, o)
	for _, z := range r.Balancer.Zones {
		r.Nodes = append(r.Nodes, w.Interfaces[z.Node])
	}
}

func (w *World) buildTargets(r *Reference, o Options) {
	r.TargetGroup = w.AddTargetGroup(o.Name, r.VPC.ID, "TCP", 443)
	w.optIn(r.TargetGroup.Tags, o)
	if o.HealthPort != 0 {
		r.TargetGroup.Check.Port = fmt.Sprint(o.HealthPort)
	}
	r.Listener = w.AddListener(r.Balancer, "TCP", 443, r.TargetGroup)
	for i := range o.Targets {
		zone := i % 2
		addr := fmt.Sprintf("10.0.%d.%d", o.Octet+10+zone, 20+i/2)
		eni := w.AddInterface(r.ProxySubnets[zone].ID, addr, "XKS proxy", r.ProxyGroup.ID)
		r.Targets = append(r.Targets, eni)
		w.Proxies[eni.Primary()] = &Proxy{Ports: o.ports()}
		w.Register(r.TargetGroup, addr, 443, "")
	}
	for i := range o.SharedGroup {
		addr := fmt.Sprintf("10.0.%d.%d", o.Octet+10, 100+i)
		r.Bystanders = append(r.Bystanders, w.AddInterface(r.ProxySubnets[0].ID, addr, "billing application", r.ProxyGroup.ID))
	}
	w.SettleHealth(r.TargetGroup)
}

func (w *World) buildService(r *Reference, o Options) {
	r.Service = w.AddService(r.Balancer)
	r.Service.Principals = []string{w.KMSPrincipal()}
	r.Service.Tags["Name"] = o.Name
	w.optIn(r.Service.Tags, o)
	w.SetPrivateDNS(r.Service, o.Domain)
	dns := r.Service.PrivateDNS
	w.TXT[dns.RecordName+"."+o.Domain] = []string{dns.RecordValue}
	w.Delegations["example.com"] = []string{"ns1.provider.example.net", "ns2.provider.example.net"}
	dns.State = "verified"
}

func (w *World) buildKeyStore(r *Reference, o Options) {
	r.KeyStore = w.AddKeyStore(o.Name, r.Service)
	r.Workload = w.AddKey(r.KeyStore.ID, "external-"+o.Name+"-workload")
	r.Canary = w.AddKey(r.KeyStore.ID, "external-"+o.Name+"-canary")
	switch o.State {
	case Connected:
		w.Attach(r.KeyStore)
	case Connecting:
		w.Connect(r.KeyStore)
	default:
		w.SetState(r.KeyStore, o.State, "INTERNAL_ERROR")
		w.SettleKeyStore(r.KeyStore)
	}
}

func (w *World) optIn(tags map[string]string, o Options) {
	if !o.Untagged {
		tags[o.TagKey] = o.TagValue
	}
}
