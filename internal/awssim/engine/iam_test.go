package engine_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

func mustParse(t *testing.T, document string) engine.Policy {
	t.Helper()
	p, err := engine.ParsePolicy("p", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func statement(body string) string {
	return `{"Version":"2012-10-17","Statement":[{` + body + `}]}`
}

// asks is a request for sns:Publish on a topic with a tag.
func asks(edit func(*engine.Request)) engine.Request {
	r := engine.Request{Action: "sns:Publish", Resource: "arn:aws:sns:eu-central-1:111122223333:pages",
		Tags: map[string]string{"Opt": "in"}, Context: map[string]string{"aws:RequestedRegion": "eu-central-1"}}
	if edit != nil {
		edit(&r)
	}
	return r
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	allow := func(rest string) string {
		return statement(`"Effect":"Allow","Action":"sns:Publish","Resource":"*"` + rest)
	}
	condition := func(operator, key, value string) string {
		return allow(`,"Condition":{"` + operator + `":{"` + key + `":` + value + `}}`)
	}
	tests := map[string]struct {
		document string
		edit     func(*engine.Request)
		want     engine.Effect
	}{
		"the action by name":                              {allow(``), nil, engine.Allow},
		"the action in another case":                      {statement(`"Effect":"Allow","Action":"SNS:publish","Resource":"*"`), nil, engine.Allow},
		"another action":                                  {statement(`"Effect":"Allow","Action":"sns:Subscribe","Resource":"*"`), nil, engine.Silent},
		"the action by wildcard":                          {statement(`"Effect":"Allow","Action":["sns:P*"],"Resource":"*"`), nil, engine.Allow},
		"a wildcard of one letter":                        {statement(`"Effect":"Allow","Action":"sns:Publis?","Resource":"*"`), nil, engine.Allow},
		"a wildcard that falls short":                     {statement(`"Effect":"Allow","Action":"sns:Publish?","Resource":"*"`), nil, engine.Silent},
		"not the action":                                  {statement(`"Effect":"Allow","NotAction":"sns:Publish","Resource":"*"`), nil, engine.Silent},
		"all but another action":                          {statement(`"Effect":"Allow","NotAction":"sns:Subscribe","Resource":"*"`), nil, engine.Allow},
		"the resource by name":                            {statement(`"Effect":"Allow","Action":"*","Resource":["arn:aws:sns:eu-central-1:111122223333:pages"]`), nil, engine.Allow},
		"the resource in another case":                    {statement(`"Effect":"Allow","Action":"*","Resource":"arn:aws:sns:eu-central-1:111122223333:Pages"`), nil, engine.Silent},
		"all but the resource":                            {statement(`"Effect":"Allow","Action":"*","NotResource":"arn:aws:sns:*:pages"`), nil, engine.Silent},
		"all but another resource":                        {statement(`"Effect":"Allow","Action":"*","NotResource":"arn:aws:sns:*:chat"`), nil, engine.Allow},
		"an action without resource needs a star":         {statement(`"Effect":"Allow","Action":"*","Resource":"arn:aws:sns:*"`), func(r *engine.Request) { r.Resource = "*" }, engine.Silent},
		"a deny wins over an earlier allow":               {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sns:*","Resource":"*"}]}`, nil, engine.Deny},
		"a deny wins over a later allow":                  {`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sns:*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}`, nil, engine.Deny},
		"a deny under a condition that does not hold":     {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}}]}`, nil, engine.Allow},
		"a tag that equals":                               {condition("StringEquals", "aws:ResourceTag/Opt", `"in"`), nil, engine.Allow},
		"a tag of the service's own key":                  {condition("StringEquals", "ec2:ResourceTag/Opt", `"in"`), nil, engine.Allow},
		"a tag of the load balancer's key":                {condition("StringEquals", "elasticloadbalancing:ResourceTag/Opt", `["out","in"]`), nil, engine.Allow},
		"a tag that differs":                              {condition("StringEquals", "aws:ResourceTag/Opt", `"out"`), nil, engine.Silent},
		"a tag that is absent":                            {condition("StringEquals", "aws:ResourceTag/Opt", `"in"`), func(r *engine.Request) { r.Tags = nil }, engine.Silent},
		"an absent tag may pass where it is optional":     {condition("StringEqualsIfExists", "aws:ResourceTag/Opt", `"in"`), func(r *engine.Request) { r.Tags = nil }, engine.Allow},
		"an optional tag that differs":                    {condition("StringEqualsIfExists", "aws:ResourceTag/Opt", `"out"`), nil, engine.Silent},
		"a negation holds where the key is absent":        {condition("StringNotEquals", "aws:ResourceTag/Opt", `"in"`), func(r *engine.Request) { r.Tags = nil }, engine.Allow},
		"a negation of what is there":                     {condition("StringNotEquals", "aws:ResourceTag/Opt", `["in","out"]`), nil, engine.Silent},
		"a likeness":                                      {condition("StringLike", "aws:RequestedRegion", `"eu-*"`), nil, engine.Allow},
		"equality knows no wildcard":                      {condition("StringEquals", "aws:RequestedRegion", `"eu-*"`), nil, engine.Silent},
		"any value of a set":                              {condition("ForAnyValue:StringEquals", "aws:RequestedRegion", `["eu-central-1"]`), nil, engine.Allow},
		"any value of nothing":                            {condition("ForAnyValue:StringEquals", "aws:Other", `["x"]`), nil, engine.Silent},
		"all values of nothing":                           {condition("ForAllValues:StringEquals", "aws:Other", `["x"]`), nil, engine.Allow},
		"all values of a set":                             {condition("ForAllValues:StringEquals", "aws:RequestedRegion", `["us-east-1"]`), nil, engine.Silent},
		"an ARN that is alike":                            {condition("ArnLike", "aws:SourceArn", `"arn:aws:events:*:111122223333:rule/*"`), source("arn:aws:events:eu-central-1:111122223333:rule/bus/r"), engine.Allow},
		"a star does not reach over a colon of an ARN":    {condition("ArnEquals", "aws:SourceArn", `"arn:aws:*:rule/r"`), source("arn:aws:events:eu-central-1:111122223333:rule/r"), engine.Silent},
		"a star alone is every ARN":                       {condition("ArnLike", "aws:SourceArn", `"*"`), source("arn:aws:events:eu-central-1:111122223333:rule/r"), engine.Allow},
		"a source ARN that is absent":                     {condition("ArnEquals", "aws:SourceArn", `"*"`), nil, engine.Silent},
		"a boolean":                                       {condition("Bool", "aws:SecureTransport", `true`), func(r *engine.Request) { r.Context["aws:SecureTransport"] = "true" }, engine.Allow},
		"a boolean that differs":                          {condition("Bool", "aws:SecureTransport", `false`), func(r *engine.Request) { r.Context["aws:SecureTransport"] = "true" }, engine.Silent},
		"null is true of an absent key":                   {condition("Null", "aws:Other", `"true"`), nil, engine.Allow},
		"null is false of a key that is there":            {condition("Null", "aws:RequestedRegion", `"true"`), nil, engine.Silent},
		"not null of a key that is there":                 {condition("Null", "aws:RequestedRegion", `"false"`), nil, engine.Allow},
		"names of keys have no case":                      {condition("StringEquals", "AWS:requestedregion", `"eu-central-1"`), nil, engine.Allow},
		"every condition must hold":                       {allow(`,"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1","aws:ResourceTag/Opt":"out"}}`), nil, engine.Silent},
		"a principal that is the service":                 {allow(`,"Principal":{"Service":"events.amazonaws.com"}`), func(r *engine.Request) { r.Service = "events.amazonaws.com" }, engine.Allow},
		"a principal that is another service":             {allow(`,"Principal":{"Service":"s3.amazonaws.com"}`), func(r *engine.Request) { r.Service = "events.amazonaws.com" }, engine.Silent},
		"a principal that is the account":                 {allow(`,"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`), func(r *engine.Request) { r.AWS = "arn:aws:iam::111122223333:role/r" }, engine.Allow},
		"a principal of another account":                  {allow(`,"Principal":{"AWS":"444455556666"}`), func(r *engine.Request) { r.AWS = "arn:aws:iam::111122223333:role/r" }, engine.Silent},
		"everybody":                                       {allow(`,"Principal":"*"`), func(r *engine.Request) { r.Service = "s3.amazonaws.com" }, engine.Allow},
		"a service is not among AWS principals by a star": {allow(`,"Principal":{"AWS":"444455556666"}`), func(r *engine.Request) { r.Service = "s3.amazonaws.com" }, engine.Silent},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := engine.Evaluate([]engine.Policy{mustParse(t, tt.document)}, asks(tt.edit))
			if got != tt.want {
				t.Errorf("got %d, want %d, for %s", got, tt.want, tt.document)
			}
		})
	}
}

