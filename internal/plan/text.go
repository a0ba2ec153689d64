package plan

import (
	"fmt"
	"slices"
)

// MarshalText returns the class's name.
func (c Class) MarshalText() ([]byte, error) {
	if int(c) >= len(classes) {
		return nil, fmt.Errorf("unknown class %d", c)
	}
	return []byte(classes[c]), nil
}

// UnmarshalText reads a class's name; any other text is an error, and leaves Manual.
func (c *Class) UnmarshalText(text []byte) error {
	i := slices.Index(classes[:], string(text))
	if *c = Class(max(i, 0)); i < 0 {
		return fmt.Errorf("unknown class %q: want one of %q", text, classes)
	}
	return nil
}
