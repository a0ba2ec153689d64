// Package boot turns a function's environment into what its handler needs, once, at cold
// start: a validated configuration, a logger, a metrics writer and the settings of the AWS
// clients. It makes no call and decides nothing about an incident.
package boot

import (
	"crypto/rand"
	"errors"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/oklog/ulid/v2"
)

// An Env is all that a handler is wired from. C is the handler's Config.
type Env[C any] struct {
	Config  C
	AWS     aws.Config
	Log     *slog.Logger
	Metrics *Metrics
	Now     func() time.Time
	NewID   func() string // ULIDs: unique, and in the order of time
}

// Load reads the process's environment; log lines and metrics go to standard output,
// where Lambda picks them up. So do the lines of Lambda's runtime client, which writes to
// the process's one log. See LoadFrom.
func Load[C any]() (Env[C], error) {
	environ := make(map[string]string)
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		environ[name] = value
	}
	loaded, err := LoadFrom[C](environ, os.Stdout, time.Now)
	if err == nil {
		log.SetFlags(0)
		log.SetOutput(runtimeLog{loaded.Log})
	}
	return loaded, err
}

// LoadFrom reads environ, so that a test or a rehearsal can start a function in its own
// process, on its own clock. A variable that is empty is as one that is not set. The error
// joins every mistake, each a line that starts with the name of its variable: what C's
// tags demand, what its Validate method (if it has one) finds, and LOG_LEVEL, which boot
// reads itself.
//
// The AWS settings come from environ alone: the Region (AWS_REGION), the credentials, and where
// they are set AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and
// AWS_CA_BUNDLE. Calls are tried three times, as the SDK does by default.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
func LoadFrom[C any](environ map[string]string, out io.Writer, now func() time.Time) (Env[C], error) {
	given := withoutEmpty(environ)
	parsed, mistakes := parse[C](given)
	level, err := logLevel(given["LOG_LEVEL"])
	if err := errors.Join(mistakes, err); err != nil {
		return Env[C]{}, err
	}
	settings, err := awsConfig(given)
	if err != nil {
		return Env[C]{}, err
	}
	lines := &lineWriter{out: out}
	logger := newLog(lines, level, now)
	settings.Logger = sdkLog{logger}
	return Env[C]{Config: parsed, AWS: settings, Log: logger, Metrics: newMetrics(lines, now), Now: now, NewID: newID(now)}, nil
}

func newID(now func() time.Time) func() string {
	return func() string { return ulid.MustNew(ulid.Timestamp(now()), rand.Reader).String() }
}

func withoutEmpty(environ map[string]string) map[string]string {
	given := make(map[string]string, len(environ))
	for name, value := range environ {
		if value != "" {
			given[name] = value
		}
	}
	return given
}
