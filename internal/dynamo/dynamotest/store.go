package dynamotest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

func absent(t *testing.T, b *bench) {
	want := incident.Record{Schema: incident.Schema, Subject: theStore()}
	if diff := cmp.Diff(want, b.load(t), stored()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// readBack fails with a read that does not ask for consistency: the simulator's return what
// stood before the latest write.
func readBack(t *testing.T, b *bench) {
	r := b.load(t)
	r.Watermark, r.Generation = start, 7
	r.Outbox = []incident.Post{{ID: 1, Event: &lifecycle.Event{Headline: "proxy → down"}}}
	for version := int64(1); version <= 3; version++ {
		r.Generation++
		b.save(t, &r)
		if r.Version != version {
			t.Fatalf("version %d after %d writes", r.Version, version)
		}
		if diff := cmp.Diff(r, b.load(t), stored()); diff != "" {
			t.Fatalf("write %d (-saved +loaded):\n%s", version, diff)
		}
		all, err := b.store().All(t.Context())
		if err != nil || len(all) != 1 || all[0].Generation != r.Generation {
			t.Fatalf("All returns %v, %v", all, err)
		}
	}
}

func lostRace(t *testing.T, b *bench, version int) {
	first := b.load(t)
	for range version {
		b.save(t, &first)
	}
	second := b.load(t)
	b.save(t, &first)
	second.Generation = 99
	if err := b.store().Save(t.Context(), &second); !errors.Is(err, incident.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	if second.Version != int64(version) {
		t.Errorf("the loser's version is %d, was %d", second.Version, version)
	}
	if got := b.load(t); got.Generation != 0 {
		t.Error("the loser overwrote the winner")
	}
}

// lostAnswer: the SDK sends a write again when its answer is lost; the condition then fails
// on our own write, which is no conflict.
func lostAnswer(t *testing.T, b *bench) {
	r := b.load(t)
	for version := int64(1); version <= 2; version++ {
		b.lose("PutItem")
		b.save(t, &r)
		if got := b.load(t); r.Version != version || got.Version != version {
			t.Errorf("version %d in memory and %d in the table, want %d", r.Version, got.Version, version)
		}
	}
}

// everyPage saves more than the 1 MB that a page of DynamoDB holds, and more items than the
// simulator's three.
func everyPage(t *testing.T, b *bench) {
	s := b.store()
	var want []string
	for i := range 22 {
		r := incident.Record{Subject: subject(fmt.Sprintf("cks-%02d", i)), Facts: incident.Facts{Name: noise(60_000)}}
		b.save(t, &r)
		want = append(want, r.Subject.String())
	}
	if err := s.Archive(t.Context(), incident.Incident{ID: "01A", Subject: theStore()}, start); err != nil {
		t.Fatal(err)
	}
	all, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, r.Subject.String())
		if r.Version != 1 || len(r.Facts.Name) != 60_000 {
			t.Errorf("%s has version %d and a name of %d, want 1 and 60000", r.Subject, r.Version, len(r.Facts.Name))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	queries := 0
	for _, operation := range b.operations() {
		if operation == "Query" {
			queries++
		}
	}
	if queries < 2 {
		t.Errorf("%d pages were read: nothing was paged", queries)
	}
}

// unreadable writes an item past the store.
func unreadable(t *testing.T, b *bench, schema, data, says string) {
	_, err := dynamodb.NewFromConfig(b.config).PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &b.table, Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "SUBJECT"}, "sk": &types.AttributeValueMemberS{Value: theStore().String()},
			"version": &types.AttributeValueMemberN{Value: "4"}, "schema": &types.AttributeValueMemberN{Value: schema},
			"data": &types.AttributeValueMemberS{Value: data},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	good := incident.Record{Subject: path.Subject{Kind: path.ServiceSubject, ID: "vpce-svc-1"}}
	b.save(t, &good)
	if _, err := b.store().Load(t.Context(), theStore()); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), theStore().String()) {
		t.Errorf("Load says %v", err)
	}
	all, err := b.store().All(t.Context())
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("All says %v", err)
	}
	if len(all) != 1 || all[0].Subject != good.Subject {
		t.Errorf("All returns %d records, want the one that can be read", len(all))
	}
}

func otherSubject(t *testing.T, b *bench) {
	unreadable(t, b, "1", `{"subject":{"kind":"key-store","id":"cks-other"}}`, "says that it is of key-store/cks-other")
}

func newerSchema(t *testing.T, b *bench) {
	r := incident.Record{Schema: incident.Schema + 1, Subject: theStore()}
	if err := b.store().Save(t.Context(), &r); err == nil || !strings.Contains(err.Error(), "newest version") {
		t.Errorf("got %v", err)
	}
	if len(b.items(t)) != 0 {
		t.Error("it was written")
	}
}

func neverExpires(t *testing.T, b *bench) {
	r := incident.Record{Subject: theStore()}
	b.save(t, &r)
	if _, ok := b.items(t)[0]["expires"]; ok {
		t.Error("what is remembered of a subject would be deleted")
	}
}

