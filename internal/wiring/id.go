package wiring

import (
	"crypto/rand"
	"time"

	"github.com/oklog/ulid/v2"
)

// newID returns a source of ULIDs: unique, and in the order of time.
func newID(now func() time.Time) func() string {
	return func() string { return ulid.MustNew(ulid.Timestamp(now()), rand.Reader).String() }
}
