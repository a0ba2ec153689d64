package probe

import (
	"log/slog"
	"strings"
)

// A RuntimeLog takes what Lambda's runtime client has to say into the function's own log, one
// JSON line each: that an event made no sense, for one. The client knows no incident.
type RuntimeLog struct{ Log *slog.Logger }

// Write logs a line of the client's.
func (l RuntimeLog) Write(line []byte) (int, error) {
	l.Log.Error("the Lambda runtime client says", "incident", "", "text", strings.TrimSpace(string(line)))
	return len(line), nil
}