// longRecord saves a record whose JSON is over the 400 KB that an item holds, as that of a
// path at AWS's quotas is.
func longRecord(t *testing.T, b *bench) {
	r := b.load(t)
	r.Incident = &incident.Incident{ID: "01KQW74FPGWM1HWJWSQW8TW2KS", Subject: theStore()}
	for i := range 6000 {
		r.Incident.Symptoms = append(r.Incident.Symptoms, symptom.Symptom{Kind: symptom.KMSMessage, Code: fmt.Sprint(i), Text: strings.Repeat("unhealthy ", 8)})
	}
	b.save(t, &r)
	if diff := cmp.Diff(r, b.load(t), stored()); diff != "" {
		t.Errorf("(-saved +loaded):\n%s", diff)
	}
	all, err := b.store().All(t.Context())
	if err != nil || len(all) != 1 || len(all[0].Incident.Symptoms) != 6000 {
		t.Errorf("of all records, %d were read (%v)", len(all), err)
	}
	if err := b.store().Archive(t.Context(), *r.Incident, start.AddDate(1, 0, 0)); err != nil {
		t.Error(err)
	}
}

// Of noise, six bits a letter, gzip can make nothing shorter than three quarters.
const (
	fits    = 530_000 // about 388 KB compressed
	tooLong = 560_000 // about 410 KB
)

func nearLimit(t *testing.T, b *bench) {
	r := incident.Record{Subject: theStore(), Facts: incident.Facts{Name: noise(fits)}}
	b.save(t, &r)
	if got := b.load(t); got.Facts.Name != r.Facts.Name {
		t.Errorf("%d letters were saved and %d read", len(r.Facts.Name), len(got.Facts.Name))
	}
	if n := len(b.items(t)[0]["packed"]); n < 380<<10 || n > 400<<10 {
		t.Errorf("the item holds %d bytes, which is not near 400 KB", n)
	}
}

func overLimit(t *testing.T, b *bench) {
	r := incident.Record{Subject: theStore(), Generation: 1}
	b.save(t, &r)
	r.Facts.Name, r.Generation = noise(tooLong), 2
	err := b.store().Save(t.Context(), &r)
	for _, says := range []string{"writing the record of " + theStore().String(), "ValidationException", "Item size has exceeded the maximum allowed size"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want an error that says %s", err, says)
		}
	}
	if errors.Is(err, incident.ErrConflict) || r.Version != 1 {
		t.Errorf("a record that is too long is a lost race (%v), version %d", err, r.Version)
	}
	if got := b.load(t); got.Generation != 1 || got.Version != 1 {
		t.Errorf("the table holds generation %d of version %d, want 1 and 1", got.Generation, got.Version)
	}
}

// noise is text that cannot be compressed by much, always the same.
func noise(letters int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	dice := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, letters)
	for i := range out {
		out[i] = alphabet[dice.IntN(len(alphabet))]
	}
	return string(out)
}

func archived(t *testing.T, b *bench) {
	ended := incident.Incident{ID: "01KQRC2TT8YFZMTH8Y8AF1G8GN", Subject: theStore(), State: lifecycle.Resolved}
	expires := start.Add(400 * 24 * time.Hour)
	for range 2 {
		if err := b.store().Archive(t.Context(), ended, expires); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(ended)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{"pk": "S INCIDENT", "sk": "S " + ended.ID, "schema": "N 1", "data": "S " + string(data), "expires": fmt.Sprint("N ", expires.Unix())}}
	if diff := cmp.Diff(want, b.items(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func refusals(t *testing.T, b *bench) {
	s := b.store()
	b.refuse("AccessDeniedException")
	_, loading := s.Load(t.Context(), theStore())
	_, listing := s.All(t.Context())
	for action, err := range map[string]error{
		"dynamodb:GetItem": loading,
		"dynamodb:Query":   listing,
		"dynamodb:PutItem": s.Save(t.Context(), &incident.Record{Subject: theStore()}),
	} {
		denied, ok := errors.AsType[*awserr.Denied](err)
		if !ok || denied.Action != action || denied.On != b.table {
			t.Errorf("%s: got %v", action, err)
		}
		if errors.Is(err, incident.ErrConflict) {
			t.Errorf("%s: a refusal is taken for a lost race", action)
		}
	}
	if err := s.Archive(t.Context(), incident.Incident{ID: "01A"}, start); err == nil || !strings.Contains(err.Error(), "archiving incident 01A") {
		t.Errorf("got %v", err)
	}
	if slices.Contains(b.operations(), "DeleteItem") {
		t.Error("the store deletes")
	}
}

// noTable: a store of a table that is not there says so, and asks for no permission.
func noTable(t *testing.T, b *bench) {
	_, err := dynamo.New(b.config, b.table+"-gone").Load(t.Context(), theStore())
	if err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("got %v", err)
	}
	if _, denied := errors.AsType[*awserr.Denied](err); denied {
		t.Errorf("it is taken for a refusal: %v", err)
	}
}
