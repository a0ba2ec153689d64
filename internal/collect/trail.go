package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// aboutTrail is a trail that covers this Region, and what is asked of it.
type aboutTrail struct {
	arn, name string
	elsewhere bool // another account's: an organization's trail
	logging   answer[bool]
	selectors answer[recording]
}

// trailTrack reads which trails record KMS: without one, no event wakes the product.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (s *survey) trailTrack() track {
	var (
		list   answer[[]types.Trail]
		trails []*aboutTrail
	)
	readList := func() []read {
		return []read{ask(s.Reader, &list, question{path.TrailsPart, "cloudtrail:DescribeTrails", ""}, s.describeTrails)}
	}
	readTrails := func() []read {
		if note(s, list) {
			return nil
		}
		trails = s.covering(list.value)
		var reads []read
		for _, t := range trails {
			reads = append(reads, s.askTrail(t)...)
		}
		return reads
	}
	takeTrails := func() []read {
		for _, t := range trails {
			s.out.Trails = append(s.out.Trails, s.takeTrail(t))
		}
		slices.SortFunc(s.out.Trails, func(a, b path.Trail) int { return cmp.Compare(a.ARN, b.ARN) })
		return nil
	}
	return track{readList, readTrails, takeTrails}
}

// describeTrails also returns the shadows of multi-Region and organization trails.
func (r *Reader) describeTrails(ctx context.Context) ([]types.Trail, error) {
	out, err := r.trail.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.TrailList, nil
}

// covering returns the trails that record this Region.
func (r *Reader) covering(list []types.Trail) []*aboutTrail {
	var trails []*aboutTrail
	for _, t := range list {
		if aws.ToBool(t.IsMultiRegionTrail) || aws.ToString(t.HomeRegion) == r.region {
			arn := aws.ToString(t.TrailARN)
			trails = append(trails, &aboutTrail{
				arn: arn, name: aws.ToString(t.Name),
				elsewhere: aws.ToBool(t.IsOrganizationTrail) && !strings.Contains(arn, ":"+r.account+":"),
			})
		}
	}
	return trails
}

func (s *survey) askTrail(t *aboutTrail) []read {
	on := path.ARN(t.arn)
	return []read{
		ask(s.Reader, &t.logging, question{path.TrailsPart, "cloudtrail:GetTrailStatus", on}, func(ctx context.Context) (bool, error) {
			out, err := s.trail.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: &t.arn})
			if err != nil {
				return false, err
			}
			return aws.ToBool(out.IsLogging), nil
		}),
		ask(s.Reader, &t.selectors, question{path.TrailsPart, "cloudtrail:GetEventSelectors", on}, func(ctx context.Context) (recording, error) {
			out, err := s.trail.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: &t.arn})
			if err != nil {
				return recording{}, err
			}
			return records(out.EventSelectors, out.AdvancedEventSelectors), nil
		}),
	}
}

// takeTrail puts together what was read of a trail. An organization's trail that its member
// may not read is no gap that the member could mend: the trail says so itself.
func (s *survey) takeTrail(t *aboutTrail) path.Trail {
	out := path.Trail{ARN: path.ARN(t.arn), Name: t.name, Logging: t.logging.value}
	for _, failed := range []struct {
		err error
		q   question
	}{{t.logging.err, t.logging.question}, {t.selectors.err, t.selectors.question}} {
		switch {
		case failed.err == nil:
		case t.elsewhere, awserr.Code(failed.err) == "NotOrganizationMasterAccountException":
			out.Unread = failed.q.action + ": " + sentence(failed.err)
		default:
			s.gap(failed.q.gap(failed.err))
		}
	}
	if t.selectors.err == nil {
		out.RecordsReads, out.RecordsWrites, out.Why = t.selectors.value.reads, t.selectors.value.writes, t.selectors.value.why
	}
	return out
}
