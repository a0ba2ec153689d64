// Package dynamotest is what the product asks of its store, whichever DynamoDB is behind it:
// the simulator's, for the tests of the store, or one that others wrote. It is for tests alone.
package dynamotest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Counts say what a run did: contracts held, concurrent writers in them, writes, and how many
// of those their condition refused.
type Counts struct {
	Contracts, Writers int
	Writes, Conflicts  int64
}

// Run holds every contract, each on an empty table that open makes and names.
func Run(t *testing.T, open func(t *testing.T) (config aws.Config, table string)) Counts {
	t.Helper()
	var counted tally
	all := contracts()
	t.Run("contracts", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				config, table := open(t)
				w := &wire{next: config.HTTPClient, tally: &counted}
				config.HTTPClient = w
				all[name](t, &bench{wire: w, config: config, table: table})
			})
		}
	})
	return Counts{len(all), int(counted.writers.Load()), counted.writes.Load(), counted.conflicts.Load()}
}

// contracts are named by what they hold.
func contracts() map[string]func(*testing.T, *bench) {
	return map[string]func(*testing.T, *bench){
		"an absent record is empty and of version 0":             absent,
		"what was saved is read back at once":                    readBack,
		"a lost race is a conflict at version 0":                 func(t *testing.T, b *bench) { lostRace(t, b, 0) },
		"a lost race is a conflict at version 1":                 func(t *testing.T, b *bench) { lostRace(t, b, 1) },
		"a write whose answer is lost is no conflict":            lostAnswer,
		"all reads every page in order":                          everyPage,
		"a record of a newer version is refused and hides none":  func(t *testing.T, b *bench) { unreadable(t, b, "99", `{}`, "has schema 99, newer than this code's") },
		"a record that is no JSON is refused and hides none":     func(t *testing.T, b *bench) { unreadable(t, b, "1", `{"schema":`, "from JSON") },
		"a record of another subject is refused and hides none":  otherSubject,
		"a record of a newer schema is not saved":                newerSchema,
		"a record never expires":                                 neverExpires,
		"a long record is compressed and read back":              longRecord,
		"a record near 400 KB is kept":                           nearLimit,
		"a record over 400 KB is refused and changes nothing":    overLimit,
		"an archived incident expires and can be archived again": archived,
		"failures say what was done and what is missing":         refusals,
		"of two concurrent writers none is forgotten":            func(t *testing.T, b *bench) { writers(t, b, 2, 25) },
		"of eight concurrent writers none is forgotten":          func(t *testing.T, b *bench) { writers(t, b, 8, 5) },
		"of eight first writers one is the first":                firstWriters,
		"a lease never has two holders":                          leases,
		"told, and never again":                                  toldOnce,
		"while an event is being told nobody else tells":         toldHeld,
		"after a crash another one tells":                        toldAfterCrash,
		"the same claimant need not wait":                        toldAgain,
		"a claim that was taken over is itself one":              toldTakenOver,
		"what was told after a lost claim stays told":            toldLate,
		"other messages and incidents are claimed apart":         toldApart,
		"of eight concurrent claimants one tells":                claimants,
		"of eight claimants of a claim that ran out one tells":   heirs,
		"a claim whose answer is lost is still held":             lostClaim,
		"what is remembered expires and needs one permission":    onePermission,
		"a table out of reach is an error and no claim":          outOfReach,
		"a table that is not there is no refusal by IAM":         noTable,
	}
}

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

func subject(id string) path.Subject { return path.Subject{Kind: path.KeyStoreSubject, ID: id} }

func theStore() path.Subject { return subject("cks-1234567890abcdef0") }

// stored leaves out what a record holds in memory alone.
func stored() cmp.Option { return cmpopts.IgnoreUnexported(incident.Record{}) }

// A bench is a table and the connection to it.
type bench struct {
	*wire
	config aws.Config
	table  string
}

func (b *bench) store() *dynamo.Store { return dynamo.New(b.config, b.table) }

func (b *bench) load(t *testing.T) incident.Record {
	t.Helper()
	r, err := b.store().Load(t.Context(), theStore())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (b *bench) save(t *testing.T, r *incident.Record) {
	t.Helper()
	if err := b.store().Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// items returns the table's items, each attribute as its type and value.
func (b *bench) items(t *testing.T) []map[string]string {
	t.Helper()
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(b.config), &dynamodb.ScanInput{TableName: &b.table, ConsistentRead: new(true)})
	var all []map[string]string
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			plain := make(map[string]string)
			for name, v := range item {
				plain[name] = spelled(v)
			}
			all = append(all, plain)
		}
	}
	return all
}

func spelled(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return "S " + v.Value
	case *types.AttributeValueMemberN:
		return "N " + v.Value
	case *types.AttributeValueMemberB:
		return "B " + string(v.Value)
	}
	return fmt.Sprintf("%T", v)
}
