package plan

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// fewest returns the boxes that make up a set of flows as seen through a network ACL, one an
// entry: cut by address first or by port first, whichever takes fewer.
func fewest(set flow.Set) []flow.Box {
	byAddress, byPort := set.Boxes(), cutByPort(set)
	if len(byPort) < len(byAddress) {
		return byPort
	}
	return byAddress
}

// cutByPort returns the boxes of a set cut by the ports first.
func cutByPort(set flow.Set) []flow.Box {
	var cuts []int // where a run of ports begins
	for _, b := range set.Boxes() {
		cuts = append(cuts, int(b.Ports.From), int(b.Ports.To)+1)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var boxes []flow.Box
	var over flow.Set // of the run before, with no ports
	for i := 0; i+1 < len(cuts); i++ {
		run := flow.PortRange{From: uint16(cuts[i]), To: uint16(cuts[i+1] - 1)}
		here := withPorts(set, run, flow.Port(0))
		if i > 0 && !here.IsZero() && here.Equal(over) {
			for j := len(boxes) - len(here.Boxes()); j < len(boxes); j++ {
				boxes[j].Ports.To = run.To
			}
			continue
		}
		over = here
		for _, b := range here.Boxes() {
			b.Ports = run
			boxes = append(boxes, b)
		}
	}
	return boxes
}

// withPorts returns the flows of set that go to all of a run of ports, as if they went to as.
func withPorts(set flow.Set, run, as flow.PortRange) flow.Set {
	var boxes []flow.Box
	for _, b := range set.Boxes() {
		if b.Ports.From <= run.From && run.To <= b.Ports.To {
			b.Ports = as
			boxes = append(boxes, b)
		}
	}
	return flow.Of(boxes...)
}

// lastNumber is the highest number of an entry, and entryQuota how many one direction of a
// network ACL holds, the final denial included, IPv4 and IPv6 apart.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const (
	lastNumber = 32766
	entryQuota = 20
)

// numbers are those of one direction of a network ACL.
type numbers struct {
	taken map[int]bool
	count map[bool]int // entries and the final denial, by whether they are of IPv6
	last  int          // the highest that is taken
}

func numbersOf(acl path.NetworkACL, egress bool, planned []CreateNetworkACLEntry) *numbers {
	n := &numbers{make(map[int]bool), map[bool]int{false: 1, true: 1}, 0}
	for _, e := range acl.Entries {
		if e.Egress == egress && e.Number <= lastNumber {
			n.add(e.Number, e.CIDR.Addr().Is6())
		}
	}
	for _, e := range planned {
		n.add(e.Number, e.CIDR.Addr().Is6())
	}
	return n
}

func (n *numbers) add(number int, six bool) {
	n.taken[number] = true
	n.count[six]++
	n.last = max(n.last, number)
}

// take returns a free number below limit: the highest, or, where nothing but the final denial
// is in the way, the next round one behind all others.
func (n *numbers) take(limit int, six bool) (int, error) {
	if n.count[six] >= entryQuota {
		return 0, fmt.Errorf("the direction holds %d rules with what is needed, and %d is the quota", n.count[six]+1, entryQuota)
	}
	if round := (n.last/10 + 1) * 10; limit > lastNumber && round <= lastNumber {
		n.add(round, six)
		return round, nil
	}
	for number := limit - 1; number > 0; number-- {
		if !n.taken[number] {
			n.add(number, six)
			return number, nil
		}
	}
	return 0, fmt.Errorf("no rule number is free below %d", limit)
}
