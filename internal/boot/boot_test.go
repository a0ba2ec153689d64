package boot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/golden"
)

type sample struct {
	Table    string          `env:"TABLE,required"`
	Writes   int             `env:"WRITES" envDefault:"10"`
	Delays   []time.Duration `env:"DELAYS" envDefault:"15s,1m"`
	Reminder time.Duration   `env:"REMINDER" envDefault:"4h"`
	Keys     []string        `env:"KEYS"`
}

func (s sample) Validate() error {
	var wrong []error
	if s.Writes < 1 {
		wrong = append(wrong, fmt.Errorf("WRITES: %d is not 1 or more", s.Writes))
	}
	if s.Reminder < time.Minute {
		wrong = append(wrong, fmt.Errorf("REMINDER: %s is not 1m or more", s.Reminder))
	}
	return errors.Join(wrong...)
}

func at() time.Time { return time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC) }

// settings are the least that a function needs to start, and then edits: a variable set to "-" is taken away.
func settings(edits ...string) map[string]string {
	environ := map[string]string{"TABLE": "incidents", "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID",
		"AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
	for _, edit := range edits {
		name, value, _ := strings.Cut(edit, "=")
		if environ[name] = value; value == "-" {
			delete(environ, name)
		}
	}
	return environ
}

func TestLoadReadsWhatIsSetAndDefaultsTheRest(t *testing.T) {
	t.Parallel()
	env, err := boot.LoadFrom[sample](settings("WRITES=3", "DELAYS=", "KEYS=a,b"), &bytes.Buffer{}, at)
	if err != nil {
		t.Fatal(err)
	}
	want := sample{Table: "incidents", Writes: 3, Delays: []time.Duration{15 * time.Second, time.Minute}, Reminder: 4 * time.Hour, Keys: []string{"a", "b"}}
	if diff := cmp.Diff(want, env.Config); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if env.AWS.Region != "eu-central-1" || env.AWS.BaseEndpoint == nil || *env.AWS.BaseEndpoint != "http://127.0.0.1:1" {
		t.Errorf("got Region %q and endpoint %v; want those of the environment", env.AWS.Region, env.AWS.BaseEndpoint)
	}
	credentials, err := env.AWS.Credentials.Retrieve(context.Background())
	if err != nil || credentials.AccessKeyID != "AKID" {
		t.Errorf("got credentials of %q, %v; want AKID", credentials.AccessKeyID, err)
	}
	if got := env.AWS.RetryMaxAttempts; got != 3 {
		t.Errorf("got %d attempts a call, want 3", got)
	}
}

func TestLoadNamesTheVariableOfEveryMistake(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edits []string
		want  []string
	}{
		"nothing wrong":                     {nil, nil},
		"a required variable is not set":    {[]string{"TABLE=-"}, []string{"TABLE: is required and not set"}},
		"a required variable is empty":      {[]string{"TABLE="}, []string{"TABLE: is required and not set"}},
		"a number is none":                  {[]string{"WRITES=many"}, []string{`WRITES: "many" cannot be read as a whole number`}},
		"a number is out of range":          {[]string{"WRITES=0"}, []string{"WRITES: 0 is not 1 or more"}},
		"a duration has no unit":            {[]string{"REMINDER=4"}, []string{`REMINDER: "4" cannot be read as a duration such as 30s, 5m or 4h`}},
		"one duration of a list has none":   {[]string{"DELAYS=15s,1"}, []string{`DELAYS: "15s,1" cannot be read as a comma-separated list, each a duration such as 30s, 5m or 4h`}},
		"the level is none":                 {[]string{"LOG_LEVEL=loud"}, []string{`LOG_LEVEL: "loud" is not DEBUG, INFO, WARN or ERROR`}},
		"an unread field is not judged too": {[]string{"REMINDER=soon", "WRITES=0"}, []string{"REMINDER: ", "WRITES: 0"}},
		"three at once":                     {[]string{"TABLE=", "WRITES=-1", "LOG_LEVEL=x"}, []string{"TABLE: ", "WRITES: -1", "LOG_LEVEL: "}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := boot.LoadFrom[sample](settings(tt.edits...), &bytes.Buffer{}, at)
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tt.want[i]) {
					t.Errorf("line %d: got %q, want it to start with %q", i, got[i], tt.want[i])
				}
			}
		})
	}
}

