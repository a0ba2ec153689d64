//go:build e2e

package moto

import (
	"testing"
)

func TestScenarios(t *testing.T) {
	a := start(t)
	for _, s := range stories(t) {
		for _, mode := range []string{"observe", "auto"} {
			t.Run(s.Name+"/"+mode, func(t *testing.T) {
				r := play(t, a, s, mode)
				out := r.outcome()
				if err := out.Check(s.End(mode)); err != nil {
					t.Error(err)
				}
				for _, err := range r.lost {
					t.Errorf("an invocation ended with an error: %v", err)
				}
				_ = r.inbox()
			})
		}
	}
}
