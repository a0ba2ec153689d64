package incident_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

// many gives the key store a target group of n targets, each with an interface of its own.
func many(n int, state, reason string) pathtest.Edit {
	return func(s *path.Snapshot) {
		g := &s.TargetGroups[0]
		one := g.Targets[0]
		var like path.NetworkInterface
		for _, i := range s.Interfaces {
			if i.ID != pathtest.NodeA && i.ID != pathtest.NodeB {
				like = i
			}
		}
		for i := range n {
			t := one
			t.ID, t.State, t.Reason = fmt.Sprintf("10.0.%d.%d", 100+i/200, i%200+1), state, reason
			g.Targets = append(g.Targets, t)
			eni := like
			eni.ID = path.InterfaceID(fmt.Sprintf("eni-%017d", i))
			s.Interfaces = append(s.Interfaces, eni)
		}
	}
}

func TestARecordFitsIntoAnItemWhateverThePathHolds(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.decrypt(unreach)
	for range 5 {
		s.after(time.Hour).lookOnly(closed, many(500, "unhealthy", "Target.FailedHealthChecks"), pathtest.Targets("unhealthy", "Target.FailedHealthChecks"), pathtest.NoCanary)
	}
	body, err := json.Marshal(s.rec)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 400 << 10 // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
	if len(body) > limit*2/3 {
		t.Errorf("the record has %d bytes; an item holds %d", len(body), limit)
	}
}