func TestLogLinesAreJSONFromTheLevelUp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	env, err := boot.LoadFrom[sample](settings("LOG_LEVEL=WARN"), &out, at)
	if err != nil {
		t.Fatal(err)
	}
	env.Log.Info("plan made")
	env.Log.Warn("answer lost", "incident", "01J", "milliseconds", 12)
	want := `{"time":"2026-03-02T15:04:05Z","level":"WARN","msg":"answer lost","incident":"01J","milliseconds":12}` + "\n"
	if out.String() != want {
		t.Errorf("got %s want %s", out.String(), want)
	}
}

func TestTheSDKsWarningsAreJSONToo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	env, err := boot.LoadFrom[sample](settings(), &out, at)
	if err != nil {
		t.Fatal(err)
	}
	env.AWS.Logger.Logf(logging.Debug, "sent %d bytes", 12)
	env.AWS.Logger.Logf(logging.Warn, "clock is %ds off", 400)
	want := `{"time":"2026-03-02T15:04:05Z","level":"WARN","msg":"the AWS SDK says","incident":"","text":"clock is 400s off"}` + "\n"
	if out.String() != want {
		t.Errorf("got %s want %s", out.String(), want)
	}
}

// The test starts itself anew, since a process has one standard log.
func TestTheRuntimeClientsLinesAreJSONToo(t *testing.T) {
	if os.Getenv("BOOT_TEST_RUNTIME_LOG") == "1" {
		if _, err := boot.Load[sample](); err != nil {
			t.Fatal(err)
		}
		log.Printf("%s", `{"errorType":"SyntaxError"}`)
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestTheRuntimeClientsLinesAreJSONToo$")
	command.Env = append(os.Environ(), "BOOT_TEST_RUNTIME_LOG=1")
	for name, value := range settings() {
		command.Env = append(command.Env, name+"="+value)
	}
	out, err := command.CombinedOutput()
	want := `"level":"ERROR","msg":"the Lambda runtime client says","incident":"","text":"{\"errorType\":\"SyntaxError\"}"}` + "\n"
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("got %q, %v; want a line that ends with %s", out, err, want)
	}
}

func TestMetricsAreEmbeddedMetricFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	env, err := boot.LoadFrom[sample](settings(), &out, at)
	if err != nil {
		t.Fatal(err)
	}
	env.Metrics.Count("TicksCompleted", 1, nil)
	env.Metrics.Count("FixesApplied", 1, map[string]string{"Check": "target.security-group-admits"})
	env.Metrics.Duration("TimeToDiagnosis", 1500*time.Millisecond, nil)
	zero := 0.0
	env.Metrics.Count("AwsCalls", zero/zero, nil)
	golden.Equal(t, "testdata/metrics.jsonl", out.Bytes())
}

// The test starts itself anew, since a process can watch no end of its own.
func TestExitSaysWhyInOneLineAndEndsWithStatusOne(t *testing.T) {
	if os.Getenv("BOOT_TEST_EXIT") == "1" {
		boot.Exit(errors.Join(errors.New("TABLE_NAME: is required and not set"), errors.New("MODE: unknown")))
	}
	command := exec.Command(os.Args[0], "-test.run=^TestExitSaysWhyInOneLineAndEndsWithStatusOne$")
	command.Env = append(os.Environ(), "BOOT_TEST_EXIT=1")
	out, err := command.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("got %v, want exit status 1", err)
	}
	if strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), `TABLE_NAME: is required and not set\nMODE: unknown`) {
		t.Errorf("got %q, want one line that holds both mistakes", out)
	}
}

func TestIDsAreUniqueAndInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	now := at()
	env, err := boot.LoadFrom[sample](settings(), &bytes.Buffer{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first, same := env.NewID(), env.NewID()
	now = now.Add(time.Millisecond)
	later := env.NewID()
	if first == same || first >= later || same >= later || len(first) != 26 {
		t.Errorf("got %s, %s and a millisecond later %s; want three ULIDs, the last one greatest", first, same, later)
	}
}
