package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A Store keeps the subjects' records. It is safe for concurrent use.
type Store struct {
	client *dynamodb.Client
	table  string
}

// New returns the store in a table.
func New(cfg aws.Config, table string) *Store {
	return &Store{client: dynamodb.NewFromConfig(cfg), table: table}
}

// Load reads a subject's record consistently. Where none is stored it returns a record with
// nothing but its subject, of version 0.
func (s *Store) Load(ctx context.Context, subject path.Subject) (incident.Record, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: key(subjects, subject.String()), ConsistentRead: new(true),
	})
	if err != nil {
		return incident.Record{}, fmt.Errorf("reading the record of %s: %w", subject, explained(err, "GetItem", s.table))
	}
	if len(out.Item) == 0 {
		return incident.Record{Schema: incident.Schema, Subject: subject}, nil
	}
	return decode(out.Item)
}

// All reads every subject's record consistently, in the order of their subjects. A record
// that cannot be read is an error beside the others, which are returned all the same.
func (s *Store) All(ctx context.Context) ([]incident.Record, error) {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: new(true), KeyConditionExpression: new("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(subjects)},
	})
	var records []incident.Record
	var unread []error
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return records, errors.Join(append(unread, fmt.Errorf("reading all records: %w", explained(err, "Query", s.table)))...)
		}
		for _, i := range page.Items {
			r, err := decode(i)
			if err != nil {
				unread = append(unread, err)
				continue
			}
			records = append(records, r)
		}
	}
	return records, errors.Join(unread...)
}

// Save writes a record on condition that nobody wrote it since it was read, and counts its
// version up. It returns an error that wraps incident.ErrConflict where somebody did; the
// record is then unchanged and of no more use.
func (s *Store) Save(ctx context.Context, r *incident.Record) error {
	if r.Schema > incident.Schema {
		return newer(r.Subject.String(), int64(r.Schema))
	}
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing the record of %s as JSON: %w", r.Subject, err)
	}
	write := nonce()
	i := key(subjects, r.Subject.String())
	i["version"], i["schema"] = number(r.Version+1), number(incident.Schema)
	i["write"] = text(write)
	if err := put(i, data); err != nil {
		return fmt.Errorf("writing the record of %s: %w", r.Subject, err)
	}
	in := &dynamodb.PutItemInput{
		TableName: &s.table, Item: i, ConditionExpression: new("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if r.Version > 0 {
		in.ConditionExpression = new("#version = :version")
		in.ExpressionAttributeNames = map[string]string{"#version": "version"}
		in.ExpressionAttributeValues = item{":version": number(r.Version)}
	}
	_, err = s.client.PutItem(ctx, in)
	if there, refused := standing(err); refused {
		if textOf(there["write"]) != write {
			return fmt.Errorf("writing the record of %s at version %d: %w", r.Subject, r.Version, incident.ErrConflict)
		}
	} else if err != nil {
		return fmt.Errorf("writing the record of %s: %w", r.Subject, explained(err, "PutItem", s.table))
	}
	r.Version++
	return nil
}

// Archive keeps an incident that ended until it expires. Archiving it again changes nothing.
func (s *Store) Archive(ctx context.Context, ended incident.Incident, expires time.Time) error {
	data, err := json.Marshal(ended)
	if err != nil {
		return fmt.Errorf("writing incident %s as JSON: %w", ended.ID, err)
	}
	i := key(incidents, ended.ID)
	i["schema"], i["expires"] = number(incident.Schema), seconds(expires)
	if err := put(i, data); err != nil {
		return fmt.Errorf("archiving incident %s: %w", ended.ID, err)
	}
	if _, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		return fmt.Errorf("archiving incident %s: %w", ended.ID, explained(err, "PutItem", s.table))
	}
	return nil
}

// standing returns the item that stood in the way of a conditional write, and whether that
// is why the write failed.
func standing(err error) (item, bool) {
	refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !ok {
		return nil, false
	}
	return refused.Item, true
}

func decode(i item) (incident.Record, error) {
	subject := textOf(i["sk"])
	if schema := numberOf(i["schema"]); schema > incident.Schema {
		return incident.Record{}, newer(subject, schema)
	}
	data, err := dataOf(i)
	if err != nil {
		return incident.Record{}, fmt.Errorf("reading the record of %s: %w", subject, err)
	}
	var r incident.Record
	if err := json.Unmarshal(data, &r); err != nil {
		return incident.Record{}, fmt.Errorf("reading the record of %s from JSON: %w", subject, err)
	}
	if r.Subject.String() != subject {
		return incident.Record{}, fmt.Errorf("the record of %s says that it is of %s", subject, r.Subject)
	}
	r.Version = numberOf(i["version"])
	return r, nil
}

// newer refuses what a newer version of the product wrote: an older one would drop what it
// does not know, a lease or a hold among it.
func newer(subject string, schema int64) error {
	return fmt.Errorf("the record of %s has schema %d, newer than this code's %d; deploy the newest version of every function", subject, schema, incident.Schema)
}
