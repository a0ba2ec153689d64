package template

import (
	"errors"
	"fmt"
)

func table(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("dynamodb", "table/"+name)
	return identity{arn: arn, ref: name, attributes: map[string]string{"Arn": arn}}, nil
}

type keySchema []struct{ AttributeName, KeyType string }

// keys returns the names of the partition key and of the sort key, if any.
func (s keySchema) keys() (hash, sort string, err error) {
	for _, k := range s {
		switch k.KeyType {
		case "HASH":
			hash = k.AttributeName
		case "RANGE":
			sort = k.AttributeName
		default:
			return "", "", fmt.Errorf("the KeyType %s is not known", k.KeyType)
		}
	}
	if hash == "" {
		return "", "", errors.New("KeySchema: has no HASH key")
	}
	return hash, sort, nil
}

func readTable(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_                      struct{} `inert:"BillingMode SSESpecification Tags TableClass DeletionProtectionEnabled ProvisionedThroughput OnDemandThroughput"`
		TableName              string
		KeySchema              keySchema
		AttributeDefinitions   []struct{ AttributeName, AttributeType string }
		GlobalSecondaryIndexes []struct {
			_          struct{} `inert:"ProvisionedThroughput OnDemandThroughput"`
			IndexName  string
			KeySchema  keySchema
			Projection struct {
				ProjectionType   string
				NonKeyAttributes []string
			}
		}
		TimeToLiveSpecification struct {
			AttributeName string
			Enabled       bool
		}
		PointInTimeRecoverySpecification struct {
			_                          struct{} `inert:"RecoveryPeriodInDays"`
			PointInTimeRecoveryEnabled bool
		}
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	made := Table{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, Attributes: make(map[string]string),
		PointInTime: p.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled}
	var err error
	if made.HashKey, made.RangeKey, err = p.KeySchema.keys(); err != nil {
		return err
	}
	for _, a := range p.AttributeDefinitions {
		made.Attributes[a.AttributeName] = a.AttributeType
	}
	if p.TimeToLiveSpecification.Enabled {
		made.TTLAttribute = p.TimeToLiveSpecification.AttributeName
	}
	for _, i := range p.GlobalSecondaryIndexes {
		index := Index{Name: i.IndexName, Projection: i.Projection.ProjectionType, NonKeyAttributes: i.Projection.NonKeyAttributes}
		if index.HashKey, index.RangeKey, err = i.KeySchema.keys(); err != nil {
			return fmt.Errorf("index %s: %w", i.IndexName, err)
		}
		made.Indexes = append(made.Indexes, index)
	}
	if err := made.checkKeys(); err != nil {
		return err
	}
	b.stack.Tables = append(b.stack.Tables, made)
	return nil
}

// checkKeys refuses a key without a definition and a definition without a key, as DynamoDB does.
func (t Table) checkKeys() error {
	used := map[string]bool{t.HashKey: true, t.RangeKey: true}
	for _, i := range t.Indexes {
		used[i.HashKey], used[i.RangeKey] = true, true
	}
	delete(used, "")
	for _, name := range sortedKeys(used) {
		if t.Attributes[name] == "" {
			return fmt.Errorf("AttributeDefinitions: the key %s is not defined", name)
		}
	}
	for _, name := range sortedKeys(t.Attributes) {
		if !used[name] {
			return fmt.Errorf("AttributeDefinitions: %s is no key", name)
		}
	}
	return nil
}
