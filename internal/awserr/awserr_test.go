package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
)

// meaning is what an error is judged to be.
type meaning struct{ denied, throttled, absent, passing, lost, condition bool }

func judge(err error) meaning {
	return meaning{
		denied: awserr.IsDenied(err), throttled: awserr.IsThrottled(err), absent: awserr.IsAbsent(err),
		passing: awserr.IsPassing(err), lost: awserr.LostAnswer(err), condition: awserr.IsConditionFailed(err),
	}
}

func code(c string) error {
	return &smithy.OperationError{ServiceID: "EC2", OperationName: "DescribeVpcs", Err: &smithy.GenericAPIError{Code: c, Message: "a sentence"}}
}

func cancelled(codes ...string) error {
	t := &types.TransactionCanceledException{}
	for _, c := range codes {
		t.CancellationReasons = append(t.CancellationReasons, types.CancellationReason{Code: &c})
	}
	return fmt.Errorf("saving the record: %w", t)
}

func TestMeaningOfCodes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want meaning
	}{
		"no error":                                 {nil, meaning{}},
		"an error that is not of AWS":              {errors.New("disk full"), meaning{}},
		"KMS refuses":                              {code("AccessDeniedException"), meaning{denied: true}},
		"a query service refuses":                  {code("AccessDenied"), meaning{denied: true}},
		"EC2 refuses":                              {code("UnauthorizedOperation"), meaning{denied: true}},
		"EC2 refuses, as its guide spells it":      {code("Client.UnauthorizedOperation"), meaning{denied: true}},
		"SNS refuses":                              {code("AuthorizationError"), meaning{denied: true}},
		"a refusal, with its action named":         {awserr.WithAction(code("AccessDenied"), "sns:Publish", ""), meaning{denied: true}},
		"EC2 throttles":                            {code("RequestLimitExceeded"), meaning{throttled: true, passing: true}},
		"ELB throttles":                            {code("Throttling"), meaning{throttled: true, passing: true}},
		"KMS throttles":                            {code("ThrottlingException"), meaning{throttled: true, passing: true}},
		"ten key stores are there already":         {code("LimitExceededException"), meaning{}},
		"KMS fails":                                {code("KMSInternalException"), meaning{passing: true}},
		"KMS waits too long for a dependency":      {code("DependencyTimeoutException"), meaning{passing: true}},
		"the key's key store cannot be reached":    {code("KMSInvalidStateException"), meaning{}},
		"a key store in the wrong state":           {code("CustomKeyStoreInvalidStateException"), meaning{}},
		"no such key store":                        {code("CustomKeyStoreNotFoundException"), meaning{absent: true}},
		"no such key":                              {code("NotFoundException"), meaning{absent: true}},
		"no such endpoint service, by ID":          {code("InvalidVpcEndpointServiceId.NotFound"), meaning{absent: true}},
		"no such endpoint service, the other code": {code("InvalidVpcEndpointService.NotFound"), meaning{absent: true}},
		"no such endpoint service, by name":        {code("InvalidServiceName"), meaning{absent: true}},
		"no such security group":                   {code("InvalidGroup.NotFound"), meaning{absent: true}},
		"no such load balancer":                    {code("LoadBalancerNotFound"), meaning{absent: true}},
		"no such target group":                     {code("TargetGroupNotFound"), meaning{absent: true}},
		"no such trail":                            {code("TrailNotFoundException"), meaning{absent: true}},
		"no such topic":                            {code("NotFound"), meaning{absent: true}},
		"no such queue":                            {code("AWS.SimpleQueueService.NonExistentQueue"), meaning{absent: true}},
		"no such table":                            {code("ResourceNotFoundException"), meaning{absent: true}},
		"a malformed ID is not an absent thing":    {code("InvalidGroupId.Malformed"), meaning{}},
		"the rule is there already":                {code("InvalidPermission.Duplicate"), meaning{}},
		"a conditional write was too late":         {code("ConditionalCheckFailedException"), meaning{condition: true}},
		"a transaction was too late":               {cancelled("None", "ConditionalCheckFailed"), meaning{condition: true}},
		"a transaction met another":                {cancelled("None", "TransactionConflict"), meaning{passing: true}},
		"a transaction met another, too late":      {cancelled("TransactionConflict", "ConditionalCheckFailed"), meaning{condition: true}},
		"a transaction with a bad item":            {cancelled("ValidationError"), meaning{}},
		"a deadline of ours":                       {fmt.Errorf("describing: %w", context.DeadlineExceeded), meaning{passing: true, lost: true}},
		"we were told to stop":                     {fmt.Errorf("describing: %w", context.Canceled), meaning{passing: true, lost: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := judge(tt.err); got != tt.want {
				t.Errorf("%v: got %+v, want %+v", tt.err, got, tt.want)
			}
		})
	}
}