func source(arn string) func(*engine.Request) {
	return func(r *engine.Request) { r.Context["aws:SourceArn"] = arn }
}

func TestAGrantIsOnlyUsedWhereItDecides(t *testing.T) {
	t.Parallel()
	policies := []engine.Policy{mustParse(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"First","Effect":"Allow","Action":"sns:*","Resource":"*"},
		{"Sid":"Never","Effect":"Deny","Action":"sns:Publish","Resource":"*"},
		{"Sid":"Last","Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}`)}
	_, used := engine.Evaluate(policies, asks(nil))
	if diff := cmp.Diff([]engine.Grant{{Policy: "p", Statement: "Never", Action: "sns:Publish"}}, used); diff != "" {
		t.Errorf("of a refused call (-want +got):\n%s", diff)
	}
	_, used = engine.Evaluate(policies, asks(func(r *engine.Request) { r.Action = "sns:Subscribe" }))
	if diff := cmp.Diff([]engine.Grant{{Policy: "p", Statement: "First", Action: "sns:*"}}, used); diff != "" {
		t.Errorf("of an allowed call (-want +got):\n%s", diff)
	}
}

func TestPoliciesThatAreNotUnderstoodAreRefusedByName(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ document, says string }{
		"an operator":               {statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"a":"1"}}`), `operator "NumericLessThan"`},
		"a qualifier":               {statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForSome:StringEquals":{"a":"1"}}`), `operator "ForSome:StringEquals"`},
		"an operator on null":       {statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}`), `operator "NullIfExists"`},
		"an element":                {statement(`"Effect":"Allow","Action":"*","Resource":"*","Until":"tomorrow"`), `"Until"`},
		"an effect":                 {statement(`"Effect":"Maybe","Action":"*","Resource":"*"`), `Effect "Maybe"`},
		"a version":                 {`{"Version":"2026-01-01","Statement":[]}`, `Version "2026-01-01"`},
		"no action":                 {statement(`"Effect":"Allow","Resource":"*"`), `Action`},
		"both kinds of action":      {statement(`"Effect":"Allow","Action":"*","NotAction":"a:b","Resource":"*"`), `Action`},
		"both kinds of resource":    {statement(`"Effect":"Allow","Action":"*","NotResource":"a","Resource":"*"`), `Resource`},
		"a variable in a resource":  {statement(`"Effect":"Allow","Action":"*","Resource":"arn:${aws:username}"`), `${aws:username}`},
		"a variable in a condition": {statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"${b}"}}`), `${b}`},
		"a principal excluded":      {statement(`"Effect":"Allow","Action":"*","Resource":"*","NotPrincipal":"*"`), `NotPrincipal`},
		"a kind of principal":       {statement(`"Effect":"Allow","Action":"*","Resource":"*","Principal":{"Federated":"x"}`), `Federated`},
		"no JSON":                   {`{`, `policy "p"`},
	} {
		if _, err := engine.ParsePolicy("p", []byte(tt.document)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want an error that says %s", name, err, tt.says)
		}
	}
}

