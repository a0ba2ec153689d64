package dynamo_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
)

const tableName = "xks-remediator"

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// A bench is a simulated DynamoDB with the product's table, behind HTTP.
type bench struct {
	*engine.Server
	mu     sync.Mutex
	tables *dynamodb.Tables
	config aws.Config
}

func serve(t *testing.T) *bench {
	t.Helper()
	clock := engine.NewClock(start)
	account := platform.NewAccount(clock, "eu-central-1", "111122223333")
	b := &bench{tables: dynamodb.New(account)}
	_, err := b.tables.Create(dynamodb.Settings{
		Name: tableName, Expiry: "expires",
		Key: dynamodb.Schema{Hash: dynamodb.Attribute{Name: "pk", Kind: "S"}, Range: &dynamodb.Attribute{Name: "sk", Kind: "S"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	iam := engine.NewIAM(account.Region, account.ID)
	iam.Add(engine.Principal{Name: "product", ARN: "arn:aws:iam::111122223333:user/product", Type: "IAMUser", KeyID: "AKIAPRODUCT", Unbound: true})
	b.Server = engine.NewServer(engine.Options{
		Lock: &b.mu, Clock: clock, Region: account.Region, Account: account.ID,
		Services: []*engine.Service{b.tables.Service()}, Principals: iam, Authorizer: iam,
	})
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.config = aws.Config{
		Region: account.Region, BaseEndpoint: new(server.URL), HTTPClient: &http.Client{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPRODUCT", "secret", ""),
	}
	return b
}

// items returns the table's items.
func (b *bench) items() []dynamodb.Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tables.Table(tableName).Items()
}

// lose has the answer of the nth next call to an operation get lost after it was carried out.
func (b *bench) lose(operation string, nth int) {
	b.SetIntercept(func(c *engine.Call) *engine.Fault {
		if c.Operation != operation {
			return nil
		}
		nth--
		if nth == 0 {
			return &engine.Fault{Drop: true}
		}
		return nil
	})
}

// refuse has every call answered with an error.
func (b *bench) refuse(e *engine.Error) {
	b.SetIntercept(func(*engine.Call) *engine.Fault { return &engine.Fault{Error: e} })
}
