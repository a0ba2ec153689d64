package template

func logGroup(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("logs", "log-group:"+name+":*")
	return identity{arn: arn, ref: name, attributes: map[string]string{"Arn": arn}}, nil
}

func alarm(r *resolver, _ *resource, name string) (identity, error) {
	arn := r.arn("cloudwatch", "alarm:"+name)
	return identity{arn: arn, ref: name, attributes: map[string]string{"Arn": arn}}, nil
}

func readLogGroup(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_               struct{} `inert:"KmsKeyId Tags LogGroupClass DataProtectionPolicy"`
		LogGroupName    string
		RetentionInDays int
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	b.stack.LogGroups = append(b.stack.LogGroups, LogGroup{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, RetentionDays: p.RetentionInDays})
	return nil
}

// readAlarm keeps what names the alarm and what it tells; the simulator takes no metrics,
// so how an alarm is worked out has no effect.
func readAlarm(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_            struct{} `inert:"AlarmDescription Statistic ExtendedStatistic Period EvaluationPeriods DatapointsToAlarm Threshold"`
		_            struct{} `inert:"ComparisonOperator TreatMissingData Unit Metrics OKActions InsufficientDataActions ActionsEnabled Tags"`
		AlarmName    string
		Namespace    string
		MetricName   string
		Dimensions   []struct{ Name, Value string }
		AlarmActions []string
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	made := Alarm{LogicalID: id.logicalID, Name: id.name, ARN: id.arn, Namespace: p.Namespace, Metric: p.MetricName,
		Dimensions: make(map[string]string), Actions: p.AlarmActions}
	for _, d := range p.Dimensions {
		made.Dimensions[d.Name] = d.Value
	}
	b.stack.Alarms = append(b.stack.Alarms, made)
	return nil
}
