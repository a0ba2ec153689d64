package main

import "testing"

// What is timed must be a path with its fault and the plan for it, not something that a check
// gave up on; the measure asks the same of every size.
func TestEveryShapeComesToItsFault(t *testing.T) {
	t.Parallel()
	from, err := basePaths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string]pathShape{
		"small":         {zones: 2, targets: 2, rules: 1},
		"typical":       {zones: 2, targets: 4, rules: 12},
		"own groups":    {zones: 3, targets: 7, rules: 12, ownGroups: true},
		"many rules":    {zones: 6, targets: 6, rules: 100},
		"many targets":  {zones: 6, targets: 300, rules: 6},
		"a single zone": {zones: 1, targets: 2, rules: 2},
	} {
		for _, f := range []pathFault{healthy, blocked, enforced} {
			shape.fault = f
			err := shape.expected(judge(shape.snapshot(from[f])))
			// One zone is a fault of its own, which must not go unseen.
			if wrong := name == "a single zone"; (err != nil) != wrong {
				t.Errorf("%s, %s: got %v, want an error %v", name, f, err, wrong)
			}
		}
	}
}
