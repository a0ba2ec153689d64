package route53

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// most is how many items a page of Route 53 holds where the caller sets no limit.
const most = 100

type hostedZone struct {
	ID              string `xml:"Id"`
	Name            string
	CallerReference string
	Config          zoneConfig
	Count           int `xml:"ResourceRecordSetCount"`
}

// hostedZones is a list whose element stands there also where the list is empty.
type hostedZones struct{ HostedZone []hostedZone }

type zoneConfig struct{ PrivateZone bool }

func shown(z *network.HostedZone) hostedZone {
	return hostedZone{
		ID: "/hostedzone/" + z.ID, Name: z.Name + ".", CallerReference: "reference-" + z.ID,
		Config: zoneConfig{z.Private}, Count: len(z.Records),
	}
}

// inOrder returns all hosted zones as ListHostedZonesByName sorts them.
func (a api) inOrder() []*network.HostedZone {
	zones := network.Sorted(a.HostedZones)
	slices.SortStableFunc(zones, func(x, y *network.HostedZone) int {
		return cmp.Or(cmp.Compare(network.Reversed(x.Name), network.Reversed(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	return zones
}

// page returns the first items, no more than a page holds, and the first of those left.
func (a api) page(zones []*network.HostedZone, limit int) (page []hostedZone, next *network.HostedZone, size int) {
	size = cmp.Or(limit, most)
	for _, z := range zones {
		if len(page) == size || a.PageSize > 0 && len(page) == a.PageSize {
			return page, z, size
		}
		page = append(page, shown(z))
	}
	return page, nil, size
}

type listIn struct {
	Marker   string `query:"marker"`
	MaxItems int    `query:"maxitems"`
}

type listOut struct {
	HostedZones hostedZones
	Marker      string
	IsTruncated bool
	NextMarker  string `xml:",omitempty"`
	MaxItems    int
}

func (a api) listZones(_ *engine.Call, in listIn) (any, error) {
	zones := network.Sorted(a.HostedZones)
	zones = slices.DeleteFunc(zones, func(z *network.HostedZone) bool { return z.ID < in.Marker })
	out := listOut{Marker: in.Marker}
	var next *network.HostedZone
	if out.HostedZones.HostedZone, next, out.MaxItems = a.page(zones, in.MaxItems); next != nil {
		out.IsTruncated, out.NextMarker = true, next.ID
	}
	return out, nil
}

type byNameIn struct {
	DNSName      string `query:"dnsname"`
	HostedZoneID string `query:"hostedzoneid"`
	MaxItems     int    `query:"maxitems"`
}

type byNameOut struct {
	HostedZones      hostedZones
	DNSName          string `xml:",omitempty"`
	HostedZoneID     string `xml:"HostedZoneId,omitempty"`
	IsTruncated      bool
	NextDNSName      string `xml:",omitempty"`
	NextHostedZoneID string `xml:"NextHostedZoneId,omitempty"`
	MaxItems         int
}

// listZonesByName begins at a name, which needs not be a zone's.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html
func (a api) listZonesByName(_ *engine.Call, in byNameIn) (any, error) {
	if in.HostedZoneID != "" && in.DNSName == "" {
		return nil, invalid("The input is not valid: hostedzoneid needs dnsname")
	}
	zones := slices.DeleteFunc(a.inOrder(), func(z *network.HostedZone) bool {
		if in.DNSName == "" {
			return false
		}
		order := cmp.Compare(network.Reversed(z.Name), network.Reversed(in.DNSName))
		return order < 0 || order == 0 && z.ID < strings.TrimPrefix(in.HostedZoneID, "/hostedzone/")
	})
	out := byNameOut{DNSName: in.DNSName, HostedZoneID: in.HostedZoneID}
	var next *network.HostedZone
	if out.HostedZones.HostedZone, next, out.MaxItems = a.page(zones, in.MaxItems); next != nil {
		out.IsTruncated, out.NextDNSName, out.NextHostedZoneID = true, next.Name+".", next.ID
	}
	return out, nil
}

type getIn struct {
	ID string `query:"Id"`
}

func (in getIn) zone() string { return in.ID }

type getOut struct {
	HostedZone  hostedZone
	NameServers *[]string `xml:"DelegationSet>NameServers>NameServer,omitempty"`
	VPCs        *[]vpc    `xml:"VPCs>VPC,omitempty"`
}

type vpc struct {
	Region string `xml:"VPCRegion"`
	ID     string `xml:"VPCId"`
}

// getZone returns name servers of a public zone, and the VPCs of a private one.
func (a api) getZone(_ *engine.Call, in getIn) (any, error) {
	z, err := a.find(in.ID)
	if err != nil {
		return nil, err
	}
	out := getOut{HostedZone: shown(z)}
	if !z.Private {
		out.NameServers = &z.NameServers
		return out, nil
	}
	out.VPCs = &[]vpc{}
	for _, v := range network.Sorted(a.VPCs) {
		*out.VPCs = append(*out.VPCs, vpc{a.Region, v.ID})
	}
	return out, nil
}
