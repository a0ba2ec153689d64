package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	xksremediator "github.com/xks-remediator/xks-remediator"
	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// usage is what one stack used of AWS in a span of time: everything that has a price, and
// the calls, most of which have none.
type usage struct {
	span        time.Duration
	invocations map[string]int // by function
	batches     int            // of messages that queues handed out
	sent        int            // messages that came into queues
	calls       map[string]int // of the functions, as "kms:Encrypt"
	callsBy     map[string]int // of the functions, by function
	recordBytes int            // of the largest record
	events      int            // put on the product's bus
	messages    int            // published to SNS
	logBytes    int
	metrics     int // custom metrics that had a value
}

// operations sums the calls whose name starts with one of the prefixes.
func (u usage) operations(prefixes ...string) int {
	n := 0
	for name, count := range u.calls {
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				n += count
			}
		}
	}
	return n
}

// A world is a deployed stack beside some healthy key stores.
type costWorld struct {
	sim   *awssim.Sim
	stack *awssim.Stack
	refs  []*network.Reference
	log   bytes.Buffer
}

// costSettling passes before anything is counted: the first looks cost more.
const costSettling = 15 * time.Minute

// awsPage is the least that AWS returns on a full page where a caller names no limit, of the
// calls that are made here: that of DescribeCustomKeyStores.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
const awsPage = 100

// newCostWorld deploys the template with its defaults beside keyStores healthy key stores.
func newCostWorld(ctx context.Context, keyStores int, canary bool) (*costWorld, error) {
	w := &costWorld{sim: awssim.New(awssim.Options{})}
	var canaries []string
	w.sim.Do(func(world *network.World) {
		world.PageSize, w.sim.Tables.PageSize = awsPage, 0
		for i := range keyStores {
			ref := world.BuildReference(network.Options{Name: fmt.Sprintf("payments-hsm-%d", i)})
			w.refs = append(w.refs, ref)
			canaries = append(canaries, world.KeyARN(ref.Canary))
		}
	})
	parameters := map[string]string{"Mode": "auto", "NotificationEmail": "on-call@example.com", "DnsResolvers": w.sim.DNS()}
	if canary {
		parameters["CanaryKeys"] = strings.Join(canaries, ",")
	}
	var err error
	if w.stack, err = w.sim.Deploy(xksremediator.Template(), parameters, nil); err == nil {
		err = rehearse.Register(ctx, w.sim, w.stack, &w.log)
	}
	if err != nil {
		w.sim.Close()
		return nil, fmt.Errorf("deploying the template: %w", err)
	}
	w.sim.Do(func(*network.World) { // somebody is told, and said so
		for _, topic := range w.stack.Topics {
			_, _ = w.sim.Topics.ByARN(topic.ARN).Subscribe("sqs", "arn:aws:sqs:eu-central-1:111122223333:on-call")
		}
	})
	w.sim.Advance(costSettling)
	return w, nil
}

// passed counts what happens while act runs and span goes by.
func (w *costWorld) passed(ctx context.Context, span time.Duration, act func(context.Context)) (usage, error) {
	u := usage{span: span, invocations: map[string]int{}, calls: map[string]int{}, callsBy: map[string]int{}}
	w.sim.ResetCalls()
	w.log.Reset()
	outcomes, told, began := len(w.sim.Outcomes()), len(w.sim.Published()), w.sim.Now()
	if act != nil {
		act(ctx)
	}
	w.sim.Advance(began.Add(span).Sub(w.sim.Now()))
	functions := map[string]bool{}
	for _, f := range w.stack.Functions {
		functions[f.LogicalID] = true
	}
	for _, o := range w.sim.Outcomes()[outcomes:] {
		u.invocations[o.Function]++
		u.batches++
		u.sent += len(o.Messages)
	}
	for _, c := range w.sim.Calls() {
		if functions[c.Principal] && c.Attempt == 1 { // a retry is loopback's, not AWS's
			prefix, _, _ := strings.Cut(c.Action, ":") // CloudWatch signs by another name
			u.calls[prefix+":"+c.Operation]++
			u.callsBy[c.Principal]++
		}
	}
	u.events = w.put(began)
	u.messages = len(w.sim.Published()) - told
	u.logBytes, u.metrics = readLog(w.log.Bytes())
	var err error
	u.recordBytes, err = w.largestRecord(ctx)
	return u, err
}

// put counts the lifecycle events since a time.
func (w *costWorld) put(since time.Time) int {
	n := 0
	w.sim.Do(func(*network.World) {
		for _, b := range w.stack.Buses {
			for _, e := range w.sim.Buses.Bus(b.Name).Events() {
				var one lifecycle.Event
				if json.Unmarshal(e.Detail, &one) == nil && !one.Time.Before(since) {
					n++
				}
			}
		}
	})
	return n
}

// readLog counts bytes, and the custom metrics that had a value. What the SDK
// says of a retry is left out, as the retry is.
func readLog(log []byte) (size, metrics int) {
	names := map[string]bool{}
	for line := range bytes.Lines(log) {
		if bytes.Contains(line, []byte(`"msg":"the AWS SDK says"`)) {
			continue
		}
		size += len(line)
		var emf struct {
			AWS *struct {
				CloudWatchMetrics []struct {
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		if json.Unmarshal(line, &emf) != nil || emf.AWS == nil {
			continue
		}
		for _, d := range emf.AWS.CloudWatchMetrics {
			for _, m := range d.Metrics {
				for _, dimensions := range d.Dimensions {
					names[fmt.Sprint(m.Name, dimensions)] = true
				}
			}
		}
	}
	return size, len(names)
}

// largestRecord returns the size of the largest item of the table in bytes.
func (w *costWorld) largestRecord(ctx context.Context) (int, error) {
	id, secret := w.sim.Credentials(awssim.Admin)
	client := dynamodb.New(dynamodb.Options{Region: w.sim.Region(), BaseEndpoint: aws.String(w.sim.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	largest := 0
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(w.stack.Env(rehearse.DiagnoseFunction)["TABLE_NAME"])})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("reading the incident table: %w", err)
		}
		for _, item := range page.Items {
			largest = max(largest, itemSize(item))
		}
	}
	return largest, nil
}

// itemSize is close to what DynamoDB bills: names and values in UTF-8.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func itemSize(item map[string]types.AttributeValue) int {
	n := 0
	for name, value := range item {
		n += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			n += len(v.Value)
		case *types.AttributeValueMemberN:
			n += len(v.Value)
		case *types.AttributeValueMemberB:
			n += len(v.Value)
		default:
			n += 8
		}
	}
	return n
}

// breakPath closes the proxies' security group of the first key store, and has a workload
// meet the fault.
func (w *costWorld) breakPath(ctx context.Context) {
	ref := w.refs[0]
	w.sim.Do(func(world *network.World) { scenario.TargetGroupClosed(443)(world, ref) })
	id, secret := w.sim.Credentials(awssim.Workload)
	client := kms.New(kms.Options{Region: w.sim.Region(), BaseEndpoint: aws.String(w.sim.URL()), RetryMaxAttempts: 1, HTTPClient: boot.HTTPClient(nil),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	// It is meant to fail; that nothing came of it would show in the counts.
	_, _ = client.Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(ref.Workload.ID), Plaintext: []byte("plaintext")})
}
