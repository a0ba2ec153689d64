package eventbridge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

// Default is the bus that AWS's own events reach.
const Default = "default"

// Buses is every event bus of an account in a Region.
type Buses struct {
	// Delay is how long an event takes from its bus to its target.
	Delay time.Duration
	// Deliveries, where set, decides how often and after what delays a rule's target
	// receives an event: none loses it, two repeat it, unequal ones reorder. EventBridge
	// promises at least one delivery, in no order, but for CloudTrail's, which it may lose.
	Deliveries func(rule string, e Event) []time.Duration

	account *platform.Account
	queues  *sqs.Queues
	buses   map[string]*Bus
	dropped []Dropped
}

// New returns an account's EventBridge with the default bus, delivering to queues.
func New(account *platform.Account, queues *sqs.Queues) *Buses {
	b := &Buses{account: account, queues: queues, buses: map[string]*Bus{}, Delay: 500 * time.Millisecond}
	b.buses[Default] = b.newBus(Default)
	return b
}

// A Bus takes events and hands them to the rules that match.
type Bus struct {
	Name, ARN string
	Policies  []engine.Policy // who may not, or who else may, put events

	rules  map[string]*Rule
	events []Event
}

func (b *Buses) newBus(name string) *Bus {
	return &Bus{Name: name, ARN: b.account.ARN("events", "event-bus/"+name), rules: map[string]*Rule{}}
}

// Create adds a bus.
func (b *Buses) Create(name string) (*Bus, error) {
	if b.buses[name] != nil {
		return nil, fmt.Errorf("creating event bus %s: it exists already", name)
	}
	b.buses[name] = b.newBus(name)
	return b.buses[name], nil
}

// Bus returns a bus by its name or ARN, the default bus for an empty one; nil where there
// is none.
func (b *Buses) Bus(name string) *Bus {
	if name == "" {
		name = Default
	}
	name = strings.TrimPrefix(name, b.account.ARN("events", "event-bus/"))
	return b.buses[name]
}

// Put gives e to the bus, filling in what it leaves out, and returns its ID.
func (b *Buses) Put(bus *Bus, e Event) string {
	e.Version = "0"
	if e.ID == "" {
		e.ID = b.account.UUID()
	}
	if e.Account == "" {
		e.Account = b.account.ID
	}
	if e.Region == "" {
		e.Region = b.account.Region
	}
	if e.Time == "" {
		e.Time = stamp(b.account.Now())
	}
	if e.Resources == nil {
		e.Resources = []string{}
	}
	bus.events = append(bus.events, e)
	tree, readOnly := e.tree(), e.readOnly()
	for _, rule := range bus.Rules() {
		if rule.takes(tree, readOnly) {
			b.send(rule, e)
		}
	}
	return e.ID
}

// Events returns every event that the bus took, in order.
func (bus *Bus) Events() []Event { return slices.Clone(bus.events) }

// Rules returns the bus's rules, sorted by name.
func (bus *Bus) Rules() []*Rule {
	rules := make([]*Rule, 0, len(bus.rules))
	for _, name := range slices.Sorted(maps.Keys(bus.rules)) {
		rules = append(rules, bus.rules[name])
	}
	return rules
}
