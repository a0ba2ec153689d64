// Package serve holds what the services of the network world share in answering a call:
// declaring an operation by its parameters, filtering and paging a list. It knows no
// service and nothing of the world.
package serve

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// Reads declares an operation that changes nothing, judged by IAM on what resources names;
// nil means "*".
func Reads[In any](resources func(in In) []engine.Resource, do func(c *engine.Call, in In) (any, error)) engine.Operation {
	o := Writes(resources, do)
	o.ReadOnly = true
	return o
}

// Writes declares an operation that changes something.
func Writes[In any](resources func(in In) []engine.Resource, do func(c *engine.Call, in In) (any, error)) engine.Operation {
	o := engine.Operation{Do: func(c *engine.Call) (any, error) {
		var in In
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
		return do(c, in)
	}}
	if resources != nil {
		o.Resources = func(c *engine.Call) []engine.Resource {
			var in In
			if err := c.Bind(&in); err != nil {
				return []engine.Resource{{ARN: "*"}} // Do reports what cannot be read
			}
			return resources(in)
		}
	}
	return o
}

// Page returns the part of items that begins where token says and holds at most most of
// them, and no more than limit; zero is no bound. next is empty on the last page; ok is
// false where the token is none of ours.
func Page[T any](items []T, token string, most, limit int) (page []T, next string, ok bool) {
	from := 0
	if token != "" {
		if from, ok = position(token); !ok {
			return nil, "", false
		}
	}
	items = items[min(from, len(items)):]
	size := most
	if size == 0 || limit > 0 && limit < size {
		size = limit
	}
	if size == 0 || len(items) <= size {
		return items, "", true
	}
	return items[:size], mark(from + size), true
}

func mark(position int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("from:" + strconv.Itoa(position)))
}

func position(token string) (int, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	n, found := strings.CutPrefix(string(raw), "from:")
	at, err := strconv.Atoi(n)
	return at, found && err == nil && at > 0
}
