package dynamo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

var store1 = path.Subject{Kind: path.KeyStoreSubject, ID: "cks-1234567890abcdef0"}

// onlyWhatIsStored leaves out what a record holds in memory alone.
var onlyWhatIsStored = cmpopts.IgnoreUnexported(incident.Record{})

func load(t *testing.T, s *dynamo.Store, subject path.Subject) incident.Record {
	t.Helper()
	r, err := s.Load(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func save(t *testing.T, s *dynamo.Store, r *incident.Record) {
	t.Helper()
	if err := s.Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func TestAnAbsentRecordIsEmptyAndOfVersion0(t *testing.T) {
	t.Parallel()
	got := load(t, dynamo.New(serve(t).config, tableName), store1)
	want := incident.Record{Schema: incident.Schema, Subject: store1}
	if diff := cmp.Diff(want, got, onlyWhatIsStored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The simulator's inconsistent reads return what stood before the latest write, so a read
// that does not ask for consistency fails here.
func TestWhatWasSavedIsReadBackAtOnce(t *testing.T) {
	t.Parallel()
	s := dynamo.New(serve(t).config, tableName)
	r := load(t, s, store1)
	r.Watermark, r.Generation = start, 7
	r.Outbox = []incident.Post{{ID: 1, Event: &lifecycle.Event{Headline: "proxy → down"}}}
	for version := int64(1); version <= 3; version++ {
		r.Generation++
		save(t, s, &r)
		if r.Version != version {
			t.Fatalf("version %d after %d writes", r.Version, version)
		}
		if diff := cmp.Diff(r, load(t, s, store1), onlyWhatIsStored); diff != "" {
			t.Fatalf("write %d (-saved +loaded):\n%s", version, diff)
		}
		all, err := s.All(t.Context())
		if err != nil || len(all) != 1 || all[0].Generation != r.Generation {
			t.Fatalf("All returns %v, %v", all, err)
		}
	}
}

func TestALostRaceIsAConflict(t *testing.T) {
	t.Parallel()
	for _, version := range []int{0, 1} {
		t.Run(fmt.Sprintf("at version %d", version), func(t *testing.T) {
			t.Parallel()
			s := dynamo.New(serve(t).config, tableName)
			first := load(t, s, store1)
			for range version {
				save(t, s, &first)
			}
			second := load(t, s, store1)
			save(t, s, &first)
			second.Generation = 99
			err := s.Save(t.Context(), &second)
			if !errors.Is(err, incident.ErrConflict) {
				t.Fatalf("got %v, want ErrConflict", err)
			}
			if second.Version != int64(version) {
				t.Errorf("the loser's version is %d, was %d", second.Version, version)
			}
			if got := load(t, s, store1); got.Generation != 0 {
				t.Error("the loser overwrote the winner")
			}
		})
	}
}

// The SDK sends a write again when its answer is lost; the condition then fails on our own
// write, which is no conflict.
func TestAWriteWhoseAnswerIsLostIsNoConflict(t *testing.T) {
	t.Parallel()
	b := serve(t)
	s := dynamo.New(b.config, tableName)
	r := load(t, s, store1)
	for version := int64(1); version <= 2; version++ {
		b.lose("PutItem", 1)
		save(t, s, &r)
		if got := load(t, s, store1); r.Version != version || got.Version != version {
			t.Errorf("version %d in memory and %d in the table, want %d", r.Version, got.Version, version)
		}
	}
}

func TestOfManyConcurrentWritersNoneIsForgotten(t *testing.T) {
	t.Parallel()
	s := dynamo.New(serve(t).config, tableName)
	const writers = 8
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range 100 * writers {
				r, err := s.Load(t.Context(), store1)
				if err != nil {
					t.Error(err)
					return
				}
				r.Generation++
				err = s.Save(t.Context(), &r)
				if errors.Is(err, incident.ErrConflict) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
			t.Error("a writer never gets its turn")
		})
	}
	group.Wait()
	if got := load(t, s, store1); got.Generation != writers || got.Version != writers {
		t.Errorf("generation %d, version %d after %d writers", got.Generation, got.Version, writers)
	}
}

// The simulator's pages hold three items.
func TestAllReadsEveryPageInOrder(t *testing.T) {
	t.Parallel()
	s := dynamo.New(serve(t).config, tableName)
	var want []string
	for i := range 10 {
		r := load(t, s, path.Subject{Kind: path.KeyStoreSubject, ID: fmt.Sprintf("cks-%d", i)})
		save(t, s, &r)
		want = append(want, r.Subject.String())
	}
	if err := s.Archive(t.Context(), incident.Incident{ID: "01A", Subject: store1}, start); err != nil {
		t.Fatal(err)
	}
	all, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, r.Subject.String())
		if r.Version != 1 {
			t.Errorf("%s has version %d, want 1", r.Subject, r.Version)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// put writes an item past the store.
func put(t *testing.T, b *bench, subject path.Subject, schema, data string) {
	t.Helper()
	_, err := dynamodb.NewFromConfig(b.config).PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: new(tableName), Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "SUBJECT"}, "sk": &types.AttributeValueMemberS{Value: subject.String()},
			"version": &types.AttributeValueMemberN{Value: "4"}, "schema": &types.AttributeValueMemberN{Value: schema},
			"data": &types.AttributeValueMemberS{Value: data},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARecordThatCannotBeReadIsRefusedAndHidesNoOther(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ schema, data, says string }{
		"written by a newer version": {"99", `{}`, "has schema 99, newer than this code's"},
		"not JSON":                   {"1", `{"schema":`, "from JSON"},
		"of another subject":         {"1", `{"subject":{"kind":"key-store","id":"cks-other"}}`, "says that it is of key-store/cks-other"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t)
			s := dynamo.New(b.config, tableName)
			put(t, b, store1, tt.schema, tt.data)
			good := load(t, s, path.Subject{Kind: path.ServiceSubject, ID: "vpce-svc-1"})
			save(t, s, &good)
			_, err := s.Load(t.Context(), store1)
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), store1.String()) {
				t.Errorf("Load says %v", err)
			}
			all, err := s.All(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("All says %v", err)
			}
			if len(all) != 1 || all[0].Subject != good.Subject {
				t.Errorf("All returns %d records, want the one that can be read", len(all))
			}
		})
	}
}

