package engine_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// code returns the code of an AWS error, and its message.
func code(t *testing.T, err error) (string, string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("got %v, want an error of the service", err)
	}
	return api.ErrorCode(), api.ErrorMessage()
}

func TestRequestsThatReachNoOperation(t *testing.T) {
	t.Parallel()
	type none struct{}
	b := serve(t, service(kmsService(), "ListKeys", func(none) {}, nil), service(ec2Service(), "DescribeVpcs", func(none) {}, nil),
		service(engine.Service{Name: "sqs", IAMPrefix: "sqs", Protocol: engine.JSON10, Targets: []string{"AmazonSQS."}}, "ListQueues", func(none) {}, nil))
	elsewhere := b.config("AKIAADMIN")
	elsewhere.Region = "us-east-1"
	calls := map[string]struct {
		call          func() error
		code, message string
	}{
		"an unknown operation of a JSON service is named": {func() error {
			_, err := kms.NewFromConfig(b.config("AKIAADMIN")).ListAliases(ctx(t), &kms.ListAliasesInput{})
			return err
		}, "UnknownOperationException", `"ListAliases" of kms`},
		"an unknown operation of a query service is named": {func() error {
			_, err := ec2.NewFromConfig(b.config("AKIAADMIN")).DescribeImages(ctx(t), &ec2.DescribeImagesInput{})
			return err
		}, "InvalidAction", `"DescribeImages" of ec2`},
		"an unknown access key of a JSON service": {func() error {
			_, err := kms.NewFromConfig(b.config("AKIANOBODY")).ListKeys(ctx(t), &kms.ListKeysInput{})
			return err
		}, "UnrecognizedClientException", "security token"},
		"an unknown access key of EC2": {func() error {
			_, err := ec2.NewFromConfig(b.config("AKIANOBODY")).DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{})
			return err
		}, "AuthFailure", "credentials"},
		"an unknown access key of SQS, by its query code": {func() error {
			_, err := sqs.NewFromConfig(b.config("AKIANOBODY")).ListQueues(ctx(t), &sqs.ListQueuesInput{})
			return err
		}, "InvalidClientTokenId", "security token"},
		"another Region, SQS by its query code": {func() error {
			_, err := sqs.NewFromConfig(elsewhere).ListQueues(ctx(t), &sqs.ListQueuesInput{})
			return err
		}, "SignatureDoesNotMatch", `for "us-east-1"; the simulator serves "eu-central-1"`},
		"another Region, JSON": {func() error {
			_, err := kms.NewFromConfig(elsewhere).ListKeys(ctx(t), &kms.ListKeysInput{})
			return err
		}, "InvalidSignatureException", `for "us-east-1"; the simulator serves "eu-central-1"`},
		"another Region, query": {func() error {
			_, err := ec2.NewFromConfig(elsewhere).DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{})
			return err
		}, "SignatureDoesNotMatch", `for "us-east-1"; the simulator serves "eu-central-1"`},
		"a service that is not served": {func() error {
			_, err := sns.NewFromConfig(b.config("AKIAADMIN")).ListTopics(ctx(t), &sns.ListTopicsInput{})
			return err
		}, "UnknownService", `"sns"`},
	}
	for name, tt := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gotCode, message := code(t, tt.call())
			if gotCode != tt.code || !strings.Contains(message, tt.message) {
				t.Errorf("got %s: %s; want %s: …%s…", gotCode, message, tt.code, tt.message)
			}
		})
	}
}

func TestAnUnsignedRequestIsRefused(t *testing.T) {
	t.Parallel()
	b := serve(t)
	for name, authorization := range map[string]string{"no signature": "", "a broken scope": "AWS4-HMAC-SHA256 Credential=AKIA/20260302/eu-central-1",
		"a scope of something else": "AWS4-HMAC-SHA256 Credential=AKIA/20260302/eu-central-1/kms/aws5_request"} {
		request, err := http.NewRequestWithContext(ctx(t), http.MethodPost, b.url, strings.NewReader("Action=X"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", authorization)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got status %d, want 403", name, response.StatusCode)
		}
		if calls := b.Calls(); calls[len(calls)-1].Err != "MissingAuthenticationToken" {
			t.Errorf("%s: the journal says %+v", name, calls[len(calls)-1])
		}
	}
}

