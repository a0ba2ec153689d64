package template

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

func function(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("lambda", "function:"+name)
	return identity{arn: arn, ref: name, attributes: map[string]string{"Arn": arn}}, nil
}

func mappingID(r *resolver, one *resource, _ string) (identity, error) {
	id := r.uuid(one.logicalID)
	return identity{ref: id, attributes: map[string]string{"Id": id}}, nil
}

// functionProperties are those of AWS::Serverless::Function.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
type functionProperties struct {
	_                            struct{} `inert:"Description Tags LoggingConfig EphemeralStorage PropagateTags"`
	FunctionName                 string
	Handler                      string
	CodeUri                      string
	Runtime                      string
	Architectures                []string
	Timeout                      *int
	MemorySize                   *int
	Environment                  struct{ Variables map[string]string }
	Policies                     any
	Role                         string
	Events                       map[string]eventDocument
	ReservedConcurrentExecutions *int
	Tracing                      string
	VpcConfig                    *struct {
		SecurityGroupIds []string
		SubnetIds        []string
	}
}

type eventDocument struct {
	Type       string
	Properties map[string]any
}

func readFunction(b *builder, id identity, properties map[string]any) error {
	var p functionProperties
	if err := decode("", properties, &p); err != nil {
		return err
	}
	timeout := orDefault(p.Timeout, 3)
	if timeout < 1 || timeout > 900 {
		return fmt.Errorf("the Timeout of %d s is not within 1 and 900", timeout)
	}
	if size := environmentSize(p.Environment.Variables); size > 4096 {
		return fmt.Errorf("the Environment has %d bytes, and Lambda takes 4096", size)
	}
	f := Function{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, Handler: p.Handler, CodeURI: p.CodeUri, Runtime: p.Runtime,
		Architectures: p.Architectures, Timeout: time.Duration(timeout) * time.Second, MemoryMB: orDefault(p.MemorySize, 128),
		Environment: p.Environment.Variables, RoleARN: p.Role, ReservedConcurrency: orDefault(p.ReservedConcurrentExecutions, -1),
		InVPC: p.VpcConfig != nil}
	if p.VpcConfig != nil {
		f.SubnetIDs, f.SecurityGroupIDs = p.VpcConfig.SubnetIds, p.VpcConfig.SecurityGroupIds
	}
	if p.Role == "" {
		made, err := b.functionRole(id.logicalID, p)
		if err != nil {
			return err
		}
		f.RoleARN = made
	}
	b.stack.Functions = append(b.stack.Functions, f)
	for _, name := range sortedKeys(p.Events) {
		if err := b.event(f, name, p.Events[name]); err != nil {
			return fmt.Errorf("event %s: %w", name, err)
		}
	}
	return nil
}

func environmentSize(variables map[string]string) int {
	size := 0
	for name, value := range variables {
		size += len(name) + len(value)
	}
	return size
}

// mappingProperties are common to SAM's SQS event and AWS::Lambda::EventSourceMapping.
type mappingProperties struct {
	_                              struct{} `inert:"Tags"`
	Queue                          string   // SAM
	FunctionName                   string   // CloudFormation
	EventSourceArn                 string   // CloudFormation
	BatchSize                      *int
	Enabled                        *bool
	FunctionResponseTypes          []string
	MaximumBatchingWindowInSeconds int
	ScalingConfig                  *struct{ MaximumConcurrency int }
}

func (b *builder) event(f Function, name string, e eventDocument) error {
	if e.Type != "SQS" {
		return fmt.Errorf("the event source type %s is not known", e.Type)
	}
	var p mappingProperties
	if err := decode("", e.Properties, &p); err != nil {
		return err
	}
	if p.FunctionName != "" || p.EventSourceArn != "" || p.Queue == "" {
		return errors.New("an SQS event names its Queue, and neither FunctionName nor EventSourceArn")
	}
	p.EventSourceArn = p.Queue
	return b.mapping(f.LogicalID+name, f.ARN, p)
}

func readMapping(b *builder, id identity, properties map[string]any) error {
	var p mappingProperties
	if err := decode("", properties, &p); err != nil {
		return err
	}
	if p.Queue != "" {
		return errors.New("the property Queue is not known")
	}
	function := p.FunctionName
	if !strings.HasPrefix(function, "arn:") {
		function = b.resolver.arn("lambda", "function:"+function)
	}
	return b.mapping(id.logicalID, function, p)
}

// mapping checks what Lambda checks.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func (b *builder) mapping(logicalID, function string, p mappingProperties) error {
	m := EventSourceMapping{LogicalID: logicalID, FunctionARN: function, SourceARN: p.EventSourceArn,
		Enabled: orDefault(p.Enabled, true), BatchSize: orDefault(p.BatchSize, 10),
		Window: time.Duration(p.MaximumBatchingWindowInSeconds) * time.Second}
	if !strings.HasPrefix(m.SourceARN, "arn:aws:sqs:") {
		return fmt.Errorf("the event source %q is no queue", m.SourceARN)
	}
	if m.BatchSize < 1 || m.BatchSize > 10000 || (m.BatchSize > 10 && m.Window < time.Second) {
		return fmt.Errorf("BatchSize: %d needs a window of a second, or is out of range", m.BatchSize)
	}
	if m.Window < 0 || m.Window > 300*time.Second {
		return fmt.Errorf("MaximumBatchingWindowInSeconds: %d is not within 0 and 300", p.MaximumBatchingWindowInSeconds)
	}
	if p.ScalingConfig != nil {
		m.MaximumConcurrency = p.ScalingConfig.MaximumConcurrency
		if m.MaximumConcurrency < 2 || m.MaximumConcurrency > 1000 {
			return fmt.Errorf("MaximumConcurrency: %d is not within 2 and 1000", m.MaximumConcurrency)
		}
	}
	for _, kind := range p.FunctionResponseTypes {
		if kind != "ReportBatchItemFailures" {
			return fmt.Errorf("the function response type %s is not known", kind)
		}
		m.ReportBatchItemFailures = true
	}
	b.stack.Mappings = append(b.stack.Mappings, m)
	return nil
}

func readPermission(b *builder, id identity, properties map[string]any) error {
	var p struct {
		FunctionName, Action, Principal, SourceArn, SourceAccount string
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	b.stack.Permissions = append(b.stack.Permissions, Permission{LogicalID: id.logicalID, Function: p.FunctionName,
		Action: p.Action, Principal: p.Principal, SourceARN: p.SourceArn, SourceAccount: p.SourceAccount})
	return nil
}
