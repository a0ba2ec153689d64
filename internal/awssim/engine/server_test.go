package engine_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

const (
	region  = "eu-central-1"
	account = "111122223333"
)

var start = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// A bench is a server over small made-up services, and what the tests look at.
type bench struct {
	*engine.Server
	iam      *engine.IAM
	url      string
	mu       sync.Mutex // the simulator's lock
	observed []string
}

// look reads under the lock what operations and observers wrote: a client whose connection
// was dropped is not told by an answer that they are done.
func (b *bench) look(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

// serve starts a bench whose one principal, "admin", may do everything.
func serve(t *testing.T, services ...*engine.Service) *bench {
	t.Helper()
	b := &bench{iam: engine.NewIAM(region, account)}
	b.iam.Add(engine.Principal{Name: "admin", ARN: "arn:aws:iam::" + account + ":user/Alice", Type: "IAMUser", KeyID: "AKIAADMIN", Unbound: true})
	b.Server = engine.NewServer(engine.Options{Lock: &b.mu, Clock: engine.NewClock(start), Region: region, Account: account,
		Services: services, Principals: b.iam, Authorizer: b.iam,
		Observe: func(c *engine.Call, answer any, err *engine.Error) {
			line := c.Service.Name + ":" + c.Operation
			if err != nil {
				line += " " + err.Code
			}
			b.observed = append(b.observed, line)
		}})
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// config is an SDK configuration for the owner of an access key, without retries.
func (b *bench) config(keyID string) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: aws.String(b.url), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(keyID, "secret", ""), HTTPClient: &http.Client{}}
}

// service makes a service of one operation, which hands its parameters to see and answers
// with answer.
func service[In any](s engine.Service, operation string, see func(In), answer any) *engine.Service {
	s.Operations = map[string]engine.Operation{operation: {Do: func(c *engine.Call) (any, error) {
		var in In
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
		see(in)
		if err, ok := answer.(error); ok {
			return nil, err
		}
		return answer, nil
	}}}
	return &s
}

func kmsService() engine.Service {
	return engine.Service{Name: "kms", IAMPrefix: "kms", Protocol: engine.JSON11, Targets: []string{"TrentService."}}
}

func ec2Service() engine.Service {
	return engine.Service{Name: "ec2", IAMPrefix: "ec2", Protocol: engine.EC2Query, Version: "2016-11-15"}
}

func ctx(t *testing.T) context.Context { return t.Context() }
