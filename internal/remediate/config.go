package remediate

import (
	"errors"
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// A Config is the function's environment.
type Config struct {
	Account       string          `env:"ACCOUNT_ID,required"`
	Partition     string          `env:"PARTITION" envDefault:"aws"`
	Region        string          `env:"AWS_REGION,required"`
	Table         string          `env:"TABLE_NAME,required"`
	Bus           string          `env:"BUS_NAME,required"`
	RecheckQueue  string          `env:"RECHECK_QUEUE_URL,required"`
	Mode          string          `env:"MODE" envDefault:"observe"`
	OptInKey      string          `env:"OPT_IN_TAG_KEY,required"`
	OptInValue    string          `env:"OPT_IN_TAG_VALUE,required"`
	RecheckDelays []time.Duration `env:"RECHECK_DELAYS" envDefault:"15s,30s,1m,2m,5m"`
	MaxWrites     int             `env:"MAX_WRITES_PER_INCIDENT" envDefault:"10"`
	MaxRounds     int             `env:"MAX_ROUNDS_PER_DAY" envDefault:"6"`
	Reminder      time.Duration   `env:"REMINDER_INTERVAL" envDefault:"4h"`
}

// Validate returns every mistake, each naming its variable.
func (c Config) Validate() error {
	var wrong []error
	if _, err := plan.ParseMode(c.Mode); err != nil {
		wrong = append(wrong, fmt.Errorf("MODE: %w", err))
	}
	if len(c.RecheckDelays) == 0 {
		wrong = append(wrong, errors.New("RECHECK_DELAYS: at least one delay is needed, as 15s,30s,1m"))
	}
	for _, d := range c.RecheckDelays {
		if d < time.Second || d > time.Hour {
			wrong = append(wrong, fmt.Errorf("RECHECK_DELAYS: %s is not between 1s and 1h", d))
		}
	}
	if c.MaxWrites < 1 {
		wrong = append(wrong, fmt.Errorf("MAX_WRITES_PER_INCIDENT: %d is not 1 or more", c.MaxWrites))
	}
	if c.MaxRounds < 1 {
		wrong = append(wrong, fmt.Errorf("MAX_ROUNDS_PER_DAY: %d is not 1 or more", c.MaxRounds))
	}
	if c.Reminder < time.Minute {
		wrong = append(wrong, fmt.Errorf("REMINDER_INTERVAL: %s is not 1m or more", c.Reminder))
	}
	return errors.Join(wrong...)
}

func (c Config) rules() incident.Rules {
	mode, err := plan.ParseMode(c.Mode)
	if err != nil {
		mode = plan.Observe
	}
	return incident.Rules{
		Mode: mode, OptInKey: c.OptInKey, OptInValue: c.OptInValue, Writes: c.MaxWrites,
		Rounds: c.MaxRounds, Delays: c.RecheckDelays, Reminder: c.Reminder,
	}
}
