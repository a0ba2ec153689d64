package ec2

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// entryQuota is how many rules an ACL holds in one direction, the final deny included.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const entryQuota = 20

type networkACL struct {
	ID           string           `xml:"networkAclId"`
	VPC          string           `xml:"vpcId"`
	Default      bool             `xml:"default"`
	OwnerID      string           `xml:"ownerId"`
	Entries      []aclEntry       `xml:"entrySet"`
	Associations []aclAssociation `xml:"associationSet"`
	Tags         []tag            `xml:"tagSet"`
}

type aclEntry struct {
	Number   int        `xml:"ruleNumber"`
	Protocol string     `xml:"protocol"`
	Action   string     `xml:"ruleAction"`
	Egress   bool       `xml:"egress"`
	CIDR     string     `xml:"cidrBlock"`
	CIDRv6   string     `xml:"ipv6CidrBlock"`
	Ports    *portRange `xml:"portRange"`
}

type portRange struct{ From, To int }

type aclAssociation struct {
	ID     string `xml:"networkAclAssociationId"`
	ACL    string `xml:"networkAclId"`
	Subnet string `xml:"subnetId"`
}

type describeACLsInput struct {
	listing
	ACLIDs []string `query:"NetworkAclId"`
}

type describeACLsOutput struct {
	ACLs      []networkACL `xml:"networkAclSet"`
	NextToken string
}

func (a api) describeACLs(_ *engine.Call, in describeACLsInput) (any, error) {
	acls, err := pick(a.ACLs, in.ACLIDs, anACL)
	if err != nil {
		return nil, err
	}
	acls, next, err := list(a, in.listing, acls, serve.Fields[*network.ACL]{
		"network-acl-id":        serve.One(func(n *network.ACL) string { return n.ID }),
		"vpc-id":                serve.One(func(n *network.ACL) string { return n.VPC }),
		"default":               serve.One(func(n *network.ACL) string { return boolean(n.Default) }),
		"association.subnet-id": a.aclSubnets,
	}, func(n *network.ACL) map[string]string { return n.Tags })
	if err != nil {
		return nil, err
	}
	out := describeACLsOutput{NextToken: next}
	for _, n := range acls {
		d := networkACL{ID: n.ID, VPC: n.VPC, Default: n.Default, OwnerID: a.Account, Entries: entries(n), Tags: tagList(n.Tags)}
		for _, s := range a.aclSubnets(n) {
			d.Associations = append(d.Associations, aclAssociation{"aclassoc-" + digest(n.ID+s), n.ID, s})
		}
		out.ACLs = append(out.ACLs, d)
	}
	return &out, nil
}

