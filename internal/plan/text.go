package plan

import (
	"fmt"
	"slices"
)

// MarshalText returns the class's name.
func (c Class) MarshalText() ([]byte, error) { return name(classes[:], int(c), "class") }

// UnmarshalText reads a class's name; any other text is an error.
func (c *Class) UnmarshalText(text []byte) error {
	i, err := index(classes[:], string(text), "class")
	*c = Class(i)
	return err
}

// MarshalText returns the mode's name.
func (m Mode) MarshalText() ([]byte, error) { return name(modes[:], int(m), "mode") }

// UnmarshalText reads a mode's name; any other text is an error, and leaves Observe.
func (m *Mode) UnmarshalText(text []byte) error {
	i, err := index(modes[:], string(text), "mode")
	*m = Mode(i)
	return err
}

func name(names []string, i int, what string) ([]byte, error) {
	if i >= len(names) {
		return nil, fmt.Errorf("unknown %s %d", what, i)
	}
	return []byte(names[i]), nil
}

// index returns 0, the safe value, beside an error.
func index(names []string, text, what string) (int, error) {
	i := slices.Index(names, text)
	if i < 0 {
		return 0, fmt.Errorf("unknown %s %q: want one of %q", what, text, names)
	}
	return i, nil
}
