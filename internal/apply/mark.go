package apply

import (
	"errors"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// A Mark says which incident and step made something.
type Mark struct {
	Incident string // its ULID
	Step     string // plan.Step.ID: "1-authorize-ingress"
}

// longest is how long the description of a security group rule may be, and allowed which
// characters it may hold beside letters and digits.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
const (
	longest = 255
	allowed = " ._-:/()#,@[]+=&;{}!$*"
)

// String returns the description of every rule that we add:
// "xks-remediator 01JXYZ 1-authorize-ingress".
func (m Mark) String() string {
	text := strings.Map(func(r rune) rune {
		plain := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if !plain && !strings.ContainsRune(allowed, r) {
			return '_'
		}
		return r
	}, "xks-remediator "+m.Incident+" "+m.Step)
	return text[:min(len(text), longest)]
}

func (m Mark) validate() error {
	if m.Incident == "" || m.Step == "" {
		return errors.New("a change needs the incident and the step that make it")
	}
	return nil
}

// Mine reports whether an action that was intended under mark, and whose answer nobody
// has, was in fact carried out, as far as now tells. Rules carry the mark. A principal
// cannot: it counts as ours where it is there. Of all else nothing can prove it, least of
// all of a Connect or a Disconnect.
func Mine(now path.Snapshot, action plan.Action, mark Mark) bool {
	switch action := action.(type) {
	case plan.AuthorizeIngress:
		return marked(action.Rules(), ingressOf(now, action.Group), mark)
	case plan.AuthorizeEgress:
		return marked(action.Rules(), egressOf(now, action.Group), mark)
	case plan.AddPrincipal:
		return now.Service != nil && now.Service.ID == action.Service &&
			slices.ContainsFunc(now.Service.Principals, func(p path.AllowedPrincipal) bool { return p.Principal == action.Principal })
	}
	return false
}

// marked reports whether all of want is in have under the mark.
func marked(want, have []path.Rule, mark Mark) bool {
	for _, r := range want {
		r.Description = mark.String()
		if !slices.Contains(have, r) {
			return false
		}
	}
	return len(want) > 0
}

func ingressOf(now path.Snapshot, id path.SecurityGroupID) []path.Rule {
	for _, g := range now.SecurityGroups {
		if g.ID == id {
			return g.Ingress
		}
	}
	return nil
}

func egressOf(now path.Snapshot, id path.SecurityGroupID) []path.Rule {
	for _, g := range now.SecurityGroups {
		if g.ID == id {
			return g.Egress
		}
	}
	return nil
}
