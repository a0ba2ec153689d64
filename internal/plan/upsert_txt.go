package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// UpsertTXT adds a value to a TXT record set of a public hosted zone of Route 53, which is
// replaced as a whole: every value that was there stays.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
type UpsertTXT struct {
	Zone  string   `json:"zone"`           // ID of the hosted zone, Z…
	Name  string   `json:"name"`           // of the record, without the final dot
	Value string   `json:"value"`          // to be added, without quotes
	Kept  []string `json:"kept,omitempty"` // values that are there, each in its quotes as Route 53 spells it
	TTL   int      `json:"ttl"`            // seconds: of the set that is there, 1800 of a new one
}

// RestoreTXT undoes UpsertTXT: it puts the values back that were kept, or takes a set away of
// which none were.
type RestoreTXT struct {
	Zone  string   `json:"zone"`
	Name  string   `json:"name"`
	Value string   `json:"value"`
	Kept  []string `json:"kept,omitempty"`
	TTL   int      `json:"ttl"`
}

// Kind returns KindUpsertTXT.
func (a UpsertTXT) Kind() Kind { return KindUpsertTXT }

// Kind returns KindRestoreTXT.
func (a RestoreTXT) Kind() Kind { return KindRestoreTXT }

// Resource returns the hosted zone's ID.
func (a UpsertTXT) Resource() path.ARN { return path.ARN(a.Zone) }

// Resource returns the hosted zone's ID.
func (a RestoreTXT) Resource() path.ARN { return path.ARN(a.Zone) }

// Summary says what is published where.
func (a UpsertTXT) Summary() string {
	text := fmt.Sprintf("publish TXT record %s with the value %q in hosted zone %s", a.Name, a.Value, a.Zone)
	if n := len(a.Kept); n > 0 {
		text += fmt.Sprintf(", beside the %d that the record has", n)
	}
	return text
}

// Summary says what is taken back.
func (a RestoreTXT) Summary() string {
	return fmt.Sprintf("take the value %q out of TXT record %s in hosted zone %s", a.Value, a.Name, a.Zone)
}

// Commands returns one change batch.
func (a UpsertTXT) Commands() [][]string {
	return changeTXT(a.Zone, "UPSERT", a.Name, a.TTL, slices.Concat(a.Kept, []string{quotedTXT(a.Value)}))
}

// Commands returns one change batch.
func (a RestoreTXT) Commands() [][]string {
	if len(a.Kept) == 0 {
		return changeTXT(a.Zone, "DELETE", a.Name, a.TTL, []string{quotedTXT(a.Value)})
	}
	return changeTXT(a.Zone, "UPSERT", a.Name, a.TTL, a.Kept)
}

// Inverse restores the record set as it was.
func (a UpsertTXT) Inverse() (Action, string) { return RestoreTXT(a), "" }

// Inverse publishes the value again.
func (a RestoreTXT) Inverse() (Action, string) { return UpsertTXT(a), "" }

// Precondition returns ErrAlreadyHolds where the record set has the value, and ErrStale where
// the zone is gone or the set is not what it was: a whole set is written.
func (a UpsertTXT) Precondition(now path.Snapshot) error {
	values, err := txtValues(now, a.Zone, a.Name)
	switch {
	case err != nil:
		return err
	case slices.Contains(values, quotedTXT(a.Value)):
		return ErrAlreadyHolds
	case !slices.Equal(values, a.Kept):
		return fmt.Errorf("%w: TXT record %s in hosted zone %s has other values by now", ErrStale, a.Name, a.Zone)
	}
	return nil
}

// Precondition returns ErrAlreadyHolds where the record set has no such value, and ErrStale
// where it has others beside those that were kept.
func (a RestoreTXT) Precondition(now path.Snapshot) error {
	values, err := txtValues(now, a.Zone, a.Name)
	switch added := quotedTXT(a.Value); {
	case err != nil:
		return err
	case !slices.Contains(values, added):
		return ErrAlreadyHolds
	case !slices.Equal(values, slices.Concat(a.Kept, []string{added})):
		return fmt.Errorf("%w: TXT record %s in hosted zone %s has other values by now", ErrStale, a.Name, a.Zone)
	}
	return nil
}

func txtValues(now path.Snapshot, zone, name string) ([]string, error) {
	for _, z := range now.HostedZones {
		if z.ID == zone {
			return recordIn(z, name).Values, nil
		}
	}
	return nil, fmt.Errorf("%w: hosted zone %s was not found", ErrStale, zone)
}

// quotedTXT writes a value as Route 53 takes it. AWS's values are shorter than the 255
// characters of one string.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
func quotedTXT(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

func changeTXT(zone, action, name string, ttl int, values []string) [][]string {
	type record struct{ Value string }
	records := make([]record, len(values))
	for i, v := range values {
		records[i] = record{v}
	}
	var list bytes.Buffer
	e := json.NewEncoder(&list)
	e.SetEscapeHTML(false) // a person reads it
	_ = e.Encode(records)  // strings can be written
	quotedName, _ := json.Marshal(name)
	batch := `{"Changes":[{"Action":"` + action + `","ResourceRecordSet":{"Name":` + string(quotedName) + `,"Type":"TXT","TTL":` + strconv.Itoa(ttl) +
		`,"ResourceRecords":` + strings.TrimSpace(list.String()) + `}}]}`
	return [][]string{{"aws", "route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", batch}}
}
