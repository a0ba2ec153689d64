package route53_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/route53"
)

const name = "_label.xks.example.com"

func serve(t *testing.T) (*network.World, *sdk.Client) {
	t.Helper()
	w := networktest.NewWorld()
	return w, sdk.NewFromConfig(networktest.Serve(t, w, route53.Service(w)).Config)
}

func set(name string, ttl int64, values ...string) *types.ResourceRecordSet {
	s := &types.ResourceRecordSet{Name: &name, Type: types.RRTypeTxt, TTL: &ttl}
	for _, v := range values {
		s.ResourceRecords = append(s.ResourceRecords, types.ResourceRecord{Value: &v})
	}
	return s
}

func change(t *testing.T, c *sdk.Client, zone string, action types.ChangeAction, s *types.ResourceRecordSet) (*types.ChangeInfo, error) {
	t.Helper()
	out, err := c.ChangeResourceRecordSets(t.Context(), &sdk.ChangeResourceRecordSetsInput{
		HostedZoneId: &zone, ChangeBatch: &types.ChangeBatch{Changes: []types.Change{{Action: action, ResourceRecordSet: s}}},
	})
	if err != nil {
		return nil, err
	}
	return out.ChangeInfo, nil
}

func TestAChangeIsStoredAtOnceAndPublicLater(t *testing.T) {
	t.Parallel()
	w, c := serve(t)
	z := w.AddHostedZone("example.com", false)
	info, err := change(t, c, z.ID, types.ChangeActionUpsert, set(name+".", 1800, `"vpce:Value"`, `"other" "half"`))
	if err != nil || info.Status != types.ChangeStatusPending {
		t.Fatalf("the change is %+v, %v", info, err)
	}
	list, err := c.ListResourceRecordSets(t.Context(), &sdk.ListResourceRecordSetsInput{
		HostedZoneId: aws.String("/hostedzone/" + z.ID), StartRecordName: aws.String(name), StartRecordType: types.RRTypeTxt, MaxItems: aws.Int32(1),
	})
	if err != nil || len(list.ResourceRecordSets) != 1 || aws.ToString(list.ResourceRecordSets[0].ResourceRecords[0].Value) != `"vpce:Value"` {
		t.Errorf("stored is %+v, %v", list, err)
	}
	if got := w.PublicTXT(name); got != nil {
		t.Errorf("public at once: %q", got)
	}
	networktest.Advance(w, w.Timing.Sync)
	if got := w.PublicTXT(name); !slices.Equal(got, []string{"vpce:Value", "otherhalf"}) {
		t.Errorf("public is %q", got)
	}
	got, err := c.GetChange(t.Context(), &sdk.GetChangeInput{Id: info.Id})
	if err != nil || got.ChangeInfo.Status != types.ChangeStatusInsync {
		t.Errorf("the change is %+v, %v", got, err)
	}
}

func TestChangesThatRoute53Refuses(t *testing.T) {
	t.Parallel()
	stored := set(name, 300, `"one"`, `"two"`)
	tests := map[string]struct {
		action types.ChangeAction
		set    *types.ResourceRecordSet
		says   string
	}{
		"a value without quotes":         {types.ChangeActionUpsert, set(name, 300, "one"), "quotation marks"},
		"a name of another domain":       {types.ChangeActionUpsert, set("_label.example.org", 300, `"one"`), "not permitted in zone"},
		"a value twice":                  {types.ChangeActionUpsert, set(name, 300, `"one"`, `"one"`), "Duplicate"},
		"a string of 256 characters":     {types.ChangeActionUpsert, set(name, 300, `"`+strings.Repeat("x", 256)+`"`), "too long"},
		"a string of 255 characters":     {types.ChangeActionUpsert, set(name, 300, `"`+strings.Repeat("x", 255)+`"`), ""},
		"creating what is there":         {types.ChangeActionCreate, stored, "already exists"},
		"deleting what is not there":     {types.ChangeActionDelete, set("_x.example.com", 300, `"one"`), "not found"},
		"deleting with another value":    {types.ChangeActionDelete, set(name, 300, `"one"`), "do not match"},
		"deleting with another TTL":      {types.ChangeActionDelete, set(name, 60, `"one"`, `"two"`), "do not match"},
		"deleting exactly what is there": {types.ChangeActionDelete, set(name, 300, `"two"`, `"one"`), ""},
		"replacing what is there":        {types.ChangeActionUpsert, set(name, 60, `"three"`), ""},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w, c := serve(t)
			z := w.AddHostedZone("example.com", false)
			z.Put(network.RecordSet{Name: name, Type: "TXT", TTL: 300, Values: []string{`"one"`, `"two"`}})
			_, err := change(t, c, z.ID, tt.action, tt.set)
			switch e, refused := errors.AsType[*types.InvalidChangeBatch](err); {
			case tt.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.says != "" && (!refused || !strings.Contains(strings.Join(e.Messages, " "), tt.says)):
				t.Errorf("got %v, want an invalid change batch with %q", err, tt.says)
			}
		})
	}
}