func TestARefusedCallIsSaidInTheServicesOwnWords(t *testing.T) {
	t.Parallel()
	type none struct{}
	ran := false
	kmsFake := service(kmsService(), "ConnectCustomKeyStore", func(struct{ CustomKeyStoreId string }) { ran = true }, nil)
	ec2Fake := service(ec2Service(), "DescribeVpcs", func(none) { ran = true }, nil)
	snsFake := service(engine.Service{Name: "sns", IAMPrefix: "sns", Protocol: engine.AWSQuery, Version: "2010-03-31"}, "ListTopics", func(none) { ran = true }, nil)
	b := serve(t, kmsFake, ec2Fake, snsFake)
	const arn = "arn:aws:sts::111122223333:assumed-role/Remediate/session"
	b.iam.Add(engine.Principal{Name: "RemediateRole", ARN: arn, KeyID: "AKIAROLE"})
	config := b.config("AKIAROLE")

	_, err := kms.NewFromConfig(config).ConnectCustomKeyStore(ctx(t), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: aws.String("cks-1")})
	const sentence = "User: " + arn + " is not authorized to perform: kms:ConnectCustomKeyStore on resource: * because no identity-based policy allows the kms:ConnectCustomKeyStore action"
	if got, message := code(t, err); got != "AccessDeniedException" || message != sentence {
		t.Errorf("KMS: got %s: %s", got, message)
	}
	_, err = ec2.NewFromConfig(config).DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{})
	if got, message := code(t, err); got != "UnauthorizedOperation" || !strings.Contains(message, "ec2:DescribeVpcs") {
		t.Errorf("EC2: got %s: %s", got, message)
	}
	_, err = sns.NewFromConfig(config).ListTopics(ctx(t), &sns.ListTopicsInput{})
	if got, _ := code(t, err); got != "AuthorizationError" {
		t.Errorf("SNS: got %s", got)
	}
	if ran {
		t.Error("a refused operation ran")
	}
	if diff := cmp.Diff([]string{"kms:ConnectCustomKeyStore AccessDeniedException", "ec2:DescribeVpcs UnauthorizedOperation", "sns:ListTopics AuthorizationError"}, b.observed); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

