package plan

import (
	"encoding/json"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// permission names the statement that the caller lacks. IAM is never changed.
func (m maker) permission(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		if m.Denied == nil || m.Denied.Action == "" {
			return instruct(f.Subject, "grant the caller what it lacks: "+f.Evidence.Expected)
		}
		return instruct(f.Subject, "if "+m.Denied.Principal+" is to do this, add to its policy: "+statement(m.Denied.Action))
	})
}

// visibility names the statements that the product's own role lacks.
func (m maker) visibility(found []check.Finding) []Step {
	var steps []Step
	own, theirs := m.gapsByRole()
	if lacking := check.Statement(own...); lacking != "" {
		steps = append(steps, instruct(found[0].Subject, "add to the policy of the diagnose function's role: "+lacking))
	}
	if lacking := check.Statement(theirs...); lacking != "" {
		role := theirs[0].Role
		steps = append(steps, instruct(role, "ask "+m.owner()+" to add to the policy of the role "+string(role)+": "+lacking))
	}
	if len(steps) == 0 {
		return each(found, func(f check.Finding) Step {
			return instruct(f.Subject, "grant the diagnose function's role what it lacks: "+f.Evidence.Expected)
		})
	}
	return steps
}

// gapsByRole parts the gaps by whose role read: the product's own, or another account's.
func (m maker) gapsByRole() (own, theirs []path.Gap) {
	for _, g := range m.Gaps {
		if g.Role == "" {
			own = append(own, g)
		} else {
			theirs = append(theirs, g)
		}
	}
	return own, theirs
}

// statement returns an IAM policy statement as JSON. None of the actions that the product
// names is narrowed by a resource that the statement could know.
func statement(actions ...string) string {
	body, err := json.Marshal(struct {
		Effect, Action, Resource any
	}{"Allow", actions, "*"})
	if err != nil {
		panic("bug: a statement that does not marshal: " + err.Error())
	}
	return string(body)
}

func (m maker) trail(found []check.Finding) []Step {
	var names []string
	for _, t := range m.Trails {
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return each(found, func(f check.Finding) Step {
			return instruct(f.Subject, "create a trail that logs management events, reads and writes, KMS included: without one no event wakes the product",
				[]string{"aws", "cloudtrail", "create-trail", "--name", "<trail>", "--s3-bucket-name", "<bucket>", "--is-multi-region-trail"},
				[]string{"aws", "cloudtrail", "start-logging", "--name", "<trail>"})
		})
	}
	look := [][]string{}
	for _, t := range m.Trails {
		look = append(look, []string{"aws", "cloudtrail", "get-event-selectors", "--trail-name", string(t.ARN)})
	}
	return each(found, func(f check.Finding) Step {
		return instruct(f.Subject, "let one of the trails ("+strings.Join(names, ", ")+") log management events, reads and writes, KMS included", look...)
	})
}
