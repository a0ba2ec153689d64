package template

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/pattern"
)

// A Stack is what a template asks for under given parameters: plain values, every
// intrinsic resolved, in the template's order. Resources whose condition is false are not in it.
type Stack struct {
	Name    string
	Region  string
	Account string
	// Parameters as given or by default; a list is joined with commas.
	Parameters map[string]string

	Functions     []Function
	Roles         []Role
	Mappings      []EventSourceMapping
	Permissions   []Permission
	Queues        []Queue
	Buses         []Bus
	Rules         []Rule
	Tables        []Table
	Topics        []Topic
	Subscriptions []Subscription
	LogGroups     []LogGroup
	Alarms        []Alarm
	Keys          []Key
	Aliases       []Alias

	Outputs map[string]string
}

// A Function is a Lambda function.
type Function struct {
	LogicalID     string
	Name          string
	ARN           string
	Handler       string
	CodeURI       string // relative to the template
	Runtime       string
	Architectures []string
	Timeout       time.Duration // 3 s where the template is silent, as in AWS
	MemoryMB      int
	Environment   map[string]string
	RoleARN       string
	// ReservedConcurrency is -1 where none is reserved.
	ReservedConcurrency int
	InVPC               bool
	SubnetIDs           []string // of its VpcConfig
	SecurityGroupIDs    []string
}

// A Role is an IAM role with all that is attached to it: inline policies, managed ones
// and those of AWS::IAM::Policy.
type Role struct {
	LogicalID string // "<Function>Role" for the one that SAM makes
	Name      string
	ARN       string
	Policies  []engine.Policy
	Trusted   []string // services that may assume it, "lambda.amazonaws.com"
}

// An EventSourceMapping feeds a function from a queue.
type EventSourceMapping struct {
	LogicalID   string
	FunctionARN string
	SourceARN   string
	Enabled     bool
	BatchSize   int
	Window      time.Duration
	// MaximumConcurrency is 0 where the template sets no limit.
	MaximumConcurrency      int
	ReportBatchItemFailures bool
}

// A Permission lets a service invoke a function.
type Permission struct {
	LogicalID     string
	Function      string // name or ARN
	Action        string
	Principal     string
	SourceARN     string
	SourceAccount string
}

// A Queue is an SQS standard queue with the policies of its AWS::SQS::QueuePolicy.
type Queue struct {
	LogicalID         string
	Name              string
	URL               string
	ARN               string
	Delay             time.Duration
	VisibilityTimeout time.Duration
	Retention         time.Duration
	ReceiveWait       time.Duration
	DeadLetterARN     string // empty where there is no redrive policy
	MaxReceiveCount   int
	Policies          []engine.Policy
}

// A Bus is an EventBridge bus of the template. The default bus is in no template; its
// policies are on the Stack's Bus named "default" where the template adds some.
type Bus struct {
	LogicalID string
	Name      string
	ARN       string
	Policies  []engine.Policy
}

// A Rule is an EventBridge rule: of Pattern and Schedule exactly one is set.
type Rule struct {
	LogicalID     string
	Name          string
	ARN           string
	Bus           string // "default" where the template names none
	Pattern       *pattern.Pattern
	PatternSource string // the pattern as JSON, as DescribeRule shows it
	Schedule      string // "rate(5 minutes)"
	State         string // ENABLED, DISABLED or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS
	Targets       []Target
}

// A Target is where a rule sends what it matches.
type Target struct {
	ID             string
	ARN            string
	Input          string // sent in place of the event where it is not empty
	DeadLetterARN  string
	MaxAttempts    int           // retries; 185 where the template is silent
	MaxAge         time.Duration // 24 h where the template is silent
	MessageGroupID string
}

// A Table is a DynamoDB table.
type Table struct {
	LogicalID    string
	Name         string
	ARN          string
	HashKey      string
	RangeKey     string            // empty where there is none
	Attributes   map[string]string // name → S, N or B
	Indexes      []Index
	TTLAttribute string // empty where TTL is off
	PointInTime  bool
}

// An Index is a global secondary index.
type Index struct {
	Name             string
	HashKey          string
	RangeKey         string
	Projection       string // ALL, KEYS_ONLY or INCLUDE
	NonKeyAttributes []string
}

// A Topic is an SNS topic.
type Topic struct {
	LogicalID string
	Name      string
	ARN       string
	Policies  []engine.Policy
}

// A Subscription is an SNS subscription, also one written inside its topic.
type Subscription struct {
	LogicalID    string
	TopicARN     string
	Protocol     string
	Endpoint     string
	FilterPolicy string // JSON; empty where there is none
	FilterScope  string // MessageAttributes or MessageBody
	Raw          bool
}

// A LogGroup is a CloudWatch log group.
type LogGroup struct {
	LogicalID     string
	Name          string
	ARN           string
	RetentionDays int // 0 is for ever
}

// An Alarm is a CloudWatch alarm.
type Alarm struct {
	LogicalID  string
	Name       string
	ARN        string
	Namespace  string
	Metric     string // empty for metric math
	Dimensions map[string]string
	Actions    []string // ARNs told when it goes to ALARM
}

// A Key is a KMS key that the template makes.
type Key struct {
	LogicalID string
	ID        string
	ARN       string
	Policy    engine.Policy
}

// An Alias names a key.
type Alias struct {
	LogicalID string
	Name      string // with "alias/"
	Target    string // key ID or ARN
}

// RoleOf returns the role of f; ok is false where the role is not the template's own.
func (s *Stack) RoleOf(f Function) (role Role, ok bool) {
	for _, r := range s.Roles {
		if r.ARN == f.RoleARN {
			return r, true
		}
	}
	return Role{}, false
}

// Function returns the function with a logical ID.
func (s *Stack) Function(logicalID string) (f Function, ok bool) {
	for _, f := range s.Functions {
		if f.LogicalID == logicalID {
			return f, true
		}
	}
	return Function{}, false
}
