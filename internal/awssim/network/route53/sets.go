package route53

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type recordSet struct {
	Name    string
	Type    string
	TTL     *int
	Records []record `xml:"ResourceRecords>ResourceRecord"`
}

type record struct{ Value string }

type setsIn struct {
	ID         string `query:"Id"`
	Name       string `query:"name"`
	Type       string `query:"type"`
	Identifier string `query:"identifier"`
	MaxItems   int    `query:"maxitems"`
}

func (in setsIn) zone() string { return in.ID }

type recordSets struct{ ResourceRecordSet []recordSet }

type setsOut struct {
	Sets        recordSets `xml:"ResourceRecordSets"`
	IsTruncated bool
	NextName    string `xml:"NextRecordName,omitempty"`
	NextType    string `xml:"NextRecordType,omitempty"`
	MaxItems    int
}

// listSets begins at a name and a type, which need not exist.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
func (a api) listSets(_ *engine.Call, in setsIn) (any, error) {
	z, err := a.find(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Type != "" && in.Name == "" {
		return nil, invalid("The input is not valid: type needs name")
	}
	out := setsOut{MaxItems: cmp.Or(in.MaxItems, most)}
	for _, s := range z.Records {
		order := cmp.Or(cmp.Compare(network.Reversed(s.Name), network.Reversed(in.Name)), cmp.Compare(s.Type, in.Type))
		switch {
		case in.Name != "" && order < 0:
		case len(out.Sets.ResourceRecordSet) == out.MaxItems || a.PageSize > 0 && len(out.Sets.ResourceRecordSet) == a.PageSize:
			out.IsTruncated, out.NextName, out.NextType = true, s.Name+".", s.Type
			return out, nil
		default:
			shown := recordSet{Name: s.Name + ".", Type: s.Type, TTL: &s.TTL}
			for _, v := range s.Values {
				shown.Records = append(shown.Records, record{v})
			}
			out.Sets.ResourceRecordSet = append(out.Sets.ResourceRecordSet, shown)
		}
	}
	return out, nil
}

type changeIn struct {
	ID   string `query:"Id"`
	Body string
}

func (in changeIn) zone() string { return in.ID }

type changeBody struct {
	XMLName xml.Name `xml:"ChangeResourceRecordSetsRequest"`
	Comment string   `xml:"ChangeBatch>Comment"`
	Changes []struct {
		Action string
		Set    recordSet `xml:"ResourceRecordSet"`
	} `xml:"ChangeBatch>Changes>Change"`
}

type changeInfo struct {
	ID        string `xml:"Id"`
	Status    string
	Submitted string `xml:"SubmittedAt"`
	Comment   string `xml:",omitempty"`
}

type changeOut struct{ ChangeInfo changeInfo }

func told(c *network.ZoneChange) changeOut {
	return changeOut{changeInfo{"/change/" + c.ID, c.Status, c.Submitted.UTC().Format(time.RFC3339), c.Comment}}
}

// changeSets makes all changes of a batch or none.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
func (a api) changeSets(_ *engine.Call, in changeIn) (any, error) {
	z, err := a.find(in.ID)
	if err != nil {
		return nil, err
	}
	var body changeBody
	if err := xml.Unmarshal([]byte(in.Body), &body); err != nil {
		return nil, invalid("The request is no change batch: %v", err)
	}
	if len(body.Changes) == 0 {
		return nil, invalid("The request contains no changes")
	}
	sets := slices.Clone(z.Records)
	for _, c := range body.Changes {
		if sets, err = changed(z, sets, c.Action, c.Set); err != nil {
			return nil, err
		}
	}
	return told(a.Change(z, sets, body.Comment)), nil
}

func changed(z *network.HostedZone, sets []network.RecordSet, action string, given recordSet) ([]network.RecordSet, error) {
	set := network.RecordSet{Name: strings.ToLower(strings.TrimSuffix(given.Name, ".")), Type: given.Type}
	for _, r := range given.Records {
		set.Values = append(set.Values, r.Value)
	}
	if given.TTL != nil {
		set.TTL = *given.TTL
	}
	if set.Name != z.Name && !strings.HasSuffix(set.Name, "."+z.Name) {
		return nil, refused("RRSet with DNS name %s. is not permitted in zone %s.", set.Name, z.Name)
	}
	if err := wellFormed(set, given.TTL != nil); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(sets, func(s network.RecordSet) bool { return s.Name == set.Name && s.Type == set.Type })
	called := fmt.Sprintf("resource record set [name='%s.', type='%s']", set.Name, set.Type)
	switch {
	case action == "CREATE" && at >= 0:
		return nil, refused("Tried to create %s but it already exists", called)
	case action == "DELETE" && at < 0:
		return nil, refused("Tried to delete %s but it was not found", called)
	case action == "DELETE" && (sets[at].TTL != set.TTL || !sameValues(sets[at].Values, set.Values)):
		return nil, refused("Tried to delete %s but the values provided do not match the current values", called)
	case action != "CREATE" && action != "DELETE" && action != "UPSERT":
		return nil, invalid("The action %q is none of CREATE, DELETE, UPSERT", action)
	}
	if at >= 0 {
		sets = slices.Delete(slices.Clone(sets), at, at+1)
	}
	if action != "DELETE" {
		sets = append(sets, set)
	}
	return sets, nil
}

func sameValues(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// wellFormed refuses what Route 53 does of a TXT record: text without its quotes, a string of
// over 255 characters, a value twice.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
func wellFormed(set network.RecordSet, ttl bool) error {
	if !ttl || len(set.Values) == 0 {
		return invalid("Missing field 'TTL' or 'ResourceRecords' in Change with [Name=%s., Type=%s]", set.Name, set.Type)
	}
	seen := map[string]bool{}
	for _, v := range set.Values {
		if seen[v] {
			return refused("Duplicate Resource Record: '%s'", v)
		}
		seen[v] = true
		if set.Type != "TXT" {
			continue
		}
		if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
			return refused("Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with '%s''", v)
		}
		if !strings.Contains(v, `" "`) && len(network.Unquoted(v)) > 255 {
			return refused("Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '%s''", v)
		}
	}
	return nil
}

func refused(format string, args ...any) error {
	return &engine.Error{Code: "InvalidChangeBatch", Message: "[" + fmt.Sprintf(format, args...) + "]"}
}

type getChangeIn struct {
	ID string `query:"Id"`
}

func (a api) getChange(_ *engine.Call, in getChangeIn) (any, error) {
	if c := a.Changes[in.ID]; c != nil {
		return told(c), nil
	}
	return nil, &engine.Error{Code: "NoSuchChange", Status: http.StatusNotFound, Message: "Could not find resource with ID: " + in.ID}
}
