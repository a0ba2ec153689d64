package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

const published check.ID = "endpoint-service.verification-record-published"

// zones edits the account's hosted zones of a path whose record is missing.
func hostedZones(edit func([]path.HostedZone) []path.HostedZone) pathtest.Edit {
	return pathtest.All(pathtest.PrivateDnsState("failed"), pathtest.RecordMissing, func(s *path.Snapshot) { s.HostedZones = edit(s.HostedZones) })
}

func same(z []path.HostedZone) []path.HostedZone { return z }

func TestWhereTheRecordIsToBePublished(t *testing.T) {
	t.Parallel()
	private := func(z []path.HostedZone) []path.HostedZone {
		z[0].Private, z[0].Records = true, []path.TXTRecord{{Name: pathtest.RecordName, TTL: 60, Values: []string{`"` + pathtest.RecordValue + `"`}}}
		return z
	}
	elsewhere := func(z []path.HostedZone) []path.HostedZone { z[0].NameServers = []string{"ns-9.example.org"}; return z }
	below := func(z []path.HostedZone) []path.HostedZone {
		return append([]path.HostedZone{{ID: "ZBELOW", Name: pathtest.DnsName, NameServers: z[0].NameServers}}, z...)
	}
	tests := map[string]struct {
		edit  pathtest.Edit
		steps []string // kind and class
		first string   // part of the first one's summary
	}{
		"in the account's own zone": {hostedZones(same), []string{"upsert-txt approval", "restart-verification approval"},
			`publish TXT record ` + pathtest.RecordName + ` with the value "` + pathtest.RecordValue + `" in hosted zone ` + pathtest.HostedZone},
		"beside other values": {pathtest.All(hostedZones(same), pathtest.Stored(`"vpce:another"`)), []string{"upsert-txt approval", "restart-verification approval"},
			"beside the 1 that the record has"},
		"stored, and not public yet": {pathtest.All(hostedZones(same), pathtest.Stored(`"`+pathtest.RecordValue+`"`)), []string{"instruct manual", "restart-verification approval"}, "wait: hosted zone"},
		"no zone in this account": {hostedZones(func([]path.HostedZone) []path.HostedZone { return nil }), []string{"instruct manual", "restart-verification approval"},
			"Domain example.com is served by ns-1.example.net, ns-2.example.net: it is to be done there"},
		"a private zone alone":   {hostedZones(private), []string{"instruct manual", "restart-verification approval"}, "It is in private hosted zone " + pathtest.HostedZone},
		"delegated elsewhere":    {hostedZones(elsewhere), []string{"instruct manual", "restart-verification approval"}, "is not the one that public DNS asks"},
		"not known to be public": {pathtest.All(hostedZones(same), pathtest.NoAuthority), []string{"upsert-txt approval", "restart-verification approval"}, "in hosted zone"},
		"a zone of the name's own": {pathtest.All(hostedZones(below), func(s *path.Snapshot) {
			s.DNS.Zones = append([]path.DNSZone{{Name: pathtest.DnsName, NameServers: s.DNS.Zones[0].NameServers}}, s.DNS.Zones...)
		}), []string{"upsert-txt approval", "restart-verification approval"}, pathtest.RecordLabel + "." + pathtest.DnsName + " with"},
		"an undelegated zone below": {hostedZones(below), []string{"instruct manual", "restart-verification approval"}, "is not the one that public DNS asks"},
		"zones that were not read":  {pathtest.All(hostedZones(same), pathtest.Blind(path.HostedZonePart)), []string{"instruct manual", "restart-verification approval"}, "is not known: route53:ListHostedZonesByName"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			p := plan.Make(fails(t, s, published, verified), s, tagged())
			if diff := cmp.Diff(tt.steps, shape(p)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if got := p.Steps[0].Action.Summary(); !strings.Contains(got, tt.first) {
				t.Errorf("got %q, want %q in it", got, tt.first)
			}
		})
	}
}

func TestAPublishedRecordIsVerifiedWithoutFurtherAdo(t *testing.T) {
	t.Parallel()
	s := pathtest.With(pathtest.PrivateDnsState("failed"))
	if got := shape(plan.Make(fails(t, s, verified), s, tagged())); !cmp.Equal(got, []string{"restart-verification automatic"}) {
		t.Errorf("got %v", got)
	}
}

func TestPreconditionsOfTheRecord(t *testing.T) {
	t.Parallel()
	quoted := `"` + pathtest.RecordValue + `"`
	alone := plan.UpsertTXT{Zone: pathtest.HostedZone, Name: pathtest.RecordName, Value: pathtest.RecordValue, TTL: 1800}
	beside := plan.UpsertTXT{Zone: pathtest.HostedZone, Name: pathtest.RecordName, Value: pathtest.RecordValue, Kept: []string{`"a"`}, TTL: 300}
	tests := map[string]struct {
		action plan.Action
		stored []string
		want   error
	}{
		"nothing is there":           {alone, nil, nil},
		"it is there":                {alone, []string{quoted}, plan.ErrAlreadyHolds},
		"it is there beside others":  {alone, []string{`"a"`, quoted}, plan.ErrAlreadyHolds},
		"another came":               {alone, []string{`"a"`}, plan.ErrStale},
		"the other is there":         {beside, []string{`"a"`}, nil},
		"the other went":             {beside, nil, plan.ErrStale},
		"undo: as it was left":       {plan.RestoreTXT(beside), []string{`"a"`, quoted}, nil},
		"undo: it is gone":           {plan.RestoreTXT(beside), []string{`"a"`}, plan.ErrAlreadyHolds},
		"undo: another came":         {plan.RestoreTXT(beside), []string{`"a"`, quoted, `"b"`}, plan.ErrStale},
		"undo: the set is gone":      {plan.RestoreTXT(alone), nil, plan.ErrAlreadyHolds},
		"another zone was looked at": {plan.UpsertTXT{Zone: "ZNONE", Name: pathtest.RecordName, Value: "v"}, nil, plan.ErrStale},
		"undo: of another zone":      {plan.RestoreTXT{Zone: "ZNONE", Name: pathtest.RecordName, Value: "v"}, nil, plan.ErrStale},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Precondition(pathtest.With(pathtest.Stored(tt.stored...))); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
