package plan

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// CrossZoneOn has the nodes of every zone send to the targets of every zone. The setting that
// decides is changed: a target group's own where it has one, else the load balancer's.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
type CrossZoneOn struct {
	LoadBalancer path.ARN `json:"loadBalancer,omitempty"` // empty where TargetGroup is set
	TargetGroup  path.ARN `json:"targetGroup,omitempty"`
}

// CrossZoneOff undoes CrossZoneOn.
type CrossZoneOff struct {
	LoadBalancer path.ARN `json:"loadBalancer,omitempty"` // empty where TargetGroup is set
	TargetGroup  path.ARN `json:"targetGroup,omitempty"`
}

// Kind returns KindCrossZoneOn.
func (a CrossZoneOn) Kind() Kind { return KindCrossZoneOn }

// Kind returns KindCrossZoneOff.
func (a CrossZoneOff) Kind() Kind { return KindCrossZoneOff }

// Resource returns the ARN of the target group, or of the load balancer.
func (a CrossZoneOn) Resource() path.ARN { return crossZoneOn(a.LoadBalancer, a.TargetGroup) }

// Resource returns the ARN of the target group, or of the load balancer.
func (a CrossZoneOff) Resource() path.ARN { return crossZoneOn(a.LoadBalancer, a.TargetGroup) }

func crossZoneOn(lb, tg path.ARN) path.ARN {
	if tg != "" {
		return tg
	}
	return lb
}

// Summary says what is turned on.
func (a CrossZoneOn) Summary() string {
	return fmt.Sprintf("turn cross-zone load balancing on for %s, so that healthy targets of any zone serve every zone", a.Resource())
}

// Summary says what is turned off.
func (a CrossZoneOff) Summary() string {
	return fmt.Sprintf("turn cross-zone load balancing off for %s", a.Resource())
}

// Commands returns the modify command.
func (a CrossZoneOn) Commands() [][]string {
	return setCrossZone(a.LoadBalancer, a.TargetGroup, "true")
}

// Commands returns the modify command.
func (a CrossZoneOff) Commands() [][]string {
	return setCrossZone(a.LoadBalancer, a.TargetGroup, "false")
}

func setCrossZone(lb, tg path.ARN, value string) [][]string {
	attribute := "Key=load_balancing.cross_zone.enabled,Value=" + value
	if tg != "" {
		return [][]string{{"aws", "elbv2", "modify-target-group-attributes", "--target-group-arn", string(tg), "--attributes", attribute}}
	}
	return [][]string{{"aws", "elbv2", "modify-load-balancer-attributes", "--load-balancer-arn", string(lb), "--attributes", attribute}}
}

// Inverse turns it off again.
func (a CrossZoneOn) Inverse() (Action, string) { return CrossZoneOff(a), "" }

// Inverse turns it on again.
func (a CrossZoneOff) Inverse() (Action, string) { return CrossZoneOn(a), "" }

// Precondition returns ErrAlreadyHolds where it is on, and ErrStale where the resource is not
// there, or where another setting decides by now.
func (a CrossZoneOn) Precondition(now path.Snapshot) error {
	return crossZone(now, a.LoadBalancer, a.TargetGroup, true)
}

// Precondition returns ErrAlreadyHolds where it is off, and ErrStale as CrossZoneOn's does.
func (a CrossZoneOff) Precondition(now path.Snapshot) error {
	return crossZone(now, a.LoadBalancer, a.TargetGroup, false)
}

func crossZone(now path.Snapshot, lb, tg path.ARN, want bool) error {
	for _, g := range now.TargetGroups {
		if tg == "" || g.ARN != tg {
			continue
		}
		on, own := strings.EqualFold(g.CrossZone, "true"), strings.EqualFold(g.CrossZone, "true") || strings.EqualFold(g.CrossZone, "false")
		switch {
		case !own:
			return fmt.Errorf("%w: target group %s follows its load balancer's setting", ErrStale, tg)
		case on == want:
			return ErrAlreadyHolds
		}
		return nil
	}
	for _, b := range now.LoadBalancers {
		switch {
		case tg != "" || b.ARN != lb:
			continue
		case b.CrossZone == want:
			return ErrAlreadyHolds
		}
		return nil
	}
	return fmt.Errorf("%w: %s is not there", ErrStale, crossZoneOn(lb, tg))
}
