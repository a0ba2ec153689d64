package collect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A question is one read: what part it fills, by which IAM action, on what.
type question struct {
	part   path.Part
	action string
	on     path.ARN
}

// gap returns the gap that an error leaves.
func (q question) gap(err error) path.Gap {
	return path.Gap{Part: q.part, Action: q.action, On: q.on, Cause: cause(err), Message: sentence(err)}
}

// notVisible returns a gap for what AWS did not show.
func (q question) notVisible(message string) path.Gap {
	return path.Gap{Part: q.part, Action: q.action, On: q.on, Cause: path.NotVisible, Message: message}
}

func cause(err error) path.Cause {
	switch {
	case awserr.IsDenied(err):
		return path.AccessDenied
	case awserr.IsThrottled(err):
		return path.Throttled
	case awserr.IsTimeout(err):
		return path.TimedOut
	case awserr.IsAbsent(err):
		return path.NotVisible
	default:
		return path.Unreadable
	}
}

// sentence is AWS's own, without the encoded part that EC2 appends for a machine to decode.
func sentence(err error) string {
	text, _, _ := strings.Cut(awserr.Message(err), "Encoded authorization failure message")
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if len(text) > 512 {
		text = strings.ToValidUTF8(text[:512], "")
	}
	return text
}

// gap adds a gap.
func (s *survey) gap(g path.Gap) { s.out.Gaps = append(s.out.Gaps, g) }

// note adds the gap of an answer that is none, and reports whether it added one.
func note[T any](s *survey, a answer[T]) bool {
	if a.err != nil {
		s.gap(a.gap(a.err))
	}
	return a.err != nil
}

// blocked adds a gap for each part that cannot be read because another was not. Its action
// is the one that failed: nothing else needs mending.
func (s *survey) blocked(by path.Gap, parts ...path.Part) {
	for _, p := range parts {
		s.gap(path.Gap{
			Part: p, Action: by.Action, On: by.On, Cause: path.Unreadable,
			Message: "not read, because " + string(by.Part) + " was not: " + by.Message,
		})
	}
}

// order is the parts along the path; what comes later is found through what comes earlier.
func order() []path.Part {
	return []path.Part{
		path.KeyStorePart, path.ServicePart, path.ServicePermissionsPart, path.ConnectionsPart,
		path.LoadBalancerPart, path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart,
		path.TargetInterfacesPart, path.GroupMembersPart, path.SecurityGroupsPart, path.PrefixListsPart,
		path.VPCsPart, path.VPCAttributesPart, path.SubnetsPart, path.NetworkACLsPart, path.RouteTablesPart, path.PeeringsPart,
		path.PublicDNSPart, path.HostedZonePart, path.TrailsPart, path.AlarmsPart, path.CanaryPart, path.ProbePart,
	}
}

// behind returns the parts of the path that are found through p.
func behind(p path.Part) []path.Part {
	switch p {
	case path.KeyStorePart:
		return append([]path.Part{path.ServicePart}, behind(path.ServicePart)...)
	case path.ServicePart:
		return append([]path.Part{path.ServicePermissionsPart, path.ConnectionsPart}, balancerParts()...)
	case path.ListenersPart:
		return []path.Part{path.TargetGroupsPart, path.TargetHealthPart, path.TargetInterfacesPart, path.GroupMembersPart}
	case path.TargetGroupsPart:
		return []path.Part{path.TargetHealthPart, path.TargetInterfacesPart, path.GroupMembersPart}
	case path.TargetHealthPart:
		return []path.Part{path.TargetInterfacesPart, path.GroupMembersPart}
	case path.TargetInterfacesPart:
		return []path.Part{path.GroupMembersPart}
	default:
		return nil
	}
}

// balancerParts are the load balancer and all that is behind it.
func balancerParts() []path.Part {
	return append([]path.Part{
		path.LoadBalancerPart, path.ListenersPart, path.NodesPart, path.TargetGroupsPart, path.TargetHealthPart,
		path.TargetInterfacesPart, path.GroupMembersPart, path.SecurityGroupsPart,
	}, vpcParts()...)
}

// vpcParts are the parts of the VPCs in which load balancers and targets lie.
func vpcParts() []path.Part {
	return []path.Part{path.VPCsPart, path.VPCAttributesPart, path.SubnetsPart, path.NetworkACLsPart, path.RouteTablesPart}
}

// orderedGaps returns gaps along the path, each once.
func orderedGaps(gaps []path.Gap) []path.Gap {
	gaps = slices.Clone(gaps)
	slices.SortStableFunc(gaps, func(a, b path.Gap) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order(), a.Part), slices.Index(order(), b.Part)),
			cmp.Compare(a.Action, b.Action), cmp.Compare(a.On, b.On), cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(gaps)
}
