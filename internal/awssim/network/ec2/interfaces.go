package ec2

import (
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type networkInterface struct {
	ID               string           `xml:"networkInterfaceId"`
	Subnet           string           `xml:"subnetId"`
	VPC              string           `xml:"vpcId"`
	Zone             string           `xml:"availabilityZone"`
	ZoneID           string           `xml:"availabilityZoneId"`
	Description      string           `xml:"description"`
	OwnerID          string           `xml:"ownerId"`
	RequesterID      string           `xml:"requesterId"`
	RequesterManaged bool             `xml:"requesterManaged"`
	Status           string           `xml:"status"`
	Primary          string           `xml:"privateIpAddress"`
	SourceDestCheck  bool             `xml:"sourceDestCheck"`
	Groups           []groupID        `xml:"groupSet"`
	Attachment       *attachment      `xml:"attachment"`
	Addresses        []privateAddress `xml:"privateIpAddressesSet"`
	Type             string           `xml:"interfaceType"`
	Tags             []tag            `xml:"tagSet"`
}

type groupID struct {
	ID   string `xml:"groupId"`
	Name string `xml:"groupName"`
}

type attachment struct {
	ID       string `xml:"attachmentId"`
	Instance string `xml:"instanceId"`
	Owner    string `xml:"instanceOwnerId"`
	Status   string `xml:"status"`
}

type privateAddress struct {
	Address string `xml:"privateIpAddress"`
	Primary bool   `xml:"primary"`
}

type describeInterfacesInput struct {
	listing
	InterfaceIDs            []string `query:"NetworkInterfaceId"`
	IncludeManagedResources bool
}

type describeInterfacesOutput struct {
	Interfaces []networkInterface `xml:"networkInterfaceSet"`
	NextToken  string
}

func (a api) describeInterfaces(_ *engine.Call, in describeInterfacesInput) (any, error) {
	interfaces, err := pick(a.Interfaces, in.InterfaceIDs, anInterface)
	if err != nil {
		return nil, err
	}
	interfaces, next, err := list(a, in.listing, interfaces, a.interfaceFields(), func(i *network.Interface) map[string]string { return i.Tags })
	if err != nil {
		return nil, err
	}
	out := describeInterfacesOutput{NextToken: next}
	for _, i := range interfaces {
		out.Interfaces = append(out.Interfaces, a.interfaceOf(i))
	}
	return &out, nil
}

func (a api) interfaceFields() serve.Fields[*network.Interface] {
	addresses := func(i *network.Interface) (all []string) {
		for _, addr := range i.Addrs {
			all = append(all, addr.String())
		}
		return all
	}
	return serve.Fields[*network.Interface]{
		"network-interface-id":         serve.One(func(i *network.Interface) string { return i.ID }),
		"group-id":                     func(i *network.Interface) []string { return i.Groups },
		"description":                  serve.One(func(i *network.Interface) string { return i.Description }),
		"vpc-id":                       serve.One(func(i *network.Interface) string { return i.VPC }),
		"subnet-id":                    serve.One(func(i *network.Interface) string { return i.Subnet }),
		"availability-zone":            serve.One(func(i *network.Interface) string { return a.Subnets[i.Subnet].Zone }),
		"private-ip-address":           serve.One(func(i *network.Interface) string { return i.Primary().String() }),
		"addresses.private-ip-address": addresses,
		"attachment.instance-id":       serve.One(func(i *network.Interface) string { return i.Instance }),
		"interface-type":               serve.One(func(i *network.Interface) string { return i.Type }),
		"requester-id":                 serve.One(func(i *network.Interface) string { return i.RequesterID }),
		"requester-managed":            serve.One(func(i *network.Interface) string { return boolean(i.RequesterManaged) }),
		"status":                       serve.One(func(*network.Interface) string { return "in-use" }),
		"owner-id":                     serve.One(func(*network.Interface) string { return a.Account }),
	}
}

func (a api) interfaceOf(i *network.Interface) networkInterface {
	s := a.Subnets[i.Subnet]
	out := networkInterface{
		ID: i.ID, Subnet: i.Subnet, VPC: i.VPC, Zone: s.Zone, ZoneID: s.ZoneID, Description: i.Description, OwnerID: a.Account,
		RequesterID: i.RequesterID, RequesterManaged: i.RequesterManaged, Status: "in-use", Primary: i.Primary().String(),
		SourceDestCheck: !i.RequesterManaged && !i.Forwards, Groups: a.groupIDs(i), Type: i.Type, Tags: tagList(i.Tags),
	}
	if i.Instance != "" {
		out.Attachment = &attachment{"eni-attach-" + digest(i.ID), i.Instance, a.Account, "attached"}
	}
	for n, addr := range i.Addrs {
		out.Addresses = append(out.Addresses, privateAddress{addr.String(), n == 0})
	}
	return out
}

func (a api) groupIDs(i *network.Interface) []groupID {
	ids := []groupID{}
	for _, id := range i.Groups {
		g := groupID{ID: id}
		if sg := a.SecurityGroups[id]; sg != nil {
			g.Name = sg.Name
		}
		ids = append(ids, g)
	}
	return ids
}

type reservation struct {
	ID        string     `xml:"reservationId"`
	OwnerID   string     `xml:"ownerId"`
	Instances []instance `xml:"instancesSet"`
}

type instance struct {
	ID         string             `xml:"instanceId"`
	State      instanceState      `xml:"instanceState"`
	VPC        string             `xml:"vpcId"`
	Subnet     string             `xml:"subnetId"`
	Address    string             `xml:"privateIpAddress"`
	Groups     []groupID          `xml:"groupSet"`
	Interfaces []networkInterface `xml:"networkInterfaceSet"`
	Tags       []tag              `xml:"tagSet"`
}

type instanceState struct {
	Code int
	Name string
}

type describeInstancesInput struct {
	listing
	InstanceIDs             []string `query:"InstanceId"`
	IncludeManagedResources bool
}

type describeInstancesOutput struct {
	Reservations []reservation `xml:"reservationSet"`
	NextToken    string
}

// stateCodes are EC2's numbers for an instance's states.
var stateCodes = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

func (a api) describeInstances(_ *engine.Call, in describeInstancesInput) (any, error) {
	instances, err := pick(a.Instances, in.InstanceIDs, anInstance)
	if err != nil {
		return nil, err
	}
	instances, next, err := list(a, in.listing, instances, serve.Fields[*network.Instance]{
		"instance-id":         serve.One(func(i *network.Instance) string { return i.ID }),
		"instance-state-name": serve.One(func(i *network.Instance) string { return i.State }),
		"vpc-id":              serve.One(func(i *network.Instance) string { return i.VPC }),
		"subnet-id":           serve.One(func(i *network.Instance) string { return i.Subnet }),
	}, func(i *network.Instance) map[string]string { return i.Tags })
	if err != nil {
		return nil, err
	}
	out := describeInstancesOutput{NextToken: next}
	for _, i := range instances {
		d := instance{ID: i.ID, State: instanceState{stateCodes[i.State], i.State}, VPC: i.VPC, Subnet: i.Subnet, Tags: tagList(i.Tags)}
		for _, eni := range network.Sorted(a.Interfaces) {
			if eni.Instance == i.ID {
				n := a.interfaceOf(eni)
				d.Interfaces, d.Groups, d.Address = append(d.Interfaces, n), append(d.Groups, n.Groups...), n.Primary
			}
		}
		out.Reservations = append(out.Reservations, reservation{"r-" + digest(i.ID), a.Account, []instance{d}})
	}
	return &out, nil
}
