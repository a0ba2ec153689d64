package awssim

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/lambda"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// A Function is the code of a deployed function: it takes the event and returns the
// response. It calls AWS by the environment that Stack.Env gives.
type Function = func(ctx context.Context, payload []byte) ([]byte, error)

// StackName is the name under which templates are deployed.
const StackName = "xks-remediator"

// Deploy creates what the template asks for under the given parameters, with the code of
// its functions by logical ID; code may also be registered later, since it often needs the
// stack's environment first. An error is a sentence that names what is unknown or wrong.
func (s *Sim) Deploy(source []byte, parameters map[string]string, functions map[string]Function) (*Stack, error) {
	read, err := template.Read(source, template.Options{
		StackName: StackName, Region: s.options.Region, Account: s.options.Account, Parameters: parameters})
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stack := &Stack{Stack: read, sim: s}
	for _, create := range []func(*template.Stack) error{
		s.createQueues, s.createTables, s.createTopics, s.createFunctions, s.createBuses, s.createRules, s.createMappings,
	} {
		if err := create(read); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if err := s.Lambda.Register(name, functions[name]); err != nil {
			return nil, err
		}
	}
	return stack, nil
}

func (s *Sim) createQueues(t *template.Stack) error {
	for _, q := range t.Queues {
		_, err := s.Queues.Create(sqs.Settings{Name: q.Name, Delay: q.Delay, VisibilityTimeout: q.VisibilityTimeout,
			Retention: q.Retention, DeadLetters: q.DeadLetterARN, MaxReceives: q.MaxReceiveCount, Policies: q.Policies})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Sim) createTables(t *template.Stack) error {
	for _, table := range t.Tables {
		schema := func(hash, sort string) dynamodb.Schema {
			key := dynamodb.Schema{Hash: dynamodb.Attribute{Name: hash, Kind: table.Attributes[hash]}}
			if sort != "" {
				key.Range = &dynamodb.Attribute{Name: sort, Kind: table.Attributes[sort]}
			}
			return key
		}
		settings := dynamodb.Settings{Name: table.Name, Key: schema(table.HashKey, table.RangeKey),
			Expiry: table.TTLAttribute, Indexes: map[string]dynamodb.Schema{}}
		for _, index := range table.Indexes {
			if index.Projection != "ALL" {
				return fmt.Errorf("creating table %s: the simulator's index %s projects all attributes or none; the template says %s",
					table.Name, index.Name, index.Projection)
			}
			settings.Indexes[index.Name] = schema(index.HashKey, index.RangeKey)
		}
		if _, err := s.Tables.Create(settings); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sim) createTopics(t *template.Stack) error {
	for _, topic := range t.Topics {
		if _, err := s.Topics.Create(topic.Name, ""); err != nil {
			return err
		}
	}
	for _, subscription := range t.Subscriptions {
		topic := s.Topics.ByARN(subscription.TopicARN)
		if topic == nil {
			return fmt.Errorf("creating subscription %s: there is no topic %s", subscription.LogicalID, subscription.TopicARN)
		}
		if _, err := topic.Subscribe(subscription.Protocol, subscription.Endpoint); err != nil {
			return err
		}
	}
	return nil
}

// createFunctions makes each function known under its logical ID, with its role's
// policies.
func (s *Sim) createFunctions(t *template.Stack) error {
	for _, f := range t.Functions {
		role, ok := t.RoleOf(f)
		if !ok {
			return fmt.Errorf("creating function %s: its role %s is not in the template", f.LogicalID, f.RoleARN)
		}
		s.Lambda.Create(f.LogicalID, f.ARN, f.Timeout)
		s.addPrincipal(engine.Principal{Name: f.LogicalID, Type: "AssumedRole", RoleARN: role.ARN,
			ARN: sessionARN(s.options.Account, role.ARN, f.Name)}, role.Policies...)
		for _, subnet := range f.SubnetIDs {
			i, err := s.World.AttachTo(subnet, "AWS Lambda VPC ENI-"+f.Name, f.SecurityGroupIDs...)
			if err != nil {
				return fmt.Errorf("creating function %s: %w", f.LogicalID, err)
			}
			s.attached[f.LogicalID] = append(s.attached[f.LogicalID], i)
		}
		s.byRole[role.LogicalID] = append(s.byRole[role.LogicalID], f.LogicalID)
	}
	return nil
}

func (s *Sim) createBuses(t *template.Stack) error {
	for _, b := range t.Buses {
		bus := s.Buses.Bus(b.Name)
		if b.Name != eventbridge.Default {
			var err error
			if bus, err = s.Buses.Create(b.Name); err != nil {
				return err
			}
		}
		bus.Policies = append(bus.Policies, b.Policies...)
	}
	return nil
}

func (s *Sim) createRules(t *template.Stack) error {
	for _, r := range t.Rules {
		bus := s.Buses.Bus(r.Bus)
		if bus == nil {
			return fmt.Errorf("creating rule %s: there is no event bus %s", r.LogicalID, r.Bus)
		}
		rule := eventbridge.Rule{Name: r.Name, Pattern: r.PatternSource, Schedule: r.Schedule, State: eventbridge.State(r.State)}
		for _, target := range r.Targets {
			if target.MessageGroupID != "" {
				return fmt.Errorf("creating rule %s: the simulator's queues have no message groups", r.LogicalID)
			}
			rule.Targets = append(rule.Targets, eventbridge.Target{ID: target.ID, ARN: target.ARN,
				Input: target.Input, DeadLetters: target.DeadLetterARN})
		}
		if err := s.Buses.AddRule(bus, rule); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sim) createMappings(t *template.Stack) error {
	for _, m := range t.Mappings {
		i := slices.IndexFunc(t.Functions, func(f template.Function) bool { return f.ARN == m.FunctionARN })
		if i < 0 {
			return fmt.Errorf("creating mapping %s: there is no function %s", m.LogicalID, m.FunctionARN)
		}
		err := s.Lambda.Map(lambda.Mapping{Function: t.Functions[i].LogicalID, Queue: m.SourceARN, BatchSize: m.BatchSize,
			Window: m.Window, ReportFailures: m.ReportBatchItemFailures, MaxConcurrency: m.MaximumConcurrency, Disabled: !m.Enabled})
		if err != nil {
			return fmt.Errorf("creating mapping %s: %w", m.LogicalID, err)
		}
	}
	return nil
}
