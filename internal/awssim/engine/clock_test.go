package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// run runs everything due within d, as the simulator does.
func run(c *engine.Clock, d time.Duration) {
	limit := c.Now().Add(d)
	for do := c.Pop(limit); do != nil; do = c.Pop(limit) {
		do()
	}
}

func TestClockRunsThingsInTheOrderInWhichTheyAreDue(t *testing.T) {
	t.Parallel()
	c := engine.NewClock(start)
	var ran []string
	note := func(name string) func() {
		return func() { ran = append(ran, name+"@"+c.Now().Sub(start).String()) }
	}
	c.After(2*time.Second, "b", note("b"))
	c.After(time.Second, "a", note("a"))
	c.After(2*time.Second, "c", note("c"))
	c.After(-time.Second, "now", note("now"))
	c.After(4*time.Second, "late", note("late"))
	c.After(time.Second, "chain", func() {
		note("chain")()
		c.After(500*time.Millisecond, "link", note("link"))
	})
	if at, name, ok := c.Next(); !ok || name != "now" || !at.Equal(start) {
		t.Errorf("next is %s at %v", name, at)
	}
	run(c, 3*time.Second)
	if got, want := strings.Join(ran, " "), "now@0s a@1s chain@1s link@1.5s b@2s c@2s"; got != want {
		t.Errorf("ran %s, want %s", got, want)
	}
	if got := c.Now().Sub(start); got != 3*time.Second {
		t.Errorf("the clock stands at %v, want 3s", got)
	}
	run(c, time.Second) // what is due at the limit is due
	if got := ran[len(ran)-1]; got != "late@4s" {
		t.Errorf("last ran %s", got)
	}
	if _, _, ok := c.Next(); ok {
		t.Error("something is still due")
	}
}
