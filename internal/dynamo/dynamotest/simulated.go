package dynamotest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

const (
	region  = "eu-central-1"
	account = "111122223333"
)

// Table returns the product's table as template.yaml defines it.
func Table(t *testing.T) template.Table {
	t.Helper()
	stack, err := template.Read(xksremediator.Template(), template.Options{StackName: "xks-remediator", Region: region, Account: account})
	if err != nil {
		t.Fatal(err)
	}
	if len(stack.Tables) != 1 {
		t.Fatalf("template.yaml has %d tables, want 1", len(stack.Tables))
	}
	return stack.Tables[0]
}

// Simulated serves a simulated DynamoDB with the product's table, of whose pages it says how
// many items they hold at most (0: as many as there are).
func Simulated(t *testing.T, pageSize int) (aws.Config, string) {
	t.Helper()
	of := Table(t)
	clock := engine.NewClock(start)
	home := platform.NewAccount(clock, region, account)
	tables := dynamodb.New(home)
	tables.PageSize = pageSize
	key := dynamodb.Schema{Hash: dynamodb.Attribute{Name: of.HashKey, Kind: of.Attributes[of.HashKey]},
		Range: &dynamodb.Attribute{Name: of.RangeKey, Kind: of.Attributes[of.RangeKey]}}
	if _, err := tables.Create(dynamodb.Settings{Name: of.Name, Expiry: of.TTLAttribute, Key: key}); err != nil {
		t.Fatal(err)
	}
	iam := engine.NewIAM(region, account)
	iam.Add(engine.Principal{Name: "product", ARN: "arn:aws:iam::111122223333:user/product", Type: "IAMUser", KeyID: "AKIAPRODUCT", Unbound: true})
	server := httptest.NewServer(engine.NewServer(engine.Options{
		Lock: new(sync.Mutex), Clock: clock, Region: region, Account: account,
		Services: []*engine.Service{tables.Service()}, Principals: iam, Authorizer: iam,
	}))
	t.Cleanup(server.Close)
	return Config(server.URL), of.Name
}

// Config returns how to reach a DynamoDB at an address.
func Config(address string) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: new(address), HTTPClient: &http.Client{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPRODUCT", "secret", "")}
}
