package diagnose

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// A Config is the function's environment.
type Config struct {
	Account       string          `env:"ACCOUNT_ID,required"`
	Partition     string          `env:"PARTITION" envDefault:"aws"`
	Region        string          `env:"AWS_REGION,required"`
	Table         string          `env:"TABLE_NAME,required"`
	Bus           string          `env:"BUS_NAME,required"`
	RecheckQueue  string          `env:"RECHECK_QUEUE_URL,required"`
	Topic         string          `env:"TOPIC_ARN,required"`
	Mode          string          `env:"MODE" envDefault:"observe"`
	OptInKey      string          `env:"OPT_IN_TAG_KEY,required"`
	OptInValue    string          `env:"OPT_IN_TAG_VALUE,required"`
	CanaryKeys    []string        `env:"CANARY_KEYS"`
	ProbeFunction string          `env:"PROBE_FUNCTION"`
	DnsResolvers  []Resolver      `env:"DNS_RESOLVERS"`
	OwnerRoles    []string        `env:"OWNER_READ_ROLES"`
	OwnerExternal string          `env:"OWNER_EXTERNAL_ID"`
	RecheckDelays []time.Duration `env:"RECHECK_DELAYS" envDefault:"15s,30s,1m,2m,5m"`
	MaxWrites     int             `env:"MAX_WRITES_PER_INCIDENT" envDefault:"10"`
	MaxRounds     int             `env:"MAX_ROUNDS_PER_DAY" envDefault:"6"`
	Reminder      time.Duration   `env:"REMINDER_INTERVAL" envDefault:"4h"`
	RetentionDays int             `env:"RETENTION_DAYS" envDefault:"400"`
	OwnRoles      []string        `env:"OWN_ROLES,required"`
}

// Validate returns every mistake, each naming its variable.
func (c Config) Validate() error {
	var wrong []error
	if _, err := plan.ParseMode(c.Mode); err != nil {
		wrong = append(wrong, fmt.Errorf("MODE: %w", err))
	}
	for _, k := range c.CanaryKeys {
		if !strings.HasPrefix(k, "arn:") || !strings.Contains(k, ":kms:") || !strings.Contains(k, ":key/") {
			wrong = append(wrong, fmt.Errorf("CANARY_KEYS: %q is not the ARN of a KMS key", k))
		}
	}
	wrong = append(wrong, c.ownerRoles()...)
	if len(c.RecheckDelays) == 0 {
		wrong = append(wrong, errors.New("RECHECK_DELAYS: at least one delay is needed, as 15s,30s,1m"))
	}
	for _, d := range c.RecheckDelays {
		if d < time.Second || d > time.Hour {
			wrong = append(wrong, fmt.Errorf("RECHECK_DELAYS: %s is not between 1s and 1h", d))
		}
	}
	for name, n := range map[string]int{"MAX_WRITES_PER_INCIDENT": c.MaxWrites, "MAX_ROUNDS_PER_DAY": c.MaxRounds, "RETENTION_DAYS": c.RetentionDays} {
		if n < 1 {
			wrong = append(wrong, fmt.Errorf("%s: %d is not 1 or more", name, n))
		}
	}
	if c.Reminder < time.Minute {
		wrong = append(wrong, fmt.Errorf("REMINDER_INTERVAL: %s is not 1m or more", c.Reminder))
	}
	return errors.Join(wrong...)
}

// ownerRoles returns what is wrong with the roles of other accounts: each is an ARN, and an
// account has at most one.
func (c Config) ownerRoles() []error {
	var wrong []error
	seen := map[string]string{}
	for _, role := range c.OwnerRoles {
		parts := strings.SplitN(role, ":", 6)
		if len(parts) < 6 || parts[0] != "arn" || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
			wrong = append(wrong, fmt.Errorf("OWNER_READ_ROLES: %q is not the ARN of an IAM role", role))
			continue
		}
		if other, twice := seen[parts[4]]; twice {
			wrong = append(wrong, fmt.Errorf("OWNER_READ_ROLES: %s and %s are both of account %s", other, role, parts[4]))
		}
		seen[parts[4]] = role
	}
	return wrong
}

// Rules are what the state machine is bounded by. A mode that is none is observe.
func (c Config) Rules() incident.Rules {
	mode, err := plan.ParseMode(c.Mode)
	if err != nil {
		mode = plan.Observe
	}
	return incident.Rules{
		Mode: mode, OptInKey: c.OptInKey, OptInValue: c.OptInValue, Writes: c.MaxWrites,
		Rounds: c.MaxRounds, Delays: c.RecheckDelays, Reminder: c.Reminder,
	}
}

func (c Config) self() signal.Self {
	return signal.Self{Account: c.Account, Region: c.Region, Roles: c.OwnRoles}
}
