package plan

import "fmt"

// ParseMode reads a mode by its name. It returns Observe and an error where s is none.
func ParseMode(s string) (Mode, error) {
	for _, m := range []Mode{Observe, Approve, Auto} {
		if m.String() == s {
			return m, nil
		}
	}
	return Observe, fmt.Errorf("%q is none of observe, approve, auto", s)
}
