package boot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go/logging"
)

// newLog writes one JSON object a line, stamped by now.
func newLog(out io.Writer, level slog.Level, now func() time.Time) *slog.Logger {
	stamp := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Time(slog.TimeKey, now().UTC())
		}
		return a
	}
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: stamp}))
}

func logLevel(text string) (slog.Level, error) {
	var level slog.Level
	if text == "" {
		return slog.LevelInfo, nil
	}
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return level, fmt.Errorf("LOG_LEVEL: %q is not DEBUG, INFO, WARN or ERROR", text)
	}
	return level, nil
}

// An sdkLog takes what the AWS SDK has to say into the function's own log, so that every
// line is JSON. The SDK knows no incident.
type sdkLog struct{ log *slog.Logger }

// Logf logs a line of the SDK's.
func (l sdkLog) Logf(c logging.Classification, format string, args ...any) {
	level := slog.LevelDebug
	if c == logging.Warn {
		level = slog.LevelWarn
	}
	l.log.Log(context.Background(), level, "the AWS SDK says", "incident", "", "text", fmt.Sprintf(format, args...))
}

// A runtimeLog takes what Lambda's runtime client has to say into the function's own log: a
// payload that is no event of the function's, for one. The client knows no incident.
type runtimeLog struct{ log *slog.Logger }

// Write logs a line of the client's.
func (l runtimeLog) Write(line []byte) (int, error) {
	l.log.Error("the Lambda runtime client says", "incident", "", "text", strings.TrimSpace(string(line)))
	return len(line), nil
}

// Exit ends a function that cannot start: one log line that holds every mistake, then
// status 1. Lambda then fails the invocation, its messages come back, and the alarm on
// function errors tells.
func Exit(err error) {
	report(os.Stdout, err, time.Now)
	os.Exit(1)
}

func report(out io.Writer, err error, now func() time.Time) {
	newLog(out, slog.LevelError, now).Error("function not started: mend its environment and deploy again", "error", err.Error())
}

// A lineWriter lets the logger and the metrics share one output: each line goes out in
// one piece.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(line)
}
