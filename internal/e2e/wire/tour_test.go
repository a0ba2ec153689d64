//go:build e2e

package wire

import (
	"cmp"
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/boot"
)

// A tourist calls every operation that the simulator serves, rightly and with mistakes: what
// no scenario does, a person may.
type tourist struct {
	t     *testing.T
	ctx   context.Context
	sim   *awssim.Sim
	stack *awssim.Stack
	cfg   aws.Config

	ec2    *ec2.Client
	elb    *elbv2.Client
	kms    *kms.Client
	trail  *cloudtrail.Client
	alarms *cloudwatch.Client
	tables *dynamodb.Client
	queues *sqs.Client
	topics *sns.Client
	events *eventbridge.Client
	sts    *sts.Client
}

// settings are those of a principal of the simulator, whose calls r records.
func (r *recorder) settings(sim *awssim.Sim, id, secret string) aws.Config {
	cfg := aws.Config{Region: sim.Region(), BaseEndpoint: aws.String(sim.URL()), RetryMaxAttempts: 1, HTTPClient: boot.HTTPClient(nil),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")}
	r.configure(&cfg)
	return cfg
}

func newTourist(t *testing.T, sim *awssim.Sim, stack *awssim.Stack, cfg aws.Config) *tourist {
	return &tourist{t: t, ctx: t.Context(), sim: sim, stack: stack, cfg: cfg, ec2: ec2.NewFromConfig(cfg), elb: elbv2.NewFromConfig(cfg),
		kms: kms.NewFromConfig(cfg), trail: cloudtrail.NewFromConfig(cfg), alarms: cloudwatch.NewFromConfig(cfg), tables: dynamodb.NewFromConfig(cfg),
		queues: sqs.NewFromConfig(cfg), topics: sns.NewFromConfig(cfg), events: eventbridge.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg)}
}

// tour visits everything once the rehearsal of a healthy path is over.
func (r *recorder) tour(t *testing.T, sim *awssim.Sim, stack *awssim.Stack) {
	id, secret := sim.Credentials("tourist")
	g := newTourist(t, sim, stack, r.settings(sim, id, secret))
	sim.Do(func(w *network.World) { w.AddCloudHSMKeyStore("legacy-hsm") })
	g.seeKeys()
	g.seeNetwork()
	g.seeZones()
	g.seeBalancers()
	g.seeTrails()
	g.seeAlarms()
	g.seeTables()
	g.seeQueues()
	g.seeTopics()
	g.seeEvents()
	g.seeFunctions()
	g.mistakes()
	r.strangers(t, sim, stack)
}

// strangers call each protocol's services with an access key that nobody has, and for
// another Region.
func (r *recorder) strangers(t *testing.T, sim *awssim.Sim, stack *awssim.Stack) {
	nobody := r.settings(sim, "AKIANOBODYNOBODYNOBO", "secret")
	g := newTourist(t, sim, stack, nobody)
	g.want("UnrecognizedClientException")(g.kms.ListKeys(g.ctx, &kms.ListKeysInput{}))
	g.want("AuthFailure")(g.ec2.DescribeVpcs(g.ctx, &ec2.DescribeVpcsInput{}))
	g.want("InvalidClientTokenId")(g.elb.DescribeLoadBalancers(g.ctx, &elbv2.DescribeLoadBalancersInput{}))
	g.want("InvalidClientTokenId")(g.sts.GetCallerIdentity(g.ctx, &sts.GetCallerIdentityInput{}))
	g.want("UnrecognizedClientException")(g.tables.ListTables(g.ctx, &dynamodb.ListTablesInput{}))
	g.want("InvalidClientTokenId")(g.alarms.DescribeAlarms(g.ctx, &cloudwatch.DescribeAlarmsInput{}))
	g.want("InvalidClientTokenId")(g.queues.ListQueues(g.ctx, &sqs.ListQueuesInput{}))
	g.want("UnrecognizedClientException")(lambda.NewFromConfig(nobody).Invoke(g.ctx, &lambda.InvokeInput{FunctionName: text("any")}))
	id, secret := sim.Credentials("tourist")
	elsewhere := r.settings(sim, id, secret)
	elsewhere.Region = "us-west-2"
	g = newTourist(t, sim, stack, elsewhere)
	g.want("InvalidSignatureException")(g.kms.ListKeys(g.ctx, &kms.ListKeysInput{}))
	g.want("InvalidSignatureException")(lambda.NewFromConfig(elsewhere).Invoke(g.ctx, &lambda.InvokeInput{FunctionName: text("any")}))
	g.want("SignatureDoesNotMatch")(g.alarms.DescribeAlarms(g.ctx, &cloudwatch.DescribeAlarmsInput{}))
	g.want("SignatureDoesNotMatch")(g.topics.ListTopics(g.ctx, &sns.ListTopicsInput{}))
}

// anAnswer takes what any call of the SDK returns.
type anAnswer func(out any, err error)

// ok fails the test where a call is refused.
func (g *tourist) ok(_ any, err error) {
	g.t.Helper()
	if err != nil {
		g.t.Errorf("the tour: %v", err)
	}
}

// want fails the test where a call ends with another error code than this.
func (g *tourist) want(code string) anAnswer {
	return func(_ any, err error) {
		g.t.Helper()
		api, _ := errors.AsType[smithy.APIError](err)
		if api == nil || api.ErrorCode() != code {
			g.t.Errorf("the tour: got %v, want %s", cmp.Or(err, errors.New("no error")), code)
		}
	}
}
