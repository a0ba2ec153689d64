package trail_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/trail"
)

// records is a history that a test writes.
type records []trail.Event

func (r records) Events() []trail.Event { return r }

const delay = time.Minute

func serve(t *testing.T, history records) (*network.World, *sdk.Client) {
	t.Helper()
	w := networktest.NewWorld()
	return w, sdk.NewFromConfig(networktest.Serve(t, w, trail.Service(w, history, delay)).Config)
}

func fails(t *testing.T, err error, code string) {
	t.Helper()
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestATrailIsDescribedWithItsStatusAndSelectors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, client := serve(t, nil)
	tr := w.AddTrail("management-events")
	out, err := client.DescribeTrails(ctx, &sdk.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil || len(out.TrailList) != 1 || *out.TrailList[0].TrailARN != tr.ARN || !*out.TrailList[0].IsMultiRegionTrail || *out.TrailList[0].HomeRegion != "eu-central-1" {
		t.Fatalf("described %+v, %v", out, err)
	}
	status, err := client.GetTrailStatus(ctx, &sdk.GetTrailStatusInput{Name: &tr.ARN})
	if err != nil || !*status.IsLogging {
		t.Errorf("its status is %+v, %v", status, err)
	}
	selectors, err := client.GetEventSelectors(ctx, &sdk.GetEventSelectorsInput{TrailName: &tr.ARN})
	if err != nil || len(selectors.EventSelectors) != 1 || !*selectors.EventSelectors[0].IncludeManagementEvents || selectors.EventSelectors[0].ReadWriteType != types.ReadWriteTypeAll {
		t.Errorf("its selectors are %+v, %v", selectors, err)
	}
	tr.Advanced = []network.AdvancedSelector{{Name: "m", Fields: []network.FieldSelector{{Field: "eventCategory", Equals: []string{"Management"}}, {Field: "eventSource", NotEquals: []string{"kms.amazonaws.com"}}}}}
	selectors, err = client.GetEventSelectors(ctx, &sdk.GetEventSelectorsInput{TrailName: &tr.Name})
	if err != nil || len(selectors.EventSelectors) != 0 || len(selectors.AdvancedEventSelectors) != 1 || selectors.AdvancedEventSelectors[0].FieldSelectors[1].NotEquals[0] != "kms.amazonaws.com" {
		t.Errorf("its advanced selectors are %+v, %v", selectors, err)
	}
	_, err = client.GetTrailStatus(ctx, &sdk.GetTrailStatusInput{Name: aws.String("none")})
	fails(t, err, "TrailNotFoundException")
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
func TestShadowTrailsAreShownWhereAskedForAndReadByARNAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, client := serve(t, nil)
	tr := w.AddTrail("elsewhere")
	tr.HomeRegion = "us-east-1"
	count := func(shadows bool) int {
		out, err := client.DescribeTrails(ctx, &sdk.DescribeTrailsInput{IncludeShadowTrails: &shadows})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.TrailList)
	}
	if with, without := count(true), count(false); with != 1 || without != 0 {
		t.Errorf("%d trails with shadows, %d without; want 1, 0", with, without)
	}
	_, err := client.GetTrailStatus(ctx, &sdk.GetTrailStatusInput{Name: &tr.Name})
	fails(t, err, "TrailNotFoundException")
	if _, err := client.GetTrailStatus(ctx, &sdk.GetTrailStatusInput{Name: &tr.ARN}); err != nil {
		t.Errorf("by ARN: %v", err)
	}
	tr.Organization = true
	_, err = client.GetEventSelectors(ctx, &sdk.GetEventSelectorsInput{TrailName: &tr.ARN})
	fails(t, err, "NotOrganizationMasterAccountException")
}

// event is a record of minute n by a user, about a security group.
func event(n int, name, user, group string) trail.Event {
	return trail.Event{Time: networktest.Start.Add(time.Duration(n) * time.Minute), Record: fmt.Appendf(nil,
		`{"eventID":"e-%d","eventName":%q,"eventSource":"ec2.amazonaws.com","readOnly":false,"requestParameters":{"groupId":%q,"ipPermissions":{"items":[]}},
		 "userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Deploy/%s","accessKeyId":"AKIA%s"}}`, n, name, group, user, user)}
}

func TestLookupEventsFindsWhoDidIt(t *testing.T) {
	t.Parallel()
	history := records{
		event(0, "RevokeSecurityGroupIngress", "alice", "sg-1"),
		event(1, "AuthorizeSecurityGroupIngress", "bob", "sg-1"),
		event(2, "RevokeSecurityGroupIngress", "alice", "sg-2"),
		event(9, "RevokeSecurityGroupIngress", "carol", "sg-1"),
		event(10, "RevokeSecurityGroupIngress", "dave", "sg-1"), // a minute must pass before it is found
	}
	tests := map[string]struct {
		key, value string
		from       int // minute
		want       string
	}{
		"by name, newest first":   {key: "EventName", value: "RevokeSecurityGroupIngress", want: "e-9 e-2 e-0 "},
		"by resource":             {key: "ResourceName", value: "sg-1", want: "e-9 e-1 e-0 "},
		"by the session's name":   {key: "Username", value: "bob", want: "e-1 "},
		"by access key":           {key: "AccessKeyId", value: "AKIAcarol", want: "e-9 "},
		"by ID":                   {key: "EventId", value: "e-2", want: "e-2 "},
		"by source":               {key: "EventSource", value: "kms.amazonaws.com", want: ""},
		"writes":                  {key: "ReadOnly", value: "false", want: "e-9 e-2 e-1 e-0 "},
		"by type":                 {key: "ResourceType", value: "AWS::EC2::SecurityGroup", want: "e-9 e-2 e-1 e-0 "},
		"from a time on":          {from: 2, want: "e-9 e-2 "},
		"all that are found yet ": {want: "e-9 e-2 e-1 e-0 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, client := serve(t, history)
			networktest.Advance(w, 10*time.Minute)
			in := &sdk.LookupEventsInput{}
			if tt.key != "" {
				in.LookupAttributes = []types.LookupAttribute{{AttributeKey: types.LookupAttributeKey(tt.key), AttributeValue: &tt.value}}
			}
			if tt.from > 0 {
				in.StartTime = aws.Time(networktest.Start.Add(time.Duration(tt.from) * time.Minute))
			}
			got := ""
			for p := sdk.NewLookupEventsPaginator(client, in); p.HasMorePages(); {
				out, err := p.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range out.Events {
					got += *e.EventId + " "
				}
			}
			if got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLookupEventsTakesOneAttribute(t *testing.T) {
	t.Parallel()
	_, client := serve(t, nil)
	at := types.LookupAttribute{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String("Decrypt")}
	_, err := client.LookupEvents(context.Background(), &sdk.LookupEventsInput{LookupAttributes: []types.LookupAttribute{at, at}})
	fails(t, err, "InvalidLookupAttributesException")
	_, err = client.LookupEvents(context.Background(), &sdk.LookupEventsInput{MaxResults: aws.Int32(51)})
	fails(t, err, "InvalidMaxResultsException")
}
