//go:build e2e

package wire

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

func (g *tourist) seeZones() {
	zones := route53.NewFromConfig(g.cfg)
	var public, private string
	g.sim.Do(func(w *network.World) {
		public, private = w.AddHostedZone("example.net", false).ID, w.AddHostedZone("example.net", true).ID
	})
	g.ok(zones.ListHostedZones(g.ctx, &route53.ListHostedZonesInput{}))
	g.ok(zones.ListHostedZones(g.ctx, &route53.ListHostedZonesInput{Marker: &public, MaxItems: aws.Int32(1)}))
	g.ok(zones.ListHostedZonesByName(g.ctx, &route53.ListHostedZonesByNameInput{DNSName: text("example.net"), MaxItems: aws.Int32(1)}))
	g.ok(zones.ListHostedZonesByName(g.ctx, &route53.ListHostedZonesByNameInput{DNSName: text("example.net"), HostedZoneId: &public}))
	g.ok(zones.ListHostedZonesByName(g.ctx, &route53.ListHostedZonesByNameInput{DNSName: text("zzz.example.org")}))
	g.want("InvalidInput")(zones.ListHostedZonesByName(g.ctx, &route53.ListHostedZonesByNameInput{HostedZoneId: &public}))
	g.ok(zones.GetHostedZone(g.ctx, &route53.GetHostedZoneInput{Id: &public}))
	g.ok(zones.GetHostedZone(g.ctx, &route53.GetHostedZoneInput{Id: &private}))
	g.want("NoSuchHostedZone")(zones.GetHostedZone(g.ctx, &route53.GetHostedZoneInput{Id: text("ZNONE")}))
	record := &types.ResourceRecordSet{Name: text("_label.example.net"), Type: types.RRTypeTxt, TTL: aws.Int64(1800),
		ResourceRecords: []types.ResourceRecord{{Value: text(`"vpce:a & b <1>"`)}, {Value: text(`"other"`)}}}
	changed, err := zones.ChangeResourceRecordSets(g.ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &public,
		ChangeBatch: &types.ChangeBatch{Comment: text("a tourist's"), Changes: []types.Change{{Action: types.ChangeActionUpsert, ResourceRecordSet: record}}}})
	g.ok(changed, err)
	if err == nil {
		g.ok(zones.GetChange(g.ctx, &route53.GetChangeInput{Id: changed.ChangeInfo.Id}))
	}
	g.want("NoSuchChange")(zones.GetChange(g.ctx, &route53.GetChangeInput{Id: text("CNONE")}))
	g.ok(zones.ListResourceRecordSets(g.ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: &public}))
	g.ok(zones.ListResourceRecordSets(g.ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: &public, MaxItems: aws.Int32(1),
		StartRecordName: text("_label.example.net"), StartRecordType: types.RRTypeTxt}))
	g.ok(zones.ListResourceRecordSets(g.ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: &public, StartRecordName: text("zzz.example.net")}))
	g.want("NoSuchHostedZone")(zones.ListResourceRecordSets(g.ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: text("ZNONE")}))
}
