package ec2

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type routeTable struct {
	ID           string             `xml:"routeTableId"`
	VPC          string             `xml:"vpcId"`
	OwnerID      string             `xml:"ownerId"`
	Routes       []route            `xml:"routeSet"`
	Associations []routeAssociation `xml:"associationSet"`
	Tags         []tag              `xml:"tagSet"`
}

type route struct {
	CIDR       string `xml:"destinationCidrBlock"`
	CIDRv6     string `xml:"destinationIpv6CidrBlock"`
	PrefixList string `xml:"destinationPrefixListId"`
	Gateway    string `xml:"gatewayId"`
	NAT        string `xml:"natGatewayId"`
	Transit    string `xml:"transitGatewayId"`
	Peering    string `xml:"vpcPeeringConnectionId"`
	Interface  string `xml:"networkInterfaceId"`
	State      string `xml:"state"`
	Origin     string `xml:"origin"`
}

type routeAssociation struct {
	ID     string           `xml:"routeTableAssociationId"`
	Table  string           `xml:"routeTableId"`
	Subnet string           `xml:"subnetId"`
	Main   bool             `xml:"main"`
	State  associationState `xml:"associationState"`
}

type associationState struct{ State string }

type describeRouteTablesInput struct {
	listing
	TableIDs []string `query:"RouteTableId"`
}

type describeRouteTablesOutput struct {
	Tables    []routeTable `xml:"routeTableSet"`
	NextToken string
}

func (a api) describeRouteTables(_ *engine.Call, in describeRouteTablesInput) (any, error) {
	tables, err := pick(a.RouteTables, in.TableIDs, aRouteTable)
	if err != nil {
		return nil, err
	}
	tables, next, err := list(a, in.listing, tables, serve.Fields[*network.RouteTable]{
		"route-table-id":        serve.One(func(t *network.RouteTable) string { return t.ID }),
		"vpc-id":                serve.One(func(t *network.RouteTable) string { return t.VPC }),
		"association.subnet-id": func(t *network.RouteTable) []string { return t.Subnets },
		"association.main":      serve.One(func(t *network.RouteTable) string { return boolean(t.Main) }),
	}, func(t *network.RouteTable) map[string]string { return t.Tags })
	if err != nil {
		return nil, err
	}
	out := describeRouteTablesOutput{NextToken: next}
	for _, t := range tables {
		out.Tables = append(out.Tables, a.table(t))
	}
	return &out, nil
}

func (a api) table(t *network.RouteTable) routeTable {
	d := routeTable{ID: t.ID, VPC: t.VPC, OwnerID: a.Account, Tags: tagList(t.Tags)}
	for _, r := range t.Routes {
		d.Routes = append(d.Routes, routeOf(r))
	}
	if t.Main {
		d.Associations = append(d.Associations, routeAssociation{"rtbassoc-" + digest(t.ID), t.ID, "", true, associationState{"associated"}})
	}
	for _, s := range t.Subnets {
		d.Associations = append(d.Associations, routeAssociation{"rtbassoc-" + digest(t.ID+s), t.ID, s, false, associationState{"associated"}})
	}
	return d
}

// routeOf writes a route with its target in the member that its kind has.
func routeOf(r network.Route) route {
	d := route{PrefixList: r.PrefixList, State: "active", Origin: "CreateRoute"}
	if r.Target == "local" {
		d.Origin = "CreateRouteTable"
	}
	if r.Propagated {
		d.Origin = "EnableVgwRoutePropagation"
	}
	if r.Blackhole {
		d.State = "blackhole"
	}
	switch {
	case r.PrefixList != "":
	case r.CIDR.Addr().Is6():
		d.CIDRv6 = r.CIDR.String()
	default:
		d.CIDR = r.CIDR.String()
	}
	kind, _, _ := strings.Cut(r.Target, "-")
	switch kind {
	case "nat":
		d.NAT = r.Target
	case "tgw":
		d.Transit = r.Target
	case "pcx":
		d.Peering = r.Target
	case "eni":
		d.Interface = r.Target
	default:
		d.Gateway = r.Target
	}
	return d
}

type prefixList struct {
	ID      string `xml:"prefixListId"`
	ARN     string `xml:"prefixListArn"`
	Name    string `xml:"prefixListName"`
	Family  string `xml:"addressFamily"`
	State   string `xml:"state"`
	Max     int    `xml:"maxEntries"`
	Version int    `xml:"version"`
	OwnerID string `xml:"ownerId"`
	Tags    []tag  `xml:"tagSet"`
}

type describePrefixListsInput struct {
	listing
	PrefixListIDs []string `query:"PrefixListId"`
}

type describePrefixListsOutput struct {
	PrefixLists []prefixList `xml:"prefixListSet"`
	NextToken   string
}

func (a api) describePrefixLists(_ *engine.Call, in describePrefixListsInput) (any, error) {
	lists, err := pick(a.PrefixLists, in.PrefixListIDs, aPrefixList)
	if err != nil {
		return nil, err
	}
	lists, next, err := list(a, in.listing, lists, serve.Fields[*network.PrefixList]{
		"prefix-list-id":   serve.One(func(p *network.PrefixList) string { return p.ID }),
		"prefix-list-name": serve.One(func(p *network.PrefixList) string { return p.Name }),
		"owner-id":         serve.One(func(p *network.PrefixList) string { return p.Owner }),
	}, func(p *network.PrefixList) map[string]string { return p.Tags })
	if err != nil {
		return nil, err
	}
	out := describePrefixListsOutput{NextToken: next}
	for _, p := range lists {
		out.PrefixLists = append(out.PrefixLists, prefixList{
			ID: p.ID, ARN: a.ARN("ec2", "prefix-list/"+p.ID), Name: p.Name, Family: "IPv4", State: "create-complete",
			Max: p.Max, Version: 1, OwnerID: p.Owner, Tags: tagList(p.Tags),
		})
	}
	return &out, nil
}

type prefixListEntriesInput struct {
	listing
	PrefixListID  string `query:"PrefixListId"`
	TargetVersion int
}

type prefixListEntry struct {
	CIDR        string `xml:"cidr"`
	Description string
}

type prefixListEntriesOutput struct {
	Entries   []prefixListEntry `xml:"entrySet"`
	NextToken string
}

func (a api) prefixListResource(in prefixListEntriesInput) []engine.Resource {
	r := engine.Resource{ARN: a.ARN("ec2", "prefix-list/"+in.PrefixListID)}
	if p := a.PrefixLists[in.PrefixListID]; p != nil {
		r.Tags = p.Tags
	}
	return []engine.Resource{r}
}

func (a api) prefixListEntries(_ *engine.Call, in prefixListEntriesInput) (any, error) {
	p, err := get(a.PrefixLists, in.PrefixListID, aPrefixList)
	if err != nil {
		return nil, err
	}
	var all []prefixListEntry
	for _, e := range p.Entries {
		all = append(all, prefixListEntry{e.CIDR.String(), e.Description})
	}
	entries, next, err := page(a, in.listing, all)
	return &prefixListEntriesOutput{entries, next}, err
}