func TestGrantsThatWereUsedAreToldFromThoseThatWereNot(t *testing.T) {
	t.Parallel()
	iam := engine.NewIAM(region, account)
	p := engine.Principal{Name: "role", ARN: "arn:aws:sts::111122223333:assumed-role/R/s", RoleARN: "arn:aws:iam::111122223333:role/R", KeyID: "AKIA1"}
	iam.Add(p, mustParse(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Read","Effect":"Allow","Action":["kms:Describe*","kms:ListKeys"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}},
		{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*"},
		{"Sid":"Never","Effect":"Deny","Action":"kms:Delete*","Resource":"*"}]}`))
	s := kmsService()
	call := engine.NewCall(&s, "DescribeKey", p, start, "id", nil)
	if err := iam.Authorize(call, "kms:DescribeKey", []engine.Resource{{ARN: "*"}}); err != nil {
		t.Fatal(err)
	}
	read := func(action string) engine.Grant {
		return engine.Grant{Principal: "role", Policy: "p", Statement: "Read", Action: action}
	}
	second := engine.Grant{Principal: "role", Policy: "p", Statement: "#2", Action: "ec2:CreateTags"}
	if diff := cmp.Diff([]engine.Grant{second, read("kms:Describe*"), read("kms:ListKeys")}, iam.Granted("role")); diff != "" {
		t.Errorf("granted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]engine.Grant{read("kms:Describe*")}, iam.Used("role")); diff != "" {
		t.Errorf("used (-want +got):\n%s", diff)
	}
	if err := iam.Authorize(call, "kms:ListKeys", []engine.Resource{{ARN: "*"}, {ARN: "arn:sgr", Action: "ec2:CreateTags"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(iam.Granted("role"), iam.Used("role")); diff != "" {
		t.Errorf("used after the other calls (-want +got):\n%s", diff)
	}
}

func TestEveryResourceOfACallNeedsAGrant(t *testing.T) {
	t.Parallel()
	iam := engine.NewIAM(region, account)
	p := engine.Principal{Name: "role", ARN: "arn:role", KeyID: "AKIA1"}
	iam.Add(p, mustParse(t, statement(`"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"arn:table/a"`)))
	s := engine.Service{Name: "dynamodb", Protocol: engine.JSON10}
	call := engine.NewCall(&s, "TransactWriteItems", p, start, "id", nil)
	if err := iam.Authorize(call, "dynamodb:PutItem", []engine.Resource{{ARN: "arn:table/a"}}); err != nil {
		t.Errorf("one resource: %v", err)
	}
	err := iam.Authorize(call, "dynamodb:PutItem", []engine.Resource{{ARN: "arn:table/a"}, {ARN: "arn:table/b"}})
	if err == nil || !strings.Contains(err.Message, "on resource: arn:table/b") {
		t.Errorf("two resources: got %v, want the second refused", err)
	}
}

func TestADenyAtRunTimeHoldsUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	type none struct{}
	b := serve(t, service(ec2Service(), "DescribeVpcs", func(none) {}, nil))
	client := ec2.NewFromConfig(b.config("AKIAADMIN"))
	if !b.iam.Deny("admin", "ec2:Describe*") || b.iam.Deny("nobody", "*") {
		t.Error("Deny does not tell who is known")
	}
	_, err := client.DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{})
	if got, message := code(t, err); got != "UnauthorizedOperation" || !strings.Contains(message, "with an explicit deny") {
		t.Errorf("got %s: %s", got, message)
	}
	b.iam.Restore("admin", "ec2:Describe*")
	if _, err := client.DescribeVpcs(ctx(t), &ec2.DescribeVpcsInput{}); err != nil {
		t.Errorf("after Restore: %v", err)
	}
}