func (a api) aclSubnets(n *network.ACL) (ids []string) {
	for _, s := range network.Sorted(a.Subnets) {
		if s.ACL == n.ID {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// entries writes an ACL's entries with the final deny of each direction.
func entries(n *network.ACL) []aclEntry {
	all := append(slices.Clone(n.Entries),
		network.ACLEntry{Number: 32767, Egress: true, Protocol: -1, CIDR: netip.MustParsePrefix("0.0.0.0/0")},
		network.ACLEntry{Number: 32767, Protocol: -1, CIDR: netip.MustParsePrefix("0.0.0.0/0")})
	slices.SortStableFunc(all, func(x, y network.ACLEntry) int {
		return cmp.Or(-cmp.Compare(boolean(x.Egress), boolean(y.Egress)), cmp.Compare(x.Number, y.Number))
	})
	var out []aclEntry
	for _, e := range all {
		d := aclEntry{Number: e.Number, Protocol: strconv.Itoa(e.Protocol), Action: "deny", Egress: e.Egress}
		if e.Allow {
			d.Action = "allow"
		}
		if e.CIDR.Addr().Is6() {
			d.CIDRv6 = e.CIDR.String()
		} else {
			d.CIDR = e.CIDR.String()
		}
		if (e.Protocol == network.TCP || e.Protocol == network.UDP) && e.ToPort != 0 {
			d.Ports = &portRange{e.FromPort, e.ToPort}
		}
		out = append(out, d)
	}
	return out
}

type createEntryInput struct {
	dryable
	ACL        string `query:"NetworkAclId"`
	RuleNumber int
	Protocol   string
	RuleAction string
	Egress     bool
	CIDR       string `query:"CidrBlock"`
	CIDRv6     string `query:"Ipv6CidrBlock"`
	PortRange  *portRange
	ICMP       *struct{ Type, Code int } `query:"Icmp"`
}

func (a api) createdEntryACL(in createEntryInput) []engine.Resource { return a.aclByID(in.ACL) }

func (a api) aclByID(id string) []engine.Resource {
	r := engine.Resource{ARN: a.ARN("ec2", "network-acl/"+id), Context: map[string]string{"ec2:NetworkAclID": id}}
	if n := a.ACLs[id]; n != nil {
		r.Tags = n.Tags
	}
	return []engine.Resource{r}
}

func (a api) createACLEntry(c *engine.Call, in createEntryInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"networkAclId": in.ACL, "ruleNumber": in.RuleNumber, "aclProtocol": in.Protocol, "ruleAction": in.RuleAction, "egress": in.Egress, "cidrBlock": in.CIDR + in.CIDRv6}
	n, err := get(a.ACLs, in.ACL, anACL)
	if err != nil {
		return nil, err
	}
	e, err := in.entry()
	if err != nil {
		return nil, err
	}
	count := 1
	for _, o := range n.Entries {
		if o.Egress == e.Egress && o.Number == e.Number {
			return nil, fail("NetworkAclEntryAlreadyExists", "The network acl entry identified by %d already exists.", e.Number)
		}
		if o.Egress == e.Egress && o.CIDR.Addr().Is6() == e.CIDR.Addr().Is6() {
			count++
		}
	}
	if count >= entryQuota {
		return nil, fail("NetworkAclEntryLimitExceeded", "The maximum number of network acl entries has been reached.")
	}
	n.Entries = append(n.Entries, e)
	return &returned{true}, nil
}

// entry reads the new entry's parameters.
func (in createEntryInput) entry() (network.ACLEntry, error) {
	e := network.ACLEntry{Number: in.RuleNumber, Egress: in.Egress, Allow: in.RuleAction == "allow"}
	var err error
	if e.Protocol, err = network.ProtocolNumber(in.Protocol); err != nil {
		return e, fail("InvalidParameterValue", "Value (%s) for parameter protocol is invalid. Unknown protocol.", in.Protocol)
	}
	if in.RuleNumber < 1 || in.RuleNumber > 32766 {
		return e, fail("InvalidParameterValue", "Value (%d) for parameter ruleNumber is invalid. Must be between 1 and 32766.", in.RuleNumber)
	}
	if in.RuleAction != "allow" && in.RuleAction != "deny" {
		return e, fail("InvalidParameterValue", "Value (%s) for parameter ruleAction is invalid.", in.RuleAction)
	}
	if e.CIDR, err = cidr(in.CIDR+in.CIDRv6, in.CIDRv6 == ""); err != nil {
		return e, err
	}
	if e.Protocol == network.TCP || e.Protocol == network.UDP {
		if in.PortRange == nil || in.PortRange.From > in.PortRange.To {
			return e, fail("MissingParameter", "The request must contain the parameter portRange")
		}
		e.FromPort, e.ToPort = in.PortRange.From, in.PortRange.To
	}
	return e, nil
}

type deleteEntryInput struct {
	dryable
	ACL        string `query:"NetworkAclId"`
	RuleNumber int
	Egress     bool
}

func (a api) deletedEntryACL(in deleteEntryInput) []engine.Resource { return a.aclByID(in.ACL) }

func (a api) deleteACLEntry(c *engine.Call, in deleteEntryInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"networkAclId": in.ACL, "ruleNumber": in.RuleNumber, "egress": in.Egress}
	n, err := get(a.ACLs, in.ACL, anACL)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(n.Entries, func(e network.ACLEntry) bool { return e.Number == in.RuleNumber && e.Egress == in.Egress })
	if i < 0 {
		return nil, fail("InvalidNetworkAclEntry.NotFound", "The network acl entry identified by %d does not exist.", in.RuleNumber)
	}
	n.Entries = slices.Delete(n.Entries, i, i+1)
	return &returned{true}, nil
}
