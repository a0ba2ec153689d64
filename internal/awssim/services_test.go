package awssim_test

import (
	"slices"
	"testing"
)

func TestItTellsWhatItAnswers(t *testing.T) {
	t.Parallel()
	all := start(t).Operations()
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("the operations are not in order, or told twice: %v", all)
	}
	for _, want := range []string{"cloudtrail.LookupEvents", "dynamodb.PutItem", "ec2.DescribeVpcs", "elasticloadbalancing.SetSecurityGroups",
		"events.PutEvents", "kms.ConnectCustomKeyStore", "lambda.Invoke", "sns.Publish", "sqs.SendMessage", "sts.GetCallerIdentity"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not among %v", want, all)
		}
	}
}
