package trail

import (
	"slices"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

type describeTrailsInput struct {
	TrailNameList       []string `json:"trailNameList"`
	IncludeShadowTrails *bool    `json:"includeShadowTrails"`
}

type describeTrailsOutput struct {
	Trails []trail `json:"trailList"`
}

type trail struct {
	Name                       string
	S3BucketName               string
	IncludeGlobalServiceEvents bool
	IsMultiRegionTrail         bool
	HomeRegion                 string
	TrailARN                   string
	LogFileValidationEnabled   bool
	HasCustomEventSelectors    bool
	HasInsightSelectors        bool
	IsOrganizationTrail        bool
}

// describeTrails shows trails; those of other Regions (shadow trails) and an organization's
// only where they are asked for, as is the default.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
func (a api) describeTrails(_ *engine.Call, in describeTrailsInput) (any, error) {
	shadows := in.IncludeShadowTrails == nil || *in.IncludeShadowTrails
	out := describeTrailsOutput{Trails: []trail{}}
	for _, t := range network.Sorted(a.Trails) {
		here := t.HomeRegion == a.Region && !t.Organization
		visible := here || shadows && (t.MultiRegion || t.Organization)
		named := len(in.TrailNameList) == 0 || slices.Contains(in.TrailNameList, t.Name) || slices.Contains(in.TrailNameList, t.ARN)
		if visible && named {
			out.Trails = append(out.Trails, trail{
				Name: t.Name, S3BucketName: t.Bucket, IncludeGlobalServiceEvents: t.MultiRegion, IsMultiRegionTrail: t.MultiRegion,
				HomeRegion: t.HomeRegion, TrailARN: t.ARN, HasCustomEventSelectors: len(t.Advanced) > 0, IsOrganizationTrail: t.Organization,
			})
		}
	}
	return &out, nil
}

// find returns the trail that a name or ARN names. A trail of another Region goes by its
// ARN alone.
func (a api) find(name string) (*network.Trail, error) {
	for _, t := range network.Sorted(a.Trails) {
		if t.ARN == name || t.Name == name && t.HomeRegion == a.Region {
			return t, nil
		}
	}
	return nil, fail("TrailNotFoundException", "Unknown trail: %s for the user: %s", name, a.Account)
}

func (a api) resource(name string) []engine.Resource {
	if t, err := a.find(name); err == nil {
		return []engine.Resource{{ARN: t.ARN}}
	}
	return []engine.Resource{{ARN: a.ARN("cloudtrail", "trail/"+name)}}
}

type statusInput struct{ Name string }

type statusOutput struct {
	IsLogging          bool
	LatestDeliveryTime time.Time
	StartLoggingTime   time.Time
}

func (a api) statusOf(in statusInput) []engine.Resource { return a.resource(in.Name) }

func (a api) getTrailStatus(c *engine.Call, in statusInput) (any, error) {
	t, err := a.find(in.Name)
	if err != nil {
		return nil, err
	}
	return &statusOutput{IsLogging: t.Logging, LatestDeliveryTime: c.Time.Add(-5 * time.Minute)}, nil
}

type selectorsInput struct{ TrailName string }

type selectorsOutput struct {
	TrailARN               string
	EventSelectors         []eventSelector
	AdvancedEventSelectors []advancedSelector
}

type eventSelector struct {
	ReadWriteType                 string
	IncludeManagementEvents       bool
	DataResources                 []string
	ExcludeManagementEventSources []string
}

type advancedSelector struct {
	Name           string
	FieldSelectors []fieldSelector
}

type fieldSelector struct {
	Field         string
	Equals        []string
	NotEquals     []string
	StartsWith    []string
	NotStartsWith []string
}

func (a api) selectorsOf(in selectorsInput) []engine.Resource { return a.resource(in.TrailName) }

// getEventSelectors shows a trail's selectors. An organization's trail does not show them
// to a member account.
func (a api) getEventSelectors(_ *engine.Call, in selectorsInput) (any, error) {
	t, err := a.find(in.TrailName)
	if err != nil {
		return nil, err
	}
	if t.Organization {
		return nil, fail("NotOrganizationMasterAccountException", "The request could not be completed because the account is not the organization's management account.")
	}
	out := selectorsOutput{TrailARN: t.ARN}
	for _, s := range t.Advanced {
		d := advancedSelector{Name: s.Name}
		for _, f := range s.Fields {
			d.FieldSelectors = append(d.FieldSelectors, fieldSelector{f.Field, f.Equals, f.NotEquals, f.StartsWith, f.NotStarts})
		}
		out.AdvancedEventSelectors = append(out.AdvancedEventSelectors, d)
	}
	if len(t.Advanced) > 0 {
		return &out, nil
	}
	for _, s := range t.Basic {
		out.EventSelectors = append(out.EventSelectors, eventSelector{s.ReadWrite, s.Management, []string{}, append([]string{}, s.ExcludeSources...)})
	}
	return &out, nil
}
