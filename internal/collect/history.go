package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// historyPages bounds one lookup: AWS allows two pages of fifty events a second.
const historyPages = 4

// History returns who called any of operations on a resource after a time, oldest first, as
// far as CloudTrail's event history knows by now; a call shows there minutes later. Resource is
// an ID, or an ARN that ends in one; a key store's ID (cks-…) is looked for in the requests,
// since key stores are no resources to CloudTrail. A refused read is an *awserr.Denied.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
func (r *Reader) History(ctx context.Context, resource string, since time.Time, operations []string) ([]path.Change, error) {
	resource = resource[strings.LastIndexAny(resource, "/:")+1:]
	lookups := []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: &resource}}
	wanted := func(e history, operation string) bool { return slices.Contains(operations, operation) }
	if strings.HasPrefix(resource, "cks-") {
		lookups = nil
		for _, operation := range operations {
			lookups = append(lookups, types.LookupAttribute{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &operation})
		}
		wanted = func(e history, operation string) bool {
			return slices.Contains(operations, operation) && e.Request.KeyStore == resource
		}
	}
	var changes []path.Change
	for _, by := range lookups {
		events, err := r.lookup(ctx, by, since)
		if err != nil {
			return nil, awserr.WithAction(err, "cloudtrail:LookupEvents", "")
		}
		for _, e := range events {
			var h history
			_ = json.Unmarshal([]byte(aws.ToString(e.CloudTrailEvent)), &h) // without it, the event still names who and when
			if instant(e.EventTime).After(since) && wanted(h, aws.ToString(e.EventName)) {
				changes = append(changes, change(e, h))
			}
		}
	}
	slices.SortFunc(changes, func(a, b path.Change) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Event, b.Event))
	})
	return changes, nil
}

// history is what is read of a record of CloudTrail's: never its whole request.
type history struct {
	Identity struct {
		ARN       string `json:"arn"`
		InvokedBy string `json:"invokedBy"`
	} `json:"userIdentity"`
	Request struct {
		KeyStore string `json:"customKeyStoreId"`
	} `json:"requestParameters"`
	Code string `json:"errorCode"`
}

func change(e types.Event, h history) path.Change {
	return path.Change{
		Operation: aws.ToString(e.EventName), At: instant(e.EventTime), Event: aws.ToString(e.EventId),
		Actor:     cmp.Or(h.Identity.ARN, aws.ToString(e.Username), h.Identity.InvokedBy),
		InvokedBy: h.Identity.InvokedBy, Code: h.Code,
	}
}

func (r *Reader) lookup(ctx context.Context, by types.LookupAttribute, since time.Time) ([]types.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	var events []types.Event
	p := cloudtrail.NewLookupEventsPaginator(r.trail, &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{by}, StartTime: &since})
	for n := 0; p.HasMorePages() && n < historyPages; n++ {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		events = append(events, page.Events...)
	}
	return events, nil
}
