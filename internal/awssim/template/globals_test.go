package template_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html#sam-specification-template-anatomy-globals-overridable
func TestGlobalsAreLaidUnderAFunction(t *testing.T) {
	t.Parallel()
	stack, err := template.Read([]byte(`
Transform: AWS::Serverless-2016-10-31
Conditions: {Never: !Equals [a, b]}
Globals:
  Function:
    MemorySize: 512
    Handler: global
    Architectures: [arm64]
    Environment: {Variables: {A: global, B: global}}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: f
      Handler: own
      Architectures: [x86_64]
      Environment: {Variables: {B: own, C: own}}
  Odd:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: f
      Environment: !If [Never, {Variables: {}}, {Variables: {D: own}}]
`), options(nil))
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		handler       string
		memory        int
		architectures []string
		environment   map[string]string
	}
	want := map[string]seen{
		"Work": {"own", 512, []string{"arm64", "x86_64"}, map[string]string{"A": "global", "B": "own", "C": "own"}},
		"Odd":  {"global", 512, []string{"arm64"}, map[string]string{"D": "own"}}, // a call is not merged into
	}
	got := make(map[string]seen)
	for _, f := range stack.Functions {
		got[f.LogicalID] = seen{f.Handler, f.MemoryMB, f.Architectures, f.Environment}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPolicyMayBeWrittenAsJSONText(t *testing.T) {
	t.Parallel()
	stack, err := template.Read([]byte(`
Transform: AWS::Serverless-2016-10-31
Parameters: {Tag: {Type: String, Default: opt}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies:
        - PolicyName: p
          PolicyDocument: !Sub |
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
              "Condition": {"StringEquals": {"aws:ResourceTag/${Tag}": "in"}}}]}
`), options(map[string]string{"Tag": "remedy"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := stack.Roles[0].Policies[0].Statements[0].Conditions[0].Key; got != "aws:ResourceTag/remedy" {
		t.Errorf("got the condition key %s", got)
	}
}
