//go:build e2e

// Package dynamolocal runs the product's store on DynamoDB Local, which AWS publishes, and
// compares that with the simulator's DynamoDB operation by operation.
package dynamolocal

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/xks-remediator/xks-remediator/internal/dynamo/dynamotest"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// A local is a process of DynamoDB Local, which forgets all when it ends.
type local struct {
	config aws.Config
	tables chan int // numbers for the names of tables
}

func startLocal(t *testing.T) *local {
	t.Helper()
	port := e2e.FreePort(t)
	java := e2e.Java(t)
	args := append(java[1:], "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
		"-inMemory", "-disableTelemetry", "-port", fmt.Sprint(port))
	e2e.Start(t, nil, java[0], args...).AwaitPort(t, port, time.Minute)
	numbers := make(chan int, 1)
	numbers <- 1
	return &local{dynamotest.Config(fmt.Sprintf("http://127.0.0.1:%d", port)), numbers}
}

// open makes an empty table as template.yaml defines it, under a name of its own.
func (l *local) open(t *testing.T) (aws.Config, string) {
	t.Helper()
	of := dynamotest.Table(t)
	number := <-l.tables
	l.tables <- number + 1
	name := fmt.Sprintf("%s-%d", of.Name, number)
	client := dynamodb.NewFromConfig(l.config)
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: []types.KeySchemaElement{
		{AttributeName: &of.HashKey, KeyType: types.KeyTypeHash}, {AttributeName: &of.RangeKey, KeyType: types.KeyTypeRange}}}
	for _, attribute := range slices.Sorted(maps.Keys(of.Attributes)) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &attribute, AttributeType: types.ScalarAttributeType(of.Attributes[attribute])})
	}
	if _, err := client.CreateTable(t.Context(), in); err != nil {
		t.Fatalf("creating the table: %v", err)
	}
	_, err := client.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{TableName: &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &of.TTLAttribute, Enabled: new(true)}})
	if err != nil {
		t.Fatalf("setting the table's time to live: %v", err)
	}
	return l.config, name
}

// TestTheStoreKeepsItsContractsOnDynamoDBLocal holds what the store's own tests hold on the
// simulator.
func TestTheStoreKeepsItsContractsOnDynamoDBLocal(t *testing.T) {
	n := dynamotest.Run(t, startLocal(t).open)
	if n.Conflicts == 0 || n.Writers == 0 {
		t.Errorf("nobody raced: %+v", n)
	}
	if t.Failed() {
		return
	}
	e2e.Report(t, "dynamodb-local", "%d contracts held, each on a table of its own; %d racing writers and claimants, %d writes, %d of them conflicts, lost updates 0",
		n.Contracts, n.Writers, n.Writes, n.Conflicts)
}
