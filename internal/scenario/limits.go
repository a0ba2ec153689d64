package scenario

import "github.com/xks-remediator/xks-remediator/internal/awssim/network"

// limits are scenarios in which the product may not, must not, or does not know.
func limits() []Scenario {
	closed := TargetGroupClosed(443)
	return []Scenario{
		told(Running, "unreadable-security-groups", Scenario{
			Title: "The targets' group loses 443, and the product may not read security groups.", Break: closed,
			Arm: func(s *Stage) { s.Deny("DiagnoseFunction", "ec2:DescribeSecurityGroups") },
		}, waits(healthy)),
		told(Running, "resource-without-the-opt-in-tag", Scenario{
			Title: "The targets' group loses 443 and does not carry the opt-in tag.", Break: Both(closed, Untagged), Variant: true,
		}, waits(admits)),
		told(Running, "opt-in-tag-lost-mid-repair", Scenario{
			Title: "The opt-in tag is taken away between diagnosis and repair.", Break: closed,
			Arm: func(s *Stage) {
				s.After("DescribeSecurityGroups", func() { s.World(func(w *network.World) { Untagged(w, s.Ref) }) })
			},
		}, waits(admits)),
		told(Running, "answer-of-a-write-lost", Scenario{
			Title: "The answer to the product's own write is lost.", Break: closed, Canary: true,
			Arm: func(s *Stage) { s.Lose(ingressOp) },
		}, waits(admits)).also("auto", End{Causes: []string{admits}, Writes: []string{ingressOp}, State: "resolved", Proof: "kms-answered", Encrypts: true}),
		told(Connecting, "answer-of-our-disconnect-lost", Scenario{
			Title: "The answer to the product's own Disconnect is lost.", Build: failedAlready, Break: closed, Watch: 40 * minute,
			Arm: func(s *Stage) { s.Lose(disconnect) },
		}, waits(admits, healthy)).also("auto", End{Causes: []string{admits, healthy}, Writes: []string{ingressOp, disconnect}, State: "escalated"}),
	}
}