func TestZonesAreListedFromANameOn(t *testing.T) {
	t.Parallel()
	w, c := serve(t)
	private, public := w.AddHostedZone("example.com", true), w.AddHostedZone("example.com", false)
	for _, other := range []string{"xks.example.com", "example.org", "aaa.net"} {
		w.AddHostedZone(other, false)
	}
	var got []string
	in := &sdk.ListHostedZonesByNameInput{DNSName: aws.String("example.com"), MaxItems: aws.Int32(1)}
	for {
		out, err := c.ListHostedZonesByName(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range out.HostedZones {
			text := aws.ToString(z.Name)
			if z.Config.PrivateZone {
				text += " private"
			}
			got = append(got, text)
		}
		if !out.IsTruncated {
			break
		}
		in.DNSName, in.HostedZoneId = out.NextDNSName, out.NextHostedZoneId
	}
	first := []string{"example.com. private", "example.com."}
	if private.ID > public.ID {
		slices.Reverse(first)
	}
	// As Route 53 sorts: com.example, com.example.xks, net.aaa, org.example.
	if want := append(first, "xks.example.com.", "aaa.net.", "example.org."); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	all, err := c.ListHostedZones(t.Context(), &sdk.ListHostedZonesInput{})
	if err != nil || len(all.HostedZones) != 3 || !all.IsTruncated { // the world's pages are of three
		t.Errorf("listing all: %+v, %v", all, err)
	}
	one, err := c.GetHostedZone(t.Context(), &sdk.GetHostedZoneInput{Id: &public.ID})
	if err != nil || !slices.Equal(one.DelegationSet.NameServers, public.NameServers) {
		t.Errorf("the public zone: %+v, %v", one, err)
	}
	if _, err = c.GetHostedZone(t.Context(), &sdk.GetHostedZoneInput{Id: aws.String("ZNONE")}); errorCode(err) != "NoSuchHostedZone" {
		t.Errorf("a zone that is not there: %v", err)
	}
}

func errorCode(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

func TestWhatPublicDNSHolds(t *testing.T) {
	t.Parallel()
	record := network.RecordSet{Name: name, Type: "TXT", TTL: 60, Values: []string{`"in the zone"`}}
	tests := map[string]struct {
		edit func(*network.World)
		want []string
	}{
		"no hosted zone":        {func(*network.World) {}, []string{"elsewhere"}},
		"a public hosted zone":  {func(w *network.World) { w.AddHostedZone("example.com", false).Put(record) }, []string{"in the zone"}},
		"a private hosted zone": {func(w *network.World) { w.AddHostedZone("example.com", true).Put(record) }, []string{"elsewhere"}},
		"one that is undelegated": {func(w *network.World) {
			z := w.AddHostedZone("example.com", false)
			z.Put(record)
			z.Undelegated = true
		}, []string{"elsewhere"}},
		"an empty zone below": {func(w *network.World) {
			w.AddHostedZone("example.com", false).Put(record)
			w.AddHostedZone("xks.example.com", false)
		}, nil},
	}
	for title, tt := range tests {
		w := networktest.NewWorld()
		w.TXT[name] = []string{"elsewhere"}
		tt.edit(w)
		if got := w.PublicTXT(name); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", title, got, tt.want)
		}
	}
}

func TestAChangeIsDated(t *testing.T) {
	t.Parallel()
	w, c := serve(t)
	info, err := change(t, c, w.AddHostedZone("example.com", false).ID, types.ChangeActionCreate, set(name, 60, `"v"`))
	if err != nil || !aws.ToTime(info.SubmittedAt).Equal(networktest.Start.Truncate(time.Second)) {
		t.Errorf("submitted at %v, %v", info, err)
	}
}
