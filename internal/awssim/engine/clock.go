// Package engine is the part of the simulator that every simulated service shares: the
// clock, the shape of a call, and the way an operation is declared. It knows no service.
package engine

import (
	"container/heap"
	"time"
)

// A Clock is the simulator's time: a heap of things due. It moves only when it is
// stepped, so a run is the same however fast the machine is. It is not safe for
// concurrent use; the owner's lock guards it.
type Clock struct {
	now  time.Time
	seq  int
	heap due
}

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now returns the simulated time.
func (c *Clock) Now() time.Time { return c.now }

// After has do called once, d from now. Things due at the same instant run in the order
// in which they were scheduled.
func (c *Clock) After(d time.Duration, name string, do func()) {
	c.seq++
	heap.Push(&c.heap, item{at: c.now.Add(max(d, 0)), seq: c.seq, name: name, do: do})
}

// Next returns when the next thing is due, and its name; ok is false where nothing is.
func (c *Clock) Next() (at time.Time, name string, ok bool) {
	if len(c.heap) == 0 {
		return time.Time{}, "", false
	}
	return c.heap[0].at, c.heap[0].name, true
}

// Pop moves the clock to the next thing due, takes it off the heap and returns it for the
// caller to run; nil where nothing is due at or before limit, and then the clock moves to limit.
func (c *Clock) Pop(limit time.Time) (do func()) {
	if len(c.heap) == 0 || c.heap[0].at.After(limit) {
		if limit.After(c.now) {
			c.now = limit
		}
		return nil
	}
	it := heap.Pop(&c.heap).(item)
	if it.at.After(c.now) {
		c.now = it.at
	}
	return it.do
}

type item struct {
	at   time.Time
	seq  int
	name string
	do   func()
}

type due []item

func (d due) Len() int { return len(d) }
func (d due) Less(i, j int) bool {
	if d[i].at.Equal(d[j].at) {
		return d[i].seq < d[j].seq
	}
	return d[i].at.Before(d[j].at)
}
func (d due) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d *due) Push(x any)   { *d = append(*d, x.(item)) }
func (d *due) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}