// client returns a real KMS client that talks to url, with no second try.
func client(url string) *kms.Client {
	return kms.New(kms.Options{
		Region: "eu-central-1", BaseEndpoint: &url, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
	})
}

// TestMeaningOfAnswers judges what the real client makes of each kind of answer.
func TestMeaningOfAnswers(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		code   string
		want   meaning
	}{
		"a modelled error": {
			answer(400, `{"__type":"CustomKeyStoreInvalidStateException","message":"no"}`),
			"CustomKeyStoreInvalidStateException", meaning{},
		},
		"a refusal": {
			answer(400, `{"__type":"AccessDeniedException","message":"User is not authorized"}`),
			"AccessDeniedException", meaning{denied: true},
		},
		"AWS's own failure": {
			answer(500, `{"__type":"KMSInternalException","message":"try again"}`),
			"KMSInternalException", meaning{passing: true},
		},
		"a failure of AWS's with a code of its own": {
			answer(500, `{"__type":"SomethingNewException","message":"oh"}`),
			"SomethingNewException", meaning{passing: true},
		},
		"a refusal with a code of its own": {
			answer(400, `{"__type":"SomethingNewException","message":"no"}`),
			"SomethingNewException", meaning{},
		},
		"a gateway's page": {
			answer(503, `<html>busy</html>`), "", meaning{passing: true, lost: true},
		},
		"too many requests, without a code": {
			answer(429, ``), "", meaning{throttled: true, passing: true, lost: true},
		},
		"success that cannot be read": {
			answer(200, `{"KeyId`), "", meaning{passing: true, lost: true},
		},
		"the connection breaks before the answer": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"", meaning{passing: true, lost: true},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tt.answer)
			defer server.Close()
			_, err := client(server.URL).DescribeCustomKeyStores(t.Context(), &kms.DescribeCustomKeyStoresInput{})
			if got := judge(err); got != tt.want || awserr.Code(err) != tt.code {
				t.Errorf("%v: got %q %+v, want %q %+v", err, awserr.Code(err), got, tt.code, tt.want)
			}
		})
	}
}

func TestARequestThatNeverLeftIsNotLost(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	_ = listener.Close()
	in := &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: new("cks-1")}

	_, err = client(url).ConnectCustomKeyStore(t.Context(), in)
	if want := (meaning{passing: true}); judge(err) != want {
		t.Errorf("no listener: %v: got %+v, want %+v", err, judge(err), want)
	}

	_, err = client(url).ConnectCustomKeyStore(t.Context(), &kms.ConnectCustomKeyStoreInput{})
	if want := (meaning{}); judge(err) != want {
		t.Errorf("bad input: %v: got %+v, want %+v", err, judge(err), want)
	}
}

// The first try gets through and its answer is lost; the second finds nobody. Only the second
// is told, and yet the call may have been done.
func TestALostAnswerIsNotForgottenByASecondTry(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		_ = server.Listener.Close()
		panic(http.ErrAbortHandler)
	})
	server.Start()
	defer server.Close()
	twice := retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.Backoff = 2, retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
	_, err := client(server.URL).ConnectCustomKeyStore(t.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: new("cks-1")},
		func(o *kms.Options) { o.Retryer = twice })
	if op, ok := errors.AsType[*net.OpError](err); !ok || op.Op != "dial" {
		t.Fatalf("got %v, want a connection that was refused", err)
	}
	if want := (meaning{passing: true, lost: true}); judge(err) != want {
		t.Errorf("%v: got %+v, want %+v", err, judge(err), want)
	}
}

func TestADeadlineWhileAWSThinksIsATimeoutAndLost(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := client(server.URL).ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: new("cks-1")})
	if want := (meaning{passing: true, lost: true}); judge(err) != want || !awserr.IsTimeout(err) {
		t.Errorf("%v: got %+v, timeout %v; want %+v and a timeout", err, judge(err), awserr.IsTimeout(err), want)
	}
}

func TestDeniedNamesTheActionOnce(t *testing.T) {
	t.Parallel()
	err := awserr.WithAction(code("UnauthorizedOperation"), "ec2:DescribeVpcs", "vpc-1")
	err = awserr.WithAction(fmt.Errorf("reading: %w", err), "ec2:Other", "")
	denied, ok := errors.AsType[*awserr.Denied](err)
	if !ok || denied.Action != "ec2:DescribeVpcs" || denied.On != "vpc-1" {
		t.Errorf("got %+v, want ec2:DescribeVpcs on vpc-1", denied)
	}
	if got := awserr.Message(err); got != "a sentence" {
		t.Errorf("message: got %q, want AWS's own", got)
	}
	other := code("InvalidGroup.NotFound")
	if got := awserr.WithAction(other, "ec2:DescribeVpcs", ""); got != other {
		t.Errorf("got %v, want the error unchanged", got)
	}
	if awserr.WithAction(nil, "ec2:DescribeVpcs", "") != nil {
		t.Error("no error became one")
	}
}
