package notify

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// A Config is the function's environment.
type Config struct {
	Topic         string `env:"TOPIC_ARN"`
	Table         string `env:"TABLE_NAME"`
	RetentionDays int    `env:"RETENTION_DAYS" envDefault:"400"`
	LogLevel      string `env:"LOG_LEVEL" envDefault:"INFO"`
}

// Lengths are checked apart: to compile a regular expression that counts to 255 would be a
// good part of a cold start.
var (
	// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
	topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:([A-Za-z0-9_-]+)$`)
	// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
	tableName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

const (
	longestTopic  = 256
	shortestTable = 3
	longestTable  = 255
)

// maxRetention is ten years.
const maxRetention = 3650

// Validate returns every mistake, each naming its variable.
func (c Config) Validate() error {
	var wrong []error
	if m := topicARN.FindStringSubmatch(c.Topic); m == nil || len(m[1]) > longestTopic {
		wrong = append(wrong, fmt.Errorf("TOPIC_ARN: %q is not the ARN of an SNS standard topic", c.Topic))
	}
	if n := len(c.Table); n < shortestTable || n > longestTable || !tableName.MatchString(c.Table) {
		wrong = append(wrong, fmt.Errorf("TABLE_NAME: %q is not the name of a DynamoDB table", c.Table))
	}
	if c.RetentionDays < 1 || c.RetentionDays > maxRetention {
		wrong = append(wrong, fmt.Errorf("RETENTION_DAYS: %d is not 1 to %d", c.RetentionDays, maxRetention))
	}
	return errors.Join(wrong...)
}

// Retention is how long it is remembered what was told.
func (c Config) Retention() time.Duration { return time.Duration(c.RetentionDays) * 24 * time.Hour }