func TestARecordOfANewerSchemaIsNotSaved(t *testing.T) {
	t.Parallel()
	b := serve(t)
	r := incident.Record{Schema: incident.Schema + 1, Subject: store1}
	if err := dynamo.New(b.config, tableName).Save(t.Context(), &r); err == nil || !strings.Contains(err.Error(), "newest version") {
		t.Errorf("got %v", err)
	}
	if len(b.items()) != 0 {
		t.Error("it was written")
	}
}

func TestAnArchivedIncidentExpiresAndCanBeArchivedAgain(t *testing.T) {
	t.Parallel()
	b := serve(t)
	s := dynamo.New(b.config, tableName)
	ended := incident.Incident{ID: "01KQRC2TT8YFZMTH8Y8AF1G8GN", Subject: store1, State: lifecycle.Resolved}
	expires := start.Add(400 * 24 * time.Hour)
	for range 2 {
		if err := s.Archive(t.Context(), ended, expires); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(ended)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"pk": map[string]any{"S": "INCIDENT"}, "sk": map[string]any{"S": ended.ID},
		"schema": map[string]any{"N": "1"}, "data": map[string]any{"S": string(data)},
		"expires": map[string]any{"N": fmt.Sprint(expires.Unix())},
	}}
	if diff := cmp.Diff(want, b.items()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARecordNeverExpires(t *testing.T) {
	t.Parallel()
	b := serve(t)
	r := incident.Record{Subject: store1}
	save(t, dynamo.New(b.config, tableName), &r)
	if _, ok := b.items()[0]["expires"]; ok {
		t.Error("what is remembered of a subject would be deleted")
	}
}

func TestFailuresSayWhatWasDoneAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := serve(t)
	s := dynamo.New(b.config, tableName)
	b.refuse(&engine.Error{Code: "AccessDeniedException", Message: "User: product is not authorized"})
	_, loading := s.Load(t.Context(), store1)
	_, listing := s.All(t.Context())
	for action, err := range map[string]error{
		"dynamodb:GetItem": loading,
		"dynamodb:Query":   listing,
		"dynamodb:PutItem": s.Save(t.Context(), &incident.Record{Subject: store1}),
	} {
		denied, ok := errors.AsType[*awserr.Denied](err)
		if !ok || denied.Action != action || denied.On != tableName {
			t.Errorf("%s: got %v", action, err)
		}
		if errors.Is(err, incident.ErrConflict) {
			t.Errorf("%s: a refusal is taken for a lost race", action)
		}
	}
	if err := s.Archive(t.Context(), incident.Incident{ID: "01A"}, start); err == nil || !strings.Contains(err.Error(), "archiving incident 01A") {
		t.Errorf("got %v", err)
	}
}
