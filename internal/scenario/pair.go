package scenario

import (
	"reflect"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// Singles returns the scenarios of a phase that break one thing of the path, each fault once,
// while nobody interferes: what can be combined.
func Singles(p Phase) []Scenario {
	var singles []Scenario
	for _, s := range All() {
		if s.Phase == p && s.Break != nil && s.Arm == nil && s.Play == nil && !s.Variant {
			singles = append(singles, s)
		}
	}
	return singles
}

// Pair breaks what a and b of one phase break, a first, on a path that is built as both need
// it. It is false where they need it built differently, or both move the proxies.
func Pair(a, b Scenario) (Scenario, bool) {
	build, ok := merged(a.Build, b.Build)
	ok = ok && !(a.Moves && b.Moves)
	return Scenario{
		Name: a.Name + " + " + b.Name, Title: a.Title + " " + b.Title, Phase: a.Phase,
		Build: build, Break: Both(a.Break, b.Break), Canary: a.Canary || b.Canary, Watch: max(a.Watch, b.Watch),
	}, ok
}

// merged takes each option from the one that sets it.
func merged(a, b network.Options) (network.Options, bool) {
	out, ok := a, true
	into, from := reflect.ValueOf(&out).Elem(), reflect.ValueOf(b)
	for i := range into.NumField() {
		switch one, other := into.Field(i), from.Field(i); {
		case other.IsZero():
		case one.IsZero():
			one.Set(other)
		case !reflect.DeepEqual(one.Interface(), other.Interface()):
			ok = false
		}
	}
	return out, ok
}