func TestCloudTrailIsReachedByBothOfItsTargets(t *testing.T) {
	t.Parallel()
	s := &engine.Service{Name: "cloudtrail", IAMPrefix: "cloudtrail", Protocol: engine.JSON11,
		Targets:    []string{"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", "CloudTrail_20131101."},
		Operations: map[string]engine.Operation{"DescribeTrails": {Do: func(*engine.Call) (any, error) { return nil, nil }}}}
	b := serve(t, s)
	for _, target := range []string{"CloudTrail_20131101.DescribeTrails", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails"} {
		request, err := http.NewRequestWithContext(ctx(t), http.MethodPost, b.url, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAADMIN/20260302/eu-central-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=0")
		request.Header.Set("X-Amz-Target", target)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: got status %d", target, response.StatusCode)
		}
	}
}

func TestAParameterThatTheOperationDoesNotKnowIsNamed(t *testing.T) {
	t.Parallel()
	type none struct{}
	b := serve(t, service(ec2Service(), "DescribeVpcs", func(none) {}, nil), service(kmsService(), "ListKeys", func(none) {}, nil))
	_, err := ec2.NewFromConfig(b.config("AKIAADMIN")).DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-1"}})
	if got, message := code(t, err); got != "UnknownParameter" || !strings.Contains(message, "VpcId") {
		t.Errorf("EC2: got %s: %s", got, message)
	}
	b.SetIntercept(func(c *engine.Call) *engine.Fault {
		var all map[string]any
		if err := c.Bind(&all); err != nil {
			t.Error(err)
		}
		return nil // a hook that looks at everything makes nothing known
	})
	_, err = kms.NewFromConfig(b.config("AKIAADMIN")).ListKeys(ctx(t), &kms.ListKeysInput{Limit: aws.Int32(1)})
	if got, message := code(t, err); got != "ValidationException" || !strings.Contains(message, "Limit") {
		t.Errorf("KMS: got %s: %s", got, message)
	}
}

func TestAParameterIsKnownWhereOneOfSeveralBindsKnowsIt(t *testing.T) {
	t.Parallel()
	bind := func(c *engine.Call, v any) {
		if err := c.Bind(v); err != nil {
			t.Error(err)
		}
	}
	s := kmsService()
	s.Operations = map[string]engine.Operation{"Encrypt": {
		Resources: func(c *engine.Call) []engine.Resource {
			var in struct{ KeyId string }
			bind(c, &in)
			return []engine.Resource{{ARN: in.KeyId}}
		},
		Do: func(c *engine.Call) (any, error) {
			var in struct{ Plaintext []byte }
			bind(c, &in)
			return nil, nil
		}}}
	b := serve(t, &s)
	if _, err := kms.NewFromConfig(b.config("AKIAADMIN")).Encrypt(ctx(t), &kms.EncryptInput{KeyId: aws.String("k"), Plaintext: []byte("x")}); err != nil {
		t.Error(err)
	}
	if got := b.Calls()[0].Resources; len(got) != 1 || got[0] != "k" {
		t.Errorf("got resources %v, want the key", got)
	}
}

func TestAPanicInAnOperationIsAnAnswerAndLeavesTheLockFree(t *testing.T) {
	t.Parallel()
	s := kmsService()
	s.Operations = map[string]engine.Operation{
		"ListKeys":    {Do: func(*engine.Call) (any, error) { panic("a bug") }},
		"ListAliases": {Do: func(*engine.Call) (any, error) { return nil, errors.New("no AWS error") }}}
	b := serve(t, &s)
	client := kms.NewFromConfig(b.config("AKIAADMIN"))
	_, err := client.ListKeys(ctx(t), &kms.ListKeysInput{})
	if got, message := code(t, err); got != "InternalFailure" || !strings.Contains(message, "kms:ListKeys panicked: a bug") {
		t.Errorf("got %s: %s", got, message)
	}
	_, err = client.ListAliases(ctx(t), &kms.ListAliasesInput{})
	if got, message := code(t, err); got != "InternalFailure" || message != "no AWS error" {
		t.Errorf("got %s: %s", got, message)
	}
}
