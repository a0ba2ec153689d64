package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/xks-remediator/xks-remediator/internal/notify"
)

var good = map[string]string{
	"TOPIC_ARN":  "arn:aws:sns:eu-central-1:111122223333:xks-incidents",
	"TABLE_NAME": "xks-remediator-Table-1ABCDEFGHIJKL",
}

func parse(t *testing.T, environ map[string]string) notify.Config {
	t.Helper()
	c, err := env.ParseAsWithOptions[notify.Config](env.Options{Environment: environ})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheEnvironmentOfADeploymentIsValid(t *testing.T) {
	t.Parallel()
	c := parse(t, good)
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.Retention() != 400*24*time.Hour {
		t.Errorf("retention is %v, want 400 days", c.Retention())
	}
}

func TestEveryMistakeNamesItsVariable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, value string
		wrong       bool
	}{
		"China's partition":              {"TOPIC_ARN", "arn:aws-cn:sns:cn-north-1:111122223333:x", false},
		"no topic":                       {"TOPIC_ARN", "", true},
		"a topic's name in place of ARN": {"TOPIC_ARN", "xks-incidents", true},
		"a queue in place of a topic":    {"TOPIC_ARN", "arn:aws:sqs:eu-central-1:111122223333:q", true},
		"a FIFO topic":                   {"TOPIC_ARN", "arn:aws:sns:eu-central-1:111122223333:x.fifo", true},
		"a subscription":                 {"TOPIC_ARN", "arn:aws:sns:eu-central-1:111122223333:x:1234abcd", true},
		"a topic of 256 letters":         {"TOPIC_ARN", "arn:aws:sns:eu-central-1:111122223333:" + strings.Repeat("x", 256), false},
		"a topic of 257 letters":         {"TOPIC_ARN", "arn:aws:sns:eu-central-1:111122223333:" + strings.Repeat("x", 257), true},
		"a table of 255 letters":         {"TABLE_NAME", strings.Repeat("x", 255), false},
		"a table of 256 letters":         {"TABLE_NAME", strings.Repeat("x", 256), true},
		"no table":                       {"TABLE_NAME", "", true},
		"a table of two letters":         {"TABLE_NAME", "ab", true},
		"a table of three letters":       {"TABLE_NAME", "abc", false},
		"a table's ARN":                  {"TABLE_NAME", "arn:aws:dynamodb:eu-central-1:111122223333:table/x", true},
		"no day":                         {"RETENTION_DAYS", "0", true},
		"a day":                          {"RETENTION_DAYS", "1", false},
		"ten years":                      {"RETENTION_DAYS", "3650", false},
		"more than ten years":            {"RETENTION_DAYS", "3651", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := map[string]string{tt.name: tt.value}
			for k, v := range good {
				if k != tt.name {
					environ[k] = v
				}
			}
			err := parse(t, environ).Validate()
			if (err != nil) != tt.wrong {
				t.Fatalf("got %v, want an error: %v", err, tt.wrong)
			}
			if err != nil && !strings.HasPrefix(err.Error(), tt.name+": ") {
				t.Errorf("%q does not name %s", err, tt.name)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	err := parse(t, map[string]string{"RETENTION_DAYS": "-1"}).Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}
