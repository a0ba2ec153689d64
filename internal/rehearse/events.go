package rehearse

import (
	"encoding/json"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
)

// A posted is an event of a bus, and whether somebody is told of it.
type posted struct {
	lifecycle.Event
	told bool
}

// bus returns every lifecycle event that the buses took, in order. It is asked at every step
// of the clock: what was read once is not read again.
func (r *run) bus() []posted {
	r.sim.Do(func(*network.World) {
		for len(r.onBus) < len(r.stack.Buses) {
			r.onBus = append(r.onBus, nil)
		}
		for i, b := range r.stack.Buses {
			for _, e := range r.sim.Buses.Bus(b.Name).Events()[len(r.onBus[i]):] {
				var one posted
				if json.Unmarshal(e.Detail, &one.Event) == nil {
					_, one.told = notice.For(one.Event)
				}
				r.onBus[i] = append(r.onBus[i], one)
			}
		}
	})
	return slices.Concat(r.onBus...)
}

func (r *run) events() []lifecycle.Event {
	var all []lifecycle.Event
	for _, one := range r.bus() {
		if one.Type != "" {
			all = append(all, one.Event)
		}
	}
	return all
}
