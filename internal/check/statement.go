package check

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Statement is the IAM policy statement that grants the reads of gaps which were refused, one
// for each resource, as they are typed into the list of a policy's statements: JSON objects
// without a Sid, separated by ", ". It is empty where nothing was refused.
func Statement(gaps ...path.Gap) string {
	actions := map[string][]string{}
	for _, g := range gaps {
		if g.Cause == path.AccessDenied && g.Action != "" {
			on := resource(g)
			actions[on] = append(actions[on], g.Action)
		}
	}
	var all []string
	for on, of := range actions {
		slices.Sort(of)
		all = append(all, statementOn(on, slices.Compact(of)...))
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(a, b) })
	return strings.Join(all, ", ")
}

// statement is the IAM statement that grants an action on everything.
func statement(action string) string { return statementOn("*", action) }

func statementOn(resource string, actions ...string) string {
	var action any = actions
	if len(actions) == 1 {
		action = actions[0]
	}
	body, err := json.Marshal(struct{ Effect, Action, Resource any }{"Allow", action, resource})
	if err != nil {
		panic("bug: a statement that does not marshal: " + err.Error())
	}
	return string(body)
}

// resource is what a statement for a refused read names: what was to be read, where IAM knows
// a resource for the action and its ARN is known, else everything.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func resource(g path.Gap) string {
	switch g.Action {
	case "ec2:DescribeVpcEndpointServicePermissions", "ec2:DescribeVpcAttribute", "ec2:GetManagedPrefixListEntries",
		"cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors",
		"kms:DescribeKey", "kms:Encrypt", "lambda:InvokeFunction", "sts:AssumeRole",
		"route53:GetHostedZone", "route53:ListResourceRecordSets":
		if strings.HasPrefix(string(g.On), "arn:") {
			return string(g.On)
		}
	}
	return "*"
}
